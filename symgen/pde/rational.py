"""From elementary expressions to polynomials over the rationals, where linear relations among them are exact.

Every function is replaced by a new variable in which it is rational: exp(a) = e^k for the arguments that are multiples
of one another, sin(a) and cos(a) by the tangent of half the argument, the q-th root of b by s, with s^q = b, and where
b is linear in a variable v also v = (s^q - b_0) / b_1. The new variables count as independent. Where they are not
(exp(t) and exp(t + 1), say), a relation can be missed, but none that is found is false.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence

import sympy
from sympy.polys.rings import PolyElement, PolyRing
from sympy.polys.rings import ring as polynomial_ring

from symgen.exceptions import UsageError


class Rationaliser:
    """The substitution for a set of expressions, and the polynomial ring that they live in then.

    Raises UsageError for numbers that are not rational.
    """

    def __init__(self, expressions: Iterable[sympy.Expr], first: Sequence[sympy.Symbol]) -> None:
        """`first` are the variables that come first in the ring, such as x, t and u."""
        expressions = [_in_exponentials(e) for e in expressions]
        self._kernels: dict[sympy.Expr, sympy.Expr] = {}
        self._variables: dict[sympy.Symbol, sympy.Expr] = {}
        atoms = {a for e in expressions for a in e.atoms(sympy.Pow, sympy.Function)}
        self._exponentials([a for a in atoms if isinstance(a, sympy.exp)])
        self._roots([a for a in atoms if a.is_Pow and not a.exp.is_Integer and a.base != sympy.E])
        for place, argument in enumerate(_sorted({a.args[0] for a in atoms if isinstance(a, sympy.sin | sympy.cos)})):
            half = sympy.Symbol(f"_h{place}")
            self._kernels[sympy.sin(argument)] = 2 * half / (1 + half**2)
            self._kernels[sympy.cos(argument)] = (1 - half**2) / (1 + half**2)
        for place, logarithm in enumerate(_sorted({a for a in atoms if isinstance(a, sympy.log)})):
            self._kernels[logarithm] = sympy.Symbol(f"_l{place}")
        images = [self._substituted(e) for e in expressions]
        found = {s for e in images for s in e.free_symbols}
        self.variables = [*first, *_sorted(found - set(first))]
        self.ring: PolyRing = polynomial_ring(self.variables, sympy.QQ)[0]

    def __call__(self, expressions: Sequence[sympy.Expr]) -> list[PolyElement]:
        """The expressions times their common denominator, as polynomials."""
        fractions = [self._fraction(self._substituted(_in_exponentials(e))) for e in expressions]
        common = self.ring.one
        for _, denominator in fractions:
            if denominator != common:
                common = common.lcm(denominator)
        return [numerator * common.exquo(denominator) for numerator, denominator in fractions]

    def _substituted(self, expression: sympy.Expr) -> sympy.Expr:
        return expression.xreplace(self._kernels).xreplace(self._variables)

    def _fraction(self, expression: sympy.Expr) -> tuple[PolyElement, PolyElement]:
        if expression.is_polynomial(*self.variables):
            return self._polynomial(expression), self.ring.one
        by_denominator: dict[sympy.Expr, sympy.Expr] = {}
        for term in sympy.Add.make_args(expression):  # one by one: together, they would be multiplied out
            numerator, denominator = term.as_numer_denom()
            by_denominator[denominator] = by_denominator.get(denominator, sympy.Integer(0)) + numerator
        total, common = self.ring.zero, self.ring.one
        for denominator, numerator in by_denominator.items():
            below = self._polynomial(denominator)
            shared = common.lcm(below)
            total = total * shared.exquo(common) + self._polynomial(numerator) * shared.exquo(below)
            common = shared
        return total, common

    def _polynomial(self, expression: sympy.Expr) -> PolyElement:
        try:
            return self.ring.from_expr(expression)
        except ValueError:
            numbers = _sorted(a for a in expression.atoms(sympy.Pow, sympy.NumberSymbol, sympy.Function) if a.is_number)
            if not numbers:
                raise
            raise UsageError(
                f"The equation has {numbers[0]}, and exact algebra needs rational numbers: write it as a decimal."
            ) from None

    def _exponentials(self, exponentials: Sequence[sympy.exp]) -> None:
        families: list[dict[sympy.exp, sympy.Rational]] = []
        for exponential in _sorted(exponentials):
            for family in families:
                ratio = sympy.simplify(exponential.args[0] / next(iter(family)).args[0])
                if ratio.is_Rational:
                    family[exponential] = ratio
                    break
            else:
                families.append({exponential: sympy.Integer(1)})
        for place, family in enumerate(families):
            unit = math.lcm(*(ratio.q for ratio in family.values()))
            for exponential, ratio in family.items():
                self._kernels[exponential] = sympy.Symbol(f"_e{place}") ** (ratio * unit)

    def _roots(self, roots: Sequence[sympy.Pow]) -> None:
        for place, base in enumerate(_sorted({root.base for root in roots if not root.is_number})):
            powers = [root for root in roots if root.base == base]
            if not all(root.exp.is_Rational for root in powers):
                raise UsageError(f"{powers[0]} is a power that is no rational number: its symmetries are not computed.")
            degree = math.lcm(*(root.exp.q for root in powers))
            symbol = sympy.Symbol(f"_s{place}")
            for root in powers:  # only powers below the q-th are left of s, as s^q is b
                whole, rest = divmod(root.exp * degree, degree)
                self._kernels[root] = base**whole * symbol**rest
            for variable in _sorted(base.free_symbols - set(self._variables)):
                slope = sympy.diff(base, variable)
                if slope.is_Rational and slope != 0:
                    self._variables[variable] = (symbol**degree - base.subs(variable, 0)) / slope
                    break


def _in_exponentials(expression: sympy.Expr) -> sympy.Expr:
    """With tan by sin and cos, and hyperbolic functions by exp."""
    for kind, target in ((sympy.tan, sympy.cos), (sympy.sinh, sympy.exp), (sympy.cosh, sympy.exp)):
        if expression.has(kind):
            expression = expression.replace(kind, lambda a, k=kind, t=target: _rewritten(k, a, t))
    if expression.has(sympy.tanh):
        expression = expression.replace(sympy.tanh, lambda a: 1 - 2 / (sympy.exp(2 * a) + 1))
    return expression


def _rewritten(kind: type, argument: sympy.Expr, target: type) -> sympy.Expr:
    return sympy.sin(argument) / sympy.cos(argument) if kind is sympy.tan else kind(argument).rewrite(target)


def _sorted(items: Iterable[sympy.Basic]) -> list[sympy.Basic]:
    return sorted(items, key=str)
