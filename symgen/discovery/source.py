"""Where the data and the equation of a discovery come from: the catalog, a file, the user's formula."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from symgen.catalog import get
from symgen.catalog.cache import simulated
from symgen.catalog.simulate import SimulationSettings
from symgen.discovery.axis_order import in_order
from symgen.discovery.regression import with_regression
from symgen.discovery.regression.assumption import GIVEN
from symgen.discovery.regression.terms import Library
from symgen.equations.notation import plain
from symgen.exceptions import UsageError
from symgen.pde.equation import Equation
from symgen.pde.grammar import SPACE
from symgen.pde.parameters import require_used, require_values
from symgen.pde.readers.content import Content
from symgen.pde.solutions import periodic_of
from symgen.pde.trajectories import Trajectories, load_trajectories

DEFAULT_SAMPLES = 16


def find_source(
    name: str | None,
    path: Path | None,
    formula: str | None,
    parameters: Mapping[str, float | str],
    samples: int = DEFAULT_SAMPLES,
    seed: int = 0,
    skip_bad: bool = False,
    device: str = "cpu",
    progress: Callable[[int, int], None] | None = None,
    field: str | None = None,
    boundary: str | Mapping[str, str] | None = None,
    library: Library | None = None,
    x: str | None = None,
    t: str | None = None,
    content: Content | None = None,
    assume: Sequence[str] = (),
) -> tuple[Trajectories, Equation]:
    """Data and equation for a discovery.

    Data: the file `path`, else simulated from the catalog's `name` (and kept in the cache). Equation: `formula`,
    else the catalog's `name`, else what the file says, else what regression finds in the data. The data's `info` names
    the equation that is used.
    `field`, `x`, `t` and `boundary` (periodic or open, or one of these by axis) say more about the file, see
    `load_trajectories`; `library` (plain or all) which terms regression tries and `assume` which symmetries the
    equation has, see `regress`; `content` is that of the file, if it has been read. Where the file does not tell x from
    t, the equation does, see `in_order`.
    Raises UsageError where that is not enough, DataError for an unusable file.
    """
    source = str(path)
    if path is None:
        if name is None or formula is not None:
            raise UsageError("Name an equation of the catalog, or give a file of data with --data.")
        if field or x or t:
            raise UsageError("--u, --x and --t say more about a file of data: give it with --data.")
        if assume:
            raise UsageError(GIVEN)
        settings = SimulationSettings.for_equation(name, n=samples, seed=seed, parameters=dict(parameters))
        path = simulated(name, settings, device, progress)
        source = f"simulated with seed {seed}"
    elif name is not None and formula is not None:
        raise UsageError(f"Give either the name {name} or --equation, not both.")
    if name is not None:
        get(name)  # a typo is worth more than what is wrong with the file
    data = load_trajectories(path, skip_bad, field, periodic_of(boundary), x, t, content)
    data, equation = told_or_found(data, name, formula, parameters, progress, library, assume)
    return replace(data, source=source), equation


def told_or_found(
    data: Trajectories,
    name: str | None,
    formula: str | None,
    parameters: Mapping[str, float | str],
    progress: Callable[[int, int], None] | None = None,
    library: Library | None = None,
    assume: Sequence[str] = (),
) -> tuple[Trajectories, Equation]:
    """Data with their equation: the one given, that of their file, or what regression finds; see `find_source`."""
    data = with_equation(data, name, formula, parameters)
    if data.info.equation is None and parameters:
        where = data.source or "The data"
        raise UsageError(f"{where} does not say which equation it solves, so there is nothing with parameters.")
    if data.info.equation is not None and assume:
        raise UsageError(GIVEN)
    if data.info.equation is not None and library is not None:
        raise UsageError("--terms is about an equation that is sought in the data, and here it is given.")
    data = in_order(data, library, progress, assume)
    info = data.info
    if info.equation is None:
        data = with_regression(data, progress, library, assume)
        info = data.info
    return data, Equation.from_string(info.equation or "", info.parameters)


def with_equation(
    data: Trajectories, name: str | None, formula: str | None, parameters: Mapping[str, float | str]
) -> Trajectories:
    """The data with the equation that is given, or else that of their file; UsageError for unknown parameters."""
    info = data.info
    require_values(parameters, "An equation of data")
    if formula is not None:
        (formula,) = plain([formula], parameters, SPACE.independent, SPACE.dependent).texts
        left, equals, right = formula.partition("=")
        formula = f"{left.strip()} - ({right.strip()})" if equals else formula
        require_used(formula, parameters)
        info = info.model_copy(update={"equation": formula, "name": None, "parameters": dict(parameters)})
    elif name is not None:
        entry = get(name)
        known = {**entry.parameters, **(info.parameters if info.name == name else {}), **parameters}
        unknown = set(known) - set(entry.parameters)
        if unknown:
            raise UsageError(f"{name} has no parameter {sorted(unknown)[0]!r}.")
        info = info.model_copy(update={"equation": entry.expression, "name": name, "parameters": known})
    elif parameters and info.equation is not None:
        require_used(info.equation, parameters)
        info = info.model_copy(update={"parameters": {**info.parameters, **parameters}})
    return replace(data, info=info, stated=None if info == data.info else data.info)
