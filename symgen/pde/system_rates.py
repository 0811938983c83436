"""Time derivatives of solutions of a system by its equations, u_t = F[u] or u_tt = F[u], on the data's grid."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from math import prod
from typing import NamedTuple

import numpy as np
import torch

from symgen.equations.system import System
from symgen.expressions import CompiledExpressions
from symgen.jets.space import Jet
from symgen.pde.axis import TIME, Axis
from symgen.pde.derivatives import refine
from symgen.pde.residual import FINE
from symgen.pde.solution_jets import Orders, derivatives

POINTS_AT_ONCE = 2**18
"""Of the refined grid, so that memory stays small."""


class Rate(NamedTuple):
    """A time derivative of one unknown."""

    order: int
    """1 or 2."""
    values: torch.Tensor
    """(nt, *space); NaN near open ends of space, where differences do not reach."""


def system_rates(
    values: torch.Tensor, axes: Sequence[Axis], unknowns: Sequence[str], system: System
) -> dict[str, Rate]:
    """Of those unknowns that the system gives a first or second time derivative of, by values and derivatives in space.

    From values (nt, *space, unknown) on the grid of `axes`, t first. Derivatives are taken, and terms evaluated, on a
    grid twice as fine along periodic axes, so that products of two have no aliases.
    """
    space = system.space
    t = space.independent.index(TIME)
    wanted: list[tuple[Jet, int]] = []
    for lead in system.rules:
        order = lead.orders[t]
        free = all(jet.orders[t] == 0 for jet in space.jets(system.reduce(lead)))
        if order in (1, 2) and sum(lead.orders) == order and free and lead.unknown in unknowns:
            wanted.append((lead, order))
    expressions = [system.reduce(lead) for lead, _ in wanted]
    jets = space.jets(*expressions)
    if not wanted or any(jet.unknown not in unknowns for jet in jets):
        return {}
    evaluate = CompiledExpressions([*space.variables, *map(space.symbol, jets)], expressions)
    fine = [replace(axis, points=_refined(axis)) if axis.periodic else axis for axis in axes[1:]]
    size = max(1, POINTS_AT_ONCE // prod(len(axis) for axis in fine))
    times = torch.from_numpy(axes[0].points).to(values)
    parts = []
    for some, t_some in zip(values.split(size), times.split(size), strict=True):
        for place, axis in enumerate(axes[1:], 1):
            if axis.periodic:
                some = refine(some.movedim(place, -1), 2).movedim(-1, place)
        found: dict[Jet, torch.Tensor] = {}
        for k, unknown in enumerate(unknowns):
            own = {jet: _along(jet, space.independent, axes) for jet in jets if jet.unknown == unknown}
            table = derivatives(some[..., k], fine, list(own.values()), dict.fromkeys([a.name for a in fine], FINE))
            found |= {jet: table[orders] for jet, orders in own.items()}
        shape = some.shape[:-1]
        grids = {TIME: t_some.reshape(-1, *(1,) * len(fine)).expand(shape)}
        for place, axis in enumerate(fine):
            points = torch.from_numpy(axis.points).to(values)
            grids[axis.name] = points.reshape(*(-1 if k == place + 1 else 1 for k in range(len(shape)))).expand(shape)
        rates = evaluate([*(grids[name] for name in space.independent), *(found[jet] for jet in jets)])
        for place, axis in enumerate(axes[1:], 2):
            if axis.periodic:
                rates = _coarsened(rates.movedim(place, -1), len(axis)).movedim(-1, place)
        parts.append(rates)
    whole = torch.cat(parts, 1)
    return {lead.unknown: Rate(order, one) for (lead, order), one in zip(wanted, whole, strict=True)}


def _along(jet: Jet, independent: Sequence[str], axes: Sequence[Axis]) -> Orders:
    by_name = dict(zip(independent, jet.orders, strict=True))
    return tuple(by_name[axis.name] for axis in axes[1:])


def _refined(axis: Axis) -> np.ndarray:
    n = 2 * len(axis)
    return axis.points[0] + axis.length / n * np.arange(n)


def _coarsened(values: torch.Tensor, n: int) -> torch.Tensor:
    """Periodic (..., 2 n) -> (..., n), without the waves that the coarse grid does not resolve."""
    return torch.fft.irfft(torch.fft.rfft(values)[..., : n // 2 + 1] / 2, n=n)
