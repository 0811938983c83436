"""The piece of a datum that is moved on the page: a sheet of a solution, a curve, points, or the grid of an image."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import torch

from symgen.generators.artifact import Artifact
from symgen.generators.domains import ImageDomain, PointsDomain, SystemDomain
from symgen.image.warp import pixel_grid
from symgen.pde.axis import grid_order
from symgen.validity.deformed_grid import graph_of

Kind = Literal["mesh", "curve", "dots", "image"]
MOST_ON_CURVE, MOST_DOTS, MOST_PIXELS = 600, 400, 2304
"""Points of a curve; of particles; nodes of the grid of an image."""


@dataclass(frozen=True)
class Sheet:
    """Points (rows, columns, d) in physical units; a curve, or dots, have one row."""

    kind: Kind
    points: torch.Tensor
    held: tuple[str, ...] = ()
    """Coordinates that are the same all over: those of the middle of the datum."""

    @property
    def flat(self) -> torch.Tensor:
        """(rows * columns, d)."""
        return self.points.flatten(0, 1)


def sheet(artifact: Artifact, most: int) -> Sheet | None:
    """A sheet of at most about `most` points; None where the file has no datum to look at, as some old ones."""
    domain = artifact.metadata.domain
    if isinstance(domain, ImageDomain):
        sides = _strides([domain.height, domain.width], min(most, MOST_PIXELS))
        return Sheet("image", pixel_grid(sides[0], sides[1], dtype=artifact.points.dtype).to(artifact.points.device))
    if isinstance(domain, PointsDomain):
        return Sheet("dots", _dots(artifact, domain)[None])
    independent = domain.independent if isinstance(domain, SystemDomain) else ("x", "t")
    if not artifact.specimen:
        return None
    return _of_solution(artifact, independent, artifact.metadata.space.names[len(independent) :], most)


def _of_solution(artifact: Artifact, independent: tuple[str, ...], unknowns: tuple[str, ...], most: int) -> Sheet:
    """Over the first two variables, or the only one; others are at the middle of the specimen."""
    shown, specimen = independent[:2], artifact.specimen
    order = grid_order(independent)
    values = torch.stack([specimen[name] for name in unknowns], -1)
    thin = _strides([len(specimen[name]) for name in shown], most if len(shown) > 1 else MOST_ON_CURVE)
    axes = {}
    for axis, name in enumerate(order):
        n = len(specimen[name])
        if name in shown:
            count = thin[shown.index(name)]
            chosen = torch.linspace(0, n - 1, count, device=values.device).round().long()
        else:
            chosen = torch.tensor([n // 2], device=values.device)
        values, axes[name] = values.index_select(axis, chosen), specimen[name][chosen]
    graph = graph_of(values, axes, independent).to(artifact.points)
    across_last = sorted(range(len(order)), key=lambda axis: -independent.index(order[axis]))
    graph = graph.permute(*across_last, len(order))
    sides = [len(axes[name]) for name in reversed(shown)]
    kind: Kind = "mesh" if len(shown) > 1 else "curve"
    return Sheet(kind, graph.reshape(*([1] * (2 - len(sides))), *sides, graph.shape[-1]), independent[2:])


def _strides(sizes: list[int], most: int) -> list[int]:
    """How many points along each axis, so that all together are at most about `most`."""
    total = 1
    for size in sizes:
        total *= size
    factor = min(1.0, (most / total) ** (1 / len(sizes)))
    return [max(2, round(size * factor)) for size in sizes]


def _dots(artifact: Artifact, domain: PointsDomain) -> torch.Tensor:
    """(P, d): particles one after the other; under equivariance with the values of the function as coordinates."""
    points = artifact.specimen["points"]
    if domain.condition == "equivariance":
        points = torch.cat([points.flatten(1), artifact.specimen["values"]], -1)[:, None]
    return points[: max(1, MOST_DOTS // points.shape[1])].flatten(0, 1).to(artifact.points)
