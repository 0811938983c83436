"""The losses of flow training (Ko, Kim and Lee 2024, section 4), as functions of residuals and of field values."""

from __future__ import annotations

import math

import torch

ALMOST_ONE = 1 - 1e-6  # arccos has an infinite slope at 1


def log_defect(relative: torch.Tensor, clamp: float, form: str = "points") -> torch.Tensor:
    """Logarithm of residuals (..., nt, nx), relative to the equation's terms -> one for each sample (...).

    `points`, as published: the mean of log max(|residual|, clamp) over the points. It has no gradient where the
    residual is below the clamp, and a wild one where it passes through 0. `rms`: log of the root mean square,
    sqrt(mean residual^2 + clamp^2).
    """
    if form == "rms":
        return 0.5 * (relative.square().mean((-2, -1)) + clamp**2).log()
    return relative.abs().clamp_min(clamp).log().mean((-2, -1))


def orthonormality(gram: torch.Tensor, form: str = "angle") -> torch.Tensor:
    """How far fields are from orthogonal: a sum over a < b, from `gram` (n, n), whose row a has V_a without gradient.

    So only the later of two fields gives way: the first slot takes the best symmetry, the second the best that
    is orthogonal to it, and so on.
    `angle`, as published: pi/2 - arccos|<V_a, V_b>|. Its force is as strong at small overlaps as at large ones, so
    that it changes sign from step to step and drowns what is left of the defect's; and a copy of a symmetry gains
    more in log defect than it costs here. `barrier`: -log(1 - <V_a, V_b>^2), which fades out at right angles and
    grows faster than any log defect falls when two fields become one.
    """
    overlaps = gram.triu(1).abs().clamp_max(ALMOST_ONE)
    if form == "barrier":
        return -torch.log1p(-overlaps.square()).sum()
    return (math.pi / 2 - torch.arccos(overlaps)).triu(1).sum()


def stopped_gram(fields: torch.Tensor) -> torch.Tensor:
    """<sg V_a, V_b> of fields (n, P, d), normalised coordinates: the mean over the points -> (n, n)."""
    return torch.einsum("api,bpi->ab", fields.detach(), fields) / fields.shape[1]


def lipschitz_hinge(fields: torch.Tensor, points: torch.Tensor, bound: float, axes: int = 2) -> torch.Tensor:
    """sum over the fields of the mean of max(0, |V(z) - V(z')| / |z - z'| - bound) over neighbours on a grid.

    `fields` (n, ..., *grid, d) and `points` (..., *grid, d), both in normalised coordinates; the grid has so many `axes`.
    """
    excess = []
    for dim in range(-1 - axes, -1):
        change = torch.linalg.vector_norm(fields.diff(dim=dim), dim=-1)
        distance = torch.linalg.vector_norm(points.diff(dim=dim), dim=-1)
        excess.append((change / distance - bound).clamp_min(0).flatten(1))
    return torch.cat(excess, 1).mean(1).sum()


def sobolev(fields: torch.Tensor) -> torch.Tensor:
    """sum over the fields of sum_k ((1 + k^2)^2 - 1) |V_k|^2, averaged over rows.

    `fields` (n, rows, nx, d) along whole periods in x, normalised coordinates; V_k are the Fourier coefficients of
    exp(2 pi i k x), k of either sign, so that it is the squared Sobolev norm of second order less the plain one.
    """
    nx = fields.shape[-2]
    spectrum = torch.fft.rfft(fields, dim=-2) / nx
    k = torch.arange(spectrum.shape[-2], dtype=fields.dtype, device=fields.device)
    twice = torch.full_like(k, 2)  # k and -k
    if nx % 2 == 0:
        twice[-1] = 1
    weights = twice * ((1 + k**2) ** 2 - 1)
    power = spectrum.real.square() + spectrum.imag.square()
    return (weights[:, None] * power).sum((-2, -1)).mean(1).sum()
