"""Kinds of equations that always have infinitely many symmetries."""

from __future__ import annotations

from symgen.equations.system import System
from symgen.equations.truncation import is_linear


def why_infinite(system: System) -> str | None:
    """Why equations have infinitely many symmetries, if they are of a kind that always has; else None."""
    space, orders = system.space, [jet.order for jet in system.space.jets(*system.expressions)]
    if max(orders) == 1 and space.independent == ("t",):
        return "ordinary equations of first order have infinitely many symmetries; these are the ones in the library"
    if max(orders) == 1 and len(system.expressions) == 1:
        return "equations of first order have infinitely many symmetries; these are the ones in the library"
    if len(space.independent) == 1:  # solutions of linear ordinary equations are a space of finite dimension
        return None
    nothing = {space.symbol(jet): 0 for jet in space.jets(*system.expressions)}
    if is_linear(system) and not any(delta.subs(nothing) for delta in system.expressions):
        added = " + ".join(f"{letter} d/d{name}" for letter, name in zip("fghklm", space.dependent, strict=False))
        added += " + ..." if len(space.dependent) > 6 else ""
        each = f"{added} for any solution; the library holds some and comes near others"
        return f"linear equations have infinitely many symmetries: {each}"
    return None
