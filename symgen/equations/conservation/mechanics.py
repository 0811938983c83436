"""First integrals that mechanics has names for."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations

import sympy

from symgen.equations.conservation.collecting import collected
from symgen.equations.conservation.flow import Flow
from symgen.equations.conservation.homotopy import variational_derivatives
from symgen.equations.conservation.lagrangian import Lagrangian
from symgen.equations.conservation.zero import is_zero
from symgen.equations.system import System
from symgen.jets.space import Jet

LARGEST_VECTOR = 3
"""Unknowns of second order that may be a place in space."""


def recognised(system: System, flow: Flow, found: Lagrangian | None) -> dict[sympy.Expr, str]:
    """Energy, angular momenta and the Laplace-Runge-Lenz vector, of those that are first integrals, with their names.

    Energy: sum of v dL/dv - L for a Lagrangian without t. The others for two or three unknowns of second order, with
    place q and rate F of the velocity v: q_i v_j - q_j v_i, and q |v|^2 - v (q.v) + |q|^2 F, which is v x (q x v) - k
    q/|q| under Kepler's force F = -k q/|q|^3.
    """
    candidates: dict[sympy.Expr, str] = {}
    if found is not None and found.density is not None and not found.density.has(flow.time):
        candidates[energy(system, flow, found.density)] = "energy"
    space = system.space
    place = list(space.unknowns)
    second = all(lead.orders == (2,) for lead in system.rules) and len(system.rules) == len(place)
    if second and 2 <= len(place) <= LARGEST_VECTOR:
        velocity = [space.symbol(Jet(name, (1,))) for name in space.dependent]
        force = [flow.rates[flow.state.index(v)] for v in velocity]
        for i, j in combinations(range(len(place)), 2):
            name = "angular momentum" if len(place) == 2 else f"angular momentum in {place[i]}, {place[j]}"
            candidates[place[i] * velocity[j] - place[j] * velocity[i]] = name
        speed, radius, along = (_dot(a, b) for a, b in ((velocity, velocity), (place, place), (place, velocity)))
        if any(force):
            for q, v, f in zip(place, velocity, force, strict=True):
                candidates[collected(q * speed - v * along + radius * f)] = f"Laplace-Runge-Lenz vector in {q}"
    return {i: name for i, name in candidates.items() if i.free_symbols and flow.conserves(i)}


def energy(system: System, flow: Flow, density: sympy.Expr) -> sympy.Expr:
    """sum of v dL/dv - L, for a Lagrangian in unknowns and their first derivatives v (Jacobi's integral)."""
    space = system.space
    velocities = [space.symbol(Jet(name, (1,))) for name in space.dependent]
    return collected(sympy.Add(*(v * sympy.diff(density, v) for v in velocities)) - density)


def lagrangian_of_energy(system: System, flow: Flow, integral: sympy.Expr) -> Lagrangian | None:
    """L = T - V for an integral T + V of equations of second order, if they follow from it; else None.

    T are its terms with two velocities, V those with none, and there are no others. The matrix depends on the place.
    """
    space = system.space
    if integral.has(flow.time) or any(lead.orders != (2,) for lead in system.rules):
        return None
    velocities = [space.symbol(Jet(name, (1,))) for name in space.dependent]
    if not integral.is_polynomial(*velocities):
        return None
    parts = {0: sympy.S.Zero, 2: sympy.S.Zero}
    for powers, coefficient in sympy.Poly(integral, *velocities).terms():
        if sum(powers) not in parts:
            return None
        parts[sum(powers)] += coefficient * sympy.Mul(*(v**k for v, k in zip(velocities, powers, strict=True)))
    leads = [space.symbol(Jet(name, (2,))) for name in space.dependent]
    masses = sympy.hessian(parts[2], velocities)
    slopes = sympy.Matrix([[sympy.diff(delta, lead) for lead in leads] for delta in system.expressions])
    if not slopes.is_diagonal() or is_zero(sympy.expand(masses.det()), flow.coordinates):
        return None
    matrix = sympy.ImmutableMatrix(masses.shape[0], masses.shape[0], lambda i, j: -masses[i, j] / slopes[j, j])
    density = parts[2] - parts[0]
    equations = matrix * sympy.Matrix(system.expressions)
    pairs = zip(variational_derivatives(space, density), equations, strict=True)
    return Lagrangian(density, matrix) if all(is_zero(sympy.expand(a - b)) for a, b in pairs) else None


def halved(system: System, integral: sympy.Expr) -> sympy.Expr:
    """An energy times the number that makes its first square of a velocity with a constant factor v^2/2."""
    for name in system.space.dependent:
        mass = sympy.diff(integral, system.space.symbol(Jet(name, (1,))), 2)
        if mass.is_number and mass != 0:
            return sympy.expand_mul(integral / mass)
    return integral


def shape_name(system: System, flow: Flow, integral: sympy.Expr) -> str | None:
    """`momentum` for c.v and `centre of mass` for c.(q - v t), of equations of second order with constant c.

    With the unknowns that it is of, where these are not all: `momentum in a, b`.
    """
    space = system.space
    if any(lead.orders != (2,) for lead in system.rules):
        return None
    place = list(space.unknowns)
    velocity = [space.symbol(Jet(name, (1,))) for name in space.dependent]
    slopes = [sympy.diff(integral, v) for v in velocity]
    if all(slope.is_number for slope in slopes) and integral == _dot(slopes, velocity):
        return of_unknowns("momentum", system, slopes)
    weights = [sympy.diff(integral, q) for q in place]
    moved = sympy.expand(integral - _dot(weights, [q - flow.time * v for q, v in zip(place, velocity, strict=True)]))
    return of_unknowns("centre of mass", system, weights) if all(w.is_number for w in weights) and moved == 0 else None


def of_unknowns(name: str, system: System, parts: Sequence[sympy.Expr]) -> str:
    """A name with the unknowns whose parts are not zero, if they are not all."""
    own = [unknown for unknown, part in zip(system.space.dependent, parts, strict=True) if part != 0]
    return name if len(own) == len(parts) else f"{name} in {', '.join(own)}"


def _dot(left: Sequence[sympy.Expr], right: Sequence[sympy.Expr]) -> sympy.Expr:
    return sympy.expand(sympy.Add(*(a * b for a, b in zip(left, right, strict=True))))
