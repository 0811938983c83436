"""Generators files of points, for tests: known fields with the records that discovery would write."""

from __future__ import annotations

import torch
from pydantic import BaseModel

from symgen.discovery.artifact import written
from symgen.expressions import parse_field
from symgen.generators.closed_form import ClosedFormGenerators
from symgen.generators.domains import MovedPoints, PointsDomain
from symgen.generators.inner_product import field_matrix, norms
from symgen.generators.library import LibraryGenerators
from symgen.generators.metadata import DataRecord, GeneratorRecord
from symgen.generators.space import Space
from symgen.generators.total_degree import TotalDegreeLibrary

MOMENTA = ("E", "px", "py", "pz")
LORENTZ = [
    ["px", "E", "0", "0"],
    ["py", "0", "E", "0"],
    ["pz", "0", "0", "E"],
    ["0", "-py", "px", "0"],
    ["0", "-pz", "0", "px"],
    ["0", "0", "-pz", "py"],
]
METRIC = torch.tensor([1.0, -1.0, -1.0, -1.0], dtype=torch.float64)


class Settings(BaseModel):
    seed: int = 0


def space_of(points, names):
    flat = points.reshape(-1, points.shape[-1])
    return Space(
        names=tuple(names),
        origin=tuple(flat.mean(0).tolist()),
        scale=tuple(flat.std(0).tolist()),
        lower=tuple(flat.amin(0).tolist()),
        upper=tuple(flat.amax(0).tolist()),
        periodic=(False,) * flat.shape[1],
    )


def fields(space, rows):
    return ClosedFormGenerators(space, [parse_field(row, space.names) for row in rows])


def momenta(n=50, seed=0):
    """Pairs of particles (n, 2, 4) of mass 0.1, as from decays in flight."""
    random = torch.Generator().manual_seed(seed)
    p = 5 * torch.randn(n, 2, 3, generator=random, dtype=torch.float64) + torch.tensor([0.0, 0.0, 3.0]).double()
    return torch.cat([(p.square().sum(-1, keepdim=True) + 0.01).sqrt(), p], -1)


def mass2(points):
    """Of the sum of the particles (n, k, 4) -> (n,)."""
    return points.sum(-2).square() @ METRIC


def library_of(generators, points, degree=1):
    """The same fields of unit norm as a library of polynomials, fitted at the points (P, d)."""
    space = generators.space
    library = TotalDegreeLibrary.on(space.lower, space.upper, degree)
    values = space.normalise_fields(generators(points)) / norms(field_matrix(generators, points))[:, None, None]
    features = library.along(points[None])[0]
    found = torch.linalg.lstsq(features, values.movedim(1, 0).flatten(1)).solution
    coefficients = found.T.reshape(generators.count, space.dimension, -1)
    return LibraryGenerators(space, library, coefficients)


def artifact(rows, points, names, statuses=None, formulas=True, outputs=None, degree=1, defects=None):
    """Generators file of fields (rows of formulas), on points (n, k, d), with `outputs` (n, p) under equivariance."""
    n, k, d = points.shape
    columns, out = tuple(names[:d]), tuple(names[d:])
    joint = points if outputs is None else torch.cat([points, outputs[:, None].expand(-1, k, -1)], -1)
    flat = joint.flatten(0, 1)
    space = space_of(flat, names)
    closed = fields(space, rows)
    size = norms(field_matrix(closed, flat)).tolist()
    own = library_of(closed, flat, degree)
    statuses = statuses or ["exact"] * len(rows)
    defects = defects or [{"exact": 1e-15, "approximate": 1e-3, "none": 0.5}[status] for status in statuses]
    records = tuple(
        GeneratorRecord(
            defect=defect,
            status=status,
            formula=tuple(row) if formulas else None,
            formula_error=1e-15 if formulas else None,
            norm=norm if formulas else None,
        )
        for row, status, norm, defect in zip(rows, statuses, size, defects, strict=True)
    )
    table = tuple((defect * 0.1, defect * 0.3, defect) for defect in defects)
    values = torch.zeros(4, max(len(out), 1), dtype=torch.float64)
    return written(
        own,
        flat,
        {"points": points[:4].clone(), "values": values},
        Settings(),
        kind="library",
        library=own.library.axes,
        total_degree=degree,
        method="spectral",
        domain=PointsDomain(
            condition="invariance" if outputs is None else "equivariance",
            name="made",
            words="f",
            columns=columns,
            outputs=out or ("f",),
            particles=k,
            library="affine",
            error=0.0,
            moved=MovedPoints(points=n, scales=(0.1, 0.3, 1.0), generators=table, random=((0.1, 0.3, 1.0),)),
        ),
        generators=records,
        spectrum=tuple(defects),
        exact=statuses.count("exact"),
        approximate=statuses.count("approximate"),
        gap=1e9,
        rounding=1e-15,
        rule="made",
        data=DataRecord(source="made", sha256=None, samples=n),
    )
