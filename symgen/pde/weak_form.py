"""An equation's terms in weak form: integrals against smooth test functions, with the derivatives moved onto these.

For a test function w of compact support the integral of w (d/dx)^k f is (-1)^k that of f (d/dx)^k w, so no data are
differentiated and noise is averaged. Test functions are products of (1 - s^2)^q in x and in t, centred on grid points;
the sums over the grid are as exact as these are smooth. Messenger and Bortz, Weak SINDy, J. Comput. Phys. 443 (2021).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.polynomial import Legendre, Polynomial

from symgen.pde.divergence import Term

POWER = 8
"""q: test functions and their first q - 1 derivatives vanish at the edge of their support."""
MOMENTS = 6
"""Degree of the polynomials that the sums are exact for."""
LEAST_WIDTH = 6
OVERLAP = 4
"""Centres are this many to a half-width apart."""
LONG = 2**12
"""Points of an axis; along longer ones matrices of test functions, mostly zeros, would take too much memory."""


@dataclass(frozen=True)
class Window:
    """Half-widths of the test functions in grid steps."""

    x: int
    t: int

    @classmethod
    def of(cls, nx: int, nt: int, share: float, least: int = LEAST_WIDTH) -> Window:
        """A share of the grid, but as wide at least as the sums over it need."""
        return cls(max(least, round(share * nx)), max(least, round(share * nt)))

    def fits(self, nx: int, nt: int) -> bool:
        """Whether a test function has room on the grid."""
        return nx >= 2 * self.x and nt >= 2 * self.t


def weak_form(u: np.ndarray, dx: float, dt: float, periodic: bool, window: Window, terms: Sequence[Term]) -> np.ndarray:
    """Integrals of the terms of trajectories u (n, nt, nx) -> (terms, n, centres in t, centres in x)."""
    powers = {p: u**p for p in {p for p, _, _ in terms}}
    in_t = {(p, j): along_t(w, window, j, dt) for p, w in powers.items() for j in {j for q, _, j in terms if q == p}}
    return np.stack([along_x(in_t[p, j], window, k, dx, periodic) for p, k, j in terms])


def along_t(values: np.ndarray, window: Window, order: int, dt: float) -> np.ndarray:
    """Integrals over t of derivatives of values (n, nt, nx) against the test functions -> (n, centres, nx)."""
    bumps = window.t, order, dt, False, window.t // OVERLAP
    if values.shape[1] > LONG:
        return along_long(values.swapaxes(1, 2), *bumps).swapaxes(1, 2)
    return bump_matrix(values.shape[1], *bumps) @ values


def along_x(values: np.ndarray, window: Window, order: int, dx: float, periodic: bool) -> np.ndarray:
    """Likewise over x, of (n, ..., nx); around its ends too where periodic."""
    bumps = window.x, order, dx, periodic, window.x // OVERLAP, 1 - window.x if periodic else 0
    if values.shape[-1] > LONG:
        return along_long(values, *bumps)
    return values @ bump_matrix(values.shape[-1], *bumps).T


@lru_cache(128)
def bump_matrix(n: int, half: int, order: int, step: float, periodic: bool, stride: int, first: int = 0) -> np.ndarray:
    """(centres, n): what takes values along an axis to the integrals of their derivative against the test functions.

    The first of these begins at the point `first`, and the others `stride` points apart, or one.
    """
    places, weights = _places(n, half, periodic, stride, first), (-1) ** order * bump(half, order, step)
    found = np.zeros((len(places), n))
    np.add.at(found, (np.arange(len(places))[:, None], places), weights)
    return found


def along_long(
    values: np.ndarray, half: int, order: int, step: float, periodic: bool, stride: int, first: int = 0
) -> np.ndarray:
    """(..., n) -> (..., centres): the same integrals, one test function after the other."""
    places, weights = _places(values.shape[-1], half, periodic, stride, first), (-1) ** order * bump(half, order, step)
    return np.stack([values[..., own] @ weights for own in places], -1)


def _places(n: int, half: int, periodic: bool, stride: int, first: int) -> np.ndarray:
    """(centres, 2 half - 1): the points of each test function."""
    width = 2 * half - 1
    starts = np.arange(0, n if periodic else n - width + 1, max(1, stride))
    return np.asarray((first + starts[:, None] + np.arange(width)) % n)


@lru_cache(128)
def bump(half: int, order: int, step: float) -> np.ndarray:
    """A derivative of the test function at the grid points inside its support, times the step: weights of a sum.

    They are corrected, by little, so that sums of polynomials up to degree MOMENTS are equal to the integrals. Where a
    test function is narrow, that of its second derivative, for one, would else not vanish, and bring u in beside u_xx.
    """
    bump = Polynomial([1, 0, -1]) ** POWER
    derivative, place = bump.deriv(order), np.arange(1 - half, half) / half
    basis = [Legendre.basis(m).convert(kind=Polynomial) for m in range(MOMENTS + 1)]
    antiderivatives = [(derivative * polynomial).integ() for polynomial in basis]
    powers = np.stack([polynomial(place) for polynomial in basis])
    weights = derivative(place) / half
    missing = np.array([f(1) - f(-1) for f in antiderivatives]) - powers @ weights
    weights += bump(place) * (np.linalg.solve((powers * bump(place)) @ powers.T, missing) @ powers)
    return weights * half * step / (half * step) ** order
