"""Regression of u_t = F(u) from pairs of states and rates: every point is an equation for the coefficients."""

from __future__ import annotations

from collections.abc import Sequence
from math import comb

import numpy as np

from symgen.benchmark.certainty.examples import Example, monomials
from symgen.discovery.regression.choice import MOST_TERMS, WIDTH
from symgen.discovery.regression.products import Product
from symgen.discovery.regression.subsets import best_subsets, triangle
from symgen.discovery.regression.system_record import simplest
from symgen.equations.posterior import LeftOut, Posterior


def sampled(example: Example, points: int, noise: float, draw: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """States, uniform in the box, and rates (P, n) with normal noise in each, relative to the size of the rates."""
    n = len(example.jets.dependent)
    states = draw.uniform(-example.half, example.half, (points, n))
    rates = example.rates(states)
    size = noise * np.sqrt((rates**2).sum(1).mean())
    return states, rates + size * draw.standard_normal(rates.shape)


def posteriors(example: Example, states: np.ndarray, rates: np.ndarray) -> tuple[list[Posterior], np.ndarray]:
    """What pairs say about the equation of every unknown, and the plain least-squares coefficients (n, K).

    Of the best subset of terms of each size that of least extended information criterion (Chen and Chen, Biometrika 95
    (2008) 759), which may have no term. States are exact and noise is independent from point to point, so that errors
    are those of ordinary least squares.
    """
    columns = monomials(states, example.terms)
    every = tuple(range(columns.shape[1]))
    found, plain = [], []
    for rate in rates.T:
        reduced = triangle(np.concatenate([columns, rate[:, None]], axis=1))
        places = _of_least_criterion(reduced[:, :-1], reduced[:, -1], len(states))
        found.append(_posterior(example.terms, reduced, places, len(states)))
        plain.append(_fit(reduced, every)[0])
    return found, np.stack(plain)


def _of_least_criterion(columns: np.ndarray, target: np.ndarray, points: int) -> tuple[int, ...]:
    least, best = 0.0, tuple[int, ...]()
    for size, subsets in enumerate(best_subsets(columns, target, MOST_TERMS["products"], WIDTH["products"]), 1):
        subsets_of_size = comb(columns.shape[1], size)
        criterion = points * np.log(subsets.residuals[0] ** 2) + size * np.log(points) + 2 * np.log(subsets_of_size)
        if criterion < least:
            least, best = criterion, tuple(int(p) for p in subsets.places[0])
    return best


def _fit(reduced: np.ndarray, places: Sequence[int]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Coefficients, the pseudoinverse of the columns, and what is left of all columns without these."""
    columns = reduced[:, list(places)]
    inverse = np.linalg.pinv(columns)
    return inverse @ reduced[:, -1], inverse, reduced - columns @ (inverse @ reduced)


def _posterior(terms: Sequence[Product], reduced: np.ndarray, places: tuple[int, ...], points: int) -> Posterior:
    values, inverse, rest = _fit(reduced, places)
    left = rest[:, -1] @ rest[:, -1]
    freedom = points - len(places)
    factor = triangle(inverse.T).T * np.sqrt(left / freedom)
    errors = np.linalg.norm(factor, axis=1)
    again = np.abs(factor @ np.random.default_rng(0).standard_normal(len(places)))
    others = []
    for place in set(range(len(terms))) - set(places):
        square = rest[:, place] @ rest[:, place]
        value = rest[:, place] @ rest[:, -1] / square
        error = np.sqrt((left - value**2 * square) / (freedom - 1) / square)
        shift = -inverse @ reduced[:, place]
        others.append(LeftOut(terms[place].text, (terms[place].in_jets,), (1.0,), float(value), float(error), shift))
    return Posterior(
        order=1,
        texts=tuple(terms[place].text for place in places),
        terms=tuple(terms[place].in_jets for place in places),
        used=np.array([float(simplest(c, e)) for c, e in zip(values, np.maximum(errors, again), strict=True)]),
        values=values,
        factor=factor,
        left_out=tuple(others),
        degrees=freedom - 1,
    )
