"""Trigonometric interpolants at any points, exact to rounding: the nonuniform fast Fourier transform of type 2.

The interpolant is laid out on a grid twice as fine, its spectrum divided by that of a bump, and summed up with the bump
around every point (Barnett, Magland and af Klinteberg, SIAM J. Sci. Comput. 41 (2019) C479: the exponential of a
semicircle).
"""

from __future__ import annotations

import math

import numpy as np
import torch

WIDTH = 14
"""Points of the fine grid under the bump; the error is about 10^(1 - WIDTH)."""
STEEPNESS = 2.3 * WIDTH
NODES = 48  # of the quadrature for the bump's spectrum


def fine_grid(spectrum: torch.Tensor, nx: int) -> torch.Tensor:
    """From rfft spectra (..., nx // 2 + 1) of periodic data -> what `bump` sums up (..., 2 nx + WIDTH - 1).

    The last WIDTH - 1 columns repeat the first, so that no window goes around.
    """
    spectrum = spectrum / _bump_spectrum(nx).to(spectrum.device, spectrum.real.dtype)
    if nx % 2 == 0:  # the highest wave stands for two, of either sign
        spectrum = torch.cat([spectrum[..., :-1], spectrum[..., -1:] / 2], -1)
    fine = torch.fft.irfft(spectrum, n=2 * nx) * 2
    return torch.cat([fine, fine[..., : WIDTH - 1]], -1)


def bump(place: torch.Tensor, slope: bool = False) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor | None]:
    """For places (...) in steps of the fine grid from its first point, any number of periods away:

    the first column (...) of the window before reduction to the period, its weights (..., WIDTH) and, with `slope`, the
    weights of the derivative by the place.
    """
    first = torch.ceil(place - WIDTH / 2)
    offset = torch.arange(WIDTH, dtype=place.dtype, device=place.device)
    z = ((place - first)[..., None] - offset) * (2 / WIDTH)
    root = (1 - z.square()).clamp_min(1e-30).sqrt()
    weights = torch.exp(STEEPNESS * (root - 1))
    return first.long(), weights, weights * z / root * (-STEEPNESS * 2 / WIDTH) if slope else None


def _bump_spectrum(nx: int) -> torch.Tensor:
    """The bump's Fourier transform at the waves of nx points, in steps of the fine grid, (nx // 2 + 1,)."""
    nodes, weights = np.polynomial.legendre.leggauss(NODES)
    values = np.exp(STEEPNESS * (np.sqrt(1 - nodes**2) - 1)) * weights * (WIDTH / 2)
    phases = np.outer(np.arange(nx // 2 + 1) * (math.pi / nx) * (WIDTH / 2), nodes)
    return torch.from_numpy(np.cos(phases) @ values)
