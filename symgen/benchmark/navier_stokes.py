"""Incompressible flow in a periodic plane: velocities and pressure from the vorticity.

With w = v_x - u_y the equations become w_t + u w_x + v w_y = nu lap w, with u = psi_y, v = -psi_x, lap psi = -w, and
the pressure, of mean 0, follows from lap p = 2 (u_x v_y - u_y v_x). Pseudo-spectral, the upper third of the waves cut
off so that products are free of aliasing (S. Orszag, J. Atmos. Sci. 28 (1971) 1074), in time by DOP853.
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from scipy.integrate import solve_ivp

from symgen.exceptions import SolverError
from symgen.pde.axis import TIME, Axis
from symgen.pde.initial import random_states
from symgen.pde.solutions import Solutions

RTOL = 1e-11


def flow(samples: Iterable[int], seed: int, t: np.ndarray, x: Axis, y: Axis, nu: float, amplitude: float) -> Solutions:
    """u, v and p of flows from random smooth stream functions, at times t from t[0] on."""
    kx = 2j * np.pi / x.length * np.fft.fftfreq(len(x), 1 / len(x))[:, None]
    ky = 2j * np.pi / y.length * np.fft.rfftfreq(len(y), 1 / len(y))
    kept = (np.abs(kx) < np.abs(kx).max() * 2 / 3) & (np.abs(ky) < np.abs(ky).max() * 2 / 3)
    lap = kx**2 + ky**2
    inverse = np.where(lap == 0, 0, 1 / np.where(lap == 0, 1, lap))

    def field(modes: np.ndarray) -> np.ndarray:
        return np.fft.irfft2(modes, s=(len(x), len(y)), norm="forward")

    def modes_of(values: np.ndarray) -> np.ndarray:
        return kept * np.fft.rfft2(values, norm="forward")

    def rate(_: float, flat: np.ndarray) -> np.ndarray:
        w = flat.reshape(lap.shape)
        psi = -inverse * w
        moved = field(ky * psi) * field(kx * w) - field(kx * psi) * field(ky * w)
        return (nu * lap * w - modes_of(moved)).ravel()

    found = []
    for (stream,) in random_states(samples, seed, ["psi"], [x, y], amplitude):
        start = -lap * modes_of(stream)
        solved = solve_ivp(
            rate, (t[0], t[-1]), start.ravel(), "DOP853", t_eval=t, rtol=RTOL, atol=RTOL * np.abs(start).max()
        )
        if not solved.success:
            raise SolverError(f"The flow is not resolved: {solved.message}")
        w = solved.y.T.reshape(len(t), *lap.shape)
        u, v = -ky * inverse * w, kx * inverse * w
        strain = field(kx * u) * field(ky * v) - field(ky * u) * field(kx * v)
        found.append(np.stack([field(u), field(v), field(2 * inverse * modes_of(strain))]))
    u, v, p = np.stack(found, 1)
    return Solutions.from_arrays({"u": u, "v": v, "p": p}, {TIME: t, "x": x, "y": y})
