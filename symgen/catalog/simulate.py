"""Simulated trajectories of the catalog's equations: random initial data, solver, checks."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any

import numpy as np
import sympy
import torch
from pydantic import BaseModel, Field, ValidationError, model_validator

from symgen import catalog
from symgen.bounds import MOST, SETTINGS, Amount, Positive, Seed
from symgen.catalog.entry import CatalogEntry, Waves
from symgen.catalog.system_entry import SystemEntry
from symgen.conserved.box_means import BoxMeans, Current
from symgen.conserved.drift import drifts_of
from symgen.cost import Cost, require_affordable
from symgen.exceptions import SolverError, UsageError
from symgen.pde.axis import TIME, Axis
from symgen.pde.grammar import SPACE
from symgen.pde.info import SolutionsInfo
from symgen.pde.parameters import ConstantText, ParameterValue, float_value
from symgen.pde.solutions import Solutions
from symgen.pde.trajectories import Trajectories, TrajectoryInfo
from symgen.processes import parts, shared_out
from symgen.simulation.initial import random_sines
from symgen.threads import one_thread
from symgen.validation import reason
from symgen.words import numbered

GROWTH_LIMIT = 1e6  # beyond this many times the initial height, a solution has blown up
VANISHED = 1e-14  # below this, only rounding is left of it
COST_OF_STEP, COST_OF_FRAME, COST_OF_WAVE = 1e-7, 5e-7, 3e-8
"""Seconds for a value of a grid: of a step of the solver, a time that is stored, a wave of the initial data."""
CURE = "Ask for less: see --samples, --nx, --nt, --stored, --sines, --duration and --max-step."


class SimulationSettings(BaseModel):
    """All that decides what `simulate` makes; `for_equation` gives the defaults of an equation."""

    model_config = SETTINGS

    n: Amount = 64
    """Trajectories."""
    nx: int = Field(256, ge=8, le=MOST)
    """Stored points, over one period."""
    nt: int = Field(250, ge=2, le=MOST)
    """Times over [0, duration], both ends included."""
    stored: int = Field(140, ge=2, le=MOST)
    """How many of them are stored, the last ones."""
    length: Positive
    """Period in x."""
    duration: Positive
    parameters: dict[str, Annotated[float, Field(allow_inf_nan=False)] | ConstantText] = {}
    waves: Amount = 10
    """Sines in the initial data."""
    amplitude: Positive = 0.5
    """Largest amplitude of a sine."""
    lowest: Amount = 1
    highest: Amount = 2
    """Wave numbers of the sines, in periods per length."""
    seed: Seed = 0
    max_step: Positive | None = None
    """Longest step of the solver, in its own time; None for exact solutions."""
    batch: Amount = 64
    """Trajectories solved at a time; the result does not depend on it, the memory does."""

    @model_validator(mode="after")
    def _consistent(self) -> SimulationSettings:
        if self.stored > self.nt:
            raise ValueError(f"stored ({self.stored}) is more than nt ({self.nt})")
        if not self.lowest <= self.highest <= self.nx // 3:
            raise ValueError(f"wave numbers {self.lowest} to {self.highest} are not increasing and at most nx / 3")
        return self

    @classmethod
    def for_equation(cls, name: str, **overrides: Any) -> SimulationSettings:
        """The equation's defaults, which are the published ones, with some replaced (None: not replaced).

        Raises UsageError for an unknown equation, setting or parameter, or a value out of range.
        """
        entry = catalog.get(name)
        grid, waves = entry.grid, entry.waves
        defaults = {
            **{key: getattr(grid, key) for key in ("nx", "nt", "stored", "length", "duration")},
            **{key: getattr(waves, key) for key in ("amplitude", "lowest", "highest")},
            "waves": waves.count,
            "max_step": entry.max_step,
        }
        given = {key: value for key, value in overrides.items() if value is not None}
        if isinstance(nt := given.get("nt"), int):  # of few times all are stored
            defaults["stored"] = min(grid.stored, nt)
        given["parameters"] = {**entry.parameters, **given.get("parameters", {})}
        try:
            settings = cls.model_validate({**defaults, **given})
        except ValidationError as error:
            raise UsageError(f"Settings for simulating {name}: {in_words(error)}.") from error
        check_parameters(entry, settings.parameters, settings.max_step)
        return settings


def simulate(
    name: str,
    settings: SimulationSettings | None = None,
    device: str | torch.device = "cpu",
    progress: Callable[[int, int], None] | None = None,
    skip_bad: bool = False,
) -> Trajectories:
    """Solve an equation of the catalog from random initial data, in float64 -> u (n, stored, nx).

    Sample i of a seed is the same whatever `n` and `batch` are. `progress(done, n)` counts trajectories, in
    fractions rounded down while a batch is under way. `info.settings` records the settings, the figure
    `resolution` (see `tail_energy`; above 1e-6 the stored grid is too coarse), the `drifts` of what is conserved over
    the stored times (see `symgen.conserved.drift`) and the samples `dropped`. Several processes do a share each, and
    all get the whole.

    Raises SolverError if samples blow up or vanish (with `skip_bad`: only if all do), UsageError for an unknown
    name or settings that do not fit it.
    """
    entry = catalog.get(name)
    settings = settings or SimulationSettings.for_equation(name)
    check_parameters(entry, settings.parameters, settings.max_step)
    require_affordable(f"Simulating {name} so", cost_of(entry, settings), CURE)
    waves = Waves(settings.waves, settings.amplitude, settings.lowest, settings.highest)
    t = np.linspace(0, settings.duration, settings.nt)[-settings.stored :]
    x = np.arange(settings.nx) * (settings.length / settings.nx)
    u = np.empty((settings.n, len(t), len(x)))
    values = {parameter: float_value(value) for parameter, value in settings.parameters.items()}
    bad: dict[int, str] = {}
    densities = entry.density_expressions(settings.parameters)
    resolution, drifts = 0.0, dict.fromkeys([density.name for density in entry.densities], 0.0)
    batches = parts(settings.n, settings.batch)

    def solved(place: int) -> _Solved:
        samples = batches[place]
        u0 = random_sines(samples, settings.seed, waves, settings.nx * entry.refine, device)
        report = None
        if progress:
            report = counter(progress, samples, settings.n)
        with one_thread(u0.device.type == "cpu"):  # rows of some hundred points: threads only wait for each other
            fine = entry.solve(u0, t.tolist(), settings.length, values, settings.max_step, report)
        failed = _failures(fine, u0, t)
        good = [i for i in range(len(samples)) if i not in failed]
        return _Solved(
            fine[..., :: entry.refine].cpu().numpy(),
            failed,
            tail_energy(fine[good], settings.nx) if good else 0.0,
            _drifts(fine[good], t, settings.length, densities) if good else [0.0] * len(drifts),
        )

    for samples, found in zip(batches, shared_out(len(batches), solved), strict=False):
        bad |= {samples[i]: why for i, why in found.failed.items()}
        if bad and not skip_bad:
            break
        resolution = max(resolution, found.resolution)
        drifts = {name: max(pair) for (name, *pair) in zip(drifts, drifts.values(), found.drifts, strict=True)}
        u[samples.start : samples.stop] = found.u
    kept = [i for i in range(settings.n) if i not in bad]
    if bad and not (skip_bad and kept):
        raise SolverError(_complaint(name, bad, settings))
    info = TrajectoryInfo(
        equation=entry.expression,
        name=name,
        parameters=settings.parameters,
        length=settings.length,
        periodic=True,
        seed=settings.seed,
        solver=entry.solver,
        settings={**settings.model_dump(), "resolution": resolution, "drifts": drifts, "dropped": sorted(bad)},
    )
    return Trajectories.from_arrays(u[kept] if bad else u, x, t, info)


def cost_of(entry: CatalogEntry, settings: SimulationSettings) -> Cost:
    """What it takes to simulate with these settings."""
    fine, together = settings.nx * entry.refine, min(settings.batch, settings.n)
    steps = settings.duration / settings.max_step if settings.max_step else 0.0
    values = settings.n * settings.stored * settings.nx + 4 * together * settings.stored * fine + settings.nt
    drawn = 6 * together * settings.waves
    work = COST_OF_STEP * steps + COST_OF_FRAME * settings.stored + COST_OF_WAVE * settings.waves
    return Cost(8.0 * (values + drawn + 8 * together * fine), settings.n * fine * work)


@dataclass(frozen=True)
class _Solved:
    """A batch u (n, stored, nx); `failed` says which are unusable and why, the other figures are of those that are."""

    u: np.ndarray
    failed: dict[int, str]
    resolution: float
    drifts: list[float]


def tail_energy(u: torch.Tensor, nx: int) -> float:
    """How much energy a grid of `nx` points loses or nearly loses: the worst share of any frame of u (n, nt, points)
    beyond 9/10 of the highest wave number of that grid.
    """
    power = torch.fft.rfft(u).abs().square_()
    total = power.sum(-1).clamp_(min=torch.finfo(u.dtype).tiny)
    return float((power[..., int(0.9 * nx / 2) :].sum(-1) / total).amax())


def _drifts(u: torch.Tensor, t: np.ndarray, length: float, densities: Sequence[sympy.Expr]) -> list[float]:
    """Drifts of the means of densities of u (n, nt, points), which is periodic."""
    x = np.arange(u.shape[-1]) * (length / u.shape[-1])
    axes = Axis(TIME, t), Axis("x", x, periodic=True)
    values = u.cpu().numpy()[..., None]
    data = Solutions(values, axes, ("u",), SolutionsInfo(), np.arange(len(values)))
    return drifts_of(*BoxMeans(data, SPACE, [Current(density) for density in densities])(values)) if densities else []


def check_parameters(
    entry: CatalogEntry | SystemEntry, parameters: Mapping[str, ParameterValue], max_step: float | None
) -> None:
    """Raise UsageError for other parameters than an entry has, and where its solver needs a step."""
    if set(parameters) != set(entry.parameters):
        known, given = (", ".join(names) or "none" for names in (entry.parameters, parameters))
        raise UsageError(f"The parameters of {entry.name} are: {known}; given: {given}.")
    if entry.max_step is not None and max_step is None:
        raise UsageError(f"Simulating {entry.name} needs a max_step, e.g. {entry.max_step}.")


def in_words(error: ValidationError) -> str:
    """What is wrong with settings, by their names."""
    parts = []
    for item in error.errors():
        where = ".".join(str(part) for part in item["loc"])
        what = reason(item)
        parts.append(f"{where} {item['input']!r}: {what[0].lower()}{what[1:]}" if where else what)
    return "; ".join(parts)


def counter(progress: Callable[[int, int], None], samples: range, n: int) -> Callable[[float], None]:
    """From the fraction of a batch to the count of all `n`."""
    return lambda fraction: progress(samples.start + int(fraction * len(samples) + 1e-9), n)


def _failures(u: torch.Tensor, u0: torch.Tensor, t: np.ndarray) -> dict[int, str]:
    """Which samples of u (n, nt, points) are unusable, and from when."""
    height = u.abs().amax(-1)  # NaN where any point is
    scale = u0.abs().amax(-1, keepdim=True)
    wild = ~(height <= GROWTH_LIMIT * scale)
    failed = {int(i): f"blew up by t = {t[int(wild[i].byte().argmax())]:.4g}" for i in wild.any(-1).nonzero()}
    return failed | {int(i): "vanished" for i in (height <= VANISHED * scale).all(-1).nonzero()}


def _complaint(name: str, bad: dict[int, str], settings: SimulationSettings) -> str:
    shown = ", ".join(f"{i} ({why})" for i, why in list(bad.items())[:8]) + (", ..." if len(bad) > 8 else "")
    cure = "a larger --amplitude or a smaller --duration"
    if any("blew" in why for why in bad.values()):
        step = f"--max-step below {settings.max_step:g}" if settings.max_step else "other parameters"
        cure = f"{step} or --amplitude below {settings.amplitude:g}"
    count = numbered(len(bad), "sample")
    return f"Simulating {name}, {count} failed: {shown}. Try {cure}; --skip-bad leaves such samples out."
