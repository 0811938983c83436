"""The posterior of a model's coefficients, and what the data allow each of the terms that it leaves out.

Correlations are those of least squares; deviations are the `errors` of the model, which know of noise in the columns,
other windows and the grid.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np
import sympy

from symgen.discovery.regression.choice import COMPARABLE, NOTHING, PROPORTIONAL, Model
from symgen.discovery.regression.subsets import best_subsets
from symgen.discovery.regression.systems import GROUPS, System, least_squares
from symgen.equations.posterior import LeftOut, Posterior
from symgen.generators.metadata import Regression

ALL = 2.0
"""Of data without noise all that is left is taken for so many errors of a term left out."""
FEW = 2
"""Further terms that a term may be alike."""
MOST_COMPARED = 60
"""Terms that are compared, at most."""
WIDTH = 10
WEAK = 0.3
"""Size of a sum of terms of size 1 that data say little about."""
SAME = 1e-6
"""Relative size of what is left of a term that is a sum of others; on data of no noise, too."""


@dataclass(frozen=True)
class FoundEquation:
    """An equation that was found in data, and what they say about its coefficients and other terms."""

    record: Regression
    posterior: Posterior | None
    """None of equations that were found together, with symmetries that were assumed."""


def posterior_of(
    model: Model,
    kept: Sequence[int],
    used: Sequence[float],
    errors: np.ndarray,
    clean: bool = False,
    widths: Mapping[str, float] | None = None,
) -> Posterior:
    """That of a model of which the terms `kept`, by number, are the equation's; others are a solver's.

    `used` are the coefficients of those terms, `errors` those of all. `clean`: there is no noise to tell of, so what
    the terms leave is an error of the grid's, alike in all parts of the data, and may hide any other term. `widths` are
    those of the test functions.
    """
    places = [model.places[number] for number in kept]
    terms = [model.system.terms[place] for place in places]
    return Posterior(
        order=model.system.order,
        texts=tuple(term.text for term in terms),
        terms=tuple(term.in_jets for term in terms),
        used=np.asarray(used, float),
        values=model.coefficients[list(kept)],
        factor=_factor(model, errors)[list(kept)],
        left_out=tuple(_left_out(model, kept, clean)),
        degrees=GROUPS - 1,
        widths=dict(widths or {}),
        clean=clean,
    )


def _factor(model: Model, errors: np.ndarray) -> np.ndarray:
    """Of the covariance with these errors and the correlations of least squares."""
    columns = model.system.triangle[:, list(model.places)]
    inverse = np.linalg.pinv(columns / np.linalg.norm(columns, axis=0))
    directions = inverse / (np.linalg.norm(inverse, axis=1, keepdims=True) + 1e-300)
    sizes, vectors = np.linalg.eigh(directions @ directions.T)
    return np.asarray(errors[:, None] * vectors * np.sqrt(np.maximum(sizes, 0)))


def _left_out(model: Model, kept: Sequence[int], clean: bool) -> Iterator[LeftOut]:
    """Every other term of the library by itself, and sums of a few that the data hardly tell from nothing."""
    system, places = model.system, list(model.places)
    others = [place for place in range(len(system.terms)) if place not in places]
    in_jets = [term.in_jets for term in system.terms]
    scales = []
    for place in others:
        larger = model.search.described(system, sorted([*places, place]))
        number = larger.places.index(place)
        limits = [_limit(own, larger.places, number) for own in (system, *larger.others)]
        sharp = [own for own, limit in zip(larger.others, limits[1:], strict=True) if limit <= COMPARABLE * limits[0]]
        larger = replace(larger, others=tuple(sharp))  # windows that hardly see the term say nothing of it
        errors = np.maximum(larger.errors, _standard_errors(larger))
        if clean:
            errors = np.maximum(system.jackknife(larger.places), larger.residual / system.sizes(larger.places) / ALL)
        shift = _shift(system, places, system.triangle[:, place])[list(kept)]
        value, error = float(larger.coefficients[number]), float(errors[number])
        scales.append(error * system.sizes(larger.places)[number])
        yield LeftOut(system.terms[place].text, (in_jets[place],), (1.0,), value, error, shift)
    others = _independent([place for place in others if in_jets[place] != 0], in_jets)
    limit = min(max(model.residual, SAME), PROPORTIONAL)
    sums = [
        *_weak_sums(model, others, limit, float(np.median(scales)) if scales else 0.0),
        *_alike(model, others, limit),
    ]
    for one in sums:
        shift = _shift(system, places, system.triangle[:, one.places] @ one.weights)[list(kept)]
        text = " with ".join(system.terms[place].text for place in one.places)
        terms = tuple(in_jets[place] for place in one.places)
        yield LeftOut(text, terms, tuple(one.weights.tolist()), one.value, one.error, shift)


class _Sum(NamedTuple):
    """Terms left out that are added up, and the coefficient that the data allow the sum."""

    places: list[int]
    weights: np.ndarray
    value: float
    error: float


def _weak_sums(model: Model, others: Sequence[int], limit: float, scale: float) -> Iterator[_Sum]:
    """Sums of up to three terms left out that are far smaller on the data than these, as x (1 - r^2) is near the cycle
    r = 1: what data say little about. Down to a `limit`, below which they are alike. `scale` is the error of the
    coefficient of a term of the size of the left-hand side.
    """
    system, places, own = model.system, list(model.places), list(others[:MOST_COMPARED])
    columns = system.triangle[:, :-1]
    free = columns[:, own]
    if known := system.free(places):
        basis = np.linalg.qr(columns[:, known])[0]
        free = free - basis @ (basis.T @ free)
    lengths = np.linalg.norm(columns[:, own], axis=0) + 1e-300
    left = system.triangle[:, -1] - columns[:, places] @ model.coefficients
    target = float(np.linalg.norm(system.target)) + 1e-300
    seen = set()
    for k in range(len(own)):
        rest = [other for other in range(len(own)) if other != k]
        for found in best_subsets(free[:, rest], free[:, k], FEW, WIDTH) if rest else ():
            some = [k, *(rest[n] for n in found.places[0])]
            size = found.residuals[0] * np.linalg.norm(free[:, k]) / lengths[k]
            if not limit <= size < WEAK or frozenset(some) in seen:
                continue
            seen.add(frozenset(some))
            weights = np.array([1.0, *-least_squares(free[:, some[1:]], free[:, k])[0]])
            column = free[:, some] @ weights
            length = float(np.linalg.norm(column))
            value, error = float(column @ left) / length**2, scale * target / length
            yield _Sum([own[n] for n in some], weights, value, error)


def _limit(system: System, places: Sequence[int], number: int) -> float:
    """The coefficient of one of some terms that would make all that they leave."""
    return float(system.fit(places)[1] / (system.sizes(places)[number] + 1e-300))


def _shift(system: System, places: Sequence[int], column: np.ndarray) -> np.ndarray:
    """By how much the coefficients of some terms change with that of a further column; known ones do not."""
    shift, free = np.zeros(len(places)), system.free(places)
    if free:
        own = [place in free for place in places]
        shift[own] = -least_squares(system.triangle[:, free], column)[0]
    return shift


def _alike(model: Model, others: Sequence[int], limit: float) -> Iterator[_Sum]:
    """Terms that add up to nothing on the data, within a limit relative to the first of them, but for the terms of the
    equation: as those of an orbit on a curve do, or of waves of one shape. Not the same in other words.
    """
    system, places = model.system, list(model.places)
    columns = system.triangle[:, :-1]
    basis = np.linalg.qr(columns[:, places])[0]
    free = columns[:, others] - basis @ (basis.T @ columns[:, others])
    free = free / (np.linalg.norm(columns[:, others], axis=0) + 1e-300)
    inverse = np.linalg.norm(np.linalg.pinv(free, rcond=1e-15), axis=1)
    near = [k for k in range(len(others)) if inverse[k] * limit >= 1]  # others differ from all sums
    seen = set()
    for k in near[:MOST_COMPARED]:
        rest = [other for other in near if other != k]
        if not rest or np.linalg.norm(free[:, k]) < limit:
            continue  # one that is alike to the equation's own is judged by itself
        for found in best_subsets(free[:, rest], free[:, k], FEW, WIDTH):
            if found.residuals[0] * np.linalg.norm(free[:, k]) < limit:
                some = [others[k], *(others[rest[n]] for n in found.places[0])]
                if frozenset(some) not in seen:
                    seen.add(frozenset(some))
                    own = columns[:, some] - basis @ (basis.T @ columns[:, some])
                    weights = np.array([1.0, *-least_squares(own[:, 1:], own[:, 0])[0]])
                    yield _Sum(some, weights, 0.0, _allowed(model, columns[:, some] @ weights))
                break


def _allowed(model: Model, column: np.ndarray) -> float:
    """The coefficient with which a sum would make all that the model leaves."""
    system, places = model.system, list(model.places)
    rest = column + system.triangle[:, places] @ _shift(system, places, column)
    size = np.linalg.norm(rest) / np.linalg.norm(system.target)
    return float(max(model.residual, NOTHING) / (size + 1e-300))


def _independent(places: Sequence[int], in_jets: Sequence[sympy.Expr]) -> list[int]:
    """Those of the terms that are no sum of others before them."""
    products = [in_jets[place].as_coefficients_dict() for place in places]
    index = {product: k for k, product in enumerate(dict.fromkeys(p for own in products for p in own))}
    frame, chosen = np.zeros((0, len(index))), []
    for place, own in zip(places, products, strict=True):
        row = np.zeros(len(index))
        for product, value in own.items():
            row[index[product]] = float(value)
        row /= np.linalg.norm(row)
        for _ in range(2):
            row -= frame.T @ (frame @ row)
        if np.linalg.norm(row) > SAME:
            chosen.append(place)
            frame = np.concatenate([frame, row[None] / np.linalg.norm(row)])
    return chosen


def _standard_errors(model: Model) -> np.ndarray:
    """Those of least squares, for rows that are independent."""
    freedom = max(1, len(model.system.target) - len(model.places))
    return np.asarray(model.residual / model.system.sizes(model.places) / np.sqrt(freedom))
