"""The kind of Lie algebra that brackets make."""

from __future__ import annotations

import pytest
import sympy

from symgen.expressions import parse_field
from symgen.inspection.brackets import Bracket
from symgen.inspection.exact_brackets import exact_brackets
from symgen.inspection.structure import structure_of

NAMES = ("x", "y", "z", "t", "u")
SYMBOLS = [sympy.Symbol(name, real=True) for name in NAMES]


def structure(*rows):
    fields = [parse_field([*row, *["0"] * (len(NAMES) - len(row))], NAMES) for row in rows]
    return structure_of(exact_brackets(fields, SYMBOLS), len(fields))


TRANSLATIONS = [("1",), ("0", "1")]
KDV = ("x", "0", "0", "3*t", "-2*u")
"""Its scaling."""
TIME = ("0", "0", "0", "1")
ROTATIONS = [("-y", "x"), ("0", "-z", "y"), ("z", "0", "-x")]


@pytest.mark.parametrize(
    ("fields", "kind", "derived", "centre", "radical"),
    [
        (TRANSLATIONS, "abelian", 0, 2, 2),
        ([("1",), ("0", "1"), ("0", "x")], "nilpotent", 1, 1, 3),  # Heisenberg's
        ([("1",), ("x",)], "solvable", 1, 0, 2),
        ([*TRANSLATIONS, ("-y", "x")], "solvable", 2, 0, 3),  # motions of the plane
        (ROTATIONS, "semisimple", 3, 0, 0),
        ([("1",), ("x",), ("x**2",)], "semisimple", 3, 0, 0),  # sl(2)
        ([*ROTATIONS, ("0", "0", "0", "1")], "neither solvable nor semisimple", 3, 1, 1),
        ([("1",), ("0", "1"), ("0", "0", "1"), *ROTATIONS], "neither solvable nor semisimple", 6, 0, 3),
        ([("1",), ("0", "0", "0", "1"), ("t", "0", "0", "0", "1"), KDV], "solvable", 3, 0, 4),
    ],
)
def test_known(fields, kind, derived, centre, radical):
    found = structure(*fields)
    assert (found.dimension, found.kind) == (len(fields), kind)
    assert (found.derived, found.centre, found.radical) == (derived, centre, radical)
    assert kind in str(found)


def test_another_basis_has_the_same():
    """Of so(3) and a translation in time, in combinations with numbers of other sizes."""
    mixed = [("-y", "x", "0", "1"), ("-500*y", "500*x - 500*z", "500*y"), ("z/90", "0", "-x/90"), TIME]
    found = structure(*mixed)
    assert (found.kind, found.centre, found.radical) == ("neither solvable nor semisimple", 1, 1)


def test_not_closed():
    assert structure(("1",), ("x**3",)) is None


def test_one_field():
    assert structure(("1",)) is None


def test_brackets_that_are_not_rational_say_nothing():
    """Ranks would hang on rounding."""
    bracket = Bracket(first=1, second=2, constants={1: 2**0.5}, closure_error=0)
    assert structure_of([bracket], 2) is None
