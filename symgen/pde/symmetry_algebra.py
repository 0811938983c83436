"""Lie point symmetries of one equation by algebra, with the functions that it suggests."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import sympy

from symgen.equations.ansatz import Field, independent_terms, monomials
from symgen.equations.special_values import SpecialValue, Values, functions_at, special_values
from symgen.equations.symmetry_algebra import SymmetryAlgebra, multiples, require_variables, solve_ansatz
from symgen.equations.system import System
from symgen.pde.dictionary import families, suggestions
from symgen.pde.equation import Equation
from symgen.pde.grammar import SPACE, X

DEGREE = 4
"""Of the polynomials in x, t and u; functions come with one degree less, in x and u."""

__all__ = ["DEGREE", "EquationAlgebra", "Field", "symmetry_algebra"]


@dataclass(frozen=True, kw_only=True)
class EquationAlgebra(SymmetryAlgebra):
    """The symmetries (xi_x, xi_t, phi) of an equation that an ansatz holds."""

    equation: Equation


def symmetry_algebra(
    equation: Equation,
    degree: int = DEGREE,
    functions: Sequence[sympy.Expr] = (),
    limits: tuple[int, int, int] | None = None,
    periodic: bool = False,
    special: bool = True,
) -> EquationAlgebra:
    """All symmetries among polynomials of total `degree`, and functions times polynomials of one degree less.

    The functions are those that the equation suggests (see `suggestions`) and those given. `limits`: highest degrees in
    x, t and u, with the `families` of functions of x and t alone beside them. `periodic`: only fields that do not
    depend on x. `special`: whether special values of symbolic parameters are sought. Checks and errors are those of
    `symgen.equations.symmetry_algebra`.
    """
    require_variables(functions)
    suggested = suggestions(equation) if limits is None else [f for family in families(equation) for f in family]
    wanted = dict.fromkeys([*suggested, *functions])

    def allowed(terms: list[sympy.Expr], factor: sympy.Expr) -> list[sympy.Expr]:
        return [term for term in terms if _allowed(term / factor, limits) and not (periodic and term.has(X))]

    ansatz = {f: allowed(multiples(f, SPACE.coordinates, degree), f) for f in wanted if not (periodic and f.has(X))}
    polynomials = allowed(monomials(SPACE.coordinates, degree), sympy.Integer(1))
    terms, spare = independent_terms(SPACE.coordinates, polynomials, ansatz)
    solved = solve_ansatz(equation.system, terms, special)

    def again(other: System, values: Values) -> SymmetryAlgebra:
        there = functions_at(tuple(wanted), values)
        return symmetry_algebra(Equation(other.expressions[0]), degree, there, limits, periodic, special=False)

    found: tuple[SpecialValue, ...] = ()
    open_notes = solved.candidates.notes
    if special and equation.system.parameters:
        found, open_notes = special_values(equation.system, solved.candidates, solved.fields, again)
    left_out = [f"The function {f} is left out: it depends on the others." for f in functions if f in spare]
    return EquationAlgebra(
        system=equation.system,
        equation=equation,
        fields=solved.fields,
        degree=degree,
        functions=tuple(f for f in ansatz if f not in spare),
        unknowns=3 * len(terms),
        notes=(*left_out, *solved.notes, *open_notes),
        special=found,
    )


def _allowed(monomial: sympy.Expr, limits: tuple[int, int, int] | None) -> bool:
    return limits is None or all(
        sympy.degree(monomial, v) <= most for v, most in zip(SPACE.coordinates, limits, strict=True)
    )
