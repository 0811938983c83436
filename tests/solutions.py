"""Solutions of equations outside the catalog, for tests: periodic in x, from random smooth initial data.

Runge-Kutta steps of fourth order in Fourier space, with the linear part as an integrating factor; the wave equation
by d'Alembert's formula.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from symgen.pde.trajectories import Trajectories, TrajectoryInfo

SAMPLES, LENGTH = 4, 8.0
Nonlinear = Callable[[np.ndarray, np.ndarray], np.ndarray]


@dataclass(frozen=True)
class Problem:
    """v_t = linear v + nonlinear(v, k) for the spectrum v of u, or of (u, u_t)."""

    equation: str
    linear: Callable[[np.ndarray], np.ndarray]
    nonlinear: Nonlinear
    duration: float = 1.0
    steps: int = 1500
    mean: float = 0.3
    amplitude: float = 0.3
    second_order: bool = False


def product(factor: Callable[[np.ndarray], np.ndarray], of: Callable[[np.ndarray], np.ndarray]) -> Nonlinear:
    """factor(k) times the spectrum of a function of u, free of the aliases of quadratic and cubic terms."""

    def nonlinear(v: np.ndarray, k: np.ndarray) -> np.ndarray:
        u = np.fft.irfft(v)
        kept = np.arange(len(k)) < len(k) / 2
        return factor(k) * np.fft.rfft(of(u)) * kept

    return nonlinear


def second(inner: Nonlinear) -> Nonlinear:
    """(u, u_t) -> (u_t, F[u])."""
    return lambda v, k: np.stack([v[1], inner(v[0], k)])


def nothing(k: np.ndarray) -> np.ndarray:
    return 0 * k


PROBLEMS = {
    "mkdv": Problem(
        "u_t + 6*u**2*u_x + u_xxx",
        lambda k: 1j * k**3,
        product(lambda k: -2j * k, lambda u: u**3),
        duration=0.3,
    ),
    "kdv-burgers": Problem(
        "u_t + u*u_x - u_xx/5 + u_xxx/2",
        lambda k: 0.5j * k**3 - k**2 / 5,
        product(lambda k: -0.5j * k, lambda u: u**2),
        duration=1.0,
        amplitude=0.7,
    ),
    "porous medium": Problem(
        "u_t = 2*u*u_xx + 2*u_x**2", nothing, product(lambda k: -(k**2), lambda u: u**2), mean=1.0, duration=0.3
    ),
    "sine-gordon": Problem(
        "u_tt = u_xx - sin(u)",
        nothing,
        second(lambda v, k: product(lambda k: -1 + 0 * k, np.sin)(v, k) - k**2 * v),
        duration=4.0,
        second_order=True,
    ),
    "boussinesq": Problem(
        "u_tt = u_xx + 2*u*u_xx + 2*u_x**2 - u_xxxx",
        nothing,
        second(lambda v, k: product(lambda k: -(k**2), np.square)(v, k) - (k**2 + k**4) * v),
        second_order=True,
    ),
    "bbm": Problem(
        "u_t + u_x + u*u_x - u_xxt",
        nothing,
        product(lambda k: -1j * k / (1 + k**2), lambda u: u + u**2 / 2),
        duration=4.0,
        amplitude=0.7,
    ),
}


def solve(name: str, nt: int = 60, nx: int = 64) -> Trajectories:
    """Trajectories that say their equation."""
    draw = np.random.default_rng(0)
    x = np.arange(nx) * (LENGTH / nx)
    if name == "wave":
        t = np.linspace(0, 4, nt)
        u = np.full((SAMPLES, nt, nx), 0.3)
        for k in 2 * np.pi / LENGTH * np.arange(1, 5):
            for speed in (-1, 1):
                size, phase = draw.uniform(-0.3, 0.3, (SAMPLES, 1, 1)), draw.uniform(0, 6.3, (SAMPLES, 1, 1))
                u += size * np.sin(k * (x - speed * t[:, None]) + phase)
        info = TrajectoryInfo(equation="u_tt - u_xx", length=LENGTH)
        return Trajectories.from_arrays(u, x, t, info)
    problem = PROBLEMS[name]
    k = 2 * np.pi / LENGTH * np.arange(nx // 2 + 1)
    half = np.exp(problem.linear(k) * problem.duration / problem.steps / 2)
    size, phase = draw.uniform(-1, 1, (2, SAMPLES, 3, 1)) * [[[[problem.amplitude]]], [[[3.2]]]]
    u0 = problem.mean + (size * np.sin(k[1:4, None] * x + phase)).sum(1)
    v = np.fft.rfft(u0)
    v = np.stack([v, 0 * v]) if problem.second_order else v
    frames = [v]
    h, every = problem.duration / problem.steps, problem.steps // (nt - 1)
    for step in range(every * (nt - 1)):
        a = problem.nonlinear(v, k)
        b = problem.nonlinear(half * (v + h / 2 * a), k)
        c = problem.nonlinear(half * v + h / 2 * b, k)
        d = problem.nonlinear(half * (half * v + h * c), k)
        v = half**2 * v + h / 6 * (half**2 * a + 2 * half * (b + c) + d)
        if step % every == every - 1:
            frames.append(v)
    u = np.fft.irfft(np.stack([f[0] if problem.second_order else f for f in frames], axis=1), n=nx)
    t = np.arange(nt) * every * h
    return Trajectories.from_arrays(u, x, t, TrajectoryInfo(equation=problem.equation, length=LENGTH))
