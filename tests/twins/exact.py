"""Twins by formula: modes of linear equations, single waves, characteristics."""

from __future__ import annotations

import numpy as np

from twins.twin import Twin, circle


def one_mode() -> Twin:
    """Heat, a single sine: u, u_xx and u_xxxx are proportional."""
    x, t, nu = circle(120, 8.0), np.linspace(0, 6, 91), 0.08
    k = 2 * np.pi / 8
    u = 0.7 * np.exp(-nu * k**2 * t[:, None]) * np.sin(k * x)
    return Twin(u, x, t, True, "u_t - 0.08*u_xx", "doubt")


def few_modes() -> Twin:
    """Heat between cold ends, on a small grid."""
    x, t, nu = np.linspace(0, 2, 45), np.linspace(0, 1.5, 40), 0.06
    u = sum(
        a * np.exp(-nu * (n * np.pi / 2) ** 2 * t[:, None]) * np.sin(n * np.pi / 2 * x)
        for n, a in ((1, 1.0), (2, -0.6), (3, 0.4), (5, 0.2))
    )
    return Twin(np.asarray(u), x, t, False, "u_t - 0.06*u_xx")


def string() -> Twin:
    """Waves on a string with fixed ends: second order in t."""
    x, t, c = np.linspace(0, 1, 90), np.linspace(0, 4, 110), 0.3
    u = sum(a * np.sin(n * np.pi * x) * np.cos(n * np.pi * c * t[:, None]) for n, a in ((1, 0.8), (2, 0.5), (4, -0.3)))
    return Twin(np.asarray(u), x, t, False, "u_tt - 0.09*u_xx")


def klein_gordon() -> Twin:
    """Massive waves, on a square grid."""
    x, t = np.linspace(-1, 1, 121), np.linspace(0, 3, 121)
    u = 0.0
    for k, a, phase in ((1.3, 0.6, 0.2), (2.9, 0.4, 1.1), (4.1, -0.3, 2.0)):
        omega = np.sqrt(0.7 * k**2 + 3)
        u = u + a * np.cos(k * x + phase) * np.cos(omega * t[:, None]) + 0.2 * a * np.sin(k * x - omega * t[:, None])
    return Twin(np.asarray(u), x, t, False, "u_tt + 3*u - 0.7*u_xx")


def advection() -> Twin:
    """A hump that moves and keeps its shape."""
    x, t = circle(160, 10.0), np.linspace(0, 3, 100)
    z = np.mod(x - 1.3 * t[:, None] + 5, 10) - 5
    return Twin(np.exp(-(z**2) / 0.8), x, t, True, "u_t + 1.3*u_x", "doubt")


def one_soliton() -> Twin:
    """Of the Korteweg-de Vries equation; but any equation with this wave has these data, so u_t + c u_x = 0 does."""
    x, t, k = np.linspace(-4, 5, 200), np.linspace(0, 1.5, 90), 0.8
    u = 12 * k**2 / np.cosh(k * (x - 4 * k**2 * t[:, None])) ** 2
    return Twin(u, x, t, False, "u_t + 2.56*u_x", "doubt")


def inviscid() -> Twin:
    """Burgers' equation without viscosity, before its shock, along characteristics: u = f(x - u t)."""
    x, t = np.linspace(0, 3, 128), np.linspace(0, 0.7, 90)

    def start(y: np.ndarray) -> np.ndarray:
        return 1 + 0.5 * np.sin(2 * y) + 0.2 * np.cos(y)

    u = np.tile(start(x), (len(t), 1))
    for _ in range(60):
        y = x - u * t[:, None]
        slope = np.cos(2 * y) - 0.2 * np.sin(y)
        u = u - (u - start(y)) / (1 + t[:, None] * slope)
    return Twin(u, x, t, False, "u_t + u*u_x")
