"""Whether data solve the system that they are moved by, and whether their copies solve it as well as they do."""

from __future__ import annotations

import math
from collections.abc import Collection, Sequence
from dataclasses import replace

import numpy as np

from symgen.augmentation.verdict import COUNTS, FAR, INVALID, POOR, UNSOLVED, Doubt
from symgen.equations.system import System
from symgen.exceptions import DataError
from symgen.pde.solutions import Solutions
from symgen.pde.system_residual import SOME_SAMPLES, SystemResidual, system_residual


def doubt_of_originals(found: SystemResidual, system: System) -> Doubt | None:
    """Whether data solve the system, noise averaged out and but for what the grid explains."""
    if found.misfit <= POOR or found.explained >= found.misfit / 2:
        return None
    refuses = not found.misfit <= UNSOLVED
    return Doubt(
        f"The data {'do not solve' if refuses else 'fit poorly'} {system.expressions[found.worst]} = 0: it leaves "
        f"{found.misfit:.1e} of its terms, so that its symmetries may not be theirs. Give the equations that they "
        "solve.",
        refuses,
    )


def doubt_of_copies(originals: Sequence[float], copies: Sequence[float], system: System) -> Doubt | None:
    """Whether copies solve an equation far worse than their originals, by the residuals of each equation."""
    excess = [
        after / max(FAR * before, COUNTS) if math.isfinite(after) else math.inf
        for before, after in zip(originals, copies, strict=True)
    ]
    worst = excess.index(max(excess))
    if excess[worst] <= 1:
        return None
    before, after = originals[worst], copies[worst]
    return Doubt(
        f"The moved copies do not solve {system.expressions[worst]} = 0 as their originals do: their residual is "
        f"{after:.1e}, that of the originals {before:.1e}. The generators are no symmetries of the data, the scale is "
        "too large, or the stored times and points are too few. Use others (--max-defect leaves out approximate "
        "ones), a smaller --scale or a finer grid.",
        not after <= INVALID,
    )


class SolutionVerdict:
    """The residuals of originals and of one copy of each of the first, and the doubts that they raise.

    Raises DataError with the first that refuses them, unless `allow_invalid`; others are kept in `doubts`.
    """

    def __init__(self, data: Solutions, system: System, allow_invalid: bool) -> None:
        self.data, self.system, self.allow_invalid = data, system, allow_invalid
        self.doubts: list[str] = []
        self.seen: list[tuple[float, ...]] = []
        self.weights: list[float] = []
        self.judged = False
        self.originals = system_residual(data, system)
        self._doubt(doubt_of_originals(self.originals, system))

    @property
    def moved(self) -> tuple[float, ...] | None:
        """Of each equation, on all copies that were looked at, with their variance as weight: of what hardly varies,
        residuals are rounding. None where none covers enough.
        """
        total = math.fsum(self.weights)
        if not total > 0:
            return None
        each = zip(*self.seen, strict=True)
        return tuple(
            math.sqrt(math.fsum(w * r**2 for w, r in zip(self.weights, one, strict=True)) / total) for one in each
        )

    def look_at(self, values: np.ndarray, covered: np.ndarray) -> None:
        """At a copy, values (*grid, unknown), on a box of what is covered (*grid); no more than SOME_SAMPLES."""
        box = covered_box(covered, [place for place, axis in enumerate(self.data.axes) if axis.periodic])
        if len(self.seen) >= SOME_SAMPLES or box is None:
            return
        axes = tuple(replace(a, points=a.points[part]) for a, part in zip(self.data.axes, box, strict=True))
        inside = values[box][None]
        copy = Solutions(inside, axes, self.data.unknowns, self.data.info, np.arange(1))
        try:
            self.seen.append(system_residual(copy, self.system).relative)
        except DataError:  # the box is too small for differences, or all terms vanish: it says nothing
            return
        spread = inside.reshape(-1, inside.shape[-1]).var(0)
        self.weights.append(float((spread / self._variances()).sum()))
        if len(self.seen) == SOME_SAMPLES:
            self.end()

    def end(self) -> None:
        """Judge the copies that were looked at, as soon as these are enough."""
        found = self.moved
        if found and not self.judged:
            self.judged = True
            self._doubt(doubt_of_copies(self.originals.relative, found, self.system))

    def _variances(self) -> np.ndarray:
        some = self.data.some()
        return np.maximum(some.reshape(-1, some.shape[-1]).var(0), np.finfo(float).tiny)

    def _doubt(self, doubt: Doubt | None) -> None:
        if doubt and doubt.refuses and not self.allow_invalid:
            raise DataError(f"{doubt.message} With --allow-invalid the copies are written all the same.")
        self.doubts += [doubt.message] if doubt else []


def covered_box(covered: np.ndarray, whole: Collection[int] = ()) -> tuple[slice, ...] | None:
    """A large box of the grid that is all covered, by leaving out the emptiest face until it is; None where there is
    none. Along the axes `whole`, which are covered everywhere or nowhere, nothing is cut: a part has no period.
    """
    box = [slice(0, n) for n in covered.shape]
    while not (inside := covered[tuple(box)]).all():
        shares = []
        for place in set(range(inside.ndim)) - set(whole):
            for end in (0, -1):
                face = inside.take(end, place)
                shares.append((float(face.mean()), place, end))
        _, place, end = min(shares)
        one = box[place]
        box[place] = slice(one.start + 1, one.stop) if end == 0 else slice(one.start, one.stop - 1)
        if box[place].stop <= box[place].start:
            return None
    return tuple(box)
