"""What the page moves: the datum along every generator, as series in s, and arrows of the fields."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch

from symgen.generators.artifact import Artifact
from symgen.generators.base import Generators
from symgen.generators.domains import ImageDomain, PointsDomain
from symgen.generators.held import HeldGenerators
from symgen.generators.metadata import Metadata
from symgen.plots.moved import continued
from symgen.report.mathml import name_parts
from symgen.report.motion import motion
from symgen.report.payload import Payload
from symgen.report.sheet import Sheet, sheet

REACH = 0.4
"""Largest s of the slider, in units of the unit field: as far as data are put to the test."""
MOST_GENERATORS = 24
"""That are moved on the page; all are in its tables."""
MOST_POINTS = 24_000
"""Of a sheet."""
LEAST_POINTS = 500
MOST_TEXT = 2_500_000
"""Characters of the compressed arrays: a sheet that needs more is made coarser."""
WIDE = 2.5
"""Deviations of points from their middle that the page shows."""
ARROWS, ARROWS_ON_IMAGE = 130, 13
Progress = Callable[[int, int], None]


def scene(artifact: Artifact, progress: Progress | None = None) -> tuple[dict[str, Any], str]:
    """The scene for the page's JSON, and the text of the arrays that it names."""
    most = MOST_POINTS
    while True:
        payload = Payload()
        described = _scene(artifact, payload, most, progress)
        text = payload.text()
        if len(text) <= MOST_TEXT or most < LEAST_POINTS:
            return described, text
        most = min(most, _points_of(described)) // 2


def _points_of(described: dict[str, Any]) -> int:
    rows, columns = described.get("shape", (1, 1))
    return int(rows * columns)


def shown_generators(metadata: Metadata) -> int:
    """How many the page moves."""
    return min(len(metadata.generators), MOST_GENERATORS)


def _scene(artifact: Artifact, payload: Payload, most: int, progress: Progress | None) -> dict[str, Any]:
    metadata = artifact.metadata
    space, count = metadata.space, shown_generators(metadata)
    moved = sheet(artifact, most)
    lower, upper = _window(metadata)
    sizes = artifact.points.new_tensor([b - a for a, b in zip(space.lower, space.upper, strict=True)])
    found: list[dict[str, Any]] = []
    for place in range(count):
        if progress:
            progress(place, count)
        one = _moved(_mover(artifact, place), moved, sizes, payload) if moved else {"reach": 0.0, "series": []}
        record = metadata.generators[place]
        found.append(one | {"norm": record.norm if record.formula and metadata.domain.kind != "image" else None})
    described: dict[str, Any] = {
        "kind": moved.kind if moved else "none",
        "names": space.names,
        "labels": [name_parts(name) for name in space.names],
        "reach": REACH,
        "lower": lower,
        "upper": upper,
        "periodic": space.periodic,
        "generators": found,
        "arrows": _arrows(artifact, payload, count),
    }
    if moved is not None:
        described |= {
            "shape": moved.points.shape[:2],
            "base": [payload.add(column) for column in moved.flat.unbind(-1)],
            "held": [space.names.index(name) for name in moved.held],
            "independent": len(space.names) - _unknowns(metadata),
        }
        described |= _colours(artifact, moved, payload)
    return described


def _window(metadata: Metadata) -> tuple[list[float], list[float]]:
    """Ranges of the coordinates on the page: those of the data; of points without the outermost ones."""
    space = metadata.space
    lower, upper = list(space.lower), list(space.upper)
    if isinstance(metadata.domain, PointsDomain):
        for place, (origin, scale) in enumerate(zip(space.origin, space.scale, strict=True)):
            lower[place], upper[place] = (
                max(lower[place], origin - WIDE * scale),
                min(upper[place], origin + WIDE * scale),
            )
    return lower, upper


def _moved(generator: Generators, moved: Sheet, sizes: torch.Tensor, payload: Payload) -> dict[str, Any]:
    found = motion(generator, moved.flat, sizes, REACH)
    series = [
        [payload.add(column, float(size)) for column, size in zip(each.unbind(-1), sizes, strict=True)]
        for each in found.coefficients
    ]
    return {"reach": found.reach, "series": series}


def _mover(artifact: Artifact, place: int) -> Generators:
    """The unit field; beyond images it is what it is at their edge, whatever formula is near it."""
    if isinstance(artifact.metadata.domain, ImageDomain):
        return HeldGenerators(artifact.generators, [place])
    return continued(artifact, place)


def _unknowns(metadata: Metadata) -> int:
    domain = metadata.domain
    if domain.kind == "pde":
        return 1
    return len(domain.unknowns) if domain.kind == "system" else 0


def _arrows(artifact: Artifact, payload: Payload, count: int) -> dict[str, Any]:
    """Unit fields at some points: where the data are, or on a grid of an image."""
    if isinstance(artifact.metadata.domain, ImageDomain):
        side = torch.linspace(-0.92, 0.92, ARROWS_ON_IMAGE).to(artifact.points)
        points = torch.stack(torch.meshgrid(side, side, indexing="xy"), -1).reshape(-1, 2)
    else:
        solution = sheet(artifact, ARROWS)
        if solution is not None and solution.kind == "mesh" and not solution.held:
            points = solution.flat
        else:
            chosen = torch.linspace(0, len(artifact.points) - 1, min(ARROWS, len(artifact.points)))
            points = artifact.points[chosen.round().long().to(artifact.points.device)]
    with torch.no_grad():
        fields = artifact(points)[:count]
    scale = fields.new_tensor(artifact.metadata.space.scale)
    rates = (fields / scale).square().mean(1).sqrt()  # (count, d): how much of each field is along each coordinate
    return {
        "points": [payload.add(column) for column in points.unbind(-1)],
        "fields": [[payload.add(column) for column in field.unbind(-1)] for field in fields],
        "rates": [[float(f"{value:.3g}") for value in row] for row in rates.tolist()],
    }


def _colours(artifact: Artifact, moved: Sheet, payload: Payload) -> dict[str, Any]:
    """What dots are coloured by, and the picture of an image with how it is continued."""
    domain = artifact.metadata.domain
    if isinstance(domain, ImageDomain):
        image = artifact.specimen["image"].clamp(0, 1)
        return {
            "image": {"size": image.shape[1:], "planes": [payload.add(plane) for plane in image]},
            "padding": domain.padding,
        }
    if isinstance(domain, PointsDomain):
        values = artifact.specimen["values"]
        each = domain.particles if domain.condition != "equivariance" else 1
        record: dict[str, Any] = {"particles": each}
        if values.shape[1]:
            column = values[:, 0].repeat_interleave(each)[: moved.points.shape[1]]
            record |= {"values": payload.add(column), "value": domain.outputs[0]}
        return record
    return {}
