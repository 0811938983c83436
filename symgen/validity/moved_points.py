"""Points put to the test: what changes when they are moved at finite scale."""

from __future__ import annotations

import math
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
            ways = [_changes(validity, fields, place, sign, scales, points) for sign in (1, -1)]
            rows.append(tuple(_both(*pair) for pair in zip(*ways, strict=True)))
            if progress:
                progress(len(rows), total)
    return MovedPoints(
        points=len(points),
        scales=tuple(scales),
        generators=tuple(rows[: generators.count]),
        random=tuple(rows[generators.count :]),
    )


def _changes(
    validity: PointValidity, fields: Generators, place: int, sign: int, scales: Sequence[float], points: torch.Tensor
) -> list[float | None]:
    """Mean square changes at ascending scales, one way; None where points leave every bound, or have no value there."""
    still = here = validity.joint(points)
    changes: list[float | None] = []
    reached = 0.0
    for scale in scales:
        try:  # from the last scale on: a flow is a group
            here, reached = validity.moved(fields, place, sign * (scale - reached), here), scale
        except FlowError:
            break
        change = float(validity.difference(here, still).square().mean())
        changes.append(change if math.isfinite(change) else None)
    return [*changes, *[None] * (len(scales) - len(changes))]


def _both(forward: float | None, backward: float | None) -> float | None:
    return None if forward is None or backward is None else math.sqrt((forward + backward) / 2)
