"""Points of data where equations have no value, such as roots of negative numbers, or u/x at x = 0."""

from __future__ import annotations

import torch

from symgen.exceptions import DataError

UNDEFINED = 0.1
"""Share of points without a value that is passed over."""


def require_defined(values: torch.Tensor, what: str) -> None:
    """Raise DataError where many of an equation's values are none; `what` is the equation in words."""
    share = float((~values.isfinite()).double().mean())
    if share > UNDEFINED:
        raise DataError(
            f"{what} has no finite value at {share:.0%} of the points of the data, so these do not solve it. Roots and "
            "logarithms of negative numbers have none, nor have quotients by zero, and numbers above 1e308."
        )
