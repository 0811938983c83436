"""One artifact for each kind of domain, with fields and data that are known exactly: for tests of reports."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import torch
from point_artifacts import points_artifact

from symgen.expressions import parse_field
from symgen.generators.artifact import Artifact
from symgen.generators.closed_form import ClosedFormGenerators
from symgen.generators.domains import ExtractorRecord, ImageDomain, MovedImages, PdeDomain, SystemDomain
from symgen.generators.drift_record import DriftCurve, DriftRecord
from symgen.generators.inner_product import field_matrix, norms
from symgen.generators.metadata import Certainty, DataRecord, GeneratorRecord, Metadata, Resemblance
from symgen.generators.space import Space
from symgen.image.warp import pixel_grid


def artifact_of(
    space: Space,
    rows: Sequence[Sequence[str]],
    domain: Any,
    specimen: Mapping[str, np.ndarray],
    points: torch.Tensor,
    weight: torch.Tensor | None = None,
    **record: Any,
) -> Artifact:
    """Unit fields with those components, all exact (of images approximate)."""
    fields = [parse_field(row, space.names) for row in rows]
    sizes = norms(field_matrix(ClosedFormGenerators(space, fields), points)).tolist()
    unit = [[c / size for c in field] for field, size in zip(fields, sizes, strict=True)]
    image = domain.kind == "image"
    status = "approximate" if image else "exact"
    records = [
        GeneratorRecord(defect=1e-13, status=status, bound=0.0, formula=tuple(row), formula_error=0.0, norm=size)
        for row, size in zip(rows, sizes, strict=True)
    ]
    if image:
        records[0] = records[0].model_copy(update={"resembles": Resemblance(name="rotation", cosine=0.99)})
    told: dict[str, Any] = {
        "symgen_version": "0",
        "torch_version": "0",
        "kind": "closed-form",
        "method": "spectral",
        "space": space,
        "domain": domain,
        "generators": tuple(records),
        "spectrum": (*[1e-13] * len(rows), 0.2, 0.5),
        "exact": 0 if image else len(rows),
        "approximate": len(rows) if image else 0,
        "gap": 1e9,
        "rounding": 1e-12,
        "rule": "exact: before the gap",
        "settings": {"seed": 0, "degree": 2},
        "seed": 0,
        "data": DataRecord(source="mine.h5", sha256="ab" * 32, samples=2, times=9, points=9, residual=1e-6),
    }
    tensors = {name: torch.as_tensor(values) for name, values in specimen.items()}
    return Artifact(ClosedFormGenerators(space, unit), Metadata(**told | record), points, tensors, weight)


def space_of(names: Sequence[str], points: torch.Tensor) -> Space:
    low, high = points.amin(0).tolist(), points.amax(0).tolist()
    scale = [b - a for a, b in zip(low, high, strict=True)]
    return Space(names=tuple(names), origin=low, scale=scale, lower=low, upper=high, periodic=(False,) * len(names))


def graph(*columns: np.ndarray) -> torch.Tensor:
    return torch.as_tensor(np.stack([column.ravel() for column in columns], -1))


def soliton(name: str | None = "kdv", **record: Any) -> Artifact:
    """A soliton of speed 1 of KdV on 0 <= x <= 20."""
    x, t = np.linspace(0, 20, 64), np.linspace(0, 5, 24)
    u = 3 / np.cosh((x - t[:, None] - 7) / 2) ** 2
    points = graph(np.broadcast_to(x, u.shape), np.broadcast_to(t[:, None], u.shape), u)
    rows = [("1", "0", "0"), ("0", "1", "0"), ("t", "0", "1"), ("x", "3*t", "-2*u")]
    domain = PdeDomain(
        equation="u_t + u*u_x + u_xxx",
        name=name,
        parameters={},
        length=20.0,
        data_periodic=False,
        periodic_fields=False,
    )
    curve = DriftCurve(t=tuple(t), change=tuple(1e-9 * t), control=tuple(0.1 * t))
    law = DriftRecord(
        name="mass",
        density="u",
        flux=("u^2/2 + u_xx",),
        drift=1e-9,
        control=0.5,
        samples=2,
        verdict="kept",
        curve=curve,
    )
    certain = Certainty(
        confidence=0.95, tolerance=0.05, at_least=4, at_most=4, sources=("algebra of the given equation",), resamples=0
    )
    extra = {"conserved": (law,), "certainty": certain, **record}
    return artifact_of(space_of("xtu", points), rows, domain, {"x": x, "t": t, "u": u}, points, **extra)


def spiral() -> Artifact:
    """Two unknowns in the plane, with translation, rotation and a rotation of the unknowns."""
    t, x, y = np.linspace(0, 2, 5), np.linspace(-4, 4, 24), np.linspace(-4, 4, 20)
    T, X, Y = np.meshgrid(t, x, y, indexing="ij")
    u, v = np.cos(X + T) * np.exp(-(Y**2) / 9), np.sin(X + T) * np.exp(-(Y**2) / 9)
    points = graph(X, Y, T, u, v)
    rows = [("1", "0", "0", "0", "0"), ("-y", "x", "0", "0", "0"), ("0", "0", "0", "-v", "u")]
    domain = SystemDomain(
        equations=("u_t = lap(u) + (1 - u^2 - v^2)*u", "v_t = lap(v)"),
        parameters={"nu": 0.5},
        independent=("x", "y", "t"),
        unknowns=("u", "v"),
        lengths={"x": 8.0, "y": 8.0, "t": 2.0},
        periodic=(),
    )
    specimen = {"t": t, "x": x, "y": y, "u": u, "v": v}
    return artifact_of(space_of(("x", "y", "t", "u", "v"), points), rows, domain, specimen, points)


def orbit() -> Artifact:
    """Circles about a centre of force."""
    t = np.linspace(0, 6, 80)
    specimen = {"t": t, "q1": np.cos(t), "q2": np.sin(t)}
    points = graph(*specimen.values())
    rows = [("1", "0", "0"), ("0", "-q2", "q1")]
    domain = SystemDomain(
        equations=("q1_tt = -q1", "q2_tt = -q2"),
        parameters={},
        independent=("t",),
        unknowns=("q1", "q2"),
        lengths={"t": 6.0},
        periodic=(),
    )
    return artifact_of(space_of(("t", "q1", "q2"), points), rows, domain, specimen, points)


def picture() -> Artifact:
    """A blob of light beside the middle, and the rotation."""
    grid = pixel_grid(16, 16, dtype=torch.float64)
    blob = torch.exp(-8 * ((grid[..., 0] - 0.4) ** 2 + grid[..., 1] ** 2))
    moved = MovedImages(
        images=20,
        scales=(-0.3, -0.1, 0.1, 0.3),
        generators=((0.3, 0.1, 0.1, 0.3), (0.4, 0.2, 0.2, 0.4)),
        affine={"rotation": (0.3, 0.1, 0.1, 0.3), "shear": (0.5, 0.2, 0.2, 0.5)},
        random=((0.6, 0.3, 0.3, 0.6), (0.7, 0.3, 0.3, 0.7)),
    )
    network = ExtractorRecord(architecture="resnet18-cifar", width=2, accuracy=0.9, dataset="shapes", seed=0)
    domain = ImageDomain(
        name="shapes", height=16, width=16, classes=2, padding="reflection", extractor=network, moved=moved
    )
    rows = [("-y", "x"), ("1", "0")]
    points, specimen = grid.reshape(-1, 2), {"image": blob.expand(3, -1, -1).numpy()}
    weight = torch.ones(len(points), dtype=torch.float64)
    return artifact_of(space_of("xy", points), rows, domain, specimen, points, weight)


def particles() -> Artifact:
    """Pairs of particles and their mass, with two boosts and a rotation."""

    def mass(points: torch.Tensor) -> torch.Tensor:
        total = points.sum(1)
        return (total[:, 0] ** 2 - total[:, 1:].square().sum(1))[:, None]

    rows = [("px", "E", "0"), ("py", "0", "E"), ("0", "-py", "px")]
    return points_artifact(("E", "px", "py"), rows, mass, particles=2, words="mass^2, fitted by a polynomial")


ARTIFACTS = {"pde": soliton, "system": spiral, "ode": orbit, "image": picture, "points": particles}
