"""Jet space: independent variables, unknowns, and the unknowns' derivatives with their symbols."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from itertools import combinations_with_replacement
from typing import NamedTuple

import sympy

Orders = tuple[int, ...]
"""How often something is differentiated in each independent variable."""


def orders_of(dimension: int, order: int) -> list[Orders]:
    """All multi-indices J with |J| = order."""
    picks = combinations_with_replacement(range(dimension), order)
    return [tuple(pick.count(axis) for axis in range(dimension)) for pick in picks]


class Jet(NamedTuple):
    """A derivative of an unknown, or with orders 0 the unknown itself."""

    unknown: str
    orders: Orders

    @property
    def order(self) -> int:
        """How often it is differentiated, in all variables together."""
        return sum(self.orders)

    def raised(self, axis: int, by: int = 1) -> Jet:
        """Differentiated (or with a negative number integrated) in a variable."""
        return Jet(self.unknown, tuple(k + by * (place == axis) for place, k in enumerate(self.orders)))

    def exceeds(self, other: Jet) -> bool:
        """Whether it is a derivative of the other, or the same."""
        return self.unknown == other.unknown and all(a >= b for a, b in zip(self.orders, other.orders, strict=True))


@dataclass(frozen=True)
class JetSpace:
    """Coordinates y^1..y^m of one letter each and unknowns u^1..u^k; the symbols of derivatives are such as `v_xxy`.

    In a name the letters may have any order: `v_yxx` is read as `v_xxy`.
    """

    independent: tuple[str, ...]
    dependent: tuple[str, ...]

    def __post_init__(self) -> None:
        if any(len(name) != 1 for name in self.independent):
            raise ValueError(f"independent variables have names of one letter, not {', '.join(self.independent)}")
        if len({*self.independent, *self.dependent}) != len(self.independent) + len(self.dependent):
            raise ValueError("two coordinates have the same name")

    @property
    def names(self) -> tuple[str, ...]:
        """Of the coordinates of M: independent variables, then unknowns."""
        return (*self.independent, *self.dependent)

    @property
    def variables(self) -> tuple[sympy.Symbol, ...]:
        """Symbols of the independent variables."""
        return tuple(_symbol(name) for name in self.independent)

    @property
    def unknowns(self) -> tuple[sympy.Symbol, ...]:
        """Symbols of the unknowns themselves."""
        return tuple(_symbol(name) for name in self.dependent)

    @property
    def coordinates(self) -> tuple[sympy.Symbol, ...]:
        """Symbols of the coordinates of M."""
        return (*self.variables, *self.unknowns)

    @property
    def none(self) -> Orders:
        """The orders of what is not differentiated."""
        return (0,) * len(self.independent)

    def unit(self, axis: int) -> Orders:
        """The orders of a first derivative."""
        return tuple(int(place == axis) for place in range(len(self.independent)))

    def symbol(self, jet: Jet) -> sympy.Symbol:
        """The symbol of a derivative."""
        index = "".join(name * k for name, k in zip(self.independent, jet.orders, strict=True))
        return _symbol(f"{jet.unknown}_{index}" if index else jet.unknown)

    def jet(self, name: str) -> Jet | None:
        """The inverse of `symbol`, from a name; None for one that is no derivative of an unknown."""
        return _jet(self, name)

    def jets(self, *expressions: sympy.Expr) -> list[Jet]:
        """The derivatives in expressions, the unknowns themselves included."""
        names = {symbol.name for expression in expressions for symbol in expression.free_symbols}
        return self.sorted(jet for name in names if (jet := self.jet(name)) is not None)

    def sorted(self, jets: Iterable[Jet]) -> list[Jet]:
        """By unknown, then by orders."""
        return sorted(jets, key=lambda jet: (self.dependent.index(jet.unknown), jet.orders))

    def total_derivative(self, expression: sympy.Expr, axis: int) -> sympy.Expr:
        """D_i of an expression in the jets, multiplied out."""
        total = sympy.diff(expression, self.variables[axis])
        for jet in self.jets(expression):
            total += sympy.diff(expression, self.symbol(jet)) * self.symbol(jet.raised(axis))
        return sympy.expand(total)


@lru_cache(100_000)
def _symbol(name: str) -> sympy.Symbol:
    return sympy.Symbol(name, real=True)


@lru_cache(100_000)
def _jet(space: JetSpace, name: str) -> Jet | None:
    if name in space.dependent:
        return Jet(name, space.none)
    unknown, underscore, index = name.rpartition("_")
    if not (underscore and index and unknown in space.dependent and set(index) <= set(space.independent)):
        return None
    return Jet(unknown, tuple(index.count(letter) for letter in space.independent))
