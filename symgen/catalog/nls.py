"""Nonlinear Schroedinger, focusing: i psi_t + psi_xx + 2 |psi|^2 psi = 0.

Periodic in x, length 20, time 0 to 1, four waves in either part, from which the modulational instability raises peaks.
It is integrable; mass, momentum and energy are the first of its conserved quantities. It fails where peaks grow too
narrow for the grid, from much higher waves.
Symmetries: Sulem and Sulem, The Nonlinear Schroedinger Equation (1999), chapter 2.
"""

from __future__ import annotations

from symgen.catalog.system_entry import Density, InitialState, SystemEntry, SystemSymmetry

ENTRY = SystemEntry(
    name="nls",
    title="Nonlinear Schroedinger",
    equations=("I*psi_t + psi_xx + 2*abs(psi)^2*psi = 0",),
    unknowns=("psi_r", "psi_i"),
    lengths={"x": 20.0},
    points={"x": 128},
    duration=1.0,
    times=33,
    initial=InitialState(amplitude=0.4),
    symmetries=(
        SystemSymmetry("x-translation", "d/dx", keeps_periods=True),
        SystemSymmetry("t-translation", "d/dt", keeps_periods=True),
        SystemSymmetry("phase", "psi_r*d/dpsi_i - psi_i*d/dpsi_r", keeps_periods=True),
        SystemSymmetry("Galilean boost", "2*t*d/dx + x*(psi_r*d/dpsi_i - psi_i*d/dpsi_r)"),
        SystemSymmetry("scaling", "x*d/dx + 2*t*d/dt - psi_r*d/dpsi_r - psi_i*d/dpsi_i"),
    ),
    solver="ETDRK4, Fourier modes, free of aliasing",
    max_step=1 / 512,
    densities=(
        Density("mass", "psi_r^2 + psi_i^2"),
        Density("momentum", "psi_r*psi_i_x - psi_i*psi_r_x"),
        Density("energy", "psi_r_x^2 + psi_i_x^2 - (psi_r^2 + psi_i^2)^2"),
    ),
)
