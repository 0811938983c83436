"""What is said of fields on the plane, once held-out images were moved along them."""

from __future__ import annotations

import torch

from symgen.generators.domains import MovedImages
from symgen.generators.library import LibraryGenerators
from symgen.generators.metadata import GeneratorRecord, Resemblance
from symgen.image.affine import nearest_names
from symgen.image.fields import IMAGE_SPACE
from symgen.image.polynomial import quadratic_fit
from symgen.validity.moved_images import at_scale


def ranked(fields: LibraryGenerators, table: MovedImages) -> tuple[LibraryGenerators, MovedImages]:
    """Fields and the table of images moved along them in the order of their defects."""
    defects = torch.tensor(at_scale(table.generators, table.scales), dtype=torch.float64)
    order = defects.argsort(stable=True).tolist()
    first = LibraryGenerators(IMAGE_SPACE, fields.library, fields.coefficients[order])
    return first, table.model_copy(update={"generators": tuple(table.generators[k] for k in order)})


def image_records(
    fields: LibraryGenerators, points: torch.Tensor, weight: torch.Tensor, table: MovedImages, below: float
) -> list[GeneratorRecord]:
    """Of unit fields under a weight (P,) of points (P, 2): approximate symmetries have a defect below a limit."""
    with torch.no_grad():
        values = fields(points)
        names = nearest_names(fields, points, weight)
    records = []
    for defect, field, (name, cosine) in zip(at_scale(table.generators, table.scales), values, names, strict=True):
        formula, error = quadratic_fit(field, points, weight)
        records.append(
            GeneratorRecord(
                defect=defect,
                status="approximate" if defect < below else "none",
                formula=tuple(str(component) for component in formula),
                formula_error=error,
                norm=1.0,
                resembles=Resemblance(name=name, cosine=cosine),
            )
        )
    return records
