"""Burgers: u_t + u u_x - nu u_xx = 0.

Periodic in x, length 2 pi, time 0 to 18, nu = 0.01, twenty sines of one to six waves. Solved exactly by the
Cole-Hopf transform. Shocks are 4 nu / jump wide; the jump falls like length / t. Below nu = 0.005 or so the
stored grid no longer resolves them, though the stored values stay right. Fails for a nonzero mean of u0.
Symmetries: Olver, Applications of Lie Groups to Differential Equations (1993), exercise 2.12.
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
    max_step: float | None = None,
    report: Callable[[float], None] | None = None,
) -> torch.Tensor:
    """u0 (n, nx) on a periodic grid, float64 -> the solution at the times t, (n, len(t), nx)."""
    from symgen.simulation.cole_hopf import solve_cole_hopf

    return solve_cole_hopf(u0, t, length, parameters["nu"], report)


ENTRY = CatalogEntry(
    name="burgers",
    title="Burgers",
    expression="u_t + u*u_x - nu*u_xx",
    grid=Grid(length=2 * math.pi, duration=18.0, nt=180),
    waves=Waves(count=20, highest=6),
    symmetries=(
        Symmetry("x-translation", "1", "0", "0", periodic=True),
        Symmetry("t-translation", "0", "1", "0", periodic=True),
        Symmetry("Galilean boost", "t", "0", "1", periodic=True),
        Symmetry("scaling", "x", "2*t", "-u"),
        Symmetry("projective", "x*t", "t**2", "x - t*u"),
    ),
    densities=(Density("mass", "u"),),
    solve=solve,
    solver="Cole-Hopf, exact in time, positive quadrature",
    parameters={"nu": 0.01},
    refine=1,
)
