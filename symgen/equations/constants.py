"""The field that the coefficients of exact algebra live in: rationals, with roots and transcendental constants.

Roots of rationals, such as sqrt(2), are algebraic numbers, with all their relations. Where there are other constants,
such as pi, exp(2) and sin(1), or where the roots are too many, all of them are variables instead, as if no algebraic
relation held among them: one that does can be missed, but what holds for the variables holds for the constants.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import sympy
from sympy.polys.polyerrors import NotAlgebraic

from symgen.symbolic import parameters_in

MOST_DEGREE = 12
"""Of the algebraic numbers over the rationals."""
Exponents = tuple[int, ...]


class ConstantField:
    """The rationals with some constants, from their symbols to what they are."""

    def __init__(self, meaning: Mapping[sympy.Symbol, sympy.Expr], algebraic: set[sympy.Symbol]) -> None:
        self.symbols = tuple(meaning)
        self._meaning = dict(meaning)
        roots = list(meaning.values()) if set(meaning) <= algebraic else []
        self._algebraic = _algebraic_field(roots) if roots else None
        self.domain: Any = sympy.QQ
        """A field of sympy, for its matrices."""
        if self._algebraic is not None:
            self.domain = self._algebraic
            self._roots = [self.domain.from_sympy(root) for root in roots]
        elif meaning:
            self.domain = sympy.QQ.frac_field(*meaning)

    def element(self, terms: Mapping[Exponents, Any]) -> Any:
        """A polynomial in the constants, from exponents in the order of `symbols` to rationals, in the domain."""
        if self._algebraic is None:
            return self.domain.field.raw_new(self.domain.field.ring.from_dict(dict(terms)))
        total = self.domain.zero
        for exponents, factor in terms.items():
            product = self.domain.convert_from(factor, sympy.QQ)
            for root, exponent in zip(self._roots, exponents, strict=True):
                product *= root**exponent
            total += product
        return total

    def value(self, element: Any) -> float | sympy.Expr:
        """An element as a number, or in terms of parameters that are left as symbols."""
        expression = self.domain.to_sympy(element).xreplace(self._meaning)
        return sympy.factor(expression) if parameters_in(expression) else float(expression)

    def multiples(self, values: Sequence[Any]) -> list[sympy.Expr]:
        """Elements times one constant that makes them simple: whole numbers without a common factor, if rational."""
        if self.symbols and self._algebraic is None:
            common = values[0].denom
            for value in values[1:]:
                common = common.lcm(value.denom)
            numerators = [value.numer * common.exquo(value.denom) for value in values]
            divisor = numerators[0]
            for numerator in numerators[1:]:
                divisor = divisor.gcd(numerator)
            numbers = [n.exquo(divisor).as_expr().xreplace(self._meaning) for n in numerators]
        else:
            numbers = [self.domain.to_sympy(value) for value in values]
        if self.symbols:
            numbers = [sympy.expand(number) for number in numbers]
        rationals = [r for number in numbers for r in number.as_coefficients_dict().values()]
        multiple = sympy.ilcm(1, *(r.q for r in rationals))
        whole = sympy.igcd(0, *(r.p * (multiple // r.q) for r in rationals))
        return [sympy.expand(number * sympy.Rational(multiple, whole)) for number in numbers]


def _algebraic_field(numbers: list[sympy.Expr]) -> Any:
    degree = sympy.prod(sympy.minimal_polynomial(number, polys=True).degree() for number in numbers)
    try:
        return sympy.QQ.algebraic_field(*numbers) if degree <= MOST_DEGREE else None
    except (NotAlgebraic, NotImplementedError):
        return None
