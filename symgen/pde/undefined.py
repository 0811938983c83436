"""Points of data where equations have no value, such as roots of negative numbers, or u/x at x = 0."""

from __future__ import annotations

import torch

from symgen.exceptions import DataError

UNDEFINED = 0.1
"""Share of points without a value that is passed over."""


def require_defined(squares: torch.Tensor, what: str) -> None:
    """Raise DataError where an equation's terms, by the sum of their squares at each point, have no finite value at
    many; `what` is the equation in words.
    """
    share = 1 - int(squares.isfinite().sum()) / squares.numel()
    if share > UNDEFINED:
        raise DataError(
            f"{what} has no finite value at {share:.0%} of the points of the data, so these do not solve it. Roots and "
            "logarithms of negative numbers have none, nor have quotients by zero; numbers above 1e154 are too large."
        )


def finite_mean(values: torch.Tensor) -> float:
    """Of those that are finite, and 0 where none is: a singular point, such as x = 0 of u_x/x, tells nothing."""
    finite = values[values.isfinite()]
    return float(finite.mean()) if len(finite) else 0.0
