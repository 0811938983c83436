"""A differentiable function fitted to numbers: a polynomial or a few networks, whichever predicts held-out points."""

from __future__ import annotations

import torch

from symgen.surrogates.candidates import ROUNDING, Candidate, Problem, Scale, networks, polynomials, simplest
from symgen.surrogates.disagreement import gradient_error
from symgen.surrogates.network import Progress, TrainingPlan
from symgen.surrogates.residuals import structured
from symgen.surrogates.transforms import NONE, transforms_for

NETWORKS_LEAVE = 1e-3
"""Of a smooth target without noise: polynomials that leave less need no network beside them."""
MOSTLY_NOISE = 0.1
"""What polynomials leave is noise up to this, if two more degrees take nothing away and it looks like noise."""
AGREEING = 2
"""Degrees beyond the chosen one that must not predict better: odd ones say nothing of an even function."""


def fit_regression(
    problem: Problem,
    degree: int | None,
    plan: TrainingPlan | None,
    transformed: bool,
    seed: int,
    progress: Progress | None,
) -> tuple[Candidate, float]:
    """The simplest of the fits that predict held-out points about as well as the best, and its gradients' error.

    `degree` bounds polynomials (None: by what the points bear; 0: none are tried); `plan` trains networks, where
    polynomials do not suffice (None: none are trained). A transformed target of one component may be easier to fit.
    """
    scales = [Scale.of(way, problem.values) for way in (transforms_for(problem.values) if transformed else (NONE,))]
    tried: list[Candidate] = []
    for candidate in polynomials(problem, scales, degree) if degree != 0 else ():
        tried.append(candidate)
        if candidate.scale is scales[-1] and _settled(tried):
            break
    if plan and not (tried and _suffice(tried, problem.z)):
        scale = simplest(tried).scale if tried else scales[0]
        tried.append(networks(problem, scale, plan, seed, progress))
    chosen = simplest(tried)
    others = [c for c in tried if c is not chosen and c.scale is chosen.scale]
    other = min(others, key=lambda c: c.error) if others else None
    return chosen, gradient_error(problem.z, chosen, other)


def _settled(tried: list[Candidate]) -> bool:
    """Whether polynomials of a higher degree would bring nothing."""
    chosen = simplest(tried)
    highest = max(c.degree or 0 for c in tried)
    return chosen.error <= ROUNDING or highest >= (chosen.degree or 0) + AGREEING


def _suffice(tried: list[Candidate], z: torch.Tensor) -> bool:
    """Whether networks would bring nothing, either."""
    chosen = simplest(tried)
    if chosen.error <= NETWORKS_LEAVE:
        return True
    return chosen.error <= MOSTLY_NOISE and _settled(tried) and not structured(z, chosen.left)
