"""Terms that are not of an equation but of the solver that made the data.

A difference scheme on a grid of step dx solves c (d/dx)^k u plus about c dx^2 / 12 times its second derivative, or
c dx^2 / 6 for k = 1; a time step dt of first order brings in dt u_tt / 2, which on solutions of u_t = c u_xx is
c^2 dt u_xxxx / 2; one of second order dt^2 u_tttt / 12 in u_tt = c u_xx, which is c^2 dt^2 u_xxxx / 12. So regression
finds them: they are there. But a scheme has further corrections, which no library takes up: a term beyond which nothing
is left is the equation's own, however small. (LeVeque, Finite Difference Methods, 2007, section 10.9, on modified
equations.)
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence

import numpy as np

from symgen.discovery.regression.choice import Model
from symgen.discovery.regression.systems import Grid
from symgen.discovery.regression.terms import Candidate

SMALL = 0.1
"""Share of the term that it corrects."""
FOLLOWS = 1e-3
"""A scheme's next correction is of the size of the first one's share squared. A fiftieth of that or more was left of it
in ten data sets by schemes, a fifty-thousandth in data of equations that have the term."""
UPWIND_FOLLOWS = 2e-4
"""Likewise of the diffusion of an upwind scheme, after which dispersion follows."""
EXACT = 1e-13
"""Residual of fits to rounding, as of few modes by as many terms, which tell nothing of a next correction."""
ABOUT = 1.5
"""A truncation error is no larger than this times the bound."""


def upwind_terms(model: Model, grid: Grid) -> list[int]:
    """Which, by number, are no more than what an upwind scheme of first order adds: c dx / 2 u_xx beside c u_x."""
    terms = [model.system.terms[place] for place in model.places]
    linear = dict(zip(terms, np.abs(model.coefficients), strict=True))
    speed, spread = (linear.get(Candidate(1, k), 0.0) for k in (1, 2))
    if not 0 < spread <= speed * grid.dx / 2:
        return []
    number = terms.index(Candidate(1, 2))
    share = model.system.share(model.places[number], model.coefficients[number])
    alone = all(term.k <= 2 for term in terms)
    return [] if alone and EXACT < model.residual < UPWIND_FOLLOWS * share**2 else [number]  # a scheme leaves more


def truncation_terms(model: Model, grid: Grid) -> list[int]:
    """Which of the model's terms, by number, are no more than what a solver on this grid leaves of another."""
    terms = [model.system.terms[place] for place in model.places]
    kinds = [((term.power, term.slope, term.in_x, term.in_t), term.k) for term in terms]
    return corrections(model, kinds, grid.dx, grid.dt)


def corrections(model: Model, kinds: Sequence[tuple[Hashable, int]], dx: float, dt: float) -> list[int]:
    """The same for terms of any kind, of each what is differentiated in space and how often, and steps in x and t."""
    system, found = model.system, []
    shares = [system.share(p, c) for p, c in zip(model.places, model.coefficients, strict=True)]
    for child, (what, order) in enumerate(kinds):
        for parent, (other, own) in enumerate(kinds):
            if what != other or order < own + 2 or own == 0 or shares[child] > SMALL * shares[parent]:
                continue
            following = FOLLOWS * shares[child] ** 2 / shares[parent]
            if EXACT < model.residual < following:
                continue  # no scheme is exact beyond its first correction
            size, correction = abs(model.coefficients[parent]), abs(model.coefficients[child])
            bound = size * dx ** (order - own) / 6
            if order == 2 * own:
                bound += size**2 * (dt / 2 if system.order == 1 else dt**2 / 12)
            if correction <= ABOUT * bound and child not in found:
                found.append(child)
    return found
