"""Documents: PDF/A from typst templates, the official papers of a case, QR codes."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from typing import Any

import pylopdf_fonts_zh_cn
import segno
from django.conf import settings
from django.utils.translation import gettext_lazy as _

from zhengtong.kernel.errors import Invalid, Unavailable, ZhengtongError

from . import glyphs, rules

_PRESS = Path(__file__).parent / "press.py"
_PAPERS = Path(__file__).parent / "papers"
_TIMEOUT = 25  # seconds
_TEX_FONTS = (
    "/usr/share/texmf/fonts/opentype/public/fandol",
    "/usr/share/texlive/texmf-dist/fonts/opentype/public/fandol",
)
_FAULTY, _PLAIN_ENVIRONMENT = 3, ("PATH", "LANG", "LC_ALL", "TMPDIR", "SYSTEMROOT", "LD_LIBRARY_PATH")


class MissingGlyph(Invalid):
    """A character that no font here can print. `characters` names them."""

    code = "missing-glyph"
    title = _("有无法排印的字")


class TemplateFault(Invalid):
    """The template cannot be set. `diagnostic` says where."""

    code = "template-fault"
    title = _("文书模板有误")


def unprintable(text: str) -> list[str]:
    """The signs of a text that cannot be printed and that its writer can do without: emoji, pictures, private signs.

    A letter or ideograph without a glyph is not among them: it may be somebody's name. It is printed as a substitute.
    """
    return [sign for sign in glyphs.unprintable(text, font_folders()) if not glyphs.is_letter(sign)]


def pdf_of_record(template: Path | str, data: Mapping[str, Any], *, root: Path, at: datetime | None = None) -> bytes:
    """As `pdf`, for what is fixed and must be printed whatever it says.

    Where no font has the glyph stands `〓（U+20BB7）`, the printers' mark for a missing type with the code point.
    """
    try:
        return pdf(template, data, root=root, at=at)
    except MissingGlyph as missing:
        replaced = rules.substituted(dict(data), missing.extra["characters"])
        return pdf(template, replaced, root=root, at=at)


def pdf(template: Path | str, data: Mapping[str, Any], *, root: Path, at: datetime | None = None) -> bytes:
    """Set a typst template as PDF/A-2b. The same template, data and `at` give the same bytes.

    `template` lies under `root`, the only folder it can see. It reads its data by `json(bytes(sys.inputs.data))`;
    nothing is written into its text. `at` is the date of the document. Raises MissingGlyph, TemplateFault, Unavailable.
    """
    return _press(template, data, root=root, at=at, form="pdf", ppi=None)


def png(template: Path | str, data: Mapping[str, Any], *, root: Path, ppi: int = 96) -> bytes:
    """The first page as a picture, for previews. Raises as `pdf`."""
    return _press(template, data, root=root, at=None, form="png", ppi=ppi)


def paper(kind: str, data: Mapping[str, Any]) -> bytes:
    """An official paper of a case as PDF/A-2b, in the authority's name. `kind`: a key of `rules.PAPERS`.

    Always needed: authority, number, case_number, service, applicant, submitted_at, issued_at (ISO). What each kind
    needs besides, and what it may have, stands in `rules`. Raises Invalid on lacking data.
    """
    if kind not in rules.PAPERS:
        raise LookupError(f"no paper {kind!r}; there are: {', '.join(rules.PAPERS)}")
    if lacking := rules.missing(kind, data):
        raise Invalid(_("文书缺少内容：%(keys)s。") % {"keys": ", ".join(lacking)})
    sheet = rules.sheet(
        kind,
        data,
        node_name=settings.ZT_NODE_NAME["zh"],
        base_url=settings.ZT_BASE_URL,
        is_demo=settings.ZT_DEMO,
    )
    sheet["qr"] = qr_svg(sheet["verify_url"])
    return pdf_of_record(
        _PAPERS / f"{kind}.typ", sheet, root=_PAPERS, at=datetime.fromisoformat(str(data["issued_at"]))
    )


def paper_title(kind: str, data: Mapping[str, Any]) -> str:
    """What a paper with these data is called, in Chinese."""
    return rules.title(kind, is_licence=data.get("is_licence", True))


def qr_svg(text: str) -> str:
    """A QR code (error correction M) as SVG without a size of its own: it takes that of its place."""
    return segno.make(text, error="m", micro=False).svg_inline(omitsize=True, border=2, svgclass=None, lineclass=None)


@lru_cache(maxsize=1)
def font_folders() -> tuple[str, ...]:
    """Where fonts lie: those of the set-up, FandolFang where TeX has it, and the operator's (ZT_FONTS)."""
    folders = [str(Path(pylopdf_fonts_zh_cn.__file__).parent), *_TEX_FONTS, *settings.ZT_FONTS.split(os.pathsep)]
    return tuple(folder for folder in folders if folder and Path(folder).is_dir())


# -- the steps ----------------------------------------------------------------------------------------------------
def _press(
    template: Path | str, data: Mapping[str, Any], *, root: Path, at: datetime | None, form: str, ppi: int | None
) -> bytes:
    main = (root / template).resolve()
    if not main.is_relative_to(root.resolve()):
        raise ValueError(f"{template} does not lie under {root}")
    job = {
        "template": str(main), "root": str(root.resolve()), "data": dict(data), "fonts": list(font_folders()),
        "format": form, "ppi": ppi, "timestamp": int(at.timestamp()) if at else 0,
    }  # fmt: skip
    try:
        done = subprocess.run(
            [sys.executable, "-I", str(_PRESS)], input=json.dumps(job).encode(), capture_output=True,
            timeout=_TIMEOUT, check=False, env={k: os.environ[k] for k in _PLAIN_ENVIRONMENT if k in os.environ},
        )  # fmt: skip
    except subprocess.TimeoutExpired:
        raise TemplateFault(_("文书排版超过 %(seconds)s 秒。") % {"seconds": _TIMEOUT}) from None
    if done.returncode:
        raise _fault(done)
    return done.stdout


def _fault(done: subprocess.CompletedProcess[bytes]) -> ZhengtongError:
    if done.returncode != _FAULTY:
        if done.returncode < 0:  # a signal: out of memory or time
            return TemplateFault(_("文书排版占用的内存或时间超过限度。"))
        return Unavailable(_("排版程序无法运行：%(reason)s") % {"reason": done.stderr[-300:].decode(errors="replace")})
    told = json.loads(done.stderr)
    if characters := rules.unprintable(told["diagnostic"]):
        shown = "、".join(f"“{text}”（{rules.code_points(text)}）" for text in characters)
        return MissingGlyph(
            _("以下文字没有可用的字形，无法排印：%(shown)s。") % {"shown": shown},
            remedy=_("请改用通用规范汉字，或由管理员安装包含该字的字体（ZT_FONTS）。"),
            characters=characters,
        )
    return TemplateFault(
        _("文书模板有误：%(message)s") % {"message": told["message"]}, diagnostic=told["diagnostic"].strip()
    )
