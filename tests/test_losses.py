from __future__ import annotations

import math

import pytest
import torch
from pydantic import ValidationError

from symgen.discovery.losses import lipschitz_hinge, log_defect, orthonormality, sobolev, stopped_gram
from symgen.discovery.settings import PdeFlowSettings


def t(values, **kw):
    return torch.tensor(values, dtype=torch.float64, **kw)


def test_log_validity_by_hand():
    residual = t([[[1.0, -math.e], [math.e**2, 1e-9]], [[1.0, 1.0], [1.0, 1.0]]])
    expected = t([(0 + 1 + 2 + math.log(1e-4)) / 4, 0.0])
    assert torch.allclose(log_defect(residual, 1e-4), expected)
    rms = log_defect(t([[[3.0, 4.0], [0.0, 0.0]]]), 0.0, "rms")
    assert rms.item() == pytest.approx(math.log(2.5))
    assert log_defect(t([[[0.0, 0.0]]]), 1e-3, "rms").item() == pytest.approx(math.log(1e-3))


def test_the_clamp_takes_the_gradient_and_the_smooth_form_keeps_it():
    for form, expected in (("points", 0.0), ("rms", 0.5)):
        residual = t([[1e-4]], requires_grad=True)
        log_defect(residual, 1e-4 if form == "rms" else 1e-3, form).backward()
        assert residual.grad.item() * 1e-4 == pytest.approx(expected)


def test_orthonormality_by_hand():
    gram = t([[1.0, 0.5, 0.0], [0.9, 1.0, -0.5], [0.9, 0.9, 1.0]])
    assert orthonormality(gram).item() == pytest.approx(2 * (math.pi / 2 - math.acos(0.5)))
    assert orthonormality(gram, "barrier").item() == pytest.approx(-2 * math.log(0.75))
    assert orthonormality(torch.eye(4, dtype=torch.float64)).item() == 0
    same = torch.ones(2, 2, dtype=torch.float64, requires_grad=True)
    loss = orthonormality(same)
    loss.backward()
    assert loss.item() == pytest.approx(math.pi / 2, abs=2e-3)
    assert same.grad.isfinite().all()


def test_only_the_later_slot_gives_way():
    fields = torch.randn(3, 10, 2, dtype=torch.float64, requires_grad=True)
    gram = stopped_gram(fields)
    assert gram[0, 2].item() == pytest.approx(float((fields[0] * fields[2]).detach().sum(-1).mean()))
    (earlier,) = torch.autograd.grad(gram[0, 1] + gram[0, 2], fields)
    assert (earlier[0] == 0).all()
    assert (earlier[1:] != 0).all()


def test_lipschitz_hinge_by_hand():
    # two points in t, three in x; V = (a x, 0, 0) changes by a in x and not in t
    x, time = torch.meshgrid(t([0.0, 1.0]), t([0.0, 2.0, 4.0]), indexing="ij")
    points = torch.stack([time, x, torch.zeros_like(x)], -1)
    zero = torch.zeros_like(x)
    fields = torch.stack([torch.stack([a * time, zero, zero], -1) for a in (5.0, -2.0)])
    # 3 steps in t with nothing, 4 steps in x with an excess of 5 - 3
    assert lipschitz_hinge(fields, points, 3.0).item() == pytest.approx(4 * 2 / 7)
    assert lipschitz_hinge(fields, points, 5.0).item() == 0


@pytest.mark.parametrize("nx", [15, 16])
def test_sobolev_by_hand(nx):
    x = 2 * math.pi * torch.arange(nx, dtype=torch.float64) / nx
    wave = torch.stack([2 + torch.cos(3 * x), 0 * x, torch.sin(x)], -1)
    # |V_k|^2 = 1/4 for k of either sign: 2 (100 - 1) / 4 and 2 (4 - 1) / 4; the constant is free
    fields = wave.expand(2, 5, nx, 3)
    assert sobolev(fields).item() == pytest.approx(2 * (99 / 2 + 3 / 2))
    assert sobolev(torch.ones(1, 2, nx, 3, dtype=torch.float64)).item() == pytest.approx(0, abs=1e-20)


def test_settings_as_published_and_schedules():
    paper = PdeFlowSettings.paper()
    assert (paper.n_generators, paper.sigma, paper.lipschitz_bound, paper.width, paper.batch) == (4, 0.4, 3, 256, 4)
    assert (paper.validity_weight, paper.orthonormality_weight, paper.lipschitz_weight) == (1, 3, 1)
    assert paper.steps * paper.batch == 100 * 1024
    assert (paper.form, paper.floor, paper.flow_steps) == ("points", 1e-4, 10)
    rates = [paper.learning_rate_at(step) for step in (0, 12_799, 12_800, 25_599)]
    assert rates == pytest.approx([1e-4, 1e-4, 1e-5, 1e-5])
    assert paper.sigma_at(0) == paper.sigma_at(20_000) == 0.4
    assert PdeFlowSettings.paper(seed=3).seed == 3

    assert max(PdeFlowSettings(init="spectral").learning_rate_at(step) for step in range(600)) == 3e-4
    ours = PdeFlowSettings(steps=100, init="random")
    assert ours.sigma_at(0) == pytest.approx(0.05 * 0.4)
    assert ours.sigma_at(50) == pytest.approx(0.65 * 0.4)
    assert ours.sigma_at(90) == ours.sigma_at(99) == 0.4
    rates = [ours.learning_rate_at(step) for step in range(100)]
    assert max(rates) == rates[10] == 3e-3
    assert 0 < rates[0] < 3e-4
    assert 0 < rates[99] < 2e-6
    with pytest.raises(ValidationError):
        PdeFlowSettings(accuracy=5)
