"""Chinese text as lexemes, and what people type as a query. Pure; both sides are cut the same way.

A document's vector holds: its words (with place and weight), the pairs of characters of its titles (so that any
two-character word is found however the cutter cut), and the pinyin of its titles from every word on, in full and as
initials (so that `spjyxk`, `jyxk` and `shipin` find 食品经营许可).
"""

from __future__ import annotations

import functools
import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence

from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe

WEIGHTS = ("A", "B", "C")
MAX_TEXT = 20_000  # characters of one text that are indexed
MAX_QUERY = 100  # characters of a query that are read
MAX_TERMS = 12
MAX_POSITION = 16_000  # PostgreSQL keeps positions up to 16383
MAX_PINYIN = 48  # letters of one pinyin lexeme
TITLE = 80  # a text up to this length is a title: it gets pairs and pinyin

_WORD = re.compile(r"[^\W_]+")
_HAN = re.compile(r"[㐀-鿿豈-﫿\U00020000-\U0003ffff]+")
_FILLERS = frozenset(
    "的,了,我,要,想,想要,怎么,怎样,如何,哪里,哪儿,请问,吗,呢,是,在,和,与,the,a,an,of,to,for,how,i".split(",")  # noqa: SIM905
)

Texts = Mapping[str, str | Sequence[str]]


def normal(text: str) -> str:
    """Half-width, lower case, without what PostgreSQL cannot keep."""
    kept = "".join(char for char in text[:MAX_TEXT] if char != "\x00" and not "\ud800" <= char <= "\udfff")
    return unicodedata.normalize("NFKC", kept).lower()


def words_of(text: str) -> list[str]:
    """The words, also those inside longer ones, in order; punctuation is gone."""
    import rjieba  # its dictionary takes 32 MB, so it waits for the first search

    return [word for piece in rjieba.cut_for_search(normal(text)) for word in _WORD.findall(piece)]


# -- documents --------------------------------------------------------------------------------------------------------
def vector_of(texts: Texts) -> str:
    """A tsvector literal. `texts` maps a weight (A is worth most) to a text or several."""
    places: dict[str, list[str]] = {}
    position = 0
    for weight in WEIGHTS:
        for text in _listed(texts.get(weight, ())):
            for word in words_of(text):
                position += 1
                places.setdefault(word, []).append(f"{min(position, MAX_POSITION)}{weight}")
    for lexeme in _title_lexemes(texts):
        places.setdefault(lexeme, [])
    return " ".join(_lexeme(word, at) for word, at in places.items())


def sort_key_of(title: str) -> str:
    """Pinyin to sort by, for the database knows no Chinese order."""
    return " ".join(_syllables(normal(title)[:60]))[:200]


def _syllables(text: str) -> list[str]:
    """How it sounds, a syllable for each character. The web process does without the dictionary of phrases (55 MB)."""
    from pypinyin import lazy_pinyin

    return lazy_pinyin(text)


def _title_lexemes(texts: Texts) -> Iterator[str]:
    for weight in ("A", "B"):
        for text in _listed(texts.get(weight, ())):
            if len(text) <= TITLE:
                yield from _pairs(normal(text))
                yield from _pinyin_lexemes(normal(text))


def _pairs(text: str) -> Iterator[str]:
    for run in _HAN.findall(text):
        yield from (run[at : at + 2] for at in range(len(run) - 1))


def _pinyin_lexemes(text: str) -> Iterator[str]:
    """From every word to the end: initials and full pinyin. 食品经营许可 → spjyxk jyxk xk shipinjingyingxuke …"""
    import rjieba

    for run in _HAN.findall(text):
        syllables = _syllables(run)
        at = 0
        for word in rjieba.cut(run):
            rest = syllables[at:]
            yield "".join(syllable[0] for syllable in rest)[:MAX_PINYIN]
            yield "".join(rest)[:MAX_PINYIN]
            at += len(word)


def _lexeme(word: str, at: Sequence[str]) -> str:
    return f"'{word[:100]}'" + (f":{','.join(at[:200])}" if at else "")


def _listed(texts: str | Sequence[str]) -> Sequence[str]:
    return (texts,) if isinstance(texts, str) else texts


# -- queries ----------------------------------------------------------------------------------------------------------
def queries_for(words: str) -> list[str]:
    """tsquery literals to try in turn, the strictest first: all words, then any of them, then how it sounds.

    The last finds traditional characters and homophones. Empty: nothing was asked. Never raises.
    """
    terms = query_terms(words)
    if not terms:
        return []
    tries = [" & ".join(_term(term) for term in terms)]
    asked = words_of(_asked(words))
    if len(asked) > 1 and "".join(asked).isascii():
        tries[0] = f"({tries[0]}) | {_prefix(''.join(asked)[:MAX_PINYIN])}"  # pinyin with spaces
    if len(terms) > 1:
        tries.append(" | ".join(_term(term) for term in terms))
    if sound := " & ".join(_prefix("".join(_syllables(run))[:MAX_PINYIN]) for run in _HAN.findall(_asked(words))):
        tries.append(sound)
    return tries


def query_terms(words: str) -> list[str]:
    """What to look for: the words without fillers, unless there is nothing else."""
    found = list(dict.fromkeys(words_of(_asked(words))))
    return ([word for word in found if word not in _FILLERS] or found)[:MAX_TERMS]


def _asked(words: str) -> str:
    return normal(words[:MAX_QUERY])


def _term(word: str) -> str:
    """Latin words, numbers and single characters match as beginnings; Chinese words as they are."""
    return _prefix(word) if word.isascii() or len(word) == 1 else f"'{word}'"


def _prefix(word: str) -> str:
    return f"'{word}':*"


# -- what was found ---------------------------------------------------------------------------------------------------
def highlight(text: str, words: str) -> SafeString:
    """The text, escaped, with what was asked for in <mark>. Nothing of the text becomes markup."""
    pattern = _marking(words)
    if pattern is None:
        return escape(text)
    parts, last = [], 0
    for match in pattern.finditer(text):
        parts += [escape(text[last : match.start()]), f"<mark>{escape(match[0])}</mark>"]
        last = match.end()
    return mark_safe("".join([*parts, escape(text[last:])]))  # noqa: S308 (every part is escaped)


@functools.lru_cache(maxsize=256)
def _marking(words: str) -> re.Pattern[str] | None:
    terms = sorted(query_terms(words), key=len, reverse=True)
    return re.compile("|".join(map(re.escape, terms)), re.IGNORECASE) if terms else None
