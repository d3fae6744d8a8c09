"""Draws without a generator: each is a hash of seed, name and index, so record i needs no record before it.

Integers only: floats of the exponential or normal kind differ between machines in their last bit, and so would the
files.
"""

from __future__ import annotations

import zlib

import numpy as np
from numpy.typing import NDArray

Whole = NDArray[np.int64]
Truths = NDArray[np.bool_]
_GOLDEN, _FIRST, _SECOND = 0x9E3779B97F4A7C15, 0xBF58476D1CE4E5B9, 0x94D049BB133111EB  # splitmix64, Steele et al. 2014
_WORD = (1 << 64) - 1


def mixed(word: int) -> int:
    """splitmix64's finaliser on one word."""
    word = ((word ^ (word >> 30)) * _FIRST) & _WORD
    word = ((word ^ (word >> 27)) * _SECOND) & _WORD
    return word ^ (word >> 31)


class Draws:
    """The draws of one seed. `name` keeps questions independent, `index` says about what is asked."""

    def __init__(self, seed: int) -> None:
        self._seed = mixed((seed + 1) * _GOLDEN & _WORD)

    def bits(self, name: str, index: Whole) -> NDArray[np.uint64]:
        """64 uniform bits for each index."""
        stream = mixed(self._seed ^ (zlib.crc32(name.encode()) * _GOLDEN & _WORD))
        words = index.astype(np.uint64) * np.uint64(_GOLDEN)
        words += np.uint64(stream)
        words ^= words >> np.uint64(30)
        words *= np.uint64(_FIRST)
        words ^= words >> np.uint64(27)
        words *= np.uint64(_SECOND)
        words ^= words >> np.uint64(31)
        return words

    def whole(self, name: str, index: Whole, below: int | Whole) -> Whole:
        """A whole number from 0 to below - 1 (below at most 2^31) for each index."""
        high = self.bits(name, index) >> np.uint64(33)
        limit = np.uint64(below) if isinstance(below, int) else below.astype(np.uint64)
        return ((high * limit) >> np.uint64(31)).astype(np.int64)

    def one(self, name: str, index: int, below: int) -> int:
        """`whole` for a single index."""
        stream = mixed(self._seed ^ (zlib.crc32(name.encode()) * _GOLDEN & _WORD))
        word = mixed((index * _GOLDEN + stream) & _WORD)
        return ((word >> 33) * below) >> 31

    def chance(self, name: str, index: Whole, per_million: int) -> Truths:
        """True for so many of a million."""
        return self.whole(name, index, 1_000_000) < per_million

    def pick(self, name: str, index: Whole, cumulative: Whole) -> Whole:
        """A position in a list whose running sums of weights are `cumulative`."""
        return np.searchsorted(cumulative, self.whole(name, index, int(cumulative[-1])), side="right").astype(np.int64)


def running(weights: list[int]) -> Whole:
    """Running sums, for `Draws.pick`."""
    return np.cumsum(np.asarray(weights, dtype=np.int64))
