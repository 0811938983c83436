"""Points put to the test: what changes when they are moved at finite scale."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import torch

from symgen.flow import FlowError
from symgen.generators.base import Generators
from symgen.generators.domains import MovedPoints
from symgen.validity.points import PointValidity

SCALES = (0.05, 0.1, 0.2, 0.4, 0.8)
"""s of unit fields: by how many deviations points are moved."""
MOVED = 512
"""Points at most."""


@torch.no_grad()
def moved_points(
    validity: PointValidity,
    points: torch.Tensor,
    generators: Generators,
    random: Generators,
    scales: Sequence[float] = SCALES,
    progress: Callable[[int, int], None] | None = None,
) -> MovedPoints:
    """The first points (B, k, d) moved by +s and -s along unit fields: root mean square change for each s."""
    points = points[:MOVED]
    total = generators.count + random.count
    rows: list[tuple[float | None, ...]] = []
    for fields in (generators, random):
        for place in range(fields.count):
            rows.append(tuple(_change(validity, fields, place, s, points) for s in scales))
            if progress:
                progress(len(rows), total)
    return MovedPoints(
        points=len(points),
        scales=tuple(scales),
        generators=tuple(rows[: generators.count]),
        random=tuple(rows[generators.count :]),
    )


def _change(
    validity: PointValidity, fields: Generators, place: int, scale: float, points: torch.Tensor
) -> float | None:
    """Of moving by +s and -s together; None where points leave every bound or a function has no value there."""
    try:
        both = [validity.changed(fields, place, s, points) for s in (scale, -scale)]
    except FlowError:
        return None
    change = float(torch.stack(both).square().mean().sqrt())
    return change if change < float("inf") else None
