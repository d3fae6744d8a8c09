"""Processes for tests."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

from zhengtong.kernel.ids import make_urn
from zhengtong.support.workflow import services
from zhengtong.support.workflow.models import ProcessDefinition

RESTAURANT: dict[str, Any] = {
    "key": "open-restaurant",
    "title": {"zh": "开办餐饮店", "en": "Open a restaurant"},
    "lead_authority": "market-regulation",
    "reviews": [
        {"key": "food", "authority": "market-regulation", "days": 8, "title": {"zh": "食品经营许可审查", "en": "Food"}},
        {
            "key": "fire",
            "authority": "fire-rescue",
            "days": 8,
            "when": "form.area_m2 > 300",
            "title": {"zh": "消防安全检查", "en": "Fire safety"},
        },
        {"key": "drainage", "authority": "housing", "days": 5, "title": {"zh": "排水许可审查", "en": "Drainage"}},
        {
            "key": "signboard",
            "authority": "urban-management",
            "days": 5,
            "when": "form.has_signboard",
            "optional": True,
            "title": {"zh": "户外招牌设置审查", "en": "Signboard"},
        },
    ],
    "decision": {"promised_days": 8},
}
AUTHORITIES = {
    "market-regulation": {"zh": "区市监局", "en": "Market Regulation"},
    "fire-rescue": {"zh": "区消防大队", "en": "Fire and Rescue"},
    "housing": {"zh": "区住建局", "en": "Housing and Construction"},
    "urban-management": {"zh": "区综合执法局", "en": "Urban Management"},
}
EVERYTHING = {"run_fire": True, "run_signboard": True}


def manifest(*reviews: dict[str, Any]) -> dict[str, Any]:
    return {**RESTAURANT, "reviews": list(reviews)}


def restaurant(version: int = 1) -> ProcessDefinition:
    keys = [review["key"] for review in RESTAURANT["reviews"]]
    return services.define("open-restaurant", version, services.compile_reviews(RESTAURANT), steps=keys)


def subject() -> str:
    return make_urn("cases", "case", uuid4())


def process(nodes: str, more: str = "") -> bytes:
    """A hand-made process file around the given elements."""
    return (
        '<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL" targetNamespace="x">'
        f'<process id="p" isExecutable="true">{nodes}</process>{more}</definitions>'
    ).encode()
