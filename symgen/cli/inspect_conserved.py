"""`symgen inspect --equation --conserved`: conservation laws of an equation or a system by algebra, without data."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from rich.console import Group, RenderableType
from rich.text import Text

from symgen.cli.inspect_equation import equation_document, equation_facts
from symgen.cli.output import Output, facts, table, time_text, with_carets
from symgen.words import numbered

if TYPE_CHECKING:
    import sympy

    from symgen.equations.conservation.law import Conserved

DOUBT = "An ansatz proves no completeness: there may be laws with multipliers outside it."
MEANING = (
    "On solutions D_t density + the sum of D_i flux is zero: the integral of the density changes by what flows out."
)


def inspect_conserved(
    out: Output,
    formulas: Sequence[str],
    parameters: Mapping[str, float | str | None],
    degree: int | None,
    functions: Sequence[str],
    variables: Sequence[str] = (),
    order: int | None = None,
    seconds: float | None = None,
) -> None:
    """Print the conservation laws whose multipliers are within an ansatz."""
    from symgen.equations.conservation.laws import conservation_laws
    from symgen.equations.grammar import Notation
    from symgen.equations.notation import plain
    from symgen.equations.system import System, in_short
    from symgen.pde.algebra_of_formulas import LONGER, SECONDS
    from symgen.pde.parameters import exact_values, require_used
    from symgen.time_limit import refused_after

    what = f"The search for what {in_short(formulas)} conserves"
    with out.progress("Solving for multipliers", "algebra"), refused_after(seconds or SECONDS, what, LONGER):
        rewritten = plain(formulas, parameters, variables)
        require_used(", ".join(rewritten.texts), parameters)
        system = System.from_strings(rewritten.texts, parameters, variables or rewritten.variables)
        notation = Notation(system.space, exact_values(parameters))
        found = conservation_laws(system, order, degree, [notation.parse(function) for function in functions])
    for note in found.notes:
        out.warning(note)
    document = {
        **equation_document(system),
        "order": found.order,
        "degree": found.degree,
        "functions": [str(function) for function in found.functions],
        "unknowns": found.unknowns,
        "lagrangian": None if found.lagrangian is None else str(found.lagrangian),
        "conserved": [
            {
                "name": law.name,
                "density": str(law.density),
                "flux": [str(part) for part in law.flux],
                "multiplier": [str(part) for part in law.multiplier],
                "symmetry": law.symmetry,
            }
            for law in found.laws
        ],
        "infinite": found.infinite,
        "notes": found.notes,
        **out.time(),
    }
    out.result(document, lambda: render(document, found))


def render(document: dict[str, Any], found: Conserved) -> RenderableType:
    """Tables for a person."""
    laws = found.laws
    independent = found.system.space.independent
    first = "t" if "t" in independent else independent[0]
    ordinary = len(independent) == 1
    kind = "first integral" if ordinary else "conservation law"
    count = len(laws)
    title = f"{count or 'No'} {kind}{'s' * (count != 1)} in the ansatz"
    parts: list[RenderableType] = [Text(title, style="bold")]
    symmetries = any(law.symmetry for law in laws)
    if laws:
        header = ["", "name", "integral" if ordinary else "density", *(["symmetry"] if symmetries else [])]
        rows = [
            [f"C{place}", law.name or "", _text(law.density), *([law.symmetry or ""] if symmetries else [])]
            for place, law in enumerate(laws, 1)
        ]
        parts.append(table(header, rows))
    if laws and not ordinary:
        axes = [name for name in independent if name != first]
        rows = []
        for place, law in enumerate(laws, 1):
            for axis, part in zip(axes, law.flux, strict=True):
                rows.append([f"C{place}" if axis == axes[0] else "", axis, _text(part)])
        parts += ["", table(["", "along", "flux"], rows)]
    if laws:
        rows = [[f"C{place}", ", ".join(map(_text, law.multiplier))] for place, law in enumerate(laws, 1)]
        if any(row[1] for row in rows):
            parts += ["", table(["", "multiplier"], rows)]
    functions = found.functions
    ansatz = _ansatz(found)
    if functions:
        ansatz += f"; of a degree less times {', '.join(map(_text, functions))}"
    about = facts(
        {
            **equation_facts(document),
            "Lagrangian": None if found.lagrangian is None else _text(found.lagrangian),
            "ansatz": ansatz,
            "unknowns": f"{numbered(document['unknowns'], 'coefficient')}, exact arithmetic; every law checked",
            "infinite": document["infinite"],
            "time": time_text(document),
        }
    )
    said = MEANING if first == "t" else MEANING.replace("D_t", f"D_{first}")
    doubt = DOUBT.replace("laws with multipliers", "first integrals") if ordinary else DOUBT
    closing = doubt if ordinary or not laws else f"{said} {doubt}"
    return Group(*parts, "", about, "", Text(closing, style="dim"))


def _ansatz(found: Conserved) -> str:
    if len(found.system.space.independent) == 1:
        return f"integrals of degree {found.degree} in {found.system.space.independent[0]} and the state"
    derivatives = f"derivative{'s' * (found.order != 1)}"
    return f"multipliers of degree {found.degree}, with up to {found.order} {derivatives} in a product"


def _text(formula: sympy.Expr) -> str:
    """A formula for reading: the shorter of it and its factored form, with `^` for powers."""
    from symgen.generators.closed_form import readable, shortened

    return with_carets(str(readable(shortened(formula))))
