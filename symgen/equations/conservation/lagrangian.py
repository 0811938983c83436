"""Lagrangians of systems, where they have one as they stand or after multiplication with a constant matrix.

M Delta is the variational derivative of some L if and only if its linearisation is self-adjoint (Helmholtz' conditions;
Olver, Applications of Lie Groups to Differential Equations, theorem 5.92),

    d(M Delta)_a / du^b_J = sum over I >= J of (-1)^|I| C(I, J) D_(I - J) d(M Delta)_b / du^a_I   for all a, b and J,

identically in the jets, which is linear in M.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations, product
from math import comb, prod
from typing import Any

import sympy

from symgen.equations.conservation.homotopy import potential
from symgen.equations.null_space import null_space
from symgen.equations.rational import Rationaliser
from symgen.equations.system import System
from symgen.jets.space import Jet, JetSpace, Orders


@dataclass(frozen=True)
class Lagrangian:
    """A variational principle: M Delta is the variational derivative of the density."""

    density: sympy.Expr | None
    """L, in the jets of the system's space, with derivatives of low order; None where no rule integrates it."""
    matrix: sympy.ImmutableMatrix
    """M, (k, k), invertible: constant, as far as `lagrangian` finds it."""


def lagrangian(system: System) -> Lagrangian | None:
    """The variational principle of as many equations as unknowns; None where there is none with a constant matrix.

    The sign is such that squares of t-derivatives are positive in L, or where there are none, squares of derivatives
    in space negative. If several matrices will do, the identity is taken if it is one of them.
    """
    if len(system.expressions) != len(system.space.dependent):
        return None
    matrix = _multiplier(_Linearised(system))
    if matrix is None:
        return None
    equations = list(matrix * sympy.Matrix(system.expressions))
    if _is_reversed(system.space, equations):
        matrix, equations = -matrix, [-equation for equation in equations]
    return Lagrangian(potential(system.space, [sympy.expand(e) for e in equations]), sympy.ImmutableMatrix(matrix))


class _Linearised:
    """The linearisation of a system and its adjoint, as coefficients by unknown and orders."""

    def __init__(self, system: System) -> None:
        self.space = system.space
        self.size = len(system.expressions)
        self.slopes = [
            {(jet.unknown, jet.orders): sympy.diff(delta, self.space.symbol(jet)) for jet in self.space.jets(delta)}
            for delta in system.expressions
        ]
        self.adjoint = [self._adjoint(slopes) for slopes in self.slopes]

    def _adjoint(self, slopes: dict[tuple[str, Orders], sympy.Expr]) -> dict[tuple[str, Orders], sympy.Expr]:
        found: dict[tuple[str, Orders], sympy.Expr] = {}
        for (unknown, orders), slope in slopes.items():
            for kept in product(*(range(order + 1) for order in orders)):
                rest = tuple(have - left for have, left in zip(orders, kept, strict=True))
                weight = prod(comb(have, left) for have, left in zip(orders, kept, strict=True))
                term = (-1) ** sum(orders) * weight * _derivative(self.space, slope, rest)
                found[unknown, kept] = found.get((unknown, kept), sympy.S.Zero) + term
        return found


def _derivative(space: JetSpace, expression: sympy.Expr, orders: Orders) -> sympy.Expr:
    for axis, order in enumerate(orders):
        for _ in range(order):
            expression = space.total_derivative(expression, axis)
    return expression


def _multiplier(linearised: _Linearised) -> sympy.Matrix | None:
    """An invertible M that makes the linearisation self-adjoint."""
    size, names = linearised.size, linearised.space.dependent
    conditions: list[dict[int, sympy.Expr]] = []
    for a, b in product(range(size), repeat=2):
        forward = [{o: v for (u, o), v in slopes.items() if u == names[b]} for slopes in linearised.slopes]
        backward = [{o: v for (u, o), v in slopes.items() if u == names[a]} for slopes in linearised.adjoint]
        for orders in sorted({o for table in (*forward, *backward) for o in table}):
            condition: dict[int, sympy.Expr] = {}
            for c in range(size):
                for place, value in (
                    (a * size + c, forward[c].get(orders, sympy.S.Zero)),
                    (b * size + c, -backward[c].get(orders, sympy.S.Zero)),
                ):
                    condition[place] = condition.get(place, sympy.S.Zero) + value
            conditions.append({place: v for place, value in condition.items() if (v := sympy.expand(value)) != 0})
    rational = Rationaliser([value for condition in conditions for value in condition.values()], ())
    rows: list[dict[int, Any]] = []
    for condition in conditions:
        by_monomial: dict[tuple[int, ...], dict[int, Any]] = {}
        for place, polynomial in zip(condition, rational(list(condition.values())), strict=True):
            for monomial, value in rational.coordinates(polynomial).items():
                by_monomial.setdefault(monomial, {})[place] = value
        rows += by_monomial.values()
    diagonal = [k * (size + 1) for k in range(size)]
    if not any(sum(row.get(place, 0) for place in diagonal) for row in rows):
        return sympy.eye(size)
    for columns in (diagonal, list(range(size * size))):
        own = [{place: value for place, value in row.items() if place in columns} for row in rows]
        basis = [_matrix(row, size, rational) for row in null_space(own, columns, rational.constants.domain)]
        count = len(basis)
        alone = [[int(k == own) for k in range(count)] for own in range(count)]
        for weights in ([1] * count, *alone, range(1, count + 1), [k * k + 1 for k in range(count)]):
            total = sum((w * m for w, m in zip(weights, basis, strict=True)), sympy.zeros(size))
            if total.det() != 0:
                return total
    return None


def _matrix(row: dict[int, Any], size: int, rational: Rationaliser) -> sympy.Matrix:
    numbers = dict(zip(row, rational.constants.multiples(list(row.values())), strict=True))
    return sympy.Matrix(size, size, lambda i, j: numbers.get(i * size + j, 0))


def _is_reversed(space: JetSpace, equations: list[sympy.Expr]) -> bool:
    """Whether the sign is not that of u_t^2 - u_x^2 - u^2, by the first of the squares that occurs."""
    rest = {space.symbol(jet): 0 for jet in space.jets(*equations)}
    squares = [tuple(2 * k for k in space.unit(axis)) for axis in range(len(space.independent))]
    times = ("t",) if len(squares) > 1 else space.independent
    wanted = [(orders, -1 if name in times else 1) for orders, name in zip(squares, space.independent, strict=True)]
    wanted.sort(key=lambda pair: pair[1])
    mixed = [tuple(map(sum, zip(a, b, strict=True))) for a, b in combinations(map(space.unit, range(len(squares))), 2)]
    for orders, sign in [*wanted, *((o, -1) for o in mixed), (space.none, -1)]:
        for name, equation in zip(space.dependent, equations, strict=True):
            slope = sympy.diff(equation, space.symbol(Jet(name, orders))).subs(rest)
            if slope.is_number and slope.is_finite and slope != 0:
                return bool(slope * sign < 0)
    return False
