"""Antiderivatives of elementary functions by the rules that conserved quantities need; no search, so always quick."""

from __future__ import annotations

from collections.abc import Callable

import sympy

_OF_FUNCTION: dict[type, Callable[[sympy.Expr], sympy.Expr]] = {
    sympy.exp: sympy.exp,
    sympy.sin: lambda a: -sympy.cos(a),
    sympy.cos: sympy.sin,
    sympy.tan: lambda a: -sympy.log(sympy.cos(a)),
    sympy.sinh: sympy.cosh,
    sympy.cosh: sympy.sinh,
    sympy.tanh: lambda a: sympy.log(sympy.cosh(a)),
    sympy.log: lambda a: a * sympy.log(a) - a,
}


def antiderivative(expression: sympy.Expr, variable: sympy.Symbol) -> sympy.Expr | None:
    """A function whose derivative in the variable is the expression; None where the rules know none.

    Term by term: powers, substitution g(w) dw, parts for powers of the variable, and partial fractions in the variable
    alone. Where a term has none, as a whole: it may be a derivative, though its terms are none.
    """
    parts = [_of_term(term, variable) for term in sympy.Add.make_args(sympy.expand_mul(expression))]
    if all(part is not None for part in parts):
        return sympy.Add(*parts)
    return _of_term(sympy.factor_terms(expression), variable)


def _of_term(term: sympy.Expr, variable: sympy.Symbol) -> sympy.Expr | None:
    outside, inside = term.as_independent(variable, as_Add=False)
    if inside.is_polynomial(variable):
        return sympy.expand_mul(outside * sympy.Poly(inside, variable).integrate(variable).as_expr())
    for factor in sympy.Mul.make_args(inside):
        if (found := _substituted(factor, inside / factor, variable)) is not None:
            return outside * found
    for factor in sympy.Mul.make_args(inside):
        if (found := _by_parts(factor, inside / factor, variable)) is not None:
            return sympy.expand_mul(outside * found)
    if inside.free_symbols == {variable} and inside.is_rational_function(variable):
        fractions = sympy.apart(inside, variable)
        if fractions.is_Add:
            parts = [_of_term(fraction, variable) for fraction in fractions.args]
            return sympy.Add(*(outside * part for part in parts)) if None not in parts else None
    return None


def _substituted(factor: sympy.Expr, rest: sympy.Expr, variable: sympy.Symbol) -> sympy.Expr | None:
    """Of g(w) times a multiple of dw/dv, with g a power or a function and w = w(v)."""
    ways = []
    if type(factor) in _OF_FUNCTION:
        ways.append((factor.args[0], _OF_FUNCTION[type(factor)](factor.args[0])))
    argument, power = factor.args if factor.is_Pow else (factor, sympy.S.One)
    if not power.has(variable):
        ways.append((argument, sympy.log(argument) if power == -1 else argument ** (power + 1) / (power + 1)))
    for argument, made in ways:
        ratio = sympy.cancel(rest / sympy.diff(argument, variable))
        if not ratio.has(variable):
            return ratio * made
    return None


def _by_parts(factor: sympy.Expr, rest: sympy.Expr, variable: sympy.Symbol) -> sympy.Expr | None:
    """Of a polynomial times exp, sin, cos, sinh or cosh of something linear in the variable, or times log."""
    if type(factor) not in _OF_FUNCTION or not rest.is_polynomial(variable):
        return None
    argument = factor.args[0]
    if isinstance(factor, sympy.log):
        whole = sympy.Poly(rest, variable).integrate(variable).as_expr()
        left = _of_term(sympy.cancel(whole * sympy.diff(argument, variable) / argument), variable)
        return None if left is None else whole * factor - left
    if not isinstance(factor, sympy.exp | sympy.sin | sympy.cos | sympy.sinh | sympy.cosh):
        return None
    slope = sympy.diff(argument, variable)
    if slope.has(variable):
        return None
    total, made, sign = sympy.S.Zero, factor, 1
    while rest != 0:
        number, function = made.as_independent(variable, as_Add=False)
        made = number * _OF_FUNCTION[type(function)](argument) / slope
        total += sign * rest * made
        rest, sign = sympy.diff(rest, variable), -sign
    return total
