"""What data say about all coefficients of an equation: those of its terms together, and of the terms left out.

With a flat prior the posterior of a linear model is a Student t distribution about the least-squares estimate (Gelman
et al., Bayesian Data Analysis, section 14.2). A further term whose coefficient is c changes the others by `shift` c, in
the mean; what the data say about c does not depend on the estimates without it (Frisch and Waugh, Econometrica 1 (1933)
387).
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import sympy


@dataclass(frozen=True)
class LeftOut:
    """A term that an equation does not have, or a sum of such, and the coefficient that the data allow it."""

    text: str
    terms: tuple[sympy.Expr, ...]
    """In jets."""
    weights: tuple[float, ...]
    """With which they are added up."""
    value: float
    error: float
    shift: np.ndarray
    """(kept,): by how much it changes the coefficients of the kept terms, for each unit of its own."""


@dataclass(frozen=True)
class Posterior:
    """Of the coefficients of the equation for one unknown: its derivative in t of some order as a sum of terms."""

    order: int
    texts: tuple[str, ...]
    terms: tuple[sympy.Expr, ...]
    """Those that it has, in jets."""
    used: np.ndarray
    """(kept,): the coefficients with which its symmetries are sought, rounded within their errors."""
    values: np.ndarray
    """(kept,): as estimated."""
    factor: np.ndarray
    """(kept, k): F F^T is their covariance."""
    left_out: tuple[LeftOut, ...]
    degrees: int
    """Of freedom: parts of the data that errors are from, less one."""
    widths: dict[str, float] = field(default_factory=dict)
    """By axis, half-widths of the averages in which the data satisfy the equation."""
    clean: bool = False
    """Whether there is no noise to tell of, so that errors are those of the grid."""

    def draws(self, count: int, draw: np.random.Generator) -> np.ndarray:
        """(count, kept): coefficients, less those that are used."""
        normal = draw.standard_normal((count, self.factor.shape[1]))
        return self.values - self.used + heavy_tails(self.degrees, count, draw)[:, None] * (normal @ self.factor.T)


def heavy_tails(degrees: int, count: int, draw: np.random.Generator) -> np.ndarray:
    """(count,): what makes a normal vector one with Student's distribution."""
    return np.asarray(np.sqrt(degrees / draw.chisquare(degrees, count)))
