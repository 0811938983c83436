"""Waves in the plane: u_tt = lap u.

Periodic box of side 2 pi, time 0 to 4, four waves of u and of u_t. Solved exactly, mode by mode: a pair of u and u_t.
It fails at nothing that the grid resolves.
Symmetries: the conformal group of space and time, Olver, Applications of Lie Groups to Differential Equations (1993),
example 2.43; besides those below, b d/du for every solution b of the equation itself.
"""

from __future__ import annotations

import math

from symgen.catalog.system_entry import Density, InitialState, SystemEntry, SystemSymmetry, in_plane

ENTRY = SystemEntry(
    name="wave2d",
    title="Waves in the plane",
    equations=("u_tt = lap(u)",),
    unknowns=("u",),
    lengths=in_plane(2 * math.pi),
    points={"x": 64, "y": 64},
    duration=4.0,
    times=33,
    initial=InitialState(amplitude=0.5),
    symmetries=(
        SystemSymmetry("x-translation", "d/dx", keeps_periods=True),
        SystemSymmetry("y-translation", "d/dy", keeps_periods=True),
        SystemSymmetry("t-translation", "d/dt", keeps_periods=True),
        SystemSymmetry("rotation", "x*d/dy - y*d/dx"),
        SystemSymmetry("Lorentz boost in x", "t*d/dx + x*d/dt"),
        SystemSymmetry("Lorentz boost in y", "t*d/dy + y*d/dt"),
        SystemSymmetry("scaling", "x*d/dx + y*d/dy + t*d/dt"),
        SystemSymmetry("u-scaling", "u*d/du", keeps_periods=True),
        SystemSymmetry("inversion in x", "(x^2 - y^2 + t^2)*d/dx + 2*x*y*d/dy + 2*x*t*d/dt - x*u*d/du"),
        SystemSymmetry("inversion in y", "2*x*y*d/dx + (y^2 - x^2 + t^2)*d/dy + 2*y*t*d/dt - y*u*d/du"),
        SystemSymmetry("inversion in t", "2*x*t*d/dx + 2*y*t*d/dy + (x^2 + y^2 + t^2)*d/dt - t*u*d/du"),
    ),
    infinite="b(x, y, t) d/du with any solution b",
    solver="exact in Fourier space",
    densities=(Density("energy", "(u_t^2 + u_x^2 + u_y^2)/2"),),
)
