"""Derivatives on solutions: those that follow from the equations are replaced by the free ones."""

from __future__ import annotations

from collections.abc import Mapping

import sympy

from symgen.jets.space import Jet, JetSpace


class Reduction:
    """Replaces each of some leading derivatives, and all derivatives of these, by what `rules` say.

    Right-hand sides must have no derivative that comes after the leading one in a ranking that differentiation keeps,
    so that replacing ends.
    """

    def __init__(self, space: JetSpace, rules: Mapping[Jet, sympy.Expr]) -> None:
        self.space = space
        self.rules = dict(rules)
        self._known: dict[Jet, sympy.Expr] = {}

    def leading(self, jet: Jet) -> Jet | None:
        """The leading derivative that a derivative follows from; None for a free one."""
        return next((lead for lead in self.rules if jet.exceeds(lead)), None)

    def reduce(self, jet: Jet) -> sympy.Expr:
        """A derivative in terms of free ones."""
        if jet not in self._known:
            self._known[jet] = self._reduced(jet)
        return self._known[jet]

    def on_solutions(self, expression: sympy.Expr) -> sympy.Expr:
        """An expression in terms of free derivatives; as it is, if it has no others."""
        found = {
            self.space.symbol(jet): self.reduce(jet)
            for jet in self.space.jets(expression)
            if self.leading(jet) is not None
        }
        return sympy.expand(expression.xreplace(found)) if found else expression

    def total_derivative(self, expression: sympy.Expr, axis: int, expand: bool = True) -> sympy.Expr:
        """D_i of an expression in free derivatives, on solutions; multiplied out or not."""
        total = sympy.diff(expression, self.space.variables[axis])
        for jet in self.space.jets(expression):
            total += sympy.diff(expression, self.space.symbol(jet)) * self.reduce(jet.raised(axis))
        return sympy.expand(total) if expand else total

    def _reduced(self, jet: Jet) -> sympy.Expr:
        lead = self.leading(jet)
        if lead is None:
            return self.space.symbol(jet)
        if lead == jet:
            return self.on_solutions(self.rules[jet])
        axis = next(i for i, (have, least) in enumerate(zip(jet.orders, lead.orders, strict=True)) if have > least)
        return self.total_derivative(self.reduce(jet.raised(axis, -1)), axis)
