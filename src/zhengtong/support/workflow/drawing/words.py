"""What a picture says in words, also to those who do not see it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from zhengtong.kernel.texts import localised

from ..rules.picture import DrawnStep, Lane, Picture
from .marks import INK, TONES, Tone

WORDS = {
    "start": {"zh": "提交申请", "en": "Apply"},
    "end": {"zh": "办结", "en": "Closed"},
    "conditional": {"zh": "视情形", "en": "if it applies"},
    "optional": {"zh": "可选", "en": "optional"},
    "together": {"zh": "同时办理 {n} 项", "en": "{n} at the same time"},
    "days": {"zh": "{n} 个工作日", "en": "{n} working days"},
    "day": {"zh": "1 个工作日", "en": "1 working day"},
    "title": {"zh": "办理流程", "en": "How it is handled"},
    "after": {"zh": "{names} 之后", "en": "after {names}"},
    "comma": {"zh": "，", "en": ", "},
    "and": {"zh": "、", "en": ", "},
    "stop": {"zh": "。", "en": ". "},
}


@dataclass(frozen=True, slots=True)
class Scene:
    """What is drawn, how it stands, in which language. Without `states` the steps are shown as a plan."""

    picture: Picture
    states: Mapping[str, str]
    lang: str
    notes: Mapping[str, str] = field(default_factory=dict)

    def say(self, word: str, **values: object) -> str:
        return localised(WORDS[word], self.lang).format(**values)

    def name(self, part: DrawnStep | Lane) -> str:
        return localised(part.name, self.lang)

    def state(self, step: DrawnStep) -> str:
        """A step without a state waits; one that depends on a condition is not needed once the case is accepted."""
        if not self.states or step.key in self.states:
            return self.states.get(step.key, "")
        return "skipped" if step.is_conditional and self.states.get("accept") == "done" else "waiting"

    def tone(self, step: DrawnStep) -> Tone:
        return TONES[self.state(step)]

    def ink(self, step: DrawnStep) -> str:
        """The colour of the step's name."""
        return self.tone(step).text if self.state(step) == "skipped" else INK

    def word(self, step: DrawnStep) -> str:
        """The state in words; empty in a plan."""
        return localised(self.tone(step).word, self.lang)

    def facts(self, step: DrawnStep) -> str:
        """`8 个工作日 · 视情形`, or the note. Whether a step applies is shown in a plan only."""
        if step.key in self.notes:
            return self.notes[step.key]
        days = self.say("day") if step.days == 1 else self.say("days", n=step.days) if step.days else ""
        flags = [("conditional", step.is_conditional), ("optional", step.is_optional)] if not self.states else []
        return " · ".join(part for part in (days, *(self.say(word) for word, holds in flags if holds)) if part)

    def title(self) -> str:
        """The page around the picture names the service; a process file names itself in Chinese only."""
        titles = self.picture.title
        if self.lang != "zh" and titles.get(self.lang) == titles.get("zh"):
            return self.say("title")
        return f"{localised(titles, self.lang)} · {self.say('title')}"

    def description(self) -> str:
        """The whole picture in sentences."""
        return self.say("stop").join(self._sentence(step) for step in self.picture.steps) + self.say("stop").strip()

    def _sentence(self, step: DrawnStep) -> str:
        names = [self.name(before) for before in self.picture.steps if before.key in step.after]
        after = self.say("after", names=self.say("and").join(names)) if names else ""
        parts = [self.name(step.lane), self.facts(step), self.word(step), after]
        return f"{self.name(step)}: " + self.say("comma").join(part for part in parts if part)
