"""Whether the rates of change of solutions follow from their present state, as in equations of first order in time."""

from __future__ import annotations

from itertools import combinations_with_replacement

import numpy as np
import torch

from symgen.jets.space import Jet, JetSpace, orders_of
from symgen.pde.axis import TIME
from symgen.pde.solution_jets import TooCoarse, sample_jets
from symgen.pde.solutions import Solutions

POINTS = 3000
MOST_FEATURES = 300
LEFT, LEFT_ORDINARY = 0.1, 0.01
"""Of the rates that functions of the state may leave: orbits near a circle have rates that are nearly so."""


def rates_follow(data: Solutions, space: JetSpace) -> bool:
    """Whether u_t is nearly a polynomial of the unknowns and their derivatives in space, on points held out."""
    time = space.independent.index(TIME)
    axes = [place for place in range(len(space.independent)) if place != time]
    own = [Jet(name, space.none) for name in space.dependent]
    highest = {0: 0, 1: 4}.get(len(axes), 2)
    derived = [
        Jet(name, _on(axes, orders, len(space.independent)))
        for name in space.dependent
        for order in range(1, highest + 1)
        for orders in orders_of(len(axes), order)
    ]
    rates = [jet.raised(time) for jet in own]
    try:
        sample = next(iter(sample_jets(data, space, [*derived, *rates], POINTS)))
    except TooCoarse:
        return False
    count = len(space.independent)
    fields = [*sample.points[:, count:].T, *sample.derivatives[: len(derived)]]
    goal = sample.derivatives[len(derived) :].T
    low = [k for k, jet in enumerate([*own, *derived]) if jet.order <= 1]
    products = [fields[a] * fields[b] for a, b in combinations_with_replacement(low, 2)]
    products += [fields[a] * fields[b] for a in range(len(own)) for b in range(len(fields)) if b not in low]
    products += [fields[a] * fields[b] * fields[c] for a, b, c in combinations_with_replacement(range(len(own)), 3)]
    matrix = torch.stack([torch.ones_like(fields[0]), *fields, *products][:MOST_FEATURES], 1)
    columns = (matrix / torch.linalg.vector_norm(matrix, dim=0).clamp_min(1e-300)).numpy()
    wanted = goal.numpy()
    fitted = np.linalg.lstsq(columns[::2], wanted[::2], rcond=1e-12)[0]
    left = np.linalg.norm(wanted[1::2] - columns[1::2] @ fitted, axis=0)
    size = np.linalg.norm(wanted[1::2], axis=0)
    return bool((left <= (LEFT if axes else LEFT_ORDINARY) * size).all())


def _on(axes: list[int], orders: tuple[int, ...], count: int) -> tuple[int, ...]:
    """Orders along some axes as orders along all."""
    own = dict(zip(axes, orders, strict=True))
    return tuple(own.get(place, 0) for place in range(count))
