"""Points of jet space that are not those of any solution."""

from __future__ import annotations

import pytest
import torch

from symgen.generators.space import Space
from symgen.jets.sample import JetSample
from symgen.jets.space import Jet
from symgen.pde.free_jets import free_jets

SPACE = Space(
    names=("x", "t", "u"),
    origin=(0.0, 1.0, 0.0),
    scale=(2.0, 3.0, 1.0),
    lower=(0.0, 1.0, 4.0),
    upper=(2.0, 4.0, 6.0),
    periodic=(False, False, False),
)
JETS = [Jet("u", orders) for orders in ((1, 0), (2, 0), (0, 1))]


@pytest.fixture
def own():
    """Of one mode: all derivatives are proportional to u - 5, but u_t, which vanishes."""
    wave = torch.sin(torch.linspace(0, 9, 500, dtype=torch.float64))
    points = torch.stack([torch.linspace(0, 2, 500, dtype=torch.float64), 2.5 + 0 * wave, 5 + wave], -1)
    return JetSample(points, torch.stack([3 * wave, -9 * wave, 0 * wave]))


def test_coordinates_are_independent_and_in_range(own):
    sample = free_jets(SPACE, 2, own, JETS, 4000, 0)
    table = torch.cat([sample.points.T, sample.derivatives])
    assert torch.corrcoef(table).fill_diagonal_(0).abs().max() < 0.06
    assert (sample.points.amin(0) >= torch.tensor(SPACE.lower)).all()
    assert (sample.points.amax(0) <= torch.tensor(SPACE.upper)).all()
    assert torch.isin(sample.points[:, 2], own.points[:, 2]).all()


def test_derivatives_have_the_size_that_they_have_in_the_data(own):
    sizes = free_jets(SPACE, 2, own, JETS, 4000, 0).derivatives.std(1)
    assert sizes[:2].tolist() == pytest.approx(own.derivatives[:2].square().mean(1).sqrt().tolist(), rel=0.05)


def test_what_vanishes_in_the_data_is_free(own):
    """u_t gets the size of u over the length of the window in t."""
    sizes = free_jets(SPACE, 2, own, JETS, 4000, 0).derivatives.std(1)
    assert float(sizes[2]) == pytest.approx(float(own.points[:, 2].std()) / 3, rel=0.05)


def test_signs_of_the_data(own):
    positive = JetSample(own.points, own.derivatives.abs() + 0.1)
    assert (free_jets(SPACE, 2, positive, JETS, 400, 0, signed=True).derivatives > 0).all()


def test_seeds(own):
    one, same, other = (free_jets(SPACE, 2, own, JETS, 50, seed) for seed in (0, 0, 1))
    assert torch.equal(one.derivatives, same.derivatives)
    assert not torch.equal(one.derivatives, other.derivatives)
