"""From solutions of a system that is not known to its equations, one for every unknown."""

from __future__ import annotations

from collections.abc import Sequence
from math import prod

import numpy as np

from symgen.discovery.regression.assumption import assumed_fields, assumed_texts
from symgen.discovery.regression.choice import Model
from symgen.discovery.regression.contradiction import Free, contradiction, suspicions
from symgen.discovery.regression.denoise import LEAST_NOISE
from symgen.discovery.regression.evolution import Equations, Sampled
from symgen.discovery.regression.integrals import Box
from symgen.discovery.regression.joint import joint_models
from symgen.discovery.regression.joint_record import joint_records, own_residual
from symgen.discovery.regression.posterior import FoundEquation, posterior_of
from symgen.discovery.regression.regress import HOPELESS, MOST_SAMPLES, NOISY, STILL
from symgen.discovery.regression.restricted import Restricted
from symgen.discovery.regression.system_record import MOST_EQUIVALENTS, described, judged
from symgen.discovery.regression.systems import Progress
from symgen.equations.invariant import Components
from symgen.equations.posterior import Posterior
from symgen.equations.reading import LETTERS
from symgen.exceptions import DataError, UsageError
from symgen.generators.metadata import Regression
from symgen.jets.space import JetSpace
from symgen.pde.axis import TIME, Axis
from symgen.pde.readers.remembered import evenly
from symgen.pde.solutions import Solutions

MOST_VALUES = 2**20
"""Points of the grid, of all samples together, that are read; of longer samples the times in the middle."""
LEAST_TIMES = 40
TOO_MUCH = 0.02
"""Residual, other than of noise, above which no equation is said to be found: larger libraries approximate more."""
MOSTLY_NOISE = 0.5
"""Noise relative to the deviation, above which nothing is looked for."""
REMEDY = "Give one --equation for each unknown."


def regress_system(
    data: Solutions, progress: Progress | None = None, assume: Sequence[str] = ()
) -> tuple[Regression, ...]:
    """The records of `found_system`."""
    return tuple(one.record for one in found_system(data, progress, assume))


def found_system(
    data: Solutions, progress: Progress | None = None, assume: Sequence[str] = ()
) -> tuple[FoundEquation, ...]:
    """The equation of every unknown, in their order: u_t or u_tt as a sum of few derivatives of products of unknowns.

    Unknowns that change by noise alone have u_t = 0. With `assume`, symmetries such as `t*d/dx + d/du`, only equations
    that have these are tried, those of all unknowns together. Raises DataError for data without t, on too small a
    grid, or of unknowns that do not change in time; where no equation with few terms fits; where several fit about as
    well; and where the data contradict what is assumed. UsageError for fields that cannot be assumed.
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
    if assume:
        records = _with_symmetries(equations, assumed_fields(assume, space.names), progress)
        return tuple(FoundEquation(record, None) for record in records)
    found = []
    for place, name in enumerate(data.unknowns):
        model = equations.best(place)
        if not _is_found(model):
            constant = equations.constant(place)
            if constant is None:
                raise DataError(_none_found(model, name))
            model = constant
        record = described(model, name, space, axes, sampled.noise[place])
        if record.equivalents:
            raise DataError(_several_fit(record))
        found.append(FoundEquation(record, _posterior(model, axes, sampled.noise[place])))
        if progress:
            progress(place + 1, len(data.unknowns))
    if not any(one.record.terms for one in found):
        raise DataError(
            f"Noise accounts for all changes of {', '.join(data.unknowns)} in time, so there are no equations to find. "
            f"{REMEDY}"
        )
    return tuple(found)


def _posterior(model: Model, axes: Sequence[Axis], noise: float) -> Posterior:
    own = judged(model, axes, noise)
    window = model.system.window
    assert isinstance(window, Box)
    widths = {axis.name: half * axis.step for axis, half in zip(axes, window.halves, strict=True)}
    used = [float(value) for value in own.used]
    return posterior_of(model, own.kept, used, own.errors, noise < LEAST_NOISE, widths)


def _with_symmetries(
    equations: Equations, fields: Sequence[Components], progress: Progress | None
) -> tuple[Regression, ...]:
    space, noise = equations.space, equations.data.noise
    models = joint_models(equations, fields)
    if models is None:
        raise UsageError(
            "No equations in u_t or u_tt with terms of the library have the symmetries that --assume gives, or only "
            "such as say that an unknown does not change. Leave out some of them."
        )
    records: dict[int, Regression] = {}
    for group, model in models.items():
        names = [space.dependent[a] for a in group]
        others, left = [], [own_residual(model, group, place) for place in group]
        for place in group:
            others.append(_free(model, place, equations.best(place)))
            if progress:
                progress(len(records) + len(others), len(space.dependent))
        if contradicted := contradiction(model, left, others):
            raise DataError(contradicted)
        if not _is_found(model):
            raise DataError(
                f"No equations with the symmetries that --assume gives are found for {', '.join(names)}: the best "
                f"leave {model.residual:.0%}. Leave some of them out, or give one --equation for each unknown."
            )
        records |= joint_records(model, group, space, noise, assumed_texts(fields, space))
        first = records[group[0]]
        if first.equivalents:
            raise DataError(_several_fit(first))
        records[group[0]] = first.model_copy(update={"doubts": (*first.doubts, *suspicions(model, left, others))})
    return tuple(records[place] for place in range(len(space.dependent)))


def _free(model: Model, unknown: int, free: Model) -> Free:
    """Beside a model of several unknowns with an assumption, the best of one without."""
    system = model.system
    assert isinstance(system, Restricted)
    known = {term.parts[0][::2]: place for place, term in enumerate(system.plain.terms)}
    terms = [(unknown, free.system.terms[place]) for place in free.places]
    same = free.system.order == system.order and all(term in known for term in terms)
    name = terms[0][1].space.dependent[unknown]
    return Free(name, free, _is_found(free), tuple(known[term] for term in terms) if same else None)


def _read(data: Solutions) -> tuple[np.ndarray, tuple[Axis, ...]]:
    """(n, *grid, unknown): samples spread over all, and the times in the middle where they are many."""
    points = prod(data.shape)
    samples = max(1, min(len(data), MOST_SAMPLES, MOST_VALUES // points))
    values = data.read(evenly(len(data), samples))
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
