"""Errors of moved solutions on their grid, against their closed form on finer data, by the three ways back to it.

Default trajectories are moved by x- and t-translation and Galilean boost at once, with the published scale.
"""

from __future__ import annotations

from typing import get_args

import pytest
import torch

from symgen.augmentation.mover import Resampling, TrajectoryMover, random_weights
from symgen.augmentation.selection import of_equation as symmetries_of
from symgen.benchmark.catalog_data import of_equation
from symgen.catalog import get
from symgen.pde.trajectories import Trajectories

pytestmark = pytest.mark.usefixtures("module_cache")
FINER = 4
"""The solution is known at so many times for each stored one, and at twice as many points in x."""
SCALE, COPIES = 0.1, 2


@pytest.mark.parametrize(("name", "limit"), [("ks", 1e-6), ("burgers", 1e-3)])
def test_exact_is_best(name, limit):
    """How far the grid resolves the fronts of burgers changes with the seed; the error is told by the way itself."""
    grid = get(name).grid
    fine = {"nx": 2 * grid.nx, "nt": FINER * (grid.nt - 1) + 1, "stored": FINER * (grid.stored - 1) + 1}
    solution, equation = of_equation(name, 1, 0, "cpu", **fine)
    (u,) = torch.from_numpy(solution.read([0]))
    data = Trajectories.from_arrays(u[None, ::FINER, ::2].numpy(), solution.x[::2], solution.t[::FINER], solution.info)
    symmetries = symmetries_of(data).without_shifting_period(data).generators
    weights = on_time_grid(symmetries, solution.time_step)
    wanted, known = moved(u, solution, symmetries, weights)
    found = {way: TrajectoryMover(data, symmetries, equation, way)(0, weights) for way in get_args(Resampling)}
    inside = known & torch.stack([one.covered for one in found.values()]).all(0)
    errors = {way: float((one.u - wanted)[inside].norm() / wanted[inside].norm()) for way, one in found.items()}
    assert errors["exact"] < errors["whittaker-shannon"] < errors["bilinear"] < 0.1
    assert errors["exact"] < min(limit, 3 * found["exact"].error)


def on_time_grid(symmetries, step):
    """Random coefficients whose translation in t is a whole number of steps."""
    weights = random_weights(COPIES, symmetries.count, SCALE, 0, 0)
    place = next(i for i, field in enumerate(symmetries.fields) if field[1] != 0)
    unit = float(symmetries.fields[place][1])
    weights[:, place] = torch.round(weights[:, place] * unit / step) * step / unit
    return weights


def moved(u, solution, symmetries, weights):
    """The true copies (C, nt, nx), c + u(x - a + bc/2 - ct, t - b), and which of their times (C, nt) u tells."""
    step, nx = solution.time_step, u.shape[-1]
    t = torch.from_numpy(solution.t[::FINER])
    wave = 2 * torch.pi / solution.period * torch.arange(nx // 2 + 1, dtype=torch.float64)
    spectrum = torch.fft.rfft(u)
    # a d/dx + b d/dt + c (t d/dx + d/du) by its values at the origin
    shifts = weights @ symmetries(torch.zeros(1, 3, dtype=torch.float64))[:, 0]
    copies, known = [], []
    for a, b, c in shifts.tolist():
        number = torch.arange(len(t)) * FINER - round(b / step)
        shift = a - b * c / 2 + c * t
        turned = spectrum[number.clamp(0, len(u) - 1)] * torch.exp(-1j * shift[:, None] * wave)
        copies.append(c + torch.fft.irfft(turned, n=nx)[:, ::2])
        known.append((number >= 0) & (number < len(u)))
    return torch.stack(copies), torch.stack(known)
