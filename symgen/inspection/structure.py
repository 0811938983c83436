"""What kind of Lie algebra brackets make: solvable, nilpotent, semisimple, its derived algebra and its centre."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from fractions import Fraction

from pydantic import BaseModel, ConfigDict
from sympy import QQ
from sympy.polys.matrices import DomainMatrix

from symgen.inspection.brackets import Bracket

LARGEST = 10**6
"""Denominator of a structure constant that is taken as rational."""
ROUNDING = 1e-12
Vector = dict[int, Fraction]
Table = dict[tuple[int, int], Vector]
"""[e_a, e_b] for a != b."""


class Structure(BaseModel):
    """Of a closed algebra of vector fields."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    dimension: int
    kind: str
    """abelian, nilpotent, solvable, semisimple, or neither solvable nor semisimple."""
    derived: int
    """Dimension of the span of all brackets."""
    centre: int
    """Dimension of what commutes with everything."""
    radical: int
    """Dimension of the largest solvable ideal."""

    def __str__(self) -> str:
        parts = [f"closed, of dimension {self.dimension}", self.kind]
        if self.kind != "abelian":
            parts += [f"its brackets span {self.derived}", f"centre of dimension {self.centre}"]
        if 0 < self.radical < self.dimension:
            parts.append(f"radical of dimension {self.radical}")
        return "; ".join(parts)


def structure_of(brackets: Sequence[Bracket], dimension: int) -> Structure | None:
    """The structure of the algebra of fields with those exact brackets; None where these leave their span.

    None for structure constants that are not rational, too: ranks must not hang on rounding. Radical and semisimplicity
    are by Cartan's criteria on the Killing form (Jacobson, Lie Algebras, chapter III).
    """
    table = _table(brackets)
    if dimension < 2 or table is None:
        return None
    derived = _span(table.values(), dimension)
    by_row: list[Vector] = [{} for _ in range(dimension)]
    for (a, b), vector in table.items():
        by_row[a] |= {b * dimension + c: value for c, value in vector.items()}
    against_derived = [
        {k: _killing(table, a, vector, dimension) for k, vector in enumerate(derived)} for a in range(dimension)
    ]
    radical = dimension - _rank(against_derived, len(derived))
    return Structure(
        dimension=dimension,
        kind=_kind(table, derived, dimension, radical),
        derived=len(derived),
        centre=dimension - _rank(by_row, dimension**2),
        radical=radical,
    )


def _table(brackets: Sequence[Bracket]) -> Table | None:
    table: Table = {}
    for bracket in brackets:
        a, b = bracket.first - 1, bracket.second - 1
        constants = {c - 1: Fraction(v).limit_denominator(LARGEST) for c, v in bracket.numbers.items()}
        off = (abs(float(constants[c - 1]) - v) > ROUNDING * abs(v) for c, v in bracket.numbers.items())
        if bracket.closure_error or any(off):
            return None
        table[a, b], table[b, a] = constants, {c: -value for c, value in constants.items()}
    return table


def _kind(table: Table, derived: Sequence[Vector], dimension: int, radical: int) -> str:
    if not derived:
        return "abelian"
    if radical < dimension:
        return "neither solvable nor semisimple" if radical else "semisimple"
    lower = derived
    while lower:
        found = (_bracket(table, {a: Fraction(1)}, vector) for a in range(dimension) for vector in lower)
        following = _span(found, dimension)
        if len(following) == len(lower):
            return "solvable"
        lower = following
    return "nilpotent"


def _bracket(table: Table, left: Vector, right: Vector) -> Vector:
    total: Vector = {}
    for a, x in left.items():
        for b, y in right.items():
            for c, value in table.get((a, b), {}).items():
                total[c] = total.get(c, Fraction(0)) + x * y * value
    return total


def _killing(table: Table, a: int, right: Vector, dimension: int) -> Fraction:
    """The trace of ad(e_a) ad(right)."""
    one = Fraction(1)
    images = (_bracket(table, {a: one}, _bracket(table, right, {c: one})).get(c) for c in range(dimension))
    return sum((image for image in images if image), Fraction(0))


def _span(vectors: Iterable[Vector], dimension: int) -> list[Vector]:
    """A basis of what the vectors span."""
    reduced, pivots = _matrix([vector for vector in vectors if any(vector.values())], dimension).rref()
    rows = reduced.to_dod()
    return [{c: Fraction(v.numerator, v.denominator) for c, v in rows[row].items()} for row in range(len(pivots))]


def _rank(vectors: Sequence[Vector], length: int) -> int:
    return int(_matrix(vectors, length).rank())


def _matrix(vectors: Sequence[Vector], length: int) -> DomainMatrix:
    rows = {
        row: {c: QQ(value.numerator, value.denominator) for c, value in vector.items() if value}
        for row, vector in enumerate(vectors)
    }
    return DomainMatrix({row: entries for row, entries in rows.items() if entries}, (len(vectors), length), QQ)
