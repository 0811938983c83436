"""Burgers in the plane: u_t + u u_x + v u_y = nu lap u, and the same for v.

Periodic box of side 2 pi, nu = 0.1, time 0 to 1.5, four waves of either velocity. It fails for a small nu or high
waves, where shocks, some 4 nu / jump wide, are too thin for the grid. Nothing is conserved.
Symmetries: those of one dimension, in the plane; exact algebra finds no others of degree 2.
"""

from __future__ import annotations

import math

from symgen.catalog.system_entry import InitialState, SystemEntry, SystemSymmetry, in_plane

ENTRY = SystemEntry(
    name="burgers2d",
    title="Burgers in the plane",
    equations=("u_t + u*u_x + v*u_y = nu*lap(u)", "v_t + u*v_x + v*v_y = nu*lap(v)"),
    unknowns=("u", "v"),
    parameters={"nu": 0.1},
    lengths=in_plane(2 * math.pi),
    points={"x": 64, "y": 64},
    duration=1.5,
    times=33,
    initial=InitialState(amplitude=0.3),
    symmetries=(
        SystemSymmetry("x-translation", "d/dx", keeps_periods=True),
        SystemSymmetry("y-translation", "d/dy", keeps_periods=True),
        SystemSymmetry("t-translation", "d/dt", keeps_periods=True),
        SystemSymmetry("rotation", "x*d/dy - y*d/dx + u*d/dv - v*d/du"),
        SystemSymmetry("Galilean boost in x", "t*d/dx + d/du", keeps_periods=True),
        SystemSymmetry("Galilean boost in y", "t*d/dy + d/dv", keeps_periods=True),
        SystemSymmetry("scaling", "x*d/dx + y*d/dy + 2*t*d/dt - u*d/du - v*d/dv"),
        SystemSymmetry("projective", "t*x*d/dx + t*y*d/dy + t^2*d/dt + (x - t*u)*d/du + (y - t*v)*d/dv"),
    ),
    solver="ETDRK4, Fourier modes, free of aliasing",
    max_step=1 / 64,
)
