"""What conserved quantities are called, where that follows from their form."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import sympy

from symgen.equations.conservation.hamiltonian import Hamiltonian, hamiltonian
from symgen.equations.conservation.law import ConservationLaw
from symgen.equations.system import System
from symgen.equations.truncation import is_linear
from symgen.jets.space import Jet

ORDER = ("mass", "charge", "momentum", "energy", "angular momentum", "centre of mass", "centre of energy")
DIRECTED = ("momentum", "centre of mass", "centre of energy")
"""Those of which there is one for each axis of space."""


def precedence(law: ConservationLaw) -> tuple[int, str]:
    """Sorts laws by the names that are usual, then those without a name."""
    if law.name is None:
        return len(ORDER) + 1, ""
    kind = law.name.partition(" in ")[0]
    return (ORDER.index(kind) if kind in ORDER else len(ORDER)), law.name


def named(system: System, laws: Sequence[ConservationLaw]) -> list[ConservationLaw]:
    """The laws with names: those of Noether's theorem stay, others follow from densities and multipliers.

    Mass: one unknown itself, or the squared absolute value of a complex one; of several unknowns the one whose flux is
    the momentum. Energy and momentum: multipliers that u_t = S D_i of it and u_i = S D_i of it have, with a constant
    matrix S (see `symgen.equations.conservation.hamiltonian`); the momentum of one unknown is its square. Of fluids:
    momentum is the density's product with a velocity, energy half that with its square and what has no velocity; of
    incompressible ones velocity and half its square. Angular momentum: x times the momentum in y less y times that in
    x. Centre of mass, or energy: x times its density and something with t.
    """
    structure = hamiltonian(system, [law for law in laws if not law.density.has(*system.space.variables)])
    velocities = _velocities(system, laws)
    rules = (
        lambda law, _: _of_translation(system, law),
        lambda law, _: _plain(system, law),
        lambda law, _: _by_structure(system, law, structure),
        lambda law, _: _of_fluid(system, law, velocities),
        lambda law, _: _of_squares(system, law),
        lambda law, others: _angular(system, law, others),
        lambda law, others: _centre(system, law, others),
        lambda law, _: _integral(system, law),
    )
    found = list(laws)
    for rule in rules:
        found = [replace(law, name=rule(law, found) if _is_open(law) else law.name) for law in found]
    return found


def _is_open(law: ConservationLaw) -> bool:
    """Whether a name is wanted, or a direction for it."""
    return law.name is None or law.name in DIRECTED


def _along(system: System, name: str, axis: str) -> str:
    return f"{name} in {axis}" if len(_axes(system)) > 1 else name


def _axes(system: System) -> list[str]:
    """The names of the axes of space."""
    return [name for name in system.space.independent if name != "t"]


def _is_multiple(first: sympy.Expr, second: sympy.Expr) -> bool:
    """Whether one is a number times the other, and neither zero."""
    return first != 0 and second != 0 and sympy.cancel(first / second).is_number


def _of_translation(system: System, law: ConservationLaw) -> str | None:
    """Noether's momentum, with its direction."""
    axis = next((axis for axis in _axes(system) if law.symmetry == f"d/d{axis}"), None)
    return law.name if law.name is None or axis is None else _along(system, law.name, axis)


def _plain(system: System, law: ConservationLaw) -> str | None:
    space = system.space
    if len(space.unknowns) == 1 and _is_multiple(law.density, space.unknowns[0]):
        return "mass"
    for real, imaginary in system.complex_unknowns.values():
        parts = [symbol for symbol in space.unknowns if symbol.name in (real, imaginary)]
        if len(parts) == 2 and _is_multiple(law.density, sympy.Add(*(part**2 for part in parts))):
            return "mass"
    first = all(lead.order == 1 for lead in system.rules)
    if len(space.unknowns) == 1 and first and _is_multiple(law.density, space.unknowns[0] ** 2):
        return "momentum"
    return law.name


def _by_structure(system: System, law: ConservationLaw, structure: Hamiltonian | None) -> str | None:
    if structure is None or law.density.has(*system.space.variables):
        return law.name
    axis = system.space.independent[structure.axis]
    if law.multiplier == structure.energy.multiplier:
        return law.name or "energy"
    moves = structure.gives(law.multiplier, structure.slopes())
    return _along(system, "momentum", axis) if moves else law.name


def _velocities(system: System, laws: Sequence[ConservationLaw]) -> tuple[sympy.Expr, list[sympy.Symbol]] | None:
    """The density of a fluid and its velocity: rho_t + sum of (rho v_i)_i = 0, or with 1 the sum of D_i v_i = 0."""
    space, axes = system.space, _axes(system)
    if "t" not in space.independent or is_linear(system):
        return None
    for law in laws:
        if law.density in space.unknowns:
            velocity = [sympy.cancel(flux / law.density) for flux in law.flux]
            if all(v in space.unknowns for v in velocity) and len({*velocity, law.density}) == len(axes) + 1:
                return law.density, velocity
    for delta in system.expressions:
        own = {jet.orders: jet.unknown for jet in space.jets(delta)}
        units = [space.unit(space.independent.index(axis)) for axis in axes]
        if len(axes) < 2 or {*own} != {*units} or not len({*own.values()}) == len(axes) == len(space.jets(delta)):
            continue
        if _is_multiple(delta, sympy.Add(*(space.symbol(Jet(own[unit], unit)) for unit in units))):
            return sympy.S.One, [space.symbol(Jet(own[unit], space.none)) for unit in units]
    return None


def _of_fluid(system: System, law: ConservationLaw, fluid: tuple[sympy.Expr, list[sympy.Symbol]] | None) -> str | None:
    if fluid is None or law.name is not None:
        return law.name
    density, velocity = fluid
    if density != 1 and _is_multiple(law.density, density):
        return "mass"
    for axis, v in zip(_axes(system), velocity, strict=True):
        if _is_multiple(law.density, density * v):
            return _along(system, "momentum", axis)
    kinetic = density * sympy.Add(*(v**2 for v in velocity)) / 2
    scale = law.density.coeff(velocity[0], 2)
    factor = sympy.cancel(2 * scale / density)
    rest = sympy.expand(law.density - factor * kinetic)
    return "energy" if factor.is_number and factor != 0 and not rest.has(*velocity) else None


def _of_squares(system: System, law: ConservationLaw) -> str | None:
    """Energy, of first-order linear equations as Maxwell's: the sum of the squares of all unknowns."""
    unknowns = system.space.unknowns
    squares = sympy.Add(*(u**2 for u in unknowns))
    several = len(unknowns) > 1 and system.order == 1
    return "energy" if law.name is None and several and _is_multiple(law.density, squares) else law.name


def _angular(system: System, law: ConservationLaw, laws: Sequence[ConservationLaw]) -> str | None:
    if law.name is not None:
        return law.name
    momenta = {own.name: own.density for own in laws if own.name and own.name.startswith("momentum in ")}
    axes = _axes(system)
    for place, first in enumerate(axes):
        for second in axes[place + 1 :]:
            parts = [momenta.get(f"momentum in {axis}") for axis in (first, second)]
            if None in parts:
                continue
            x, y = (system.space.variables[system.space.independent.index(axis)] for axis in (first, second))
            if _is_multiple(law.density, sympy.expand(x * parts[1] - y * parts[0])):
                return "angular momentum"
    return None


def _centre(system: System, law: ConservationLaw, laws: Sequence[ConservationLaw]) -> str | None:
    space = system.space
    if law.name is not None or "t" not in space.independent:
        return law.name
    t = space.variables[space.independent.index("t")]
    for variable in space.variables:
        moved = sympy.diff(law.density, variable)
        rest = sympy.expand(law.density - moved * variable)
        if variable == t or moved == 0 or moved.has(*space.variables) or rest.has(variable) or not rest.has(t):
            continue
        for name in ("mass", "energy"):
            if any(other.name == name and _is_multiple(moved, other.density) for other in laws):
                return _along(system, f"centre of {name}", variable.name)
    return None


def _integral(system: System, law: ConservationLaw) -> str | None:
    """Of one unknown among several."""
    unknown = next((u for u in system.space.unknowns if _is_multiple(law.density, u)), None)
    return law.name if law.name is not None or unknown is None else f"integral of {unknown}"
