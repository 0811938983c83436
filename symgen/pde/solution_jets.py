"""Derivatives of solutions of any number of variables, on their whole grid and at random points of it.

Along periodic axes they are spectral, else central differences, as those in time always are; mixed ones are derivatives
along one axis after the other.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from math import ceil, prod

import numpy as np
import torch

from symgen.exceptions import DataError, UsageError
from symgen.jets.sample import JetSample, is_constant
from symgen.jets.space import Jet, JetSpace
from symgen.pde.axis import TIME, Axis
from symgen.pde.derivatives import ACCURACY, central_stencil, finite_difference, spectral_derivatives, time_margin
from symgen.pde.solutions import Solutions

Orders = tuple[int, ...]
"""How often something is derived along each axis of a grid, in their order, t first."""


class TooCoarse(DataError):
    """A grid that has too few points for derivatives."""


POINTS_PER_TIME = 32
MOST_TIMES = 64
"""Points of space for one that is drawn at a time, at most: the whole of space is differentiated."""
SHUFFLED = 2**12
"""Points of space up to which none is drawn twice; of more that hardly happens."""


def sample_jets(
    data: Solutions,
    space: JetSpace,
    jets: Sequence[Jet],
    total: int,
    seed: int = 0,
    device: str | torch.device = "cpu",
) -> Iterator[JetSample]:
    """About `total` random points of the data, spread evenly over its samples, some samples at a time; see `Draw`."""
    draw = Draw(data, space, jets, total, seed)
    for places, batch in data.runs(draw.places):
        yield draw.of(torch.from_numpy(batch).to(device), places)


class Draw:
    """About `total` random points of the data, or of a `part` of its samples, spread evenly over these.

    Every sample draws from its own generator, so memory and result do not depend on how many are read at once, nor on
    the process that reads them. Of more samples than points only some have one.
    Raises TooCoarse where the grid has too few points for the `jets`, UsageError for unknowns that are not there.
    """

    def __init__(
        self,
        data: Solutions,
        space: JetSpace,
        jets: Sequence[Jet],
        total: int,
        seed: int = 0,
        part: range | None = None,
    ) -> None:
        self.data, self.space, self.seed = data, space, seed
        self._wanted = [
            grid_jet(data, space, jet) for jet in (*(Jet(name, space.none) for name in space.dependent), *jets)
        ]
        margins = require_points(data, [own for _, own in self._wanted])
        self._has_t = data.axes[0].name == TIME
        late, *self._edges = margins if self._has_t else (0, *margins)
        shape = tuple(len(axis) for axis in data.space)
        self._inside = tuple(n - 2 * edge for n, edge in zip(shape, self._edges, strict=True))
        self._times = np.arange(late, len(data.axes[0]) - late) if self._has_t else np.zeros(1, int)
        part = range(len(data)) if part is None else part
        self.places = part[:: max(1, len(part) // total)]
        """Of the samples that have points, among those kept."""
        each = ceil(total / max(1, len(self.places)))
        points = prod(self._inside)
        together = max(POINTS_PER_TIME, points // MOST_TIMES)
        self._rows = min(len(self._times), ceil(each / min(points, together)))
        self._columns = min(points, ceil(each / self._rows))

    def of(self, values: torch.Tensor, places: Sequence[int], varying: torch.Tensor | None = None) -> JetSample:
        """The points in samples (n, *grid, unknown) with these places among those kept, all of `self.places`.

        `varying` (n, unknown), if it is known: see `varies`.
        """
        data, space, edges, has_t = self.data, self.space, self._edges, self._has_t
        shape, points, device = tuple(len(axis) for axis in data.space), prod(self._inside), values.device
        draws = [np.random.default_rng((self.seed, int(data.kept[place]))) for place in places]
        rows_of = np.stack([draw.permutation(self._times)[: self._rows] for draw in draws])
        drawn = np.stack([_some(draw, points, self._rows, self._columns) for draw in draws])
        at_grid = [
            place + edge for place, edge in zip(np.unravel_index(drawn, self._inside or (1,)), edges, strict=False)
        ]
        flat = np.ravel_multi_index(at_grid, shape) if shape else drawn
        values = values if has_t else values[:, None]
        at, picked = torch.from_numpy(rows_of).to(device), torch.from_numpy(flat).to(device)
        varying = varies(values) if varying is None else varying
        found = {}
        for (unknown, j), own in _by_time_order(self._wanted, has_t).items():
            whole = values[..., data.unknowns.index(unknown)]
            line = _in_time(whole, at, data.axes[0], j)
            for orders, field in derivatives(line, data.space, own).items():
                drawn_here = field.reshape(*at.shape, -1).gather(-1, picked)
                # derivatives of constants are 0, without rounding
                changes = varying[:, data.unknowns.index(unknown), None, None]
                changed = torch.where(changes, drawn_here, 0.0) if j or any(orders) else drawn_here
                found[unknown, (j, *orders) if has_t else orders] = changed
        coordinates = {axis.name: axis.points[place] for axis, place in zip(data.space, at_grid, strict=True)}
        coordinates |= {TIME: np.broadcast_to(data.axes[0].points[rows_of][..., None], drawn.shape)} if has_t else {}
        columns_of = [torch.from_numpy(coordinates[name].copy()).to(device) for name in space.independent]
        fields = [found[jet] for jet in self._wanted]
        graph = torch.stack([*columns_of, *fields[: len(space.dependent)]], -1).reshape(-1, len(space.names))
        free = fields[len(space.dependent) :]
        return JetSample(graph, torch.stack(free).flatten(1) if free else graph.new_zeros(0, len(graph)))


def varies(values: torch.Tensor) -> torch.Tensor:
    """(n, unknown): whether unknowns vary in samples (n, *grid, unknown), by more than rounding."""
    some = [[not is_constant(unknown) for unknown in sample.unbind(-1)] for sample in values]
    return torch.tensor(some, device=values.device)


def derivatives(
    values: torch.Tensor,
    axes: Sequence[Axis],
    wanted: Collection[Orders],
    accuracy: Mapping[str, int] | None = None,
) -> dict[Orders, torch.Tensor]:
    """Derivatives along the last axes of values (..., *grid) by their orders; NaN where differences do not reach.

    `accuracy` has the orders of the differences along axes where they are others than usual.
    """
    found: dict[Orders, torch.Tensor] = {(): values}
    for place, axis in enumerate(axes):
        ahead: dict[Orders, torch.Tensor] = {}
        for before, field in found.items():
            needed = {own[place] for own in wanted if own[:place] == before}
            table = _along(field, axis, place - len(axes), needed, (accuracy or {}).get(axis.name, ACCURACY))
            ahead |= {(*before, order): derived for order, derived in table.items()}
        found = ahead
    return found


def require_points(data: Solutions, orders: Sequence[Orders], accuracy: int = ACCURACY) -> list[int]:
    """Points lost at either end of each axis by differences of that `accuracy`.

    Raises TooCoarse where an axis has too few for its highest order.
    """
    highest = [max((own[place] for own in orders), default=0) for place in range(len(data.axes))]
    margins = [
        0 if is_circle(axis) else time_margin(order, accuracy) for axis, order in zip(data.axes, highest, strict=True)
    ]
    for axis, order, margin in zip(data.axes, highest, margins, strict=True):
        needed = 2 * order + 2 if is_circle(axis) else 2 * margin + 1
        if len(axis) < needed:
            what = "times" if axis.name == TIME else f"points in {axis.name}"
            raise TooCoarse(
                f"The data have {len(axis)} {what}; derivatives of order {order} need at least {needed}. "
                f"{'Store more of them' if axis.name == TIME else 'Use data on a finer grid'}."
            )
    return margins


def grid_jet(data: Solutions, space: JetSpace, jet: Jet) -> tuple[str, Orders]:
    """A jet as one along the axes of the data's grid; UsageError for an unknown that the data lack."""
    if jet.unknown not in data.unknowns:
        raise UsageError(f"The data have no unknown {jet.unknown!r}. They have {', '.join(data.unknowns)}.")
    by_name = dict(zip(space.independent, jet.orders, strict=True))
    return jet.unknown, tuple(by_name[axis.name] for axis in data.axes)


def is_circle(axis: Axis) -> bool:
    """Whether derivatives along it are spectral."""
    return axis.periodic and axis.name != TIME


def _some(draw: np.random.Generator, points: int, rows: int, columns: int) -> np.ndarray:
    """Random places of that many (rows, columns)."""
    if points > SHUFFLED:
        return draw.integers(points, size=(rows, columns))
    return draw.permuted(np.tile(np.arange(points), (rows, 1)), axis=1)[:, :columns]


def _by_time_order(wanted: Sequence[tuple[str, Orders]], has_t: bool) -> dict[tuple[str, int], list[Orders]]:
    """Orders along the axes of space, by unknown and order in t."""
    found: dict[tuple[str, int], list[Orders]] = {}
    for unknown, own in wanted:
        first, rest = (own[0], own[1:]) if has_t else (0, own)
        found.setdefault((unknown, first), []).append(rest)
    return found


def _in_time(values: torch.Tensor, times: torch.Tensor, axis: Axis, order: int) -> torch.Tensor:
    """A t-derivative of values (n, nt, *space) at times (n, r) of each sample -> (n, r, *space)."""
    samples = torch.arange(len(values), device=values.device)[:, None]
    if not order:
        return values[samples, times]
    half = time_margin(order)
    weights = central_stencil(order, half, values) / axis.step**order
    shifts = torch.arange(-half, half + 1, device=values.device)
    return torch.einsum("w,nrw...->nr...", weights, values[samples[..., None], times[..., None] + shifts])


def _along(
    field: torch.Tensor, axis: Axis, place: int, needed: Collection[int], accuracy: int
) -> dict[int, torch.Tensor]:
    """Derivatives of the orders that are needed along one axis, which has that place from the end."""
    if not any(needed):
        return dict.fromkeys(needed, field)
    lines = field.movedim(place, -1)
    if is_circle(axis):
        table = spectral_derivatives(lines, axis.length, max(needed))
        return {order: table[order].movedim(-1, place) for order in needed}
    found = {}
    for order in needed:
        margin = time_margin(order, accuracy)
        inside = finite_difference(lines, axis.step, order, accuracy, -1) if order else lines
        found[order] = torch.nn.functional.pad(inside, (margin, margin), value=torch.nan).movedim(-1, place)
    return found
