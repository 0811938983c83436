"""Noise taken out of solutions before their unknowns are multiplied or differentiated.

In a basis of waves (along periodic axes) or polynomials (along the others) what is smooth has few coefficients, and
noise the same in all. Those are kept whose mean square over samples and times stands out of it: a projection, the same
at all times, which leaves linear equations with constant coefficients as they are.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from symgen.pde.axis import TIME, Axis

LEAST_NOISE = 1e-3
"""Relative to the deviation; below it nothing is done."""
STANDS_OUT = 1.6
"""Mean square of a coefficient that is kept, relative to that of noise."""

Kept = tuple[np.ndarray, ...]
"""For every unknown which coefficients (*space) stay."""


def kept_coefficients(values: np.ndarray, axes: Sequence[Axis], noise: Sequence[float]) -> Kept:
    """Those that stand out of noise, given as standard deviation for each unknown, in values (n, *grid, unknown)."""
    kept = []
    for place, level in enumerate(noise):
        field = values[..., place]
        sizes = [len(axis) for axis in axes if axis.name != TIME]
        if not sizes or level < LEAST_NOISE * field.std():
            kept.append(np.ones(sizes, dtype=bool))
            continue
        power = (np.abs(_transformed(field, axes)) ** 2).mean(axis=(0, 1))
        kept.append(power > STANDS_OUT * min(level**2, float(np.median(power))))
    return tuple(kept)


def projected(values: np.ndarray, axes: Sequence[Axis], kept: Kept) -> np.ndarray:
    """Values (n, t, *space, unknown) without the other coefficients."""
    fields = []
    for place, stays in enumerate(kept):
        field = values[..., place]
        if not stays.all():
            field = _transformed(_transformed(field, axes) * stays, axes, back=True).real
        fields.append(field)
    return np.stack(fields, -1)


def _transformed(field: np.ndarray, axes: Sequence[Axis], back: bool = False) -> np.ndarray:
    """Coefficients of (n, t, *space) in an orthonormal basis, or back from these."""
    for place, axis in enumerate(axes, 1):
        if axis.name == TIME:
            continue
        if axis.periodic:
            field = (np.fft.ifft if back else np.fft.fft)(field, axis=place, norm="ortho")
        else:
            basis = polynomials(len(axis))
            matrix = basis if back else basis.T
            field = np.moveaxis(np.tensordot(field, matrix, axes=(place, 1)), -1, place)
    return field


def polynomials(n: int) -> np.ndarray:
    """(points, degrees): orthonormal polynomials on n equal steps, by Stieltjes' procedure, orthogonalised twice."""
    x = np.linspace(-1, 1, n)
    basis = np.full((n, n), 1 / np.sqrt(n))
    for degree in range(1, n):
        new = x * basis[:, degree - 1]
        for _ in range(2):
            new = new - basis[:, :degree] @ (basis[:, :degree].T @ new)
        basis[:, degree] = new / np.linalg.norm(new)
    return basis
