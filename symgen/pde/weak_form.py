"""An equation's terms in weak form: integrals against smooth test functions, with the derivatives moved onto these.

For a test function w of compact support the integral of w (d/dx)^k f is (-1)^k that of f (d/dx)^k w, so no data are
differentiated and noise is averaged. Test functions are products of (1 - s^2)^q in x and in t, centred on grid points;
the sums over the grid are as exact as these are smooth. Messenger and Bortz, Weak SINDy, J. Comput. Phys. 443 (2021).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from symgen.pde.divergence import Term

POWER = 8
"""q: test functions and their first q - 1 derivatives vanish at the edge of their support."""
LEAST_WIDTH = 10
OVERLAP = 4
"""Centres are this many to a half-width apart."""


@dataclass(frozen=True)
class Window:
    """Half-widths of the test functions in grid steps."""

    x: int
    t: int

    @classmethod
    def of(cls, nx: int, nt: int, share: float) -> Window:
        """A share of the grid, but as wide at least as the sums over it need."""
        return cls(max(LEAST_WIDTH, round(share * nx)), max(LEAST_WIDTH, round(share * nt)))

    def fits(self, nx: int, nt: int) -> bool:
        """Whether a test function has room on the grid."""
        return nx >= 2 * self.x and nt >= 2 * self.t


def weak_form(u: np.ndarray, dx: float, dt: float, periodic: bool, window: Window, terms: Sequence[Term]) -> np.ndarray:
    """Integrals of the terms of trajectories u (n, nt, nx) -> (terms, n, centres in t, centres in x)."""
    powers = {p: u**p for p in {p for p, _, _ in terms}}
    in_t = {(p, j): _against(w, _bump(window.t, j, dt), 1, False) for p, w in powers.items() for j in _orders(terms, p)}
    columns = [(-1) ** (k + j) * _against(in_t[p, j], _bump(window.x, k, dx), 2, periodic) for p, k, j in terms]
    return np.stack(columns)


def _orders(terms: Sequence[Term], power: int) -> set[int]:
    return {j for p, _, j in terms if p == power}


def _bump(half: int, order: int, step: float) -> np.ndarray:
    """A derivative of the test function at the grid points inside its support, times the step: weights of a sum."""
    bump = np.polynomial.Polynomial([1, 0, -1]) ** POWER
    return bump.deriv(order)(np.arange(1 - half, half) / half) * step / (half * step) ** order


def _against(values: np.ndarray, weights: np.ndarray, axis: int, periodic: bool) -> np.ndarray:
    """Sums of values times weights along an axis, around centres inside; around the ends too if periodic."""
    half = (len(weights) + 1) // 2
    if periodic:
        values = np.concatenate(
            [values.take(range(-half + 1, 0), axis), values, values.take(range(half - 1), axis)], axis
        )
    windows = np.lib.stride_tricks.sliding_window_view(values, len(weights), axis)
    return windows[(slice(None),) * axis + (slice(None, None, max(1, half // OVERLAP)),)] @ weights
