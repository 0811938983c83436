"""`symgen inspect --equation`: the symmetries of an equation or a system by algebra, without data."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from rich.console import Group, RenderableType
from rich.text import Text

from symgen.cli.output import Output, facts, table, time_text, with_carets
from symgen.words import numbered

if TYPE_CHECKING:
    from symgen.equations.system import System
    from symgen.inspection.brackets import Bracket

MOST_LISTED = 3
"""Fields of a special value that are written out."""
MOST_COLUMNS = 10
"""Of a square table of brackets."""
MOST_TERMS = 4
"""Of one bracket in it."""
DOUBT = "An ansatz proves no completeness: there may be symmetries outside it."


def inspect_equation(
    out: Output,
    formulas: Sequence[str],
    parameters: Mapping[str, float | str | None],
    degree: int | None,
    functions: Sequence[str],
    variables: Sequence[str] = (),
    seconds: float | None = None,
) -> None:
    """Print the symmetries within an ansatz, and their Lie brackets."""
    from symgen.generators.closed_form import formula as text_of
    from symgen.inspection.exact_brackets import exact_brackets
    from symgen.pde.algebra_of_formulas import SECONDS, algebra_of_formulas

    with out.progress("Solving for symmetries", "algebra"):
        algebra = algebra_of_formulas(formulas, parameters, degree, functions, variables, seconds or SECONDS)
    system = algebra.system
    space = system.space
    for note in algebra.notes:
        out.warning(note)
    with out.progress("Taking brackets", "brackets"):
        brackets = exact_brackets(algebra.fields, space.coordinates)

    def texts(some: Sequence[Sequence[Any]]) -> list[dict[str, Any]]:
        return [{"formula": [str(c) for c in field], "text": text_of(field, space.names)} for field in some]

    document = {
        **equation_document(system),
        "degree": algebra.degree,
        "functions": [str(f) for f in algebra.functions],
        "unknowns": algebra.unknowns,
        "generators": texts(algebra.fields),
        "trivial": texts(algebra.trivial),
        "special_values": [
            {
                "at": str(one),
                "values": {str(name): str(value) for name, value in one.values.items()},
                "count": len(one.fields),
                "linear": one.linear,
                "generators": texts(one.fields),
                "more": texts(one.more),
            }
            for one in algebra.special
        ],
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
            "ansatz": with_carets(ansatz),
            "unknowns": f"{numbered(document['unknowns'], 'coefficient')}, exact arithmetic; every field checked",
            "time": time_text(document),
        }
    )
    count = len(generators)
    title = Text(f"{numbered(count, 'symmetry', 'symmetries')} in the ansatz", style="bold")
    rows = [[f"F{place}", generator["text"]] for place, generator in enumerate(generators, 1)]
    parts: list[RenderableType] = [title, table(["", "generator"], rows), "", about]
    if document["trivial"]:
        said = "Trivial ones beside them: they move every solution along itself"
        parts += [
            "",
            Text(said, style="bold"),
            table(["", "generator"], [["", g["text"]] for g in document["trivial"]]),
        ]
    if document["symbols"]:
        parts += ["", *_special_parts(document)]
    if brackets:
        parts += ["", Text("Lie brackets", style="bold"), _bracket_table(brackets, count)]
        outside = sum(bool(bracket.closure_error) for bracket in brackets)
        if count > MOST_COLUMNS:
            left = f"Not in the span of the generators listed: {outside} others. " if outside else ""
            parts.append(Text(f"{left}All other pairs commute.", style="dim"))
        elif outside:
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
        "symbols": [str(parameter) for parameter in system.parameters],
        "leading": ", ".join(str(space.symbol(lead)) for lead in system.rules if lead not in system.derived),
        "consequences": [f"{space.symbol(lead)} = {system.reduce(lead)}" for lead in system.derived],
    }


def equation_facts(document: dict[str, Any]) -> dict[str, str]:
    """What was solved for what, and which parameters are symbols."""
    symbols = (
        {"symbols": f"{', '.join(document['symbols'])}: any numbers but 0, where formulas have a value"}
        if document["symbols"]
        else {}
    )
    if len(document["equations"]) == 1:
        return {"equation": f"{with_carets(document['equation'])} = 0, solved for {document['leading']}", **symbols}
    lines = {f"equation {place}": with_carets(f"{text} = 0") for place, text in enumerate(document["equations"], 1)}
    follows = {f"follows {place}": with_carets(text) for place, text in enumerate(document["consequences"], 1)}
    return {**lines, "solved for": document["leading"], **follows, **symbols}


def _special_parts(document: dict[str, Any]) -> list[RenderableType]:
    """Values of the parameters at which there are more symmetries."""
    symbols = " and ".join(document["symbols"])
    if not document["special_values"]:
        return [Text(f"No value of {symbols} is found at which there are more.", style="bold")]
    rows = []
    for one in document["special_values"]:
        more = [generator["text"] for generator in one["more"]]
        listed = "; ".join(more[:MOST_LISTED]) + ("; ..." if len(more) > MOST_LISTED else "")
        rows.append([one["at"], "linear" if one["linear"] else str(one["count"]), listed])
    return [Text("More symmetries at", style="bold"), table(["", "symmetries", "beside those above"], rows)]


def _bracket(bracket: Bracket) -> str:
    return "out" if bracket.closure_error else bracket.short(MOST_TERMS)


def _bracket_table(brackets: list[Bracket], count: int) -> RenderableType:
    """[row, column] for all pairs; of many generators, those brackets that are in their span and not zero."""
    if count > MOST_COLUMNS:
        pairs = [[f"[F{b.first}, F{b.second}]", _bracket(b)] for b in brackets if b.constants]
        return table(["bracket", "is"], pairs) if pairs else Text("0 for all pairs in the span.")
    entries = {(b.first, b.second): _bracket(b) for b in brackets}
    header = ["", *(f"F{place}" for place in range(1, count + 1))]
    rows = [[f"F{a}", *(entries.get((a, b), "") for b in range(1, count + 1))] for a in range(1, count + 1)]
    return table(header, rows)
