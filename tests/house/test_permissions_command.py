"""`zt permissions explain` and `zt permissions matrix` answer people and programs."""

from __future__ import annotations

import json
import uuid
from datetime import timedelta

import pytest
from click.testing import CliRunner

from zhengtong.config.cli import matrix
from zhengtong.config.cli.permissions import command
from zhengtong.kernel.clock import now
from zhengtong.security.directory.tests.factories import make_post
from zhengtong.security.identity.models import Recovery
from zhengtong.security.identity.tests import factories as make


def run(*arguments: str):
    return CliRunner().invoke(command, list(arguments))


@pytest.mark.django_db
def test_explain_says_why_rule_by_rule() -> None:
    admin, reviewer = make.make_official("administrator"), make.make_official("reviewer")
    allowed = run("explain", admin.account.username, "permissions.role.bind")
    assert (allowed.exit_code, allowed.output.splitlines()[0][0]) == (0, "✓")
    refused = run("explain", reviewer.account.urn, "permissions.role.bind", make_post().urn, "--json")
    assert refused.exit_code == 1
    document = json.loads(refused.output)
    assert document["allowed"] is False
    assert any("系统管理员" in rule["rule"]["zh"] and not rule["holds"] for rule in document["rules"])
    assert all(rule["rule"]["en"] for rule in document["rules"])


@pytest.mark.django_db
def test_an_unknown_actor_action_or_object_is_named() -> None:
    admin = make.make_official("administrator").account.username
    missing = f"urn:zhengtong:511602-e:directory:post:{uuid.uuid4()}"
    for arguments, said in (
        (("nobody", "permissions.role.bind"), "nobody"),
        ((admin, "no.such.action"), "no.such.action"),
        ((admin, "permissions.role.bind", "urn:nonsense"), "urn:nonsense"),
        ((admin, "permissions.role.bind", missing), missing),
    ):
        result = run("explain", *arguments)
        assert result.exit_code == 2, arguments
        assert said in result.output


@pytest.mark.django_db
def test_who_could_names_the_two_acts_that_exclude_somebody() -> None:
    asker, other = (make.make_official("administrator", "government-office") for _ in range(2))
    recovery = Recovery.objects.create(
        account=make.make_resident().account, holder_urn="urn:x", reason="lost", requested_by_urn=asker.account.urn,
        requested_at=now(), expires_at=now() + timedelta(days=1),
    )  # fmt: skip
    found = run("who", "identity.recovery.decide", recovery.urn, "--json")
    rows = {row["account"]: row for row in json.loads(found.stdout)["officials"]}
    mine = rows[str(asker.account.uuid)]
    assert (mine["may"], mine["separation"]) == (False, "identity.recovery_asker")
    assert mine["acts"] == ["identity.recovery.request", "identity.recovery.decide"]
    assert rows[str(other.account.uuid)]["may"] is True
    told = run("who", "identity.recovery.decide", recovery.urn).output
    assert "[identity.recovery.request ≠ identity.recovery.decide]" in told


@pytest.mark.django_db
def test_a_purpose_is_named_with_the_question() -> None:
    clerk = make.make_official("window_clerk").account.username
    for purpose, said in (("supervision", False), ("case-handling", None)):
        answer = json.loads(run("explain", clerk, "cases.case.reveal", "--purpose", purpose, "--json").stdout)
        assert (answer["purpose"], answer["rules"][0]["holds"]) == (purpose, said)


def test_duties_kept_apart_are_listed() -> None:
    listed = CliRunner().invoke(matrix.command, ["--duties"]).output
    assert "cases.case.accept  ≠  cases.case.decide" in listed
    assert "administrator  ≠  auditor  ≠  security_officer" in listed
    pairs = json.loads(CliRunner().invoke(matrix.command, ["--json"]).output)["separations"]
    assert {"acts", "roles", "unpaired"} == set(pairs)
    assert all(pair["basis"]["zh"] for pair in (*pairs["acts"], *pairs["roles"]))


def test_matrix_for_programs_and_for_people() -> None:
    result = CliRunner().invoke(matrix.command, ["--json"])
    table = json.loads(result.output)
    assert (result.exit_code, table["routes_without_row"], table["cells_untested"]) == (0, [], [])
    assert {"path", "methods", "policy", "reason"} == set(table["routes"][0])
    assert {"action", "noun", "state", "scope", "who", "may"} == set(table["cells"][0])
    assert table["counts"]["cells"] == len(table["cells"]) > 10_000
    assert "permissions.role.bind" in table["roles"]["administrator"]["permissions"]
    assert run("matrix", "--json").output == result.output
    accept = CliRunner().invoke(matrix.command, ["--action", "cases.case.accept"]).output.splitlines()
    assert [line.split() for line in accept[1:3]] == [
        ["(lawful", "in)", "submitted"],
        [*["own,", "accepter,", "adviser"], "window_clerk"],
    ]
