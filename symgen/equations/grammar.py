"""Formulas on a jet space: names of coordinates, derivatives and parameters, brackets with an index, and `lap`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import reduce

import sympy

from symgen.expressions import parse
from symgen.jets.space import Jet, JetSpace
from symgen.real_expressions import count_terms

MAX_ORDER = 8
MOST_DERIVED = 100
"""Terms of a bracket with an index, when it is multiplied out."""
PARAMETER_HINT = " (a parameter: --param {name}=VALUE)"
UNKNOWN_HINT = PARAMETER_HINT[:-1] + "; an unknown has a derivative somewhere, such as {name}_{last})"
OTHER_WORDS = {"i": "the imaginary unit is written I", "e": "the number e is written exp(1), and its powers exp(u)"}
"""What names of common notation, where they are no parameters, are written like."""
IMAGINARY = ("I", "conj", "re", "im")
"""What makes unknowns complex where it occurs; abs does not."""


@dataclass(frozen=True)
class Notation:
    """What the names in formulas stand for.

    `written` has the unknowns by the names that formulas use; complex ones among them, `parts`, stand for
    real part + I imaginary part, which are unknowns of `space`.
    """

    written: JetSpace
    values: Mapping[str, sympy.Expr] = field(default_factory=dict)
    parts: Mapping[str, tuple[str, str]] = field(default_factory=dict)

    @property
    def space(self) -> JetSpace:
        """With the parts of complex unknowns."""
        names = [part for name in self.written.dependent for part in self.parts.get(name, (name,))]
        return JetSpace(self.written.independent, tuple(names))

    def parse(self, text: str) -> sympy.Expr:
        """The expression Delta of an equation Delta = 0, with I in it; UsageError points at a fault in the text."""
        own = self.written.dependent
        some = [f"{name}_{letter}" for name in own for letter in self.written.independent]
        known = [*self.written.names, *some, *self.values]
        hint = UNKNOWN_HINT.replace("{last}", self.written.independent[-1])
        functions = {"lap": self.laplacian, "abs": modulus, "conj": conjugate}
        functions |= {"re": lambda value: parts_of(value)[0], "im": lambda value: parts_of(value)[1]}
        return parse(text, self.lookup, known, hint, self.derivative, functions, real=False)

    def lookup(self, name: str) -> sympy.Expr | None:
        """Parameters first, so that a name such as D_x can be one."""
        if name in self.values:
            return self.values[name]
        if name in self.written.independent:
            return self.written.variables[self.written.independent.index(name)]
        jet = self.written.jet(name)
        if jet is None:
            require_usual(name, self.written)
            return sympy.I if name == "I" else None
        require_order(jet.order)
        if jet.unknown not in self.parts:
            return self.space.symbol(jet)
        real, imaginary = (self.space.symbol(Jet(part, jet.orders)) for part in self.parts[jet.unknown])
        return real + sympy.I * imaginary

    def derivative(self, expression: sympy.Expr, index: str) -> sympy.Expr:
        """Of `(a)_xx`."""
        return indexed_derivative(self.space, expression, index)

    def laplacian(self, expression: sympy.Expr) -> sympy.Expr:
        """The sum of the second derivatives in all variables but t."""
        across = [letter for letter in self.written.independent if letter != "t"]
        if not across:
            raise ValueError("has lap, but nothing says in which variables: give them, as in --variables x,y,t")
        return sympy.Add(*(self.derivative(expression, 2 * letter) for letter in across))


def modulus(value: sympy.Expr) -> sympy.Expr:
    """|a + ib|, whose square has no root in it."""
    real, imaginary = parts_of(value)
    return sympy.sqrt(real**2 + imaginary**2)


def conjugate(value: sympy.Expr) -> sympy.Expr:
    """a - ib."""
    real, imaginary = parts_of(value)
    return real - sympy.I * imaginary


def parts_of(value: sympy.Expr) -> tuple[sympy.Expr, sympy.Expr]:
    """Real and imaginary part of an expression in real symbols, multiplied out."""
    if not value.has(sympy.I):
        return value, sympy.S.Zero
    if value.is_Add:
        pairs = [parts_of(part) for part in value.args]
        return sympy.Add(*(real for real, _ in pairs)), sympy.Add(*(imaginary for _, imaginary in pairs))
    if value.is_Mul:
        return reduce(_product, map(parts_of, value.args))
    if value.is_Pow and value.exp.is_Integer:
        real, imaginary = reduce(_product, [parts_of(value.base)] * abs(int(value.exp)))
        size = sympy.S.One if value.exp > 0 else real**2 + imaginary**2
        return real / size, imaginary / size if value.exp > 0 else -imaginary / size
    if isinstance(value, sympy.exp):
        real, imaginary = parts_of(value.args[0])
        return sympy.exp(real) * sympy.cos(imaginary), sympy.exp(real) * sympy.sin(imaginary)
    return value.as_real_imag()


def _product(
    left: tuple[sympy.Expr, sympy.Expr], right: tuple[sympy.Expr, sympy.Expr]
) -> tuple[sympy.Expr, sympy.Expr]:
    (a, b), (c, d) = left, right
    return sympy.expand(a * c - b * d), sympy.expand(a * d + b * c)


def indexed_derivative(space: JetSpace, expression: sympy.Expr, index: str) -> sympy.Expr:
    """`(a)_index`, multiplied out; ValueError for a letter that is no variable and for what is too long."""
    if not set(index) <= set(space.independent):
        letters = " and ".join(space.independent)
        raise ValueError(f"has the index {index!r}; derivatives are in {letters}, as in (u**2)_{space.independent[0]}")
    require_order(max((jet.order for jet in space.jets(expression)), default=0) + len(index))
    for letter in index:
        if count_terms(expression) > MOST_DERIVED:
            raise ValueError(f"is a derivative of more than {MOST_DERIVED} terms")
        expression = space.total_derivative(expression, space.independent.index(letter))
    return expression


def require_usual(name: str, space: JetSpace) -> None:
    """Raise ValueError for a name that has no meaning, but is how others write something else."""
    if name in OTHER_WORDS and name not in space.names:
        raise ValueError(f"has the unknown name {name!r}; {OTHER_WORDS[name]}")
    if name in space.dependent:
        return
    for unknown in space.dependent:
        rest = name.removeprefix(unknown)
        if rest != name and rest and set(rest) <= set("xyzt"):
            raise ValueError(f"has the unknown name {name!r}; did you mean '{unknown}_{rest}'?")
        if rest != name and space.jet(rest) is not None:
            raise ValueError(f"has the unknown name {name!r}; write {unknown}*{rest} for a product")


def require_order(order: int) -> None:
    """Raise ValueError for a derivative of too high an order."""
    if order > MAX_ORDER:
        raise ValueError(f"has a derivative of order {order}; at most {MAX_ORDER} are supported")


def listed(names: Sequence[str]) -> str:
    """`u, v and p`."""
    return " and ".join([", ".join(names[:-1]), names[-1]] if len(names) > 1 else names)
