"""Simulated solutions of the catalog's systems: random initial data, solver, checks."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any

import numpy as np
import torch
from pydantic import BaseModel, Field, ValidationError, model_validator

from symgen import catalog
from symgen.bounds import MOST, SETTINGS, Amount, Positive, Seed
from symgen.catalog.simulate import COST_OF_WAVE, GROWTH_LIMIT, check_parameters, counter, in_words
from symgen.catalog.system_entry import SystemEntry
from symgen.conserved.drift import drifts_of
from symgen.cost import Cost, require_affordable
from symgen.exceptions import SolverError, UsageError
from symgen.expressions import CompiledExpressions
from symgen.pde.axis import TIME, Axis
from symgen.pde.info import SolutionsInfo
from symgen.pde.parameters import ConstantText
from symgen.pde.solutions import Solutions
from symgen.processes import parts, shared_out
from symgen.simulation.exponential_steps import march
from symgen.simulation.initial import random_states
from symgen.simulation.ordinary import solve_ordinary
from symgen.simulation.spectral_form import GridFunctions, SpectralForm
from symgen.threads import one_thread
from symgen.words import numbered

SMALL = 100_000
"""So many values of a batch at one time are solved on one thread: more only wait for each other."""
RTOL = 1e-12
"""Of a step of ordinary equations."""
COST_OF_STEP, COST_OF_TIME = 1e-6, 2e-4
"""Seconds for a value of a grid in a step of the solver, and for a time of ordinary equations."""
CURE = "Ask for less: see --samples, --points, --nt, --sines, --duration and --max-step."
EDGE = 0.9
"""Waves beyond this share of the grid's highest are its edge."""


class SystemSimulationSettings(BaseModel):
    """All that decides what `simulate_system` makes; `for_system` gives the defaults of a system."""

    model_config = SETTINGS

    n: Amount = 16
    """Solutions."""
    points: dict[str, Annotated[int, Field(ge=8, le=MOST)]] = {}
    """Of the periodic box, by axis."""
    lengths: dict[str, Positive] = {}
    """Its periods."""
    times: int = Field(33, ge=2, le=MOST)
    """Over [0, duration], both ends included; all are stored."""
    duration: Positive
    parameters: dict[str, Annotated[float, Field(allow_inf_nan=False)] | ConstantText] = {}
    amplitude: Positive
    """Largest height of a wave in the initial data."""
    waves: Amount = 4
    """Waves in every part of the initial state."""
    highest: Amount = 2
    """Periods of a wave along each axis, at most."""
    seed: Seed = 0
    max_step: Positive | None = None
    """Longest step of the solver; None for exact solutions and adaptive steps."""
    batch: Amount = 8
    """Solutions advanced at a time; the result does not depend on it, the memory does."""

    @model_validator(mode="after")
    def _consistent(self) -> SystemSimulationSettings:
        for axis, count in self.points.items():
            if not self.highest <= count // 3:
                raise ValueError(f"waves of {self.highest} periods need more than {count} points in {axis}")
        return self

    @classmethod
    def for_system(cls, name: str, **overrides: Any) -> SystemSimulationSettings:
        """The system's defaults with some replaced (None: not replaced).

        `points` and `lengths` are given by axis, or as one number for all. Raises UsageError for an unknown system,
        setting or parameter, a value out of range, and what ordinary equations or exact solutions do not have.
        """
        entry = catalog.system(name)
        given = {key: value for key, value in overrides.items() if value is not None}
        for key, own in (("points", entry.points), ("lengths", entry.lengths)):
            if key in given:
                given[key] = _by_axis(entry, key, own, given[key])
        if "waves" in given and not entry.lengths:
            raise UsageError(
                f"{name} is a system of ordinary equations: its initial data have no sines, see --amplitude."
            )
        given["parameters"] = {**entry.parameters, **given.get("parameters", {})}
        defaults: dict[str, Any] = {
            "points": dict(entry.points),
            "lengths": dict(entry.lengths),
            "times": entry.times,
            "duration": entry.duration,
            "amplitude": entry.initial.amplitude,
            "waves": entry.initial.waves,
            "highest": entry.initial.highest,
            "max_step": entry.max_step,
        }
        try:
            settings = cls.model_validate({**defaults, **given})
        except ValidationError as error:
            raise UsageError(f"Settings for simulating {name}: {in_words(error)}.") from error
        _check(entry, settings)
        return settings


def simulate_system(
    name: str,
    settings: SystemSimulationSettings | None = None,
    device: str | torch.device = "cpu",
    progress: Callable[[int, int], None] | None = None,
    skip_bad: bool = False,
) -> Solutions:
    """Solve a system of the catalog from random initial data, in float64.

    Sample i of a seed is the same whatever `n` and `batch` are. `progress(done, n)` counts solutions, in fractions
    rounded down while a batch is under way. `info.settings` records the settings, the `resolution` (see `edge_energy`;
    above 1e-6 the grid is too coarse), the `drifts` of what is conserved (see `symgen.conserved.drift`) and the samples
    `dropped`. Several processes do a share each, and all get the whole.

    Raises SolverError if samples blow up (with `skip_bad`: only if all do), UsageError for an unknown name or settings
    that do not fit it. Ordinary equations are solved on the CPU.
    """
    entry = catalog.system(name)
    settings = settings or SystemSimulationSettings.for_system(name)
    _check(entry, settings)
    require_affordable(f"Simulating {name} so", cost_of(entry, settings), CURE)
    system = entry.system(settings.parameters)
    axes = [
        Axis(axis, np.arange(settings.points[axis]) * (length / settings.points[axis]), periodic=True)
        for axis, length in settings.lengths.items()
    ]
    about = {key: value for key, value in entry.initial.means.items() if key in system.space.dependent}
    form = SpectralForm(system, axes, about, device if axes else "cpu")
    run = _Run(entry, settings, form, np.linspace(0, settings.duration, settings.times))
    values = np.empty((settings.n, settings.times, *settings.points.values(), len(system.space.dependent)))
    bad: dict[int, str] = {}
    resolution, drifts = 0.0, dict.fromkeys([density.name for density in entry.densities], 0.0)
    batches = parts(settings.n, settings.batch)

    def solved(place: int) -> Solved:
        samples = batches[place]
        small = form.device.type == "cpu" and len(samples) * values[0, 0].size <= SMALL
        with one_thread(small):
            return run.solve(samples, counter(progress, samples, settings.n) if progress else None)

    for samples, found in zip(batches, shared_out(len(batches), solved), strict=False):
        values[samples.start : samples.stop] = found.values
        bad |= {samples[i]: why for i, why in found.failures.items()}
        if bad and not skip_bad:
            break
        good = [i for i in range(len(samples)) if i not in found.failures]
        if good:
            resolution = max(resolution, edge_energy(found.values[good], len(axes)))
            drifted = drifts_of(found.densities[:, good], found.sizes[:, good])
            drifts = {k: max(v, d) for (k, v), d in zip(drifts.items(), drifted, strict=True)}
    kept = [i for i in range(settings.n) if i not in bad]
    if bad and not (skip_bad and kept):
        raise SolverError(_complaint(name, bad, settings))
    info = SolutionsInfo(
        equations=entry.equations,
        name=name,
        parameters=settings.parameters,
        complex=tuple(system.complex_unknowns),
        seed=settings.seed,
        solver=entry.solver,
        settings={**settings.model_dump(), "resolution": resolution, "drifts": drifts, "dropped": sorted(bad)},
    )
    unknowns = {each: values[kept][..., place] for place, each in enumerate(system.space.dependent)}
    return Solutions.from_arrays(unknowns, {TIME: run.t, **{axis.name: axis for axis in axes}}, info)


def cost_of(entry: SystemEntry, settings: SystemSimulationSettings) -> Cost:
    """What it takes to simulate with these settings."""
    values, together = math.prod(settings.points.values()) * len(entry.unknowns), min(settings.batch, settings.n)
    steps = max(settings.times, settings.duration / settings.max_step if settings.max_step else 0.0)
    kept = settings.n + 4 * together
    work = values * (COST_OF_STEP * steps + COST_OF_WAVE * settings.waves) + COST_OF_TIME * settings.times
    return Cost(8.0 * values * (kept * settings.times + 16 * together), settings.n * work)


@dataclass(frozen=True)
class Solved:
    """A batch: `values` (n, times, *grid, unknown), mean `densities` and means of their sizes (density, n, times)."""

    values: np.ndarray
    densities: np.ndarray
    sizes: np.ndarray
    failures: Mapping[int, str]
    """Which samples are unusable, and from when."""


class _Run:
    """Everything that all samples share."""

    def __init__(
        self, entry: SystemEntry, settings: SystemSimulationSettings, form: SpectralForm, t: np.ndarray
    ) -> None:
        self.entry, self.settings, self.form, self.t = entry, settings, form, t
        self.densities = entry.density_expressions(settings.parameters)
        self._on_grid = GridFunctions(form, self.densities) if form.axes else None
        self.state = [str(form.system.space.symbol(jet)) for jet in form.state]

    def initial(self, samples: Sequence[int]) -> np.ndarray:
        """(samples, state, *grid)"""
        drawn = self.entry.initial
        waves = (self.settings.amplitude, drawn.means, self.settings.waves, self.settings.highest)
        states = random_states(samples, self.settings.seed, self.state, self.form.axes, *waves)
        return states if drawn.shape is None else drawn.shape(states)

    @torch.no_grad()
    def solve(self, samples: Sequence[int], report: Callable[[float], None] | None) -> Solved:
        initial = self.initial(samples)
        found = self._in_space(initial, report) if self.form.axes else self._ordinary(initial, report)
        values, densities, sizes, failures = found
        heights = np.abs(values).reshape(*values.shape[:2], -1).max(-1)  # NaN where any value is
        wild = ~(heights <= GROWTH_LIMIT * heights[:, :1])
        failures |= {
            int(i): f"blew up by t = {self.t[int(wild[i].argmax())]:.4g}" for i in np.flatnonzero(wild.any(-1))
        }
        for name in self.entry.positive:
            place = self.form.system.space.dependent.index(name)
            lowest = values[..., place].reshape(*values.shape[:2], -1).min(-1)
            for i in np.flatnonzero((lowest <= 0).any(-1)):
                failures[int(i)] = f"{name} is not positive at t = {self.t[int((lowest[i] <= 0).argmax())]:.4g}"
        return Solved(values, densities, sizes, failures)

    def _in_space(self, initial: np.ndarray, report: Callable[[float], None] | None) -> tuple[Any, ...]:
        form, frames, means, sizes = self.form, [], [], []
        start = torch.as_tensor(initial, device=form.device)
        for now, modes in zip(self.t, march(form, start, self.t.tolist(), self.settings.max_step, report), strict=True):
            frames.append(form.unknowns(modes).cpu())
            if self.densities and self._on_grid:
                grids = self._on_grid(modes, float(now)).flatten(2)  # (density, n, points)
                means.append(grids.mean(-1).cpu())
                sizes.append(grids.abs().mean(-1).cpu())
        nothing = torch.empty(0, len(initial), len(self.t))
        both = [torch.stack(each, -1) if self.densities else nothing for each in (means, sizes)]
        return torch.stack(frames, 1).numpy(), both[0].numpy(), both[1].numpy(), {}

    def _ordinary(self, initial: np.ndarray, report: Callable[[float], None] | None) -> tuple[Any, ...]:
        states = np.full((len(initial), len(self.t), len(self.state)), np.nan)
        failures = {}
        for i, state in enumerate(initial):
            try:
                states[i] = solve_ordinary(self.form, state, self.t.tolist(), RTOL)
            except SolverError as error:
                failures[i] = str(error).split(".")[0].removeprefix("The solution ")
            if report:
                report((i + 1) / len(initial))
        space = self.form.system.space
        symbols = [*space.variables, *map(space.symbol, self.form.state)]
        columns = [torch.as_tensor(self.t).expand(states.shape[:2]), *torch.as_tensor(states).unbind(-1)]
        nothing = np.empty((0, *states.shape[:2]))
        means = CompiledExpressions(symbols, self.densities)(columns).numpy() if self.densities else nothing
        places = [place for place, jet in enumerate(self.form.state) if not jet.order]
        return states[..., places], means, np.abs(means), failures


def edge_energy(values: np.ndarray, dimension: int) -> float:
    """How much energy the grid nearly loses: the worst share of any frame of any unknown of (n, times, *grid, unknown)
    in waves beyond 9/10 of the highest along some axis; 0 for ordinary equations.
    """
    if not dimension:
        return 0.0
    dims = tuple(range(2, 2 + dimension))
    power = np.abs(np.fft.fftn(values, axes=dims)) ** 2
    grid = values.shape[2:-1]
    edge = np.zeros(grid, bool)
    for place, points in enumerate(grid):
        waves = np.abs(np.fft.fftfreq(points, 1 / points))
        edge |= (waves >= int(EDGE * points / 2)).reshape(*(-1 if k == place else 1 for k in range(dimension)))
    total = np.maximum(power.sum(dims), np.finfo(float).tiny)
    return float(((power * edge[..., None]).sum(dims) / total).max())


def _by_axis(entry: SystemEntry, key: str, own: Mapping[str, Any], given: Any) -> dict[str, Any]:
    if not own:
        raise UsageError(f"{entry.name} is a system of ordinary equations: it has no {key} in space.")
    if not isinstance(given, Mapping):
        return dict.fromkeys(own, given)
    if wrong := [axis for axis in given if axis not in own]:
        raise UsageError(f"{entry.name} has no axis {wrong[0]!r} of space. It has {', '.join(own)}.")
    return {**own, **given}


def _check(entry: SystemEntry, settings: SystemSimulationSettings) -> None:
    check_parameters(entry, settings.parameters, settings.max_step)
    if not set(settings.points) == set(settings.lengths) == set(entry.lengths):
        raise UsageError(f"The axes of space of {entry.name} are: {', '.join(entry.lengths) or 'none'}.")
    if entry.max_step is None and settings.max_step is not None:
        raise UsageError(f"The solutions of {entry.name} are made without steps of a given length: {entry.solver}.")


def _complaint(name: str, bad: Mapping[int, str], settings: SystemSimulationSettings) -> str:
    shown = ", ".join(f"{i} ({why})" for i, why in list(bad.items())[:8]) + (", ..." if len(bad) > 8 else "")
    cure = f"--max-step below {settings.max_step:g}" if settings.max_step else "other parameters"
    count = numbered(len(bad), "sample")
    return (
        f"Simulating {name}, {count} failed: {shown}. Try {cure} or --amplitude below {settings.amplitude:g}; "
        "--skip-bad leaves such samples out."
    )
