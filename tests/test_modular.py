"""Null spaces found column by column modulo a prime, against elimination over the field."""

from __future__ import annotations

import random

import pytest
import sympy

from symgen.equations.modular import Residues, Span, sparse_null_space
from symgen.equations.null_space import null_space

E, S = sympy.symbols("e s")
FIELDS = {
    "rationals": (sympy.QQ, [sympy.Rational(1, 3), sympy.Integer(2), sympy.Integer(-1)]),
    "roots": (sympy.QQ.algebraic_field(sympy.sqrt(2), sympy.sqrt(3)), [sympy.sqrt(2), sympy.sqrt(6) / 3, sympy.S.One]),
    "constants": (sympy.QQ.frac_field(E, S), [E, 1 / (E + S), 2 * S**2]),
}


def matrix(field, size, columns, seed):
    """Rows of which half are combinations of the others."""
    domain, numbers = FIELDS[field]
    draw = random.Random(seed)
    rows = [
        {c: domain.from_sympy(draw.choice(numbers)) for c in range(columns) if draw.random() < 0.4} for _ in range(size)
    ]
    for first, second in zip(rows[::2], rows[1::2], strict=False):
        factor = domain.from_sympy(draw.choice(numbers))
        total = {c: first.get(c, domain.zero) + factor * second.get(c, domain.zero) for c in {*first, *second}}
        rows.append({c: v for c, v in total.items() if v})
    return [row for row in rows if row], domain


@pytest.mark.parametrize("field", FIELDS)
@pytest.mark.parametrize("seed", range(4))
def test_as_by_elimination(field, seed):
    rows, domain = matrix(field, 5, 8, seed)
    order = random.Random(seed).sample(range(8), 8)
    found, wanted = sparse_null_space(rows, order, domain), null_space(rows, order, domain)
    assert len(found) == len(wanted) > 0
    for one, other in zip(found, wanted, strict=True):
        assert set(one) == set(other)
        place = next(iter(one))
        assert all(one[c] * other[place] == other[c] * one[place] for c in one)


@pytest.mark.parametrize("field", FIELDS)
def test_span(field):
    rows, domain = matrix(field, 6, 9, 1)
    span = Span(Residues(domain))
    assert [span.add(row) for row in rows] == [True] * 6 + [False] * (len(rows) - 6)
