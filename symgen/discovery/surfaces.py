"""Fields that keep to a surface on which all points lie.

What is fitted to such points is known on the surface only: off it the fit may be anything. On a sphere z^2 is
1 - x^2 - y^2, of which d/dz is a symmetry. Surfaces are those of polynomials of degree 2, planes and lattices of two
values among them.
"""

from __future__ import annotations

import torch

from symgen.exceptions import DataError
from symgen.generators.base import Generators
from symgen.generators.total_degree import TotalDegreeLibrary
from symgen.surrogates.polynomial import Monomials, terms
from symgen.validity.points import PointValidity

MOST = 4096
"""Points that are looked at."""
FLAT = 1e-6
"""Singular value of monomials on the points, over the largest, of what vanishes on them: fits leave it out, too."""
KEEPS = 1e-3
"""Rate at which a field leaves the surface, over the largest, that is none."""


def keeping(validity: PointValidity, library: TotalDegreeLibrary, span: torch.Tensor | None) -> torch.Tensor | None:
    """Fields (n, D, K) of a span, or of the library, that keep to the surface; None where the points lie on none.

    None too where the points are too few to tell. Raises DataError where no field keeps to the surface.
    """
    normals = _normals(validity)
    if normals is None:
        return None
    points = validity.data.values[:MOST]
    joint = validity.joint(points)
    psi = library.along(joint.flatten(0, 1)[None])[0].unflatten(0, joint.shape[:2])
    rows = torch.einsum("bqki,bkm->bqim", normals, psi).flatten(0, 1)
    outputs = joint.shape[2] - points.shape[2]
    rows = torch.nn.functional.pad(rows, (0, 0, 0, outputs)).flatten(1)
    d = joint.shape[2] * library.size
    basis = torch.eye(d).to(points).unflatten(1, (-1, library.size)) if span is None else span
    values = torch.einsum("bkm,nim->nbki", psi, basis).flatten(1)
    size = torch.linalg.vector_norm(values, dim=1)
    basis = basis[size > 0] / size[size > 0, None, None]
    rates = torch.linalg.qr(rows @ basis.flatten(1).T, mode="r").R
    _, singular, directions = torch.linalg.svd(rates)
    slow = directions[(singular > KEEPS * singular[0]).sum() :]
    if not len(slow):
        raise DataError(
            f"All points lie on a surface in {', '.join(validity.data.names)}, to which none of the fields keeps, and "
            "nothing is known of the target off it. Give points off the surface, the function itself, or a larger "
            "--library."
        )
    return torch.einsum("mn,nik->mik", slow, basis)


def rates(validity: PointValidity, fields: Generators) -> list[float]:
    """How fast each field leaves the surface on which all points lie, over its size; 0 where they lie on none."""
    normals = _normals(validity)
    if normals is None:
        return [0.0] * fields.count
    points = validity.data.values[:MOST]
    joint = validity.joint(points)
    values = fields.space.normalise_fields(fields(joint.flatten(0, 1))).unflatten(1, joint.shape[:2])
    values = values[..., : points.shape[2]]
    off = torch.einsum("bqki,nbki->nbq", normals, values).square().sum((1, 2))
    largest = normals.square().sum((1, 2, 3)) * values.square().sum((2, 3))
    return (off / largest.sum(1).clamp_min(1e-300)).sqrt().tolist()


def _normals(validity: PointValidity) -> torch.Tensor | None:
    """Gradients of what vanishes on all points (n, q, k, d), in units of the space; None if nothing does."""
    points = validity.data.values[:MOST]
    flat = points.flatten(1)
    n, m = flat.shape
    if n < 2 * terms(m, 2):
        return None
    size = flat.std(0, correction=0).clamp_min(torch.finfo(flat.dtype).tiny)
    z = (flat - flat.mean(0)) / size
    monomials = Monomials(m, 2, z.device)
    columns = monomials(z)
    norms = columns.norm(dim=0)
    singular, directions = torch.linalg.svd(columns / norms, full_matrices=False)[1:]
    vanishing = (directions[singular <= FLAT * singular[0]] / norms).T
    if not vanishing.shape[1]:
        return None
    parts = [
        torch.func.jvp(monomials, (z,), (unit.expand_as(z).contiguous(),))[1] @ vanishing
        for unit in torch.eye(m, dtype=z.dtype, device=z.device)
    ]
    scale = points.new_tensor(validity.data.space.scale)
    return (torch.stack(parts, 2) / size).unflatten(2, points.shape[1:]) * scale
