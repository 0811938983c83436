"""How well data keep the conservation laws of their equation, beside densities that are not conserved."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from math import prod

import numpy as np
import sympy

from symgen.conserved.box_means import BoxMeans, Current
from symgen.conserved.controls import products_of, terms_of
from symgen.conserved.drift import changes
from symgen.conserved.errors import ErrorSources
from symgen.equations.conservation.law import ConservationLaw
from symgen.exceptions import DataError
from symgen.generators.drift_record import EXPLAINED, DriftCurve, DriftRecord, law_verdict
from symgen.jets.space import JetSpace
from symgen.pde.axis import TIME
from symgen.pde.solution_jets import TooCoarse, is_circle
from symgen.pde.solutions import Solutions

SOME_VALUES = 2**19
"""Points of the grids of all solutions that are looked at, so that it takes about a second."""
SOME_LAWS = 12
CONTROLS, CONTROL_TIMES, CONTROL_POINTS = 4, 48, 2**17
"""Solutions and times at which densities to compare with are looked at, and points in all, at most."""
CURVE = 64
"""Times of a curve that are kept."""


@dataclass(frozen=True)
class Drifts:
    """Records of laws, and what could not be told."""

    records: tuple[DriftRecord, ...]
    notes: tuple[str, ...] = ()


def some_solutions(data: Solutions) -> np.ndarray:
    """The first solutions (n, times, *grid, unknown), as many as are quick to look at."""
    return data.read(range(max(1, min(len(data), SOME_VALUES // prod(data.shape)))))


def law_drifts(data: Solutions, space: JetSpace, laws: Sequence[ConservationLaw]) -> Drifts:
    """Drifts of laws in the first solutions; laws whose derivatives the grid does not give are left out with a note.

    Where a law depends on the place itself, a periodic axis is taken as one with ends. Raises DataError for data
    without t.
    """
    if TIME not in [axis.name for axis in data.axes]:
        raise DataError("The data have no t, so nothing can be said to stay constant in them.")
    records: dict[int, DriftRecord] = {}
    notes: list[str] = []
    values = some_solutions(data)
    if len(laws) > SOME_LAWS:
        notes.append(f"Of {len(laws)} conservation laws the first {SOME_LAWS} are looked at.")
        laws = laws[:SOME_LAWS]
    groups: dict[frozenset[str], list[int]] = {}
    for place, law in enumerate(laws):
        groups.setdefault(_opened(data, space, law), []).append(place)
    for opened, places in groups.items():
        box = _with_ends(data, opened)
        usable = []
        for place in places:
            law = laws[place]
            ends = [axis.name for axis in box.space if not is_circle(axis)]
            if ends and not law.flux:
                notes.append(f"{_called(law)} has no flux, and the data have ends in {', '.join(ends)}: left out.")
                continue
            try:
                BoxMeans(box, space, [_current(law)])
            except TooCoarse as error:
                notes.append(f"{_called(law)} is not looked at. {error}")
                continue
            usable.append(place)
        found = _of_group(box, values, space, [laws[place] for place in usable]) if usable else []
        records |= dict(zip(usable, found, strict=True))
    return Drifts(tuple(records[place] for place in sorted(records)), tuple(notes))


def _of_group(
    data: Solutions, values: np.ndarray, space: JetSpace, laws: Sequence[ConservationLaw]
) -> list[DriftRecord]:
    own = BoxMeans(data, space, [_current(law) for law in laws])
    course = changes(*own(values))
    floors = ErrorSources(data, values).floors(own)
    records = []
    for law, change, floor in zip(laws, course, floors, strict=True):
        drift = float(change.max())
        control, line, others = _control(data, values, space, law, max(drift, float(floor)))
        records.append(
            DriftRecord(
                name=law.name,
                density=str(law.density),
                flux=tuple(map(str, law.flux)),
                drift=drift,
                floor=float(floor),
                control=None if line is None else float(line.max()),
                control_density=None if control is None else str(control),
                samples=len(values),
                verdict=law_verdict(drift, float(floor), None if line is None else float(line.max())),
                curve=curve_of(own.times, change, others, line),
            )
        )
    return records


def _control(
    data: Solutions, values: np.ndarray, space: JetSpace, law: ConservationLaw, drift: float
) -> tuple[sympy.Expr | None, np.ndarray | None, np.ndarray | None]:
    """Of the law's terms that whose mean changes most; of its products with unknowns where no term changes more than
    the law does. With its changes (n, times), and these times.
    """
    some = values[:CONTROLS]
    most = int(np.clip(CONTROL_POINTS // (len(some) * max(1, prod(data.shape[1:]))), 2, CONTROL_TIMES))
    best: tuple[sympy.Expr | None, np.ndarray | None, np.ndarray | None] = (None, None, None)
    for candidates in (terms_of(law.density), products_of(space, law.density)):
        if not candidates:
            continue
        try:
            means = BoxMeans(data, space, [Current(density) for density in candidates], most)
        except TooCoarse:
            continue
        course = changes(*means(some))
        largest = np.nan_to_num(course.max((-2, -1)), nan=-1.0)
        place = int(largest.argmax())
        if best[1] is None or largest[place] > best[1].max():
            best = candidates[place], course[place], means.times
        if largest[place] > EXPLAINED * drift:
            break
    return best


def curve_of(
    times: np.ndarray, change: np.ndarray, others: np.ndarray | None = None, control: np.ndarray | None = None
) -> DriftCurve:
    """The largest changes of all solutions (n, times) at some of the times; the control's at the same places."""
    shown = np.unique(np.linspace(0, len(times) - 1, CURVE).round().astype(int))
    line: tuple[float, ...] = ()
    if others is not None and control is not None:
        line = _short(np.interp(times[shown], others, control.max(0)))
    return DriftCurve(t=_short(times[shown], 7), change=_short(change.max(0)[shown]), control=line)


def _short(values: np.ndarray, digits: int = 4) -> tuple[float, ...]:
    return tuple(float(f"{value:.{digits}g}") for value in values)


def _current(law: ConservationLaw) -> Current:
    return Current(law.density, law.flux)


def _opened(data: Solutions, space: JetSpace, law: ConservationLaw) -> frozenset[str]:
    """Periodic axes whose coordinate is in a law, which then is not periodic."""
    names = {symbol.name for part in (law.density, *law.flux) for symbol in part.free_symbols}
    return frozenset(axis.name for axis in data.space if is_circle(axis) and axis.name in names)


def _with_ends(data: Solutions, names: frozenset[str]) -> Solutions:
    axes = tuple(replace(axis, periodic=False) if axis.name in names else axis for axis in data.axes)
    return replace(data, axes=axes)


def _called(law: ConservationLaw) -> str:
    return f"The law of {law.name or law.density}"
