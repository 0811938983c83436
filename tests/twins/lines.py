"""Twins between fixed ends, by the method of lines with central differences."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from scipy.integrate import solve_ivp

from twins.twin import Twin


def _solved(u0: np.ndarray, t: np.ndarray, rate: Callable[[np.ndarray], np.ndarray]) -> np.ndarray:
    """u (nt, nx) with the ends as they are at first; `rate` (nx,) -> (nx - 2,)."""

    def right(_: float, u: np.ndarray) -> np.ndarray:
        return np.concatenate([[0], rate(u), [0]])

    solution = solve_ivp(right, (t[0], t[-1]), u0, "LSODA", t, rtol=1e-9, atol=1e-11, lband=1, uband=1)
    return solution.y.T


def chafee_infante() -> Twin:
    """Diffusion and a cubic reaction."""
    x, t = np.linspace(0, 3, 181), np.linspace(0.05, 0.5, 120)
    dx = x[1] - x[0]

    def rate(u: np.ndarray) -> np.ndarray:
        return np.diff(u, 2) / dx**2 + 2 * (u - u**3)[1:-1]

    u0 = 1.5 * np.sin(np.pi * x / 3) + np.sin(np.pi * x) + 0.8 * np.sin(5 * np.pi * x / 3)
    return Twin(_solved(u0, t, rate), x, t, False, "u_t - u_xx - 2*u + 2*u**3")


def porous_medium() -> Twin:
    """Diffusion in proportion to u."""
    x, t = np.linspace(-1, 1, 101), np.linspace(0, 0.4, 121)
    dx = x[1] - x[0]

    def rate(u: np.ndarray) -> np.ndarray:
        return np.diff(u**2 / 2, 2) / dx**2

    u0 = 1 + 0.4 * np.sin(np.pi * x) + 0.5 * np.exp(-8 * x**2) + 0.2 * x
    return Twin(_solved(u0, t, rate), x, t, False, "u_t - u*u_xx - u_x**2")


def radial() -> Twin:
    """A coefficient 1 / x."""
    x, t = np.linspace(1, 2.5, 121), np.linspace(0, 0.8, 121)
    dx = x[1] - x[0]

    def rate(u: np.ndarray) -> np.ndarray:
        return 0.3 * np.diff(u, 2) / dx**2 - 0.8 / x[1:-1] * (u[2:] - u[:-2]) / (2 * dx)

    z = np.pi * (x - 1) / 1.5
    u0 = np.sin(z) + 0.6 * np.sin(2 * z) - 0.4 * np.sin(3 * z)
    return Twin(_solved(u0, t, rate), x, t, False, "u_t + 0.8*u_x/x - 0.3*u_xx")


def heated() -> Twin:
    """Diffusion and a constant source, so that u_tt = 0.01 u_xxxx holds as well."""
    x, t = np.linspace(0, 1, 71), np.linspace(0, 1, 90)
    dx = x[1] - x[0]

    def rate(u: np.ndarray) -> np.ndarray:
        return 0.1 * np.diff(u, 2) / dx**2 + 0.5

    u0 = np.sin(np.pi * x) + 0.5 * np.sin(3 * np.pi * x)
    return Twin(_solved(u0, t, rate), x, t, False, "u_t - 0.1*u_xx - 0.5")


def no_divergence() -> Twin:
    """Diffusion u u_xx, which is no derivative of a power of u."""
    x, t = np.linspace(0, 2, 121), np.linspace(0, 0.3, 100)
    dx = x[1] - x[0]

    def rate(u: np.ndarray) -> np.ndarray:
        return 0.5 * u[1:-1] * np.diff(u, 2) / dx**2

    u0 = 1.2 + 0.5 * np.sin(2 * np.pi * x) + 0.3 * np.cos(3 * np.pi * x / 2) + 0.1 * x
    return Twin(_solved(u0, t, rate), x, t, False, "u_t - 0.5*u*u_xx")
