"""Templates of others: one folder, no network, bounded time and memory, faults that say where."""

from __future__ import annotations

import io
from xml.etree import ElementTree

import pytest
from pypdf import PdfReader

from zhengtong.support.rendering import services


@pytest.fixture
def set_text(tmp_path):
    def run(source: str, data: dict | None = None, **more) -> bytes:
        (tmp_path / "credential.typ").write_text(source)
        return services.pdf("credential.typ", data or {}, root=tmp_path, **more)

    return run


def text_of(content: bytes) -> str:
    return "".join(page.extract_text() for page in PdfReader(io.BytesIO(content)).pages)


def test_data_arrive_as_json(set_text):
    text = text_of(
        set_text(
            "#let d = json(bytes(sys.inputs.data))\n#d.name #d.list.at(1)", {"name": "食品经营许可证", "list": [1, 2]}
        )
    )
    assert "食品经营许可证" in text
    assert "2" in text


def test_a_template_may_import_its_neighbours(set_text, tmp_path):
    (tmp_path / "house.typ").write_text("#let word = [邻居]")
    assert "邻居" in text_of(set_text('#import "house.typ": word\n#word'))


@pytest.mark.parametrize(
    "source",
    ['#read("/etc/passwd")', '#read("../../../../etc/passwd")', '#image("/etc/hostname")', '#include "../x.typ"'],
)
def test_nothing_outside_the_folder_can_be_read(set_text, source):
    with pytest.raises(services.TemplateFault):
        set_text(source)


def test_a_link_out_of_the_folder_is_no_way_out_for_the_template_itself(tmp_path):
    (tmp_path / "inside").mkdir()
    (tmp_path / "secret.typ").write_text("secret")
    with pytest.raises(ValueError, match="does not lie under"):
        services.pdf("../secret.typ", {}, root=tmp_path / "inside")


def test_nothing_is_fetched_from_the_web(set_text):
    with pytest.raises(services.TemplateFault, match="failed to download"):
        set_text('#import "@preview/cetz:0.3.0": *')


def test_a_bomb_ends_the_press_and_not_the_node(set_text):
    with pytest.raises(services.TemplateFault, match=r"内存|超过"):
        set_text('#let x = "aaaaaaaaaaaaaaaa"\n#for i in range(60) { x = x + x }')


def test_a_template_without_end_is_stopped(set_text, monkeypatch):
    monkeypatch.setattr(services, "_TIMEOUT", 1)
    with pytest.raises(services.TemplateFault, match="超过"):
        set_text("#for a in range(100000) { for b in range(100000) { let x = a * b } }")


def test_a_faulty_template_says_where(set_text):
    with pytest.raises(services.TemplateFault) as caught:
        set_text("line one\n#unknown-thing")
    assert "unknown variable: unknown-thing" in str(caught.value.message)
    assert "credential.typ:2" in caught.value.extra["diagnostic"]


def test_the_environment_of_the_node_does_not_reach_a_template(set_text, monkeypatch):
    monkeypatch.setenv("ZT_SECRET_KEY", "very-secret")
    text = text_of(set_text("#repr(sys.inputs.keys())"))
    assert text.strip() == '("data",)'


def test_a_picture_of_the_first_page(tmp_path):
    (tmp_path / "a.typ").write_text("#set page(width: 100pt, height: 50pt)\n字")
    content = services.png("a.typ", {}, root=tmp_path, ppi=72)
    assert content.startswith(b"\x89PNG")
    assert int.from_bytes(content[16:20], "big") == 100


def test_a_qr_code_is_svg_without_style_that_takes_the_size_of_its_place():
    root = ElementTree.fromstring(services.qr_svg("https://example.gov.cn/verify/ABC123"))
    assert root.tag.endswith("svg")
    assert "viewBox" in root.attrib
    assert not {"width", "height", "style", "class"} & root.attrib.keys()
    assert services.qr_svg("a") != services.qr_svg("b")
