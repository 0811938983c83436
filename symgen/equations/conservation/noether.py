"""Which point symmetry gives which conservation law, by Noether's theorem.

If M Delta is the variational derivative of L, then Lambda Delta is a divergence if and only if the characteristic Q
with M^T Q = Lambda is that of a variational symmetry (Olver, Applications of Lie Groups to Differential Equations,
theorem 5.58). Characteristics that are the same on solutions give laws that are the same there.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import sympy
from sympy.polys.matrices import DomainMatrix

from symgen.equations.ansatz import Field
from symgen.equations.conservation.homotopy import variational_derivatives
from symgen.equations.conservation.lagrangian import Lagrangian
from symgen.equations.conservation.law import ConservationLaw
from symgen.equations.conservation.mechanics import of_unknowns
from symgen.equations.conservation.zero import is_zero
from symgen.equations.rational import Rationaliser
from symgen.equations.system import System
from symgen.equations.trivial import characteristic
from symgen.generators.closed_form import formula
from symgen.jets.space import Jet


def with_symmetries(
    system: System, laws: Sequence[ConservationLaw], found: Lagrangian | None, fields: Sequence[Field]
) -> tuple[ConservationLaw, ...]:
    """The laws with the `symmetry` of each that comes from a combination of the fields, and a name if it had none.

    `fields` are point symmetries, such as those of `symgen.equations.symmetry_algebra`, which are preferred in their
    order. A law without a multiplier, or with one of no combination of the fields, stays as it is; so do all where
    there is no Lagrangian.
    """
    if found is None or not fields:
        return tuple(laws)
    inverse = found.matrix.T.inv()
    changes = [characteristic(system, field) for field in fields]
    results = []
    for law in laws:
        field = None
        if law.multiplier:
            wanted = [system.on_solutions(sympy.expand(q)) for q in inverse * sympy.Matrix(law.multiplier)]
            field = _combination(system, fields, changes, wanted)
        if field is None or not is_variational(system, found, field):
            results.append(law)
            continue
        name = law.name or _name(system, field)
        results.append(replace(law, symmetry=formula(field, system.space.names), name=name))
    return tuple(results)


def is_variational(system: System, found: Lagrangian, field: Field) -> bool:
    """Whether the characteristic times the variational derivative of L is a divergence, identically in the jets."""
    space = system.space
    axes = range(len(space.independent))
    equations = found.matrix * sympy.Matrix(system.expressions)
    total = sympy.S.Zero
    for name, along, equation in zip(space.dependent, field[len(axes) :], equations, strict=True):
        slopes = [space.symbol(Jet(name, space.unit(axis))) for axis in axes]
        total += (along - sympy.Add(*(xi * u for xi, u in zip(field[: len(axes)], slopes, strict=True)))) * equation
    return all(is_zero(left) for left in variational_derivatives(space, sympy.expand(total)))


def _combination(
    system: System, fields: Sequence[Field], changes: Sequence[Sequence[sympy.Expr]], wanted: Sequence[sympy.Expr]
) -> Field | None:
    """The combination of fields, by small whole numbers, with a multiple of that characteristic; None without one."""
    columns = [*changes, wanted]
    rational = Rationaliser([component for column in columns for component in column], system.space.coordinates)
    polynomials = iter(rational([component for column in columns for component in column]))
    rows: dict[tuple[int, tuple[int, ...]], dict[int, Any]] = {}
    for place, column in enumerate(columns):
        for component in range(len(column)):
            for monomial, value in rational.coordinates(next(polynomials)).items():
                rows.setdefault((component, monomial), {})[place] = value
    domain, last = rational.constants.domain, len(fields)
    reduced, pivots = DomainMatrix(dict(enumerate(rows.values())), (len(rows), last + 1), domain).rref()
    if last in pivots:
        return None
    entries = [(pivots[row], values[last]) for row, values in reduced.to_dod().items() if last in values]
    if not entries:
        return None
    numbers = rational.constants.multiples([value for _, value in entries])
    chosen = [[number * c for c in fields[place]] for number, (place, _) in zip(numbers, entries, strict=True)]
    field = [sympy.expand(sympy.Add(*parts)) for parts in zip(*chosen, strict=True)]
    first = next(component for component in field if component != 0)
    return tuple(-component if first.could_extract_minus_sign() else component for component in field)


def _name(system: System, field: Field) -> str | None:
    """Energy for d/dt; momentum for translations and angular momentum for rotations of space.

    Of ordinary equations, space are the unknowns, if the equations are of second order.
    """
    space = system.space
    size = len(space.independent)
    if "t" not in space.independent:
        return None
    time = space.independent.index("t")
    if all((component != 0) == (place == time) for place, component in enumerate(field)):
        return "energy" if field[time].is_number else None
    if size == 1 and any(lead.orders != (2,) for lead in system.rules):
        return None
    places = range(size, len(field)) if size == 1 else range(time)
    variables = [space.coordinates[place] for place in places]
    moved = [field[place] for place in places]
    if any(component for place, component in enumerate(field) if place not in places):
        return None
    if all(component.is_number for component in moved):
        return of_unknowns("momentum", system, moved) if size == 1 else "momentum"
    matrix = sympy.Matrix(moved).jacobian(variables)
    linear = sympy.expand(matrix * sympy.Matrix(variables) - sympy.Matrix(moved)).is_zero_matrix
    rotated = linear and not matrix.free_symbols and matrix.is_anti_symmetric()
    return "angular momentum" if rotated else None
