"""What an ansatz cannot hold of a system's symmetries, as sentences."""

from __future__ import annotations

import sympy

from symgen.equations.system import System


def truncations(system: System) -> list[str]:
    """Why there are more symmetries than any ansatz has, or may be more than were found."""
    notes = []
    if system.gaps:
        notes.append(
            f"The number of symmetries is a lower bound: not all consequences of the equations are known, as "
            f"{'; '.join(system.gaps)}."
        )
    ordinary = len(system.space.independent) == 1  # solutions of linear ones are a space of finite dimension
    if is_linear(system) and not ordinary:
        notes.append(
            "The equations are linear: they have infinitely many symmetries, as any solution may be added to another. "
            "Those with polynomials up to the ansatz' degree are listed."
        )
    elif ordinary and all(lead.order == 1 for lead in system.rules):
        notes.append("First-order ordinary equations have infinitely many symmetries; those in the ansatz are listed.")
    elif len(system.expressions) == 1 and max(jet.order for jet in system.space.jets(*system.expressions)) == 1:
        notes.append("Equations of first order have infinitely many symmetries; those in the ansatz are listed.")
    return notes


def is_linear(system: System) -> bool:
    """Whether the equations are linear in the unknowns and their derivatives together."""
    space = system.space
    symbols = [space.symbol(jet) for jet in space.jets(*system.expressions)]
    slopes = [sympy.diff(delta, symbol) for delta in system.expressions for symbol in symbols]
    return not any(slope.free_symbols & set(symbols) for slope in map(sympy.expand, slopes))
