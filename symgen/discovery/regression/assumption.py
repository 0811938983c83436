"""Regression of one u(x, t) among the equations that have symmetries which are assumed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import sympy

from symgen.discovery.regression.restricted import Restricted
from symgen.discovery.regression.systems import System
from symgen.discovery.regression.terms import Candidate
from symgen.equations.fields import read_field
from symgen.equations.invariant import Components, invariant
from symgen.exceptions import UsageError
from symgen.generators.closed_form import formula
from symgen.jets.space import JetSpace
from symgen.pde.grammar import SPACE

GIVEN = "--assume says which symmetries an equation has that is sought in the data, and the equation is given."
UNKNOWN = (
    ": {name!r} is no coordinate. A symmetry with an unknown number in it cannot be assumed: write the number, such as "
    "2*t*d/dx"
)
WRITTEN = "\nWrite fields as in --assume 'd/dx, t*d/dx + d/du', separated by commas."


def assumed_fields(texts: Sequence[str], names: Sequence[str]) -> tuple[Components, ...]:
    """Fields from texts, each with one or several, separated by commas; UsageError for what is none."""
    fields = []
    for own in (own for text in texts for own in text.split(",")):
        if not own.strip():
            raise UsageError(f"--assume: one of the fields is empty.{WRITTEN}")
        try:
            fields.append(read_field(own, names, hint=UNKNOWN))
        except UsageError as error:
            raise UsageError(f"--assume {own.strip()!r}: {error}{WRITTEN}") from error
    return tuple(dict.fromkeys(fields))


def assumed_texts(fields: Sequence[Components], space: JetSpace) -> tuple[str, ...]:
    """For the record: `t d/dx + d/du`."""
    return tuple(formula(field, space.names) for field in fields)


@dataclass(frozen=True, eq=False)
class Restriction:
    """The terms of a library that assumed symmetries leave: the fixed ones first."""

    terms: tuple[Candidate, ...]
    matrix: np.ndarray
    """(terms of the library, terms)."""
    exact: tuple[sympy.Rational, ...]
    """Coefficients of the fixed terms."""

    @classmethod
    def of(cls, terms: Sequence[Candidate], order: int, fields: Sequence[Components]) -> Restriction | None:
        """For an equation in u_t or u_tt; None if no sum of the terms has the symmetries, or nothing but 0."""
        found = invariant(SPACE, order, [[term.in_jets for term in terms]], fields)
        if found is None or not (found.fixed or found.basis):
            return None
        fixed = {place: value for (_, place), value in found.fixed.items()}
        columns = [{place: sympy.S.One} for place in fixed]
        columns += [{place: value for (_, place), value in one.items()} for one in found.basis]
        matrix = np.zeros((len(terms), len(columns)))
        for number, column in enumerate(columns):
            for place, value in column.items():
                matrix[place, number] = float(value)
        own = tuple(_sum([(value, terms[place]) for place, value in column.items()]) for column in columns)
        return cls(own, matrix, tuple(fixed.values()))

    def __call__(self, plain: System) -> Restricted:
        """The restricted linear equations."""
        return Restricted.of(plain, self.terms, self.matrix, self.exact)


def _sum(parts: Sequence[tuple[sympy.Rational, Candidate]]) -> Candidate:
    """One candidate that adds up several; a single one stays itself."""
    (first, single), *others = parts
    if first == 1 and not others:
        return single
    flat = [(value * own, part) for value, term in parts for own, part in (term.parts or ((sympy.S.One, term),))]
    power, k = max(term.power for _, term in parts), max(term.k for _, term in parts)
    return Candidate(power, k, name=f"({sum_text([(value, term.text) for value, term in parts])})", parts=tuple(flat))


def sum_text(parts: Sequence[tuple[sympy.Rational, str]]) -> str:
    """`u_xx + 1/2 u_yy - v`."""
    text = ""
    for value, own in parts:
        sign = ("-" if value < 0 else "") if not text else (" - " if value < 0 else " + ")
        text += sign + ("" if abs(value) == 1 else f"{abs(value)} ") + own
    return text
