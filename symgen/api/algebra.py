"""`symgen.algebra`: the symmetries of equations, without data."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from symgen.api.html import formula_html
from symgen.api.words import in_python, python_words
from symgen.generators.closed_form import formula
from symgen.generators.text import aligned
from symgen.printable import escape

if TYPE_CHECKING:
    import sympy

    from symgen.equations.symmetry_algebra import SymmetryAlgebra
    from symgen.equations.system import System
    from symgen.inspection.brackets import Bracket

MOST_BRACKETS = 24
"""That are printed."""
DOUBT = "Found within an ansatz; there may be more outside it."


@dataclass(frozen=True, repr=False)
class Algebra:
    """The symmetries of equations that an ansatz holds, exactly; a sequence of formulas, and printed a table."""

    found: SymmetryAlgebra

    @property
    def system(self) -> System:
        """The equations, as they were solved for leading derivatives."""
        return self.found.system

    @property
    def fields(self) -> tuple[tuple[sympy.Expr, ...], ...]:
        """Components of every field, expressions in the order of `names`."""
        return tuple(tuple(field) for field in self.found.fields)

    @property
    def names(self) -> tuple[str, ...]:
        """Of the coordinates: independent variables, then unknowns."""
        return tuple(self.system.space.names)

    @property
    def formulas(self) -> tuple[str, ...]:
        """In the usual notation, such as `t d/dx + d/du`."""
        return tuple(formula(field, self.names) for field in self.found.fields)

    @property
    def trivial(self) -> tuple[str, ...]:
        """Those that move every solution along itself, which `formulas` has not."""
        return tuple(formula(field, self.names) for field in self.found.trivial)

    @cached_property
    def brackets(self) -> tuple[Bracket, ...]:
        """[F_a, F_b] of all pairs, generators counted from 1, as combinations of the generators."""
        from symgen.inspection.exact_brackets import exact_brackets

        return tuple(exact_brackets(self.found.fields, self.system.space.coordinates))

    @property
    def special_values(self) -> dict[str, tuple[str, ...]]:
        """Values of symbolic parameters at which there are more symmetries, such as `m = -4/3`, with these."""
        return {str(one): tuple(formula(field, self.names) for field in one.fields) for one in self.found.special}

    @property
    def notes(self) -> tuple[str, ...]:
        """What was left out, and why."""
        return tuple(map(in_python, self.found.notes))

    def bracket(self, first: int, second: int) -> str:
        """[F_a, F_b] of generators counted from 0, such as `2 F1`; `out` where it is no combination of them.

        Raises IndexError for another generator.
        """
        first, second = range(len(self))[first], range(len(self))[second]
        if first == second:
            return "0"
        low, high = sorted((first + 1, second + 1))
        found = next(b for b in self.brackets if (b.first, b.second) == (low, high))
        if found.closure_error:
            return "out"
        return str(found if first < second else found.turned())

    def __len__(self) -> int:
        return len(self.found.fields)

    def __getitem__(self, index: int) -> str:
        return self.formulas[index]

    def __repr__(self) -> str:
        lines = [f"{len(self)} symmetries of {self.system}"]
        if len(self):
            lines.append(aligned([[f"F{place}", text] for place, text in enumerate(self.formulas, 1)]))
        special = [f"{len(fields)} symmetries at {where}" for where, fields in self.special_values.items()]
        return "\n".join(
            [*lines, *self._brackets, *special, *(f"trivial: {text}" for text in self.trivial), *self.notes, DOUBT]
        )

    def _repr_html_(self) -> str:
        rows = "".join(
            f"<tr><td>F{place}</td><td>{formula_html(text)}</td></tr>" for place, text in enumerate(self.formulas, 1)
        )
        shown = "".join(f"<li>{escape(text)}</li>" for text in self._brackets)
        notes = "".join(f"<p>{escape(note)}</p>" for note in (*self.notes, DOUBT))
        caption = escape(f"{len(self)} symmetries of {self.system}")
        return f"<table><caption>{caption}</caption><tbody>{rows}</tbody></table><ul>{shown}</ul>{notes}"

    @property
    def _brackets(self) -> list[str]:
        """The first of those that are not zero, in words."""
        found = [b for b in self.brackets if b.constants or b.closure_error]
        left = len(found) - MOST_BRACKETS
        shown = [f"[F{b.first}, F{b.second}] = {'out' if b.closure_error else b}" for b in found[:MOST_BRACKETS]]
        return [*shown, f"... and {left} more brackets"] if left > 0 else shown


@python_words()
def algebra(
    equation: str | Sequence[str],
    parameters: Mapping[str, float | str | None] | None = None,
    *,
    degree: int | None = None,
    functions: str | Sequence[str] = (),
    variables: str | Sequence[str] = (),
    time_limit: float | None = None,
) -> Algebra:
    """The Lie point symmetries of an equation, or of a system, by exact algebra, as `symgen inspect --equation`.

    The ansatz has polynomials up to `degree`, functions that the equations suggest, and the `functions` given, such as
    "exp(t)". Parameters whose value is None stay symbols, of any value but 0: then `special_values` says where there
    are more symmetries. `variables` are independent ones that occur in no derivative. Raises UsageError for equations
    that cannot be read or solved, or not within `time_limit` seconds of computing, 300 by default.

    >>> import symgen
    >>> burgers = symgen.algebra("u_t + u*u_x = nu*u_xx", {"nu": "1/2"})
    >>> burgers.formulas
    ('d/dx', 'd/dt', 't d/dx + d/du', 'x d/dx + 2*t d/dt - u d/du', 't*x d/dx + t^2 d/dt - (t*u - x) d/du')
    >>> burgers.bracket(1, 2)
    'F1'
    """
    from symgen.pde.algebra_of_formulas import SECONDS, algebra_of_formulas

    formulas, others, independent = ([own] if isinstance(own, str) else own for own in (equation, functions, variables))
    return Algebra(algebra_of_formulas(formulas, parameters, degree, others, independent, time_limit or SECONDS))
