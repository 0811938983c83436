"""What is written down about an equation of a system that was found."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import sympy

from symgen.discovery.regression.ambiguity import others
from symgen.discovery.regression.choice import VAGUE, Model
from symgen.discovery.regression.denoise import LEAST_NOISE
from symgen.discovery.regression.fit import LITTLE
from symgen.discovery.regression.products import Product
from symgen.discovery.regression.record import equation_text, number_text, regressed_terms, runner_up, shortest, without
from symgen.discovery.regression.truncation import corrections
from symgen.generators.metadata import RegressedTerm, Regression
from symgen.jets.space import Jet, JetSpace
from symgen.pde.axis import TIME, Axis

MUCH = 0.01
"""Residual, other than of noise, with which an equation is doubtful."""
NOISY = 0.03
"""What noise makes, likewise."""
FAINT = 1.5
"""A term stands out of noise by little if less than this factor more is left without it."""
HARDLY = 1.01
"""A term that noise may hide makes what is left smaller by this factor at least."""
SLIGHT = 1e-5
"""Share of the left-hand side below which a term may be a solver's or rounding's."""
MOST_EQUIVALENTS = 4


def described(model: Model, unknown: str, space: JetSpace, axes: Sequence[Axis], noise: float) -> Regression:
    """The record of a model; its `equivalents` are other equations that fit the data as well.

    Terms of the size of a solver's truncation error are left out, as of one equation (see `truncation`).
    """
    system = model.system
    own = judged(model, axes, noise)
    kept, errors = own.kept, own.errors
    terms = [term for place in model.places if isinstance(term := system.terms[place], Product)]
    places = [model.places[number] for number in kept]
    left = space.symbol(Jet(unknown, tuple(system.order * (name == TIME) for name in space.independent)))
    right = sum((value * terms[n].in_jets for n, value in zip(kept, own.used, strict=True)), sympy.Integer(0))
    all_terms = regressed_terms(model, errors)
    return Regression(
        equation=formula(left, right, space),
        left=str(left),
        terms=tuple(all_terms[number] for number in kept),
        residual=system.left_by(places, model.coefficients[kept]),
        noise=noise,
        window=(system.window.x, system.window.t),
        rows=len(system.target),
        library="products",
        runner_up=runner_up(model.search, system, places, left),
        truncation=tuple(all_terms[number] for number in range(len(terms)) if number not in kept),
        equivalents=tuple(equation_text(left, system, *other) for other in others(model)),
        differences=model.search.differences,
        doubts=tuple(_doubts(model, str(left), [all_terms[n] for n in kept], [all_terms[n] for n in own.of_solver])),
    )


@dataclass(frozen=True)
class Judged:
    """Which terms of a model are the equation's, by number, and with which coefficients."""

    kept: list[int]
    of_solver: list[int]
    errors: np.ndarray
    """Of all."""
    used: tuple[sympy.Rational, ...]
    """Of the kept ones, rounded within their errors."""


def judged(model: Model, axes: Sequence[Axis], noise: float) -> Judged:
    """Terms of the size of a solver's truncation error on the grid of `axes` are not the equation's."""
    terms = [term for place in model.places if isinstance(term := model.system.terms[place], Product)]
    step = {axis.name: axis.step for axis in axes}
    in_space = max((axis.step for axis in axes if axis.name != TIME), default=0.0)
    of_solver = corrections(model, [((term.powers, term.of), _in_space(term)) for term in terms], in_space, step[TIME])
    kept, errors = without(model, of_solver)
    if noise < LEAST_NOISE:  # then the grid's errors are what is left, which are alike in all parts of the data
        errors = np.maximum(errors, model.residual / model.system.sizes(model.places))
    used = []
    for number in kept:
        content, _ = terms[number].in_jets.as_content_primitive()  # 3 of (u^3)_x = 3 u^2 u_x
        used.append(simplest(*(float(v[number] * content) for v in (model.coefficients, errors))) / content)
    return Judged(kept, of_solver, errors, tuple(used))


def simplest(value: float, error: float) -> sympy.Rational:
    """1 or -1 if that is within two errors, as it is for most products in equations; else the shortest decimal."""
    return sympy.Integer(round(value)) if abs(abs(value) - 1) <= 2 * error < 1 else shortest(value, error)


def formula(left: sympy.Symbol, right: sympy.Expr, space: JetSpace) -> str:
    """`u_t = 0.1*u_xx + u*v`: the highest derivatives first."""

    def order(product: sympy.Expr) -> tuple[int, str]:
        return -max((jet.order for jet in space.jets(product)), default=0), str(product)

    text = ""
    coefficients = sympy.expand(right).as_coefficients_dict()
    for product in sorted((p for p, value in coefficients.items() if value), key=order):
        value = coefficients[product]
        sign = ("-" if value < 0 else "") if not text else (" - " if value < 0 else " + ")
        size = number_text(abs(value))
        text += sign + (size if product == 1 else str(product) if size == "1" else f"{size}*{product}")
    return f"{left} = {text or '0'}"


def _in_space(term: Product) -> int:
    names = term.space.independent
    return sum(order for name, order in zip(names, term.orders, strict=True) if name != TIME)


def _doubts(
    model: Model, left: str, terms: Sequence[RegressedTerm], of_solver: Sequence[RegressedTerm]
) -> Iterator[str]:
    if model.search.differences:
        yield (
            f"The data satisfy the equation for {left} to {model.residual:.1e} with central differences of second "
            "order on their grid in place of derivatives in space, and much worse with derivatives: they are taken as "
            "a solver's of that order, and the coefficients as those of the equation that it solves."
        )
        if model.unexplained > LITTLE:
            yield (
                f"{model.residual:.1e} is far more than rounding or noise, so the equation for {left} approximates "
                "another one, perhaps with terms that are in no library, such as sines or quotients; or the solver is "
                "another, or takes long time steps. Give one --equation for each unknown if you know them."
            )
    yield from vague(left, terms)
    if slight := [term.text for term in terms if term.share < SLIGHT]:
        yield (
            f"{' and '.join(slight)} in the equation for {left}: less than a part in {1 / SLIGHT:,.0f} of it, perhaps "
            "what a solver or rounding adds, but symmetries depend on it. Give one --equation for each unknown if you "
            "know them."
        )
    if not model.places:
        yield (
            f"Noise accounts for all changes of {left.rpartition('_')[0]} in time, so {left} = 0; it may hide smaller "
            "terms. More data, or less noise, would tell."
        )
        return
    if all(_transports(model.system.terms[place], left) for place in model.places):
        yield (
            f"{left.rpartition('_')[0]} travels without changing its shape, so every equation that has such waves as "
            "solutions fits. Give one --equation for each unknown, or data in which waves of several shapes meet."
        )
    if faint := [model.system.terms[place].text for place in model.places if _is_faint(model, place)]:
        yield (
            f"{' and '.join(faint)} in {left} {'stands' if len(faint) == 1 else 'stand'} out of noise by little. More "
            "data, or less noise, would tell."
        )
    hidden = _hidden(model)
    if hidden or (model.is_noise and model.residual > NOISY):
        yield (
            f"Noise makes {model.residual:.1%} of {left}, and may hide terms of its equation that are no larger"
            + (f", such as {hidden}" if hidden else "")
            + ". More data, or less noise, would tell."
        )
    if model.unexplained > MUCH:
        yield (
            f"The equation for {left} leaves {model.residual:.1%} of it, of which noise makes {model.floor:.1%}: a "
            "term may be missing, or the grid is too coarse."
        )
    if of_solver:
        listed = " and ".join(f"{term.coefficient:.3g} {term.text}" for term in of_solver)
        yield (
            f"{listed} in {left} {'is' if len(of_solver) == 1 else 'are'} of the size of a solver's truncation error "
            "on this grid, so taken as the solver's and left out of the equation."
        )


def vague(left: str, terms: Sequence[RegressedTerm]) -> Iterator[str]:
    """On coefficients that are known to a tenth at best."""
    for term in terms:
        if term.error > VAGUE * abs(term.coefficient):
            share = term.error / abs(term.coefficient)
            yield (
                f"The coefficient of {term.text} in {left} is known to {share:.0%} only. More data, or less noise, "
                "would help."
            )


def _transports(term: object, left: str) -> bool:
    """Whether it is a first derivative in space of the unknown itself."""
    assert isinstance(term, Product)
    own = left == f"{term.text.rpartition('_')[0]}_t"
    return own and term.degree == 1 and term.order == 1


def _is_faint(model: Model, place: int) -> bool:
    """Whether noise is nearly all that is left without a term."""
    rest = [p for p in model.places if p != place]
    return bool(rest) and model.is_noise and model.system.fit(rest)[1] < FAINT * model.residual


def _hidden(model: Model) -> str | None:
    """A further term whose coefficient is clear of 0, though it makes what is left hardly smaller."""
    if not model.is_noise or model.residual < MUCH:
        return None
    others = (sorted({*model.places, place}) for place in range(len(model.system.terms)) if place not in model.places)
    places = min(others, key=lambda p: model.system.fit(p)[1], default=None)
    if places is None:
        return None
    larger = model.search.described(model.system, places)
    if not larger.is_clear or larger.residual * HARDLY > model.residual:
        return None
    place = next(p for p in places if p not in model.places)
    return f"{larger.coefficients[places.index(place)]:.2g} {model.system.terms[place].text}"
