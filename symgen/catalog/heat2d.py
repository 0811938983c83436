"""Heat in the plane: u_t = nu lap u.

Periodic box of side 2 pi, nu = 0.1, time 0 to 4, four waves. Solved exactly, mode by mode. For a large nu or long times
nothing but the mean is left; nu < 0 is ill-posed.
Symmetries: Olver, Applications of Lie Groups to Differential Equations (1993), example 2.41 in one dimension more;
besides those below, b d/du for every solution b of the equation itself.
"""

from __future__ import annotations

import math

from symgen.catalog.system_entry import Density, InitialState, SystemEntry, SystemSymmetry, in_plane

ENTRY = SystemEntry(
    name="heat2d",
    title="Heat in the plane",
    equations=("u_t = nu*lap(u)",),
    unknowns=("u",),
    parameters={"nu": 0.1},
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
        SystemSymmetry("u-scaling", "u*d/du", keeps_periods=True),
        SystemSymmetry("scaling", "x*d/dx + y*d/dy + 2*t*d/dt"),
        SystemSymmetry("Galilean boost in x", "2*nu*t*d/dx - x*u*d/du"),
        SystemSymmetry("Galilean boost in y", "2*nu*t*d/dy - y*u*d/du"),
        SystemSymmetry(
            "projective",
            "4*nu*t*x*d/dx + 4*nu*t*y*d/dy + 4*nu*t^2*d/dt - (x^2 + y^2 + 4*nu*t)*u*d/du",
        ),
    ),
    infinite="b(x, y, t) d/du with any solution b",
    solver="exact in Fourier space",
    densities=(Density("heat", "u"),),
)
