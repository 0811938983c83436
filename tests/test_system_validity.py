"""The linearised condition of systems in numbers, on free jets."""

from __future__ import annotations

import pytest
import sympy
import torch
from systems import SYSTEMS

from symgen.discovery.spectral import solve
from symgen.equations.symmetry_algebra import symmetry_algebra
from symgen.equations.system import System
from symgen.generators.space import Space
from symgen.generators.total_degree import TotalDegreeLibrary
from symgen.jets.curves import CurveDerivatives, orders_of
from symgen.jets.sample import JetSample
from symgen.jets.space import JetSpace
from symgen.validity.linearised import LinearisedValidity


def library(system: System, degree: int) -> TotalDegreeLibrary:
    d = len(system.space.names)
    return TotalDegreeLibrary.on((-1.0,) * d, (1.0,) * d, degree)


def space(system: System, scale: tuple[float, ...] | None = None) -> Space:
    d = len(system.space.names)
    return Space(
        names=system.space.names,
        origin=(0.0,) * d,
        scale=scale or (1.0,) * d,
        lower=(-1.0,) * d,
        upper=(1.0,) * d,
        periodic=(False,) * d,
    )


def random_jets(validity: LinearisedValidity, count: int, seed: int) -> JetSample:
    """Points with coordinates uniform in -1..1 and normal derivatives."""
    draw = torch.Generator().manual_seed(seed)
    points = 2 * torch.rand(count, len(validity.system.space.names), dtype=torch.float64, generator=draw) - 1
    return JetSample(points, torch.randn(len(validity.jets), count, dtype=torch.float64, generator=draw))


def matrix(system: System, features, jets: JetSample, scale: tuple[float, ...] | None = None) -> torch.Tensor:
    """Rows (R P, d K), relative to the size of the equations' terms."""
    rows, squares = LinearisedValidity(system).residual_matrix(features, space(system, scale), jets)
    return (rows / squares.sqrt()[..., None]).flatten(0, 1)


def spectrum(system: System, degree: int, seed: int = 0) -> torch.Tensor:
    """Singular values of the fields of total degree, ascending."""
    features = library(system, degree)
    validity = LinearisedValidity(system)
    d = len(system.space.names)
    jets = random_jets(validity, 2 * d * features.size, seed)
    rows = matrix(system, features, jets)
    values = features.along(jets.points[None])[0]
    factors = [torch.linalg.qr(m, mode="r").R / len(m) ** 0.5 for m in (rows, values)]
    return solve(*factors, dimension=d).singular_values


TABLE = [
    ("nls", 2, 5),
    ("nls 2-d", 2, 8),
    ("lambda-omega", 2, 5),
    ("shallow water", 2, 9),
    ("burgers 2-d", 2, 8),
    ("zakharov-kuznetsov", 2, 5),
    ("heat 2-d", 3, 19),
    ("fitzhugh-nagumo", 2, 2),
    ("kepler", 2, 3),
    ("navier-stokes", 2, 12),
]


class TestFreeJets:
    @pytest.mark.parametrize(("name", "degree", "count"), TABLE)
    def test_gap(self, name, degree, count):
        """As many as by algebra, at rounding; the others far above."""
        values = spectrum(System.from_strings(*SYSTEMS[name]), degree)
        assert values[count - 1] < 1e-12
        assert values[count] > 1e-2

    def test_fields_of_algebra_are_in_the_null_space(self):
        system = System.from_strings(*SYSTEMS["shallow water"])
        features = library(system, 2)
        jets = random_jets(LinearisedValidity(system), 300, 1)
        rows = matrix(system, features, jets)
        values = features.along(jets.points[None])[0]
        for field in symmetry_algebra(system).fields:
            function = sympy.lambdify(system.space.coordinates, field, "numpy")
            columns = [torch.as_tensor(c, dtype=torch.float64).expand(300) for c in function(*jets.points.T)]
            coefficients = torch.linalg.lstsq(values, torch.stack(columns, -1)).solution.T.flatten()
            assert (rows @ coefficients).abs().max() < 1e-11 * coefficients.norm()

    def test_scale(self):
        system = System.from_strings(*SYSTEMS["nls"])
        jets = random_jets(LinearisedValidity(system), 5, 0)
        features = library(system, 1)
        plain, scaled = (matrix(system, features, jets, scale) for scale in (None, (2.0, 1.0, 1.0, 3.0)))
        assert torch.allclose(scaled[:, :5], 2 * plain[:, :5])
        assert torch.allclose(scaled[:, -5:], 3 * plain[:, -5:])


class TestCurves:
    def test_against_algebra(self):
        """Of x^2 u v and t v^2 in two variables, up to order 3."""
        space = JetSpace(("x", "t"), ("u", "v"))
        x, t, u, v = space.coordinates
        functions = [x**2 * u * v, t * v**2]
        curves = CurveDerivatives(space, {(2, 1)})
        draw = torch.Generator().manual_seed(0)
        values = {jet: torch.randn(1, dtype=torch.float64, generator=draw) for jet in curves.jets}
        point = torch.tensor(
            [[0.3, -0.7, *(float(values[j]) for j in curves.jets if not j.order)]], dtype=torch.float64
        )

        def along(curve: torch.Tensor) -> torch.Tensor:
            from symgen.series import multiply

            cx, ct, cu, cv = curve.unbind(-1)
            return torch.stack([multiply(multiply(multiply(cx, cx), cu), cv), multiply(ct, multiply(cv, cv))], -1)

        found = curves(along, point, values)
        numbers = {space.symbol(jet): float(value) for jet, value in values.items()} | {x: 0.3, t: -0.7}
        for n in range(4):
            for orders in orders_of(2, n):
                for k, function in enumerate(functions):
                    derivative = function
                    for axis, order in enumerate(orders):
                        for _ in range(order):
                            derivative = space.total_derivative(derivative, axis)
                    assert float(found[orders][0, k]) == pytest.approx(float(derivative.subs(numbers)), rel=1e-9)


class TestLibrary:
    def test_size_and_values(self):
        features = TotalDegreeLibrary.on((-1.0, 0.0, -1.0), (1.0, 2.0, 1.0), 3)
        assert features.size == 20
        points = torch.rand(60, 3, dtype=torch.float64)
        values = features.along(points[None])[0]
        powers = torch.stack(
            [points[:, 0] ** a * points[:, 1] ** b * points[:, 2] ** c for a, b, c in features.degrees], -1
        )
        assert torch.linalg.matrix_rank(torch.cat([values, powers], 1), rtol=1e-10) == 20

    def test_refused(self):
        axes = TotalDegreeLibrary.on((0.0,), (1.0,), 2).axes
        with pytest.raises(ValueError, match="up to degree 4"):
            TotalDegreeLibrary(axes=axes, degree=4)
