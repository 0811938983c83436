"""From an expression that is a divergence to what it is the divergence of.

Terms with the highest derivatives are integrated first, along t where they can be; where that ends, the homotopy
operator is used: F = sum of D_i P^i with, on a part of F that is homogeneous of degree p in the jets,

    P^i = 1/p sum over a, I of (I_i + 1) / (|I| + 1) D_I( u^a E_a^(I + e_i)(F) )

and the higher Euler operators E^(J) (Olver, Applications of Lie Groups to Differential Equations, theorem 5.104). Other
parts are integrated over the scale of the jets, from 0 or from 1.
"""

from __future__ import annotations

from itertools import product as combinations

import sympy

from symgen.equations.conservation.antiderivative import antiderivative
from symgen.equations.conservation.differential_ring import DifferentialRing, Poly, add, powers, product, scaled
from symgen.equations.conservation.zero import is_zero
from symgen.jets.space import Jet, JetSpace, Orders
from symgen.symbolic import is_constant

MOST_STEPS = 200
_SCALE = sympy.Symbol("scale", positive=True)


def divergence_of(space: JetSpace, expression: sympy.Expr) -> list[sympy.Expr] | None:
    """P^i, one for each independent variable, which is checked; None where no rule finds them.

    `expression` must be a divergence: one whose variational derivatives vanish.
    """
    found = _found(space, expression)
    if found is None:  # terms with functions apart from polynomial ones
        jets = [space.symbol(jet) for jet in space.jets(expression)]
        terms = sympy.Add.make_args(expression)
        plain = sympy.Add(*(term for term in terms if term.is_polynomial(*jets)))
        both = [_found(space, part) for part in (plain, expression - plain)] if plain not in (0, expression) else []
        if both and both[0] is not None and both[1] is not None:
            found = [first + second for first, second in zip(*both, strict=True)]
    return found


def _found(space: JetSpace, expression: sympy.Expr) -> list[sympy.Expr] | None:
    """By one of the rules, checked."""
    ways = (lambda: _by_parts(space, expression), *(lambda b=b: _by_homotopy(space, expression, b) for b in (0, 1)))
    for way in ways:
        found = way()
        if found is None:
            continue
        total = sympy.Add(*(space.total_derivative(own, axis) for axis, own in enumerate(found)))
        if is_zero(sympy.expand(total - expression)):
            return found
    return None


def _by_parts(space: JetSpace, expression: sympy.Expr) -> list[sympy.Expr] | None:
    """The coefficient of the highest derivative, integrated in a lower one, again and again."""
    ring = DifferentialRing(space)
    total = [sympy.S.Zero for _ in space.independent]
    rest = expression
    for _ in range(MOST_STEPS):
        jets = [jet for jet in space.jets(rest) if jet.order]
        if not jets:
            break
        step = _step(ring, rest, max(jets, key=lambda jet: _rank(space, jet)))
        if step is None:
            return None
        axis, inner, changed = step
        total[axis] += inner
        rest = sympy.expand(rest - changed)
    if space.jets(rest):
        return None
    if rest != 0:
        axis = _axes(space)[-1]
        inner = antiderivative(rest, space.variables[axis])
        if inner is None:
            return None
        total[axis] += inner
    return [sympy.expand(own) for own in total]


def _step(ring: DifferentialRing, rest: sympy.Expr, top: Jet) -> tuple[int, sympy.Expr, sympy.Expr] | None:
    """An axis i, R and D_i R, so that less of the highest derivative is left without this."""
    space = ring.space
    symbol, limit = space.symbol(top), _rank(space, top)
    coefficient = sympy.diff(rest, symbol)
    if coefficient.has(symbol):
        return None
    for part in dict.fromkeys([coefficient, *sympy.Add.make_args(coefficient)]):
        for axis in _axes(space):
            inner = antiderivative(part, space.symbol(top.raised(axis, -1))) if top.orders[axis] else None
            if inner is None:
                continue
            changed = ring.expression(ring.total_derivative(ring(inner), axis))
            if all(_rank(space, jet) < limit for jet in space.jets(sympy.expand(changed - part * symbol))):
                return axis, inner, changed
    return None


def _axes(space: JetSpace) -> list[int]:
    """t first."""
    return sorted(range(len(space.independent)), key=lambda axis: space.independent[axis] != "t")


def _rank(space: JetSpace, jet: Jet) -> tuple[int, int, Orders, int]:
    """Mixed derivatives come last, as they follow from others by parts: u_t u_xx = D_x(u_t u_x) - u_xt u_x."""
    orders = tuple(jet.orders[axis] for axis in _axes(space))
    return jet.order, max(jet.orders), orders, space.dependent.index(jet.unknown)


def _by_homotopy(space: JetSpace, expression: sympy.Expr, base: int) -> list[sympy.Expr] | None:
    """With unknowns that are scaled about 0, or about 1 where terms have no value there."""
    about = {symbol: symbol + base for symbol in space.unknowns}
    ring = DifferentialRing(space)
    parts: dict[sympy.Expr | None, Poly] = {}
    for packed, value in ring(expression.xreplace(about) if base else expression).items():
        parts.setdefault(_degree(ring, packed), {})[packed] = value
    total = [sympy.S.Zero for _ in space.independent]
    for degree, polynomial in parts.items():
        if degree == 0 and not ring.jets(polynomial):
            axis, variable = next(
                (pair for pair in enumerate(space.variables) if pair[1].name != "t"), (0, space.variables[0])
            )
            found = antiderivative(ring.expression(polynomial), variable)
            if found is None:
                return None
            total[axis] += found
            continue
        for axis in range(len(total)):
            flux = _homotopy(ring, polynomial, axis)
            if degree:
                total[axis] += ring.expression(flux) / degree
                continue
            along = _along_scale(space, ring.expression(flux))
            if along is None:
                return None
            total[axis] += along
    back = {symbol: symbol - base for symbol in space.unknowns}
    return [sympy.expand(own.xreplace(back) if base else own) for own in total]


def _homotopy(ring: DifferentialRing, polynomial: Poly, axis: int) -> Poly:
    space = ring.space
    total: Poly = {}
    jets = ring.jets(polynomial)
    for unknown, symbol in zip(space.dependent, space.unknowns, strict=True):
        own = [jet.orders for jet in jets if jet.unknown == unknown]
        most = [max((orders[k] for orders in own), default=0) for k in range(len(space.independent))]
        for orders in combinations(*(range(m + 1) for m in most)):
            raised = tuple(k + (place == axis) for place, k in enumerate(orders))
            if not any(Jet(unknown, each).exceeds(Jet(unknown, raised)) for each in own):
                continue
            part = product(ring(symbol), ring.euler(polynomial, unknown, raised))
            for place, times in enumerate(orders):
                for _ in range(times):
                    part = ring.total_derivative(part, place)
            add(total, scaled(part, sympy.QQ(orders[axis] + 1, sum(orders) + 1)))
    return total


def _degree(ring: DifferentialRing, packed: int) -> sympy.Expr | None:
    """The power by which a monomial is multiplied where all jets are; None for functions that have none."""
    total = sympy.S.Zero
    for place, power in powers(packed):
        symbol = ring.symbols[place]
        if ring.jet(place) is not None:
            total += power
        elif ring.space.jets(symbol):
            base, exponent = symbol.as_base_exp()
            if not base.is_Symbol or not is_constant(exponent):
                return None
            total += power * exponent
    return total


def _along_scale(space: JetSpace, flux: sympy.Expr) -> sympy.Expr | None:
    """The integral of P[s u] / s over s from 0 to 1."""
    scaled_jets = {space.symbol(jet): _SCALE * space.symbol(jet) for jet in space.jets(flux)}
    found = antiderivative(sympy.expand(flux.xreplace(scaled_jets) / _SCALE), _SCALE)
    if found is None:
        return None
    ends = found.subs(_SCALE, 1) - found.subs(_SCALE, 0)
    bad = ends.has(sympy.nan, sympy.zoo, sympy.oo, -sympy.oo) or any(p.base == 0 for p in ends.atoms(sympy.Pow))
    return None if bad else sympy.expand(ends)
