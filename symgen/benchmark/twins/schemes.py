"""Twins by simple difference schemes, whose truncation error can be taken for physics."""

from __future__ import annotations

import numpy as np

from symgen.benchmark.twins.twin import Twin


def leapfrog() -> Twin:
    """A pulse on a string: u_tt = u_xx up to (dx^2 - dt^2) / 12 u_xxxx."""
    x = np.linspace(-5, 5, 140)
    dx, t = x[1] - x[0], np.arange(260) * (0.6 * (x[1] - x[0]))
    square = 0.6**2
    u = np.zeros((len(t), len(x)))
    u[0] = np.exp(-((x - 0.7) ** 2)) + 0.5 * np.exp(-2 * (x + 1.6) ** 2)
    bend = np.zeros_like(x)
    bend[1:-1] = np.diff(u[0], 2)
    u[1] = u[0] + square / 2 * bend
    for n in range(1, len(t) - 1):
        u[n + 1, 1:-1] = 2 * u[n, 1:-1] - u[n - 1, 1:-1] + square * np.diff(u[n], 2)
    assert abs(dx - (x[2] - x[1])) < 1e-12
    return Twin(u, x, t, False, "u_tt - u_xx")


def explicit_euler() -> Twin:
    """Heat between cold ends: u_t = 0.02 u_xx up to (0.02 dx^2 / 12 - 0.02^2 dt / 2) u_xxxx."""
    x, nu, steps = np.linspace(0, 1, 41), 0.02, 60
    dt = 0.4 * (x[1] - x[0]) ** 2 / nu
    u = np.zeros((steps, len(x)))
    u[0] = np.sin(np.pi * x) + 0.5 * np.sin(2 * np.pi * x) - 0.3 * np.sin(3 * np.pi * x)
    for n in range(steps - 1):
        u[n + 1, 1:-1] = u[n, 1:-1] + 0.4 * np.diff(u[n], 2)
    return Twin(u, x, np.arange(steps) * dt, False, "u_t - 0.02*u_xx")
