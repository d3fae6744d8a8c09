"""The themes of the data elements that ship."""

from zhengtong.kernel.texts import Texts

THEMES: dict[str, Texts] = {
    "people": {"zh": "人口", "en": "People"},
    "entities": {"zh": "法人", "en": "Legal entities"},
    "places": {"zh": "地址与空间", "en": "Addresses and places"},
    "food": {"zh": "食品经营", "en": "Food operators"},
    "services": {"zh": "政务服务", "en": "Public services"},
}
