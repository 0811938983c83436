"""What is written down about the equations of several unknowns that were found together."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
import sympy

from symgen.discovery.regression.ambiguity import others
from symgen.discovery.regression.choice import Model
from symgen.discovery.regression.denoise import LEAST_NOISE
from symgen.discovery.regression.joint import Coupled, Group, left_of
from symgen.discovery.regression.record import equation_text
from symgen.discovery.regression.restricted import Restricted
from symgen.discovery.regression.system_record import MUCH, NOISY, formula, simplest, vague
from symgen.discovery.regression.systems import System
from symgen.generators.metadata import RegressedTerm, Regression
from symgen.jets.space import JetSpace


def joint_records(
    model: Model, group: Group, space: JetSpace, noise: Sequence[float], assumed: tuple[str, ...]
) -> dict[int, Regression]:
    """Of each unknown of a group. Coefficients that the symmetries tie are rounded as one, so that they stay tied."""
    system = model.system
    assert isinstance(system, Restricted)
    errors = model.errors
    if max(noise[a] for a in group) < LEAST_NOISE:  # then what is left is the grid's, alike in all parts of the data
        errors = np.maximum(errors, model.residual / system.sizes(model.places))
    equivalents = tuple(equation_text(sympy.Symbol("left"), system, *other) for other in others(model))
    records = {}
    for a in group:
        left = left_of(space, a, system.order)
        terms = _terms(model, system, errors, group, a)
        rows = _rows(system, group, a)
        records[a] = Regression(
            equation=formula(left, _right(model, system, errors, a), space),
            left=str(left),
            terms=tuple(terms),
            residual=own_residual(model, group, a),
            noise=noise[a],
            window=(system.window.x, system.window.t),
            rows=rows.stop - rows.start,
            library="products",
            assumed=assumed,
            equivalents=equivalents,
            doubts=tuple(_doubts(model, str(left), terms)),
        )
    return records


def own_residual(model: Model, group: Group, unknown: int) -> float:
    """What the equation of one unknown leaves of its left-hand side."""
    system = model.system
    rows = _rows(system, group, unknown)
    target = system.target[rows]
    rest = target - system.columns[rows][:, list(model.places)] @ model.coefficients
    return float(np.linalg.norm(rest) / (np.linalg.norm(target) + 1e-300))


def _rows(system: System, group: Group, unknown: int) -> slice:
    """Of one unknown, as many as of each."""
    count = len(system.target) // len(group)
    start = group.index(unknown) * count
    return slice(start, start + count)


def _terms(model: Model, system: Restricted, own: np.ndarray, group: Group, unknown: int) -> list[RegressedTerm]:
    """Of the equation of one unknown, with the errors of what they are made of."""
    places = list(model.places)
    values = system.in_plain(places, model.coefficients)
    errors = np.abs(system.matrix[:, places]) @ own
    rows = [n for n, term in enumerate(system.plain.terms) if _is_of(term, unknown) and values[n]]
    target = np.linalg.norm(system.target[_rows(system, group, unknown)])
    return [
        RegressedTerm(
            text=system.plain.terms[n].parts[0][2].text,
            coefficient=float(values[n]),
            error=float(errors[n]),
            share=float(abs(values[n]) * np.linalg.norm(system.plain.columns[:, n]) / target),
        )
        for n in rows
    ]


def _is_of(term: Coupled, unknown: int) -> bool:
    return term.parts[0][0] == unknown


def _right(model: Model, system: Restricted, errors: np.ndarray, unknown: int) -> sympy.Expr:
    right = sympy.S.Zero
    for place, value, error in zip(model.places, model.coefficients, errors, strict=True):
        known = system.known(place)
        rounded = simplest(float(value), float(error)) if known is None else known
        for a, factor, term in system.terms[place].parts:
            if a == unknown:
                right += rounded * factor * term.in_jets
    return right


def _doubts(model: Model, left: str, terms: Sequence[RegressedTerm]) -> Iterator[str]:
    yield from vague(left, terms)
    if model.is_noise and model.residual > NOISY:
        yield (
            f"Noise makes {model.residual:.1%} of {left}, and may hide terms of its equation that are no larger. More "
            "data, or less noise, would tell."
        )
    if model.unexplained > MUCH:
        yield (
            f"The equation for {left} leaves {model.residual:.1%} of it, of which noise makes {model.floor:.1%}: a "
            "term may be missing, or the grid is too coarse."
        )
