"""Linear equations for the coefficients: the integrals of all terms against test functions of several widths."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cache, cached_property
from math import comb
from typing import Any, Protocol

import numpy as np
import sympy
import torch

from symgen.discovery.regression.subsets import Subsets, best_subsets, triangle
from symgen.discovery.regression.terms import Candidate
from symgen.exceptions import DataError
from symgen.pde.derivatives import interior_margin, x_derivatives
from symgen.pde.trajectories import Trajectories
from symgen.pde.weak_form import LEAST_WIDTH, Window, along_t, along_x
from symgen.processes import shared_out

SHARES = (1 / 20, 1 / 10, 1 / 6, 1 / 4)
"""Half-widths of test functions, in grid lengths, that are tried."""
LEAST_ROWS = 60
GROUPS = 8
"""Parts of the data that are left out in turn, for standard errors (jackknife)."""

Progress = Callable[[int, int], None]


class Term(Protocol):
    """One of those that may add up to a left-hand side."""

    @property
    def in_jets(self) -> sympy.Expr:
        """Multiplied out."""

    @property
    def text(self) -> str:
        """For people."""

    @property
    def rank(self) -> tuple[bool, int, int, int]:
        """Ascending: which terms are preferred where data cannot tell them apart."""


@dataclass(frozen=True)
class Grid:
    """Where trajectories are known, and whether x is a circle."""

    x: np.ndarray
    t: np.ndarray
    dx: float
    dt: float
    periodic: bool

    @classmethod
    def of(cls, data: Trajectories) -> Grid:
        """That of the data."""
        return cls(data.x, data.t, data.period / len(data.x), data.time_step, data.info.periodic)

    def windows(self) -> list[Window]:
        """All that fit; raises DataError where none does."""
        nx, nt = len(self.x), len(self.t)
        windows = {Window(Window.of(nx, nt, a).x, Window.of(nx, nt, b).t) for a in SHARES for b in SHARES}
        fitting = sorted((w for w in windows if w.fits(nx, nt)), key=lambda w: (w.x, w.t))
        if not fitting:
            raise DataError(
                f"The data have {nt} times and {nx} points; to find their equation at least {2 * LEAST_WIDTH} of each "
                "are needed. Give it with --equation."
            )
        return fitting


@dataclass(frozen=True, eq=False)
class System:
    """Integrals of the left-hand side (rows,) and of the terms (rows, terms), with a group for every row."""

    order: int
    terms: tuple[Any, ...]
    """Each is a `Term`, of the kind that the library has."""
    target: np.ndarray
    columns: np.ndarray
    groups: np.ndarray
    window: Window

    @cached_property
    def turned(self) -> list[np.ndarray]:
        """Of each group of rows (rows, terms + 1): columns and target, turned."""
        both = np.concatenate([self.columns, self.target[:, None]], axis=1)
        return [triangle(both[self.groups == group]) for group in np.unique(self.groups)]

    @cached_property
    def triangle(self) -> np.ndarray:
        """(terms + 1, terms + 1): columns and target, turned."""
        return triangle(np.concatenate(self.turned))

    def left_by(self, places: Sequence[int], coefficients: np.ndarray) -> float:
        """What terms with given coefficients leave of the target, relative to it."""
        rest = self.triangle[:, -1] - self.triangle[:, list(places)] @ coefficients
        return float(np.linalg.norm(rest) / (np.linalg.norm(self.target) + 1e-300))

    def free(self, places: Sequence[int]) -> list[int]:
        """Those of some terms whose coefficients are not known beforehand."""
        return list(places)

    def known(self, place: int) -> sympy.Rational | None:
        """The coefficient of a term, where it is known beforehand."""
        return None

    def size(self, places: Sequence[int]) -> int:
        """Of a subset, as `subsets` counts: its place in that list, from 1."""
        return len(places)

    def subsets(self, most: int, width: int, without: int | None = None) -> list[Subsets]:
        """The best ones of growing size, see `best_subsets`; all of them `without` some term."""
        rest = np.array([place for place in range(len(self.terms)) if place != without])
        found = best_subsets(self.triangle[:, :-1][:, rest], self.triangle[:, -1], most, width)
        return [Subsets(rest[own.places], own.residuals) for own in found]

    def solved(self, places: Sequence[int], columns: np.ndarray, target: np.ndarray) -> np.ndarray:
        """Coefficients of some terms from other columns and another target than its own."""
        return least_squares(columns, target)[0]

    def fit(self, places: Sequence[int]) -> tuple[np.ndarray, float]:
        """Least-squares coefficients of some of the terms, and what they leave of the target, relative to it."""
        return least_squares(self.triangle[:, :-1][:, list(places)], self.triangle[:, -1])

    def sizes(self, places: Sequence[int]) -> np.ndarray:
        """Of some columns relative to the target, each with the others projected out."""
        columns = self.triangle[:, list(places)]
        lengths = np.linalg.norm(columns, axis=0)
        inverse = np.linalg.pinv(columns / lengths) / lengths[:, None]
        return 1 / (np.linalg.norm(inverse, axis=1) * np.linalg.norm(self.target) + 1e-300)

    def apart(self, kept: Sequence[int], one: int, other: int) -> float:
        """Sine of the angle between two columns, once others are projected out of both: 0 if they say the same."""
        basis = np.linalg.qr(self.triangle[:, list(kept)])[0]
        free = self.triangle[:, [one, other]] - basis @ (basis.T @ self.triangle[:, [one, other]])
        return least_squares(free[:, :1], free[:, 1])[1]

    def contrast(self, places: Sequence[int]) -> float:
        """How large the least important of some terms is, beside what all of them leave."""
        free = self.free(places)
        rest = [self.fit([p for p in places if p != place])[1] if len(places) > 1 else 1.0 for place in free]
        growth = min(rest, default=1.0) / (self.fit(places)[1] + 1e-300)
        return max(growth**2 - 1, 0.0) ** 0.5

    def jackknife(self, places: Sequence[int]) -> np.ndarray:
        """Standard errors of the coefficients, from leaving out one group after the other."""
        count = len(self.turned)
        if count == 1:
            return np.zeros(len(places))
        parts = []
        for left_out in range(count):
            rows = np.concatenate(self.turned[:left_out] + self.turned[left_out + 1 :])
            parts.append(self.solved(places, rows[:, list(places)], rows[:, -1]))
        return np.sqrt((count - 1) * np.var(parts, axis=0))

    def share(self, place: int, coefficient: float) -> float:
        """Size of a term relative to the left-hand side."""
        return float(abs(coefficient) * np.linalg.norm(self.columns[:, place]) / np.linalg.norm(self.target))


def least_squares(columns: np.ndarray, target: np.ndarray) -> tuple[np.ndarray, float]:
    """Coefficients of columns (rows, terms) and the residual relative to the target (rows,)."""
    sizes = np.linalg.norm(columns, axis=0) + 1e-300
    solution = np.linalg.lstsq(columns / sizes, target, rcond=None)[0]
    rest = np.linalg.norm(target - columns / sizes @ solution)
    return solution / sizes, float(rest / (np.linalg.norm(target) + 1e-300))


def systems(fields: Fields, terms: tuple[Candidate, ...], progress: Progress | None = None) -> dict[int, list[System]]:
    """Of every window with enough test functions: those in u_t, 1, and in u_tt, 2. Processes share the windows.

    Those in u_tt have u_t among their terms. Raises DataError where no window has enough.
    """
    windows = fields.grid.windows()
    first, second = Candidate(1, 0, 1), Candidate(1, 0, 2)

    result: dict[int, list[System]] = {1: [], 2: []}
    integrated = shared_out(len(windows), lambda number: integrate(fields, windows[number], [second, *terms, first]))
    for done, integrals in enumerate(integrated):
        _, n, rows, columns = integrals.shape
        if n * rows * columns >= LEAST_ROWS:
            place = np.arange(n)[:, None, None] if n >= GROUPS else (np.arange(rows) * GROUPS // rows)[None, :, None]
            groups = np.broadcast_to(place % GROUPS, (n, rows, columns)).reshape(-1)
            flat = integrals.reshape(len(integrals), -1)
            result[1].append(System(1, terms, flat[-1], flat[1:-1].T, groups, windows[done]))
            result[2].append(System(2, (*terms, first), flat[0], flat[1:].T, groups, windows[done]))
        if progress:
            progress(done + 1, len(windows))
    if not result[1]:
        raise DataError(
            "The data have too few points to find their equation in. Give it with --equation, or more data."
        )
    return result


class Fields:
    """u^p and u^p u_x^2, times powers of t, of trajectories u (n, nt, nx), each computed once.

    u_x is the only derivative that is taken of data. Where it is from differences, it is NaN at both ends of x.
    """

    def __init__(self, u: np.ndarray, grid: Grid) -> None:
        self.u, self.grid = u, grid
        self._kept: dict[tuple[int, int, int], np.ndarray] = {}

    def __call__(self, term: Candidate) -> np.ndarray:
        """Of a term, without its derivatives and powers of x."""
        key = term.power, term.slope, term.in_t
        if key not in self._kept:
            if term.in_t:
                field = self(replace(term, in_t=0)) * self.grid.t[:, None] ** float(term.in_t)
            elif term.slope:
                field = self(replace(term, slope=0)) * self._squared_slope()
            elif term.power > 1:
                field = self(replace(term, power=term.power - 1)) * self.u
            else:
                field = self.u**term.power
            self._kept[key] = field
        return self._kept[key]

    def _squared_slope(self) -> np.ndarray:
        margin, length = interior_margin(self.grid.periodic, 1), self.grid.dx * self.u.shape[-1]
        slope = x_derivatives(torch.from_numpy(self.u), length, self.grid.periodic, 1)[1].numpy()
        return np.pad(slope**2, ((0, 0), (0, 0), (margin, margin)), constant_values=np.nan)


def integrate(fields: Fields, window: Window, terms: Sequence[Candidate]) -> np.ndarray:
    """Integrals of terms against the test functions -> (terms, n, centres in t, centres in x).

    A coefficient in x goes with the test function: by Leibniz' rule the derivatives of the coefficient multiply u^p. As
    it is not periodic, no test function then goes around the ends.
    """
    grid = fields.grid
    single = [part for term in terms for _, part in (term.parts or ((1, term),))]
    periodic = grid.periodic and all(term.is_plain for term in single)
    cut = interior_margin(grid.periodic, 1) if any(term.slope for term in single) else 0
    x = grid.x[cut : len(grid.x) - cut]

    @cache
    def over_t(power: int, slope: int, in_t: int, j: int) -> np.ndarray:
        field = fields(Candidate(power, 0, slope=slope, in_t=in_t))
        return along_t(field[..., cut : field.shape[-1] - cut], window, j, grid.dt)

    @cache
    def integral(term: Candidate) -> np.ndarray:
        if term.parts:
            return np.sum([float(factor) * integral(part) for factor, part in term.parts], axis=0)
        values, summands = over_t(term.power, term.slope, term.in_t, term.j), []
        for m in range(term.k + 1):
            falling = float(np.prod(term.in_x - np.arange(m)))
            if falling == 0:
                break
            weighted = values * (falling * x ** float(term.in_x - m)) if term.in_x else values
            summands.append((-1) ** m * comb(term.k, m) * along_x(weighted, window, term.k - m, grid.dx, periodic))
        return np.sum(summands, axis=0)

    return np.stack([integral(term) for term in terms])
