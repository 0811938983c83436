"""Cylindrical KdV: u_t + u u_x + u_xxx + u / (2 (t + 1)) = 0.

Periodic in x, length 128, time 0 to 100, ten sines of one and two waves. Undamped in w = u sqrt(t + 1), where
it reads w_t + w w_x / sqrt(t + 1) + w_xxx = 0: solved there by ETDRK4, pseudo-spectral, dealiased.
Time translation is an approximate symmetry only: it leaves the residual -u / (2 (t + 1)^2).
It fails at t <= -1, and on waves too narrow for the grid.
Source of the equation: Ko, Kim and Lee, NeurIPS 2024 (arXiv 2410.21853).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING

from symgen.catalog.entry import CatalogEntry, Density, Grid, Symmetry, Waves

if TYPE_CHECKING:
    import torch


def solve(
    u0: torch.Tensor,
    t: Sequence[float],
    length: float,
    parameters: Mapping[str, float],
    max_step: float,
    report: Callable[[float], None] | None = None,
) -> torch.Tensor:
    """u0 (n, nx) on a periodic grid, float64 -> the solution at the times t, (n, len(t), nx)."""
    import torch

    from symgen.simulation.etdrk4 import solve_etdrk4, wave_numbers

    k = wave_numbers(u0.shape[-1], length, u0.device)
    w = solve_etdrk4(u0, t, 1j * k**3, length, max_step, lambda time: 1 / math.sqrt(time + 1), report)
    return w.div_(torch.as_tensor(t, dtype=w.dtype, device=w.device).add(1).sqrt()[:, None])


ENTRY = CatalogEntry(
    name="ckdv",
    title="Cylindrical KdV",
    expression="u_t + u*u_x + u_xxx + u/(2*(t + 1))",
    grid=Grid(length=128.0, duration=100.0),
    waves=Waves(),
    symmetries=(
        Symmetry("x-translation", "1", "0", "0", periodic=True),
        Symmetry("slowing boost", "2*sqrt(t + 1)", "0", "1/sqrt(t + 1)", periodic=True),
        Symmetry("scaling", "x", "3*(t + 1)", "-2*u"),
        Symmetry(
            "projective",
            "x*sqrt(t + 1)/2",
            "(t + 1)**(3/2)",
            "x/(4*sqrt(t + 1)) - u*sqrt(t + 1)",
        ),
    ),
    densities=(
        Density("mass", "u*sqrt(t + 1)"),
        Density("momentum", "u**2*(t + 1)"),
    ),
    solve=solve,
    solver="ETDRK4 in u sqrt(t + 1), Fourier pseudo-spectral, 2/3 dealiased",
    max_step=0.05,
)
