"""Samples that are looked at again and again, kept in memory: all of few data, and some of many."""

from __future__ import annotations

from collections.abc import Iterable
from math import prod

import numpy as np

from symgen.pde.readers.content import Samples

WHOLE_BYTES = 64 * 2**20
"""Data up to this size are kept as a whole."""
FIRST, SOME_BYTES = 48, 128 * 2**20
"""The first samples of larger ones, from which noise, residuals and drifts are estimated, and their size at most."""
SPREAD, SPREAD_VALUES = 32, 2**20
"""Samples spread over all, in which equations are sought."""


def remembered(values: Samples, shape: Iterable[int]) -> Samples:
    """The samples, each of that shape; those that will be looked at again are kept when they are first read.

    What is kept is bounded, however many samples there are.
    """
    kept: dict[int, np.ndarray] = {}
    count, size = len(values), max(1, prod(shape))
    again = set(range(FIRST))
    for most in (min(SPREAD, SPREAD_VALUES // size), SPREAD_VALUES // size):
        again.update(evenly(count, most).tolist())
    room = SOME_BYTES + WHOLE_BYTES

    def get(i: int) -> np.ndarray:
        nonlocal room
        if i in kept:
            return kept[i]
        sample = np.asarray(values[i])
        whole = count * sample.nbytes <= WHOLE_BYTES
        if (whole or i in again) and sample.nbytes <= room:
            room -= sample.nbytes
            kept[i] = sample
        return sample

    return Samples(count, get)


def evenly(count: int, most: int) -> np.ndarray:
    """Places of at most that many samples, and at least one, spread evenly over all."""
    return np.unique(np.linspace(0, count - 1, max(1, min(count, most))).astype(int))
