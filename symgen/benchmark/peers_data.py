"""Data as the published work on LieNLSD makes them: differences of second order in space, Runge-Kutta steps in time.

Hu, Li and Lin, Explicit Discovery of Nonlinear Symmetries from Dynamic Data, ICML 2025: a period of 20 with 100 points
along each axis, 1000 steps of 0.002, ten solutions from random waves, kept in float32. The initial data are those of
its repository, number by number, as far as they are published by their seeds; its solver takes steps of L/(n + 1)
between points that are L/n apart, here both are L/n. Every tenth step is kept, which leaves the times close enough for
derivatives and ten solutions of two unknowns in the plane at 160 MB.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import numpy as np
import torch

from symgen.catalog.examples import EXAMPLES
from symgen.exceptions import DataError
from symgen.pde.axis import TIME, Axis
from symgen.pde.solutions import Solutions

LENGTH, POINTS, SAMPLES = 20.0, 100, 10
STEP, STEPS, EVERY = 0.002, 1000, 10
Rates = Callable[[torch.Tensor, float], torch.Tensor]
"""State (state, samples, *grid) and the step of the grid -> its time derivatives."""


@dataclass(frozen=True)
class Peer:
    """An equation of LieNLSD's table with what is true and published about it."""

    equations: tuple[str, ...]
    rates: Rates
    waves: dict[str, int]
    """Of the initial data, by axis."""
    symmetries: tuple[str, ...]
    """All among polynomials of total degree 2: components along x, y, t and the unknowns."""
    published: tuple[int, float, float | None]
    """How many LieNLSD has found; its Grassmann distance of the linear fields, mean of three seeds; the same of all of
    them, None where it has not found all."""
    parameters: Mapping[str, float] = field(default_factory=dict)
    state: tuple[str, ...] = ("u",)
    """What is stepped in time: the unknowns, or also a time derivative."""


def slope(u: torch.Tensor, h: float) -> torch.Tensor:
    """u_x."""
    return (torch.roll(u, -1, -1) - torch.roll(u, 1, -1)) / (2 * h)


def second(u: torch.Tensor, h: float) -> torch.Tensor:
    """u_xx."""
    return (torch.roll(u, -1, -1) - 2 * u + torch.roll(u, 1, -1)) / h**2


def third(u: torch.Tensor, h: float) -> torch.Tensor:
    """u_xxx."""
    far, near = (torch.roll(u, -n, -1) - torch.roll(u, n, -1) for n in (2, 1))
    return (far - 2 * near) / (2 * h**3)


def laplacian(u: torch.Tensor, h: float) -> torch.Tensor:
    """u_xx + u_yy of u (..., ny, nx)."""
    around = sum(torch.roll(u, shift, axis) for axis in (-1, -2) for shift in (-1, 1))
    return (around - 4 * u) / h**2


def _schroedinger(state: torch.Tensor, h: float) -> torch.Tensor:
    (u, v), (u_2, v_2), size = state, laplacian(state, h), state.square().sum(0)
    return torch.stack([-v_2 / 2 + size * v, u_2 / 2 - size * u])


def _lambda_omega(state: torch.Tensor, h: float) -> torch.Tensor:
    (u, v), size = state, state.square().sum(0)
    return 0.1 * laplacian(state, h) + torch.stack([(1 - size) * u + size * v, (1 - size) * v - size * u])


PEERS: dict[str, Peer] = {
    "potential-burgers": Peer(
        ("u_t = u_xx + u_x^2",),
        lambda state, h: second(state, h) + slope(state, h) ** 2,
        {"x": 10},
        ("1 0 0", "0 1 0", "0 0 1", "x 2*t 0", "2*t 0 -x", "4*t*x 4*t^2 -x^2-2*t"),
        (6, 0.0126, 0.020),
    ),
    "wave": Peer(
        ("u_tt = lap(u)",),
        lambda state, h: torch.stack([state[1], laplacian(state[0], h)]),
        {"x": 3, "y": 3},
        (
            *("1 0 0 0", "0 1 0 0", "0 0 1 0", "y -x 0 0", "t 0 x 0", "0 t y 0", "x y t 0"),
            *(f"0 0 0 {solution}" for solution in ("1", "x", "y", "t", "u", "x*y", "x*t", "y*t", "x^2-y^2", "x^2+t^2")),
            *("x^2-y^2+t^2 2*x*y 2*x*t -x*u", "2*x*y y^2-x^2+t^2 2*y*t -y*u", "2*x*t 2*y*t x^2+y^2+t^2 -t*u"),
        ),
        (20, 0.01398, 0.023),
        state=("u", "u_t"),
    ),
    "schroedinger": Peer(
        ("u_t = -lap(v)/2 + (u^2 + v^2)*v", "v_t = lap(u)/2 - (u^2 + v^2)*u"),
        _schroedinger,
        {"x": 2, "y": 2},
        (
            *("1 0 0 0 0", "0 1 0 0 0", "0 0 1 0 0", "y -x 0 0 0", "0 0 0 -v u"),
            *("x y 2*t -u -v", "t 0 0 -x*v x*u", "0 t 0 -y*v y*u"),
        ),
        (6, 0.086, None),
        state=("u", "v"),
    ),
    "heat": Peer(
        ("u_t = u_xx",),
        second,
        {"x": 10},
        ("1 0 0", "0 1 0", "0 0 1", "0 0 x", "0 0 x^2+2*t", "0 0 u", "x 2*t 0", "2*t 0 -x*u"),
        (8, 0.00074, 0.013),
    ),
    "kdv": Peer(
        ("u_t + u*u_x + u_xxx = 0",),
        lambda state, h: -third(state, h) - state * slope(state, h),
        {"x": 5},
        ("1 0 0", "0 1 0", "t 0 1", "x 3*t -2*u"),
        (4, 0.0052, 0.0099),
    ),
    "reaction-diffusion": Peer(
        EXAMPLES["lambda-omega"].equations,
        _lambda_omega,
        {"x": 2, "y": 2},
        ("1 0 0 0 0", "0 1 0 0 0", "0 0 1 0 0", "y -x 0 0 0", "0 0 0 -v u"),
        (5, 0.124, 0.169),
        parameters={"d": 0.1},
        state=("u", "v"),
    ),
}
"""By name."""


def grid(points: int = POINTS) -> np.ndarray:
    """Points of an axis."""
    return LENGTH * (np.arange(points) / points - 0.5)


def initial(name: str, samples: int, seed: int, points: int = POINTS) -> np.ndarray:
    """Random waves with standard normal coefficients (samples, state, *grid), drawn as the published ones are.

    a_0/2 + sum over n of a_n cos(2 pi n x/L) + b_n sin(2 pi n x/L); in the plane a_0/4 and all four products of such
    for m in x and n in y. Every part of the state is drawn for all samples before the next, by numpy's legacy
    generator, so that its seed 0 gives the published training data, 1 those for validation, 2 those for testing.
    """
    peer, draw = PEERS[name], np.random.RandomState(seed)
    plane, n = len(peer.waves) == 2, peer.waves["x"]
    angle = 2 * np.pi * np.arange(1, n + 1)[:, None] * grid(points) / LENGTH
    waves = np.stack([np.cos(angle), np.sin(angle)], 1)  # (waves, 2, points)
    fields = []
    for _ in range(len(peer.state) * samples):
        mean = draw.randn() / (4 if plane else 2)
        if plane:
            fields.append(mean + np.einsum("mnab,max,nby->yx", draw.randn(n, n, 2, 2), waves, waves))
        else:
            fields.append(mean + np.einsum("nc,ncx->x", draw.randn(n, 2), waves))
    shape = (len(peer.state), samples, *fields[0].shape)
    return np.stack(fields).reshape(shape).swapaxes(0, 1)


def solved(
    name: str, start: np.ndarray, steps: int = STEPS, every: int = EVERY, device: str = "cpu"
) -> tuple[np.ndarray, np.ndarray]:
    """Times (times,) and states (samples, times, state, *grid) in float32 at every so many steps, from `start` on.

    Raises DataError where a solution blows up.
    """
    rates = PEERS[name].rates
    h = LENGTH / start.shape[-1]
    state = torch.as_tensor(start, dtype=torch.float64, device=device).transpose(0, 1)
    kept = np.empty((len(start), -(-steps // every), *start.shape[1:]), np.float32)
    for step in range(steps):
        if step % every == 0:
            kept[:, step // every] = state.transpose(0, 1).cpu().numpy()
        rate = rates(state, h)
        total = rate.clone()
        for part, weight in ((STEP / 2, 2), (STEP / 2, 2), (STEP, 1)):
            rate = rates(torch.add(state, rate, alpha=part), h)
            total.add_(rate, alpha=weight)
        state = torch.add(state, total, alpha=STEP / 6)
    if not np.isfinite(kept).all():
        raise DataError(f"A solution of {name} blows up under steps of {STEP}. Take another seed or fewer points.")
    return STEP * every * np.arange(kept.shape[1]), kept


def solutions(
    name: str, seed: int, samples: int = SAMPLES, points: int = POINTS, steps: int = STEPS, device: str = "cpu"
) -> Solutions:
    """Solutions of an equation of the table, which do not say what they solve."""
    peer = PEERS[name]
    t, states = solved(name, initial(name, samples, seed, points), steps, device=device)
    # the last axis of the grid is x in the published arrays, as it is here
    axes = {axis: Axis(axis, grid(points), periodic=True) for axis in reversed(peer.waves)}
    unknowns = {name: states[:, :, place] for place, name in enumerate(peer.state) if "_" not in name}
    return Solutions.from_arrays(unknowns, {TIME: t, **axes})
