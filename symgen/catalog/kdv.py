"""Korteweg-de Vries: u_t + u u_x + u_xxx = 0.

Periodic in x, length 128, time 0 to 100; amplitudes up to 0.5 in ten sines of one and two waves give some ten
solitons. Solver: ETDRK4, pseudo-spectral, dealiased. It fails where solitons grow too narrow for the grid (width
about 4 / sqrt(height / 3)): larger amplitudes need more points and a smaller step.
Symmetries: Olver, Applications of Lie Groups to Differential Equations (1993), example 2.44.
"""

from __future__ import annotations

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
    from symgen.simulation.etdrk4 import solve_etdrk4, wave_numbers

    k = wave_numbers(u0.shape[-1], length, u0.device)
    return solve_etdrk4(u0, t, 1j * k**3, length, max_step, report=report)


ENTRY = CatalogEntry(
    name="kdv",
    title="Korteweg-de Vries",
    expression="u_t + u*u_x + u_xxx",
    grid=Grid(length=128.0, duration=100.0),
    waves=Waves(),
    symmetries=(
        Symmetry("x-translation", "1", "0", "0", periodic=True),
        Symmetry("t-translation", "0", "1", "0", periodic=True),
        Symmetry("Galilean boost", "t", "0", "1", periodic=True),
        Symmetry("scaling", "x", "3*t", "-2*u"),
    ),
    densities=(
        Density("mass", "u"),
        Density("momentum", "u**2"),
        Density("energy", "u**3 - 3*u_x**2"),
    ),
    solve=solve,
    solver="ETDRK4, Fourier pseudo-spectral, 2/3 dealiased",
    max_step=0.004,
)
