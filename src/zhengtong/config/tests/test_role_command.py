"""`zt role`: a role is given with a reach, shown, taken; what cannot be is refused in a sentence."""

from __future__ import annotations

import json

import pytest
from click.testing import CliRunner, Result

from zhengtong.config.cli import main
from zhengtong.security.audit.models import Entry
from zhengtong.security.identity.tests import factories as make

pytestmark = pytest.mark.django_db


def zt(*arguments: str) -> Result:
    return CliRunner().invoke(main, ["role", "--lang", "zh", *arguments])


def roles(username: str) -> dict[str, dict[str, object]]:
    result = zt("list", username, "--json")
    assert result.exit_code == 0, result.output
    return {row["role"]: row for row in json.loads(result.stdout)["roles"]}


def test_a_role_is_given_as_far_as_told_and_taken() -> None:
    name = make.make_official(()).account.username
    assert zt("give", name, "supervisor").exit_code == 0
    assert (roles(name)["supervisor"]["extent"], roles(name)["supervisor"]["clearance"]) == ("subtree", "internal")
    told = ("--extent", "division", "--clearance", "sensitive", "--purpose", "supervision")
    held = zt("give", name, "supervisor", *told)
    assert held.exit_code == 1
    assert "先取消" in held.output
    assert zt("take", name, "supervisor").exit_code == 0
    assert roles(name) == {}
    given = zt("give", name, "supervisor", *told)
    assert "本级行政区划 · 敏感 · 监督检查" in given.output
    entry = Entry.objects.filter(action="permissions.role.bound").latest("id")
    assert {key: entry.detail[key] for key in ("extent", "clearance", "purposes")} == {
        "extent": "division", "clearance": "sensitive", "purposes": ["supervision"],
    }  # fmt: skip


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (("give", "nobody-here", "reviewer"), 1, "没有名为"),
        (("give", "{name}", "king"), 1, "没有名为“king”的角色"),
        (("give", "{name}", "decider"), 1, "不得兼任"),
        (("give", "{name}", "auditor", "--clearance", "secret"), 1, "机密"),
        (("give", "{name}", "auditor", "--purpose", "curiosity"), 1, "curiosity"),
        (("give", "{name}", "auditor", "--post", "nonsense"), 1, "--post"),
        (("take", "{name}", "auditor"), 1, "没有此角色"),
        (("give", "{name}", "auditor", "--extent", "world"), 2, "world"),
    ],
)
def test_what_cannot_be_is_said(arguments: tuple[str, ...], code: int, said: str) -> None:
    name = make.make_official("supervisor").account.username
    result = zt(*(part.format(name=name) for part in arguments))
    assert (result.exit_code, said in result.output) == (code, True), result.output
