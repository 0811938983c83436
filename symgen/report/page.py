"""The page: all sections, style and script in one file that needs no network."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from symgen.atomic import draft, require_writable
from symgen.exceptions import DataError
from symgen.generators.artifact import Artifact, load
from symgen.generators.domains import PdeDomain, SystemDomain
from symgen.inspection.comparison import Comparison, compare
from symgen.inspection.reference import reference
from symgen.report.algebra import algebra_section, matrices_section
from symgen.report.certainty import certainty_section
from symgen.report.comparison import comparison_section
from symgen.report.conserved import conserved_section
from symgen.report.data import data_section
from symgen.report.document import document
from symgen.report.fields import fields_section
from symgen.report.html import contents, element, join
from symgen.report.left_over import LeftOver
from symgen.report.payload import data_json
from symgen.report.reproduce import reproduce_section
from symgen.report.scene import scene
from symgen.report.source import Checked, checked_data, with_specimen
from symgen.report.spectrum import spectrum_section
from symgen.report.stage import stage_section
from symgen.report.subject import doubts, headline, kicker, name_of, statement, tiles
from symgen.validity.verification import TOLD_SCALES, FiniteTable, finite_defect

Progress = Callable[[int, int], None]


def write_report(
    generators: str | Path | Artifact,
    output: str | Path,
    data: str | Path | None = None,
    *,
    against: str | Path | None = None,
    moved: FiniteTable | None = None,
    force: bool = False,
    progress: Progress | None = None,
    warn: Callable[[str], None] | None = None,
) -> Path:
    """Write the report of a generators file, or of generators that were just found, and give its path.

    `data` are the data that the generators were found in: their checksum is compared. `against` names known generators
    to compare with, as `symgen inspect --against` does. `moved` is the outcome of moving the data, where it is known
    already; else solutions are moved now. `warn` is told what is doubtful about the report itself. Raises
    UsageError where `output` exists and `force` is false, or is one of the files that are read, and DataError for files
    that cannot be used.
    """
    file = None if isinstance(generators, Artifact) else Path(generators)
    inputs = [file, data, against if against is not None and Path(against).exists() else None]
    output = Path(output)
    require_writable(output, force, inputs)
    artifact = generators if isinstance(generators, Artifact) else load(generators)
    checked = checked_data(artifact, data) if data is not None else None
    if checked is not None:
        artifact = with_specimen(artifact, checked.path)
        if checked.same is False and warn:
            warn(f"{checked.words}.")
    comparison = compare(artifact, reference(artifact, str(against))) if against is not None else None
    page = report_html(artifact, moved, comparison, checked, file, progress)
    with draft(output, force, inputs) as made:
        made.path.write_text(page, encoding="utf-8")
    return made.final


def report_html(
    artifact: Artifact,
    moved: FiniteTable | None = None,
    comparison: Comparison | None = None,
    checked: Checked | None = None,
    file: Path | None = None,
    progress: Progress | None = None,
) -> str:
    """The report as a page; everything that is text in the file is escaped."""
    metadata = artifact.metadata
    untested: str | None = None
    if moved is None and artifact.specimen and isinstance(metadata.domain, PdeDomain | SystemDomain):
        try:
            moved = finite_defect(artifact, TOLD_SCALES, progress=progress)
        except DataError as error:  # too few points for the differences
            untested = str(error)
    described, arrays = scene(artifact, progress)
    left = LeftOver.of(metadata, moved)
    angles = comparison.found_angles if comparison else None
    sections = [
        stage_section(metadata, described, left),
        fields_section(metadata, left, angles, untested),
        spectrum_section(metadata),
        algebra_section(artifact),
        matrices_section(artifact),
        comparison_section(artifact, comparison),
        conserved_section(metadata),
        certainty_section(metadata),
        data_section(metadata, checked),
        reproduce_section(metadata, file),
    ]
    name = name_of(metadata)
    head = element(
        "header",
        element("p", kicker(metadata), class_="kicker"),
        element("h1", element("span", name, class_="name"), " ", headline(metadata)),
        statement(metadata),
        tiles(metadata),
        doubts(metadata),
        contents(sections),
    )
    body = join(
        [
            element("a", "Skip to the generators", href="#generators", class_="skip"),
            element("button", "Light or dark: automatic", type="button", id="theme", hidden="hidden"),
            element("main", head, *sections),
            element("footer", f"A report of symgen. {name}."),
        ]
    )
    return document(f"{name}: {headline(metadata)}", body, data_json(described), arrays)
