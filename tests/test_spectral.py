from __future__ import annotations

import math

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from symgen.discovery.gap import (
    LARGEST_ROUNDING,
    ROUNDING,
    SPECTRAL,
    TRAINED,
    count_approximate,
    count_exact,
    find_gap,
    rounding_of,
)
from symgen.discovery.spectral import solve
from symgen.generators.basis import Basis
from symgen.generators.library import FeatureLibrary, LibraryGenerators
from symgen.generators.space import Space
from symgen.streaming_qr import StreamingQR

KINDS = ["chebyshev", "fourier"]


def normal(*shape, seed=0):
    return torch.randn(*shape, dtype=torch.float64, generator=torch.Generator().manual_seed(seed))


def basis(kind, degree=4) -> Basis:
    return Basis(kind=kind, degree=degree, lower=-1.0, upper=3.0)


def curve(coefficients, h):
    """The polynomial in h of Taylor coefficients (m + 1, ...)."""
    return sum(c * h**i for i, c in enumerate(coefficients))


def by_autograd(function, order, count):
    """Taylor coefficients of h -> function(h) (count,) at 0, by nested differentiation -> (order + 1, count)."""
    rows = []
    for place in range(count):
        h = torch.zeros((), dtype=torch.float64, requires_grad=True)
        value, row = function(h)[place], []
        for i in range(order + 1):
            row.append(value.detach() / math.factorial(i))
            value = (
                torch.autograd.grad(value, h, create_graph=True)[0] if value.requires_grad else torch.zeros_like(value)
            )
        rows.append(torch.stack(row))
    return torch.stack(rows, 1)


class TestBasis:
    def test_chebyshev_values(self):
        z = torch.linspace(-1, 3, 9, dtype=torch.float64)
        found = basis("chebyshev").along(z[None])[0]
        expected = torch.stack([torch.cos(k * torch.acos((z - 1) / 2)) for k in range(5)], 1)
        assert torch.allclose(found, expected, atol=1e-13)

    def test_fourier_values(self):
        z = torch.linspace(-1, 3, 9, dtype=torch.float64)
        found = basis("fourier", 2).along(z[None])[0]
        angle = math.pi / 2 * (z + 1)
        expected = [torch.ones_like(z), *(f(k * angle) for k in (1, 2) for f in (torch.cos, torch.sin))]
        assert torch.allclose(found, torch.stack(expected, 1), atol=1e-13)

    @pytest.mark.parametrize("kind", KINDS)
    @pytest.mark.parametrize("degree", [0, 1, 5])
    def test_size(self, kind, degree):
        axis = basis(kind, degree)
        assert axis.along(torch.zeros(3, 7, dtype=torch.float64)).shape == (3, 7, axis.size)
        assert axis.size == (degree + 1 if kind == "chebyshev" else 2 * degree + 1)

    @pytest.mark.parametrize("kind", KINDS)
    @pytest.mark.parametrize("seed", range(3))
    def test_derivatives_against_autograd(self, kind, seed):
        """Along a line and along a bent curve: row i is the i-th derivative over i!."""
        axis = basis(kind)
        start = normal(1, seed=seed)
        line = torch.cat([start, torch.ones(1), torch.zeros(3)]).double()
        for coefficients in (line, normal(5, seed=seed + 10)):
            found = axis.along(coefficients[:, None])[:, 0]
            exact = by_autograd(lambda h, c=coefficients: axis.along(curve(c, h).reshape(1, 1))[0, 0], 4, axis.size)
            assert torch.allclose(found, exact, rtol=1e-9, atol=1e-9 * float(exact.abs().max()))

    def test_fourier_is_periodic(self):
        z = normal(5)
        assert torch.allclose(basis("fourier").along(z[None]), basis("fourier").along(z[None] + 4), atol=1e-12)

    def test_refused(self):
        for wrong in ({"kind": "spline"}, {"degree": -1}, {"degree": 41}, {"colour": 1}):
            with pytest.raises(ValidationError):
                Basis.model_validate({"kind": "chebyshev", "degree": 2, "lower": 0, "upper": 1, **wrong})


SPACE = Space(
    names=("x", "t", "u"),
    origin=(0.0, 1.0, 0.0),
    scale=(4.0, 3.0, 2.0),
    lower=(0.0, 1.0, -2.0),
    upper=(4.0, 4.0, 2.0),
    periodic=(True, False, False),
)
LIBRARY = FeatureLibrary(
    axes=(
        Basis(kind="fourier", degree=1, lower=0.0, upper=4.0),
        Basis(kind="chebyshev", degree=2, lower=1.0, upper=4.0),
        Basis(kind="chebyshev", degree=1, lower=-2.0, upper=2.0),
    )
)


class TestLibrary:
    def test_order_of_features(self):
        points = normal(6, 3)
        found = LIBRARY.along(points[None])[0]
        parts = [axis.along(points[None, :, i])[0] for i, axis in enumerate(LIBRARY.axes)]
        assert found.shape == (6, LIBRARY.size)
        assert LIBRARY.size == 3 * 3 * 2
        for a in range(3):
            for b in range(3):
                for c in range(2):
                    expected = parts[0][:, a] * parts[1][:, b] * parts[2][:, c]
                    assert torch.allclose(found[:, a * 6 + b * 2 + c], expected, rtol=1e-13)

    def test_products_along_curves_against_autograd(self):
        bent = normal(4, 1, 3)
        found = LIBRARY.along(bent)[:, 0]
        exact = by_autograd(lambda h: LIBRARY.along(curve(bent, h)[None])[0, 0], 3, LIBRARY.size)
        assert torch.allclose(found, exact, rtol=1e-9, atol=1e-9 * float(exact.abs().max()))

    def test_generators_against_closed_form(self):
        """cos(pi x / 2) d/dx + (2 (t - 1) / 3 - 1) d/dt + u d/du, physical units."""
        coefficients = torch.zeros(1, 3, LIBRARY.size, dtype=torch.float64)
        coefficients[0, 0, 6] = 1 / 4  # first wave; components are stored in units of the scale
        coefficients[0, 1, 2] = 1 / 3
        coefficients[0, 2, 1] = 1  # T_1 = u / 2 on [-2, 2]
        points = normal(10, 3)
        x, t, u = points.T
        found = LibraryGenerators(SPACE, LIBRARY, coefficients)(points)[0]
        expected = torch.stack([torch.cos(math.pi * x / 2), 2 * (t - 1) / 3 - 1, u], 1)
        assert torch.allclose(found, expected, atol=1e-13)

    def test_jacobian(self):
        generators = LibraryGenerators(SPACE, LIBRARY, normal(2, 3, LIBRARY.size))
        points = normal(4, 3)
        found = generators.jacobian(points)
        for p in range(4):
            exact = torch.autograd.functional.jacobian(lambda z: generators(z[None])[:, 0], points[p])
            assert torch.allclose(found[:, p], exact, rtol=1e-10, atol=1e-10)

    def test_shapes_are_checked(self):
        with pytest.raises(ValueError, match="do not fit"):
            LibraryGenerators(SPACE, LIBRARY, torch.zeros(2, 3, 5))
        with pytest.raises(ValueError, match="do not fit"):
            LibraryGenerators(SPACE, LIBRARY, torch.zeros(2, 2, LIBRARY.size))


class TestStreamingQR:
    @given(st.lists(st.integers(1, 30), min_size=1, max_size=8), st.integers(1, 12))
    @settings(max_examples=60, deadline=None)
    def test_equals_the_one_shot_result(self, sizes, columns):
        blocks = [normal(size, columns, seed=place) for place, size in enumerate(sizes)]
        streamed = StreamingQR()
        for block in blocks:
            streamed.push(block)
        whole = torch.cat(blocks)
        root = streamed.root_mean()
        assert streamed.rows == len(whole)
        assert torch.allclose(root.T @ root, whole.T @ whole / len(whole), rtol=1e-12, atol=1e-12)
        found = torch.linalg.svdvals(root) * len(whole) ** 0.5
        exact = torch.linalg.svdvals(whole)
        assert torch.allclose(found, exact, rtol=1e-11, atol=1e-12)

    def test_memory_does_not_grow(self):
        streamed = StreamingQR()
        for seed in range(20):
            streamed.push(normal(50, 6, seed=seed))
            assert streamed.factor.shape == (6, 6)

    def test_small_singular_values_survive(self):
        """The normal matrix would lose everything below 1e-8."""
        u, _ = torch.linalg.qr(normal(400, 3))
        v, _ = torch.linalg.qr(normal(3, 3, seed=1))
        matrix = u @ torch.diag(torch.tensor([1.0, 1e-6, 1e-12], dtype=torch.float64)) @ v
        streamed = StreamingQR()
        for block in matrix.split(37):
            streamed.push(block)
        found = torch.linalg.svdvals(streamed.root_mean() * 20)
        assert found.tolist() == pytest.approx([1.0, 1e-6, 1e-12], rel=1e-3)

    def test_nothing(self):
        with pytest.raises(ValueError, match="no rows"):
            StreamingQR().root_mean()


def planted(null: int, d: int = 2, k: int = 6, rows: int = 80):
    """Residuals (rows, d k) that vanish on the columns of the returned matrix (d k, null)."""
    space, _ = torch.linalg.qr(normal(d * k, d * k))
    return normal(rows, d * k, seed=1) @ space[:, null:] @ space[:, null:].T, space[:, :null]


class TestSolve:
    @pytest.mark.parametrize("null", [0, 1, 3])
    def test_recovers_a_planted_null_space(self, null):
        residual, space = planted(null)
        values = torch.linalg.qr(normal(50, 6, seed=2), mode="r").R
        spectrum = solve(residual, values, 2)
        assert spectrum.singular_values.shape == (12,)
        assert spectrum.coefficients.shape == (12, 2, 6)
        assert (spectrum.singular_values[:null] < 1e-13).all()
        assert (spectrum.singular_values[null:] > 1e-3).all()
        found = spectrum.coefficients[:null].reshape(null, 12).T
        assert torch.linalg.matrix_rank(torch.cat([found, space], 1)).item() == null if null else True

    @pytest.mark.parametrize("decades", [8, 12, 30])
    def test_what_a_decomposition_drowns(self, decades):
        """Columns of so many decades: its rounding is far above what the planted fields leave."""
        count, null = 24, 3
        mixed = torch.cat([normal(6, null, seed=4), normal(count - 6, null, seed=5) * 0])  # of the smallest columns
        basis = torch.linalg.qr(mixed).Q
        sizes = torch.logspace(0, decades, count - 5, dtype=torch.float64)
        graded = normal(count, count, seed=6) * torch.cat([sizes.new_ones(5), sizes])
        residual = graded - (graded @ basis) @ basis.T
        values = torch.linalg.qr(normal(80, count, seed=7), mode="r").R
        alone = torch.linalg.svdvals(residual @ torch.linalg.inv(values)).flip(0)[:null]
        assert alone.max() > 1e-9
        spectrum = solve(residual, values, 1)
        assert spectrum.rounding < LARGEST_ROUNDING
        assert spectrum.singular_values[:null].max() < min(1e-12, spectrum.rounding)
        assert (spectrum.singular_values[null:] > 1e-3).all()
        assert (spectrum.singular_values.diff() >= 0).all()
        fields = spectrum.coefficients[:, 0]
        assert torch.linalg.svdvals(fields[:null] - fields[:null] @ basis @ basis.T).max() < 1e-12
        along = values @ fields[: null + 3].T
        assert torch.allclose(along.T @ along, torch.eye(null + 3, dtype=torch.float64), atol=1e-6)

    def test_what_products_drown_is_said(self):
        """Fields that leave nothing by cancellation of huge columns alone: no refinement can tell."""
        huge = normal(12, 1) * 1e12
        residual = torch.cat([huge, -huge * (1 + 1e-13), normal(12, 4, seed=1)], 1)
        spectrum = solve(residual, torch.eye(6, dtype=torch.float64), 1)
        assert spectrum.singular_values[0] < spectrum.rounding
        assert spectrum.rounding > 1e-4

    def test_is_the_generalised_eigenproblem(self):
        """Ascending c'Ac / c'Bc, and fields that are orthonormal in B."""
        residual, values = normal(60, 12), normal(50, 6, seed=2)
        spectrum = solve(residual, values, 2)
        c = spectrum.coefficients.reshape(12, 12)
        gram = torch.block_diag(values.T @ values, values.T @ values)
        assert torch.allclose(c @ gram @ c.T, torch.eye(12, dtype=torch.float64), atol=1e-12)
        assert torch.allclose(torch.linalg.vector_norm(residual @ c.T, dim=0), spectrum.singular_values, rtol=1e-10)
        lower = torch.linalg.inv(torch.linalg.cholesky(gram))
        eigenvalues = torch.linalg.eigvalsh(lower @ (residual.T @ residual) @ lower.T)
        assert torch.allclose(spectrum.singular_values**2, eigenvalues, rtol=1e-9)
        assert (spectrum.singular_values.diff() >= 0).all()

    def test_only_what_is_orthogonal_to_others(self):
        draw = torch.Generator().manual_seed(3)
        residual, values = (torch.randn(40, n, dtype=torch.float64, generator=draw) for n in (10, 5))
        every = solve(residual, values, 2)
        rest = solve(residual, values, 2, every.coefficients[:3])
        assert torch.allclose(rest.singular_values, every.singular_values[3:])
        gram = torch.einsum("pk,aik,pl,bil->ab", values, rest.coefficients, values, every.coefficients[:3])
        assert gram.abs().max() < 1e-12
        assert torch.equal(solve(residual, values, 2, every.coefficients[:0]).singular_values, every.singular_values)

    def test_nothing_beside_others(self):
        residual, values = normal(40, 10), normal(50, 5, seed=2)
        rest = solve(residual, values, 2, solve(residual, values, 2).coefficients)
        assert (rest.singular_values.shape, rest.coefficients.shape) == ((0,), (0, 2, 5))

    def test_fewer_rows_than_unknowns(self):
        spectrum = solve(normal(5, 12), normal(50, 6, seed=2), 2)
        assert (spectrum.singular_values[:7] == 0).all()
        assert torch.linalg.vector_norm(normal(5, 12) @ spectrum.coefficients[:7].reshape(7, 12).T) < 1e-12

    def test_dependent_features_count_once(self):
        """Features that agree on the data span less; the combinations that vanish there are no fields."""
        values = normal(50, 6, seed=2)
        values[:, 5] = values[:, 0] - 2 * values[:, 1]
        mixing = normal(12, 12, seed=3)
        residual = torch.cat([values, normal(50, 6, seed=4)], 1)
        residual[:, 11] = residual[:, 6] - 2 * residual[:, 7]
        spectrum = solve(residual, values, 2)
        assert spectrum.singular_values.shape == (10,)
        gram = torch.block_diag(values.T @ values, values.T @ values)
        c = spectrum.coefficients.reshape(10, 12)
        assert torch.allclose(c @ gram @ c.T, torch.eye(10, dtype=torch.float64), atol=1e-10)
        assert torch.isfinite(mixing @ c.T).all()

    @given(st.integers(0, 1000), st.floats(-6, 6))
    @settings(max_examples=30, deadline=None)
    def test_validity_scales_with_the_residual_only(self, seed, exponent):
        """Scaling the features, as other units of them would, changes nothing."""
        residual, values = normal(40, 8, seed=seed), normal(30, 4, seed=seed + 1)
        sizes = 10 ** normal(4, seed=seed + 2).clamp(-2, 2)
        one = solve(residual, values, 2).singular_values
        two = solve(residual * sizes.repeat(2) * 10**exponent, values * sizes, 2).singular_values
        assert torch.allclose(two, one * 10**exponent, rtol=1e-8)


class TestGap:
    @pytest.mark.parametrize(
        ("spectrum", "exact", "approximate"),
        [
            ([1e-12, 2e-12, 1e-11, 0.1, 0.2], 3, 0),
            ([1e-15, 1e-13, 1e-5, 1e-2, 0.5, 1.0], 2, 1),
            ([1e-13, 4e-7, 2e-5, 7e-4, 0.1], 1, 3),
            ([0.0, 0.0, 0.5, 1.0], 2, 0),
            ([0.01, 0.02, 0.5, 0.6], 0, 2),
            ([0.1, 0.2, 0.3], 0, 0),
            ([1e-4, 5e-4, 1e-3, 8e-3, 0.05, 0.3], 0, 0),
            ([1e-12, 1e-12], 0, 0),
            ([0.0, 0.0, 0.0], 0, 0),
            ([1e-9], 0, 0),
        ],
    )
    def test_by_the_rule(self, spectrum, exact, approximate):
        gap = find_gap(spectrum)
        assert (gap.exact, gap.approximate) == (exact, approximate)

    def test_rounding_makes_no_gap(self):
        """1e-30 and 1e-17 are both zero beside 1."""
        gap = find_gap([1e-30, 1e-17, 1e-15, 1e-4, 1.0])
        assert gap.exact == 3
        assert gap.rounding == ROUNDING
        assert gap.ratio == pytest.approx(1e-4 / ROUNDING)

    def test_accuracy_of_trained_networks(self):
        """What a network can't resolve makes no gap either."""
        gap = find_gap([1e-5, 9e-4, 2e-3, 0.2], TRAINED)
        assert (gap.exact, gap.ratio) == (3, pytest.approx(100))
        assert "below 0.001 all count as equal" in str(TRAINED)
        assert "count as equal" not in str(SPECTRAL)

    def test_what_networks_have_exactly_is_exact(self):
        """Translations are in every network, beside fields that it resolves as far as it can."""
        spectrum = [1e-15, 4e-15, 2e-14, 3.6e-4, 1.2e-3, 3e-3, 6e-3, 0.01, 0.02]
        gap = find_gap(spectrum, TRAINED)
        assert (gap.exact, gap.ratio) == (3, pytest.approx(1.8e10))
        assert find_gap([1e-5, *spectrum[3:]], TRAINED).exact == 0

    def test_larger_ones_are_exact_only_where_they_converge(self):
        spectrum = [1e-14, 2e-14, 1e-6, 3e-5, 0.1, 100.0]
        assert count_exact(spectrum, SPECTRAL, lambda place: True)[0] == 4
        assert count_exact(spectrum, SPECTRAL, lambda place: False)[0] == 2
        assert count_exact(spectrum, SPECTRAL, lambda place: place == 2)[0] == 2  # no clear gap after the third
        asked = []
        count_exact(spectrum, SPECTRAL, lambda place: not asked.append(place))
        assert asked == [2, 3]

    def test_rounding_is_never_much(self):
        """Where the spectrum is wide, what is no symmetry is not taken for rounding."""
        assert rounding_of([1e-3, 1e12]) == 1e-9
        assert count_exact([1e-14, 1e-6, 1e9], SPECTRAL, lambda place: False)[0] == 1

    def test_approximate_ones_up_to_another_limit(self):
        assert count_approximate([4e-4, 4e-2, 0.9], SPECTRAL, 1e-12, 1) == 1
        assert count_approximate([4e-2, 0.9], SPECTRAL, 1e-12, 1) == 1
        assert count_approximate([4e-2, 0.9], SPECTRAL, 1e-12, 1, limit=1e-3) == 0
        assert count_approximate([], SPECTRAL, 1e-12, 1) == 0

    def test_status(self):
        gap = find_gap([1e-13, 1e-5, 2e-3, 0.5])
        assert (gap.exact, gap.approximate) == (1, 2)
        assert [gap.status(place) for place in range(5)] == ["exact", "approximate", "approximate", "none", "none"]

    @given(st.lists(st.floats(-18, 0), min_size=1, max_size=12))
    @settings(max_examples=200, deadline=None)
    def test_properties(self, exponents):
        spectrum = sorted(10**e for e in exponents)
        gap = find_gap(spectrum)
        assert gap.exact >= 0
        assert gap.exact + gap.approximate < max(len(spectrum), 1)
        assert all(v <= max(SPECTRAL.exact_limit, gap.rounding) for v in spectrum[: gap.exact])
        assert all(v <= max(SPECTRAL.approximate_limit, gap.rounding) for v in spectrum[: gap.exact + gap.approximate])
