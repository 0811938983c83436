"""Truncated Taylor series in one variable: tensors (m + 1, ...) whose row i is the coefficient of h^i.

Functions of several coordinates are differentiated along a curve z(h) by putting its series in: exact to
rounding, for any order at once (Griewank and Walther, Evaluating Derivatives, chapter 13).
"""

from __future__ import annotations

import math

import torch

from symgen.constants import constant


def multiply(left: torch.Tensor, right: torch.Tensor) -> torch.Tensor:
    """The product of two series of one order; trailing dimensions broadcast."""
    rows = []
    for i in range(len(left)):
        row = left[0] * right[i]
        for j in range(1, i + 1):
            row = row + left[j] * right[i - j]
        rows.append(row)
    return torch.stack(rows)


def outer(left: torch.Tensor, right: torch.Tensor) -> torch.Tensor:
    """Products of all columns: series (m + 1, P, A) and (m + 1, P, B) -> (m + 1, P, A B), row-major."""
    return multiply(left.unsqueeze(-1), right.unsqueeze(-2)).flatten(-2)


def sine_cosine(z: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """Sine and cosine of a series, by s' = c z' and c' = -s z'."""
    sine, cosine = [torch.sin(z[0])], [torch.cos(z[0])]
    for i in range(1, len(z)):
        slopes = [j / i * z[j] for j in range(1, i + 1)]
        sine.append(_dot(slopes, cosine))
        cosine.append(-_dot(slopes, sine[:i]))
    return torch.stack(sine), torch.stack(cosine)


def silu(z: torch.Tensor) -> torch.Tensor:
    """z sigmoid(z) of a series, by s' = s (1 - s) z' for the sigmoid s."""
    if len(z) == 1:  # the values alone: most calls are such, and this is several times faster
        return torch.nn.functional.silu(z)
    sigmoid = [torch.sigmoid(z[0])]
    change: list[torch.Tensor] = []  # s (1 - s)
    for i in range(1, len(z)):
        square = _dot(sigmoid, sigmoid)
        change.append(sigmoid[i - 1] - square)
        sigmoid.append(_dot([j / i * z[j] for j in range(1, i + 1)], change))
    return multiply(z, torch.stack(sigmoid))


def derivatives(series: torch.Tensor) -> torch.Tensor:
    """The derivatives that the coefficients stand for: row i times i!."""
    factorials = constant([math.factorial(i) for i in range(len(series))], series)
    return series * factorials.reshape(-1, *[1] * (series.ndim - 1))


def _dot(left: list[torch.Tensor], right: list[torch.Tensor]) -> torch.Tensor:
    """left[0] right[n - 1] + left[1] right[n - 2] + ... for the n rows of `left`."""
    n = len(left)
    total = left[0] * right[n - 1]
    for j in range(1, n):
        total = total + left[j] * right[n - 1 - j]
    return total
