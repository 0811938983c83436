"""Values of parameters, left as symbols, at which a system has more symmetries than for all others.

Candidates are the zeros of the pivots with which the determining equations are solved over the rational functions of the
parameters (`pivots`), the values at which powers coincide (`coincidences`), zero, and those at which the equations
cannot be solved for the same derivatives. At any other value the symmetries in the ansatz are as many as for the symbol.
The determining equations are looked at for each candidate, and where more is found the system is solved again there.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sympy

from symgen.equations.coincidences import Exponents, Keyed, nullity
from symgen.equations.pivots import pivot_factors
from symgen.equations.system import System
from symgen.exceptions import SymgenError
from symgen.symbolic import Parameter, parameters_in, sample
from symgen.time_limit import TooSlow, time_limit

SECONDS = 60.0
"""Of computing, for candidates, and for the algebras at them."""
Values = Mapping[Parameter, sympy.Expr]
"""A number for a parameter, or an expression in the others."""


@dataclass(frozen=True)
class Candidates:
    """Where there may be more symmetries, within one ansatz."""

    values: tuple[Values, ...] = ()
    notes: tuple[str, ...] = ()


def candidates(system: System, rows: Keyed, columns: int, exponents: Exponents, domain: Any, found: int) -> Candidates:
    """Values at which the determining equations, given as rows, have more than the solutions `found` for symbols."""
    try:
        with time_limit(SECONDS):
            factors = pivot_factors((row for _, row in rows), domain)
            if exponents.exist:
                factors |= exponents.coincidences(product for product, _ in rows)
            solved = [(factor, _zeros(factor)) for factor in sorted(factors, key=str) if parameters_in(factor)]
            kept = [
                values
                for values in _distinct(values for _, zeros in solved for values in zeros or ())
                if (size := nullity(exponents.merged(rows, values, domain), columns, domain, values)) is None
                or size > found
            ]
    except TooSlow:
        return Candidates(notes=("Special values of the parameters were not sought: that takes too long here.",))
    unsolved = [factor for factor, zeros in solved if zeros is None]
    notes = [
        f"There may be more symmetries where {str(factor).replace('**', '^')} = 0: it was not solved."
        for factor in unsolved
    ]
    zero = [{parameter: sympy.S.Zero} for parameter in system.parameters]
    singular = [values for factor in _denominators(system) for values in _zeros(factor) or ()]
    return Candidates(tuple(_distinct([*kept, *zero, *singular])), tuple(notes))


def _denominators(system: System) -> set[sympy.Expr]:
    """Polynomials in the parameters that the equations are divided by to solve them."""
    found: set[sympy.Expr] = set()
    for right in system.rules.values():
        below = sympy.denom(sympy.together(right))
        found |= {factor for factor, _ in sympy.factor_list(below)[1] if factor.free_symbols <= set(system.parameters)}
    return {factor for factor in found if factor.free_symbols}


def _zeros(factor: sympy.Expr) -> list[Values] | None:
    """The rational zeros of an irreducible polynomial, or one parameter in terms of others; None where it has others."""
    for parameter in parameters_in(factor):
        if sympy.degree(factor, parameter) == 1:
            slope = sympy.diff(factor, parameter)
            return [{parameter: sympy.cancel(-factor.subs(parameter, 0) / slope)}]
    (parameter, *others) = parameters_in(factor)
    if others:
        return None
    real = sympy.Poly(factor, parameter).count_roots()
    return None if real else []


def _distinct(values: Any) -> list[Values]:
    seen = {tuple(sorted(((k, v) for k, v in one.items()), key=str)): one for one in values}
    return sorted(seen.values(), key=lambda one: [(sympy.count_ops(v), abs(v) if v.is_number else 0, str(v)) for v in one.values()])


@dataclass(frozen=True)
class SpecialValue:
    """More symmetries than for a symbol."""

    values: Values
    algebra: Any
    """That of the system there, a `SymmetryAlgebra`."""

    def __str__(self) -> str:
        return ", ".join(f"{name} = {value}" for name, value in self.values.items()).replace("**", "^")


def special_values(
    system: System, where: Candidates, found: int, solve: Callable[[System], Any]
) -> tuple[tuple[SpecialValue, ...], tuple[str, ...]]:
    """Those candidates at which there are more fields than `found`, with their algebras; and notes on what is open.

    `solve` gives the algebra of a system in the same kind of ansatz. It is asked at a random value, too: if there are
    more fields there, the ansatz for symbols lacks functions, which is said.
    """
    special, notes = [], list(where.notes)
    try:
        with time_limit(SECONDS):
            usual = sample(system.parameters)
            count = len(solve(system.at(usual)).fields)
            if count > found:
                at = ", ".join(f"{name} = {value}" for name, value in usual.items())
                notes.append(f"At {at} there are {count} symmetries: the ansatz lacks functions of the parameters.")
            for values in where.values:
                try:
                    algebra = solve(system.at(values))
                except SymgenError:  # no equation is left there, or none that can be solved
                    continue
                if len(algebra.fields) > max(count, found):
                    special.append(SpecialValue(values, algebra))
    except TooSlow:
        notes.append("Not all special values of the parameters were looked at: that takes too long here.")
    return tuple(special), tuple(notes)
