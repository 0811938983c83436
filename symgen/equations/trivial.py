"""Symmetries that move every solution along itself."""

from __future__ import annotations

from collections.abc import Sequence

import sympy
from sympy.polys.matrices import DomainMatrix

from symgen.equations.ansatz import Field
from symgen.equations.null_space import null_space
from symgen.equations.rational import Rationaliser
from symgen.equations.system import System
from symgen.jets.space import Jet


def characteristic(system: System, field: Field) -> list[sympy.Expr]:
    """Q^a = phi^a - sum_i xi^i u^a_i on solutions: how the field changes u^a at a fixed place (Olver, (2.48))."""
    space = system.space
    axes = range(len(space.independent))
    parts = []
    for name, along in zip(space.dependent, field[len(axes) :], strict=True):
        slopes = [system.reduce(Jet(name, space.unit(axis))) for axis in axes]
        parts.append(
            sympy.expand(along - sympy.Add(*(xi * u for xi, u in zip(field[: len(axes)], slopes, strict=True))))
        )
    return parts


def told_apart(system: System, fields: Sequence[Field]) -> tuple[tuple[Field, ...], tuple[Field, ...]]:
    """Independent fields of which no combination is trivial, the first ones, and a basis of the trivial combinations.

    Trivial are those whose characteristic vanishes on solutions; only first-order equations have such.
    """
    if not fields or all(lead.order > 1 for lead in system.rules):
        return tuple(fields), ()
    changes = [characteristic(system, field) for field in fields]
    rational = Rationaliser([c for row in changes for c in row], system.space.coordinates)
    polynomials = rational([c for row in changes for c in row])
    size = len(system.space.dependent)
    rows: dict[tuple[int, tuple[int, ...]], dict[int, object]] = {}
    for place, polynomial in enumerate(polynomials):
        for monomial, value in rational.coordinates(polynomial).items():
            rows.setdefault((place % size, monomial), {})[place // size] = value
    domain, count = rational.constants.domain, len(fields)
    _, pivots = DomainMatrix(dict(enumerate(rows.values())), (len(rows), count), domain).rref()
    combinations = null_space(list(rows.values()), list(range(count))[::-1], domain)
    trivial = []
    for row in combinations:
        numbers = rational.constants.multiples([row[k] for k in sorted(row)])
        chosen = [fields[k] for k in sorted(row)]
        parts = zip(*([n * c for c in field] for n, field in zip(numbers, chosen, strict=True)), strict=True)
        trivial.append(tuple(sympy.expand(sympy.Add(*part)) for part in parts))
    return tuple(fields[k] for k in pivots), tuple(trivial)
