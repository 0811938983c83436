"""Systems of several kinds with smooth periodic solutions, which symgen is tested and measured on."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

import numpy as np
import torch

from symgen.catalog import system as entry_of
from symgen.equations.grammar import Notation
from symgen.equations.system import System
from symgen.exceptions import DataError
from symgen.pde.axis import TIME, Axis
from symgen.pde.info import SolutionsInfo
from symgen.pde.parameters import ParameterValue, float_value
from symgen.pde.solutions import Solutions
from symgen.simulation.initial import random_states
from symgen.simulation.method_of_lines import MethodOfLines, solve_system
from symgen.simulation.spectral_form import GridFunctions

INCOMPRESSIBLE = "navier-stokes"


@dataclass(frozen=True)
class Example:
    """A system, and solutions from random smooth initial data on a periodic box; without lengths ordinary ones."""

    equations: tuple[str, ...]
    parameters: Mapping[str, ParameterValue] = field(default_factory=dict)
    lengths: Mapping[str, float] = field(default_factory=dict)
    duration: float = 1.0
    means: Mapping[str, float] = field(default_factory=dict)
    """Of the initial state, by unknown or t-derivative; else 0."""
    amplitude: float = 0.2
    """Largest height of each of four waves."""


def _plane(length: float) -> dict[str, float]:
    return {"x": length, "y": length}


EXAMPLES: dict[str, Example] = {
    "lambda-omega": Example(
        ("u_t = d*lap(u) + (1 - u^2 - v^2)*u + (u^2 + v^2)*v", "v_t = d*lap(v) + (1 - u^2 - v^2)*v - (u^2 + v^2)*u"),
        {"d": 0.1},
        _plane(6.0),
    ),
    "nls": Example(("I*psi_t + psi_xx + 2*abs(psi)^2*psi = 0",), {}, {"x": 20.0}),
    "nls 2-d": Example(("psi_t = I*lap(psi)/2 - I*abs(psi)^2*psi",), {}, _plane(20.0)),
    "shallow water": Example(
        ("h_t + (h*u)_x + (h*v)_y = 0", "u_t + u*u_x + v*u_y + g*h_x = 0", "v_t + u*v_x + v*v_y + g*h_y = 0"),
        *({"g": 1}, _plane(20.0), 1.0, {"h": 1.0}, 0.1),
    ),
    "burgers 2-d": Example(
        ("u_t + u*u_x + v*u_y = nu*lap(u)", "v_t + u*v_x + v*v_y = nu*lap(v)"), {"nu": 0.1}, _plane(6.0)
    ),
    "zakharov-kuznetsov": Example(("u_t + u*u_x + u_xxx + u_xyy = 0",), {}, _plane(20.0)),
    "heat 2-d": Example(("u_t = lap(u)",), {}, _plane(6.0), 0.5),
    "wave 2-d": Example(("u_tt = lap(u)",), {}, _plane(6.0), 2.0),
    "gray-scott": Example(
        ("u_t = 2*lap(u) - u*v^2 + F*(1 - u)", "v_t = lap(v) + u*v^2 - (F + k)*v"),
        *({"F": 0.04, "k": 0.06}, _plane(40.0), 5.0, {"u": 0.6, "v": 0.3}, 0.1),
    ),
    "fitzhugh-nagumo": Example(
        ("u_t = u_xx + u - u^3/3 - w + c", "w_t = (u + a - b*w)/10"), {"c": 0.5, "a": 0.7, "b": 0.8}, {"x": 20.0}, 3.0
    ),
    "kepler": Example(
        ("q1_tt = -q1/(q1^2 + q2^2)^(3/2)", "q2_tt = -q2/(q1^2 + q2^2)^(3/2)"),
        *({}, {}, 3.0, {"q1": 1.0, "q2_t": 1.0}, 0.1),
    ),
    "lotka-volterra": Example(("u_t = u - u*v", "v_t = u*v - v"), {}, {}, 3.0, {"u": 1.0, "v": 1.0}),
    "pendulum": Example(("q_tt = -sin(q)",), {}, {}, 3.0, amplitude=0.5),
    INCOMPRESSIBLE: Example(
        ("u_t + u*u_x + v*u_y + p_x = nu*lap(u)", "v_t + u*v_x + v*v_y + p_y = nu*lap(v)", "u_x + v_y = 0"),
        {"nu": 0.1},
        _plane(6.0),
    ),
}
"""By name. Where no length says otherwise, waves are long, so that the files' grids resolve the solutions."""


def example(name: str, samples: int, times: int, points: int, seed: int, noise: float = 0.0) -> Solutions:
    """Solutions (samples, times, points[, points], unknown) of an example, their equations forgotten.

    `noise` is that of every value, normal and independent, relative to the deviation of its unknown.
    """
    one = EXAMPLES[name]
    t = np.linspace(0, one.duration, times)
    axes = [Axis(axis, np.arange(points) * length / points, periodic=True) for axis, length in one.lengths.items()]
    if name == INCOMPRESSIBLE:
        data = flow(range(samples), seed, t, axes[0], axes[1], float_value(one.parameters["nu"]), one.amplitude)
    else:
        system = System.from_strings(one.equations, one.parameters, [*one.lengths, TIME])
        state = [str(system.space.symbol(jet)) for jet in MethodOfLines(system, axes).state]
        initial = random_states(range(samples), seed, state, axes, one.amplitude, one.means)
        data = solve_system(system, initial, t, axes)
    data = replace(data, info=SolutionsInfo())
    return with_noise(data, noise, seed) if noise else data


def flow(samples: Iterable[int], seed: int, t: np.ndarray, x: Axis, y: Axis, nu: float, amplitude: float) -> Solutions:
    """Velocities u = psi_y, v = -psi_x and pressure p of incompressible flows from random smooth stream functions psi.

    From the catalog's vorticity, at times t from t[0] on; lap p = 2 (u_x v_y - u_y v_x), p of mean 0.
    """
    system = entry_of("navier-stokes").system({"nu": nu})
    lines = MethodOfLines(system, (x, y))
    texts = ("psi_y", "-psi_x", "2*(psi_xx*psi_yy - psi_xy^2)")
    derived = GridFunctions(lines, list(map(Notation(system.space).parse, texts)))
    laplacian = lines.derivative((2, 0)) + lines.derivative((0, 2))
    inverse = torch.where(laplacian == 0, 0, 1 / laplacian)
    found = []
    for stream in random_states(samples, seed, ["psi"], [x, y], amplitude):
        start = lines.fields(-laplacian * lines.modes(torch.as_tensor(stream)))
        w = torch.as_tensor(lines.solve(start.numpy(), t)[..., 0])
        u, v, source = lines.modes(derived(lines.modes(w)[:, None], 0.0))
        found.append(lines.fields(torch.stack([u, v, inverse * source])).numpy())
    u, v, p = np.stack(found, 1)
    return Solutions.from_arrays({"u": u, "v": v, "p": p}, {TIME: t, "x": x, "y": y})


def with_noise(data: Solutions, level: float, seed: int) -> Solutions:
    """With normal noise of `level` times the deviation of each unknown; DataError for unknowns without any."""
    values = data.read(range(len(data)))
    deviation = values.std(tuple(range(values.ndim - 1)))
    if not deviation.all():
        raise DataError("An unknown is constant: noise is relative to its deviation.")
    draw = np.random.default_rng([seed, 1])
    return replace(data, values=values + level * deviation * draw.standard_normal(values.shape))
