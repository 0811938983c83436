"""Incompressible Navier-Stokes in the plane: vorticity w and stream function psi.

w_t + psi_y w_x - psi_x w_y = nu lap w, lap psi = -w; the velocities are psi_y and -psi_x. Periodic box of side 2 pi,
nu = 0.01, time 0 to 2, four waves of w of up to two periods. Only w is advanced; psi, of mean 0, follows from it mode
by mode, so w must have mean 0. It fails for a small nu or long times, where filaments of w are too thin for the grid.
Symmetries: V. Andreev, O. Kaptsov, V. Pukhnachov and A. Rodionov, Applications of Group-Theoretical Methods in
Hydrodynamics (1998); here those of polynomials of degree 2, which stand for
frames that are moved or pressed by any functions of t.
"""

from __future__ import annotations

import math

from symgen.catalog.system_entry import Density, InitialState, SystemEntry, SystemSymmetry, in_plane, without_mean

ENTRY = SystemEntry(
    name="navier-stokes",
    title="Navier-Stokes (vorticity and stream function)",
    equations=("w_t + psi_y*w_x - psi_x*w_y = nu*lap(w)", "lap(psi) = -w"),
    unknowns=("w", "psi"),
    parameters={"nu": 0.01},
    lengths=in_plane(2 * math.pi),
    points={"x": 64, "y": 64},
    duration=2.0,
    times=33,
    initial=InitialState(amplitude=1.0, shape=without_mean),
    symmetries=(
        SystemSymmetry("x-translation", "d/dx", keeps_periods=True),
        SystemSymmetry("y-translation", "d/dy", keeps_periods=True),
        SystemSymmetry("t-translation", "d/dt", keeps_periods=True),
        SystemSymmetry("rotation", "x*d/dy - y*d/dx"),
        SystemSymmetry("scaling", "x*d/dx + y*d/dy + 2*t*d/dt - 2*w*d/dw"),
        SystemSymmetry("Galilean boost in x", "t*d/dx + y*d/dpsi"),
        SystemSymmetry("Galilean boost in y", "t*d/dy - x*d/dpsi"),
        SystemSymmetry("accelerated frame in x", "t^2*d/dx + 2*t*y*d/dpsi"),
        SystemSymmetry("accelerated frame in y", "t^2*d/dy - 2*t*x*d/dpsi"),
        SystemSymmetry("turning frame", "t*(x*d/dy - y*d/dx) - (x^2 + y^2)/2*d/dpsi + 2*d/dw"),
        SystemSymmetry("shift of psi", "d/dpsi", keeps_periods=True),
        SystemSymmetry("shift of psi by t", "t*d/dpsi", keeps_periods=True),
        SystemSymmetry("shift of psi by t^2", "t^2*d/dpsi", keeps_periods=True),
    ),
    infinite="f(t) d/dx + f'(t) y d/dpsi, f(t) d/dy - f'(t) x d/dpsi and f(t) d/dpsi with any function f",
    solver="ETDRK4, Fourier modes, free of aliasing; psi by the inverse of the Laplacian",
    max_step=1 / 32,
    densities=(Density("circulation", "w"),),
)
