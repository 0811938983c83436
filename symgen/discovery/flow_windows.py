"""Random pieces of solutions for flow training."""

from __future__ import annotations

from collections.abc import Sequence

import torch

from symgen.discovery.flow_objective import Batch, draw_scales
from symgen.discovery.settings import SystemFlowSettings
from symgen.jets.space import JetSpace
from symgen.pde.axis import TIME, grid_order
from symgen.pde.derivatives import refine
from symgen.pde.solutions import Solutions
from symgen.validity.deformed_grid import graph_of


class Windows:
    """Draws graphs (B, *grid, d), physical units, of open windows from solutions.

    Coordinates are in the order of `space`, the grid's axes in that of `grid_order`.
    """

    def __init__(self, data: Solutions, space: JetSpace, settings: SystemFlowSettings, device: torch.device) -> None:
        self.data, self.space, self.settings, self.device = data.only(*space.dependent), space, settings, device
        self.axes = [data.axis(name) for name in grid_order(space.independent)]
        self._places = [1 + data.place(axis.name) for axis in self.axes]
        periodic = [axis.periodic and axis.name != TIME for axis in self.axes]
        self._factors = [settings.refine if one else 1 for one in periodic]
        self.periods = [place for place, one in enumerate(periodic) if one]
        """Which axes of the grid the data are periodic along."""
        self.points = []
        """Of every axis (n,), refined."""
        for axis, factor in zip(self.axes, self._factors, strict=True):
            points = torch.as_tensor(axis.points, dtype=torch.float64)
            if factor > 1:
                count = len(axis) * factor
                points = points[0] + axis.length / count * torch.arange(count, dtype=torch.float64)
            self.points.append(points)

    def draw(self, random: torch.Generator, sigma: float) -> Batch:
        """Windows of random solutions (no one twice, if there are enough)."""
        settings, total = self.settings, len(self.data)
        order = torch.cat([torch.randperm(total, generator=random) for _ in range(-(-settings.batch // total))])
        picked = order[: settings.batch]
        graphs, sizes = [], self.sizes
        for values in self._read(picked):
            starts = [
                int(torch.randint(len(own) - size + 1, (), generator=random))
                for own, size in zip(self.points, sizes, strict=True)
            ]
            graphs.append(self._cut(values, starts, sizes))
        scales = draw_scales(settings, settings.batch, sigma, random)
        return Batch.of(torch.stack(graphs).to(self.device), scales)

    @property
    def sizes(self) -> list[int]:
        """Times and points of a window."""
        window = self.settings.window_of(len(self.axes))
        return [min(most, len(own)) for most, own in zip(window, self.points, strict=True)]

    def lines(self, random: torch.Generator, place: int) -> torch.Tensor:
        """Points of whole periods along one axis of the grid at random places of the others, (B, n, d)."""
        picked = torch.randint(len(self.data), (self.settings.batch,), generator=random)
        at = [
            torch.randint(len(axis), (self.settings.batch,), generator=random) if other != place else None
            for other, axis in enumerate(self.axes)
        ]
        stored = [torch.as_tensor(axis.points, dtype=torch.float64) for axis in self.axes]
        lines = []
        for row, values in enumerate(self._read(picked)):
            cut = tuple(slice(None) if index is None else int(index[row]) for index in at)
            points = {axis.name: own[one] for axis, own, one in zip(self.axes, stored, cut, strict=True)}
            unknowns = values[cut]
            coordinates = [points[name].expand(len(unknowns)) for name in self.space.independent]
            lines.append(torch.cat([torch.stack(coordinates, -1), unknowns], -1))
        return torch.stack(lines).to(self.device)

    def _read(self, picked: torch.Tensor) -> torch.Tensor:
        """Whole solutions (B, *grid, unknown)."""
        values = torch.from_numpy(self.data.read(picked.numpy()))
        return values.permute(0, *self._places, values.ndim - 1)

    def _cut(self, values: torch.Tensor, starts: Sequence[int], sizes: Sequence[int]) -> torch.Tensor:
        """The graph of a window of one solution (*grid, unknown); what is not refined is cut first."""
        points = {}
        for axis in sorted(range(len(starts)), key=lambda axis: self._factors[axis]):
            name, factor, start, size = self.axes[axis].name, self._factors[axis], starts[axis], sizes[axis]
            if factor > 1:
                values = refine(values.movedim(axis, -1), factor).movedim(-1, axis)
            values = values.narrow(axis, start, size)
            points[name] = self.points[axis][start : start + size]
        return graph_of(values, points, self.space.independent)
