"""Generators given by formulas."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

import sympy
import torch

from symgen.expressions import CompiledExpressions, parse_field
from symgen.generators.base import Generators, require_floating
from symgen.generators.space import Space

if TYPE_CHECKING:
    from symgen.generators.metadata import GeneratorRecord

SHOWN_DIGITS = 6
LARGEST_WHOLE = 10**12
"""Whole numbers from here on are shown as decimals."""
LARGEST_SHOWN = 1000
"""Fractions with a larger denominator are shown as decimals."""


class ClosedFormGenerators(Generators):
    """Generators whose components are sympy expressions in the coordinates of the space, physical units.

    `fields` has n rows of d expressions; their symbols are real and named as the space's coordinates.
    """

    def __init__(self, space: Space, fields: Sequence[Sequence[sympy.Expr]]) -> None:
        super().__init__(space, len(fields))
        self.fields = [tuple(sympy.sympify(component) for component in field) for field in fields]
        symbols = [sympy.Symbol(name, real=True) for name in space.names]
        for field in self.fields:
            foreign = {s for component in field for s in component.free_symbols} - set(symbols)
            if len(field) != space.dimension or foreign:
                raise ValueError(f"{field} is no vector field in {', '.join(space.names)}")
        self._symbols = symbols
        self._evaluate = CompiledExpressions(symbols, [c for field in self.fields for c in field])
        self._alone: dict[int, CompiledExpressions] = {}

    @classmethod
    def of_records(
        cls, space: Space, records: Sequence[GeneratorRecord], accuracy: float = math.inf
    ) -> ClosedFormGenerators | None:
        """The unit fields of these records by their formulas; None where one has none that is as near its field."""
        fields = []
        for record in records:
            if record.formula is None or record.norm is None or (record.formula_error or 0.0) > accuracy:
                return None
            fields.append([c / record.norm for c in parse_field(record.formula, space.names)])
        return cls(space, fields)

    def forward(self, points: torch.Tensor) -> torch.Tensor:
        """Points (P, d) -> components (n, P, d)."""
        require_floating(points)
        values = self._evaluate(points.unbind(-1))
        return values.reshape(self.count, self.space.dimension, -1).transpose(1, 2)

    def one(self, place: int, points: torch.Tensor) -> torch.Tensor:
        """One field at points (P, d) -> (P, d)."""
        require_floating(points)
        if place not in self._alone:
            self._alone[place] = CompiledExpressions(self._symbols, self.fields[place])
        return self._alone[place](points.unbind(-1)).T


def formula(field: Sequence[sympy.Expr], names: Sequence[str]) -> str:
    """A field in the usual notation, such as `t d/dx + d/du`; decimals are shortened for reading."""
    text = ""
    for component, name in zip(field, names, strict=True):
        component = readable(shortened(component))
        if component == 0:
            continue
        negative = component.could_extract_minus_sign()
        size = -component if negative else component
        text += (" - " if negative else " + ") if text else ("-" if negative else "")
        if size == 1:
            text += f"d/d{name}"
        else:
            factor = f"({size})" if size.is_Add else str(size)
            text += f"{factor} d/d{name}"
    return text.replace("**", "^") or "0"


def simplicity(field: Sequence[sympy.Expr]) -> tuple[int, list[bool], list[str]]:
    """Sorts short formulas first, and equally short ones always in the same order."""
    return sum(c.count_ops() + (c != 0) for c in field), [c == 0 for c in field], [str(c) for c in field]


def shortened(component: sympy.Expr, digits: int = SHOWN_DIGITS, largest: int = LARGEST_SHOWN) -> sympy.Expr:
    """With decimals of so many digits for longer ones and for fractions with a denominator beyond `largest`."""
    numbers = component.atoms(sympy.Float, sympy.Rational)
    long = [n for n in numbers if n.is_Float or n.q > largest or abs(n.p) >= LARGEST_WHOLE]
    return component.xreplace({n: sympy.Float(n, digits) for n in long})


def readable(component: sympy.Expr) -> sympy.Expr:
    """The shorter of an expression and its factored form."""
    factored = sympy.factor(component) if component.is_Add else component
    return min((component, factored), key=lambda e: len(str(e)))
