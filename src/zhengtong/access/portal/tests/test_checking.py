"""Credentials, cases and receipts, checked by anybody."""

from datetime import UTC, datetime

import pytest
from django.test import Client

from zhengtong.access.portal.tries import Tries
from zhengtong.applications.cases import services as cases
from zhengtong.config.story.restaurant import Answers, current_version, evidence_for, representative
from zhengtong.kernel.clock import CHINA
from zhengtong.resources.credentials.models import Credential
from zhengtong.resources.credentials.tests.factories import make_credential, make_type
from zhengtong.security.identity.tests.factories import make_representative, make_resident

pytestmark = pytest.mark.django_db
START = datetime(2026, 11, 16, 10, 0, tzinfo=CHINA)  # a Monday


class TestVerify:
    @pytest.fixture(autouse=True)
    def _type(self, db):
        make_type()

    @pytest.mark.parametrize("lang", ["zh-hans", "en"])
    def test_a_good_one(self, client, lang):
        credential = make_credential(make_representative().entity.urn)
        client.cookies["django_language"] = lang
        answer = client.get(f"/verify/{credential.verification_code}")
        page = answer.content.decode()
        assert answer.status_code == 200
        assert ("真实有效" if lang == "zh-hans" else "Genuine and in force") in page
        assert credential.number in page
        assert "演示餐饮有限公司" in page
        assert "no-store" in answer.headers["Cache-Control"]

    def test_the_name_of_a_person_is_masked(self, client):
        credential = make_credential(make_resident("欧阳小明").person.urn)
        page = client.get(f"/verify/{credential.verification_code}").content.decode()
        assert "欧阳小明" not in page
        assert "欧**" in page

    def test_one_that_was_changed_in_the_database(self, client):
        credential = make_credential(make_representative().entity.urn)
        Credential.objects.filter(pk=credential.pk).update(number="改过的编号")
        page = client.get(f"/verify/{credential.verification_code}").content.decode()
        assert "签名不符，请勿采信" in page
        assert "真实有效" not in page

    def test_one_past_its_end(self, client):
        credential = make_credential(make_representative().entity.urn, at=datetime(2015, 1, 5, tzinfo=UTC))
        page = client.get(f"/verify/{credential.verification_code}").content.decode()
        assert "不能再作为有效证照使用" in page
        assert "真实有效" not in page

    def test_an_unknown_code_is_404_and_says_what_to_do(self, client):
        answer = client.get("/verify/AAAA-BBBB-CCCC-DDDD")
        assert answer.status_code == 404
        assert "查不到这张证照" in answer.content.decode()

    def test_the_form_leads_to_the_code(self, client):
        assert client.get("/verify/?code=AAAA BBBB/CC").headers["Location"] == "/verify/AAAA%20BBBBCC"

    @pytest.mark.parametrize("code", ["%00", "x" * 300, "%E5%AD%97", "../../etc", "%27%3B--"])
    def test_nonsense_is_no_fault(self, client, code):
        assert client.get(f"/verify/{code}").status_code in (400, 404)


class TestProgress:
    WRONG = {"number": "511602202611210000174", "password": "ABCDEFGH"}

    def test_both_are_needed(self, client):
        answer = client.post("/progress/", {"number": " ", "password": ""})
        assert answer.status_code == 422
        page = answer.content.decode()
        assert 'href="#f-number"' in page
        assert 'href="#f-password"' in page

    def test_a_wrong_pair_does_not_say_which_was_wrong(self, client):
        answer = client.post("/progress/", self.WRONG)
        assert answer.status_code == 422
        assert "办件编号或查询密码不正确" in answer.content.decode()
        assert "no-store" in answer.headers["Cache-Control"]

    def test_guessing_is_braked(self, client):
        answers = [client.post("/progress/", self.WRONG).status_code for _ in range(11)]
        assert answers == [422] * 10 + [429]
        assert client.post("/progress/", {**self.WRONG, "number": "511602202611210000175"}).status_code == 422

    @pytest.mark.parametrize("lang", ["zh-hans", "en"])
    def test_where_a_case_is(self, client, seeded, lang):
        enterprise = representative("chen", at=START)
        filed = cases.submit_case(
            actor=enterprise, version_uuid=current_version().uuid, data=Answers.BUSINESS,
            evidence=evidence_for(enterprise, Answers.BUSINESS, at=START), at=START,
        )  # fmt: skip
        client.cookies["django_language"] = lang
        sent = {"number": f" {filed.case.number} ", "password": filed.query_password.lower()}
        answer = client.post("/progress/", sent)
        page = answer.content.decode()
        assert answer.status_code == 200
        assert filed.case.number in page
        assert filed.query_password not in page
        assert ("区市监局" if lang == "zh-hans" else "District Market Regulation Bureau") in page
        assert "timeline__item--current" in page
        assert "陈晓" not in page  # who filed it is nobody's business

    def test_it_is_guarded_against_foreign_forms(self):
        assert Client(enforce_csrf_checks=True).post("/progress/", self.WRONG).status_code == 403

    def test_nul_is_no_fault(self, client):
        assert client.post("/progress/", {"number": "a\0", "password": "b\0"}).status_code in (400, 422)


def test_receipts_show_the_nodes_keys(client):
    from zhengtong.security.crypto import services as crypto

    crypto.sign(b"so that there is a key")
    page = client.get("/receipts/").content.decode()
    assert "zt receipt verify receipt.json" in page
    assert crypto.public_keys()[0].raw.hex() in page
    by_hand = client.get("/receipts/by-hand/").content.decode()
    assert crypto.fingerprint(crypto.public_keys()[0].raw) in by_hand
    assert by_hand.count("<pre") == 10  # each step's commands, which tests/house runs
    assert "openssl pkeyutl -verify" in by_hand


def test_the_page_that_checks_a_receipt_cannot_send_it(client):
    from zhengtong.security.crypto import services as crypto

    crypto.sign(b"so that there is a key")
    fingerprint = crypto.fingerprint(crypto.public_keys()[0].raw)
    page = client.get("/receipts/check/")
    assert "connect-src 'none'" in page.headers["Content-Security-Policy"]
    assert fingerprint in page.content.decode()
    for lang, title in (("zh", "断网核验回执"), ("en", "Check a receipt offline")):
        answer = client.get(f"/receipts/check/{lang}.html")
        content = answer.content.decode()
        assert answer.headers["Content-Disposition"].startswith("attachment; filename=")
        assert title in content
        assert fingerprint in content
    assert client.get("/receipts/check/fr.html").status_code == 404


def test_tries_are_counted_by_name_and_forgotten():
    tries = Tries("test", limit=2, seconds=60)
    tries.count("a", ValueError)
    tries.count("a", ValueError)
    tries.count("b", ValueError)
    with pytest.raises(ValueError):
        tries.count("a", ValueError)
    tries.forget("a")
    tries.count("a", ValueError)
