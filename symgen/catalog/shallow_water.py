"""Shallow water over a flat bottom: height h and velocities u, v.

h_t + (h u)_x + (h v)_y = 0, u_t + u u_x + v u_y + g h_x = 0, v_t + u v_x + v v_y + g h_y = 0. Periodic box of side 20,
time 0 to 2, waves of h about 1 and of u and v about 0, so that no shock forms by then: it fails at the first one, as
the solver adds no viscosity, and where h is not positive.
Symmetries: A. Bihlo, N. Poltavets and R. Popovych, Chaos 30 (2020) 073132.
"""

from __future__ import annotations

from symgen.catalog.system_entry import Density, InitialState, SystemEntry, SystemSymmetry, in_plane

ENTRY = SystemEntry(
    name="shallow-water",
    title="Shallow water",
    equations=(
        "h_t + (h*u)_x + (h*v)_y = 0",
        "u_t + u*u_x + v*u_y + g*h_x = 0",
        "v_t + u*v_x + v*v_y + g*h_y = 0",
    ),
    unknowns=("h", "u", "v"),
    parameters={"g": 1.0},
    lengths=in_plane(20.0),
    points={"x": 64, "y": 64},
    duration=2.0,
    times=33,
    initial=InitialState(amplitude=0.06, means={"h": 1.0}),
    symmetries=(
        SystemSymmetry("x-translation", "d/dx", keeps_periods=True),
        SystemSymmetry("y-translation", "d/dy", keeps_periods=True),
        SystemSymmetry("t-translation", "d/dt", keeps_periods=True),
        SystemSymmetry("rotation", "x*d/dy - y*d/dx + u*d/dv - v*d/du"),
        SystemSymmetry("Galilean boost in x", "t*d/dx + d/du", keeps_periods=True),
        SystemSymmetry("Galilean boost in y", "t*d/dy + d/dv", keeps_periods=True),
        SystemSymmetry("scaling of space and time", "x*d/dx + y*d/dy + t*d/dt"),
        SystemSymmetry("scaling of space and velocity", "x*d/dx + y*d/dy + u*d/du + v*d/dv + 2*h*d/dh"),
        SystemSymmetry("projective", "t^2*d/dt + t*x*d/dx + t*y*d/dy - 2*t*h*d/dh + (x - t*u)*d/du + (y - t*v)*d/dv"),
    ),
    positive=("h",),
    solver="ETDRK4, Fourier modes, free of aliasing",
    max_step=1 / 32,
    densities=(
        Density("mass", "h"),
        Density("momentum in x", "h*u"),
        Density("momentum in y", "h*v"),
        Density("energy", "(h*(u^2 + v^2) + g*h^2)/2"),
    ),
)
