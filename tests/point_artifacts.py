"""Generators of points that are known exactly, as files hold them: for tests of what is done with files."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import torch

from symgen.expressions import parse_field
from symgen.generators.artifact import Artifact
from symgen.generators.closed_form import ClosedFormGenerators
from symgen.generators.domains import MovedPoints, PointsDomain
from symgen.generators.inner_product import field_matrix, norms
from symgen.generators.metadata import DataRecord, GeneratorRecord, Metadata
from symgen.points.point_set import space_of

SCALES = (0.03, 0.1, 0.3, 1.0)


def points_artifact(
    names: Sequence[str],
    rows: Sequence[Sequence[str]],
    function: Callable[[torch.Tensor], torch.Tensor] | None = None,
    points: torch.Tensor | None = None,
    exact: int | None = None,
    condition: str = "invariance",
    outputs: Sequence[str] = (),
    particles: int = 1,
    words: str = "f",
) -> Artifact:
    """Unit fields with those components, of which the first `exact` (all) are exact and the others no symmetries."""
    d = len(names) + len(outputs) * (condition == "equivariance")
    if points is None:
        points = torch.randn(2000, d, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    coordinates = (*names, *(outputs if condition == "equivariance" else ()))
    space = space_of(points, coordinates)
    fields = [parse_field(row, coordinates) for row in rows]
    sizes = norms(field_matrix(ClosedFormGenerators(space, fields), points)).tolist()
    unit = [[c / size for c in field] for field, size in zip(fields, sizes, strict=True)]
    exact = len(rows) if exact is None else exact
    defects = [1e-14 if place < exact else 0.1 * (place + 1) for place in range(len(rows))]
    records = tuple(
        GeneratorRecord(
            defect=defect,
            status="exact" if place < exact else "none",
            formula=tuple(row),
            formula_error=0.0,
            norm=size,
        )
        for place, (defect, row, size) in enumerate(zip(defects, rows, sizes, strict=True))
    )
    inputs = points[:, : len(names)].reshape(-1, particles, len(names))[:200].clone()
    values = inputs.new_zeros(len(inputs), len(outputs))
    if function is not None:
        values = function(inputs)
        outputs = outputs or ("f",)
    moved = tuple(tuple(max(d, 1e-13) * s for s in SCALES) for d in defects)
    domain = PointsDomain(
        condition=condition,
        name="f",
        words=words,
        columns=tuple(names),
        outputs=tuple(outputs),
        particles=particles,
        library="affine fields",
        error=0.0,
        moved=MovedPoints(
            points=200, scales=SCALES, generators=moved, random=(tuple(SCALES), tuple(0.6 * s for s in SCALES))
        ),
    )
    metadata = Metadata(
        symgen_version="0",
        torch_version="0",
        kind="closed-form",
        method="spectral",
        space=space,
        domain=domain,
        generators=records,
        spectrum=(*defects, 0.4, 0.5, 0.7),
        exact=exact,
        approximate=0,
        gap=1e10,
        rounding=1e-13,
        rule="told",
        settings={},
        seed=0,
        data=DataRecord(source=None, sha256=None, samples=len(points)),
    )
    specimen = {"points": inputs, "values": values}
    return Artifact(ClosedFormGenerators(space, unit), metadata, points, specimen)
