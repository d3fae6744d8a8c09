"""What can be checked of the look without looking: contrast, icons, and that no page needs inline script or style."""

import re
from pathlib import Path

import pytest

from zhengtong.kernel.design.icons import ICONS

SOURCE = Path(__file__).resolve().parents[3]
DESIGN = SOURCE / "kernel" / "design"
TOKENS = dict(
    re.findall(r"--([a-z]+(?:-[a-z0-9]+)*): (#[0-9a-f]{6});", (DESIGN / "static/design/css/tokens.css").read_text())
)
TEMPLATES = sorted(SOURCE.glob("**/templates/**/*.html"))


def luminance(colour):
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.03928 else ((c + 0.055) / 1.055) ** 2.4 for c in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(a, b):
    lighter, darker = sorted((luminance(TOKENS[a]), luminance(TOKENS[b])), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


TEXTS = ("ink", "ink-soft", "ink-faint", "blue-700", "blue-800")


@pytest.mark.parametrize(
    ("text", "ground"),
    [
        *[(text, ground) for text in TEXTS for ground in ("paper", "ground", "blue-50")],
        ("green", "green-ground"), ("yellow", "yellow-ground"), ("red", "red-ground"), ("blue-800", "blue-100"),
        ("paper", "blue-700"), ("paper", "blue-800"), ("paper", "blue-950"), ("paper", "green"), ("paper", "red"),
        ("amber-300", "blue-950"), ("amber-700", "paper"), ("amber-700", "amber-100"), ("blue-950", "amber-500"),
    ],
)  # fmt: skip
def test_text_can_be_read(text, ground):
    assert contrast(text, ground) >= 4.5


def test_borders_of_inputs_can_be_seen():
    assert contrast("line-strong", "paper") >= 3


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda p: str(p.relative_to(SOURCE)))
def test_templates_keep_the_strict_policy_and_name_icons_that_exist(template):
    text = template.read_text(encoding="utf-8")
    assert not re.search(r"<[^>]*\sstyle\s*=", text), "an inline style is blocked by the content security policy"
    assert not re.search(r"<[^>]*\son[a-z]+\s*=", text), "an inline handler is blocked by the content security policy"
    assert not re.search(r"<script(?![^>]*\ssrc=)[^>]*>", text), "an inline script is blocked"
    assert "<style" not in text, "an inline style sheet is blocked"
    unknown = set(re.findall(r'{% icon "([^"]+)"', text)) - ICONS
    assert not unknown, f"no such icons: {unknown}"


@pytest.mark.django_db
@pytest.mark.parametrize("path", ["/design/", "/shells/public/", "/shells/workbench/", "/shells/base/"])
@pytest.mark.parametrize("lang", ["zh-hans", "en"])
def test_shells_and_gallery_are_drawn(client, path, lang):
    client.cookies["django_language"] = lang
    page = client.get(path)
    assert page.status_code == 200
    text = page.content.decode()
    assert text.count("<main") == 1
    assert "skip-link" in text
    if lang == "en" and path == "/design/":
        chinese = re.findall(r"[\u4e00-\u9fff]+", re.sub(r'<[^>]*lang="zh-CN".*?>.*?<', "<", text))
        assert set(chinese) <= {"简体中文", "张"}, chinese
