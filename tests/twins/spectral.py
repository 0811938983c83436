"""Twins on a circle, solved in Fourier space."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import torch

from symgen.simulation.etdrk4 import march, wave_numbers
from twins.twin import Twin, circle

Function = Callable[[torch.Tensor, float], torch.Tensor]


def _solved(
    u0: np.ndarray,
    length: float,
    t: np.ndarray,
    linear: Callable[[torch.Tensor], torch.Tensor],
    factor: Callable[[torch.Tensor], torch.Tensor],
    function: Function,
    max_step: float,
) -> np.ndarray:
    """u_t = linear u + factor function(u, t), with the multipliers of both in terms of the wave number -> (nt, nx)."""
    nx = len(u0)
    k = wave_numbers(nx, length)
    symbol, multiplier = (f(k).to(torch.complex128) for f in (linear, factor))

    def nonlinear(v: torch.Tensor, time: float) -> torch.Tensor:
        return multiplier * torch.fft.rfft(function(torch.fft.irfft(v, n=nx), time))[:, : len(k)]

    return march(torch.from_numpy(u0)[None], t.tolist(), symbol, nonlinear, max_step)[0].numpy()


def allen_cahn() -> Twin:
    """Little diffusion beside a fast reaction."""
    x, t = circle(384, 2.0, -1.0), np.linspace(0, 0.8, 121)
    u = _solved(
        x**2 * np.cos(np.pi * x) - 0.1 * np.sin(2 * np.pi * x),
        2.0,
        t,
        lambda k: 4 - 2e-4 * k**2,
        lambda k: -4 + 0 * k,
        lambda u, _: u**3,
        2e-3,
    )
    return Twin(u, x, t, True, "u_t - 4*u + 4*u**3 - 0.0002*u_xx")


def cahn_hilliard() -> Twin:
    """Fourth order, with a diffusion that is not linear."""
    x, t = circle(192, 2.0, -1.0), np.linspace(0, 0.5, 121)
    u = _solved(
        np.cos(np.pi * x) - np.exp(-4 * (np.pi * x) ** 2) + 0.2 * np.sin(2 * np.pi * x),
        2.0,
        t,
        lambda k: 0.2 * k**2 - 0.002 * k**4,
        lambda k: -0.2 * k**2,
        lambda u, _: u**3,
        1e-3,
    )
    return Twin(u, x, t, True, "u_t + 0.2*u_xx - 0.2*(u**3)_xx + 0.002*u_xxxx")


def shock() -> Twin:
    """Burgers' equation; the grid that is kept barely resolves the shock."""
    x, t = circle(768, 2.0, -1.0), np.linspace(0, 0.9, 91)
    u = _solved(-np.sin(np.pi * x), 2.0, t, lambda k: -0.007 * k**2, lambda k: -0.5j * k, lambda u, _: u**2, 1e-3)
    return Twin(u[:, ::6], x[::6], t, True, "u_t + u*u_x - 0.007*u_xx")


def noisy_ks() -> Twin:
    """The Kuramoto-Sivashinsky equation with noise, on a grid finer than that allows."""
    nx, length = 512, 50.0
    x, t = circle(nx, length), np.linspace(0, 100, 251)
    z = 2 * np.pi * x / length
    u = _solved(
        np.cos(z) + 0.6 * np.sin(3 * z) + 0.4 * np.cos(5 * z),
        length,
        t,
        lambda k: k**2 - k**4,
        lambda k: -0.5j * k,
        lambda u, _: u**2,
        0.1,
    )[90:]
    noise = 0.01 * u.std() * np.random.default_rng(0).standard_normal(u.shape)
    return Twin(u + noise, x, t[90:], True, "u_t + u*u_x + u_xx + u_xxxx")


def forced_kdv() -> Twin:
    """The Korteweg-de Vries equation with a forcing that no library has."""
    nx, length = 128, 2.0
    x, t = circle(nx, length), np.linspace(0, 1, 101)
    phase = torch.from_numpy(np.pi * x)

    def function(u: torch.Tensor, time: float) -> torch.Tensor:
        force = torch.sin(2 * phase + 3 * np.sin(5 * time)) * torch.exp(torch.cos(phase - 4 * time))
        return -torch.fft.irfft(1j * wave * torch.fft.rfft(u**2 / 2), n=nx) + 2 * force

    wave = 2 * np.pi / length * torch.arange(nx // 2 + 1, dtype=torch.float64)
    u = _solved(0.2 * np.sin(np.pi * x), length, t, lambda k: 0.01j * k**3, lambda k: 1 + 0 * k, function, 1e-3)
    return Twin(u, x, t, True, "u_t + u*u_x + 0.01*u_xxx", "refusal")
