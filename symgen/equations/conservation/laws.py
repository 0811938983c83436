"""The conservation laws of a system by algebra: exact, within an ansatz, without any data."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import sympy

from symgen.equations.conservation.currents import current, independent, time_and_space, without_divergences
from symgen.equations.conservation.first_integrals import search_first_integrals
from symgen.equations.conservation.infinite import few_of_many, is_homogeneous, is_of_adjoint
from symgen.equations.conservation.lagrangian import Lagrangian, lagrangian
from symgen.equations.conservation.law import ConservationLaw, Conserved
from symgen.equations.conservation.modulo_divergences import relates_in_space
from symgen.equations.conservation.multiplier_ansatz import default_ansatz
from symgen.equations.conservation.multipliers import multipliers
from symgen.equations.conservation.names import named, precedence
from symgen.equations.conservation.noether import with_symmetries
from symgen.equations.symmetry_algebra import require_variables, symmetry_algebra
from symgen.equations.system import System
from symgen.exceptions import SymgenError

SYMMETRY_DEGREE = 2
MOST_SHOWN = 3
"""Multipliers in a note."""
TIME = "t"


def conservation_laws(
    system: System, order: int | None = None, degree: int | None = None, functions: Sequence[sympy.Expr] = ()
) -> Conserved:
    """All conservation laws with a multiplier in an ansatz; for ordinary equations first integrals.

    Components of multipliers are products of up to `degree` variables, unknowns and free derivatives with up to `order`
    derivatives in all, and functions times such of a degree less: the `functions` given, and those that the equations
    suggest. Without t, the first variable takes its place: D_x density + D_y flux = 0. Density and flux of each law
    are brought to a plain form on solutions, and checked by substitution: D_t density + sum of D_i flux_i = 0 on
    solutions, exactly. Trivial laws are left out, and those whose densities differ by a divergence.
    Raises UsageError for an ansatz that is too large, and for functions that exact algebra does not know.
    """
    require_variables(functions)
    if len(system.space.independent) == 1:
        return _of_ordinary_equations(system, degree, functions)
    own = default_ansatz(system, order, degree, functions)
    notes = [f"The function {f} is left out: it depends on the others." for f in functions if f not in own.functions]
    found, infinite = few_of_many(system, multipliers(system, own.terms))
    laws, without_density, without_flux = [], 0, []
    for multiplier in found:
        law = current(system, multiplier)
        if law is None:
            without_flux.append(f"({', '.join(map(str, multiplier))})")
        elif law.density == 0:
            without_density += 1
        else:
            laws.append(law)
    laws.sort(key=lambda law: _simplicity(system, law))
    if relates_in_space(system, time_and_space(system.space)[0]):
        kept, complete = without_divergences(system, laws)
        notes += [] if complete else ["Some of the laws may be trivial: there are too many divergences to compare."]
    else:
        kept = [laws[place] for place in independent([law.density for law in laws])]
    if without_flux:
        texts = ", ".join(without_flux[:MOST_SHOWN]) + (", ..." if len(without_flux) > MOST_SHOWN else "")
        notes.append(
            f"{_laws(len(without_flux))} left out: no closed form of density and flux is found by the rules for the "
            f"multiplier{'s' * (len(without_flux) != 1)} {texts}."
        )
    if without_density:
        notes.append(f"{_laws(without_density)} left out: on solutions nothing is left of the density.")
    if spare := len(laws) - len(kept):
        notes.append(f"{_laws(spare)} left out: on solutions the density is that of others, or a divergence in space.")
    principle = _lagrangian(system)
    kept = [*_by_noether(system, kept, principle)]
    linear = is_homogeneous(system)
    apart = {law.multiplier for law in kept if linear and is_of_adjoint(system, law.multiplier)}
    kept = sorted(
        named(system, kept), key=lambda law: (law.multiplier in apart, precedence(law), _simplicity(system, law))
    )
    return Conserved(
        system=system,
        laws=tuple(kept),
        order=own.order,
        degree=own.degree,
        functions=own.functions,
        unknowns=len(own.terms) * len(system.expressions),
        lagrangian=principle.density if principle else None,
        notes=tuple(notes),
        infinite=infinite,
    )


def _of_ordinary_equations(system: System, degree: int | None, functions: Sequence[sympy.Expr]) -> Conserved:
    found = search_first_integrals(system, degree, functions)
    laws = _by_noether(system, found.laws, found.lagrangian)
    return Conserved(
        system=system,
        laws=tuple(laws),
        order=system.order - 1,
        degree=found.degree,
        unknowns=found.unknowns,
        lagrangian=found.lagrangian.density if found.lagrangian else None,
        notes=found.notes,
    )


def _lagrangian(system: System) -> Lagrangian | None:
    try:
        return lagrangian(system)
    except SymgenError:  # the laws stand without it
        return None


def _by_noether(
    system: System, laws: Sequence[ConservationLaw], principle: Lagrangian | None
) -> Sequence[ConservationLaw]:
    """With the point symmetries that give them, where there is a Lagrangian."""
    if principle is None or not laws:
        return laws
    try:
        fields = symmetry_algebra(system, SYMMETRY_DEGREE, special=False).fields
        return with_symmetries(system, laws, principle, fields)
    except SymgenError:
        return laws


def _simplicity(system: System, law: ConservationLaw) -> tuple[Any, ...]:
    """Sorts densities without the independent variables first, then those of low order, then short ones."""
    order = max((jet.order for jet in system.space.jets(law.density)), default=0)
    return law.density.has(*system.space.variables), order, law.density.count_ops(), str(law.density)


def _laws(count: int) -> str:
    return f"{count} law{'s' * (count != 1)}"
