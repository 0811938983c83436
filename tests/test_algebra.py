from __future__ import annotations

import math

import pytest
import sympy
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from symgen.catalog import get
from symgen.expressions import parse_field
from symgen.generators.algebra import angles_to_span, grassmann_distance, lie_brackets, principal_angles
from symgen.generators.closed_form import ClosedFormGenerators
from symgen.generators.inner_product import alignment, field_matrix, norms, orthonormal_basis
from symgen.generators.space import Space
from symgen.inspection.reference import closed_form


def space(names, scale=None):
    d = len(names)
    scale = scale or (1.0,) * d
    return Space(
        names=tuple(names), origin=(0.0,) * d, scale=scale, lower=(-1.0,) * d, upper=(1.0,) * d, periodic=(False,) * d
    )


def normal(*shape, seed=0):
    return torch.randn(*shape, dtype=torch.float64, generator=torch.Generator().manual_seed(seed))


def fields(names, *rows, scale=None):
    return ClosedFormGenerators(space(names, scale), [parse_field(row, names) for row in rows])


def test_coordinates_have_names_of_their_own():
    with pytest.raises(ValueError, match="two coordinates have the same name: x, x, u"):
        space(("x", "x", "u"))


class TestInnerProduct:
    def test_mean_over_points_in_normalised_coordinates(self):
        scale = (2.0, 5.0)
        generators = fields("xy", ("1", "0"), ("x", "y"), scale=scale)
        points = normal(50, 2)
        gram = field_matrix(generators, points).T @ field_matrix(generators, points)
        x, y = points.T
        assert gram[0, 0] == pytest.approx(1 / 4)
        assert gram[0, 1] == pytest.approx(float(x.mean() / 4))
        assert gram[1, 1] == pytest.approx(float((x**2 / 4 + y**2 / 25).mean()))

    def test_alignment(self):
        matrix = normal(40, 3)
        assert torch.allclose(alignment(matrix, matrix * torch.tensor([2.0, -3.0, 0.1])).diag(), torch.ones(3).double())
        assert (alignment(matrix, normal(40, 2, seed=1)) <= 1).all()

    def test_orthonormal_basis_drops_dependent_columns(self):
        matrix = normal(30, 3)
        basis = orthonormal_basis(torch.cat([matrix, matrix[:, :1] - 4 * matrix[:, 1:2]], 1))
        assert basis.shape == (30, 3)
        assert torch.allclose(basis.T @ basis, torch.eye(3).double(), atol=1e-13)
        assert torch.allclose(basis @ (basis.T @ matrix), matrix)

    def test_orthonormal_basis_does_not_care_about_sizes(self):
        matrix = normal(30, 3) * torch.tensor([1.0, 1e-14, 1e14])
        assert orthonormal_basis(matrix).shape == (30, 3)


def pair(angles, rows=40, seed=0):
    """Two spans at exactly these principal angles, each in a skew basis."""
    n = len(angles)
    frame, _ = torch.linalg.qr(normal(rows, 2 * n, seed=seed))
    angles = torch.tensor(angles, dtype=torch.float64)
    left, right = frame[:, :n], frame[:, :n] * torch.cos(angles) + frame[:, n:] * torch.sin(angles)
    return left @ normal(n, n, seed=seed + 1), right @ normal(n, n, seed=seed + 2)


class TestAngles:
    @pytest.mark.parametrize("angle", [0.0, 1e-14, 1e-12, 1e-9, 1e-6, 0.1, math.pi / 4, 1.0, 1.5, math.pi / 2])
    def test_one_angle(self, angle):
        found = principal_angles(*pair([angle]))
        assert found.tolist() == pytest.approx([angle], rel=1e-3, abs=3e-15)

    def test_small_and_large_together(self):
        exact = [1e-12, 1e-5, 0.3, 1.0, 1.57]
        left, right = pair(exact)
        assert principal_angles(left, right).tolist() == pytest.approx(exact, rel=1e-2, abs=1e-14)
        assert principal_angles(right, left).tolist() == pytest.approx(exact, rel=1e-2, abs=1e-14)
        assert grassmann_distance(left, right) == pytest.approx(math.hypot(*exact))

    @given(st.lists(st.floats(1e-9, math.pi / 2), min_size=1, max_size=4), st.integers(0, 1000))
    @settings(max_examples=60, deadline=None)
    def test_any_angles(self, exact, seed):
        found = principal_angles(*pair(exact, seed=seed)).tolist()
        assert found == pytest.approx(sorted(exact), rel=1e-4, abs=1e-10)

    def test_spans_of_unequal_dimension(self):
        left = normal(30, 4)
        assert principal_angles(left, left[:, :2]).tolist() == pytest.approx([0, 0], abs=1e-13)
        assert principal_angles(left[:, :2], left).shape == (2,)
        assert grassmann_distance(left, normal(30, 2, seed=3)) > 0.5

    def test_units_and_bases_do_not_matter(self):
        left, right = pair([0.2, 0.7])
        scaled = left * torch.tensor([1e-8, 1e8])
        assert principal_angles(scaled, right).tolist() == pytest.approx([0.2, 0.7], rel=1e-6)

    def test_angles_to_span(self):
        frame, _ = torch.linalg.qr(normal(30, 3))
        exact = torch.tensor([0.0, 1e-12, 0.4, math.pi / 2]).double()
        columns = 7 * (frame[:, :1] * torch.cos(exact) + frame[:, 2:] * torch.sin(exact))
        found = angles_to_span(columns, frame[:, :2] @ normal(2, 2, seed=5))
        assert found.tolist() == pytest.approx(exact.tolist(), rel=1e-3, abs=1e-15)
        assert norms(columns).tolist() == pytest.approx([7.0] * 4)


ROTATIONS = (("0", "-z", "y"), ("z", "0", "-x"), ("-y", "x", "0"))


class TestBrackets:
    def test_rotations(self):
        """[L_a, L_b] = -eps_abc L_c for L_a = (e_a x r) . grad, as vector fields."""
        brackets = lie_brackets(fields("xyz", *ROTATIONS), normal(100, 3))
        expected = torch.zeros(3, 3, 3, dtype=torch.float64)
        for a, b, c in [(0, 1, 2), (1, 2, 0), (2, 0, 1)]:
            expected[a, b, c], expected[b, a, c] = -1, 1
        assert torch.allclose(brackets.constants, expected, atol=1e-12)
        assert brackets.closure_error.max() < 1e-13

    @given(st.integers(0, 500))
    @settings(max_examples=20, deadline=None)
    def test_antisymmetry_and_jacobi(self, seed):
        """In a random basis of so(3), on an unequal scale."""
        mixing = normal(3, 3, seed=seed)
        if abs(torch.linalg.det(mixing)) < 0.1:
            mixing = mixing + 2 * torch.eye(3)
        rotations = [parse_field(row, "xyz") for row in ROTATIONS]
        rows = [
            [sum((float(w) * f[i] for w, f in zip(row, rotations, strict=True)), sympy.Integer(0)) for i in range(3)]
            for row in mixing
        ]
        generators = ClosedFormGenerators(space("xyz", (1.0, 10.0, 0.1)), rows)
        c = lie_brackets(generators, normal(60, 3, seed=1)).constants
        size = float(c.abs().max())
        assert torch.allclose(c, -c.transpose(0, 1), atol=1e-9 * size)
        jacobi = torch.einsum("abe,ecd->abcd", c, c)
        cyclic = jacobi + jacobi.permute(1, 2, 0, 3) + jacobi.permute(2, 0, 1, 3)
        assert cyclic.abs().max() < 1e-7 * size**2

    def test_kdv_by_hand(self):
        """[T, G] = X, [X, S] = X, [T, S] = 3 T, [G, S] = -2 G."""
        generators = closed_form(space("xtu"), [s.components for s in get("kdv").symmetries])
        brackets = lie_brackets(generators, normal(80, 3))
        expected = torch.zeros(4, 4, 4, dtype=torch.float64)
        for a, b, c, value in [(1, 2, 0, 1), (0, 3, 0, 1), (1, 3, 1, 3), (2, 3, 2, -2)]:
            expected[a, b, c], expected[b, a, c] = value, -value
        assert torch.allclose(brackets.constants, expected, atol=1e-12)
        assert brackets.closure_error.max() < 1e-13

    @pytest.mark.parametrize("name", ["ks", "burgers", "nkdv", "ckdv", "heat"])
    def test_the_catalog_closes(self, name):
        entry = get(name)
        generators = closed_form(space("xtu"), [s.components for s in entry.symmetries], entry.parameters)
        points = normal(80, 3) * 0.3 + 0.5
        assert lie_brackets(generators, points).closure_error.max() < 1e-11

    def test_closure_error_of_sets_that_do_not_close(self):
        """[x d/dy, y d/dx] = x d/dx - y d/dy is orthogonal to both on a symmetric cloud."""
        points = normal(200, 2)
        points = torch.cat([points, -points, points * torch.tensor([1, -1]), points * torch.tensor([-1, 1])])
        error = lie_brackets(fields("xy", ("0", "x"), ("y", "0")), points).closure_error
        assert error[0, 0] < 1e-15
        assert error[0, 1] == error[1, 0]
        assert 0.3 < error[0, 1] < 0.9

    def test_units_do_not_change_the_error(self):
        """The same fields in other units: t counted in thousandths."""
        plain = closed_form(space("xtu"), [("1", "0", "0"), ("t", "0", "1"), ("0", "t**2", "u")])
        points = normal(80, 3)
        other = closed_form(
            space("xtu", (1.0, 1000.0, 1.0)), [("1", "0", "0"), ("t/1000", "0", "1"), ("0", "t**2/1000", "u")]
        )
        moved = points * torch.tensor([1.0, 1000.0, 1.0])
        one, two = lie_brackets(plain, points), lie_brackets(other, moved)
        assert torch.allclose(one.closure_error, two.closure_error, atol=1e-12)
        assert torch.allclose(one.constants, two.constants, atol=1e-10)

    def test_jacobian_against_sympy(self):
        generators = fields("xy", ("x*y**2", "sin(x)"), ("1", "exp(y)"))
        points = normal(10, 2)
        x, y = points.T
        found = generators.jacobian(points)
        zero = torch.zeros_like(x)
        first = torch.stack([torch.stack([y**2, 2 * x * y], -1), torch.stack([torch.cos(x), zero], -1)], -2)
        assert torch.allclose(found[0], first)
        assert torch.allclose(found[1, :, 1, 1], torch.exp(y))
        assert (found[1, :, 0] == 0).all()
