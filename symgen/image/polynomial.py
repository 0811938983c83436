"""Fields on the square in words: the nearest field with affine and quadratic components."""

from __future__ import annotations

from collections.abc import Sequence

import sympy
import torch

from symgen.image.affine import X, Y
from symgen.least_squares import least_squares

TERMS: tuple[sympy.Expr, ...] = (sympy.Integer(1), X, Y, X**2, X * Y, Y**2)
SMALL = 0.1
"""Terms whose part of the field is smaller than this share of its norm are left out."""
DIGITS = 2


def quadratic_fit(
    values: torch.Tensor, points: torch.Tensor, weight: torch.Tensor
) -> tuple[tuple[sympy.Expr, sympy.Expr], float]:
    """The components nearest to a field's `values` (P, 2) at points (P, 2) under `weight` (P,), without small terms.

    By least squares, coefficients rounded. The other result is the angle between the field and what is written, in
    radians.
    """
    x, y = points.unbind(1)
    root = weight.sqrt()
    columns = torch.stack([torch.ones_like(x), x, y, x * x, x * y, y * y], 1) * root[:, None]
    wanted = values * root[:, None]
    size = torch.linalg.vector_norm(wanted)
    sizes = torch.linalg.vector_norm(columns, dim=0)
    components, fitted = [], torch.zeros_like(wanted)
    for i in range(2):
        kept = list(range(len(TERMS)))
        while kept:
            solution = least_squares(columns[:, kept], wanted[:, i, None])[:, 0]
            shares = solution.abs() * sizes[kept] / size
            least = int(shares.argmin())
            if float(shares[least]) >= SMALL:
                break
            del kept[least]
        numbers = [round(c, DIGITS) for c in solution.tolist()] if kept else []
        components.append(
            sum((sympy.Float(c, 3) * TERMS[k] for c, k in zip(numbers, kept, strict=True)), sympy.Integer(0))
        )
        if kept:
            fitted[:, i] = columns[:, kept] @ columns.new_tensor(numbers)
    cosine = float((wanted * fitted).sum() / (size * torch.linalg.vector_norm(fitted).clamp_min(1e-12)))
    return (components[0], components[1]), float(torch.arccos(torch.tensor(min(1.0, max(-1.0, cosine)))))


def decimal_text(components: Sequence[sympy.Expr], names: Sequence[str] = ("x", "y")) -> str:
    """A polynomial field in the usual notation with decimals, such as `(1.07 - 0.5 x^2) d/dx + 0.21 d/dy`."""
    parts = []
    for component, name in zip(components, names, strict=True):
        terms = sympy.Poly(component, X, Y).terms()
        words = [_term(float(c), powers) for powers, c in reversed(terms) if c != 0]
        if words:
            text = " + ".join(words).replace("+ -", "- ")
            parts.append(f"({text}) d/d{name}" if len(words) > 1 else f"{text} d/d{name}")
    return " + ".join(parts).replace("+ -", "- ") or "0"


def _term(number: float, powers: tuple[int, ...]) -> str:
    factors = [name if power == 1 else f"{name}^{power}" for name, power in zip("xy", powers, strict=True) if power]
    return " ".join([f"{number:.{DIGITS}f}".rstrip("0").rstrip("."), *factors])
