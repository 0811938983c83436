"""Moved solutions put back on their grid.

A solution moves by its graph: (X, T, U) = exp(V)(x, t, u(x, t)), which is a solution again, but sampled on a deformed
grid. On the regular grid its value u' at a point (x', t') is what the way back, exp(-V), takes to the graph of u:

    exp(-V)(x', t', u') = (x, t, u)  with  u = u(x, t).

Fields whose xi_x and xi_t do not depend on u give the source (x, t) at once. For others this is one equation in the one
unknown u', solved by Newton's method. The only error is that of u between its samples, see `symgen.pde.interpolant`.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import torch

from symgen.constants import constant
from symgen.flow_map import FibreMap
from symgen.pde.interpolant import Interpolant
from symgen.pde.time_interpolant import TimeInterpolant

ROUNDS = 12
"""Most evaluations of u; each is followed by solving with its linear approximation."""
INNER_ROUNDS = 2
"""Newton steps on that approximation, where only the way back has to be evaluated."""
STEEP = 0.1
"""A moved solution whose slope in u', 1 at the identity, falls below this is folded: u' is no function of x', t'."""
CLOSE = 1e-12
"""Iteration ends when sources and values move by less than this share of the window and of the range of u."""
FOUND = 1e-8
"""What moves by more than this share in the last round was not found."""
ROUNDING = 1e-14
"""Of values of u, relative to the largest: no iteration comes closer."""


@dataclass(frozen=True)
class Resampled:
    """C moved copies of one trajectory on its own grid, or one as fine over their own period."""

    u: torch.Tensor
    """(C, nt, nx); meaningless at the times that are not covered."""
    covered: torch.Tensor
    """(C, nt): the times at which the whole source lies in the stored window."""
    folded: torch.Tensor
    """(C,): copies that are no functions of x and t."""
    unfound: torch.Tensor
    """(C,): copies of which values are missing, somewhere in the times covered: the iteration did not converge, or led
    to values of u for which the flow is not tabulated, where it means nothing."""
    error: float = 0.0
    """Estimated error of interpolation and flow, root mean square, over the deviation of u; not that of scattering."""
    stretch: torch.Tensor | None = None
    """(C,): the period of every copy, and so the width of its grid, over that of the data; None: 1 for all."""

    def valid(self) -> torch.Tensor:
        """(C, 2): the longest run of covered times of every copy, as first index and the one after the last."""
        spans = []
        for row in self.covered.cpu().tolist():
            best, first = (0, 0), 0
            for i, covered in enumerate(row):
                if not covered:
                    first = i + 1
                elif i + 1 - first > best[1] - best[0]:
                    best = first, i + 1
            spans.append(best)
        return torch.tensor(spans)

    def usable(self, least_times: int) -> torch.Tensor:
        """(C,): copies that are functions of x and t, known as such, and cover so many times in a row, on the CPU."""
        first, end = self.valid().unbind(-1)
        return (end - first >= least_times) & ~(self.folded | self.unfound).cpu()

    def with_copies(self, places: torch.Tensor, others: Resampled) -> Resampled:
        """These, with others (k copies) in place of some."""
        parts = {}
        for name in ("u", "covered", "folded", "unfound"):
            parts[name] = getattr(self, name).clone()
            parts[name][places] = getattr(others, name)
        return replace(self, **parts, error=max(self.error, others.error))


def resample_exact(u: Interpolant | TimeInterpolant, back: FibreMap) -> Resampled:
    """Copies of u, from the ways back of their flows: `back` is exp(-V) above the grid that u is stored on.

    With a `TimeInterpolant`, V must not move x.
    """
    copies = back.coefficients.shape[0]
    guess = u.u.clamp(back.lower, back.upper).expand(copies, -1, -1)
    extent = back.upper - back.lower
    close, enough = (share * extent + ROUNDING * max(abs(back.lower), abs(back.upper)) for share in (CLOSE, FOUND))
    source, change = back(guess)
    if back.projects:
        place, time = source[..., 0], source[..., 1]
        value = u(place, _one_time(time).clamp(u.start, u.end))
        for _ in range(ROUNDS):
            step = (source[..., 2] - value) / change[..., 2]
            guess = guess - step
            source, change = back(guess)
            if not (step.abs() > close).any():
                break
        slope = change[..., 2]
        found = ((source[..., 2] - value) / slope).abs() <= enough
        return _resampled(u, back, guess, time, slope, found)
    size = constant((u.length, u.end - u.start), guess)
    for _ in range(ROUNDS):
        at = source[..., :2]
        # beyond the window u is continued by its edge; those times are not covered
        value, by_x, by_t = u.with_gradient(at[..., 0], at[..., 1].clamp(u.start, u.end))
        for _ in range(INNER_ROUNDS):
            step = source[..., :2] - at
            expected = value + by_x * step[..., 0] + by_t * step[..., 1]
            slope = change[..., 2] - by_x * change[..., 0] - by_t * change[..., 1]
            guess = guess - (source[..., 2] - expected) / slope
            source, change = back(guess)
        distance = ((source[..., :2] - at) / size).abs().amax(-1)
        covered = (source[..., 1] >= u.start) & (source[..., 1] <= u.end)
        if not (covered & (distance > CLOSE)).any():
            break
    step = source[..., :2] - at
    expected = value + by_x * step[..., 0] + by_t * step[..., 1]
    found = (distance <= FOUND) & (((source[..., 2] - expected) / slope).abs() <= enough)
    return _resampled(u, back, guess, source[..., 1], slope, found)


def _one_time(time: torch.Tensor) -> torch.Tensor:
    """(C, nt, nx) -> (C, nt, 1) where all of a row are of one time to rounding: then one interpolation does for it."""
    span = time.amax(-1, keepdim=True) - time.amin(-1, keepdim=True)
    return time[..., :1] if bool((span <= 1e-13 * (1 + time.abs().amax())).all()) else time


def _resampled(
    u: Interpolant | TimeInterpolant,
    back: FibreMap,
    values: torch.Tensor,
    time: torch.Tensor,
    slope: torch.Tensor,
    found: torch.Tensor,
) -> Resampled:
    tiny = 1e-9 * u.step
    covered = ((time >= u.start - tiny) & (time <= u.end + tiny)).all(-1)
    known = found & (values >= back.lower) & (values <= back.upper)
    folded, unfound = ((covered[..., None] & ~good).any((-2, -1)) for good in (slope > STEEP, known))
    return Resampled(values, covered, folded, unfound, u.error)
