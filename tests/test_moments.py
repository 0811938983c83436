import json
import math

import numpy as np
import pytest
import torch

from symgen.discovery.problem import normalised_space
from symgen.exceptions import DataError
from symgen.image.training import _channel_moments
from symgen.inspection.data import summarise
from symgen.moments import Moments
from symgen.pde.trajectories import Trajectories, TrajectoryInfo

LARGE, SMALL = 1e5, 1e-3


def blocks(values, size):
    return [values[..., start : start + size] for start in range(0, values.shape[-1], size)]


@pytest.mark.parametrize("size", [1, 7, 64, 1000])
def test_deviation_far_below_the_mean(size):
    """A sine of whole periods: mean square 1/2."""
    values = LARGE + SMALL * np.sin(2 * math.pi / 100 * np.arange(1000))
    moments = Moments()
    for block in blocks(values, size):
        moments.push(block)
    assert float(moments.mean) == pytest.approx(LARGE, abs=1e-9)
    assert float(moments.deviation) == pytest.approx(SMALL / math.sqrt(2), rel=1e-7)
    assert (float(moments.low), float(moments.high)) == (values.min(), values.max())


def test_many_variables_and_empty_blocks():
    values = np.random.default_rng(0).normal(size=(3, 500)) * [[1.0], [10.0], [0.0]] + [[0.0], [-5.0], [7.0]]
    moments = Moments()
    for block in [values[:, :0], *blocks(values, 37)]:
        moments.push(block)
    assert moments.count == 500
    np.testing.assert_allclose(moments.mean, values.mean(1), atol=1e-12)
    np.testing.assert_allclose(moments.deviation, values.std(1), rtol=1e-12, atol=1e-12)
    assert Moments().deviation == 0


@pytest.fixture
def high():
    """Waves of deviation SMALL / sqrt(2) about LARGE, in more than one batch when they are read."""
    x, t = np.arange(64) / 8, np.linspace(0, 1, 20)
    u = LARGE + SMALL * np.sin(2 * math.pi / 8 * (x - t[:, None]))
    return Trajectories.from_arrays(np.stack([u, u]), x, t, TrajectoryInfo(length=8.0))


def test_data_far_from_zero_are_not_constant(high):
    space = normalised_space(high.solutions)
    assert space.scale[2] == pytest.approx(SMALL / math.sqrt(2) / 0.29, rel=1e-4)
    assert (space.lower[2], space.upper[2]) == (high.u.min(), high.u.max())
    flat = Trajectories.from_arrays(0 * high.u + LARGE, high.x, high.t, high.info)
    with pytest.raises(DataError, match="constant"):
        normalised_space(flat.solutions)


def test_inspection_far_from_zero(high, tmp_path, run, terminal):
    assert summarise(high, None).u_std == pytest.approx(SMALL / math.sqrt(2), rel=1e-4)
    high.save("high.h5")
    assert json.loads(run("inspect", "high.h5", "--json")[1])["u_std"] == pytest.approx(SMALL / math.sqrt(2), rel=1e-4)


def test_resolution_is_that_of_the_waves_about_the_mean(high):
    u = high.u + SMALL * (-1.0) ** np.arange(64)  # the highest wave of the grid
    rough = Trajectories.from_arrays(u, high.x, high.t, high.info)
    assert summarise(rough, None).resolution > 0.1
    assert summarise(high, None).resolution < 1e-9


def test_simulated_data_say_their_deviation(high):
    from symgen.cli.simulate import summary

    info = high.info.model_copy(update={"settings": {"resolution": 0.0, "drifts": {}, "dropped": []}})
    data = Trajectories.from_arrays(high.u, high.x, high.t, info)
    assert summary(data)["u_std"] == pytest.approx(SMALL / math.sqrt(2), rel=1e-4)


def test_channels_of_images_nearly_of_one_colour():
    images = torch.full((2, 3, 64, 64), 255, dtype=torch.uint8)
    images[0, 1] = 128
    mean, std = _channel_moments(images)
    assert mean == pytest.approx((1.0, (255 + 128) / 510, 1.0))
    assert std == pytest.approx((1 / 255, (255 - 128) / 510, 1 / 255))  # not less than a step of the colour
