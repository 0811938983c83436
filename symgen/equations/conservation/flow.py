"""Ordinary equations as a flow on their state."""

from __future__ import annotations

from dataclasses import dataclass

import sympy

from symgen.equations.conservation.collecting import collected
from symgen.equations.conservation.zero import is_zero
from symgen.equations.system import System
from symgen.exceptions import UsageError
from symgen.jets.space import Jet


@dataclass(frozen=True)
class Flow:
    """The vector field d/dt + sum of rates d/d(state), along which solutions move."""

    time: sympy.Symbol
    """The independent variable."""
    state: tuple[sympy.Symbol, ...]
    """Unknowns and their derivatives below the leading ones."""
    rates: tuple[sympy.Expr, ...]
    """Derivatives of the state, in the state and time."""

    @classmethod
    def of(cls, system: System) -> Flow:
        """The flow of ordinary equations; UsageError where they have several variables, or do not fix the state."""
        space = system.space
        if len(space.independent) != 1:
            raise UsageError("First integrals are those of ordinary equations, in one independent variable.")
        state: list[sympy.Symbol] = []
        rates: list[sympy.Expr] = []
        for name in space.dependent:
            order = min((lead.orders[0] for lead in system.rules if lead.unknown == name), default=0)
            if order == 0:
                raise UsageError(f"No equation gives a derivative of {name}, so that there is no flow.")
            state += [space.symbol(Jet(name, (k,))) for k in range(order)]
            rates += [collected(system.reduce(Jet(name, (k + 1,)))) for k in range(order)]
        return cls(space.variables[0], tuple(state), tuple(rates))

    @property
    def coordinates(self) -> tuple[sympy.Symbol, ...]:
        """Time, and the state."""
        return (self.time, *self.state)

    def derivative(self, expression: sympy.Expr) -> sympy.Expr:
        """Of a function of time and the state along solutions; products multiplied out."""
        total = sympy.diff(expression, self.time)
        for symbol, rate in zip(self.state, self.rates, strict=True):
            if expression.has(symbol):
                total += sympy.diff(expression, symbol) * rate
        return sympy.expand_mul(total)

    def conserves(self, integral: sympy.Expr) -> bool:
        """Whether the derivative of a function along solutions is zero, exactly."""
        return is_zero(self.derivative(integral), self.coordinates)
