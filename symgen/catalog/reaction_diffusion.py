"""Reaction and diffusion in the plane, of lambda-omega type: spirals.

u_t = d lap u + (1 - r^2) u + r^2 v, v_t = d lap v - r^2 u + (1 - r^2) v with r^2 = u^2 + v^2. Periodic box of side 10,
time 0 to 2.5, four waves in either unknown: they grow towards r = 1, whose phase turns, and zeros of u + i v become
centres of spirals later on. Nothing is conserved. It fails for a small d, where spirals are too thin for the grid.
Source of the equation: N. Kopell and L. Howard, Stud. Appl. Math. 52 (1973) 291.
"""

from __future__ import annotations

from symgen.catalog.system_entry import InitialState, SystemEntry, SystemSymmetry, in_plane

ENTRY = SystemEntry(
    name="reaction-diffusion",
    title="Reaction and diffusion (lambda-omega)",
    equations=(
        "u_t = d*lap(u) + (1 - u^2 - v^2)*u + (u^2 + v^2)*v",
        "v_t = d*lap(v) + (1 - u^2 - v^2)*v - (u^2 + v^2)*u",
    ),
    unknowns=("u", "v"),
    parameters={"d": 0.1},
    lengths=in_plane(10.0),
    points={"x": 64, "y": 64},
    duration=2.5,
    times=33,
    initial=InitialState(amplitude=0.3),
    symmetries=(
        SystemSymmetry("x-translation", "d/dx", keeps_periods=True),
        SystemSymmetry("y-translation", "d/dy", keeps_periods=True),
        SystemSymmetry("t-translation", "d/dt", keeps_periods=True),
        SystemSymmetry("rotation", "x*d/dy - y*d/dx"),
        SystemSymmetry("phase", "u*d/dv - v*d/du", keeps_periods=True),
    ),
    solver="ETDRK4, Fourier modes, free of aliasing",
    max_step=1 / 32,
)
