"""Fields that lead off a surface on which all points lie.

What is fitted to such points is known on the surface only: off it the fit may be anything. On a sphere z^2 is
1 - x^2 - y^2, of which d/dz is a symmetry. Surfaces are those of polynomials of degree 2, planes and lattices of two
values among them.
"""

from __future__ import annotations

import torch

from symgen.generators.base import Generators
from symgen.surrogates.polynomial import Monomials, terms
from symgen.validity.points import PointValidity

MOST = 4096
"""Points that are looked at."""
FLAT = 1e-9
"""Singular value of monomials on the points, over the largest, of what vanishes on them."""
OFF = 1e-3
"""Rate at which a field leaves the surface, over that of random directions."""


def leaving(validity: PointValidity, generators: Generators) -> list[bool]:
    """Which fields lead off; none where the points are too few to tell."""
    points = validity.data.values[:MOST]
    flat = points.flatten(1)
    n, m = flat.shape
    stays = [False] * generators.count
    if n < 2 * terms(m, 2):
        return stays
    size = flat.std(0, correction=0)
    z = (flat - flat.mean(0)) / size
    monomials = Monomials(m, 2, z.device)
    columns = monomials(z)
    norms = columns.norm(dim=0)
    singular, directions = torch.linalg.svd(columns / norms, full_matrices=False)[1:]
    vanishing = (directions[singular <= FLAT * singular[0]] / norms).T
    if not vanishing.shape[1]:
        return stays
    joint = validity.joint(points)
    fields = generators(joint.flatten(0, 1)).unflatten(1, joint.shape[:2])[..., : points.shape[2]].flatten(2) / size
    draw = torch.Generator().manual_seed(0)
    random = torch.randn(n, m, generator=draw, dtype=z.dtype).to(z)

    def rate(field: torch.Tensor) -> float:
        return float((torch.func.jvp(monomials, (z,), (field,))[1] @ vanishing).norm() / field.norm().clamp_min(1e-300))

    usual = rate(random)
    return [rate(field) > OFF * usual for field in fields]
