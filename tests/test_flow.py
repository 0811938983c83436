from __future__ import annotations

import math

import numpy as np
import pytest
import sympy
import torch

from symgen.catalog import get, names
from symgen.exceptions import SymgenError
from symgen.flow import Flow, FlowError
from symgen.generators.base import Generators
from symgen.generators.basis import Basis
from symgen.generators.closed_form import ClosedFormGenerators
from symgen.generators.library import FeatureLibrary, LibraryGenerators
from symgen.generators.space import Space
from symgen.inspection.reference import closed_form

NU = 0.05


def box(names=("x", "t", "u"), lower=0.5, upper=1.5):
    d = len(names)
    return Space(
        names=names, origin=(0.0,) * d, scale=(1.0,) * d, lower=(lower,) * d, upper=(upper,) * d, periodic=(False,) * d
    )


def points(count=20, d=3, seed=0):
    return 0.5 + torch.rand(count, d, dtype=torch.float64, generator=torch.Generator().manual_seed(seed))


class Linear(Generators):
    """V_a(z) = A_a z."""

    def __init__(self, matrices):
        super().__init__(box(tuple("xyz")[: matrices.shape[-1]]), len(matrices))
        self.matrices = matrices

    def forward(self, z):
        return torch.einsum("nij,pj->npi", self.matrices, z)


def linear(count=3, d=3, seed=1):
    random = torch.Generator().manual_seed(seed)
    return Linear(torch.randn(count, d, d, dtype=torch.float64, generator=random))


def relative(result, expected):
    return float((result - expected).norm() / expected.norm())


def test_rk4_is_of_fourth_order():
    fields, z, s = linear(), points(), 0.8
    exact = z @ torch.matrix_exp(s * fields.matrices[0]).T
    steps = np.array([0.2, 0.1, 0.05, 0.025])
    errors = [relative(Flow(fields, step=float(h))(z, s, 0), exact) for h in steps]
    slope = np.polyfit(np.log(steps), np.log(errors), 1)[0]
    assert 3.8 < slope < 4.2
    assert errors[-1] < 1e-6


def test_steps_are_never_longer_than_asked():
    calls = []

    class Counting(Linear):
        def forward(self, z):
            calls.append(len(z))
            return super().forward(z)

    Flow(Counting(linear().matrices), step=0.1)(points(), 0.3, 0)
    assert len(calls) == 4 * 3


@pytest.mark.parametrize("method", ["rk4", "dopri5"])
def test_group_law_and_inverse(method):
    flow, z = Flow(linear(), method, step=0.01), points()
    there = flow(z, 0.3, 1)
    assert relative(flow(there, 0.2, 1), flow(z, 0.5, 1)) < 1e-8
    assert relative(flow(there, -0.3, 1), z) < 1e-8
    assert torch.equal(flow(z, 0.0, 1), z)


def test_dopri5_meets_its_tolerance_at_every_point():
    fields, z = linear(), points(200)
    z[0] = 1e-4  # small among large ones: an average over the points would pass it over
    for index, matrix in enumerate(fields.matrices):
        exact = z @ torch.matrix_exp(0.9 * matrix).T
        assert torch.allclose(Flow(fields, "dopri5")(z, 0.9, index), exact, rtol=1e-7, atol=1e-8)
        assert torch.allclose(Flow(fields, step=0.005)(z, 0.9, index), exact, rtol=1e-7, atol=1e-8)


def test_linear_combinations():
    fields, z = linear(), points()
    weights = torch.tensor([0.3, -0.5, 0.2], dtype=torch.float64)
    matrix = torch.einsum("n,nij->ij", weights, fields.matrices)
    expected = z @ torch.matrix_exp(0.7 * matrix).T
    assert relative(Flow(fields, "dopri5")(z, 0.7, weights), expected) < 1e-8
    unit = torch.eye(3, dtype=torch.float64)[2]
    assert torch.allclose(Flow(fields)(z, 0.4, unit), Flow(fields)(z, 0.4, 2), rtol=1e-14)
    assert torch.equal(Flow(fields)(z, 0.4, 2), Flow(fields)(z, 0.4, -1))
    each = torch.randn(len(z), 3, dtype=torch.float64, generator=torch.Generator().manual_seed(3))
    together = Flow(fields, "dopri5")(z, 0.5, each)
    for p in (0, 7):
        alone = z[p] @ torch.matrix_exp(0.5 * torch.einsum("n,nij->ij", each[p], fields.matrices)).T
        assert relative(together[p], alone) < 1e-8


@pytest.mark.parametrize("method", ["rk4", "dopri5"])
def test_scales_for_every_point_and_sample(method):
    flow, z = Flow(linear(), method, step=0.02), points(12)
    scales = torch.linspace(-0.6, 0.6, 12, dtype=torch.float64)
    moved = flow(z, scales, 0)
    for p in range(12):
        assert relative(moved[p], flow(z[p : p + 1], float(scales[p]), 0)[0]) < 1e-6
    samples = z.reshape(3, 4, 3)
    moved = flow(samples, scales[:3, None], 0)
    assert moved.shape == samples.shape
    assert relative(moved[1], flow(samples[1], float(scales[1]), 0)) < 1e-6


def translation(i):
    return lambda z, s: z + s * torch.eye(3, dtype=z.dtype)[i]


def scaling(*powers):
    return lambda z, s: z * torch.exp(s * z.new_tensor(powers))


def field(function):
    def moved(z, s):
        columns = torch.broadcast_tensors(*function(*z.unbind(-1), s))
        return torch.stack(columns, -1)

    return moved


def cylindrical_projective(x, t, u, s):
    q0 = (t + 1) ** -0.5
    q = q0 - s / 2  # dq/ds = -1/2, and x q stays the same
    return x * q0 / q, q**-2 - 1, (u - x * q0**2 / 2) * (q / q0) ** 2 + x * q0 * q / 2


BOOST = field(lambda x, t, u, s: (x + s * t, t, u + s))
FLOWS = {
    "kdv": (translation(0), translation(1), BOOST, scaling(1, 3, -2)),
    "ks": (translation(0), translation(1), BOOST),
    "burgers": (
        translation(0),
        translation(1),
        BOOST,
        scaling(1, 2, -1),
        field(lambda x, t, u, s: (x / (1 - s * t), t / (1 - s * t), u * (1 - s * t) + s * x)),
    ),
    "nkdv": (
        translation(0),
        field(lambda x, t, u, s: (x, 50 * torch.log(torch.exp(t / 50) + s / 50), u)),
        field(lambda x, t, u, s: (x + 50 * s * torch.exp(t / 50), t, u + s)),
        field(lambda x, t, u, s: (x * math.exp(s), t + 150 * s, u * math.exp(-2 * s))),
    ),
    "ckdv": (
        translation(0),
        field(lambda x, t, u, s: (x + 2 * s * (t + 1).sqrt(), t, u + s / (t + 1).sqrt())),
        field(lambda x, t, u, s: (x * math.exp(s), (t + 1) * math.exp(3 * s) - 1, u * math.exp(-2 * s))),
        field(cylindrical_projective),
    ),
    "heat": (
        translation(0),
        translation(1),
        scaling(0, 0, 1),
        scaling(1, 2, 0),
        field(lambda x, t, u, s: (x + 2 * NU * t * s, t, u * torch.exp(-x * s - NU * t * s**2))),
        field(
            lambda x, t, u, s: (
                x / (1 - 4 * NU * s * t),
                t / (1 - 4 * NU * s * t),
                u * (1 - 4 * NU * s * t).sqrt() * torch.exp(-s * x**2 / (1 - 4 * NU * s * t)),
            )
        ),
    ),
}


@pytest.mark.parametrize("name", names())
def test_symmetries_of_the_catalog_flow_as_their_closed_forms(name):
    entry, z = get(name), points()
    generators = closed_form(box(), [s.components for s in entry.symmetries], {**entry.parameters, "nu": NU})
    assert len(FLOWS[name]) == len(entry.symmetries)
    for index, exact in enumerate(FLOWS[name]):
        for s in (-0.3, 0.2):
            assert relative(Flow(generators, "dopri5")(z, s, index), exact(z, s)) < 1e-8, (index, s)
            assert relative(Flow(generators, step=0.01)(z, s, index), exact(z, s)) < 1e-7, (index, s)


def test_library_generators_flow_in_physical_units():
    space = Space(
        names=("x", "t"), origin=(0, 0), scale=(128, 40), lower=(0, 0), upper=(128, 40), periodic=(False, False)
    )
    axes = (Basis(kind="chebyshev", degree=1, lower=0, upper=128), Basis(kind="chebyshev", degree=1, lower=0, upper=40))
    coefficients = torch.zeros(1, 2, 4, dtype=torch.float64)
    coefficients[0, 0, 0] = 1.0
    moved = Flow(LibraryGenerators(space, FeatureLibrary(axes=axes), coefficients))(points(5, 2), 0.25, 0)
    assert torch.allclose(moved, points(5, 2) + torch.tensor([32.0, 0.0], dtype=torch.float64))


def test_gradients_reach_points_and_scales():
    fields, z = linear(), points(4).requires_grad_()
    scale = torch.tensor(0.3, dtype=torch.float64, requires_grad=True)
    Flow(fields, step=0.01)(z, scale, 0).sum().backward()
    group = torch.matrix_exp(0.3 * fields.matrices[0])
    assert torch.allclose(z.grad, group.sum(0).expand_as(z), rtol=1e-6)
    assert torch.allclose(scale.grad, (z.detach() @ group.T @ fields.matrices[0].T).sum(), rtol=1e-6)


@pytest.mark.parametrize("method", ["rk4", "dopri5"])
def test_the_adjoint_method_gives_the_same_gradients(method):
    class Trained(Linear):
        def __init__(self, matrices):
            super().__init__(matrices)
            self.matrices = torch.nn.Parameter(matrices)

    gradients = []
    for adjoint in (False, True):
        fields, z = Trained(linear().matrices), points(4).requires_grad_()
        scale = torch.tensor([0.3, -0.2, 0.1, 0.4], dtype=torch.float64, requires_grad=True)
        weights = torch.tensor([0.5, -1.0, 0.2], dtype=torch.float64, requires_grad=True)
        moved = Flow(fields, method, step=0.005, adjoint=adjoint)(z, scale, weights)
        moved.square().sum().backward()
        gradients.append((moved.detach(), z.grad, scale.grad, weights.grad, fields.matrices.grad))
    for plain, other in zip(*gradients, strict=True):
        assert plain.abs().sum() > 0
        assert torch.allclose(plain, other, rtol=1e-7, atol=1e-9)


@pytest.mark.parametrize("method", ["rk4", "dopri5"])
def test_dtypes_are_kept(method):
    fields, z = linear(), points()
    fields.matrices = fields.matrices.float()
    moved = Flow(fields, method)(z.float(), torch.tensor(0.3, dtype=torch.float64), 0)
    assert moved.dtype == torch.float32
    assert relative(moved.double(), z @ torch.matrix_exp(0.3 * fields.matrices[0].double()).T) < 1e-5


def test_generators_of_another_dtype_are_refused():
    class Wrong(Linear):
        def forward(self, z):
            return super().forward(z.double())

    with pytest.raises(TypeError, match=r"float64 to points in torch\.float32"):
        Flow(Wrong(linear().matrices))(points().float(), 0.3, 0)


def blowing_up():
    x, y = (sympy.Symbol(name, real=True) for name in "xy")
    return ClosedFormGenerators(box(("x", "y")), [[x**2, sympy.Integer(0)], [1 / (x - 1), y]])


def test_a_flow_that_ends_is_an_error():
    z = points(10, 2) + 0.6
    for method in ("dopri5", "rk4"):
        with pytest.raises(FlowError, match="Use smaller scales"):
            Flow(blowing_up(), method)(z, 20.0, 0)
    assert issubclass(FlowError, SymgenError)


def test_other_generators_may_be_infinite():
    z = torch.ones(3, 2, dtype=torch.float64)
    assert torch.allclose(Flow(blowing_up(), "dopri5")(z, 0.5, 0)[:, 0], torch.full((3,), 2.0, dtype=torch.float64))


def test_no_points_and_bad_arguments():
    flow = Flow(linear())
    assert flow(points(0), 0.3, 0).shape == (0, 3)
    with pytest.raises(IndexError, match="3 generators"):
        flow(points(), 0.3, 3)
    with pytest.raises(ValueError, match="weights of shape"):
        flow(points(), 0.3, torch.ones(2))
    with pytest.raises(ValueError, match="finite"):
        flow(points(), float("nan"), 0)
    with pytest.raises(ValueError, match="rk4 or dopri5"):
        Flow(linear(), "euler")
    with pytest.raises(ValueError, match="positive"):
        Flow(linear(), step=0.0)
