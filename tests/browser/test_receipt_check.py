"""The page that checks a receipt in the browser, and the file it is saved as, in Chromium with the network off."""

from __future__ import annotations

import base64
import hashlib
import html
import json
import random
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests import receipts
from zhengtong.security.audit import wire
from zhengtong.security.audit.rules import merkle, note
from zhengtong.security.audit.rules.leaf import blinded, canonical

from .conftest import PHONE, WIDE, Visitor

pytestmark = pytest.mark.once
MUTATIONS = 60
STEP = {  # as a reader counts them
    "signature": "一、", "statement": "一、", "detail": "二、", "proof": "三、", "checkpoint": "四、",
    "fingerprint": "五、",
}  # fmt: skip
VERDICT = """async text => {
  try { return await ZhengtongReceipt.verify(text); }
  catch (fault) { return {unusable: fault.reason || String(fault)}; }
}"""


@pytest.fixture(scope="module")
def receipt(site: str) -> receipts.Receipt:
    return receipts.sealed(receipts.filed())


@pytest.fixture(scope="module")
def saved(site: str, chromium: Any, tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Path]:
    """The page as somebody saved it: one file."""

    def save(lang: str) -> Path:
        context = chromium.new_context(accept_downloads=True, locale="zh-CN")
        page = context.new_page()
        page.goto(site + "/receipts/")
        page.get_by_role("link", name="在浏览器里核验").click()
        with page.expect_download() as caught:
            page.get_by_role("link", name={"zh": "保存核验页", "en": "Save the page"}[lang]).click()
        file: Path = tmp_path_factory.mktemp("saved") / caught.value.suggested_filename
        caught.value.save_as(file)
        context.close()
        return file

    return save


class Reader(Visitor):
    """Somebody with the page open and no network, who hands it receipts."""

    def __init__(self, chromium: Any, url: str, lang: str = "zh") -> None:
        context = chromium.new_context(
            viewport=WIDE, locale={"zh": "zh-CN", "en": "en-GB"}[lang], reduced_motion="reduce"
        )
        context.set_default_timeout(15_000)
        super().__init__(context.new_page(), url.rpartition("/receipts/")[0], "a reader")
        self.page.goto(url, wait_until="networkidle")
        context.set_offline(True)
        self.asked: list[str] = []
        self.page.on("request", lambda request: self._ask(request.url))

    def _ask(self, url: str) -> None:
        if not url.endswith("/design/mark.svg"):  # the icon of the tab, which the browser fetches when it likes
            self.asked.append(url)

    def hand(self, content: str | bytes) -> str:
        """Choose it as a file; gives the headline."""
        data = content.encode() if isinstance(content, str) else content
        self.page.locator("[data-file]").set_input_files([])
        self.page.evaluate("document.querySelector('[data-result]').hidden = true")
        self.page.locator("[data-file]").set_input_files(
            {"name": "receipt.json", "mimeType": "application/json", "buffer": data}
        )
        self.page.locator("[data-result]").wait_for()
        said: str = self.page.locator("[data-headline]").inner_text()
        return said

    def states(self) -> dict[str, str]:
        found: dict[str, str] = self.page.evaluate(
            "Object.fromEntries([...document.querySelectorAll('[data-step]')]"
            ".map(e => [e.dataset.step, e.dataset.state]))"
        )
        return found

    def leave(self) -> None:
        assert self.asked == [], "it asked the network"
        self.close()


@pytest.fixture(scope="module")
def online(site: str, chromium: Any, receipt: receipts.Receipt) -> Any:
    reader = Reader(chromium, site + "/receipts/check/")
    yield reader
    reader.leave()


def test_a_genuine_receipt_on_the_saved_page_without_network(
    chromium: Any, saved: Callable[[str], Path], receipt: receipts.Receipt
) -> None:
    for lang, headline, act in (
        ("zh", "回执有效：这一步已记入本平台的日志", "提交申请"),
        ("en", "The receipt is valid: the act stands in this node's log", "Application submitted"),
    ):
        file = saved(lang)
        content = html.unescape(file.read_text(encoding="utf-8"))
        assert not re.search(r"(?:src|href)=[\"']?(?:/|http://[^\"']*static)", content), "it leans on the site"
        assert "default-src 'none'" in content
        reader = Reader(chromium, file.as_uri(), lang)
        assert headline in reader.hand(receipts.as_file(receipt))
        assert set(reader.states().values()) == {"proved"}
        fields = reader.page.locator("[data-fields]").inner_text()
        assert act in fields
        assert receipt["disclosed"]["detail"]["value"]["case"] in fields
        for size in (PHONE, WIDE):
            reader.page.set_viewport_size(size)
            reader.judge(f"receipt-saved-{lang}-{size['width']}")
        reader.leave()


def test_a_forged_one_looks(chromium: Any, site: str, receipt: receipts.Receipt) -> None:
    for lang, size in (("zh", PHONE), ("en", WIDE)):
        reader = Reader(chromium, site + "/receipts/check/", lang)
        reader.hand(receipts.as_file(receipts.forged(receipt, receipts.other_tree)))
        reader.page.set_viewport_size(size)
        reader.judge(f"receipt-check-bad-{lang}-{size['width']}")
        reader.leave()


def test_a_saved_page_without_keys_says_so_and_an_altered_script_does_not_run(
    chromium: Any, saved: Callable[[str], Path], receipt: receipts.Receipt
) -> None:
    file = saved("zh")
    whole = file.read_text(encoding="utf-8")
    file.write_text(re.sub(r"<code[^>]* data-published>\w+</code>", "", whole), encoding="utf-8")
    reader = Reader(chromium, file.as_uri())
    assert "密钥未能核对" in reader.hand(receipts.as_file(receipt))
    assert reader.states()["key"] == "open"
    reader.leave()
    file.write_text(whole.replace('faults.push("signature")', "faults.pop()"), encoding="utf-8")
    reader = Reader(chromium, file.as_uri())
    assert reader.page.get_by_text("本页的核验由浏览器里的一段小程序完成").is_visible()
    assert not reader.page.locator("[data-file]").is_visible()
    assert "Content Security Policy" in reader.said.pop()
    reader.leave()


@pytest.mark.parametrize("forgery", receipts.FORGERIES, ids=lambda forgery: forgery.__name__)
def test_each_forgery_is_named_by_its_step(online: Reader, receipt: receipts.Receipt, forgery: Any) -> None:
    said = online.hand(receipts.as_file(receipts.forged(receipt, forgery)))
    assert "回执不成立" in said
    assert f"不成立的一步：{STEP[receipts.FORGERIES[forgery]]}" in said
    failed = {step for step, state in online.states().items() if state in ("failed", "changed")}
    assert failed <= {"signature", "detail", "proof", "checkpoint", "key"}
    assert online.page.locator(".tag--red:visible").count() == len(failed)


@pytest.mark.parametrize(
    ("content", "headline"),
    [
        ('{"format": "zhengtong-receipt-1", "node": "zhengtong/5116', "文件不完整，或者不是 JSON"),
        ("", "文件不完整，或者不是 JSON"),
        (b"\x89PNG\r\n\x1a\n\x00\xff", "文件不完整，或者不是 JSON"),
        ("[" * 200_000, "文件不完整，或者不是 JSON"),
        ("null", "这不是回执"),
        ('{"format": "zhengtong-receipt-2"}', "这不是回执"),
        ('{"format": "zhengtong-receipt-1"}', "回执残缺或已损坏"),
    ],
    ids=["cut", "empty", "picture", "deep", "null", "other", "bare"],
)
def test_what_is_no_receipt(online: Reader, content: str | bytes, headline: str) -> None:
    assert headline in online.hand(content)
    assert not online.page.locator("[data-steps]").is_visible()


def test_a_huge_file_is_not_even_read(online: Reader, tmp_path: Path) -> None:
    huge = tmp_path / "huge.json"
    with huge.open("wb") as file:
        file.truncate(2_000_000_000)
    online.page.locator("[data-file]").set_input_files(huge)
    online.page.get_by_role("heading", name="文件太大").wait_for()


def test_a_promise_a_paste_a_drop_and_text_that_would_be_markup(online: Reader, receipt: receipts.Receipt) -> None:
    promise = {name: value for name, value in receipt.items() if name not in ("proof", "checkpoint")}
    assert "是本平台签名的承诺，尚未封入日志" in online.hand(json.dumps(promise))
    assert online.states() == {
        "signature": "proved", "detail": "proved", "proof": "absent", "checkpoint": "absent", "key": "proved"
    }  # fmt: skip
    online.page.get_by_text("或者粘贴回执的内容", exact=True).click()
    online.page.get_by_label("回执内容").fill(receipts.as_file(receipt))
    online.page.get_by_role("button", name="核验", exact=True).click()
    online.page.get_by_text("五步都成立").wait_for()
    assert online.page.evaluate("document.activeElement.id") == "rc-title"
    markup = "<img src=x onerror=document.title='taken'>"
    forged = receipts.forged(receipt, lambda r: r["disclosed"]["detail"]["value"].update(case=markup))
    online.page.get_by_label("回执内容").fill("")
    online.page.evaluate(
        """text => { const data = new DataTransfer(); data.items.add(new File([text], "r.json"));
        const drop = new DragEvent("drop", {dataTransfer: data, bubbles: true});
        document.querySelector("[data-drop]").dispatchEvent(drop); }""",
        receipts.as_file(forged),
    )
    online.page.get_by_text("明细与签过名的摘要不符").wait_for()
    assert online.page.title() != "taken"
    assert markup not in online.page.content()


def test_sm2_is_said_not_to_be_checked_and_an_old_browser_is_led_on(
    online: Reader, receipt: receipts.Receipt, chromium: Any, site: str
) -> None:
    point = base64.b64encode(
        bytes.fromhex("3059301306072a8648ce3d020106082a811ccf5501822d034200") + b"\x04" + bytes(64)
    ).decode()
    national = receipt | {
        "keys": [{"key_id": "n", "algorithm": "SM2", "public_key": point}, *receipt["keys"]],
        "signature": receipt["signature"] | {"value": base64.b64encode(bytes(71)).decode()},
    }
    assert "只能核验一部分" in online.hand(json.dumps(national))
    assert online.states()["signature"] == "unchecked"
    old = chromium.new_context(locale="zh-CN")
    old.add_init_script("crypto.subtle.importKey = () => Promise.reject(new DOMException('no', 'NotSupportedError'));")
    page = old.new_page()
    page.goto(site + "/receipts/check/")
    page.get_by_text("这个浏览器不能核验 Ed25519 签名").wait_for()
    page.locator("[data-file]").set_input_files(
        {"name": "r.json", "mimeType": "application/json", "buffer": receipts.as_file(receipt).encode()}
    )
    page.get_by_role("heading", name="这个浏览器不能核验签名").wait_for()
    assert page.locator("[data-unable] a").get_attribute("href").endswith("/receipts/by-hand/")
    old.close()


# -- the same verdict as the program's -------------------------------------------------------------------------------
def mutations(receipt: receipts.Receipt, chance: random.Random) -> list[str]:
    """Receipts as they are not written: a byte, a value, a character or a stretch of the file is another."""
    texts = [receipts.as_file(receipts.forged(receipt, forgery)) for forgery in receipts.FORGERIES]
    ways = (_other_value, _missing_value, _other_byte, _other_character, _cut_out)
    while len(texts) < MUTATIONS:
        texts.append(chance.choice(ways)(json.loads(json.dumps(receipt)), chance))
    return texts


def _places(value: Any) -> list[tuple[Any, Any]]:
    found = []
    for key in value if isinstance(value, dict) else range(len(value)):
        found.append((value, key))
        if isinstance(value[key], dict | list):
            found += _places(value[key])
    return found


def _other_value(receipt: receipts.Receipt, chance: random.Random) -> str:
    holder, key = chance.choice(_places(receipt))
    holder[key] = chance.choice([None, 0, -1, 1.5, 1e300, 2**60, "", "é\ud800", "AAAA", "\0", {"value": 1}, ["x"]])
    return receipts.as_file(receipt) if holder[key] != "é\ud800" else json.dumps(receipt)


def _missing_value(receipt: receipts.Receipt, chance: random.Random) -> str:
    holder, key = chance.choice(_places(receipt))
    del holder[key]
    return receipts.as_file(receipt)


def _other_byte(receipt: receipts.Receipt, chance: random.Random) -> str:
    """One byte of something in Base64."""
    encoded = [(h, k) for h, k in _places(receipt) if isinstance(h[k], str) and re.fullmatch(r"[\w+/]{40,}=*", h[k])]
    holder, key = chance.choice(encoded)
    data = bytearray(base64.b64decode(holder[key]))
    data[chance.randrange(len(data))] ^= 1 << chance.randrange(8)
    holder[key] = base64.b64encode(data).decode()
    return receipts.as_file(receipt)


def _other_character(receipt: receipts.Receipt, chance: random.Random) -> str:
    text = receipts.as_file(receipt)
    at = chance.randrange(len(text))
    return text[:at] + chance.choice('aZ7+ \n\\"}—') + text[at + 1 :]


def _cut_out(receipt: receipts.Receipt, chance: random.Random) -> str:
    text = receipts.as_file(receipt)
    at = chance.randrange(len(text))
    return text[:at] + text[at + chance.randrange(1, 200) :]


def said_by_the_program(text: str) -> dict[str, Any]:
    try:
        verdict = wire.verify(json.loads(text))
    except ValueError:
        return {"unusable": True}
    return {
        "faults": sorted(verdict.faults), "sealed": verdict.sealed, "statement": verdict.statement,
        "disclosed": verdict.disclosed, "place": [verdict.leaf_index, verdict.tree_size], "keys": verdict.fingerprints,
    }  # fmt: skip


def said_by_the_page(verdict: dict[str, Any]) -> dict[str, Any]:
    if "unusable" in verdict:
        assert verdict["unusable"] in ("json", "format", "damaged"), verdict
        return {"unusable": True}
    assert verdict["unchecked"] == []
    return {
        "faults": sorted(verdict["faults"]), "sealed": verdict["sealed"], "statement": verdict["statement"],
        "disclosed": verdict["disclosed"], "place": [verdict["leafIndex"], verdict["treeSize"]],
        "keys": verdict["fingerprints"],
    }  # fmt: skip


def test_the_page_and_the_program_say_the_same_of_mutated_receipts(online: Reader, receipt: receipts.Receipt) -> None:
    texts = [receipts.as_file(receipt), *mutations(receipt, random.Random(20261122))]
    verdicts = [said_by_the_page(online.page.evaluate(VERDICT, text)) for text in texts]
    assert verdicts == [said_by_the_program(text) for text in texts]
    assert verdicts[0]["faults"] == []
    assert verdicts[0]["sealed"]
    assert len({str(v.get("faults", "unusable")) for v in verdicts}) > 6  # of every kind


def test_proofs_of_every_shape_of_tree(online: Reader, receipt: receipts.Receipt) -> None:
    """Leaves of trees of one to some hundred entries, signed by a key of our own: sound ones, and by one place off."""
    made = [shaped(receipt, index, size) for size in (1, 2, 3, 5, 7, 8, 70, 131) for index in {0, size // 2, size - 1}]
    for whole in made:
        off = receipts.forged(whole, lambda r: r["proof"].update(leaf_index=r["proof"]["leaf_index"] + 1))
        for one in (whole, off):
            text = json.dumps(one)
            assert said_by_the_page(online.page.evaluate(VERDICT, text)) == said_by_the_program(text)
        assert said_by_the_program(json.dumps(whole))["sealed"]


def shaped(receipt: receipts.Receipt, index: int, size: int) -> receipts.Receipt:
    """The receipt as if its leaf stood at `index` of a tree of `size`."""
    result = receipts.forged(receipt, receipts.key)
    ours = wire.leaf_hash(base64.b64decode(result["leaf"]))
    hashes = [ours if n == index else hashlib.sha256(bytes([n % 256])).digest() for n in range(size)]

    def top(subtree: merkle.Subtree) -> bytes:
        level, place = subtree
        return (
            merkle.fold(hashes[place << level : (place + 1) << level])
            if level == 0
            else merkle.node_hash(top((level - 1, place * 2)), top((level - 1, place * 2 + 1)))
        )

    path = [merkle.fold([top(subtree) for subtree in step]) for step in merkle.inclusion(index, size)]
    head = note.checkpoint_text("zhengtong/511602-e", size, merkle.root_of_path(index, size, ours, path))
    result["proof"] = {
        "leaf_index": index, "tree_size": size, "path": [base64.b64encode(step).decode() for step in path]
    }  # fmt: skip
    return receipts.signed(result, head)


def test_purpose_and_subjects_that_an_export_discloses(online: Reader, receipt: receipts.Receipt) -> None:
    key, said = bytes(32), {"purpose": "核对条件", "subjects": ["urn:zhengtong:511602-e:identity:person:1"]}
    fields = receipt["statement"] | {name: blinded(key, value) for name, value in said.items()}
    shown = receipt["disclosed"] | {name: {"value": value, "key": key.hex()} for name, value in said.items()}
    exported = {
        **receipt, "statement": fields, "leaf": base64.b64encode(b"\1" + canonical(fields)).decode(),
        "disclosed": shown,
    }  # fmt: skip
    exported = receipts.signed({n: v for n, v in exported.items() if n != "proof"}, "zhengtong/511602-e\n0\n")
    del exported["checkpoint"]
    wrong = receipts.forged(exported, lambda r: r["disclosed"]["subjects"].update(value=["somebody else"]))
    for one, faults in ((exported, []), (wrong, ["detail"])):
        text = json.dumps(one)
        verdict = said_by_the_page(online.page.evaluate(VERDICT, text))
        assert verdict == said_by_the_program(text)
        assert verdict["faults"] == faults
    online.hand(json.dumps(exported))
    assert "核对条件" in online.page.locator("[data-fields]").inner_text()
