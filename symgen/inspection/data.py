"""What trajectories are like: grid, range, periodicity, resolution, and how well they fit an equation."""

from __future__ import annotations

import numpy as np
import torch
from pydantic import BaseModel, ConfigDict

from symgen.catalog.simulate import tail_energy
from symgen.moments import Moments
from symgen.pde.equation import Equation
from symgen.pde.noise import noise_level
from symgen.pde.parameters import ParameterValue
from symgen.pde.residual import DataResidual, data_residual
from symgen.pde.seam import seam_of
from symgen.pde.trajectories import Trajectories, some_samples


class DataSummary(BaseModel):
    """Trajectories at a glance, in physical units."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    layout: str
    reading: str | None
    """Which arrays of the file are u, x and t."""
    samples: int
    skipped: int
    nx: int
    nt: int
    x: tuple[float, float]
    t: tuple[float, float]
    dx: float
    dt: float
    length: float
    u: tuple[float, float]
    """Least and greatest value."""
    u_std: float
    units: dict[str, str]
    periodic: bool
    seam: float
    """Roughness across the ends of x, over the greatest inside: about 1 or less if u is periodic."""
    repeated: bool
    """Whether the last point of x repeats the first (of periodic data it was left out)."""
    ends: str
    """What goes on across the ends of x, in words."""
    resolution: float
    """Worst share of a frame's energy in the highest tenth of the waves that the grid resolves."""
    noise: float
    """Estimated noise of u relative to its deviation, at most: what is not smooth on the grid counts too."""
    equation: str | None
    parameters: dict[str, ParameterValue]
    residual: DataResidual | None


def summarise(data: Trajectories, equation: Equation | None) -> DataSummary:
    """Look at all samples; with an `equation`, also at the residual of the first ones."""
    moments, tail = Moments(), 0.0
    for batch in data.batches():
        moments.push(batch.ravel())
        tail = max(tail, _tail(batch, data.info.periodic))
    first = data.read(range(some_samples(data)))
    seam = seam_of(first)
    origin, info = data.origin, data.info
    return DataSummary(
        layout=origin.layout if origin else "in memory",
        reading=origin.reading if origin else None,
        samples=len(data),
        skipped=len(data.u) - len(data),
        nx=len(data.x),
        nt=len(data.t),
        x=(float(data.x[0]), float(data.x[-1])),
        t=(float(data.t[0]), float(data.t[-1])),
        dx=data.period / len(data.x),
        dt=data.time_step,
        length=info.length if info.periodic else float(data.x[-1] - data.x[0]),
        u=(float(moments.low), float(moments.high)),
        u_std=float(moments.deviation),
        units=origin.units if origin else {},
        periodic=info.periodic,
        seam=seam.ratio,
        repeated=seam.repeated,
        ends=seam.rough,
        resolution=tail,
        noise=noise_level(first),
        equation=info.equation,
        parameters=info.parameters,
        residual=data_residual(data, equation) if equation else None,
    )


def _tail(u: np.ndarray, periodic: bool) -> float:
    """Of u less its mean, which is no wave; of open data under a window that is smooth at the ends, so that the jump
    there does not count."""
    values = torch.from_numpy(u)
    values = values - values.mean(-1, keepdim=True)
    if not periodic:
        window = torch.hann_window(u.shape[-1] + 2, periodic=False, dtype=values.dtype)[1:-1]
        values = values * window
    return tail_energy(values, u.shape[-1])
