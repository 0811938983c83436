"""Lotka-Volterra: prey u and predators v, u_t = u - u v, v_t = u v - v.

Time 0 to 12, about two cycles, from numbers whose logarithms are random about 0, so that they are positive. It fails
for numbers near 0 at first, where the other one's peak is high and narrow.
Symmetries: translation in t; as for all first-order ordinary equations there are infinitely many others, of which no
other is a polynomial of degree 2 that moves solutions to other ones.
"""

from __future__ import annotations

import numpy as np

from symgen.catalog.system_entry import Density, InitialState, SystemEntry, SystemSymmetry

ENTRY = SystemEntry(
    name="lotka-volterra",
    title="Lotka-Volterra",
    equations=("u_t = u - u*v", "v_t = u*v - v"),
    unknowns=("u", "v"),
    duration=12.0,
    times=257,
    initial=InitialState(amplitude=0.4, shape=np.exp),
    symmetries=(SystemSymmetry("t-translation", "d/dt", keeps_periods=True),),
    infinite="fields that are constant along solutions, as all first-order ordinary equations have them",
    solver="DOP853, adaptive",
    densities=(Density("invariant", "u - log(u) + v - log(v)"),),
)
