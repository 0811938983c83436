"""From solutions of a system that is not known to its equations, one for every unknown."""

from __future__ import annotations

from math import prod

import numpy as np

from symgen.discovery.regression.choice import Model
from symgen.discovery.regression.evolution import Equations, Sampled
from symgen.discovery.regression.regress import HOPELESS, MOST_SAMPLES, NOISY, STILL
from symgen.discovery.regression.system_record import MOST_EQUIVALENTS, described
from symgen.discovery.regression.systems import Progress
from symgen.equations.reading import LETTERS
from symgen.exceptions import DataError
from symgen.generators.metadata import Regression
from symgen.jets.space import JetSpace
from symgen.pde.axis import TIME, Axis
from symgen.pde.solutions import Solutions

MOST_VALUES = 2**20
"""Points of the grid, of all samples together, that are read; of longer samples the times in the middle."""
LEAST_TIMES = 40
TOO_MUCH = 0.02
"""Residual, other than of noise, above which no equation is said to be found: larger libraries approximate more."""
MOSTLY_NOISE = 0.5
"""Noise relative to the deviation, above which nothing is looked for."""
REMEDY = "Give one --equation for each unknown."


def regress_system(data: Solutions, progress: Progress | None = None) -> tuple[Regression, ...]:
    """The equation of every unknown, in their order: u_t or u_tt as a sum of few derivatives of products of unknowns.

    Raises DataError for data without t, on too small a grid, or of unknowns that do not change in time; where no
    equation with few terms fits; and where several fit about as well.
    """
    names = [axis.name for axis in data.axes]
    if TIME not in names:
        raise DataError(f"The data have no axis t, so there are no equations for derivatives in t to find. {REMEDY}")
    values, axes = _read(data)
    space = JetSpace(tuple(letter for letter in LETTERS if letter in names), data.unknowns)
    for place, name in enumerate(data.unknowns):
        field = values[..., place]
        if np.ptp(field, axis=1).max() <= STILL * max(field.std(), np.abs(field).max()):
            raise DataError(
                f"{name} does not change in time, so the data say nothing about an equation for it. {REMEDY}"
            )
    sampled = Sampled.of(values, axes, space)
    for name, noise in zip(data.unknowns, sampled.noise, strict=True):
        if noise > MOSTLY_NOISE:
            raise DataError(
                f"{noise:.0%} of {name} differs at random from one point of the grid to the next, so it is noise, or "
                f"the grid is too coarse, to find equations in. {REMEDY}"
            )
    equations = Equations(sampled)
    found = []
    for place, name in enumerate(data.unknowns):
        model = equations.best(place)
        if not _is_found(model):
            raise DataError(_none_found(model, name))
        found.append(described(model, name, space, axes, sampled.noise[place]))
        if found[-1].equivalents:
            raise DataError(_several_fit(found[-1]))
        if progress:
            progress(place + 1, len(data.unknowns))
    return tuple(found)


def _read(data: Solutions) -> tuple[np.ndarray, tuple[Axis, ...]]:
    """(n, *grid, unknown): samples spread over all, and the times in the middle where they are many."""
    points = prod(data.shape)
    samples = max(1, min(len(data), MOST_SAMPLES, MOST_VALUES // points))
    values = data.read(np.unique(np.linspace(0, len(data) - 1, samples).astype(int)))
    times = max(LEAST_TIMES, len(data.axes[0]) * MOST_VALUES // points)
    start = max(0, (len(data.axes[0]) - times) // 2)
    axis = data.axes[0]
    return values[:, start : start + times], (Axis(axis.name, axis.points[start : start + times]), *data.axes[1:])


def _is_found(model: Model) -> bool:
    limit = HOPELESS if model.is_vague else NOISY
    return model.is_clear and model.unexplained <= TOO_MUCH and model.residual <= limit


def _none_found(model: Model, name: str) -> str:
    terms = " and ".join(model.system.terms[place].text for place in model.places)
    left = f"{name}_{'t' * model.system.order}"
    return (
        f"The data come without equations, and none is found for {name}: {name}_t or {name}_tt as a sum of few "
        f"derivatives of products of {', '.join(model.search.systems[0].terms[0].space.dependent)} leaves "
        f"{model.residual:.0%} of {left} at best (with {terms}), and more terms are not worth it. Quotients, roots and "
        f"functions such as sin are in no library. {REMEDY}"
    )


def _several_fit(found: Regression) -> str:
    shown = "; ".join(found.equivalents[:MOST_EQUIVALENTS])
    return (
        f"The data come without equations and do not determine them: {found.equation} fits, and as well {shown}. "
        f"{REMEDY[:-1]}, or data with more modes or of more trajectories."
    )
