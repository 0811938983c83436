"""From equations that are a variational derivative to a density of it, of low order.

On a part of E that is homogeneous of degree p in the jets, L = u.E / (p + 1) (Olver, Applications of Lie Groups to
Differential Equations, (5.112), for u -> s u); what has no derivatives is a gradient, and integrated as such. A term
c u_(2J) of another kind, with c of no higher order than J, comes from (-1)^|J| times the second integral of c in u_J.
"""

from __future__ import annotations

from collections.abc import Sequence

import sympy

from symgen.equations.conservation.antiderivative import antiderivative
from symgen.equations.conservation.collecting import collected
from symgen.equations.conservation.zero import is_zero
from symgen.jets.space import Jet, JetSpace
from symgen.symbolic import is_constant


def potential(space: JetSpace, equations: Sequence[sympy.Expr]) -> sympy.Expr | None:
    """L with dL/du^a = E_a as variational derivatives, which is checked; None where the rules find none."""
    scale = sympy.Symbol("scale", positive=True)
    total, rest = _quasilinear(space, list(equations))
    gradient, left = [sympy.S.Zero] * len(rest), sympy.S.Zero
    for place, (equation, unknown) in enumerate(zip(rest, space.unknowns, strict=True)):
        for term in sympy.Add.make_args(equation):
            power = _homogeneity(space, term)
            if power is not None and power != -1:
                total += unknown * term / (power + 1)
            elif any(jet.order for jet in space.jets(term)):
                left += unknown * _scaled(space, term, scale)
            else:
                gradient[place] += term
    if any(gradient):
        static = _static(space.unknowns, gradient)
        if static is None:
            return None
        total += static
    if left != 0:
        integrated = antiderivative(sympy.factor_terms(left), scale)
        if integrated is None:
            return None
        total += integrated.subs(scale, 1)
    density = collected(by_parts(space, total))
    differences = zip(variational_derivatives(space, density), equations, strict=True)
    return density if all(is_zero(sympy.expand(have - wanted)) for have, wanted in differences) else None


def _quasilinear(space: JetSpace, equations: list[sympy.Expr]) -> tuple[sympy.Expr, list[sympy.Expr]]:
    """A density for the terms c u_(2J) that are not homogeneous, and what it leaves of the equations."""
    total = sympy.S.Zero
    for name in space.dependent:
        for jet in reversed(space.jets(*equations)):
            own = equations[space.dependent.index(name)]
            half = Jet(name, tuple(order // 2 for order in jet.orders))
            slope = sympy.diff(own, space.symbol(jet))
            alike = jet.unknown == name and jet.order > 0 and all(order % 2 == 0 for order in jet.orders)
            low = all(other.order <= half.order for other in space.jets(slope))
            if not alike or not low or all(_homogeneity(space, t) is not None for t in sympy.Add.make_args(slope)):
                continue
            once = antiderivative(slope, space.symbol(half))
            twice = None if once is None else antiderivative(once, space.symbol(half))
            if twice is not None:
                part = (-1) ** half.order * twice
                total += part
                pairs = zip(equations, variational_derivatives(space, part), strict=True)
                equations = [sympy.expand(equation - made) for equation, made in pairs]
    return total, equations


def variational_derivatives(space: JetSpace, density: sympy.Expr) -> list[sympy.Expr]:
    """E_a(L) = sum over J of (-D)_J dL/du^a_J for every unknown."""
    found = dict.fromkeys(space.dependent, sympy.S.Zero)
    for jet in space.jets(density):
        term = sympy.diff(density, space.symbol(jet))
        for axis, order in enumerate(jet.orders):
            for _ in range(order):
                term = -space.total_derivative(term, axis)
        found[jet.unknown] += term
    return [sympy.expand(value) for value in found.values()]


def by_parts(space: JetSpace, density: sympy.Expr) -> sympy.Expr:
    """A density modulo divergences, with those terms integrated by parts whose order becomes lower."""
    done, pending = sympy.S.Zero, sympy.expand(density)
    while pending != 0:
        following = sympy.S.Zero
        for term in sympy.Add.make_args(pending):
            lowered = _lowered(space, term)
            if lowered is None:
                done += term
            else:
                following += lowered
        pending = sympy.expand(following)
    return sympy.expand(done)


def _lowered(space: JetSpace, term: sympy.Expr) -> sympy.Expr | None:
    """A u_J B ~ -D_i(B) u_(J - i)^(n + 1) / (n + 1) for B u_(J - i)^n u_J, if B is of an order less by two."""
    jets = space.jets(term)
    top = max(jets, key=lambda jet: jet.order, default=None)
    if top is None or top.order < 2 or sum(jet.order == top.order for jet in jets) > 1:
        return None
    symbol = space.symbol(top)
    rest = term / symbol
    if rest.has(symbol):
        return None
    for axis, order in enumerate(top.orders):
        below = space.symbol(top.raised(axis, -1)) if order else None
        if below is None:
            continue
        outside, inside = rest.as_independent(below, as_Add=False)
        power = sympy.degree(inside, below) if inside.is_polynomial(below) else None
        if power is None or max((jet.order for jet in space.jets(outside)), default=0) > top.order - 2:
            continue
        return -space.total_derivative(outside, axis) * below ** (power + 1) / (power + 1)
    return None


def _homogeneity(space: JetSpace, term: sympy.Expr) -> sympy.Expr | None:
    """p if a term is multiplied by s^p where all jets are multiplied by s; None where it is not homogeneous."""
    scale = sympy.Symbol("scale", positive=True)
    power = sympy.S.Zero
    for factor in sympy.Mul.make_args(_scaled(space, term, scale)):
        if not factor.has(scale):
            continue
        base, exponent = factor.args if factor.is_Pow and not factor.exp.has(scale) else (factor, sympy.S.One)
        for part in sympy.Mul.make_args(sympy.factor(base)):
            own, times = part.args if part.is_Pow and not part.exp.has(scale) else (part, sympy.S.One)
            if own == scale:
                power += times * exponent
            elif part.has(scale):
                return None
    return power if is_constant(power) else None


def _scaled(space: JetSpace, term: sympy.Expr, scale: sympy.Symbol) -> sympy.Expr:
    symbols = [space.symbol(jet) for jet in space.jets(term)]
    return term.subs({symbol: scale * symbol for symbol in symbols}, simultaneous=True)


def _static(unknowns: Sequence[sympy.Symbol], gradient: Sequence[sympy.Expr]) -> sympy.Expr | None:
    """V with dV/du^a = gradient_a."""
    total = sympy.S.Zero
    for unknown, slope in zip(unknowns, gradient, strict=True):
        rest = sympy.expand(slope - sympy.diff(total, unknown))
        if is_zero(rest):
            continue
        part = antiderivative(rest, unknown)
        if part is None:
            return None
        total += part
    return total
