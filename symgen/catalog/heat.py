"""Heat: u_t - nu u_xx = 0.

Periodic in x, length 2 pi, time 0 to 18, nu = 0.05, twenty sines of one to six waves: in the stored window only
the longest waves are left. Solved exactly, mode by mode, in Fourier space. Fails for nu < 0 (ill-posed); for
large nu everything but the mean is gone before the first stored time.
Symmetries: Olver, Applications of Lie Groups to Differential Equations (1993), example 2.41; besides the six
below, (0, 0, b) for every solution b of the equation itself.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING

from symgen.catalog.entry import CatalogEntry, Density, Grid, Symmetry, Waves
from symgen.exceptions import UsageError

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
    import torch

    nu, nx = parameters["nu"], u0.shape[-1]
    if not nu > 0:
        raise UsageError(f"The heat equation needs a positive diffusivity nu, not {nu}.")
    k = torch.arange(nx // 2 + 1, dtype=u0.dtype, device=u0.device) * (2 * math.pi / length)
    decay = torch.exp(-nu * torch.as_tensor(t, dtype=u0.dtype, device=u0.device)[:, None] * k**2)
    with torch.no_grad():
        return torch.fft.irfft(torch.fft.rfft(u0)[:, None] * decay, n=nx)


ENTRY = CatalogEntry(
    name="heat",
    title="Heat",
    expression="u_t - nu*u_xx",
    grid=Grid(length=2 * math.pi, duration=18.0, nt=180),
    waves=Waves(count=20, highest=6),
    symmetries=(
        Symmetry("x-translation", "1", "0", "0", periodic=True),
        Symmetry("t-translation", "0", "1", "0", periodic=True),
        Symmetry("u-scaling", "0", "0", "u", periodic=True),
        Symmetry("scaling", "x", "2*t", "0"),
        Symmetry("Galilean boost", "2*nu*t", "0", "-x*u"),
        Symmetry("projective", "4*nu*x*t", "4*nu*t**2", "-(x**2 + 2*nu*t)*u"),
    ),
    infinite="b(x, t) d/du with any solution b",
    densities=(Density("mass", "u"),),
    solve=solve,
    solver="exact in Fourier space",
    parameters={"nu": 0.05},
    refine=1,
)
