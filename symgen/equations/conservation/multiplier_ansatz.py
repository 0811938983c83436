"""Functions that multipliers are combinations of: products of variables and derivatives, and functions times these."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import sympy

from symgen.equations.ansatz import independent_terms
from symgen.equations.conservation.antiderivative import antiderivative
from symgen.equations.suggestions import modes, suggestions
from symgen.equations.system import System
from symgen.equations.truncation import is_linear
from symgen.exceptions import UsageError
from symgen.jets.space import Jet, orders_of

MOST_UNKNOWNS = 6000
"""Coefficients of an ansatz."""
SOME_UNKNOWNS = 2000
"""Coefficients that are solved for in a second or two: defaults stay below."""
SOME_WITH_FUNCTIONS, MOST_SUGGESTED = 300, 6
"""Coefficients, and functions that equations suggest, of a default ansatz with such functions, which is slower."""
DEGREE, MOST_DEGREE = 3, 6
MOST_ORDER = 4
"""Of the default ansatz."""


@dataclass(frozen=True)
class Ansatz:
    """Functions that the components of a multiplier are combinations of."""

    terms: tuple[sympy.Expr, ...]
    order: int
    """Derivatives in one product, of all its factors together, at most."""
    degree: int
    """Total degree of the products."""
    functions: tuple[sympy.Expr, ...]
    """Functions that stand before products of one degree less."""


def ansatz(system: System, order: int, degree: int, functions: Sequence[sympy.Expr] = ()) -> Ansatz:
    """Products of independent variables, unknowns and free derivatives, and functions times those of a degree less.

    Raises UsageError where they are too many.
    """
    space = system.space
    jets = [
        Jet(unknown, orders)
        for unknown in space.dependent
        for k in range(order + 1)
        for orders in orders_of(len(space.independent), k)
    ]
    variables = [(symbol, 0) for symbol in space.variables]
    variables += [(space.symbol(jet), jet.order) for jet in jets if system.leading(jet) is None]
    lower = max(degree - 1, 0)
    wanted = {
        function: [pair for pair in variables if space.jets(function) or not function.has(pair[0])]
        for function in dict.fromkeys(functions)
    }
    count = _count(variables, order, degree) + sum(_count(own, order, lower) for own in wanted.values())
    if (count := count * len(system.expressions)) > MOST_UNKNOWNS:
        raise UsageError(
            f"Multipliers of order {order} and degree {degree} have {count} coefficients; at most {MOST_UNKNOWNS} are "
            "supported. Choose a lower --order or --degree."
        )
    terms = _products(variables, order, degree)
    multiples = {f: [f * term for term in _products(own, order, lower)] for f, own in wanted.items()}
    chosen, spare = independent_terms([symbol for symbol, _ in variables], terms, multiples)
    return Ansatz(tuple(chosen), order, degree, tuple(f for f in wanted if f not in spare))


def default_ansatz(
    system: System, order: int | None = None, degree: int | None = None, functions: Sequence[sympy.Expr] = ()
) -> Ansatz:
    """With the order and degree that are given; what is not, as large as is quick.

    To functions that are given, those are added that the equations suggest, where that is quick.
    """
    orders = [order] if order is not None else list(range(default_order(system), -1, -1))
    degrees = [degree] if degree is not None else list(range(default_degree(system), 0, -1))
    more = suggested(system)
    wanted = [*dict.fromkeys([*functions, *(more if len(more) <= MOST_SUGGESTED else [])])]
    choices = [
        (k, d, own, most_unknowns)
        for k in orders
        for d in degrees
        if d > 1 or k == orders[-1]
        for own, most_unknowns in ((wanted, SOME_WITH_FUNCTIONS), (functions, SOME_UNKNOWNS))
    ]
    for most, own_degree, own_functions, most_unknowns in choices:
        try:
            found = ansatz(system, most, own_degree, own_functions)
        except UsageError:
            continue
        if len(found.terms) * len(system.expressions) <= most_unknowns:
            return found
    return ansatz(system, orders[-1], degrees[-1], functions)


def default_order(system: System) -> int:
    """That in which energies are found: one less than the equation's, or its own if one of several is of order one."""
    if system.order == 1 and is_linear(system):
        return 0
    coupled = len(system.space.dependent) > 1 and any(lead.order == 1 for lead in system.rules)
    return min(MOST_ORDER, max(1, system.order - (0 if coupled else 1)))


def default_degree(system: System) -> int:
    """That of the equations in unknowns and derivatives, as energies have it, and at least `DEGREE`."""
    symbols = [system.space.symbol(jet) for jet in system.space.jets(*system.expressions)]
    degrees = [sympy.total_degree(e, *symbols) for e in system.expressions if e.is_polynomial(*symbols)]
    return min(MOST_DEGREE, max(DEGREE, *degrees, DEGREE))


def suggested(system: System) -> list[sympy.Expr]:
    """Functions in which multipliers are likely to be written.

    Those of the independent variables that symmetries have, with inverses of growth and their squares; functions and
    powers in the equations, with their derivatives and antiderivatives in an unknown.
    """
    space = system.space
    found = [f for f in suggestions(system) if not space.jets(f)]
    growths = [growth for growth in modes(system) if isinstance(growth, sympy.exp)]
    found += [growth**power for growth in growths for power in (-1, -2)]
    for expression in system.expressions:
        for atom in sorted(expression.atoms(sympy.Function, sympy.Pow), key=str):
            jets = space.jets(atom)
            if len(jets) != 1 or (atom.is_Pow and atom.exp.is_Integer and atom.exp > 0):
                continue
            symbol = space.symbol(jets[0])
            found += [atom, sympy.diff(atom, symbol)]
            whole = antiderivative(atom, symbol)
            found += [] if whole is None else [whole]
    bare = [term.as_coeff_Mul()[1] for f in found for term in sympy.Add.make_args(sympy.expand(f))]
    variables = {*space.variables, *space.unknowns}
    return [*dict.fromkeys(f for f in bare if f.free_symbols and not f.is_polynomial(*variables, *f.free_symbols))]


def _products(variables: Sequence[tuple[sympy.Symbol, int]], order: int, degree: int) -> list[sympy.Expr]:
    """Of at most so many factors with at most so many derivatives."""
    found: list[tuple[sympy.Expr, int, int]] = [(sympy.S.One, 0, 0)]
    level = list(found)
    for _ in range(degree):
        level = [
            (term * symbol, weight + own, place)
            for term, weight, first in level
            for place, (symbol, own) in enumerate(variables[first:], first)
            if weight + own <= order
        ]
        found += level
    return [term for term, _, _ in found]


def _count(variables: Sequence[tuple[sympy.Symbol, int]], order: int, degree: int) -> int:
    """How many products there are: by number of factors and of derivatives, one variable after the other."""
    counts = [[int(k == own == 0) for own in range(order + 1)] for k in range(degree + 1)]
    for _, weight in variables:
        for k in range(1, degree + 1):
            for own in range(weight, order + 1):
                counts[k][own] += counts[k - 1][own - weight]
    return sum(map(sum, counts))
