"""Lie point symmetries of a system by algebra: exact, within an ansatz, without any data.

Every component of V is a combination of given functions of the coordinates. The determining equations are then linear
in rational numbers, and their null space is exact. An ansatz proves no completeness: symmetries outside it are not
seen.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import sympy

from symgen.equations.ansatz import Field, derivatives, independent_terms, monomials
from symgen.equations.coincidences import Exponents
from symgen.equations.constants import ConstantField
from symgen.equations.determining import conditions
from symgen.equations.disguises import is_constant_in_disguise
from symgen.equations.independence import independent_fields
from symgen.equations.local_solutions import TOLERANCE, LocalSolutions
from symgen.equations.modular import sparse_null_space
from symgen.equations.null_space import null_space
from symgen.equations.rational import Rationaliser
from symgen.equations.rows import DeterminingEquations
from symgen.equations.special_values import (
    Candidates,
    SpecialValue,
    Values,
    at_sample,
    candidates,
    functions_at,
    special_values,
)
from symgen.equations.suggestions import suggestions
from symgen.equations.system import System
from symgen.equations.trivial import told_apart
from symgen.equations.truncation import truncations
from symgen.exceptions import UsageError
from symgen.generators.closed_form import simplicity
from symgen.symbolic import is_constant, parameters_in

DEGREE = 2
"""Of the polynomials in all coordinates; functions come with one degree less."""


@dataclass(frozen=True)
class SymmetryAlgebra:
    """The symmetries of a system that an ansatz holds."""

    system: System
    fields: tuple[Field, ...]
    """A basis, components in the order of coordinates, the simplest first."""
    degree: int
    functions: tuple[sympy.Expr, ...]
    """Functions beside the polynomials in the ansatz."""
    unknowns: int
    """Coefficients of the ansatz."""
    notes: tuple[str, ...] = ()
    """What was left out, and why."""
    trivial: tuple[Field, ...] = ()
    """Fields that move every solution along itself, as the flow of first-order ODEs does; `fields` has none of them."""

    special: tuple[SpecialValue, ...] = ()
    """Where parameters are left as symbols: their values at which there are more fields."""

    @property
    def of_full_degree(self) -> int:
        """How many of the fields have polynomials of the ansatz' degree; if any, a higher one may hold more."""
        coordinates = self.system.space.coordinates
        return sum(
            any(c.is_polynomial(*coordinates) and sympy.total_degree(c, *coordinates) == self.degree for c in field)
            for field in self.fields
        )


@dataclass(frozen=True)
class SolvedAnsatz:
    """The symmetries among the combinations of some terms."""

    fields: tuple[Field, ...]
    notes: tuple[str, ...]
    candidates: Candidates = field(default_factory=Candidates)
    """Where parameters are left as symbols."""


def symmetry_algebra(
    system: System, degree: int = DEGREE, functions: Sequence[sympy.Expr] = (), special: bool = True
) -> SymmetryAlgebra:
    """All symmetries among polynomials of total `degree`, and functions times polynomials of one degree less.

    The functions are those that the system suggests (see `symgen.equations.suggestions`) and those given. Every field
    is checked in two other ways before it is returned: put into the condition, and by
    `symgen.equations.local_solutions`. Of parameters that are left as symbols, the values at which there are more are
    sought if `special`. Raises UsageError for functions without a variable, and where the system has a
    power that exact algebra does not know, or no finite value at random points.
    """
    require_variables(functions)
    space = system.space
    wanted = {f: multiples(f, space.coordinates, degree) for f in dict.fromkeys([*suggestions(system), *functions])}
    terms, spare = independent_terms(space.coordinates, monomials(space.coordinates, degree), wanted)
    solved = solve_ansatz(system, terms, special)
    fields, trivial = told_apart(system, solved.fields)

    def again(other: System, values: Values) -> SymmetryAlgebra:
        return symmetry_algebra(other, degree, functions_at(tuple(wanted), values), special=False)

    found: tuple[SpecialValue, ...] = ()
    open_notes = solved.candidates.notes
    if special and system.parameters:
        found, open_notes = special_values(system, solved.candidates, fields, again)
    left_out = [f"The function {f} is left out: it depends on the others." for f in functions if f in spare]
    return SymmetryAlgebra(
        system=system,
        fields=fields,
        trivial=trivial,
        degree=degree,
        functions=tuple(f for f in wanted if f not in spare),
        unknowns=len(space.coordinates) * len(terms),
        notes=(*left_out, *solved.notes, *truncations(system), *open_notes),
        special=found,
    )


def require_variables(functions: Sequence[sympy.Expr]) -> None:
    """Raise UsageError for a function of an ansatz that is constant, in disguise too."""
    for function in functions:
        if is_constant(function) or is_constant_in_disguise(function):
            raise UsageError(f"The function {function} is constant; give functions of coordinates, such as exp(t).")


def multiples(function: sympy.Expr, coordinates: Sequence[sympy.Symbol], degree: int) -> list[sympy.Expr]:
    """A function times monomials of one degree less, in t only if the function has none."""
    variables = [v for v in coordinates if v.name != "t" or not function.has(v)]
    return [m * function for m in monomials(variables, max(degree - 1, 0))]


def solve_ansatz(system: System, terms: Sequence[sympy.Expr], special: bool = True) -> SolvedAnsatz:
    """The symmetries whose components are combinations of linearly independent terms.

    `special`: also the candidates for values of symbolic parameters at which there are more.
    """
    coordinates = system.space.coordinates
    wanted = conditions(system)
    partials = {partial for condition in wanted for _, partial in condition}
    coefficients = [coefficient for condition in wanted for coefficient in condition.values()]
    polynomial = all(term.is_polynomial(*coordinates) for term in terms)
    slopes = [] if polynomial else [d for term in terms for d in derivatives(term, coordinates, partials).values()]
    rational = Rationaliser([*coefficients, *terms, *slopes], coordinates)
    equations = DeterminingEquations(system.space, wanted, rational)
    domain, order = rational.constants.domain, _by_complexity(terms, coordinates)
    where = Candidates()
    if system.parameters:
        rows = equations.rows_by_monomial(terms)
        basis = sparse_null_space([row for _, row in rows], order, domain)
        where = (
            Candidates()
            if not special
            else candidates(system, rows, len(order), Exponents(rational), domain, len(basis))
        )
    else:
        basis = null_space(equations.rows(terms), order, domain)
    fields = [_field(row, terms, len(coordinates), rational.constants) for row in basis]
    # null vectors over polynomials are independent fields
    nonzero = fields if polynomial else [one for one in fields if independent_fields([one])]
    passed = [f for f in nonzero if equations.solved_by(f)]
    passed = _checked_on_solutions(system, passed)
    independent = passed if polynomial else independent_fields(passed)
    notes = []
    if failed := len(nonzero) - len(passed):
        notes.append(f"{_fields(failed)} left out: the check that they are symmetries failed.")
    if spare := len(fields) - failed - len(independent):
        notes.append(f"{_fields(spare)} left out: zero, or a combination of others.")
    return SolvedAnsatz(tuple(sorted(independent, key=simplicity)), tuple(notes), where)


def _checked_on_solutions(system: System, fields: Sequence[Field]) -> list[Field]:
    """Those that are symmetries on random solutions; where parameters are left as symbols, at values of these."""
    values, there = at_sample(system)
    solutions = LocalSolutions(there)
    return [f for f in fields if solutions.defect([c.subs(values) for c in f] if values else f) <= TOLERANCE]


def _fields(count: int) -> str:
    return f"{count} candidate field{'s' * (count != 1)}"


def _by_complexity(terms: Sequence[sympy.Expr], coordinates: Sequence[sympy.Symbol]) -> list[int]:
    """Places of the unknowns, those of the most complex functions first: pivots among them leave simple fields."""
    size = [(len(term.atoms(sympy.Function, sympy.Pow)), term.count_ops(), k) for k, term in enumerate(terms)]
    degree = [sympy.total_degree(t, *coordinates) if t.is_polynomial(*coordinates) else 99 for t in terms]
    order = sorted(range(len(terms)), key=lambda k: (degree[k], size[k]), reverse=True)
    return [component * len(terms) + k for k in order for component in range(len(coordinates))]


def _field(row: dict[int, Any], terms: Sequence[sympy.Expr], dimension: int, constants: ConstantField) -> Field:
    """The field of a null vector, with small whole numbers as coefficients where they are rational."""
    places = sorted(row)
    numbers = constants.multiples([row[place] for place in places])
    first = numbers[0]
    sign = -1 if (first.could_extract_minus_sign() if parameters_in(first) else first.is_negative) else 1
    components: list[list[sympy.Expr]] = [[] for _ in range(dimension)]
    for place, number in zip(places, numbers, strict=True):
        components[place // len(terms)].append(sign * number * terms[place % len(terms)])
    return tuple(sympy.Add(*parts) for parts in components)
