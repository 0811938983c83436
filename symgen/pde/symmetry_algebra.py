"""Lie point symmetries of an equation by algebra: exact, within an ansatz, without any data.

Every component of V is a combination of given functions of x, t and u. The determining equations are then linear in
rational numbers, and their null space is exact. An ansatz proves no completeness: symmetries outside it are not seen.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

import sympy
from sympy.polys.matrices import DomainMatrix
from sympy.polys.rings import PolyElement

from symgen.exceptions import UsageError
from symgen.generators.closed_form import simplicity
from symgen.pde.characteristic import TOLERANCE, LocalSolutions
from symgen.pde.constants import ConstantField
from symgen.pde.determining import BASE, Partial, Unknown, condition, is_jet, split
from symgen.pde.dictionary import families, monomials, suggestions
from symgen.pde.equation import Equation
from symgen.pde.grammar import T, X
from symgen.pde.independence import independent_fields
from symgen.pde.rational import Rationaliser

DEGREE = 4
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
    notes: tuple[str, ...] = ()
    """What was left out, and why."""


def symmetry_algebra(
    equation: Equation,
    degree: int = DEGREE,
    functions: Sequence[sympy.Expr] = (),
    limits: tuple[int, int, int] | None = None,
    periodic: bool = False,
) -> SymmetryAlgebra:
    """All symmetries among polynomials of total `degree`, and functions times polynomials of one degree less.

    The functions are those that the equation suggests (see `suggestions`) and those given. `limits`: highest degrees
    in x, t and u, with the `families` of functions of x and t alone beside them. `periodic`: only fields that do not
    depend on x. Every field is checked in two other ways before it is returned: put into the condition, and by
    `symgen.pde.characteristic`. Raises UsageError for functions without a variable, and where the equation has a
    power that exact algebra does not know, or no finite value at random points.
    """
    for function in functions:
        if not function.free_symbols:
            raise UsageError(f"The function {function} is constant; give functions of x, t and u, such as exp(t).")
    suggested = suggestions(equation) if limits is None else [f for family in families(equation) for f in family]
    wanted = dict.fromkeys([*suggested, *functions])
    ansatz = {f: _multiples(f, degree, limits, periodic) for f in wanted if not (periodic and f.has(X))}
    terms, spare = _independent(_polynomials(degree, limits, periodic), ansatz)
    notes = [f"The function {f} is left out: it depends on the others." for f in functions if f in spare]
    unknowns = condition(equation)
    derivatives = {
        (k, partial): derivative
        for k, term in enumerate(terms)
        for partial, derivative in _derivatives(term, {partial for _, partial in unknowns}).items()
    }
    rational = Rationaliser([*unknowns.values(), *derivatives.values(), *terms], BASE)
    equations = _determining_equations(unknowns, rational)
    rows = _rows(equations, dict(zip(derivatives, rational(list(derivatives.values())), strict=True)), rational, terms)
    basis = _null_space(rows, _by_complexity(terms), rational.constants.domain)
    fields = [_field(row, terms, rational.constants) for row in basis]
    solutions = LocalSolutions(equation)
    candidates = [field for field in fields if independent_fields([field])]  # what is zero is nothing to check
    passed = [f for f in candidates if _solves(f, unknowns, equations, rational) and solutions.defect(f) <= TOLERANCE]
    independent = independent_fields(passed)
    if failed := len(candidates) - len(passed):
        notes.append(f"{_fields(failed)} left out: the check that they are symmetries failed.")
    if spare_fields := len(fields) - failed - len(independent):
        notes.append(f"{_fields(spare_fields)} left out: zero, or a combination of others.")
    return SymmetryAlgebra(
        equation=equation,
        fields=tuple(sorted(independent, key=simplicity)),
        degree=degree,
        functions=tuple(f for f in ansatz if f not in spare),
        unknowns=3 * len(terms),
        notes=tuple(notes),
    )


def _fields(count: int) -> str:
    return f"{count} candidate field{'s' * (count != 1)}"


def _derivatives(expression: sympy.Expr, partials: Collection[Partial]) -> dict[Partial, sympy.Expr]:
    """Those partial derivatives in x, t and u that do not vanish, each from one of an order less."""
    known = {(0, 0, 0): expression}

    def derivative(partial: Partial) -> sympy.Expr:
        if partial not in known:
            axis = next(axis for axis in range(3) if partial[axis])
            i, j, k = (order - (place == axis) for place, order in enumerate(partial))
            lower = derivative((i, j, k))
            known[partial] = sympy.diff(lower, BASE[axis]) if lower.has(BASE[axis]) else sympy.S.Zero
        return known[partial]

    return {partial: value for partial in partials if (value := derivative(partial)) != 0}


def _polynomials(degree: int, limits: tuple[int, int, int] | None, periodic: bool) -> list[sympy.Expr]:
    plain = monomials(BASE, degree)
    return [m for m in plain if _allowed(m, limits) and not (periodic and m.has(X))]


def _multiples(
    function: sympy.Expr, degree: int, limits: tuple[int, int, int] | None, periodic: bool
) -> list[sympy.Expr]:
    """A function times monomials in x and u, and in t if it is none of t."""
    variables = tuple(v for v in BASE if v != T or not function.has(T))
    plain = monomials(variables, max(degree - 1, 0))
    return [m * function for m in plain if _allowed(m, limits) and not (periodic and m.has(X))]


def _allowed(monomial: sympy.Expr, limits: tuple[int, int, int] | None) -> bool:
    return limits is None or all(sympy.degree(monomial, v) <= most for v, most in zip(BASE, limits, strict=True))


def _independent(
    polynomials: list[sympy.Expr], ansatz: dict[sympy.Expr, list[sympy.Expr]]
) -> tuple[list[sympy.Expr], set[sympy.Expr]]:
    """The polynomials and those terms of the ansatz that depend on none before, and the functions that gave none."""
    terms = [*dict.fromkeys([*polynomials, *(term for multiples in ansatz.values() for term in multiples)])]
    if len(terms) == len(polynomials):
        return terms, set(ansatz)
    rational = Rationaliser(terms, BASE)
    columns = [rational.coordinates(p) for p in rational(terms)]
    place = {monomial: row for row, monomial in enumerate(sorted({m for column in columns for m in column}))}
    rows: dict[int, dict[int, Any]] = {}
    for k, column in enumerate(columns):
        for monomial, value in column.items():
            rows.setdefault(place[monomial], {})[k] = value
    _, pivots = DomainMatrix(rows, (len(place), len(terms)), rational.constants.domain).rref()
    chosen = [terms[k] for k in pivots]
    new = set(chosen) - set(polynomials)
    return chosen, {f for f, multiples in ansatz.items() if not new & set(multiples)}


def _rows(
    equations: list[dict[Unknown, PolyElement]],
    of_terms: dict[tuple[int, Partial], PolyElement],
    rational: Rationaliser,
    terms: Sequence[sympy.Expr],
) -> list[dict[int, Any]]:
    """The determining equations as rows of a matrix, whose columns are the coefficients of the ansatz."""
    columns = len(terms)
    by_partial: dict[Partial, list[tuple[int, PolyElement]]] = {}
    for (k, partial), factor in of_terms.items():
        by_partial.setdefault(partial, []).append((k, factor))
    rows: set[tuple[tuple[int, Any], ...]] = set()
    for equation_terms in equations:
        collected: dict[tuple[int, ...], dict[int, Any]] = {}
        for (component, partial), coefficient in equation_terms.items():
            for k, factor in by_partial.get(partial, ()):
                for monomial, value in rational.coordinates(coefficient * factor).items():
                    row = collected.setdefault(monomial, {})
                    place = component * columns + k
                    row[place] = row[place] + value if place in row else value
        rows |= {_primitive(row) for row in collected.values()}
    rows.discard(())
    return [dict(row) for row in sorted(rows, key=str)]


def _solves(
    field: Field, unknowns: Collection[Unknown], equations: list[dict[Unknown, PolyElement]], rational: Rationaliser
) -> bool:
    """Whether a field put into the condition leaves nothing."""
    by_component = [_derivatives(part, {partial for _, partial in unknowns}) for part in field]
    derivatives = [by_component[component].get(partial, sympy.S.Zero) for component, partial in unknowns]
    values = dict(zip(unknowns, rational(derivatives), strict=True))
    sums = (sum((c * values[unknown] for unknown, c in terms.items()), rational.ring.zero) for terms in equations)
    return not any(rational.coordinates(total) for total in sums)


def _determining_equations(
    unknowns: dict[Unknown, sympy.Expr], rational: Rationaliser
) -> list[dict[Unknown, PolyElement]]:
    """One equation for every product of jets: coefficients without jets, of the partial derivatives of V."""
    jets = [is_jet(variable) for variable in rational.ring.symbols]
    collected: dict[tuple[int, ...], dict[Unknown, PolyElement]] = {}
    for unknown, polynomial in zip(unknowns, rational(list(unknowns.values())), strict=True):
        for exponents, value in polynomial.terms():
            inside, outside = split(exponents, jets)
            terms = collected.setdefault(outside, {})
            term = rational.ring.from_dict({inside: value})
            terms[unknown] = terms.get(unknown, rational.ring.zero) + term
    return list(collected.values())


def _primitive(row: dict[int, Any]) -> tuple[tuple[int, Any], ...]:
    """A row of a matrix, divided by its first entry, in a form that can be compared."""
    entries = sorted((place, value) for place, value in row.items() if value)
    return tuple((place, value / entries[0][1]) for place, value in entries)


def _by_complexity(terms: Sequence[sympy.Expr]) -> list[int]:
    """Places of the unknowns, those of the most complex functions first: pivots among them leave simple fields."""
    size = [(len(term.atoms(sympy.Function, sympy.Pow)), term.count_ops(), k) for k, term in enumerate(terms)]
    degree = [sum(sympy.degree(term, v) for v in BASE) if term.is_polynomial(*BASE) else 99 for term in terms]
    order = sorted(range(len(terms)), key=lambda k: (degree[k], size[k]), reverse=True)
    return [component * len(terms) + k for k in order for component in range(3)]


def _null_space(rows: list[dict[int, Any]], order: list[int], domain: Any) -> list[dict[int, Any]]:
    """The reduced basis of the null space whose pivots come first in `order`."""
    zeros, rows = _zeros(rows)
    order = [column for column in order if column not in zeros]
    size = len(order)
    place = {column: position for position, column in enumerate(reversed(order))}
    matrix = DomainMatrix(
        {i: {place[column]: value for column, value in row.items()} for i, row in enumerate(rows)},
        (len(rows), size),
        domain,
    )
    basis = matrix.nullspace()
    mirrored = {i: {size - 1 - j: value for j, value in row.items()} for i, row in basis.to_dod().items()}
    reduced, _ = DomainMatrix(mirrored, basis.shape, domain).rref()
    return [{order[j]: value for j, value in row.items()} for row in reduced.to_dod().values()]


def _zeros(rows: list[dict[int, Any]]) -> tuple[set[int], list[dict[int, Any]]]:
    """Columns that rows with a single entry make zero, and the rows without them."""
    zeros: set[int] = set()
    while single := {next(iter(row)) for row in rows if len(row) == 1}:
        zeros |= single
        rows = [rest for row in rows if (rest := {k: value for k, value in row.items() if k not in single})]
    return zeros, rows


def _field(row: dict[int, Any], terms: Sequence[sympy.Expr], constants: ConstantField) -> Field:
    """The field of a null vector, with small whole numbers as coefficients where they are rational."""
    places = sorted(row)
    numbers = constants.multiples([row[place] for place in places])
    sign = 1 if numbers[0].is_positive else -1
    components = [sympy.Integer(0)] * 3
    for place, number in zip(places, numbers, strict=True):
        components[place // len(terms)] += sign * number * terms[place % len(terms)]
    return components[0], components[1], components[2]
