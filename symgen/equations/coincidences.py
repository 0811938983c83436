"""Values of parameters in exponents at which products of powers become the same: u^m and u^2 at m = 2.

For a parameter that is a symbol they are independent, and so are the equations that stand before them; where they
coincide, these equations are added, and the rank may fall.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import combinations
from typing import Any

import sympy

from symgen.equations.modular import Residues, Span
from symgen.equations.null_space import Row
from symgen.equations.rational import Rationaliser
from symgen.symbolic import is_constant, is_symbolic_power, parameters_in

Monomial = tuple[int, ...]
Product = tuple[int, Monomial]
"""The number of an equation, and a monomial in it."""
Keyed = Sequence[tuple[Product, Row]]
"""Rows, by products in the variables of a rationaliser."""


class Exponents:
    """The exponents of monomials, as expressions in the parameters, by what is raised to them."""

    def __init__(self, rational: Rationaliser) -> None:
        self._parts = [_part(variable, rational.meaning(variable)) for variable in rational.variables]
        self._special = [key for key, weight in self._parts if not weight.is_number]

    @property
    def exist(self) -> bool:
        """Whether a parameter is in any exponent."""
        return bool(self._special)

    def of(self, monomial: Monomial) -> dict[Any, sympy.Expr]:
        """By base, without those that are zero."""
        total: dict[Any, sympy.Expr] = {}
        for exponent, (key, weight) in zip(monomial, self._parts, strict=True):
            if exponent:
                total[key] = total.get(key, sympy.S.Zero) + exponent * weight
        return {key: value for key, value in total.items() if value != 0}

    def coincidences(self, products: Iterable[Product]) -> set[sympy.Expr]:
        """Polynomials in the parameters whose zeros make two monomials of one equation the same."""
        buckets: dict[Any, set[Any]] = {}
        for number, monomial in dict.fromkeys(products):
            exponents = self.of(monomial)
            plain = frozenset((key, value) for key, value in exponents.items() if key not in self._special)
            own = tuple(sympy.expand(exponents.get(key, 0)) for key in dict.fromkeys(self._special))
            buckets.setdefault((number, plain), set()).add(own)
        found: set[sympy.Expr] = set()
        differences = {
            tuple(sympy.expand(a - b) for a, b in zip(left, right, strict=True))
            for bucket in buckets.values()
            for left, right in combinations(bucket, 2)
        }
        for difference in differences:
            zero = [sympy.numer(sympy.together(d)) for d in difference if d != 0]
            common = sympy.gcd_list(zero) if len(zero) > 1 else zero[0]
            found |= {f for f, _ in sympy.factor_list(common)[1] if parameters_in(f)}
        return found

    def nullity(self, rows: Keyed, columns: int, domain: Any, values: Mapping[sympy.Symbol, sympy.Expr]) -> int | None:
        """Columns less the rank at values of parameters, modulo a prime; None where a row has no value there
        or none modulo a prime.

        Rows whose monomials are the same there are added.
        """
        total: dict[Any, dict[int, int]] = {}
        try:
            residues = Residues(domain, values)
            weights = [(key, residues.of(weight)) for key, weight in self._parts]
            for (number, monomial), row in rows:
                exponents: dict[Any, int] = {}
                for exponent, (key, weight) in zip(monomial, weights, strict=True):
                    if exponent:
                        exponents[key] = (exponents.get(key, 0) + exponent * weight) % residues.prime
                same = number, frozenset(item for item in exponents.items() if item[1])
                target = total.setdefault(same, {})
                for column, value in row.items():
                    target[column] = (target.get(column, 0) + residues(value)) % residues.prime
        except ArithmeticError:  # a zero denominator, or roots that the residues do not have
            return None
        span = Span(residues)
        for vector in total.values():
            span.add_residues(vector)
        return columns - len(span.rows)


def _part(variable: sympy.Symbol, meaning: sympy.Expr) -> tuple[Any, sympy.Expr]:
    """What a variable is a power of, and to which exponent."""
    if isinstance(meaning, sympy.exp):
        weight, key = meaning.args[0].as_independent(*[s for s in meaning.free_symbols if not is_constant(s)])
        number, key = (weight, key) if parameters_in(weight) or weight.is_number else (sympy.S.One, meaning.args[0])
        return ("exp", key), number
    if meaning.is_Pow and (is_symbolic_power(meaning) or meaning.exp.is_Rational):
        return ("power", meaning.base), meaning.exp
    return ("power", meaning), sympy.S.One
