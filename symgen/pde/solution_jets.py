"""Derivatives of solutions of any number of variables at points of their grid.

Along periodic axes they are spectral, else central differences, as those in time always are; mixed ones are derivatives
along one axis after the other.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import torch

from symgen.exceptions import DataError, UsageError
from symgen.pde.axis import TIME, Axis
from symgen.pde.derivatives import ACCURACY, finite_difference, spectral_derivatives, time_margin
from symgen.pde.solutions import Solutions

Orders = tuple[int, ...]
"""How often a jet is derived along each axis of the grid, in their order, t first."""


def jets(
    data: Solutions, orders: Sequence[tuple[str, Orders]], points: np.ndarray, device: str | torch.device = "cpu"
) -> tuple[torch.Tensor, torch.Tensor]:
    """Coordinates and jets at points of the grid -> (P, axes) and (jets, P), float64.

    Each of `orders` is an unknown and how often it is derived along each axis. `points` (P, 1 + axes) are a position
    among the samples kept and the places on the grid; `random_points` draws some. Raises UsageError for orders and
    points that do not fit the data, DataError where the grid is too coarse for the orders.
    """
    for unknown, own in orders:
        if unknown not in data.unknowns or len(own) != len(data.axes) or min(own) < 0:
            raise UsageError(f"No jet of {', '.join(data.unknowns)} along {len(data.axes)} axes: {unknown} {own}.")
    margins = require_points(data, [own for _, own in orders])
    low = (0, *margins)
    high = tuple(n - margin for n, margin in zip((len(data), *data.shape), low, strict=True))
    if points.ndim != 2 or points.shape[1] != len(low) or not ((points >= low) & (points < high)).all():
        raise UsageError(f"Points must be (P, {len(low)}) places from {low} to before {high}.")
    result = torch.empty(len(orders), len(points), dtype=torch.float64, device=device)
    for sample in np.unique(points[:, 0]):
        here = np.flatnonzero(points[:, 0] == sample)
        places = tuple(torch.from_numpy(points[here, 1 + axis].copy()).to(device) for axis in range(len(data.axes)))
        values = torch.from_numpy(data.read([sample])[0]).to(device)
        found = jet_fields(data, values, orders)
        for row, field in enumerate(found):
            result[row, torch.from_numpy(here).to(device)] = field[places]
    grid = [axis.points[points[:, 1 + place]] for place, axis in enumerate(data.axes)]
    return torch.from_numpy(np.stack(grid, -1)).to(device), result


def random_points(data: Solutions, orders: Sequence[Orders], total: int, seed: int = 0) -> np.ndarray:
    """About `total` points (P, 1 + axes) where jets of these orders are known, spread evenly over the samples.

    Every sample draws from its own generator, so that the points do not depend on how many samples there are.
    """
    margins = require_points(data, orders)
    each = -(-total // len(data))
    low, high = np.array(margins), np.array(data.shape) - np.array(margins)
    drawn = []
    for position, index in enumerate(data.kept):
        draw = np.random.default_rng((seed, int(index)))
        drawn.append(np.column_stack([np.full(each, position), draw.integers(low, high, (each, len(low)))]))
    return np.concatenate(drawn)


def require_points(data: Solutions, orders: Sequence[Orders], accuracy: int = ACCURACY) -> list[int]:
    """Points lost at either end of each axis by differences of that `accuracy`.

    Raises DataError where an axis has too few for its highest order.
    """
    highest = [max((own[place] for own in orders), default=0) for place in range(len(data.axes))]
    margins = [
        0 if is_circle(axis) else time_margin(order, accuracy) for axis, order in zip(data.axes, highest, strict=True)
    ]
    for axis, order, margin in zip(data.axes, highest, margins, strict=True):
        needed = 2 * order + 2 if is_circle(axis) else 2 * margin + 1
        if len(axis) < needed:
            what = "times" if axis.name == TIME else f"points in {axis.name}"
            raise DataError(
                f"The data have {len(axis)} {what}; derivatives of order {order} need at least {needed}. Use data on a "
                "finer grid."
            )
    return margins


def jet_fields(
    data: Solutions,
    values: torch.Tensor,
    orders: Sequence[tuple[str, Orders]],
    accuracy: Mapping[str, int] | None = None,
) -> list[torch.Tensor]:
    """The jets of one sample (*grid, unknown), each on the whole grid; NaN where differences do not reach.

    `accuracy` has the orders of the differences along axes where they are others than usual.
    """
    known: dict[tuple[str, Orders], torch.Tensor] = {}

    def field(unknown: str, own: Orders) -> torch.Tensor:
        if (unknown, own) not in known:
            last = max((place for place, order in enumerate(own) if order), default=None)
            if last is None:
                known[unknown, own] = values[..., data.unknowns.index(unknown)]
            else:
                before = field(unknown, (*own[:last], 0, *own[last + 1 :]))
                axis = data.axes[last]
                known[unknown, own] = _along(before, axis, last, own[last], (accuracy or {}).get(axis.name, ACCURACY))
        return known[unknown, own]

    return [field(unknown, own) for unknown, own in orders]


def _along(values: torch.Tensor, axis: Axis, place: int, order: int, accuracy: int) -> torch.Tensor:
    lines = values.movedim(place, -1)
    if is_circle(axis):
        return spectral_derivatives(lines, axis.length, order)[order].movedim(-1, place)
    inside = finite_difference(lines, axis.step, order, accuracy, -1)
    margin = time_margin(order, accuracy)
    return torch.nn.functional.pad(inside, (margin, margin), value=torch.nan).movedim(-1, place)


def is_circle(axis: Axis) -> bool:
    """Whether derivatives along it are spectral."""
    return axis.periodic and axis.name != TIME
