"""Solutions of systems for tests, of random smooth initial data: derivatives by Fourier transform, DOP853 in t."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from scipy.integrate import solve_ivp

from symgen.pde.solutions import Solutions

RATES = Callable[..., Sequence[np.ndarray]]


class Derivatives:
    """u.x, u.xxy and so on of an array (*grid) that is periodic."""

    def __init__(self, u: np.ndarray, length: float) -> None:
        self.u, self.length = u, length

    def __getattr__(self, index: str) -> np.ndarray:
        result = self.u
        for axis, letter in enumerate("xyz"):
            order = index.count(letter)
            if order:
                n = self.u.shape[axis]
                factor = (2j * np.pi / self.length * np.fft.fftfreq(n, 1 / n)) ** order
                shape = [n if k == axis else 1 for k in range(self.u.ndim)]
                result = np.fft.ifft(np.fft.fft(result, axis=axis) * factor.reshape(shape), axis=axis).real
        return result


@dataclass(frozen=True)
class Evolution:
    """u_t = rates(u, v, ..., d) on a torus, where d(u).xx is a derivative; an ODE where there is no space."""

    unknowns: str
    rates: RATES
    space: str = ""
    length: float = 10.0
    duration: float = 1.0
    size: int = 32
    times: int = 33
    amplitude: float = 0.5
    mean: tuple[float, ...] = ()
    given: str = ""
    """Which unknowns the data have, if not all."""

    def solve(self, samples: int = 4, noise: float = 0.0, seed: int = 0) -> Solutions:
        """Solutions of random initial data, with noise relative to each unknown's deviation."""
        draw = np.random.default_rng(seed)
        grid = (self.size,) * len(self.space)
        t = np.linspace(0, self.duration, self.times)
        values = []
        for _ in range(samples):
            start = np.stack([self._start(draw, grid) for _ in self.unknowns])
            start += np.reshape(self.mean or (0.0,) * len(start), (-1, *(1,) * len(grid)))
            values.append(self._evolved(start, t))
        fields = dict(zip(self.unknowns, np.stack(values).swapaxes(0, 2).swapaxes(1, 2), strict=True))
        x = np.arange(self.size) * self.length / self.size
        arrays = {
            name: u + noise * u.std() * draw.standard_normal(u.shape)
            for name, u in fields.items()
            if name in (self.given or self.unknowns)
        }
        return Solutions.from_arrays(arrays, {"t": t, **dict.fromkeys(self.space, x)}, periodic=True)

    def _start(self, draw: np.random.Generator, grid: tuple[int, ...]) -> np.ndarray:
        if not grid:
            return np.asarray(self.amplitude * draw.uniform(-1, 1))
        places = np.meshgrid(*(2 * np.pi * np.arange(n) / n for n in grid), indexing="ij")
        u = np.zeros(grid)
        for k in np.ndindex(*(5,) * len(grid)):
            waves = np.array(k) - 2
            phase = sum(m * place for m, place in zip(waves, places, strict=True))
            if waves.any():
                u += draw.standard_normal() / (1 + (waves**2).sum()) * np.sin(phase + draw.uniform(0, 6.3))
        return self.amplitude * u / u.std()

    def _evolved(self, start: np.ndarray, t: np.ndarray) -> np.ndarray:
        def rates(_: float, flat: np.ndarray) -> np.ndarray:
            unknowns = flat.reshape(start.shape)
            return np.stack(self.rates(*unknowns, lambda u: Derivatives(u, self.length))).ravel()

        found = solve_ivp(rates, (t[0], t[-1]), start.ravel(), "DOP853", t, rtol=1e-9, atol=1e-10)
        return found.y.T.reshape(len(t), *start.shape)


EVOLUTIONS: dict[str, tuple[Evolution, tuple[str, ...]]] = {
    "lambda-omega": (
        Evolution(
            "uv",
            lambda u, v, d: (
                0.1 * (d(u).xx + d(u).yy) + (1 - u**2 - v**2) * u + (u**2 + v**2) * v,
                0.1 * (d(v).xx + d(v).yy) + (1 - u**2 - v**2) * v - (u**2 + v**2) * u,
            ),
            "xy",
            duration=4.0,
        ),
        (
            "u_t = 0.1*u_xx + 0.1*u_yy + u - u^3 - u*v^2 + u^2*v + v^3",
            "v_t = 0.1*v_xx + 0.1*v_yy + v - u^2*v - v^3 - u^3 - u*v^2",
        ),
    ),
    "gray-scott": (
        Evolution(
            "uv",
            lambda u, v, d: (
                0.2 * (d(u).xx + d(u).yy) - u * v**2 + 0.04 * (1 - u),
                0.1 * (d(v).xx + d(v).yy) + u * v**2 - 0.1 * v,
            ),
            "xy",
            duration=20.0,
            amplitude=0.15,
            mean=(0.5, 0.35),
        ),
        ("u_t = 0.2*u_xx + 0.2*u_yy - u*v^2 + 0.04 - 0.04*u", "v_t = 0.1*v_xx + 0.1*v_yy + u*v^2 - 0.1*v"),
    ),
    "nls": (
        Evolution(
            "uv",
            lambda u, v, d: (-d(v).xx - 2 * (u**2 + v**2) * v, d(u).xx + 2 * (u**2 + v**2) * u),
            "x",
            size=64,
            times=65,
        ),
        ("u_t = -v_xx - 2*u^2*v - 2*v^3", "v_t = u_xx + 2*u^3 + 2*u*v^2"),
    ),
    "shallow water": (
        Evolution(
            "huv",
            lambda h, u, v, d: (
                -d(h * u).x - d(h * v).y,
                -u * d(u).x - v * d(u).y - d(h).x,
                -u * d(v).x - v * d(v).y - d(h).y,
            ),
            "xy",
            duration=2.0,
            amplitude=0.08,
            mean=(1.0, 0.0, 0.0),
        ),
        ("h_t = -(h*u)_x - (h*v)_y", "u_t = -u*u_x - v*u_y - h_x", "v_t = -u*v_x - v*v_y - h_y"),
    ),
    "burgers": (
        Evolution(
            "uv",
            lambda u, v, d: tuple(0.1 * (d(w).xx + d(w).yy) - u * d(w).x - v * d(w).y for w in (u, v)),
            "xy",
            length=6.0,
            duration=1.5,
            amplitude=0.3,
        ),
        ("u_t = 0.1*u_xx + 0.1*u_yy - u*u_x - v*u_y", "v_t = 0.1*v_xx + 0.1*v_yy - u*v_x - v*v_y"),
    ),
    "heat": (
        Evolution("u", lambda u, d: (0.3 * (d(u).xx + d(u).yy),), "xy", length=6.0),
        ("u_t = 0.3*u_xx + 0.3*u_yy",),
    ),
    "anisotropic": (
        Evolution("u", lambda u, d: (0.3 * d(u).xx + 0.2 * d(u).yy + 0.1 * d(u).xy - d(u).x / 2,), "xy", length=6.0),
        ("u_t = 0.3*u_xx + 0.2*u_yy + 0.1*u_xy - 0.5*u_x",),
    ),
    "reaction-diffusion in 3-D": (
        Evolution(
            "u", lambda u, d: (0.3 * (d(u).xx + d(u).yy + d(u).zz) - u**3,), "xyz", length=6.0, size=16, times=25
        ),
        ("u_t = 0.3*u_xx + 0.3*u_yy + 0.3*u_zz - u^3",),
    ),
    "zakharov-kuznetsov": (
        Evolution("u", lambda u, d: (-u * d(u).x - d(u).xxx - d(u).xyy,), "xy"),
        ("u_t = -u*u_x - u_xxx - u_xyy",),
    ),
    "wave": (
        Evolution("uv", lambda u, v, d: (v, d(u).xx + d(u).yy), "xy", duration=4.0, given="u"),
        ("u_tt = u_xx + u_yy",),
    ),
    "maxwell": (
        Evolution("efb", lambda e, f, b, d: (d(b).y, -d(b).x, d(e).y - d(f).x), "xy", length=6.0, duration=2.0),
        ("e_t = b_y", "f_t = -b_x", "b_t = e_y - f_x"),
    ),
    "lotka-volterra": (
        Evolution(
            "pq",
            lambda p, q, d: (p - p * q / 2, p * q / 4 - 0.8 * q),
            duration=15.0,
            times=300,
            amplitude=1.5,
            mean=(2.5, 2.5),
        ),
        ("p_t = p - 0.5*p*q", "q_t = 0.25*p*q - 0.8*q"),
    ),
    "lorenz": (
        Evolution(
            "pqr",
            lambda p, q, r, d: (10 * (q - p), p * (28 - r) - q, p * q - 8 / 3 * r),
            duration=5.0,
            times=1000,
            amplitude=15.0,
            mean=(0.0, 0.0, 10.0),
        ),
        ("p_t = 10*q - 10*p", "q_t = 28*p - q - p*r", "r_t = p*q - 2.66667*r"),
    ),
    "duffing": (
        Evolution("qp", lambda q, p, d: (p, q - q**3 - p / 5), duration=20.0, times=400, amplitude=1.5, given="q"),
        ("q_tt = q - q^3 - 0.2*q_t",),
    ),
}
"""Evolutions and their equations by name."""
