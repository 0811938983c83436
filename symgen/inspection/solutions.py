"""What solutions of any number of variables are like: unknowns, axes, periodicity, resolution."""

from __future__ import annotations

import numpy as np
from pydantic import BaseModel, ConfigDict

from symgen.discovery.system_source import GivenSystem
from symgen.exceptions import DataError
from symgen.pde.axis import TIME
from symgen.pde.parameters import ParameterValue
from symgen.pde.solutions import Solutions
from symgen.pde.system_residual import SystemResidual, system_residual


class AxisSummary(BaseModel):
    """One independent variable."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str
    first: float
    last: float
    points: int
    step: float
    length: float
    """From the first point to the last, or the period."""
    periodic: bool
    ends: str | None
    """What goes on across the ends, in words; of space."""
    resolution: float | None
    """Worst share of an unknown's energy in the highest tenth of the waves that the grid resolves; of space."""
    unit: str | None


class UnknownSummary(BaseModel):
    """One dependent variable."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str
    low: float
    high: float
    mean: float
    std: float
    unit: str | None


class SolutionsSummary(BaseModel):
    """Solutions at a glance, in physical units."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    layout: str
    reading: str | None
    """Which arrays of the file are unknowns and coordinates."""
    samples: int
    skipped: int
    """Samples that are not finite, all zero or on another grid."""
    axes: tuple[AxisSummary, ...]
    unknowns: tuple[UnknownSummary, ...]
    complex: tuple[str, ...]
    """psi for the unknowns psi_r and psi_i."""
    equations: tuple[str, ...]
    parameters: dict[str, ParameterValue]
    residual: SystemResidual | None = None
    """Of the equations, where there are some."""
    without_residual: str | None = None
    """Why there is none, though there are equations."""


def summarise_solutions(data: Solutions, given: GivenSystem | None = None) -> SolutionsSummary:
    """Look at all samples once for range and deviation, and at the first ones for what goes on along the axes.

    With the system that they are `given` for, also at how well they solve it.
    """
    moments = data.moments()
    units = data.origin.units if data.origin else {}
    some = data.some()
    axes = []
    for axis in data.axes:
        in_space = axis.name != TIME
        axes.append(
            AxisSummary(
                name=axis.name,
                first=float(axis.points[0]),
                last=float(axis.points[-1]),
                points=len(axis),
                step=axis.step,
                length=axis.length,
                periodic=axis.periodic,
                ends=data.seam(axis.name).rough if in_space else None,
                resolution=_tail(some, 1 + data.place(axis.name), axis.periodic) if in_space else None,
                unit=units.get(axis.name),
            )
        )
    unknowns = tuple(
        UnknownSummary(
            name=name,
            low=float(moments.low[i]),
            high=float(moments.high[i]),
            mean=float(moments.mean[i]),
            std=float(moments.deviation[i]),
            unit=units.get(name),
        )
        for i, name in enumerate(data.unknowns)
    )
    residual, why = None, None
    if given:
        try:
            residual = system_residual(data, given.system)
        except DataError as error:  # the rest can be told
            why = str(error)
    return SolutionsSummary(
        layout=data.origin.layout if data.origin else "in memory",
        reading=data.origin.reading if data.origin else None,
        samples=len(data),
        skipped=len(data.values) - len(data),
        axes=tuple(axes),
        unknowns=unknowns,
        complex=data.info.complex,
        equations=given.texts if given else data.info.equations,
        parameters=given.parameters if given else data.info.parameters,
        residual=residual,
        without_residual=why,
    )


def _tail(values: np.ndarray, place: int, periodic: bool) -> float:
    """The worst of the unknowns of samples (n, *grid, unknown) along an axis, all lines together, less their means.

    Open data are seen through a window that is smooth at the ends, so that the jump there does not count.
    """
    lines = np.moveaxis(values, (-1, place), (0, -1))
    lines = lines - lines.mean(-1, keepdims=True)
    points = lines.shape[-1]
    if not periodic:
        lines *= np.hanning(points + 2)[1:-1]
    power = (np.abs(np.fft.rfft(lines)) ** 2).reshape(len(lines), -1, points // 2 + 1).sum(1)
    total = power.sum(-1)
    return float((power[:, int(0.9 * points / 2) :].sum(-1)[total > 0] / total[total > 0]).max(initial=0.0))
