"""Kuramoto-Sivashinsky: u_t + u u_x + u_xx + u_xxxx = 0.

Periodic in x, length 64, time 0 to 100; chaotic from about length 20 on, so that two solvers part after some
tens of time units while both stay valid solutions. Solver: ETDRK4, pseudo-spectral, dealiased; the fourth
derivative does not bound its step. It fails on grids coarser than about one point per unit length.
Source: Kassam and Trefethen, SIAM J. Sci. Comput. 26 (2005) 1214, section 4.
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
    return solve_etdrk4(u0, t, (k**2 - k**4) + 0j, length, max_step, report=report)


ENTRY = CatalogEntry(
    name="ks",
    title="Kuramoto-Sivashinsky",
    expression="u_t + u*u_x + u_xx + u_xxxx",
    grid=Grid(length=64.0, duration=100.0, nt=500),
    waves=Waves(),
    symmetries=(
        Symmetry("x-translation", "1", "0", "0", periodic=True),
        Symmetry("t-translation", "0", "1", "0", periodic=True),
        Symmetry("Galilean boost", "t", "0", "1", periodic=True),
    ),
    densities=(Density("mass", "u"),),
    solve=solve,
    solver="ETDRK4, Fourier pseudo-spectral, 2/3 dealiased",
    max_step=0.025,
)
