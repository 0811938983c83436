"""Evolution equations of the form u_t = S D_i dH/du with a constant symmetric matrix S, such as KdV's with S = -1.

S D_i is a Hamiltonian operator (Olver, Applications of Lie Groups to Differential Equations, corollary 7.5): the
multiplier dT/du of a law belongs to the symmetry S D_i dT/du, that of the energy to d/dt, of the momentum to d/dx_i.
The energy is meant up to a multiple of the momentum: that of a frame in which the waves move may be the plainer one.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import sympy

from symgen.equations.conservation.law import ConservationLaw
from symgen.equations.conservation.zero import is_zero
from symgen.equations.system import System
from symgen.jets.space import Jet

MOST_UNKNOWNS = 4


@dataclass(frozen=True)
class Hamiltonian:
    """The operator S D_i, and the law that is the energy."""

    system: System
    axis: int
    matrix: sympy.Matrix
    energy: ConservationLaw

    def gives(self, multiplier: Sequence[sympy.Expr], change: Sequence[sympy.Expr]) -> bool:
        """Whether S D_i of the multiplier is a number, or function of t, times the change."""
        system = self.system
        made = self.matrix * sympy.Matrix(_differentiated(system, multiplier, self.axis))
        place = next((k for k, own in enumerate(made) if own != 0), None)
        if place is None:
            return False
        factor = sympy.cancel(change[place] / made[place])
        if factor == 0 or not factor.free_symbols <= {sympy.Symbol("t", real=True)}:
            return False
        return all(is_zero(sympy.expand(factor * a - b)) for a, b in zip(made, change, strict=True))

    def slopes(self) -> list[sympy.Expr]:
        """The first derivatives along the axis, by unknown."""
        return _slopes(self.system, self.axis)


def hamiltonian(system: System, laws: Sequence[ConservationLaw]) -> Hamiltonian | None:
    """The operator for which one of the laws is the energy; None where there is none among them."""
    size = len(system.space.dependent)
    if not system.is_evolution or size > MOST_UNKNOWNS or not _is_solved(system):
        return None
    time = system.space.independent.index("t")
    rates = [system.reduce(Jet(name, system.space.unit(time))) for name in system.space.dependent]
    for moving in (False, True):
        for law in laws:
            for axis in range(len(system.space.independent)):
                along = _slopes(system, axis) if moving else [sympy.S.Zero] * size
                made = _differentiated(system, law.multiplier, axis)
                matrix = None if axis == time else _symmetric(rates, along, made)
                if matrix is not None:
                    return Hamiltonian(system, axis, matrix, law)
    return None


def _is_solved(system: System) -> bool:
    """Whether the equations are u^a_t - F^a in the order of unknowns, up to a number, so that multipliers are dT/du."""
    for name, delta in zip(system.space.dependent, system.expressions, strict=False):
        lead = Jet(name, system.space.unit(system.space.independent.index("t")))
        if system.space.jets(delta).count(lead) != 1 or not sympy.diff(delta, system.space.symbol(lead)).is_number:
            return False
    return len(system.expressions) == len(system.space.dependent)


def _differentiated(system: System, multiplier: Sequence[sympy.Expr], axis: int) -> list[sympy.Expr]:
    space = system.space
    signs = [
        sympy.diff(delta, space.symbol(Jet(name, space.unit(space.independent.index("t")))))
        for name, delta in zip(space.dependent, system.expressions, strict=True)
    ]
    return [space.total_derivative(part * sign, axis) for part, sign in zip(multiplier, signs, strict=True)]


def _slopes(system: System, axis: int) -> list[sympy.Expr]:
    return [system.space.symbol(Jet(name, system.space.unit(axis))) for name in system.space.dependent]


def _symmetric(
    rates: Sequence[sympy.Expr], along: Sequence[sympy.Expr], made: Sequence[sympy.Expr]
) -> sympy.Matrix | None:
    """A constant symmetric matrix, not singular, that makes the rates, up to a multiple of `along`."""
    size = len(rates)
    names = {(a, b): sympy.Dummy() for a in range(size) for b in range(a, size)}
    speed = sympy.Dummy()
    matrix = sympy.Matrix(size, size, lambda a, b: names[min(a, b), max(a, b)])
    equations: list[sympy.Expr] = []
    symbols = sorted({s for e in (*rates, *along, *made) for s in e.free_symbols}, key=str)
    for rate, slope, whole in zip(rates, along, matrix * sympy.Matrix(made), strict=True):
        left = sympy.expand(whole - rate - speed * slope)
        if not left.is_polynomial(*symbols):
            return _plain_number(rates, made)
        equations += sympy.Poly(left, *symbols).coeffs() if symbols else [left]
    solution = sympy.solve(equations, [*names.values(), speed], dict=True)
    if not solution:
        return None
    found = matrix.xreplace(solution[0])
    found = found.xreplace(dict.fromkeys(found.free_symbols, sympy.S.Zero))
    return None if found.det() == 0 else found


def _plain_number(rates: Sequence[sympy.Expr], made: Sequence[sympy.Expr]) -> sympy.Matrix | None:
    """Of one unknown, with functions: a number, or a function of t."""
    if len(rates) != 1 or made[0] == 0:
        return None
    ratio = sympy.cancel(rates[0] / made[0])
    return sympy.Matrix([[ratio]]) if ratio.free_symbols <= {sympy.Symbol("t", real=True)} and ratio != 0 else None
