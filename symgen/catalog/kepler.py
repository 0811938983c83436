"""Kepler: a body in the plane about a fixed one, q_tt = -q / |q|^3.

Time 0 to 12, from places near (1, 0) and velocities near (0, 1): ellipses, once or twice around. It fails where the
body all but hits the other. The Runge-Lenz vector belongs to no point symmetry, as its field has velocities in it.
Symmetries: G. Prince and C. Eliezer, J. Phys. A 14 (1981) 587.
"""

from __future__ import annotations

from symgen.catalog.system_entry import Density, InitialState, SystemEntry, SystemSymmetry

ENTRY = SystemEntry(
    name="kepler",
    title="Kepler",
    equations=("q1_tt = -q1/(q1^2 + q2^2)^(3/2)", "q2_tt = -q2/(q1^2 + q2^2)^(3/2)"),
    unknowns=("q1", "q2"),
    duration=12.0,
    times=257,
    initial=InitialState(amplitude=0.06, means={"q1": 1.0, "q2_t": 1.0}),
    symmetries=(
        SystemSymmetry("t-translation", "d/dt", keeps_periods=True),
        SystemSymmetry("rotation", "q1*d/dq2 - q2*d/dq1", keeps_periods=True),
        SystemSymmetry("scaling", "3*t*d/dt + 2*q1*d/dq1 + 2*q2*d/dq2", keeps_periods=True),
    ),
    solver="DOP853, adaptive",
    densities=(
        Density("energy", "(q1_t^2 + q2_t^2)/2 - (q1^2 + q2^2)^(-1/2)"),
        Density("angular momentum", "q1*q2_t - q2*q1_t"),
    ),
)
