"""Lie point symmetries of an equation by algebra: exact, within an ansatz, without any data.

Every component of V is a combination of given functions of x, t and u. The determining equations are then linear in
rational numbers, and their null space is exact. An ansatz proves no completeness: symmetries outside it are not seen.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

import sympy
from sympy.polys.matrices import DomainMatrix
from sympy.polys.rings import PolyElement

from symgen.generators.closed_form import simplicity
from symgen.pde.determining import BASE, Unknown, condition, is_jet, split
from symgen.pde.dictionary import families, monomials
from symgen.pde.equation import Equation
from symgen.pde.grammar import T, U, X
from symgen.pde.rational import Rationaliser

DEGREE = 3
"""Of the polynomials in x, t and u; functions come with one degree less, in x and u."""

Field = tuple[sympy.Expr, sympy.Expr, sympy.Expr]


@dataclass(frozen=True)
class SymmetryAlgebra:
    """The symmetries of an equation that an ansatz holds."""

    equation: Equation
    fields: tuple[Field, ...]
    """A basis, (xi_x, xi_t, phi), the simplest first."""
    degree: int
    functions: tuple[sympy.Expr, ...]
    """Functions beside the polynomials in the ansatz."""
    unknowns: int
    """Coefficients of the ansatz."""


def symmetry_algebra(
    equation: Equation,
    degree: int = DEGREE,
    functions: Sequence[sympy.Expr] = (),
    limits: tuple[int, int, int] | None = None,
    periodic: bool = False,
) -> SymmetryAlgebra:
    """All symmetries among polynomials of total `degree`, and functions times polynomials of one degree less.

    The functions are those of x and t in the equation (see `families`) and those given. `limits`: highest degrees in
    x, t and u. `periodic`: only fields that do not depend on x. Raises UsageError for irrational numbers.
    """
    suggested = [f for family in families(equation) for f in family]
    chosen = [f for f in dict.fromkeys([*suggested, *functions]) if not (periodic and f.has(X))]
    terms = _ansatz(degree, chosen, limits, periodic)
    unknowns = condition(equation)
    derivatives = {
        (k, unknown[1]): derivative
        for k, term in enumerate(terms)
        for unknown in unknowns
        if (derivative := sympy.diff(term, *zip(BASE, unknown[1], strict=True))) != 0
    }
    rational = Rationaliser([*unknowns.values(), *derivatives.values()], BASE)
    of_terms = dict(zip(derivatives, rational(list(derivatives.values())), strict=True))
    equations = _determining_equations(unknowns, rational)
    columns = len(terms)
    rows: set[tuple[tuple[int, sympy.Rational], ...]] = set()
    for equation_terms in equations:
        collected: dict[tuple[int, ...], dict[int, sympy.Rational]] = {}
        for (component, partial), coefficient in equation_terms.items():
            for k in range(columns):
                factor = of_terms.get((k, partial))
                if factor is None:
                    continue
                for monomial, value in (coefficient * factor).terms():
                    row = collected.setdefault(monomial, {})
                    place = component * columns + k
                    row[place] = row.get(place, 0) + value
        rows |= {_primitive(row) for row in collected.values()}
    rows.discard(())
    basis = _null_space([dict(row) for row in sorted(rows)], 3 * columns, _by_complexity(terms))
    fields = [_field(row, terms) for row in basis]
    return SymmetryAlgebra(equation, tuple(sorted(fields, key=simplicity)), degree, tuple(chosen), unknowns=3 * columns)


def _ansatz(
    degree: int, functions: Collection[sympy.Expr], limits: tuple[int, int, int] | None, periodic: bool
) -> list[sympy.Expr]:
    in_x = 0 if periodic else degree
    most = limits or (degree, degree, degree)
    highest = {X: min(in_x, most[0]), T: most[1], U: most[2]}

    def allowed(term: sympy.Expr) -> bool:
        return all(sympy.degree(term, variable) <= highest[variable] for variable in BASE)

    plain = [m for m in monomials(BASE, degree) if allowed(m)]
    space = [m for m in monomials((X, U), max(degree - 1, 0)) if allowed(m)]
    return list(dict.fromkeys([*plain, *(m * f for f in functions for m in space)]))


def _determining_equations(
    unknowns: dict[Unknown, sympy.Expr], rational: Rationaliser
) -> list[dict[Unknown, PolyElement]]:
    """One equation for every product of jets: coefficients without jets, of the partial derivatives of V."""
    jets = [is_jet(variable) for variable in rational.variables]
    collected: dict[tuple[int, ...], dict[Unknown, PolyElement]] = {}
    for unknown, polynomial in zip(unknowns, rational(list(unknowns.values())), strict=True):
        for exponents, value in polynomial.terms():
            inside, outside = split(exponents, jets)
            terms = collected.setdefault(outside, {})
            term = rational.ring.from_dict({inside: value})
            terms[unknown] = terms.get(unknown, rational.ring.zero) + term
    return list(collected.values())


def _primitive(row: dict[int, sympy.Rational]) -> tuple[tuple[int, sympy.Rational], ...]:
    """A row of a matrix, divided by its first entry, in a form that can be compared."""
    entries = sorted((place, value) for place, value in row.items() if value)
    return tuple((place, value / entries[0][1]) for place, value in entries)


def _by_complexity(terms: Sequence[sympy.Expr]) -> list[int]:
    """Places of the unknowns, those of the most complex functions first: pivots among them leave simple fields."""
    size = [(len(term.atoms(sympy.Function, sympy.Pow)), term.count_ops(), k) for k, term in enumerate(terms)]
    degree = [sum(sympy.degree(term, v) for v in BASE) if term.is_polynomial(*BASE) else 99 for term in terms]
    order = sorted(range(len(terms)), key=lambda k: (degree[k], size[k]), reverse=True)
    return [component * len(terms) + k for k in order for component in range(3)]


def _null_space(rows: list[dict[int, sympy.Rational]], size: int, order: list[int]) -> list[dict[int, sympy.Rational]]:
    """The reduced basis of the null space whose pivots come first in `order`."""
    place = {column: position for position, column in enumerate(reversed(order))}
    matrix = DomainMatrix(
        {i: {place[column]: value for column, value in row.items()} for i, row in enumerate(rows)},
        (len(rows), size),
        sympy.QQ,
    )
    basis = matrix.nullspace()
    mirrored = {i: {size - 1 - j: value for j, value in row.items()} for i, row in basis.to_dod().items()}
    reduced, _ = DomainMatrix(mirrored, basis.shape, sympy.QQ).rref()
    return [{order[j]: value for j, value in row.items()} for row in reduced.to_dod().values()]


def _field(row: dict[int, sympy.Rational], terms: Sequence[sympy.Expr]) -> Field:
    """The field of a null vector, with small whole numbers as coefficients."""
    numbers = {place: sympy.Rational(int(v.numerator), int(v.denominator)) for place, v in row.items()}
    multiple = sympy.ilcm(1, *(n.q for n in numbers.values()))
    divisor = sympy.igcd(0, *(n.p * (multiple // n.q) for n in numbers.values()))
    sign = 1 if numbers[min(numbers)] > 0 else -1
    components = [sympy.Integer(0)] * 3
    for place, number in numbers.items():
        components[place // len(terms)] += sign * number * multiple / divisor * terms[place % len(terms)]
    return components[0], components[1], components[2]
