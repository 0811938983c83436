"""Linear equations for the coefficients of equations that have given symmetries.

Their columns are sums of the columns of all terms: what the symmetries fix has its coefficients, and each further
column, of one term or of several, is chosen or not as a whole.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import sympy

from symgen.discovery.regression.subsets import Subsets, best_subsets
from symgen.discovery.regression.systems import System, least_squares


@dataclass(frozen=True, eq=False)
class Restricted(System):
    """The first columns have known coefficients, `exact`, and belong to every subset."""

    exact: tuple[sympy.Rational, ...]
    plain: System
    """That of all terms, which need not have the symmetries."""
    matrix: np.ndarray
    """(plain terms, terms): what each term is in those."""

    @classmethod
    def of(cls, plain: System, terms: Sequence[Any], matrix: np.ndarray, exact: Sequence[sympy.Rational]) -> Restricted:
        """From the system of all terms."""
        columns = plain.columns @ matrix
        own = plain.order, tuple(terms), plain.target, columns, plain.groups, plain.window
        return cls(*own, tuple(exact), plain, matrix)

    @cached_property
    def fixed(self) -> np.ndarray:
        """The known coefficients as floats."""
        return np.array([float(value) for value in self.exact])

    def known(self, place: int) -> sympy.Rational | None:
        """The coefficient of a term that is fixed."""
        return self.exact[place] if place < len(self.exact) else None

    def in_plain(self, places: Sequence[int], coefficients: np.ndarray) -> np.ndarray:
        """Coefficients of all plain terms."""
        return np.asarray(self.matrix[:, list(places)] @ coefficients)

    def free(self, places: Sequence[int]) -> list[int]:
        """Those of some terms whose coefficients are sought."""
        return [place for place in places if place >= len(self.fixed)]

    def size(self, places: Sequence[int]) -> int:
        """The terms that are sought, and one more where others are fixed."""
        return len(self.free(places)) + bool(self.exact)

    def subsets(self, most: int, width: int, without: int | None = None) -> list[Subsets]:
        """All with the fixed terms; if there are any, the first has no others."""
        always = np.arange(len(self.fixed))
        rest = np.array([p for p in range(len(self.fixed), len(self.terms)) if p != without], dtype=int)
        left = self.triangle[:, -1] - self.triangle[:, always] @ self.fixed
        share = float(np.linalg.norm(left) / (np.linalg.norm(self.target) + 1e-300))
        found = [Subsets(always[None], np.array([share]))] if self.exact else []
        for own in best_subsets(self.triangle[:, rest], left, most, width):
            places = np.concatenate([np.tile(always, (len(own.places), 1)), rest[own.places]], axis=1)
            found.append(Subsets(places, share * own.residuals))
        return found

    def solved(self, places: Sequence[int], columns: np.ndarray, target: np.ndarray) -> np.ndarray:
        """With the fixed coefficients."""
        known = np.array([place < len(self.fixed) for place in places], dtype=bool)
        values = np.zeros(len(places))
        values[known] = self.fixed[np.array(places, dtype=int)[known]]
        if not known.all():
            values[~known] = least_squares(columns[:, ~known], target - columns[:, known] @ values[known])[0]
        return values

    def fit(self, places: Sequence[int]) -> tuple[np.ndarray, float]:
        """Coefficients of some of the terms, and what they leave of the target, relative to it."""
        values = self.solved(places, self.triangle[:, list(places)], self.triangle[:, -1])
        return values, self.left_by(places, values)

    def sizes(self, places: Sequence[int]) -> np.ndarray:
        """Of some columns relative to the target, each with the other free ones projected out; infinite of fixed ones,
        whose coefficients have no error.
        """
        free = self.free(places)
        sizes = np.full(len(places), np.inf)
        if free:
            sizes[[place in free for place in places]] = super().sizes(free)
        return sizes

    def apart(self, kept: Sequence[int], one: int, other: int) -> float:
        """Sine of the angle between two columns, once the other free ones are projected out of both."""
        return super().apart(self.free(kept), one, other)
