"""A system Delta_1 = 0, ..., Delta_R = 0 on a jet space, solved for leading derivatives."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import sympy

from symgen.equations.completion import Completion, NotSolvable, complete, rankings
from symgen.equations.disguises import require_denominators
from symgen.equations.reading import read_system
from symgen.equations.reduction import Reduction
from symgen.exceptions import UsageError
from symgen.jets.space import JetSpace
from symgen.pde.parameters import Given, exact_values
from symgen.symbolic import parameters_in
from symgen.time_limit import refused_after

SECONDS = 90.0
"""Of computing, until equations are solved for their leading derivatives."""
SHOWN = 60
"""Characters of an equation in a message."""
TRIED = 6
"""Rankings that are tried in search of one that leaves no gap."""


class System(Reduction):
    """Equations for any number of unknowns; one equation is a system of one.

    Each is solved for a derivative of its own, the highest in an order of all derivatives: that with most t's, then
    most x's, y's and z's; or where an equation is not linear in it, in another order of the variables. Equations
    that follow by differentiation are added. Raises UsageError that says what is wrong with the equations.
    """

    def __init__(
        self,
        space: JetSpace,
        expressions: Sequence[sympy.Expr],
        complex_unknowns: Mapping[str, tuple[str, str]] | None = None,
    ) -> None:
        self.expressions = tuple(sympy.sympify(expression) for expression in expressions)
        self.complex_unknowns = dict(complex_unknowns or {})
        """From names in the formulas to those of real and imaginary part."""
        self.parameters = parameters_in(*self.expressions)
        """Those that are left as symbols."""
        known = {*self.parameters, *space.variables, *(space.symbol(jet) for jet in space.jets(*self.expressions))}
        for expression in self.expressions:
            if foreign := sorted(expression.free_symbols - known, key=str):
                raise UsageError(f"The parameter {foreign[0]} has no value. Give one with --param {foreign[0]}=VALUE.")
            if not any(jet.order for jet in space.jets(expression)):
                raise UsageError(
                    f"The equation {expression} = 0 has no derivative. Eliminate one of the unknowns with it."
                )
        if len(self.expressions) < len(space.dependent):
            raise UsageError(_too_few(space, len(self.expressions)))
        require_denominators(self.expressions, str(self))
        completion = _completed(space, self.expressions)
        require_denominators(completion.rules.values(), f"{self}, solved for its leading derivative,")
        super().__init__(space, completion.rules)
        if len(self.expressions) - completion.redundant < len(space.dependent):
            raise UsageError(
                f"{completion.redundant} of the equations follow{'s' * (completion.redundant == 1)} from the others. "
                + _too_few(space, len(self.expressions) - completion.redundant)
            )
        self.derived = tuple(completion.derived)
        """Leading derivatives of the equations that follow from those given."""
        self.gaps = tuple(dict.fromkeys(completion.gaps))
        """Why there may be consequences that are not among the rules."""

    @classmethod
    def from_strings(
        cls,
        texts: Sequence[str],
        parameters: Mapping[str, Given] | None = None,
        independent: Sequence[str] = (),
        unknowns: Sequence[str] = (),
    ) -> System:
        """The system of strings that equal zero, or have an equals sign, such as `u_t = v_x`, `v_t = u_x`.

        Unknowns are the names with derivatives, `independent` variables those of x, y, z and t that occur; both may be
        given, and then nothing else is one. Where formulas have I, conj, re or im, unknowns are complex, and split,
        `psi` into `psi_r` and `psi_i`; but those with a real equation of their own are real. All other names are
        `parameters` with values (see `symgen.pde.parameters`), or None for a symbol: any number but 0.
        """
        with to_be_solved(texts):
            read = read_system(texts, exact_values(parameters), independent, unknowns)
            return cls(read.space, read.expressions, read.parts)

    def __str__(self) -> str:
        return ", ".join(f"{expression} = 0" for expression in self.expressions)

    def at(self, values: Mapping[sympy.Symbol, sympy.Expr]) -> System:
        """The system with other expressions in place of parameters."""
        expressions = [_put_in(expression, values) for expression in self.expressions]
        return System(self.space, expressions, self.complex_unknowns)

    @property
    def order(self) -> int:
        """The highest order of a derivative in the equations."""
        return max(jet.order for jet in self.space.jets(*self.expressions))

    @property
    def is_evolution(self) -> bool:
        """Whether it is u^a_t = F^a for every unknown, with t-derivatives nowhere else, and no more."""
        if "t" not in self.space.independent or len(self.rules) != len(self.space.dependent):
            return False
        first = self.space.unit(self.space.independent.index("t"))
        return all(lead.orders == first for lead in self.rules)


def to_be_solved(texts: Sequence[str]) -> refused_after:
    """The time in which equations are read and solved for their leading derivatives."""
    return refused_after(
        SECONDS, f"Solving {in_short(texts)} for derivatives", "Write the equations in a simpler form."
    )


def in_short(texts: Sequence[str]) -> str:
    """Equations in a message."""
    return ", ".join(text if len(text) <= SHOWN else f"{text[:SHOWN]}..." for text in texts)


def _put_in(expression: sympy.Expr, values: Mapping[sympy.Symbol, sympy.Expr]) -> sympy.Expr:
    """UsageError where there is no finite value."""
    result = sympy.expand(expression.subs(values))
    nothing = any(power.base == 0 for power in result.atoms(sympy.Pow))  # 0^m, where m may be negative
    if nothing or result.has(sympy.zoo, sympy.nan, sympy.oo, sympy.I):
        texts = ", ".join(f"{name} = {value}" for name, value in values.items())
        raise UsageError(f"The equation {expression} = 0 has no value at {texts}.")
    return result


def _completed(space: JetSpace, expressions: Sequence[sympy.Expr]) -> Completion:
    """In the first ranking without gaps, or else the first in which the equations can be solved."""
    found: list[Completion] = []
    failures: list[NotSolvable] = []
    for ranking in rankings(space):
        try:
            found.append(complete(space, expressions, ranking))
        except NotSolvable as failure:
            failures.append(failure)
            continue
        if not found[-1].gaps:
            return found[-1]
        if len(found) == TRIED:
            break
    if found:
        return found[0]
    names = " or ".join(dict.fromkeys(str(space.symbol(f.lead)) for f in failures))
    which = f" {failures[0].expression} = 0" if len(expressions) > 1 else ""
    raise UsageError(f"The equation{which} is not linear in {names}, so it cannot be solved for it.")


def _too_few(space: JetSpace, count: int) -> str:
    """What to say of fewer equations than unknowns."""
    names = ", ".join(space.dependent)
    return (
        f"{len(space.dependent)} unknowns ({names}) need as many equations, and there {'is' if count == 1 else 'are'} "
        f"{count}: the system is underdetermined. Give one --equation for each unknown."
    )
