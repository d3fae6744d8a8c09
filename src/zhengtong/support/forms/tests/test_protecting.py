import json

import pytest

from zhengtong.support.forms.services import masked, protect, reveal

pytestmark = pytest.mark.django_db
DATA = {
    "shop_name": "好味道",
    "phone": "19900000007",
    "manager_id": "99999919900101012X",
    "$disputes": {"phone": "号码已换成 19900000008", "company": "已更名"},
}


def test_personal_values_are_not_at_rest_in_the_clear(form):
    kept = protect(form, DATA)
    text = json.dumps(kept, ensure_ascii=False)
    assert "好味道" in text
    assert "已更名" in text
    for secret in ("19900000007", "99999919900101012X", "19900000008"):
        assert secret not in text
    assert reveal(form, kept) == DATA


def test_protecting_twice_changes_nothing(form):
    kept = protect(form, DATA)
    assert protect(form, kept) == kept


def test_a_mask_needs_no_key(form, monkeypatch):
    kept = protect(form, DATA)
    monkeypatch.setattr("zhengtong.security.crypto.services.decrypt", None)
    shown = masked(form, kept)
    assert shown["phone"] == "199****0007"
    assert shown["manager_id"] == "999***********012X"
    assert shown["shop_name"] == "好味道"
    assert shown["$disputes"] == {"phone": "***", "company": "已更名"}
    assert masked(form, DATA) == shown
