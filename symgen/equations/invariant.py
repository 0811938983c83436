"""The equations with given symmetries, among sums of given terms.

For a field V = tau(t) d/dt + xi^i(y) d/dy^i + phi^a(y, u) d/du^a, which moves t by itself and the other variables
without the unknowns, and equations u^a_t = F^a, or all in u^a_tt, the condition pr V (u^a_t - F^a) = 0 on solutions is

    phi^(a, t) with F in place of u_t  =  sum_i xi^i dF^a/dy^i + sum_(b, J) phi^(b, J) dF^a/du^b_J ,

whose right-hand side has no derivative that F stands for (Olver, Applications of Lie Groups to Differential Equations,
theorems 2.31 and 2.36). So it is linear in F, and for F = sum of c_k f_k inhomogeneous linear equations for the
coefficients, over the rationals.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import sympy
from sympy import QQ

from symgen.equations.null_space import Row, null_space
from symgen.equations.rational import Rationaliser
from symgen.exceptions import UsageError
from symgen.generators.closed_form import formula
from symgen.jets.space import Jet, JetSpace
from symgen.pde.axis import TIME

Components = tuple[sympy.Expr, ...]
"""Of a field, in the order of the coordinates."""
Combination = Mapping[tuple[int, int], sympy.Rational]
"""From equation and term, by number, to coefficients."""


@dataclass(frozen=True)
class Invariant:
    """All right-hand sides that have the symmetries: a fixed part, and any sum of the basis."""

    fixed: Combination
    basis: tuple[Combination, ...]
    """Terms that have the symmetries by themselves first, each of them, though some may be sums of others; then what
    else there is, of as few terms as a reduced basis has."""


def require_projectable(space: JetSpace, field: Components) -> None:
    """Raise UsageError for a field with which the condition on an equation is not linear."""
    text, time = formula(field, space.names), sympy.Symbol(TIME, real=True)
    for variable, component in zip(space.variables, field, strict=False):
        allowed = {time} if variable == time else set(space.variables)
        if foreign := sorted(component.free_symbols - allowed, key=str):
            what = "t by itself" if variable == time else "x, y and z without the unknowns"
            raise UsageError(
                f"{text} cannot be assumed: its component along {variable} has {foreign[0]}, and only fields that move "
                f"{what} restrict an equation in u_t linearly."
            )


def invariant(
    space: JetSpace, order: int, terms: Sequence[Sequence[sympy.Expr]], fields: Iterable[Components]
) -> Invariant | None:
    """Of u^a_t (order 1) or u^a_tt (order 2) = sums of terms, those of each unknown; None if none has the symmetries.

    Raises UsageError for fields with which the condition is not linear (`require_projectable`), or with numbers that
    are not rational.
    """
    places = [(a, k) for a, own in enumerate(terms) for k in range(len(own))]
    offsets = {place: number for number, place in enumerate(places)}
    one = len(places)
    rows: list[Row] = []
    for field in fields:
        require_projectable(space, field)
        rows += _rows(_Condition(space, order, field), terms, offsets)
    bound = {number for row in rows for number in row}
    single = [number for number in range(one) if number not in bound]
    kept = _independent([*single, *(n for n in range(one) if n in bound)], [terms[a][k] for a, k in places], places)
    free = [number for number in range(one) if number in kept and number in bound]
    allowed = {one, *free}
    basis = null_space([{n: v for n, v in row.items() if n in allowed} for row in rows], [one, *free], QQ)
    whole = [vector for vector in basis if vector.get(one)]
    if not whole:
        return None
    (first,) = whole
    fixed = {places[n]: _number(value / first[one]) for n, value in first.items() if n != one and value}
    vectors = [{places[n]: sympy.S.One} for n in single]
    vectors += [{places[n]: _number(v) for n, v in vector.items() if v} for vector in basis if vector is not first]
    return Invariant(fixed, tuple(vectors))


class _Condition:
    """pr V (u^a_t - F^a) on solutions, by its parts."""

    def __init__(self, space: JetSpace, order: int, field: Components) -> None:
        self.space, self.count = space, len(space.independent)
        self.xi, self.phi = field[: self.count], field[self.count :]
        self._known: dict[Jet, sympy.Expr] = {}
        time = tuple(order * (name == TIME) for name in space.independent)
        leads = [Jet(name, time) for name in space.dependent]
        self.symbols = [space.symbol(lead) for lead in leads]
        self.left = [self.prolonged(lead) for lead in leads]
        """phi^(a, t) or phi^(a, tt), with u_t or u_tt in it."""

    def prolonged(self, jet: Jet) -> sympy.Expr:
        """phi^(a, J), by recursion: phi^(a, J + i) = D_i phi^(a, J) - sum_k D_i xi^k u^a_(J + k)."""
        if jet not in self._known:
            if not jet.order:
                return self.phi[self.space.dependent.index(jet.unknown)]
            axis = next(place for place, order in enumerate(jet.orders) if order)
            lower = jet.raised(axis, -1)
            total = self.space.total_derivative(self.prolonged(lower), axis)
            for k, xi in enumerate(self.xi):
                total -= self.space.total_derivative(xi, axis) * self.space.symbol(lower.raised(k))
            self._known[jet] = sympy.expand(total)
        return self._known[jet]

    def moved(self, term: sympy.Expr) -> sympy.Expr:
        """pr V of a term."""
        total = sympy.S.Zero
        for variable, xi in zip(self.space.variables, self.xi, strict=True):
            if xi != 0:
                total += xi * sympy.diff(term, variable)
        for jet in self.space.jets(term):
            if (phi := self.prolonged(jet)) != 0:
                total += phi * sympy.diff(term, self.space.symbol(jet))
        return sympy.expand(total)


def _rows(
    condition: _Condition, terms: Sequence[Sequence[sympy.Expr]], offsets: Mapping[tuple[int, int], int]
) -> list[Row]:
    """Equations for the coefficients; the last column is what stands without any."""
    zero, one = dict.fromkeys(condition.symbols, sympy.S.Zero), len(offsets)
    moved: dict[sympy.Expr, sympy.Expr] = {}
    parts: list[tuple[int, int, sympy.Expr]] = []
    for a, left in enumerate(condition.left):
        parts.append((a, one, sympy.expand(left.xreplace(zero))))
        slopes = [sympy.diff(left, symbol) for symbol in condition.symbols]
        for (b, k), number in offsets.items():
            term = terms[b][k]
            value = slopes[b] * term
            if a == b:
                if term not in moved:
                    moved[term] = condition.moved(term)
                value -= moved[term]
            parts.append((a, number, sympy.expand(value)))
    parts = [part for part in parts if part[2] != 0]
    values = [value for _, _, value in parts]
    rational = Rationaliser(values, condition.space.coordinates)
    if rational.constants.symbols:
        raise UsageError(
            f"{formula((*condition.xi, *condition.phi), condition.space.names)} has a number that is not rational: "
            "divide the field by it, or write it as a fraction."
        )
    rows: dict[tuple[int, tuple[int, ...]], Row] = {}
    for (a, number, _), polynomial in zip(parts, rational(values), strict=True):
        for monomial, value in rational.coordinates(polynomial).items():
            rows.setdefault((a, monomial), {})[number] = QQ(value)
    return list(rows.values())


def _independent(
    order: Sequence[int], expressions: Sequence[sympy.Expr], places: Sequence[tuple[int, int]]
) -> set[int]:
    """Numbers of terms that are no sums of those before them in their equation."""
    reduced: dict[tuple[int, sympy.Expr], dict[tuple[int, sympy.Expr], sympy.Rational]] = {}
    kept = set()
    for number in order:
        equation = places[number][0]
        row = {(equation, m): v for m, v in sympy.expand(expressions[number]).as_coefficients_dict().items()}
        for pivot, other in reduced.items():
            if factor := row.get(pivot):
                for key, value in other.items():
                    row[key] = row.get(key, sympy.S.Zero) - factor * value
        row = {key: value for key, value in row.items() if value}
        if row:
            pivot = next(iter(row))
            reduced[pivot] = {key: value / row[pivot] for key, value in row.items()}
            kept.add(number)
    return kept


def _number(value: object) -> sympy.Rational:
    return QQ.to_sympy(QQ(value))
