"""Topics (主题), events (一件事) and audience of the items of a local list.

The list does not say for whom an item is, nor its topic. Until an editor does, words of its name and its department
decide: a default for finding things, never a condition for applying.
"""

from __future__ import annotations

import functools
import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from zhengtong.kernel.texts import Texts

PERSON, LEGAL_ENTITY = "person", "legal_entity"
AUDIENCES = (PERSON, LEGAL_ENTITY)
_DATA = Path(__file__).parent / "data"
_PERSON_WORDS = re.compile(
    r"个人|居民|公民|学生|教师|医师|护士|残疾|老年|高龄|退役|军人|优抚|烈士|结婚|离婚|婚姻|收养|户口|身份证|居住证|驾驶证"
    r"|驾驶人|护照|港澳|低保|救助|特困|孤儿|失业|求职|就业困难|退休|待遇|抚恤|丧葬|生育|独生|职称|人员|毕业生|劳动者|公租房"
    r"|法律援助|市民|家庭|本人|儿童|妇女|农民|机动车|社会保障卡|异地就医|献血|参保人|士兵|随军|宅基地|村民|灵活就业|健康证|体检"
)
_LEGAL_WORDS = re.compile(
    r"企业|公司|单位|机构|经营|许可|营业|项目|工程|施工|竣工|投资|法人|社会团体|民办|基金会|学校|医院|场所|生产|矿|取水|用地"
    r"|土地|勘查|审批|审查|核定|核准|备案|预案|方案|测绘|供应商|排污|运输|招标|批发|零售|建设|开发|纳税人|发票|出口|资质"
    r"|合作社|个体|商户|设立|危险|药品|广告|设施|博物馆|演出|印刷|种子|兽药"
)


@dataclass(frozen=True, slots=True)
class Topic:
    """A topic of one audience. `icon` is a name of the design's icon set."""

    key: str
    audience: str
    title: Texts
    icon: str
    words: str
    departments: str


@dataclass(frozen=True, slots=True)
class EventSeed:
    """An event as shipped; `items` is the pattern of item names that belong to it."""

    key: str
    kind: str
    title: Texts
    description: Texts
    icon: str
    items: str
    order: int


@functools.cache
def topics() -> tuple[Topic, ...]:
    """All topics, those of persons first."""
    shipped: dict[str, list[dict[str, Any]]] = json.loads((_DATA / "topics.json").read_text())
    return tuple(Topic(audience=audience, **entry) for audience in AUDIENCES for entry in shipped[audience])


def topics_for(audience: str) -> list[Topic]:
    return [topic for topic in topics() if topic.audience == audience]


def find_topic(key: str) -> Topic | None:
    return next((topic for topic in topics() if topic.key == key), None)


@functools.cache
def event_seeds() -> tuple[EventSeed, ...]:
    return tuple(EventSeed(**entry) for entry in json.loads((_DATA / "events.json").read_text()))


def audience_of(name: str) -> list[str]:
    """For whom an item is, by its name: both where the name does not say."""
    found = [
        audience for audience, words in ((PERSON, _PERSON_WORDS), (LEGAL_ENTITY, _LEGAL_WORDS)) if words.search(name)
    ]
    return found or list(AUDIENCES)


def topics_of(name: str, department: str, audience: list[str]) -> list[str]:
    """One topic for each audience: the first whose words are in the name, else that of the department, else «other»."""
    return [_topic(name, department, topics_for(each)).key for each in audience]


def events_of(name: str) -> list[str]:
    """The events to which an item belongs by its name."""
    return [seed.key for seed in event_seeds() if seed.items and re.search(seed.items, name)]


def _topic(name: str, department: str, choices: list[Topic]) -> Topic:
    by_word = next((t for t in choices if t.words and re.search(t.words, name)), None)
    by_department = next((t for t in choices if t.departments and re.fullmatch(t.departments, department)), None)
    return by_word or by_department or choices[-1]
