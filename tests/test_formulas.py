from __future__ import annotations

import math

import pytest
import sympy
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from symgen.catalog import get, names
from symgen.expressions import parse_field
from symgen.generators.algebra import angles_to_span
from symgen.generators.closed_form import ClosedFormGenerators, formula, readable
from symgen.generators.formulas import eliminate, find_formulas, nice_ratios
from symgen.generators.inner_product import field_matrix
from symgen.generators.space import Space
from symgen.inspection.reference import closed_form
from symgen.pde.dictionary import formula_stages
from symgen.pde.equation import Equation
from symgen.pde.grammar import T, U, X

SPACE = Space(
    names=("x", "t", "u"),
    origin=(0.0, 1.0, 0.0),
    scale=(8.0, 3.0, 2.0),
    lower=(0.0, 1.0, -2.0),
    upper=(8.0, 4.0, 2.0),
    periodic=(True, False, False),
)


def points(count=500, seed=0):
    draw = torch.rand(count, 3, dtype=torch.float64, generator=torch.Generator().manual_seed(seed))
    return torch.tensor(SPACE.lower) + draw * (torch.tensor(SPACE.upper) - torch.tensor(SPACE.lower))


def rotated(fields, seed=0):
    """The same span in another basis, as an eigenproblem gives it."""
    n = len(fields)
    mixing, _ = torch.linalg.qr(torch.randn(n, n, dtype=torch.float64, generator=torch.Generator().manual_seed(seed)))
    rows = [
        [sum((float(w) * f[i] for w, f in zip(row, fields, strict=True)), sympy.Integer(0)) for i in range(3)]
        for row in mixing
    ]
    return ClosedFormGenerators(SPACE, rows)


def parsed(*rows):
    return [parse_field(row, SPACE.names) for row in rows]


def stages(text="u_t + u*u_x + u_xxx", parameters=None):
    return formula_stages(Equation.from_string(text, parameters))


KDV = parsed(("1", "0", "0"), ("0", "1", "0"), ("t", "0", "1"), ("x", "3*t", "-2*u"))


class TestNiceRatios:
    @pytest.mark.parametrize(
        ("values", "expected"),
        [
            ([1.0, 3.0, -2.0], ["1", "3", "-2"]),
            ([0.37, 1.11, -0.74], ["1", "3", "-2"]),
            ([-0.37, 0.74], ["1", "-2"]),
            ([0.5, 0.25], ["2", "1"]),
            ([1 / 3, 1 / 7, 1.0], ["7", "3", "21"]),
            ([math.pi, 50 * math.pi], ["1", "50"]),
            ([7.3e-9], ["1"]),
            ([4.2e8, 1.4e8], ["3", "1"]),
            ([1.0, 150.0], ["1", "150"]),
        ],
    )
    def test_rationals(self, values, expected):
        numbers, rational = nice_ratios(values, 1e-9)
        assert rational
        assert [str(n) for n in numbers] == expected

    @pytest.mark.parametrize("values", [[1.0, math.sqrt(2)], [1.0, 0.0137], [math.e, math.pi, 1.0]])
    def test_decimals(self, values):
        numbers, rational = nice_ratios(values, 1e-9)
        assert not rational
        assert float(numbers[0]) == 1
        assert [float(n) for n in numbers] == pytest.approx([v / values[0] for v in values], rel=1e-8)

    def test_noise_within_the_tolerance(self):
        assert nice_ratios([1.0, 3.0004], 1e-3)[0] == [1, 3]
        assert not nice_ratios([1.0, 3.0004], 1e-6)[1]

    @given(
        st.lists(st.integers(-24, 24).filter(bool), min_size=1, max_size=4),
        st.floats(-6, 6),
        st.integers(0, 2**30),
    )
    @settings(max_examples=150, deadline=None)
    def test_ratios_are_kept(self, ratios, exponent, seed):
        factor = 10**exponent * (1 + seed / 2**30)
        numbers, rational = nice_ratios([r * factor for r in ratios], 1e-9)
        assert rational
        for number, ratio in zip(numbers, ratios, strict=True):
            assert sympy.Rational(number) / numbers[0] == sympy.Rational(ratio, ratios[0])


class TestEliminate:
    @given(st.integers(1, 4), st.integers(0, 10_000))
    @settings(max_examples=50, deadline=None)
    def test_same_span_in_echelon_form(self, rows, seed):
        matrix = torch.randn(rows, 7, dtype=torch.float64, generator=torch.Generator().manual_seed(seed))
        reduced = eliminate(matrix)
        assert torch.linalg.matrix_rank(torch.cat([matrix, reduced]), tol=1e-9) == rows
        pivots = (reduced == 1).nonzero()
        for row, column in pivots.tolist():
            others = torch.arange(rows) != row
            assert (reduced[others, column] == 0).all() or len(pivots) > rows
        assert len({row for row, _ in pivots.tolist()}) == rows

    def test_sparse_rows_come_back_from_a_rotation(self):
        sparse = torch.tensor([[1.0, 0, 0, 0, 2], [0, 1.0, 0, 0, 0], [0, 0, 1.0, -3, 0]], dtype=torch.float64)
        mixing, _ = torch.linalg.qr(torch.randn(3, 3, dtype=torch.float64, generator=torch.Generator().manual_seed(1)))
        reduced = eliminate(mixing @ sparse)
        for row in sparse:
            unit = row / row.abs().max()
            assert min(float((r - s * unit).abs().max()) for r in reduced for s in (1, -1)) < 1e-12


class TestFindFormulas:
    @pytest.mark.parametrize("seed", range(4))
    def test_planted_span_in_any_basis(self, seed):
        generators = rotated(KDV, seed)
        found = find_formulas(generators, points(), stages())
        assert [f.rational for f in found] == [True] * 4
        assert {f.field for f in found} == set(KDV)
        values = field_matrix(generators, points())
        for f in found:
            exact = field_matrix(ClosedFormGenerators(SPACE, [f.field]), points())[:, 0]
            assert f.error < 1e-12
            assert torch.allclose(values @ f.weights, exact, atol=1e-12 * float(exact.norm()))

    @pytest.mark.parametrize("name", names())
    def test_the_catalog(self, name):
        """All true generators, roots and exponentials included, up to a factor and linear combinations."""
        entry = get(name)
        true = closed_form(SPACE, [s.components for s in entry.symmetries], entry.parameters)
        found = find_formulas(rotated(true.fields, 1), points(), stages(entry.expression, entry.parameters))
        assert len(found) == len(entry.symmetries)
        spanned = field_matrix(ClosedFormGenerators(SPACE, [f.field for f in found]), points())
        assert angles_to_span(field_matrix(true, points()), spanned).max() < 1e-9

    def test_parameters_that_are_not_nice(self):
        fields = parsed(("2*0.0137*t", "0", "-x*u"))
        (found,) = find_formulas(ClosedFormGenerators(SPACE, fields), points(), stages())
        assert not found.rational
        ratio = found.field[2].coeff(X * U) / found.field[0].coeff(T)
        assert float(ratio) == pytest.approx(-1 / (2 * 0.0137), rel=1e-6)

    def test_what_is_outside_stays_without_formula(self):
        fields = [*KDV[:2], (sympy.sin(X), sympy.Integer(0), U)]
        found = find_formulas(rotated(fields), points(), stages())
        assert {f.field for f in found} == set(KDV[:2])

    def test_nothing_to_say(self):
        fields = [(sympy.sin(X), sympy.exp(U), sympy.Integer(0))]
        assert find_formulas(ClosedFormGenerators(SPACE, fields), points(), stages()) == []

    def test_tolerance(self):
        """A field 1e-3 off t d/dx: found by a wide tolerance, with its angle."""
        fields = [(T + sympy.sin(X) / 300, sympy.Integer(0), sympy.Integer(1))]
        generators = ClosedFormGenerators(SPACE, fields)
        assert find_formulas(generators, points(), stages()[:1], 1e-6) == []
        (found,) = find_formulas(generators, points(), stages()[:1], 0.05)
        assert 1e-4 < found.error < 0.05
        assert [float(found.field[0].coeff(T)), found.field[1]] == [pytest.approx(1, rel=0.1), 0]

    def test_simplest_stage_first(self):
        """1 and t alone explain it; nothing of higher degree is dragged in."""
        found = find_formulas(rotated(KDV[:3], 2), points(), stages())
        assert max(sympy.Poly(c, X, T, U).total_degree() for f in found for c in f.field) == 1

    @given(st.data())
    @settings(max_examples=25, deadline=None)
    def test_random_sparse_spans(self, data):
        """Independent fields of few monomials: their span comes back, whatever basis it is given in."""
        monomials = [sympy.Integer(1), X, T, U, X * T, X * U, T * U, T**2]
        component = st.tuples(st.sampled_from(range(3)), st.sampled_from(range(8)))
        terms = data.draw(st.lists(component, min_size=3, max_size=6, unique=True))
        ratio = st.integers(-5, 5).filter(bool)
        cut = data.draw(st.integers(1, len(terms) - 1))
        fields = []
        for group in (terms[:cut], terms[cut:]):
            field = [sympy.Integer(0)] * 3
            for i, k in group:
                field[i] += data.draw(ratio) * monomials[k]
            fields.append(tuple(field))
        found = find_formulas(rotated(fields, data.draw(st.integers(0, 99))), points(), stages())
        assert len(found) == 2
        spanned = field_matrix(ClosedFormGenerators(SPACE, [f.field for f in found]), points())
        assert angles_to_span(field_matrix(ClosedFormGenerators(SPACE, fields), points()), spanned).max() < 1e-9

    @pytest.mark.parametrize("name", names())
    def test_strings_parse_to_the_same_field(self, name):
        entry = get(name)
        parameters = {"nu": 0.0137} if entry.parameters else {}
        true = closed_form(SPACE, [s.components for s in entry.symmetries], parameters)
        for f in find_formulas(rotated(true.fields, 3), points(), stages(entry.expression, parameters)):
            again = parse_field([str(c) for c in f.field], SPACE.names)
            pair = ClosedFormGenerators(SPACE, [f.field, again])(points())
            assert torch.allclose(pair[0], pair[1], rtol=1e-12)


class TestDictionary:
    def test_monomials_first(self):
        first = stages()[0]
        assert set(first) == {sympy.Integer(1), X, T, U}
        assert X * T in stages()[1]
        assert len(stages()) == 3

    def test_functions_of_t_in_the_equation(self):
        flat = {m for stage in stages("u_t + exp(t/50)*(u*u_x + u_xxx)") for m in stage}
        assert {sympy.exp(T / 50), sympy.exp(-T / 50), X * sympy.exp(T / 50)} <= flat
        flat = {m for stage in stages("u_t + u*u_x + u/(2*(t + 1))") for m in stage}
        assert {sympy.sqrt(T + 1), 1 / sympy.sqrt(T + 1), (T + 1) ** sympy.Rational(3, 2)} <= flat

    def test_functions_of_other_things_are_left_out(self):
        assert len(stages("u_t + exp(x*u)*u_x + exp(u)*u_xx + u_x/u")) == 3


class TestNotation:
    @pytest.mark.parametrize(
        ("field", "expected"),
        [
            (("1", "0", "0"), "d/dx"),
            (("t", "0", "1"), "t d/dx + d/du"),
            (("x", "3*t", "-2*u"), "x d/dx + 3*t d/dt - 2*u d/du"),
            (("0", "-1", "u"), "-d/dt + u d/du"),
            (("x*t", "t**2", "x - t*u"), "t*x d/dx + t^2 d/dt - (t*u - x) d/du"),
            (("0", "0", "0"), "0"),
        ],
    )
    def test_formula(self, field, expected):
        assert formula(parsed(field)[0], SPACE.names) == expected

    def test_factored_where_that_is_shorter(self):
        assert str(readable(3 * T + 3)) == "3*t + 3"
        assert str(readable(2 * X * T * U + 2 * X * U)) == "2*u*x*(t + 1)"
