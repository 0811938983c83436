"""`symgen inspect --equation`: the symmetries of an equation or a system by algebra, without data."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from rich.console import Group, RenderableType
from rich.text import Text

from symgen.cli.output import Output, facts, table, time_text

if TYPE_CHECKING:
    from symgen.equations.system import System
    from symgen.inspection.brackets import Bracket

DOUBT = "An ansatz proves no completeness: there may be symmetries outside it."


def inspect_equation(
    out: Output,
    formulas: Sequence[str],
    parameters: Mapping[str, float | str],
    degree: int | None,
    functions: Sequence[str],
    variables: Sequence[str] = (),
) -> None:
    """Print the symmetries within an ansatz, and their Lie brackets."""
    from symgen.generators.closed_form import formula as text_of
    from symgen.inspection.exact_brackets import exact_brackets
    from symgen.pde.algebra_of_formulas import algebra_of_formulas

    algebra = algebra_of_formulas(formulas, parameters, degree, functions, variables)
    system = algebra.system
    space = system.space
    for note in algebra.notes:
        out.warning(note)
    brackets = exact_brackets(algebra.fields, space.coordinates)
    fields = {"generators": algebra.fields, "trivial": algebra.trivial}
    document = {
        **equation_document(system),
        "degree": algebra.degree,
        "functions": [str(f) for f in algebra.functions],
        "unknowns": algebra.unknowns,
        **{
            key: [{"formula": [str(c) for c in field], "text": text_of(field, space.names)} for field in some]
            for key, some in fields.items()
        },
        "brackets": brackets,
        "of_full_degree": algebra.of_full_degree,
        "notes": algebra.notes,
        **out.time(),
    }
    out.result(document, lambda: render(document, brackets))


def render(document: dict[str, Any], brackets: list[Bracket]) -> RenderableType:
    """Tables for a person."""
    generators, functions = document["generators"], document["functions"]
    ansatz = f"polynomials in {', '.join(document['coordinates'])} up to degree {document['degree']}"
    if functions:
        ansatz += f"; those up to degree {max(document['degree'] - 1, 0)} times {', '.join(functions)}"
        ansatz += " (without t, where the function has it)" if any(re.search(r"\bt\b", f) for f in functions) else ""
    parts_of = document["complex"].items()
    about = facts(
        {
            **equation_facts(document),
            "complex": ", ".join(f"{name} = {real} + I*{imaginary}" for name, (real, imaginary) in parts_of) or None,
            "ansatz": ansatz.replace("**", "^"),
            "unknowns": f"{document['unknowns']} coefficients, exact arithmetic; every field checked",
            "time": time_text(document),
        }
    )
    count = len(generators)
    title = Text(f"{count} {'symmetry' if count == 1 else 'symmetries'} in the ansatz", style="bold")
    rows = [[f"F{place}", generator["text"]] for place, generator in enumerate(generators, 1)]
    parts: list[RenderableType] = [title, table(["", "generator"], rows), "", about]
    if document["trivial"]:
        said = "Trivial ones beside them: they move every solution along itself"
        parts += [
            "",
            Text(said, style="bold"),
            table(["", "generator"], [["", g["text"]] for g in document["trivial"]]),
        ]
    if brackets:
        parts += ["", Text("Lie brackets", style="bold"), _bracket_table(brackets, count)]
        if any(bracket.closure_error for bracket in brackets):
            parts.append(Text("out: not in the span of the generators listed", style="dim"))
    doubt = DOUBT
    if full := document["of_full_degree"]:
        doubt += f" {full} of those found {'has' if full == 1 else 'have'} its full degree, so that a higher "
        doubt += "--degree may hold more."
    return Group(*parts, "", Text(doubt, style="dim"))


def equation_document(system: System) -> dict[str, Any]:
    """What --json says of the equations."""
    space = system.space
    return {
        "equation": ", ".join(map(str, system.expressions)),
        "equations": [str(expression) for expression in system.expressions],
        "coordinates": space.names,
        "complex": system.complex_unknowns,
        "leading": ", ".join(str(space.symbol(lead)) for lead in system.rules if lead not in system.derived),
        "consequences": [f"{space.symbol(lead)} = {system.reduce(lead)}" for lead in system.derived],
    }


def equation_facts(document: dict[str, Any]) -> dict[str, str]:
    """What was solved for what."""
    if len(document["equations"]) == 1:
        return {"equation": f"{document['equation']} = 0, solved for {document['leading']}"}
    lines = {f"equation {place}": f"{text} = 0" for place, text in enumerate(document["equations"], 1)}
    follows = {f"follows {place}": text for place, text in enumerate(document["consequences"], 1)}
    return {**lines, "solved for": document["leading"], **follows}


def _bracket_table(brackets: list[Bracket], count: int) -> RenderableType:
    """[row, column] for all pairs."""
    entries = {(b.first, b.second): "out" if b.closure_error else str(b) for b in brackets}
    header = ["", *(f"F{place}" for place in range(1, count + 1))]
    rows = [[f"F{a}", *(entries.get((a, b), "") for b in range(1, count + 1))] for a in range(1, count + 1)]
    return table(header, rows)
