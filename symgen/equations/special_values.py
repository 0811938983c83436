"""Values of parameters, left as symbols, at which a system has more symmetries than for all others.

Candidates are the zeros of the pivots with which the determining equations are solved over the rational functions of
the parameters (`pivots`), the values at which powers coincide (`coincidences`), zero, and those at which the equations
cannot be solved for the same derivatives. At any other value the symmetries in the ansatz are as many as for the
symbol. The determining equations are looked at for each candidate, and where more is found the system is solved again
there.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import sympy

from symgen.equations.coincidences import Exponents, Keyed
from symgen.equations.independence import Field, independent_fields
from symgen.equations.pivots import pivot_factors
from symgen.equations.system import System
from symgen.equations.truncation import is_linear
from symgen.exceptions import SymgenError, UsageError
from symgen.symbolic import SAMPLES, is_constant, parameters_in, sample
from symgen.time_limit import TooSlow, time_limit

SECONDS = 60.0
"""Of computing, for candidates, and for the algebras at them."""
Values = Mapping[sympy.Symbol, sympy.Expr]
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
                if (size := exponents.nullity(rows, columns, domain, values)) is None or size > found
            ]
            kept += [values for factor in _curvatures(system) for values in _zeros(factor) or ()]
    except TooSlow:
        return Candidates(notes=("Special values of the parameters were not sought: that takes too long here.",))
    below = [(factor, _zeros(factor)) for factor in sorted(_denominators(system), key=str)]
    unsolved = [str(factor).replace("**", "^") for factor, zeros in (*solved, *below) if zeros is None]
    notes = [f"There may be more symmetries where {text} = 0: that was not looked at." for text in unsolved]
    high = [values for values in kept if any(v.has(sympy.CRootOf) for v in values.values())]
    kept = [values for values in kept if values not in high]
    notes += [
        f"There are more symmetries at {name} = {root.evalf(6)}, a number that no roots give: which is not computed."
        for values in high
        for name, root in values.items()
    ]
    zero = [{parameter: sympy.S.Zero} for parameter in system.parameters]
    singular = [values for _, zeros in below for values in zeros or ()]
    return Candidates(tuple(_distinct([*kept, *zero, *singular])), tuple(notes))


def _denominators(system: System) -> set[sympy.Expr]:
    """Polynomials in the parameters that the equations are divided by to solve them."""
    found: set[sympy.Expr] = set()
    for right in system.rules.values():
        below = sympy.denom(sympy.together(right))
        found |= {factor for factor, _ in sympy.factor_list(below)[1] if factor.free_symbols <= set(system.parameters)}
    return {factor for factor in found if factor.free_symbols}


def _curvatures(system: System) -> set[sympy.Expr]:
    """Polynomials in the parameters that second derivatives of the equations have as factors: where these vanish, the
    equations may be linear, and the determining equations in an ansatz need not show it."""
    unknowns = [system.space.symbol(jet) for jet in system.space.jets(*system.expressions)]
    found: set[sympy.Expr] = set()
    for expression in system.expressions:
        slopes = [sympy.diff(expression, one) for one in unknowns]
        for slope in slopes:
            for one in unknowns:
                parts = sympy.Mul.make_args(sympy.factor(sympy.diff(slope, one)))
                found |= {f for part in parts if is_constant(part) for f in _irreducible(part)}
    return found


def _irreducible(number: sympy.Expr) -> set[sympy.Expr]:
    """The factors of a polynomial in parameters; none of another function."""
    if not parameters_in(number) or not number.is_polynomial(*parameters_in(number)):
        return set()
    return {factor for factor, _ in sympy.factor_list(number)[1]}


def _zeros(factor: sympy.Expr) -> list[Values] | None:
    """The real zeros of an irreducible polynomial, or one parameter in terms of others; None where it has no such."""
    if not factor.is_polynomial(*parameters_in(factor)):
        return None
    for parameter in parameters_in(factor):
        if sympy.degree(factor, parameter) == 1:
            slope = sympy.diff(factor, parameter)
            return [{parameter: sympy.cancel(-factor.subs(parameter, 0) / slope)}]
    (parameter, *others) = parameters_in(factor)
    if others:
        return None
    polynomial = sympy.Poly(factor, parameter)
    if not (polynomial.domain.is_ZZ or polynomial.domain.is_QQ):  # with roots or pi
        return None
    return [{parameter: root} for root in polynomial.real_roots()]


def _distinct(values: Any) -> list[Values]:
    seen = {tuple(sorted(((k, v) for k, v in one.items()), key=str)): one for one in values}
    return sorted(
        seen.values(),
        key=lambda one: [(sympy.count_ops(v), abs(v) if v.is_number else 0, str(v)) for v in one.values()],
    )


@dataclass(frozen=True)
class SpecialValue:
    """More symmetries than for a symbol."""

    values: Values
    fields: tuple[Field, ...]
    """A basis of the symmetries there."""
    more: tuple[Field, ...]
    """Those of them that come to the ones for the symbols."""
    linear: bool = False
    """Whether the equations are linear there, and were not before: then there are infinitely many."""

    def __str__(self) -> str:
        return ", ".join(f"{name} = {value}" for name, value in self.values.items()).replace("**", "^")


def special_values(
    system: System, where: Candidates, fields: Sequence[Field], solve: Callable[[System, Values], Any]
) -> tuple[tuple[SpecialValue, ...], tuple[str, ...]]:
    """Those candidates at which there are more fields than for the symbols, with their algebras; and what is open.

    `solve` gives the algebra of the system at values, in the same kind of ansatz. It is asked at a random value, too:
    if there are more fields there, the ansatz for symbols lacks functions, which is said.
    """
    special, notes = [], list(where.notes)
    try:
        with time_limit(SECONDS):
            usual, elsewhere = at_sample(system)
            found, count = _size(system, fields), _size(system, solve(elsewhere, usual).fields)
            if count > found:
                at = ", ".join(f"{name} = {value}" for name, value in usual.items())
                notes.append(f"At {at} there are {count} symmetries: the ansatz lacks functions of the parameters.")
            for values in where.values:
                try:
                    there = system.at(values)
                    algebra = solve(there, values)
                except SymgenError:  # no equation is left there, or none that can be solved
                    continue
                linear = is_linear(there) and not is_linear(system)
                if linear or _size(there, algebra.fields) > max(count, found):
                    special.append(SpecialValue(values, algebra.fields, _more(values, fields, algebra.fields), linear))
    except TooSlow:
        notes.append("Not all special values of the parameters were looked at: that takes too long here.")
    if len(system.parameters) > 1:
        notes.append("Special values were sought for one parameter at a time, not for several at once.")
    return tuple(special), tuple(notes)


def at_sample(system: System) -> tuple[Values, System]:
    """Values of the parameters that are nothing special, at which the equations have a value, and the system there."""
    if not system.parameters:
        return {}, system
    for start in range(len(SAMPLES)):
        values = sample(system.parameters, start)
        with suppress(UsageError):
            return values, system.at(values)
    names = ", ".join(map(str, system.parameters))
    raise UsageError(f"The equations have no real value at any of the values that were tried for {names}.")


def functions_at(functions: Sequence[sympy.Expr], values: Values) -> list[sympy.Expr]:
    """Functions of an ansatz at values of parameters, as far as they are functions there."""
    there = [f.subs(values) for f in functions]
    return [f for f in there if not is_constant(f) and not f.has(sympy.zoo, sympy.nan, sympy.oo, sympy.I)]


def _more(values: Values, usual: Sequence[Field], fields: Sequence[Field]) -> tuple[Field, ...]:
    """What is no combination of the usual fields at these values."""
    before = [tuple(sympy.expand(c.subs(values)) for c in field) for field in usual]
    kept = independent_fields([*(f for f in before if any(c != 0 for c in f)), *fields])
    return tuple(field for field in fields if any(field is other for other in kept))


def _size(system: System, fields: Sequence[Field]) -> int:
    """How many fields there are; of linear equations without those that add a solution, which an ansatz cuts off."""
    if not is_linear(system) or len(system.space.independent) == 1:
        return len(fields)
    first = len(system.space.independent)
    nothing = dict.fromkeys(system.space.unknowns, sympy.S.Zero)
    proper = [(*field[:first], *(c - c.subs(nothing) for c in field[first:])) for field in fields]
    return len(independent_fields([tuple(map(sympy.expand, field)) for field in proper if any(c != 0 for c in field)]))
