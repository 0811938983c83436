"""Flows of generators as series in s: what the page needs to move a datum to any s at once.

A point z moved along a generator is a smooth function of s, so a few Chebyshev coefficients give it on [-S, S] to less
than a pixel (Trefethen, Approximation Theory and Approximation Practice, chapters 3 and 4):

    z(s) = z + sum_k c_k (T_k(s / S) - T_k(0)) ,   k = 1 ... K .
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import torch

from symgen.flow import Flow, FlowError
from symgen.generators.base import Generators

NODES = (13, 33)
"""Odd, so that s = 0 is one of them; more where a flow is not smooth, as beyond the edge of an image."""
STEP = 0.05
"""Of the integration, in units of the unit field: errors far below a pixel."""
SHOWN = 2e-4
"""Share of a coordinate's size from which on a coefficient can be seen."""
ROUGH = 2e-3
"""The same of the last coefficients, beyond which the series does not follow the flow: s is cut down then."""
LEAST = 1 / 16
"""Of the range of s that was asked for: below it nothing is moved."""


@dataclass(frozen=True)
class Motion:
    """Points moved along one generator."""

    reach: float
    """S, the largest s of either sign; 0 where the flow leaves every bound at once."""
    coefficients: torch.Tensor
    """(K, P, d): c_1 ... c_K; zero where they cannot be seen."""


def motion(generator: Generators, points: torch.Tensor, sizes: torch.Tensor, reach: float) -> Motion:
    """Points (P, d) along the only generator of `generator`, s from -reach to reach or less where flows end before.

    `sizes` (d,) are those of the coordinates on the page.
    """
    least = reach * LEAST
    while reach >= least:
        for count in NODES:
            try:
                moved = _at_nodes(generator, points, nodes(reach, count))
            except FlowError:
                break
            coefficients = _chebyshev(moved)
            seen = (coefficients.abs() / sizes).amax((1, 2))
            if float(seen[-2:].max()) <= ROUGH:
                kept = int((seen > SHOWN).nonzero().max()) if bool((seen[1:] > SHOWN).any()) else 0
                return Motion(reach, coefficients[1 : kept + 1])
        reach /= 2
    return Motion(0.0, points.new_zeros(0, *points.shape))


def nodes(reach: float, count: int) -> list[float]:
    """Extrema of the Chebyshev polynomial of degree count - 1 on [-reach, reach], descending."""
    return [reach * math.cos(math.pi * k / (count - 1)) for k in range(count)]


def _at_nodes(generator: Generators, points: torch.Tensor, places: Sequence[float]) -> torch.Tensor:
    """Points at those s (len(places), P, d): from one to the next, outward from 0 in the middle."""
    flow, middle = Flow(generator, step=STEP), len(places) // 2
    moved = {middle: points}
    with torch.no_grad():
        for outward in (range(middle - 1, -1, -1), range(middle + 1, len(places))):
            before, s = points, 0.0
            for place in outward:
                before = flow(before, places[place] - s, 0)
                moved[place], s = before, places[place]
    return torch.stack([moved[place] for place in range(len(places))])


def _chebyshev(values: torch.Tensor) -> torch.Tensor:
    """Coefficients (K + 1, ...) of the interpolant through values (K + 1, ...) at the nodes."""
    n = len(values) - 1
    place = torch.arange(n + 1, dtype=values.dtype, device=values.device)
    cosines = torch.cos(math.pi * place[:, None] * place / n)
    ends = torch.ones_like(place)
    ends[0] = ends[-1] = 0.5
    return torch.einsum("kj,j...->k...", 2 / n * ends[:, None] * cosines * ends, values)
