"""The field of numbers that the coefficients of exact algebra live in: rationals, with roots and transcendental constants.

Roots of rationals, such as sqrt(2), are algebraic numbers, with all their relations. Constants such as pi, exp(2) and
sin(1) are variables, as if no algebraic relation held among them: one that does can be missed, but what holds for the
variables holds for the constants.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import sympy
from sympy.polys.polyerrors import NotAlgebraic

from symgen.exceptions import UsageError

MOST_DEGREE = 12
"""Of the algebraic numbers over the rationals."""


class ConstantField:
    """The rationals with some constants, from their symbols to what they are."""

    def __init__(self, algebraic: Mapping[sympy.Symbol, sympy.Expr], free: Mapping[sympy.Symbol, sympy.Expr]) -> None:
        self.symbols = (*algebraic, *free)
        self._meaning = {**algebraic, **free}
        self._free = list(free)
        self._ground = _algebraic_field(list(algebraic.values())) if algebraic else sympy.QQ
        self.domain: Any = self._ground.frac_field(*free) if free else self._ground
        """A field of sympy, for its matrices."""
        values = [self.domain.convert_from(self._ground.from_sympy(v), self._ground) for v in algebraic.values()]
        self._values = [*values, *(self.domain.from_sympy(symbol) for symbol in free)]
        self._products: dict[tuple[int, ...], Any] = {}

    def element(self, exponents: tuple[int, ...], factor: Any) -> Any:
        """A rational times powers of the constants, in the order of `symbols`, as an element of the domain."""
        if exponents not in self._products:
            product = self.domain.one
            for value, exponent in zip(self._values, exponents, strict=True):
                product *= value**exponent
            self._products[exponents] = product
        return self._products[exponents] * self.domain.convert_from(factor, sympy.QQ)

    def value(self, element: Any) -> float:
        """An element as a number."""
        return float(self.domain.to_sympy(element).xreplace(self._meaning))

    def multiples(self, values: Sequence[Any]) -> list[sympy.Expr]:
        """Elements times one constant that makes them simple: whole numbers without a common factor, if rational."""
        if self._free:
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
        divisor = sympy.igcd(0, *(r.p * (multiple // r.q) for r in rationals))
        return [sympy.expand(number * sympy.Rational(multiple, divisor)) for number in numbers]


def _algebraic_field(numbers: list[sympy.Expr]) -> Any:
    degree = sympy.prod(sympy.minimal_polynomial(number, polys=True).degree() for number in numbers)
    try:
        field = sympy.QQ.algebraic_field(*numbers) if degree <= 8 * MOST_DEGREE else None
    except (NotAlgebraic, NotImplementedError):
        field = None
    if field is None or field.mod.degree() > MOST_DEGREE:
        names = ", ".join(map(str, numbers))
        raise UsageError(f"The roots {names} are too much for exact algebra: write some of them as decimals.")
    return field
