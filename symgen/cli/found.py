"""How a discovery in solutions ends: what was found is saved, put to the test and shown."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from rich.console import Group
from rich.text import Text

from symgen.cli.conserved_tables import conserved_parts
from symgen.cli.generators import (
    TRIVIAL,
    algebra_text,
    assumed_text,
    certainty_text,
    generator_rows,
    regression_text,
    residual_text,
    summary,
    system_facts,
    verify,
)
from symgen.cli.output import equation_text, facts, table, time_text
from symgen.words import numbered

if TYPE_CHECKING:
    from symgen.cli.destination import Destination
    from symgen.cli.output import Output
    from symgen.discovery.flow_training import Trained
    from symgen.generators.artifact import Artifact
    from symgen.generators.domains import SystemDomain
    from symgen.generators.metadata import Metadata
    from symgen.validity.verification import FiniteTable

ALIKE = (
    "do not tell {} other fields from symmetries: their jets are too few, and what holds there is a property of these "
    "solutions only; symmetries of the equation are counted on free jets"
)
FREE = (
    "symmetries are counted on free derivatives, with the leading ones put in from the equations: independent of how "
    "well the data solve them"
)


def finish(
    out: Output, destination: Destination, artifact: Artifact, trained: Trained | None, notes: Iterable[str]
) -> None:
    """Save what was found, move the data by it, draw, report and show it; `notes` are on the data."""
    files, moved = destination.put(out, artifact, trained, lambda artifact: verify(artifact, out))
    for note in notes:
        out.note(note)
    for doubt in artifact.metadata.warnings:
        if doubt not in out.warnings:
            out.warning(doubt)
    document = {**files, **out.time(), **summary(artifact), "moved": moved}
    out.result(document, lambda: render_found(artifact, document, moved))


def render_found(artifact: Artifact, document: dict[str, Any], moved: FiniteTable | None = None) -> Group:
    """The table of generators, what they were found in, and how many; `moved` has the data moved by each."""
    from symgen.generators.domains import SystemDomain

    m = artifact.metadata
    header, rows = generator_rows(artifact, moved)
    about = facts(
        {
            **(_of_system(m, m.domain) if isinstance(m.domain, SystemDomain) else _of_equation(m)),
            "spectrum": _spectrum(m),
            "certainty": certainty_text(m.certainty) if m.certainty else None,
            "trivial": TRIVIAL if m.trivial else None,
            "infinite": m.infinite,
            "algebra": algebra_text(m.algebra) if m.algebra else None,
            "the data alone": ALIKE.format(m.alike) if m.alike else None,
            "moved s": _moved_words(moved, len(m.generators)) if moved else None,
            "file": document["file"],
            "figures": f"{document['figures'][0].parent}/" if document["figures"] else None,
            "report": document["report"],
            "time": time_text(document),
        }
    )
    hint = Text(f"Look closer: symgen inspect {document['file']} --against lps", style="dim")
    generators = table(header, rows, numbers=("defect", "bound", "norm", *header[6:]))
    conserved = conserved_parts(m.conserved, m.conserved_notes)
    return Group(Text(_title(m), style="bold"), generators, *conserved, "", about, "", hint)


def _of_equation(m: Metadata) -> dict[str, object]:
    return {
        "equation": equation_text(m.pde.equation, m.pde.parameters),
        "found as": regression_text(m.data.regression) if m.data.regression else None,
        "assumed": assumed_text(m.data),
        "data": f"{numbered(m.data.samples, 'trajectory', 'trajectories')} of {m.data.times} times x {m.data.points} "
        f"points; own residual {residual_text(m.data)}",
    }


def _of_system(m: Metadata, domain: SystemDomain) -> dict[str, object]:
    grid = " x ".join(f"{n} {'times' if name == 't' else f'in {name}'}" for name, n in m.data.grid.items())
    return {
        **system_facts(domain),
        **{f"found {place}": regression_text(one) for place, one in enumerate(m.data.regressions, 1)},
        "assumed": assumed_text(m.data),
        "data": f"{numbered(m.data.samples, 'solution', 'solutions')} of {grid}",
        "own residual": residual_text(m.data),
        "fields": f"{fields_text(m)}; {FREE}",
    }


def fields_text(m: Metadata) -> str:
    """The family that fields of a system were looked for in."""
    names = ", ".join(m.space.names)
    if m.library is None:
        return f"linear in the features of a trained network in {names}"
    assert m.total_degree is not None
    higher = [
        f"{name} to degree {axis.degree}"
        for name, axis in zip(m.space.names, m.library, strict=True)
        if axis.degree > m.total_degree
    ]
    text = f"polynomials of total degree {m.total_degree} in {names}"
    return f"{text}, with {' and '.join(higher)} beside it" if higher else text


def _moved_words(moved: FiniteTable, count: int) -> str:
    """What the columns of moved data say."""
    text = "residual of data moved by +s or -s along the unit field, over the terms"
    lost = {score.status for scores in (*moved.generators, moved.random) for score in scores}
    if "outside" in lost:
        text += "; outside: no point of them stays in the range of the data"
    if "fold" in lost:
        text += "; fold: they are no functions of the independent variables any more"
    if count > len(moved.generators):
        text += f"; only the first {len(moved.generators)} generators are put to this test"
    return text


def _spectrum(m: Metadata) -> str:
    undecided = undecided_of(m)
    if undecided:
        gap = f"{m.exact + undecided} of defect 0 for the equations found, {undecided} of them undecided"
    elif m.exact and "gap" not in m.rule:
        gap = f"{m.exact} exact, by the limits of the rule: a few trained fields have no gap to judge by"
    elif m.exact and m.exact + m.trivial == len(m.spectrum):
        gap = f"{m.exact} exact: all that the library has"
    elif m.exact:
        gap = f"{m.exact} exact, then a gap of {m.gap:.0e}"
    elif any(record.verdict == "undecided" for record in m.generators):
        gap = f"no gap tells symmetries from others: the best field has {m.spectrum[0]:.1e}"
    else:
        gap = f"no exact symmetry in the library: the best field has {m.spectrum[0]:.1e}"
    if m.approximate:
        gap += f"; {numbered(m.approximate, 'approximate symmetry', 'approximate symmetries')}"
    return gap


def undecided_of(m: Metadata) -> int:
    """How many symmetries of equations found in data are undecided."""
    return sum(record.undecided for record in m.generators) if m.certainty else 0


def _title(m: Metadata) -> str:
    from symgen.discovery.regression.fit import doubt_in_brief

    beside = f" and {numbered(m.trivial, 'trivial field', 'trivial fields')}" if m.trivial else ""
    beside += f" and {undecided_of(m)} undecided" if undecided_of(m) else ""
    kept = f", the first {len(m.generators)} kept" if len(m.generators) < m.exact else ""
    return f"{numbered(m.exact - m.trivial, 'symmetry', 'symmetries')} found{beside}{kept}{doubt_in_brief(m)}"
