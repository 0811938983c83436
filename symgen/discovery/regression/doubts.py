"""What is uncertain about an equation that was found, in sentences for people."""

from __future__ import annotations

from collections.abc import Iterator

from symgen.discovery.regression.choice import VAGUE, Model
from symgen.discovery.regression.systems import Grid
from symgen.discovery.regression.terms import Candidate
from symgen.discovery.regression.truncation import upwind_terms
from symgen.generators.metadata import RegressedTerm

TRAVELS = 1e-3
"""What u_t = -c u_x may leave of a travelling wave, where another equation fits better."""
MOST_EQUIVALENTS = 4


def doubts(
    model: Model,
    grid: Grid,
    samples: int,
    terms: list[RegressedTerm],
    truncation: list[RegressedTerm],
    equivalents: list[str],
    much: float,
) -> Iterator[str]:
    """On a model of which `terms` are kept; `much` is the residual that noise need not account for."""
    left = "u_t" if model.system.order == 1 else "u_tt"
    speed = wave_speed(model)
    if speed is not None and samples > 1:
        yield (
            f"All trajectories are waves that travel at one speed, u(x - c t) with c = {speed:.6g}, so u_tt = c^2 u_xx "
            "fits as well."
        )
    elif speed is not None:
        yield (
            f"u is one travelling wave, u(x - c t) with c = {speed:.6g}: every equation that has this wave as a "
            "solution fits, and these data cannot tell them apart. Give the equation with --equation, or data in which "
            "waves of several shapes meet."
        )
    if equivalents:
        shown = "; ".join(equivalents[:MOST_EQUIVALENTS])
        yield (
            f"These data cannot tell some terms apart, as they are proportional on them: {shown} fits as well. Offered "
            "is the equation of lowest order with a derivative in x. Give it with --equation, or data with more modes."
        )
    if not any(term.k or term.slope for term in (model.system.terms[place] for place in model.places)):
        yield (
            "No term with a derivative in x stands out, so u evolves at each point by itself. A small one may be "
            "hidden in noise or by the grid. Give the equation with --equation if you know it."
        )
    for term in terms:
        if term.error > VAGUE * abs(term.coefficient):
            share = term.error / abs(term.coefficient)
            yield f"The coefficient of {term.text} is known to {share:.0%} only. More data, or less noise, would help."
    if model.unexplained > much:
        yield (
            f"The equation leaves {model.residual:.1%} of {left}, of which noise makes {model.floor:.1%}: a term may "
            "be missing, or the grid is too coarse."
        )
    for number in upwind_terms(model, grid):
        yield (
            f"{model.coefficients[number]:.3g} u_xx is no more than what an upwind scheme adds on this grid, so it may "
            "be the solver's. Give the equation with --equation if you know it."
        )
    if truncation:
        listed = " and ".join(f"{term.coefficient:.3g} {term.text}" for term in truncation)
        one = len(truncation) == 1
        yield (
            f"{listed} in {left} {'is' if one else 'are'} of the size of a solver's truncation error on this grid, so "
            f"{'it is' if one else 'they are'} taken as the solver's and left out of the equation."
        )


def wave_speed(model: Model) -> float | None:
    """Of data that are one travelling wave; None if they are not."""
    system = model.system
    if Candidate(1, 1) not in system.terms:  # assumed symmetries exclude it
        return None
    place = system.terms.index(Candidate(1, 1))
    coefficients, residual = system.fit([place])
    travels = system.order == 1 and (model.places == (place,) or residual < TRAVELS)
    return -float(coefficients[0]) if travels else None
