"""How a message becomes a letter, and what the answers of a mail server mean."""

from __future__ import annotations

import re
import smtplib
from urllib.parse import urljoin

from zhengtong.kernel.texts import Texts

_ADDRESS = re.compile(r"[^@\s<>\",;:\\()\[\]]+@[^@\s<>\",;:\\()\[\]]+\.[^@\s<>\",;:\\()\[\]]+")


def is_address(text: str) -> bool:
    """Whether the text is one plain e-mail address, without a name, a list or a line break."""
    return len(text) <= 254 and bool(_ADDRESS.fullmatch(text))


def is_final(error: Exception) -> bool:
    """Whether the server refused for good (5xx), as against "later" (4xx) or silence."""
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        return all(code >= 500 for code, _text in error.recipients.values())
    return isinstance(error, smtplib.SMTPResponseException) and error.smtp_code >= 500


def letter_subject(subject: Texts, node_name: Texts) -> str:
    """`【node】subject / subject`, on one line: no line break gets into a header."""
    return " ".join(f"【{node_name.get('zh', '')}】{' / '.join(_both(subject))}".split())


def letter_text(body: Texts, link: str, base_url: str) -> str:
    """Chinese, then English, then where to look."""
    parts = _both(body)
    if link:
        parts.append(f"查看详情 / Details: {urljoin(base_url, link)}")
    parts.append("本邮件由系统自动发送，请勿回复。 / Sent automatically; please do not reply.")
    return "\n\n".join(parts) + "\n"


def _both(texts: Texts) -> list[str]:
    """Chinese and English, once if they are the same."""
    return list(dict.fromkeys(text.strip() for text in (texts.get("zh"), texts.get("en")) if text))
