"""`symgen inspect --equation`: the symmetries of an equation by algebra, without data."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from rich.console import Group, RenderableType
from rich.text import Text

from symgen.cli.output import Output, facts, table

if TYPE_CHECKING:
    from symgen.inspection.brackets import Bracket

NAMES = ("x", "t", "u")
DOUBT = "An ansatz proves no completeness: there may be symmetries outside it."


def inspect_equation(
    out: Output, formula: str, parameters: dict[str, float | str], degree: int | None, functions: Sequence[str]
) -> None:
    """Print the symmetries of an equation within an ansatz, and their Lie brackets."""
    from symgen.expressions import parse_field
    from symgen.generators.closed_form import formula as text_of
    from symgen.inspection.exact_brackets import exact_brackets
    from symgen.pde.equation import Equation
    from symgen.pde.parameters import require_used
    from symgen.pde.symmetry_algebra import DEGREE, symmetry_algebra

    start = time.perf_counter()
    require_used(formula, parameters)
    equation = Equation.from_string(formula, parameters)
    given = parse_field(functions, NAMES)
    algebra = symmetry_algebra(equation, DEGREE if degree is None else degree, given)
    for note in algebra.notes:
        out.warning(note)
    brackets = exact_brackets(algebra.fields)
    document = {
        "equation": str(equation.expression),
        "leading": str(equation.leading_symbol),
        "degree": algebra.degree,
        "functions": [str(f) for f in algebra.functions],
        "unknowns": algebra.unknowns,
        "generators": [{"formula": [str(c) for c in field], "text": text_of(field, NAMES)} for field in algebra.fields],
        "brackets": brackets,
        "seconds": time.perf_counter() - start,
    }
    out.result(document, lambda: render(document, brackets))


def render(document: dict[str, Any], brackets: list[Bracket]) -> RenderableType:
    """Tables for a person."""
    generators, functions = document["generators"], document["functions"]
    ansatz = f"polynomials in x, t, u up to degree {document['degree']}"
    if functions:
        ansatz += f"; those in x and u up to degree {max(document['degree'] - 1, 0)} times {', '.join(functions)}"
    about = facts(
        {
            "equation": f"{document['equation']} = 0, solved for {document['leading']}",
            "ansatz": ansatz.replace("**", "^"),
            "unknowns": f"{document['unknowns']} coefficients, exact arithmetic; every field checked",
            "time": f"{document['seconds']:.1f} s",
        }
    )
    count = len(generators)
    title = Text(f"{count} {'symmetry' if count == 1 else 'symmetries'} in the ansatz", style="bold")
    rows = [[f"F{place}", generator["text"]] for place, generator in enumerate(generators, 1)]
    parts: list[RenderableType] = [title, table(["", "generator"], rows), "", about]
    if brackets:
        parts += ["", Text("Lie brackets", style="bold"), _bracket_table(brackets, count)]
        if any(bracket.closure_error for bracket in brackets):
            parts.append(Text("out: not in the span of the generators listed", style="dim"))
    return Group(*parts, "", Text(DOUBT, style="dim"))


def _bracket_table(brackets: list[Bracket], count: int) -> RenderableType:
    """[row, column] for all pairs."""
    entries = {(b.first, b.second): "out" if b.closure_error else str(b) for b in brackets}
    header = ["", *(f"F{place}" for place in range(1, count + 1))]
    rows = [[f"F{a}", *(entries.get((a, b), "") for b in range(1, count + 1))] for a in range(1, count + 1)]
    return table(header, rows)
