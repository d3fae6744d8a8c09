"""The page of commands is true: run as it stands, it passes a genuine receipt and stops each forgery at its step."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.db import transaction

from tests import receipts
from zhengtong.kernel.actors import system_actor
from zhengtong.security.audit import services as audit
from zhengtong.security.audit import wire
from zhengtong.security.crypto import services as crypto

pytestmark = pytest.mark.once
ROOT = Path(settings.ROOT)
PAGES = {
    "en": ROOT / "docs/operations/receipts-by-hand.md",
    "zh": ROOT / "docs/operations/receipts-by-hand.zh-CN.md",
}
COMMANDS = ROOT / "src/zhengtong/access/portal/data/by_hand"
BLOCK = re.compile(r"^```sh title=\"([^\"]+)\"\n(.*?)^```", re.DOTALL | re.MULTILINE)
ORDER = ["unpack", "signature", "statement", "detail", "proof", "checkpoint", "fingerprint"]
NATIONAL = ["unpack", "signature-sm2", "statement", "detail", "proof", "checkpoint", "checkpoint-sm2", "fingerprint"]
needs_jq = pytest.mark.skipif(not shutil.which("jq"), reason="needs jq")


def blocks(page: Path) -> dict[str, str]:
    return dict(BLOCK.findall(page.read_text(encoding="utf-8")))


class Desk:
    """Somebody's folder, with the receipt and the fingerprints in it."""

    def __init__(self, folder: Path, receipt: str) -> None:
        self.folder = folder
        self.printed: dict[str, str] = {}
        (folder / "receipt.json").write_text(receipt, encoding="utf-8")
        (folder / "fingerprints.txt").write_text("\n".join(receipts.fingerprints()) + "\n")

    def stops_at(self, steps: list[str], shell: str = "sh") -> str:
        """The first step that fails; empty when all hold."""
        commands = blocks(PAGES["en"])
        for step in steps:
            done = subprocess.run(
                [shell, "-c", commands[step]], cwd=self.folder, text=True, capture_output=True, check=False,
                env={"PATH": "/usr/local/bin:/usr/bin:/bin"},
            )  # fmt: skip
            self.printed[step] = done.stdout
            if done.returncode:
                return step.removesuffix("-without-jq")
        return ""


def without_jq(steps: list[str]) -> list[str]:
    return ["unpack-without-jq", *steps[1:]]


@pytest.fixture(scope="module")
def receipt(seeded_database: str) -> receipts.Receipt:
    return receipts.sealed(receipts.filed())


@pytest.fixture
def national(seeded_database: str, settings: Any) -> Iterator[receipts.Receipt]:
    """A receipt of the same node after it took the national suite."""
    settings.ZT_CRYPTO_SUITE = "national"
    crypto.ensure_ring(at=receipts.START)
    with transaction.atomic():
        entry = audit.record(
            system_actor("tests"), "cases.case.submitted", "urn:zhengtong:511602-e:cases:case:0", at=receipts.START,
            detail={"case": "511602202611160000012", "名称": "好味来"},
        )  # fmt: skip
    yield receipts.sealed(entry)
    crypto.forget_keys()


def test_both_pages_and_the_portal_have_the_same_commands() -> None:
    shown = {file.stem: file.read_text(encoding="utf-8") for file in COMMANDS.glob("*.sh")}
    assert blocks(PAGES["en"]) == blocks(PAGES["zh"]) == shown
    assert {*ORDER, *NATIONAL, "unpack-without-jq"} == set(shown)


@pytest.mark.parametrize("steps", [pytest.param(ORDER, marks=needs_jq), without_jq(ORDER)], ids=["jq", "no jq"])
def test_a_genuine_receipt_passes_every_step(receipt: receipts.Receipt, tmp_path: Path, steps: list[str]) -> None:
    desk = Desk(tmp_path, receipts.as_file(receipt))
    assert desk.stops_at(steps) == ""
    assert wire.verify(receipt).ok
    assert json.loads(desk.printed["detail"]) == receipt["disclosed"]["detail"]["value"]
    assert receipt["checkpoint"].split("\n")[2] in desk.printed["proof"]
    assert receipt["statement"]["object"] in desk.printed["statement"]
    assert "PUBLISHED" in desk.printed["fingerprint"]


@pytest.mark.parametrize("forgery", receipts.FORGERIES, ids=lambda forgery: forgery.__name__)
def test_each_forgery_stops_at_its_step(receipt: receipts.Receipt, tmp_path: Path, forgery: Any) -> None:
    desk = Desk(tmp_path, receipts.as_file(receipts.forged(receipt, forgery)))
    steps = ORDER if shutil.which("jq") and forgery.__name__ > "n" else without_jq(ORDER)  # some each way: time
    assert desk.stops_at(steps) == receipts.FORGERIES[forgery]


@pytest.mark.parametrize("steps", [pytest.param(NATIONAL, marks=needs_jq), without_jq(NATIONAL)], ids=["jq", "no jq"])
def test_under_the_national_suite(national: receipts.Receipt, tmp_path: Path, steps: list[str]) -> None:
    desk = Desk(tmp_path, receipts.as_file(national))
    assert desk.stops_at(steps) == ""
    head, gap, lines = national["checkpoint"].rpartition("\n\n")
    kept, sm2 = lines.splitlines()
    spoiled = national | {"checkpoint": f"{head}{gap}{kept}\n{sm2[:-8]}AAAAAAA=\n"}
    assert Desk(tmp_path, receipts.as_file(spoiled)).stops_at(steps) == "checkpoint-sm2"
    forged = receipts.forged(national, receipts.leaf)
    assert Desk(tmp_path, receipts.as_file(forged)).stops_at(steps) == "signature-sm2"


@needs_jq
@pytest.mark.parametrize("cut", ["half", "{}", ""])
def test_what_is_no_whole_receipt_is_not_taken_apart(receipt: receipts.Receipt, tmp_path: Path, cut: str) -> None:
    whole = receipts.as_file(receipt)
    desk = Desk(tmp_path, whole[: len(whole) // 2] if cut == "half" else cut)
    assert desk.stops_at(ORDER) == desk.stops_at(without_jq(ORDER)) == "unpack"


@needs_jq
@pytest.mark.parametrize("place", ["name", "size", "root", "index"])
def test_a_receipt_runs_nothing(receipt: receipts.Receipt, tmp_path: Path, place: str) -> None:
    """What stands in a receipt was written by anybody: no shell may take it for commands, bash's arithmetic neither."""
    trap, lines = "a[$(touch trapped)]", receipt["checkpoint"].split("\n")
    if place == "index":
        forged = receipt | {"proof": receipt["proof"] | {"leaf_index": trap, "path": [trap]}}
    else:
        lines[["name", "size", "root"].index(place)] = trap
        forged = receipt | {"checkpoint": "\n".join(lines)}
    shell = shutil.which("bash") or "sh"
    assert Desk(tmp_path, receipts.as_file(forged)).stops_at(ORDER, shell) in ("proof", "checkpoint")
    assert not (tmp_path / "trapped").exists()


def test_the_keys_of_nobody_are_not_published(receipt: receipts.Receipt, tmp_path: Path) -> None:
    desk = Desk(tmp_path, receipts.as_file(receipt))
    assert desk.stops_at(without_jq(ORDER)) == ""
    for known in ("", "\n", "0" * 64 + "\n"):
        (tmp_path / "fingerprints.txt").write_text(known)
        assert desk.stops_at(["fingerprint"]) == "fingerprint"
    (tmp_path / "fingerprints.txt").unlink()
    assert desk.stops_at(["fingerprint"]) == "fingerprint"
