"""Solving a system for leading derivatives, and finding the equations that follow from it by differentiation.

Where two leading derivatives of one unknown have a derivative in common, its two values must agree; if on solutions
they do not, their difference is a new equation, as the pressure equation of an incompressible flow. When nothing new
comes, the system is passive: free derivatives may have any values (Riquier; Reid, European J. Appl. Math. 2, 1991).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from itertools import combinations, permutations

import sympy

from symgen.equations.reduction import Reduction
from symgen.exceptions import UsageError
from symgen.jets.space import Jet, JetSpace
from symgen.real_expressions import count_terms

MOST_DERIVED = 12
"""Equations that are added at most."""
MOST_TERMS = 400
"""Of an equation that is added."""
Ranking = Callable[[Jet], tuple[int, ...]]


class NotSolvable(Exception):
    """An equation that is not linear in its leading derivative."""

    def __init__(self, expression: sympy.Expr, lead: Jet) -> None:
        super().__init__(expression, lead)
        self.expression, self.lead = expression, lead


@dataclass
class Completion:
    """A system, solved."""

    rules: dict[Jet, sympy.Expr] = field(default_factory=dict)
    """From leading derivatives to what they equal."""
    derived: list[Jet] = field(default_factory=list)
    """Those leading derivatives whose equations were not given."""
    redundant: int = 0
    """Given equations that follow from the others."""
    gaps: list[str] = field(default_factory=list)
    """Why there may be further consequences."""


def rankings(space: JetSpace) -> list[Ranking]:
    """Orders of derivatives: most t's first, then most x's ...; then with other variables in front."""
    in_time = sorted(range(len(space.independent)), key=lambda axis: space.independent[axis] != "t")
    return [_by(space, axes) for axes in permutations(in_time)]


def _by(space: JetSpace, axes: Sequence[int]) -> Ranking:
    place = {name: -k for k, name in enumerate(space.dependent)}
    return lambda jet: (*(jet.orders[axis] for axis in axes), place[jet.unknown])


def complete(space: JetSpace, expressions: Sequence[sympy.Expr], ranking: Ranking) -> Completion:
    """The system solved for leading derivatives, with its consequences.

    Raises NotSolvable where a given equation is not linear in its own, UsageError where equations contradict
    one another or leave a relation without derivatives.
    """
    result = Completion()
    pending = [(expression, True) for expression in expressions]
    done: set[tuple[tuple[Jet, sympy.Expr], ...]] = set()
    while True:
        while pending:
            expression, given = pending.pop(0)
            reduced = Reduction(space, result.rules).on_solutions(expression)
            if _vanishes(reduced) if reduced is not expression else expression == 0:
                result.redundant += given
            else:
                pending += _insert(space, reduced, given, ranking, result)
            if len(result.derived) > MOST_DERIVED:
                result.gaps.append(f"more than {MOST_DERIVED} equations follow from them by differentiation")
                return result
        reduction = Reduction(space, result.rules)
        for left, right in combinations(result.rules, 2):
            pair = (left, result.rules[left]), (right, result.rules[right])
            if left.unknown != right.unknown or pair in done:
                continue
            done.add(pair)
            difference = _difference(reduction, left, right)
            if count_terms(difference) > MOST_TERMS:
                result.gaps.append(f"an equation of more than {MOST_TERMS} terms follows from them")
            elif not _vanishes(difference):
                pending.append((difference, False))
                break
        if not pending:
            return result


def _insert(
    space: JetSpace, expression: sympy.Expr, given: bool, ranking: Ranking, result: Completion
) -> list[tuple[sympy.Expr, bool]]:
    """Adds the rule of an equation, and returns the equations whose rules it makes void."""
    jets = space.jets(expression)
    if not jets:
        raise UsageError(f"The equations contradict one another: {expression} = 0 follows from them.")
    lead = max(jets, key=ranking)
    if sympy.expand(sympy.diff(expression, space.symbol(lead))) == 0:  # it is there before it is multiplied out only
        return [(sympy.expand(expression), given)]
    if not lead.order:
        raise UsageError(
            f"{expression} = 0 follows from the equations, without a derivative. Eliminate an unknown with it."
        )
    right = solved(space, expression, lead)
    if right is None and given:
        raise NotSolvable(expression, lead)
    if right is None:
        result.gaps.append(f"{expression} = 0 follows from them, which is not linear in {space.symbol(lead)}")
        return []
    void = [other for other in result.rules if other.exceeds(lead)]
    back = [(space.symbol(other) - result.rules.pop(other), other not in result.derived) for other in void]
    result.derived = [other for other in result.derived if other not in void] + ([] if given else [lead])
    result.rules[lead] = right
    return back


def solved(space: JetSpace, expression: sympy.Expr, jet: Jet) -> sympy.Expr | None:
    """What a derivative equals if an expression is zero; None where this is not linear in it."""
    symbol = space.symbol(jet)
    slope = sympy.diff(expression, symbol)
    return None if slope.has(symbol) else sympy.expand(-expression.subs(symbol, 0) / slope)


def _difference(reduction: Reduction, left: Jet, right: Jet) -> sympy.Expr:
    """Of the two values of the lowest derivative that both follow."""
    both = Jet(left.unknown, tuple(max(a, b) for a, b in zip(left.orders, right.orders, strict=True)))

    def value(lead: Jet) -> sympy.Expr:
        expression = reduction.reduce(lead)
        for axis, (have, least) in enumerate(zip(both.orders, lead.orders, strict=True)):
            for _ in range(have - least):
                expression = reduction.total_derivative(expression, axis)
        return expression

    return sympy.expand(value(left) - value(right))


def _vanishes(expression: sympy.Expr) -> bool:
    if expression == 0 or expression.is_polynomial(*expression.free_symbols):
        return sympy.expand(expression) == 0
    return sympy.simplify(expression) == 0
