"""Discovery in solutions of a system, of any number of variables, as `symgen discover` runs and shows it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rich.console import Group
from rich.text import Text

from symgen.cli.destination import Destination
from symgen.cli.errors import checked_options
from symgen.cli.generators import (
    TRIVIAL,
    draw,
    generator_rows,
    numbered,
    regression_text,
    residual_text,
    summary,
    system_facts,
)
from symgen.cli.inspect_data import tell_origin
from symgen.cli.method_settings import OPTIONS, method_settings
from symgen.cli.output import Output, facts, table
from symgen.exceptions import UsageError

if TYPE_CHECKING:
    from symgen.discovery.settings import SystemSettings
    from symgen.discovery.system_source import GivenSystem
    from symgen.generators.artifact import Artifact
    from symgen.pde.readers.content import Content
    from symgen.pde.solutions import Solutions

FREE = (
    "on free derivatives, with the leading ones put in from the equations: independent of how well the data solve them"
)
OWN = "on the data's own derivatives, as not all consequences of the equations are known"


@dataclass(frozen=True)
class SystemSource:
    """A file of solutions, and the equations given for it."""

    path: Path
    content: Content
    skip_bad: bool
    boundary: str | None
    formulas: Sequence[str]
    parameters: Mapping[str, float | str]

    def read(self) -> tuple[Solutions, GivenSystem]:
        """The data with their checks, and the system in their unknowns."""
        from symgen.discovery.system_source import system_of
        from symgen.pde.solutions_file import checked, sha256_of

        periodic = None if self.boundary is None else self.boundary == "periodic"
        data = checked(self.content, self.path, sha256_of(self.path), self.skip_bad, periodic)
        return data, system_of(data, self.formulas, self.parameters)


def system_settings(method: str | None, given: Mapping[str, Any], seed: int) -> SystemSettings:
    """Validated settings; UsageError for a method other than the spectral one, and for options that it lacks."""
    from symgen.discovery.settings import SYSTEM_METHODS

    if method not in (None, "spectral"):
        raise UsageError(
            f"--method {method} is for one unknown u(x, t) and for images. Systems and other variables have --method "
            "spectral, which needs no training."
        )
    with checked_options(OPTIONS):
        return method_settings(SYSTEM_METHODS, "spectral", None, "spectral", given, seed)  # type: ignore[return-value]


def discover_of_system(
    out: Output, source: SystemSource, settings: SystemSettings, device: str, destination: Destination
) -> None:
    """Read the data, find the generators, save, draw and show them."""
    from symgen.discovery.system import discover_system

    with out.progress("Discovering"):
        data, given = source.read()
        tell_origin(out, data)
        artifact = discover_system(data, given, settings, device)
    destination.save(artifact, None)
    folder = destination.figures
    drawn = draw(artifact, folder, destination.force, out) if folder else []
    for note in given.notes:
        out.note(note)
    for doubt in artifact.metadata.warnings:
        if doubt not in out.warnings:
            out.warning(doubt)
    document = {"file": destination.path, "figures": drawn, "seconds": out.seconds, **summary(artifact)}
    out.result(document, lambda: render(artifact, document))


def render(artifact: Artifact, document: dict[str, Any]) -> Group:
    """What was found, for a person."""
    from symgen.discovery.doubts import POOR_FIT
    from symgen.discovery.regression.fit import regression_doubts
    from symgen.generators.metadata import SystemDomain

    m = artifact.metadata
    assert isinstance(m.domain, SystemDomain)
    header, rows = generator_rows(artifact)
    gap = f"no exact symmetry in the library: the best field has {m.spectrum[0]:.1e}"
    if m.exact:
        gap = f"{m.exact} exact, then a gap of {m.gap:.0e}"
    if m.approximate:
        gap += f"; {numbered(m.approximate, 'approximate symmetry', 'approximate symmetries')}"
    grid = " x ".join(f"{n} {'times' if name == 't' else f'in {name}'}" for name, n in m.data.grid.items())
    names = ", ".join(m.space.names)
    about = facts(
        {
            **system_facts(m.domain),
            **{f"found {place}": regression_text(one) for place, one in enumerate(m.data.regressions, 1)},
            "data": f"{numbered(m.data.samples, 'solution', 'solutions')} of {grid}",
            "own residual": residual_text(m.data),
            "fields": f"polynomials of total degree {m.total_degree} in {names}; the condition is taken "
            f"{FREE if m.ranked_on == 'free' else OWN}",
            "spectrum": gap,
            "trivial": TRIVIAL if m.trivial else None,
            "file": document["file"],
            "figures": f"{document['figures'][0].parent}/" if document["figures"] else None,
            "time": f"{document['seconds']:.1f} s",
        }
    )
    found = m.exact - m.trivial
    kept = f", the first {len(m.generators)} kept" if len(m.generators) < m.exact else ""
    beside = f" and {numbered(m.trivial, 'trivial field', 'trivial fields')}" if m.trivial else ""
    doubt = " (of the equations, which the data fit poorly)" if m.data.misfit > POOR_FIT else ""
    if not doubt and any(regression_doubts(m.data)):
        doubt = " (of equations that the data leave in doubt)"
    title = Text(f"{numbered(found, 'symmetry', 'symmetries')} found{beside}{kept}{doubt}", style="bold")
    hint = Text(f"Look closer: symgen inspect {document['file']} --against lps", style="dim")
    return Group(title, table(header, rows, numbers=("validity", "norm")), "", about, "", hint)
