from __future__ import annotations

import math
from itertools import pairwise

import numpy as np
import pytest
import torch

from symgen.catalog import get, names
from symgen.discovery.problem import normalised_space
from symgen.exceptions import DataError
from symgen.flow import Flow
from symgen.generators.inner_product import field_matrix, norms
from symgen.inspection.reference import closed_form
from symgen.pde.derivatives import finite_difference, refine, spectral_derivatives
from symgen.pde.equation import Equation
from symgen.pde.grammar import SPACE
from symgen.pde.solution_jets import sample_jets
from symgen.validity.finite import FiniteValidity
from symgen.validity.verification import FiniteTable, finite_defect, window

KDV = "u_t + u*u_x + u_xxx"


def graph(u, nx, nt, length, start=0.0, duration=1.0):
    """Graph of a function u(x, t) over one period."""
    x = torch.arange(nx, dtype=torch.float64) * length / nx
    t = torch.linspace(start, start + duration, nt, dtype=torch.float64)[:, None].expand(nt, nx)
    x = x.expand(nt, nx)
    return torch.stack([x, t, u(x, t)], -1)


def bend(z, s, length):
    """A smooth periodic map of (x, t, u), near the identity for small s."""
    x, t, u = z.unbind(-1)
    wave = torch.sin(2 * math.pi * x / length)
    return torch.stack([x + s * wave + s * t, t + s * wave * (1 + t) / 4, u], -1)


def soliton(x, t, c=2.0):
    return 3 * c / torch.cosh(math.sqrt(c) / 2 * (x - 8 - c * t)) ** 2


# the derivatives of a function on a bent grid: u is then a composition that the chain rule must undo
CASES = {
    KDV: (lambda x, t: torch.exp(torch.sin(math.pi / 4 * x - t)), 8.0, 0.5),
    "u_t + u*u_x + u_xx + u_xxxx": (lambda x, t: torch.sin(x - t), 4 * math.pi, 1.0),
    "u_tt - u_xx": (lambda x, t: torch.sin(x - t) + torch.cos(2 * (x + t)), 2 * math.pi, 1.0),
    "u_t + u_xxt + t*u_xt - exp(x)*u": (lambda x, t: torch.sin(x) * torch.cos(t), 2 * math.pi, 1.0),
}


def exact_residual(text, x, t):
    """By automatic differentiation, at points x, t."""
    from symgen.expressions import CompiledExpressions
    from symgen.pde.grammar import T, X, jet_symbol

    equation = Equation.from_string(text)
    jets = equation.jets(equation.expression)
    x, t = x.clone().requires_grad_(), t.clone().requires_grad_()
    values = []
    for i, j in jets:
        value = CASES[text][0](x, t)
        for variable in [x] * i + [t] * j:
            (value,) = torch.autograd.grad(value.sum(), variable, create_graph=True)
        values.append(value)
    return CompiledExpressions([X, T, *map(jet_symbol, jets)], [equation.expression])([x, t, *values])[0].detach()


@pytest.mark.parametrize("periodic", [True, False])
@pytest.mark.parametrize("text", CASES)
def test_residual_on_a_bent_grid_is_the_true_one_to_the_order_of_the_stencils(text, periodic):
    function, length, duration = CASES[text]
    accuracy, errors = 4, []
    for points in (64, 128):
        validity = FiniteValidity(Equation.from_string(text).system, accuracy)
        flat = graph(lambda x, t: 0 * x, points, points, length, duration=duration)
        # the map is of x and t only, so the data on the bent grid are the function there
        x, t, _ = bend(flat, 0.15, length).unbind(-1)
        result = validity(torch.stack([x, t, function(x, t)], -1), {"x": length} if periodic else {})
        rows, columns = validity.margins({"x"} if periodic else ())
        inner = (slice(rows, points - rows), slice(columns, points - columns))
        # the same places at both resolutions: the middle half
        error = result.residual[0] - exact_residual(text, x[inner], t[inner])
        places = [s // 4 for s in error.shape]
        errors.append(error[places[0] : -places[0], places[1] : -places[1]].abs().max() / result.size)
        assert not result.folds
    assert errors[1] < max(2 * errors[0] / 2**accuracy, 1e-8), errors
    assert errors[1] < 2e-2, errors


def test_exact_solutions_have_no_residual():
    heat = Equation.from_string("u_t - nu*u_xx", {"nu": 0.3})
    modes = graph(lambda x, t: torch.exp(-0.3 * 4 * t) * torch.sin(2 * x) + 1, 64, 64, 2 * math.pi)
    assert FiniteValidity(heat.system)(modes, {"x": 2 * math.pi}).score() < 1e-10
    kdv = Equation.from_string(KDV)
    fine = graph(soliton, 512, 96, 64.0, duration=0.5)
    scores = [float(FiniteValidity(kdv.system, accuracy)(fine).score()) for accuracy in (2, 4, 6, 8)]
    assert scores[3] < 1e-5
    assert all(better < worse / 4 for worse, better in pairwise(scores))
    wrong = Equation.from_string("u_t + u*u_x + 0.9*u_xxx")
    assert FiniteValidity(wrong.system)(fine).score() > 0.01


def test_without_a_flow_it_is_the_plain_residual():
    equation, length = Equation.from_string(KDV), 16.0
    z = graph(lambda x, t: torch.sin(2 * math.pi * (x - t) / 16) + t, 48, 40, length)
    validity = FiniteValidity(equation.system, accuracy=6)
    result = validity(z, {"x": length})
    u, rows = z[..., 2], validity.margins("x")[0]
    slope = finite_difference(u, 1 / 39, 1, 6, -2)[rows - 3 : u.shape[0] - rows - 3]
    _, first, _, third = spectral_derivatives(u, length, 3)[:, rows:-rows]
    terms = torch.stack([slope, u[rows:-rows] * first, third])
    assert torch.allclose(result.residual[0], terms.sum(0), atol=1e-9)
    assert torch.allclose(result.squares[0], terms.square().sum(0), atol=1e-9)
    assert result.score() == pytest.approx(float((terms.sum(0).square().mean() / terms.square().sum(0).mean()).sqrt()))


def test_refined_data_are_interpolated():
    for nx in (15, 16):
        coarse = torch.arange(nx, dtype=torch.float64) * 2 * math.pi / nx
        fine = torch.arange(3 * nx, dtype=torch.float64) * 2 * math.pi / (3 * nx)
        for wave in (0, 1, 5):
            assert torch.allclose(refine(torch.cos(wave * coarse + 1), 3), torch.cos(wave * fine + 1), atol=1e-12)
        u = torch.randn(4, nx, dtype=torch.float64)
        assert torch.allclose(refine(u, 4)[:, ::4], u)
        assert torch.equal(refine(u, 1), u) or torch.allclose(refine(u, 1), u)


SOLITONS = {"nx": 128, "nt": 100, "stored": 80, "amplitude": 0.2, "duration": 50.0, "max_step": 0.01}
SMALL = {"kdv": SOLITONS, "nkdv": SOLITONS, "ckdv": SOLITONS, "burgers": {"nx": 256, "nt": 180, "stored": 140}}


@pytest.mark.parametrize("name", names())
def test_true_symmetries_leave_the_residual_and_controls_do_not(name, simulated):
    data = simulated(name, n=1, **SMALL.get(name, {"nx": 128, "nt": 250, "stored": 140}))
    equation = Equation.from_string(data.info.equation, data.info.parameters)
    space, validity = normalised_space(data.solutions), FiniteValidity(equation.system)
    points = torch.cat([s.points for s in sample_jets(data.solutions, SPACE, [], 2048)])
    symmetries, parameters = get(name).symmetries, data.info.parameters
    controls = [("0", "0", "1"), ("t", "0", "0"), ("0", "0", "u")]
    controls = [c for c in controls if name != "heat" or c not in (("0", "0", "1"), ("0", "0", "u"))]
    fields = closed_form(space, [*(s.components for s in symmetries), *controls], parameters)
    sizes = norms(field_matrix(fields, points))
    u, x, t = (torch.as_tensor(v) for v in (data.read([0]), data.x, data.t))
    for whole in (True, False):
        period = {"x": data.info.length}
        periods = period if whole else {}
        z = window(u[..., None], {"x": x, "t": t}, period, periods, "xt")
        own = float(validity(z, periods).score())
        for a, size in enumerate(sizes):
            symmetry = symmetries[a] if a < len(symmetries) else None
            if whole and symmetry and not symmetry.periodic:
                continue
            for s in (-0.4, -0.1, 0.1, 0.4):
                moved = Flow(fields, step=0.05 / float(size))(z, s / float(size), a)
                score = float(validity(moved, periods).score())
                if symmetry:
                    # projective ones stretch the grid, and so the error of the differences
                    factor = 300 * abs(s) if symmetry.name == "projective" else 3
                    assert score < factor * own + 1e-4, (symmetry.name, s, whole)
                else:
                    assert score > max(10 * own, 0.1 * abs(s)), (controls[a - len(symmetries)], s, whole)


def test_a_fold_is_reported_and_not_differentiated():
    equation, length = Equation.from_string(KDV), 16.0
    flat = graph(soliton, 64, 48, length)
    scale = torch.tensor([0.1, 8.0, 0.2], dtype=torch.float64, requires_grad=True)
    wave = torch.sin(2 * math.pi * flat[..., 0] / length)
    zero = torch.zeros_like(wave)
    z = flat + scale[:, None, None, None] * torch.stack([wave, zero, zero], -1)
    result = FiniteValidity(equation.system)(z, {"x": length})
    assert result.folds.tolist() == [False, True, False]
    assert result.score().isinf().tolist() == [False, True, False]
    assert (result.residual[1] == 0).all()
    result.residual.square().sum().backward()
    assert scale.grad[1] == 0
    assert scale.grad.isfinite().all()
    broken = flat.clone()
    broken[20, 30] = math.nan
    assert FiniteValidity(equation.system)(broken, {"x": length}).folds


def test_gradient_against_finite_differences():
    validity, length = FiniteValidity(Equation.from_string(KDV).system, 4), 16.0
    flat = graph(soliton, 24, 26, length)
    for period in ({"x": length}, None):
        s = torch.tensor(0.2, dtype=torch.float64, requires_grad=True)
        assert torch.autograd.gradcheck(lambda s, p=period: validity(bend(flat, s, length), p).score(), s)


def test_samples_and_dtypes():
    validity, length = FiniteValidity(Equation.from_string(KDV).system), 16.0
    z = graph(soliton, 64, 48, length)
    many = torch.stack([bend(z, s, length) for s in (0.0, 0.1, 0.2, -0.1)]).reshape(2, 2, *z.shape)
    together = validity(many, {"x": length})
    assert together.score().shape == (2, 2)
    assert torch.allclose(together.residual[1, 0], validity(many[1, 0], {"x": length}).residual)
    single = validity(many.float(), {"x": length})
    assert single.residual.dtype == torch.float32
    # rounding of X grows with every derivative
    assert torch.allclose(single.score().double(), together.score(), atol=2e-3)
    counted = torch.zeros_like(together.residual[:, :, 0], dtype=torch.bool)
    counted[..., 5:, :] = True
    part = together.residual[:, :, 0, 5:].square().sum((-2, -1)) / together.squares[:, :, 0, 5:].sum((-2, -1))
    assert torch.allclose(together.score(counted), part.sqrt())


def test_too_few_points_are_refused():
    validity = FiniteValidity(Equation.from_string(KDV).system)
    z = graph(soliton, 24, 30, 16.0)
    assert validity(z, {"x": 16.0}).residual.shape == (1, 6, 24)
    with pytest.raises(DataError, match=r"30 times and 24 points.*more than 24 and 24"):
        validity(z)
    with pytest.raises(ValueError, match="even"):
        FiniteValidity(Equation.from_string(KDV).system, 5)


@pytest.mark.parametrize("periodic", [True, False])
def test_table_of_an_artifact(periodic, simulated):
    from symgen.discovery.pde import discover_spectral
    from symgen.discovery.settings import SpectralSettings

    data = simulated("ks", n=2, nx=128, nt=250, stored=140)
    equation = Equation.from_string(data.info.equation)
    artifact = discover_spectral(data, equation, SpectralSettings(periodic=periodic, points=4096))
    table = finite_defect(artifact)
    assert table == FiniteTable.model_validate_json(table.model_dump_json())
    assert len(table.generators) == 3
    for row in table.generators:
        assert [score.scale for score in row] == [-0.4, -0.1, 0.1, 0.4]
        for score in row:
            assert score.status == "ok"
            assert score.residual < 3 * table.identity
            assert score.inside > 0.5
    for score in table.random:
        assert score.status == "fold" or score.residual > 0.02
    more = finite_defect(artifact, (0.05,), torch.from_numpy(data.read([0, 1])))
    assert len(more.generators[0]) == 2
    assert more.generators[0][0].residual < 3 * more.identity
    assert finite_defect(artifact, (0.05,)) == finite_defect(artifact, (0.05,))


def test_data_moved_out_of_their_range_do_not_count(simulated):
    from symgen.validity.verification import moved_scores

    data = simulated("ks", n=1, nx=128, nt=250, stored=140)
    validity = FiniteValidity(Equation.from_string(data.info.equation).system)
    fields = closed_form(normalised_space(data.solutions), [("0", "1", "0"), ("0", "0", "u**3 + u")])
    u, x, t = (torch.as_tensor(v) for v in (data.read([0]), data.x, data.t))
    period = {"x": data.info.length}
    z, duration = window(u[..., None], {"x": x, "t": t}, period, period, "xt"), float(np.ptp(data.t))
    near, far = moved_scores(fields, 0, validity, z, (0.5 * duration, 1.2 * duration), period)
    assert (near.status, far.status) == ("ok", "outside")
    assert 0.2 < near.inside < 0.9
    assert moved_scores(fields, 1, validity, z, (5.0, 100.0), period)[1].status == "outside"
