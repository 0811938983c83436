"""Which planes show what a generator does: those of the coordinates that it moves, and that decide how far."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations, product

import torch

from symgen.generators.artifact import Artifact

POINTS = 1024
PRESENT = 1e-5
"""Size of a component of a unit field that is more than rounding."""
LITTLE = 0.05
"""What a second plane must show beyond the first."""


@dataclass(frozen=True)
class Components:
    """Of unit fields over the data: `sizes` (n, d), root mean squares in normalised units; `dependence` (n, d, d), the
    share of component i that changes with coordinate j: 0 where it does not, about 1 where that decides it."""

    sizes: torch.Tensor
    dependence: torch.Tensor


def components_of(artifact: Artifact) -> Components:
    """How large each component is, and how much it changes if one coordinate is that of another point of the data."""
    points = artifact.points[:POINTS]
    order = torch.randperm(len(points), generator=torch.Generator().manual_seed(0)).to(points.device)
    scale = points.new_tensor(artifact.metadata.space.scale)
    with torch.no_grad():
        fields = artifact(points) / scale
        sizes = fields.square().mean(1).sqrt()
        changes = []
        for j in range(points.shape[1]):
            other = points.clone()
            other[:, j] = points[order, j]
            changes.append((artifact(other) / scale - fields).square().mean(1).div(2).sqrt())
    dependence = torch.stack(changes, -1) / sizes.clamp_min(PRESENT)[..., None]
    return Components(sizes.cpu(), dependence.cpu())


def planes_of(sizes: Sequence[float], dependence: Sequence[Sequence[float]], independent: int) -> list[tuple[int, int]]:
    """One or two pairs of coordinates to draw across and upwards, independent variables first, for one field.

    A plane is worth the components in it and their dependence on its other coordinate; for the second one, those that
    the first shows count less. Of equals it is that of independent variables, then that of unknowns.
    """
    first = range(independent)
    rest = range(independent, len(sizes))
    pairs = [*combinations(first, 2), *combinations(rest, 2), *product(first, rest)]

    best = max(pairs, key=lambda pair: _worth(pair, sizes, dependence))
    others = [pair for pair in pairs if pair != best]
    second = max(others, key=lambda pair: _worth(pair, sizes, dependence, best), default=best)
    more = second != best and _worth(second, sizes, dependence, best) > LITTLE
    return sorted([best, second] if more else [best], key=pairs.index)


def plane_of(sizes: Sequence[float], dependence: Sequence[Sequence[float]]) -> tuple[int, int]:
    """The pair of coordinates, all alike, that shows most of one field; what is fitted has little components that say
    nothing.
    """
    large = [size if size > LITTLE * max(sizes) else 0.0 for size in sizes]
    return max(combinations(range(len(sizes)), 2), key=lambda pair: _worth(pair, large, dependence))


def _worth(
    pair: tuple[int, int], sizes: Sequence[float], dependence: Sequence[Sequence[float]], shown: Sequence[int] = ()
) -> float:
    total = 0.0
    for i, j in (pair, pair[::-1]):
        if sizes[i] > PRESENT:
            total += dependence[i][j] / 2 if i in shown else 1 + dependence[i][j]
    return round(total, 2)
