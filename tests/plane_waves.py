"""Solutions that are known in closed form at any place and time, for tests."""

from __future__ import annotations

import numpy as np
import torch

from symgen.augmentation.solution_mover import SolutionMover
from symgen.discovery.problem import normalised_space
from symgen.equations.system import System
from symgen.expressions import parse_field
from symgen.generators.closed_form import ClosedFormGenerators
from symgen.pde.solutions import Solutions

LENGTH = 6.0
K = 2 * np.pi / LENGTH
HEAT = ("u_t = lap(u)", "v_t = lap(v)")
WAVE = ("u_tt = lap(u)", "v_tt = lap(v)")
MODES = ((1, 0), (0, 1), (1, 2), (2, -1)), ((1, 1), (0, 1), (1, -2), (3, -1))


def heat(t, x, y):
    """Two sums of four decaying waves in the plane."""
    return [
        sum(np.exp(-(a * a + b * b) * K * K * t) * np.cos(K * (a * x + b * y) + a - s) for a, b in modes)
        for s, modes in enumerate(MODES)
    ]


def wave(t, x, y):
    """Two sums of four travelling waves in the plane."""
    return [
        sum(np.cos(K * (a * x + b * y) - K * np.hypot(a, b) * t + b + s) for a, b in modes)
        for s, modes in enumerate(MODES)
    ]


def axes(points=40, times=33, duration=1.0, periodic=True, names=("x", "y")):
    """Grids by name: a period, or a piece of the plane about the origin."""
    line = np.arange(points) * LENGTH / points if periodic else np.linspace(-1.5, 1.5, points)
    return {"t": np.linspace(0, duration, times), **{name: line.copy() for name in names}}


def sampled(function, grids, periodic=True, unknowns=("u", "v")):
    """One sample of a function of t, x, ... that gives the values of all unknowns."""
    values = function(*np.meshgrid(*grids.values(), indexing="ij"))
    return Solutions.from_arrays(
        {name: value[None] for name, value in zip(unknowns, values, strict=True)}, grids, periodic=periodic
    )


def system(equations, data, parameters=None):
    return System.from_strings(equations, parameters, [*(axis.name for axis in data.space), "t"])


def fields(data, rows):
    """Fields with components in x, y, t, and the unknowns, not scaled."""
    names = (*(axis.name for axis in data.space), "t")
    space = normalised_space(data, names, data.unknowns)
    return ClosedFormGenerators(space, [parse_field(row, space.names) for row in rows])


def moved(data, rows, weights, equations=None, parameters=None):
    """A copy of the first sample."""
    mover = SolutionMover(data, fields(data, rows), equations and system(equations, data, parameters))
    return mover(0, torch.tensor([weights], dtype=torch.float64))


def errors(copy, data, function):
    """Relative error of each unknown of a copy against a function, where it is covered."""
    wanted = np.stack(function(*np.meshgrid(*(axis.points for axis in data.axes), indexing="ij")), -1)
    covered = copy.covered[0].numpy()
    missed = (copy.values[0].numpy() - wanted)[covered]
    return np.sqrt((missed**2).mean(0)) / wanted.reshape(-1, wanted.shape[-1]).std(0)
