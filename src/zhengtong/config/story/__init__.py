"""The main journey told by the verbs themselves: a restaurant opens (design.md, section 4)."""

from .restaurant import Answers, Told, tell

__all__ = ["Answers", "Told", "tell"]
