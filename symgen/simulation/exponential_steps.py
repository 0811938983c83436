"""Fourth-order exponential time differencing (ETDRK4) for systems in any number of space dimensions, in batches.

v' = L v + N(v, t) with a matrix L for every Fourier mode (see `symgen.simulation.spectral_form`), solved exactly: its
stiffness does not bound the step, and where there is no N nothing does. The scheme is that of S. Cox and P. Matthews,
J. Comput. Phys. 176 (2002) 430; its coefficients are functions phi of h L: of numbers by contour integrals (A.-K.
Kassam and L. Trefethen, SIAM J. Sci. Comput. 26 (2005) 1214), of matrices from one exponential of an augmented matrix
(A. Al-Mohy and N. Higham, SIAM J. Sci. Comput. 33 (2011) 488, theorem 2.1).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

import torch

from symgen.simulation.etdrk4 import coefficients
from symgen.simulation.spectral_form import SpectralForm


class StepWeights(NamedTuple):
    """The weights of one step of length h, as `LinearPart` has them."""

    h: float
    whole: torch.Tensor
    """exp(h L)"""
    half: torch.Tensor
    """exp(h L / 2)"""
    stage: torch.Tensor
    """h phi_1(h L / 2) / 2"""
    first: torch.Tensor
    """h (phi_1 - 3 phi_2 + 4 phi_3)(h L)"""
    middle: torch.Tensor
    """h (2 phi_2 - 4 phi_3)(h L)"""
    last: torch.Tensor
    """h (4 phi_3 - phi_2)(h L)"""


def step_weights(form: SpectralForm, h: float) -> StepWeights:
    """Of steps of length h."""
    linear = form.linear
    if linear.diagonal is not None:
        shape = linear.diagonal.shape
        c = coefficients(linear.diagonal.flatten(), h)
        return StepWeights(h, *(w.reshape(shape) for w in (c.whole, c.half, c.stage, c.first, c.middle, c.last)))
    whole, one, two, three = phi_functions(h * linear.matrices(), 3)
    half, half_one = phi_functions(h / 2 * linear.matrices(), 1)
    combined = h * (one - 3 * two + 4 * three), h * (2 * two - 4 * three), h * (4 * three - two)
    return StepWeights(h, *map(linear.from_matrices, (whole, half, h / 2 * half_one, *combined)))


def phi_functions(matrices: torch.Tensor, highest: int) -> list[torch.Tensor]:
    """phi_0 = exp, phi_1, ..., phi_highest of matrices (..., s, s), where phi_k+1(z) = (phi_k(z) - 1 / k!) / z."""
    s = matrices.shape[-1]
    size = (highest + 1) * s
    augmented = matrices.new_zeros(*matrices.shape[:-2], size, size)
    augmented[..., :s, :s] = matrices
    for k in range(highest):
        augmented[..., k * s : (k + 1) * s, (k + 1) * s : (k + 2) * s] = torch.eye(s).to(matrices)
    result = torch.linalg.matrix_exp(augmented)
    return [result[..., :s, k * s : (k + 1) * s] for k in range(highest + 1)]


def march(
    form: SpectralForm,
    initial: torch.Tensor,
    t: Sequence[float],
    max_step: float | None = None,
    report: Callable[[float], None] | None = None,
) -> Iterator[torch.Tensor]:
    """From initial states (n, state, *grid) at t[0] to the modes at increasing times, each (n, state, *waves).

    Every interval between times is cut into equal steps of at most `max_step`; where nothing but L is there, it needs
    none. The first modes are those of the initial state, without waves that the grid does not carry. A solution that
    blows up comes back as NaN or infinity. `report` is told the fraction of the time covered, now and then.
    """
    modes = form.start(initial)
    yield modes
    now, weights = t[0], None
    for target in t[1:]:
        length = target - now
        steps = 1 if form.is_linear or max_step is None else max(1, math.ceil(length / max_step - 1e-9))
        h = length / steps
        if weights is None or abs(h - weights.h) > 1e-12 * h:
            weights = step_weights(form, h)
        for i in range(steps):
            modes = _step(form, modes, now + i * h, weights)
            if report:
                report((now + (i + 1) * h - t[0]) / (t[-1] - t[0]))
        now = target
        yield modes


def _step(form: SpectralForm, v: torch.Tensor, time: float, w: StepWeights) -> torch.Tensor:
    applied = form.linear.applied
    middle, end = time + w.h / 2, time + w.h
    if form.is_linear:
        return applied(w.whole, v)
    halfway = applied(w.half, v)
    nv = form.remainder(v, time)
    a = halfway + applied(w.stage, nv)
    na = form.remainder(a, middle)
    nb = form.remainder(halfway + applied(w.stage, na), middle)
    nc = form.remainder(applied(w.half, a) + applied(w.stage, 2 * nb - nv), end)
    new = applied(w.whole, v) + applied(w.first, nv)
    return new + applied(w.middle, na + nb) + applied(w.last, nc)
