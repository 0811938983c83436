"""Families of infinitely many conservation laws: which they are, and the few of them that stand for all."""

from __future__ import annotations

from collections.abc import Sequence

import sympy

from symgen.equations.conservation.currents import time_and_space
from symgen.equations.conservation.multipliers import Multiplier, is_multiplier
from symgen.equations.system import System
from symgen.equations.truncation import is_linear

LINEAR = (
    "the equations are linear: every solution of the adjoint equations is a multiplier; of those without unknowns only "
    "such as depend on {time} alone, up to degree 1, are listed"
)
HIGHEST = 6
"""Power of a variable that is looked for before a multiplier."""
FIRST_ORDER = "equations of first order of this kind have infinitely many laws; these are the ones in the ansatz"


def few_of_many(system: System, found: Sequence[Multiplier]) -> tuple[list[Multiplier], str | None]:
    """The multipliers without most of infinite families, and a sentence on these if there are any."""
    if is_homogeneous(system):
        return [multiplier for multiplier in found if _stands_for_many(system, multiplier)], LINEAR.format(
            time=_time(system)
        )
    kept, reasons = list(found), [FIRST_ORDER] if _is_hydrodynamic(system) else []
    for multiplier in sorted(found, key=_length):
        for variable in system.space.variables if multiplier in kept else ():
            multiples = [own for own in kept if _is_multiple(own, multiplier, variable)]
            if multiples and _takes_any_function(system, multiplier, variable):
                kept = [own for own in kept if own not in multiples]
                text = ", ".join(map(str, multiplier))
                reasons.append(f"the multiplier ({text}) times any function of {variable} is a multiplier too")
    return kept, "; ".join(reasons) or None


def is_of_adjoint(system: System, multiplier: Multiplier) -> bool:
    """Whether a multiplier has no unknowns, so that for linear equations it is a solution of the adjoint ones."""
    return not system.space.jets(*multiplier)


def is_homogeneous(system: System) -> bool:
    """Whether all equations are linear, without terms that have no unknown."""
    nothing = {system.space.symbol(jet): 0 for jet in system.space.jets(*system.expressions)}
    return is_linear(system) and not any(delta.subs(nothing) for delta in system.expressions)


def _stands_for_many(system: System, multiplier: Multiplier) -> bool:
    """Whether a multiplier of linear equations has unknowns, or is plain in t."""
    if not is_of_adjoint(system, multiplier):
        return True
    time = _time(system)
    in_time = all(part.free_symbols <= {time} for part in multiplier)
    return in_time and all(not part.is_polynomial(time) or sympy.degree(part, time) <= 1 for part in multiplier)


def _length(multiplier: Multiplier) -> int:
    return sum(part.count_ops() + len(part.free_symbols) for part in multiplier)


def _time(system: System) -> sympy.Symbol:
    return system.space.variables[time_and_space(system.space)[0]]


def _is_hydrodynamic(system: System) -> bool:
    """Whether it is one equation of first order, or up to two of two variables that a hodograph makes linear."""
    space = system.space
    if system.order > 1:
        return False
    if len(system.expressions) == 1:
        return True
    slopes = [space.symbol(jet) for jet in space.jets(*system.expressions) if jet.order]
    plain = not any(delta.has(*space.variables) for delta in system.expressions)
    linear = all(
        sympy.expand(delta - sympy.Add(*(sympy.diff(delta, slope) * slope for slope in slopes))) == 0
        and not any(sympy.diff(delta, slope).has(*slopes) for slope in slopes)
        for delta in system.expressions
    )
    return plain and linear and len(space.dependent) == 2 and len(space.independent) == 2


def _is_multiple(own: Multiplier, multiplier: Multiplier, variable: sympy.Symbol) -> bool:
    """Whether one is a power of the variable times the other, up to a number."""
    terms = [part.as_coefficients_dict() for part in own]
    for power in range(1, HIGHEST + 1):
        others = [sympy.expand(part * variable**power).as_coefficients_dict() for part in multiplier]
        if all({*mine} == {*theirs} for mine, theirs in zip(terms, others, strict=True)):
            ratios = {m[k] / t[k] for m, t in zip(terms, others, strict=True) for k in m if m[k]}
            return len(ratios) == 1
    return False


def _takes_any_function(system: System, multiplier: Multiplier, variable: sympy.Symbol) -> bool:
    """Whether f Lambda is a multiplier for every function f of the variable.

    With f its derivatives up to the highest in the variable are in the condition, linearly: powers up to it decide.
    """
    axis = system.space.variables.index(variable)
    highest = max(jet.orders[axis] for jet in system.space.jets(*multiplier, *system.expressions))
    powers = (tuple(sympy.expand(part * variable**k) for part in multiplier) for k in range(1, highest + 1))
    return all(is_multiplier(system, candidate) for candidate in powers)
