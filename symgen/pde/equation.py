"""A 1-D equation Delta = 0 from a sympy expression; all that is needed of it is derived, not typed in."""

from __future__ import annotations

from collections.abc import Mapping

import sympy

from symgen.equations.system import System, to_be_solved
from symgen.exceptions import UsageError
from symgen.jets.space import Jet as SpaceJet
from symgen.pde.grammar import SPACE, Jet, jet_symbol, parse_equation, symbol_jet
from symgen.pde.parameters import Given, exact_values


class Equation:
    """Delta(x, t, u, u_x, u_t, ...) = 0 for one unknown u(x, t), solved for its leading derivative.

    The leading derivative is the one with most t's, then most x's, u_t in evolution equations; or, where this one does
    not occur linearly, the one with most x's, then most t's. Wherever an expression is reduced to solutions, it and its
    derivatives are replaced. Raises UsageError for an expression without a time derivative or linear in neither.
    """

    def __init__(self, expression: sympy.Expr) -> None:
        self.expression = sympy.sympify(expression)
        if not any(jet[1] for jet in self.jets(self.expression)):
            raise UsageError(f"The equation {self.expression} = 0 has no derivative in t such as u_t.")
        self.system = System(SPACE, [self.expression])
        (lead,) = self.system.rules
        self.leading: Jet = (lead.orders[0], lead.orders[1])
        self.leading_coefficient = sympy.diff(self.expression, self.leading_symbol)

    @classmethod
    def from_string(cls, text: str, parameters: Mapping[str, Given] | None = None) -> Equation:
        """The equation of a string that equals zero, such as `u_t + u*u_x - nu*u_xx` with {"nu": 0.01}.

        Values may also be constants as text, see `symgen.pde.parameters`, such as "0.01/pi"; None leaves a symbol.
        """
        with to_be_solved([text]):
            return cls(parse_equation(text, exact_values(parameters)))

    def __str__(self) -> str:
        return f"{self.expression} = 0"

    @property
    def order(self) -> int:
        """Highest number of x-derivatives in the equation."""
        return max(jet[0] for jet in self.jets(self.expression))

    @property
    def is_evolution(self) -> bool:
        """Whether it is u_t = F(x, t, u, u_x, ...): then derivatives in x are all that data must give."""
        return self.leading == (0, 1)

    @property
    def leading_symbol(self) -> sympy.Symbol:
        """The derivative that the equation is solved for."""
        return jet_symbol(self.leading)

    @property
    def right_hand_side(self) -> sympy.Expr:
        """F in (leading derivative) = F."""
        return self.reduce(self.leading)

    @staticmethod
    def jets(expression: sympy.Expr) -> list[Jet]:
        """The derivatives of u in an expression, u itself included."""
        return sorted(jet for s in expression.free_symbols if (jet := symbol_jet(s)) is not None)

    def reduce(self, jet: Jet) -> sympy.Expr:
        """A derivative of u on solutions: itself, unless it follows from the leading one."""
        return self.system.reduce(SpaceJet("u", jet))

    def total_derivative(self, expression: sympy.Expr, direction: int, expand: bool = True) -> sympy.Expr:
        """D_x (direction 0) or D_t (direction 1) of an expression in jets, on solutions; multiplied out or not."""
        return self.system.total_derivative(expression, direction, expand)
