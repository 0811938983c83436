"""KdV with a growing coefficient: u_t + exp(t/50) (u u_x + u_xxx) = 0.

Periodic in x, length 128, time 0 to 100, ten sines of one wave each. It is KdV in the time
tau = 50 (exp(t/50) - 1), which runs to 319: solved there, and the longest step counts in tau.
It fails where KdV does, on solitons too narrow for the grid.
Source of the equation: Ko, Kim and Lee, NeurIPS 2024 (arXiv 2410.21853); symmetries carried over from KdV.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING

from symgen.catalog import kdv
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
    return kdv.solve(u0, [50 * math.expm1(time / 50) for time in t], length, parameters, max_step, report)


ENTRY = CatalogEntry(
    name="nkdv",
    title="KdV with a growing coefficient",
    expression="u_t + exp(t/50)*(u*u_x + u_xxx)",
    grid=Grid(length=128.0, duration=100.0),
    waves=Waves(highest=1),
    symmetries=(
        Symmetry("x-translation", "1", "0", "0", periodic=True),
        Symmetry("t-translation", "0", "exp(-t/50)", "0", periodic=True),
        Symmetry("Galilean boost", "50*exp(t/50)", "0", "1", periodic=True),
        Symmetry("scaling", "x", "150", "-2*u"),
    ),
    densities=(
        Density("mass", "u"),
        Density("momentum", "u**2"),
        Density("energy", "u**3 - 3*u_x**2"),
    ),
    solve=solve,
    solver="ETDRK4 in the time 50 (exp(t/50) - 1), Fourier pseudo-spectral, 2/3 dealiased",
    max_step=0.0025,
)
