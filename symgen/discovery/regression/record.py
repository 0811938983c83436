"""What is written down about an equation that was found."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import sympy

from symgen.discovery.regression.choice import CLEAR, Model, Search
from symgen.discovery.regression.doubts import doubts
from symgen.discovery.regression.systems import Grid, System
from symgen.discovery.regression.truncation import truncation_terms
from symgen.generators.metadata import RegressedTerm, Regression, RunnerUp
from symgen.pde.grammar import jet_symbol

DIGITS = 6
UNCERTAIN = 0.1
"""Share of what the solver's terms shift a coefficient by that is taken as its error."""


def described(
    model: Model, grid: Grid, noise: float, samples: int, much: float, keep_truncation: bool = False
) -> Regression:
    """The record of a model, from so many trajectories; `much` is the residual with which it is doubtful.

    Coefficients are those of the fit with the solver's terms, whether these are kept or not, as without them the others
    would take up what they stand for.
    """
    model, equal = preferred(model)
    search, system = model.search, model.system
    kept, dropped, errors = judged(model, grid, keep_truncation)
    places = [model.places[number] for number in kept]
    terms = regressed_terms(model, errors)
    left = jet_symbol((0, system.order))
    delta = left
    for number in kept:
        term = terms[number]
        place = model.places[number]
        known = system.known(place)
        delta -= (shortest(term.coefficient, term.error) if known is None else known) * system.terms[place].in_jets
    equivalents = [equation_text(left, other.system, other.places, other.coefficients) for other in equal]
    truncation = [terms[number] for number in dropped]
    return Regression(
        equation=_decimal(delta, left),
        left=str(left),
        terms=tuple(terms[number] for number in kept),
        residual=system.left_by(places, model.coefficients[kept]),
        noise=noise,
        window=(system.window.x, system.window.t),
        rows=len(system.target),
        library=search.library,
        runner_up=runner_up(search, system, places, left),
        truncation=tuple(truncation),
        equivalents=tuple(equivalents),
        doubts=tuple(doubts(model, grid, samples, [terms[number] for number in kept], truncation, equivalents, much)),
    )


def preferred(model: Model) -> tuple[Model, list[Model]]:
    """The model with the plainest terms among those that are the same on the data, and the others."""
    equal = model.search.equivalents(model)
    if equal and equal[0].rank < model.rank:
        return equal[0], sorted([model, *equal[1:]], key=lambda m: m.rank)
    return model, equal


def judged(model: Model, grid: Grid, keep_truncation: bool = False) -> tuple[list[int], list[int], np.ndarray]:
    """Numbers of the terms that are the equation's, and of those that are a solver's; and the errors of all."""
    dropped = [] if keep_truncation else truncation_terms(model, grid)
    kept, errors = without(model, dropped)
    return kept, dropped, errors


def regressed_terms(model: Model, errors: np.ndarray) -> list[RegressedTerm]:
    """All terms of a model, with errors of their coefficients."""
    return [
        RegressedTerm(
            text=model.system.terms[place].text,
            coefficient=float(value),
            error=float(error),
            share=model.system.share(place, float(value)),
        )
        for place, value, error in zip(model.places, model.coefficients, errors, strict=True)
    ]


def without(model: Model, dropped: list[int]) -> tuple[list[int], np.ndarray]:
    """Numbers of the terms that stay, and the errors of all, if some are dropped; others may be added to these.

    The solver's terms are the first of many, so a share of what they shift the others by counts as error. Terms that
    are not clear of this are corrections too, and go with them.
    """
    kept = [number for number in range(len(model.places)) if number not in dropped]
    errors = model.errors.copy()
    while dropped:
        refitted = model.system.fit([model.places[number] for number in kept])[0]
        errors[kept] = np.maximum(errors[kept], UNCERTAIN * np.abs(refitted - model.coefficients[kept]))
        unclear = [number for number in kept if abs(model.coefficients[number]) < CLEAR * errors[number]]
        if not unclear or len(unclear) == len(kept):
            break
        kept = [number for number in kept if number not in unclear]
        dropped += unclear
    return kept, errors


def runner_up(search: Search, system: System, places: Sequence[int], left: sympy.Symbol) -> RunnerUp | None:
    """The best other equation of no more terms."""
    found = search.runner_up(places, system)
    if found is None:
        return None
    others, residual = found
    text = equation_text(left, system, others, system.fit(others)[0])
    return RunnerUp(text=text, residual=residual, factor=residual / (system.fit(places)[1] + 1e-300))


def equation_text(left: sympy.Symbol, system: System, places: Sequence[int], coefficients: np.ndarray) -> str:
    """Such as `u_t = 0.1 u_xx - 0.5 (u^2)_x`."""
    text = ""
    for place, value in zip(places, coefficients, strict=True):
        sign = ("-" if value < 0 else "") if not text else (" - " if value < 0 else " + ")
        text += f"{sign}{abs(value):.4g} {system.terms[place].text}"
    return f"{left} = {text}"


def shortest(value: float, error: float) -> sympy.Rational:
    """The shortest decimal within two standard errors of a value, or that of its first six digits."""
    allowed = max(2 * error, 0.5 * 10.0**-DIGITS * abs(value))
    for digits in range(1, DIGITS + 1):
        text = f"{value:.{digits - 1}e}"
        if abs(float(text) - value) <= allowed:
            break
    return sympy.Rational(text)


def number_text(value: sympy.Rational) -> str:
    """A decimal, or a fraction such as 1/3 that is none."""
    rest = value.q
    for prime in (2, 5):
        while rest % prime == 0:
            rest //= prime
    return f"{float(value):.12g}" if rest == 1 else f"{value.p}/{value.q}"


def _decimal(expression: sympy.Expr, left: sympy.Symbol) -> str:
    """A sum with decimal coefficients, the left-hand side first and then the lowest derivatives."""
    coefficients = sympy.expand(expression).as_coefficients_dict()
    coefficients.pop(left)
    text = str(left)
    for product in sorted(coefficients, key=lambda p: (max(map(len, map(str, p.free_symbols)), default=0), str(p))):
        value = coefficients[product]
        if product == 1:
            text += f" {'-' if value < 0 else '+'} {number_text(abs(value))}"
            continue
        factor = "" if abs(value) == 1 else f"{number_text(abs(value))}*"
        text += f" {'-' if value < 0 else '+'} {factor}{product}"
    return text
