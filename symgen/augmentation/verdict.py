"""Whether data solve the equation that they are moved by, and whether their copies solve it as well as they do."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from symgen.exceptions import DataError
from symgen.pde.equation import Equation
from symgen.pde.residual import DataResidual, data_residual, times_needed
from symgen.pde.trajectories import SOME_SAMPLES, Trajectories

POOR, UNSOLVED = 0.1, 0.5
"""Residuals, relative to the equation's terms, above which data fit it poorly, and above which they do not solve it."""
EXPLAINED = 3.0
"""A residual that is at most so many times what the steps of the grid make of it says nothing: noise makes the like."""
FAR = 5.0
"""Copies are doubtful that solve the equation so many times worse than their originals,"""
COUNTS, INVALID = 1e-3, 0.02
"""by a residual above the first; approximate symmetries and interpolation make none above the second."""


@dataclass(frozen=True)
class CopiesResidual:
    """Of some copies, root mean squares, each over the times that it covers, with the variance of its u as weight: of
    what hardly varies, residuals are rounding."""

    relative: float
    weak: float | None
    """None where a copy has none."""

    @classmethod
    def of(cls, found: Sequence[DataResidual], variances: Sequence[float]) -> CopiesResidual | None:
        """Of several copies; None without any that varies."""
        total = math.fsum(variances)
        if not total > 0:
            return None

        def mean(values: Sequence[float]) -> float:
            return math.sqrt(math.fsum(w * value**2 for w, value in zip(variances, values, strict=True)) / total)

        weak = [residual.weak for residual in found if residual.weak is not None]
        return cls(mean([residual.relative for residual in found]), mean(weak) if len(weak) == len(found) else None)


@dataclass(frozen=True)
class Doubt:
    """What is wrong with data or copies, and whether it is so wrong that they are refused."""

    message: str
    refuses: bool


def doubt_of_originals(found: DataResidual, equation: Equation) -> Doubt | None:
    """Whether data solve the equation, in weak form, which spares noise, where it has one."""
    least = found.relative if found.weak is None else min(found.relative, found.weak)
    steps = math.hypot(found.time_step_error, found.grid_error)
    if least <= POOR or (found.weak is None and found.relative <= EXPLAINED * steps):
        return None
    weak = "" if found.weak is None else f", {found.weak:.1e} in weak form"
    refuses = not least <= UNSOLVED
    return Doubt(
        f"The data {'do not solve' if refuses else 'fit poorly'} {equation}: their residual is "
        f"{found.relative:.1e} of its terms{weak}, so that its symmetries may not be theirs. Give "
        "the equation that they solve.",
        refuses,
    )


def doubt_of_copies(originals: DataResidual, copies: CopiesResidual, equation: Equation) -> Doubt | None:
    """Whether copies solve the equation far worse than their originals, pointwise or in weak form."""
    pairs = [("", originals.relative, copies.relative)]
    if originals.weak is not None and copies.weak is not None:
        pairs.append((" in weak form", originals.weak, copies.weak))
    how, before, after = max(pairs, key=lambda pair: _excess(pair[1], pair[2]))
    if after <= max(FAR * before, COUNTS):
        return None
    times = f"{after / before:.2g} times" if before else "infinitely many times"
    return Doubt(
        f"The moved copies do not solve {equation} as their originals do: their residual{how} is {after:.1e}, "
        f"{times} the {before:.1e} of the originals. The generators are no symmetries of the data, the "
        "scale is too large, or the resampling too coarse. Use others, a smaller --scale or --resampling exact.",
        not after <= INVALID,
    )


def _excess(before: float, after: float) -> float:
    """By how much a residual is beyond what is not doubted; most where it is not a number."""
    return after / max(FAR * before, COUNTS) if math.isfinite(after) else math.inf


class Verdict:
    """The residuals of originals and of one copy of each of the first, and the doubts that they raise.

    Raises DataError with the first that refuses them, unless `allow_invalid`; others are kept in `doubts`.
    """

    def __init__(self, data: Trajectories, equation: Equation, allow_invalid: bool) -> None:
        self.data, self.equation, self.allow_invalid = data, equation, allow_invalid
        self.enough = times_needed(equation)
        self.doubts: list[str] = []
        self.copies: list[DataResidual] = []
        self.variances: list[float] = []
        self.judged = False
        self.originals = data_residual(data, equation)
        self._doubt(doubt_of_originals(self.originals, equation))

    @property
    def moved(self) -> CopiesResidual | None:
        """Of all copies that were looked at; None where none covers enough times."""
        return CopiesResidual.of(self.copies, self.variances)

    def look_at(self, u: np.ndarray, valid: np.ndarray) -> None:
        """At the first copy that covers enough times, of those of a sample: u (k, nt, nx) with `valid` (k, 2).

        No more than SOME_SAMPLES are looked at.
        """
        long = np.flatnonzero(np.diff(valid)[:, 0] >= self.enough)
        if len(long) and len(self.copies) < SOME_SAMPLES:
            begin, end = valid[long[0]]
            times = self.data.t[begin:end]
            try:
                moved = Trajectories.from_arrays(u[long[:1], begin:end], self.data.x, times, self.data.info)
                self.copies.append(data_residual(moved, self.equation))
            except DataError:  # all terms vanish on it, as on a constant: it says nothing
                return
            self.variances.append(float(moved.u.var()))
            if len(self.copies) == SOME_SAMPLES:
                self.end()

    def end(self) -> None:
        """Judge the copies that were looked at, as soon as these are enough."""
        found = self.moved
        if found and not self.judged:
            self.judged = True
            self._doubt(doubt_of_copies(self.originals, found, self.equation))

    def _doubt(self, doubt: Doubt | None) -> None:
        if doubt and doubt.refuses and not self.allow_invalid:
            raise DataError(f"{doubt.message} With --allow-invalid the copies are written all the same.")
        self.doubts += [doubt.message] if doubt else []
