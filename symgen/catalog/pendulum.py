"""Pendulum: q_tt = -sin q.

Time 0 to 12, from angles and speeds of up to 2, mostly less than 1: it swings, or turns over from larger ones. It fails
at nothing.
Symmetry: translation in t, the only point symmetry of q_tt = f(q) for a general f.
"""

from __future__ import annotations

from symgen.catalog.system_entry import Density, InitialState, SystemEntry, SystemSymmetry

ENTRY = SystemEntry(
    name="pendulum",
    title="Pendulum",
    equations=("q_tt = -sin(q)",),
    unknowns=("q",),
    duration=12.0,
    times=257,
    initial=InitialState(amplitude=0.5),
    symmetries=(SystemSymmetry("t-translation", "d/dt", keeps_periods=True),),
    solver="DOP853, adaptive",
    densities=(Density("energy", "q_t^2/2 - cos(q)"),),
)
