"""Formulas of windows far from the origin."""

from __future__ import annotations

import pytest
import sympy
import torch

from symgen.generators.formulas import Formula
from symgen.generators.origin import about_origin, window_origin
from symgen.generators.space import Space

x, t, u = (sympy.Symbol(name, real=True) for name in "xtu")
ZERO, ONE = sympy.Integer(0), sympy.Integer(1)


def space(x=(0.0, 1.0), t=(0.0, 1.0), u=(-1.0, 1.0)):
    lower, upper = zip(x, t, u, strict=True)
    scale = tuple(b - a for a, b in zip(lower, upper, strict=True))
    return Space(names=("x", "t", "u"), origin=lower, scale=scale, lower=lower, upper=upper, periodic=(False,) * 3)


def formulas(*fields, rational=True):
    weights = torch.eye(len(fields), dtype=torch.float64)
    return [Formula(field, row, 0.0, rational) for field, row in zip(fields, weights, strict=True)]


@pytest.mark.parametrize(
    ("t", "origin"),
    [((0, 1), 0), ((44, 100), 0), ((1000, 1003), 1000), ((1000007, 1000008), 1000008), ((-52, -51), -52)],
)
def test_window_origin(t, origin):
    assert window_origin(space(t=t)) == (0, origin, 0)


def test_origins_are_exact():
    assert all(part.is_Rational for part in window_origin(space(x=(123.4, 123.5), t=(1e6, 1e6 + 1e-3))))


def test_the_shortest_about_the_origin():
    """Of the Galilean boost and the translations, about t = 1000."""
    boost, shift = (t - 1000, ZERO, ONE), (ONE, ZERO, ZERO)
    found = about_origin(formulas(boost, shift), space(t=(1000.0, 1003.0)))
    assert {f.field for f in found} == {(t, ZERO, ONE), (ONE, ZERO, ZERO)}
    for formula in found:  # the weights say of what it is made
        made = [
            sum(float(w) * c for w, c in zip(formula.weights, parts, strict=True))
            for parts in zip(boost, shift, strict=True)
        ]
        assert [sympy.simplify(a - b) for a, b in zip(made, formula.field, strict=True)] == [0, 0, 0]


def test_only_what_is_in_the_span():
    """Without the translation the boost cannot be written about the origin."""
    found = about_origin(formulas((t - 1000, ZERO, ONE)), space(t=(1000.0, 1003.0)))
    assert [f.field for f in found] == [(t - 1000, ZERO, ONE)]


def test_decimals_stay_where_they_are():
    given = formulas((t - 1000, ZERO, sympy.Float("0.123")), (ONE, ZERO, ZERO), rational=False)
    assert about_origin(given, space(t=(1000.0, 1003.0))) == given


def test_what_would_be_lost_stays_where_it_is():
    """(t - 10^9)^2 is told from 1 and t about the window only."""
    far = t - sympy.Integer(10) ** 9
    given = formulas((far**2, ZERO, ZERO), (far, ZERO, ONE), (ONE, ZERO, ZERO))
    found = about_origin(given, space(t=(1e9, 1e9 + 3)))
    assert (far**2, ZERO, ZERO) in [f.field for f in found]


def test_near_windows_are_left_alone():
    given = formulas((t, ZERO, ONE))
    assert about_origin(given, space()) == given
