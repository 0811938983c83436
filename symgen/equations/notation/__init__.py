"""Equations in the notations that people use, rewritten in symgen's own; text that this grammar has stays as it is.

Derivatives: `Derivative(u(x, t), t)`, `diff(u, x, 2)`, `D[u, {x, 2}]`, `u_{xx}`, `∂u/∂t`, `d^2u/dx^2`, `\\partial_t u`,
`\\frac{\\partial u}{\\partial t}`, `x'`. The rest: `6 u u_x`, `u²`, `u(1 - u)`, `u(x, t)`, `==`, LaTeX and typographic
signs. What can be read in two ways is refused, with both written out. Nothing is evaluated.
"""

from symgen.equations.notation.plain import Plain, plain

__all__ = ["Plain", "plain"]
