"""Writing densities and integrals shortly."""

from __future__ import annotations

import sympy


def collected(expression: sympy.Expr) -> sympy.Expr:
    """The same, with terms over a sum put together, and products of exponentials as one.

    q1^2/(q1^2 r + q2^2 r) + q2^2/(q1^2 r + q2^2 r) with r = sqrt(q1^2 + q2^2) becomes 1/r.
    """
    groups: dict[sympy.Expr, list[sympy.Expr]] = {}
    for term in sympy.Add.make_args(sympy.expand(expression)):
        above, below = term.as_numer_denom()
        groups.setdefault(below.as_coeff_Mul()[1], []).append(above / below.as_coeff_Mul()[0])
    total = sympy.S.Zero
    for below, parts in groups.items():
        above = sympy.Add(*parts)
        if any(base.is_Add for base in _bases(below)):
            sign = -1 if above.could_extract_minus_sign() else 1
            total += sign * (sympy.factor(sign * above) / sympy.factor(below))
        else:
            total += above / below
    return sympy.powsimp(total, combine="exp") if total.has(sympy.exp) else total


def _bases(product: sympy.Expr) -> list[sympy.Expr]:
    return [factor.as_base_exp()[0] for factor in sympy.Mul.make_args(product)]
