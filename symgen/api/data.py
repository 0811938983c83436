"""Solutions from files, from arrays, and from the catalog."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from symgen.api.heard import Heard, Progress
from symgen.api.options import place_of
from symgen.api.words import python_words
from symgen.exceptions import UsageError
from symgen.pde.solutions import Solutions, periodic_of

if TYPE_CHECKING:
    import torch


@python_words()
def load_data(
    path: str | Path,
    *,
    field: str | None = None,
    x: str | tuple[float, float] | None = None,
    y: str | tuple[float, float] | None = None,
    z: str | tuple[float, float] | None = None,
    t: str | tuple[float, float] | None = None,
    boundary: Literal["periodic", "open"] | Mapping[str, str] | None = None,
    skip_bad: bool = False,
) -> Solutions:
    """Open a file of solutions of any kind that symgen reads, and check it.

    `data["u"]` are the values (sample, time, x, ...) of an unknown, `data["x"]` the points of an axis. `field` says
    which array alone is wanted, `x`, `y`, `z`, `t` the name of a coordinate in the file, another file, or its first and
    last point; `boundary` whether solutions are periodic. Bad samples are refused, or left out with `skip_bad`. Raises
    DataError for a file that cannot be used; doubts are warnings.

    >>> import os, tempfile, symgen
    >>> path = os.path.join(tempfile.mkdtemp(), "kepler.h5")
    >>> symgen.simulate("kepler", 2).save(path)
    >>> symgen.load_data(path)["q1"].shape
    (2, 257)
    """
    from symgen.api.arrays_given import range_of
    from symgen.discovery.requests.listener import tell_origin
    from symgen.pde.solutions_file import load_solutions

    said = {name: range_of(name, own) for name, own in zip("xtyz", (x, t, y, z), strict=True) if own is not None}
    data = load_solutions(path, skip_bad, field, periodic_of(boundary), **said)
    tell_origin(Heard(), data)
    return data


@python_words()
def simulate(
    name: str,
    n: int | None = None,
    *,
    parameters: Mapping[str, float | str] | None = None,
    points: int | None = None,
    times: int | None = None,
    stored: int | None = None,
    length: float | None = None,
    duration: float | None = None,
    waves: int | tuple[int, int] | None = None,
    sines: int | None = None,
    amplitude: float | None = None,
    max_step: float | None = None,
    batch: int | None = None,
    skip_bad: bool = False,
    seed: int = 0,
    device: str | torch.device = "auto",
    progress: Progress | None = None,
) -> Solutions:
    """Solve an equation or a system of the catalog `n` times from random initial data, as `symgen simulate` does.

    What is not given is the default of `name`: `points` along each axis of space; `times` over the whole `duration`,
    of which the last `stored` are kept (one u(x, t) only); the `length` of the periodic domain; initial data of `sines`
    with `waves` (from, to) per domain and at most `amplitude`. Raises UsageError for another name or a setting that
    cannot be, SolverError where samples fail, unless `skip_bad` leaves these out.

    >>> import symgen
    >>> data = symgen.simulate("lotka-volterra", 2, seed=1)
    >>> data
    <Solutions: 2 samples of u, v on 257 in t, of u_t = u - u*v, v_t = u*v - v>
    """
    from symgen.names import CATALOG, SYSTEMS, unknown

    if name not in CATALOG:
        raise unknown(name)
    heard, place = Heard(progress), place_of(device)
    same: dict[str, Any] = {
        "duration": duration,
        "amplitude": amplitude,
        "seed": seed,
        "max_step": max_step,
        "batch": batch,
    }
    same |= {"n": n, "parameters": dict(parameters or {}), "waves": sines}
    with heard.progress(f"Solving {name}") as update:
        if name not in SYSTEMS:
            lowest, highest = (waves, waves) if waves is None or isinstance(waves, int) else waves
            own = {"nx": points, "nt": times, "stored": stored, "length": length, "lowest": lowest, "highest": highest}
            return _equation(name, {**same, **own}, place, skip_bad, heard, update)
        if waves is not None or stored is not None:
            wrong = "waves" if waves is not None else "stored"
            raise UsageError(f"{wrong} makes no sense for {name}, which is a system: all its times are stored.")
        return _system(
            name, {**same, "points": points, "times": times, "lengths": length}, place, skip_bad, heard, update
        )


def _equation(name: str, given: dict[str, Any], device: str, skip_bad: bool, heard: Heard, update: Any) -> Solutions:
    from symgen.catalog.doubts import doubts
    from symgen.catalog.simulate import SimulationSettings
    from symgen.catalog.simulate import simulate as solve

    settings = SimulationSettings.for_equation(name, **given)
    data = solve(name, settings, device, update, skip_bad).solutions
    _tell(heard, doubts(name, settings, data.info.settings))
    return data


def _system(name: str, given: dict[str, Any], device: str, skip_bad: bool, heard: Heard, update: Any) -> Solutions:
    from symgen.catalog.doubts import doubts
    from symgen.catalog.simulate_system import SystemSimulationSettings, simulate_system

    settings = SystemSimulationSettings.for_system(name, **given)
    data = simulate_system(name, settings, device=device, progress=update, skip_bad=skip_bad)
    _tell(heard, doubts(name, settings, data.info.settings))
    return data


def _tell(heard: Heard, doubts: Sequence[str]) -> None:
    for doubt in doubts:
        heard.warning(doubt)
