"""Twins by simple difference schemes, whose truncation error can be taken for physics."""

from __future__ import annotations

import numpy as np

from twins.twin import Twin, circle


def leapfrog() -> Twin:
    """A pulse on a string: u_tt = u_xx up to (dx^2 - dt^2) / 12 u_xxxx."""
    x, square = np.linspace(-5, 5, 140), 0.6**2
    t = np.arange(260) * (0.6 * (x[1] - x[0]))
    u = np.zeros((len(t), len(x)))
    u[0] = np.exp(-((x - 0.7) ** 2)) + 0.5 * np.exp(-2 * (x + 1.6) ** 2)
    bend = np.zeros_like(x)
    bend[1:-1] = np.diff(u[0], 2)
    u[1] = u[0] + square / 2 * bend
    for n in range(1, len(t) - 1):
        u[n + 1, 1:-1] = 2 * u[n, 1:-1] - u[n - 1, 1:-1] + square * np.diff(u[n], 2)
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


def implicit_euler() -> Twin:
    """The same with the other sign of dt; but few modes, which also solve an equation in u_tt."""
    x, nu, dt, steps = np.linspace(0, 1, 51), 0.015, 0.015, 90
    bend = (np.eye(51, k=1) - 2 * np.eye(51) + np.eye(51, k=-1)) * (nu / (x[1] - x[0]) ** 2)
    bend[[0, -1]] = 0
    step = np.linalg.inv(np.eye(51) - dt * bend)
    u = [sum(a * np.sin(n * np.pi * x) for n, a in ((1, 1.0), (2, 0.6), (4, -0.3), (5, 0.2)))]
    for _ in range(steps - 1):
        u.append(step @ u[-1])
    return Twin(np.array(u), x, np.arange(steps) * dt, False, "u_t - 0.015*u_xx")


def upwind() -> Twin:
    """Advection, with the diffusion (1 - C) dx / 2 of an upwind scheme, C = 0.4."""
    x = circle(160, 2 * np.pi)
    u = [np.exp(np.sin(x)) + 0.3 * np.cos(3 * x)]
    for _ in range(150):
        u.append(0.6 * u[-1] + 0.4 * np.roll(u[-1], 1))
    diffusion = 0.6 * x[1] / 2
    return Twin(np.array(u), x, np.arange(151) * 0.4 * x[1], True, f"u_t + u_x - {diffusion:.8f}*u_xx", "doubt")
