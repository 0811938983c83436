"""How generators are shown: tables, JSON, figures; shared by discover and inspect."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rich.text import Text

from symgen.cli.conserved_tables import conserved_document
from symgen.cli.output import Output, equations_text, with_carets
from symgen.exceptions import DataError
from symgen.readable import require_readable

if TYPE_CHECKING:
    from symgen.cli.figure_files import FigureFolder
    from symgen.generators.artifact import Artifact
    from symgen.generators.domains import SystemDomain
    from symgen.generators.metadata import AlgebraRecord, Certainty, DataRecord, GeneratorRecord, Regression
    from symgen.inspection.comparison import Comparison
    from symgen.validity.verification import FiniteTable, MovedScore

STYLES = {"exact": "green", "approximate": "yellow", "none": "red"}
UNDECIDED = "magenta"
TRIVIAL = "trivial fields move every solution along itself, and so say nothing about how solutions are related"
SHOWN_SCALES = (0.1, 0.4)


def require_generators(path: Path) -> None:
    """Raise DataError where there is no such file, before anything is imported that reads it."""
    require_readable(path)
    if not path.exists():
        raise DataError(f"{path}: no such file. `symgen discover` makes one.")


def formula_text(record: GeneratorRecord, names: Sequence[str]) -> str | None:
    """The formula in the usual notation, None where there is none."""
    from symgen.generators.text import components_text

    return components_text(record.formula, names) if record.formula else None


def generator_rows(artifact: Artifact, moved: FiniteTable | None = None) -> tuple[list[str], list[list[object]]]:
    """Header and rows of the table of generators; with `moved`, also for the data as they are and a random field."""
    from symgen.generators.text import components_text

    m = artifact.metadata
    header = ["", "generator", "defect", "bound", "norm", "is"]
    rows: list[list[object]] = []
    for place, record in enumerate(m.generators, 1):
        text = formula_text(record, m.space.names)
        if text and record.formula_error and record.formula_error > 1e-3:
            alone = "" if record.formula_defect is None else f"; alone {record.formula_defect:.1e}"
            text += f"  (within {record.formula_error:.2g} rad{alone})"
        if record.near:
            text = (
                f"no closed form; within {record.near_error:.2g} rad of {components_text(record.near, m.space.names)}"
            )
        rows.append(
            [
                f"V{place}",
                text or ("no closed form within 1%" if m.kind == "network" else "no closed form"),
                defect_text(record.defect, m.rounding),
                _bound(record, m.rounding),
                f"{record.norm:.3g}" if record.norm else "1",
                Text(record.verdict, style=UNDECIDED if record.undecided else STYLES[record.status]),
            ]
        )
    if moved:
        header += [f"moved {scale:g}" for scale in SHOWN_SCALES]
        for place, row in enumerate(rows):
            scores = moved.generators[place] if place < len(moved.generators) else None
            row += [_worst(scores, scale) if scores else "not moved" for scale in SHOWN_SCALES]
        still = f"{moved.identity:.1e}" if moved.identity is not None else "-"
        rows.append(["", Text("the data as they are", style="dim"), "", "", "", "", still, still])
        compared = [_worst(moved.random, scale) for scale in SHOWN_SCALES]
        rows.append(["", Text("a random smooth field", style="dim"), "", "", "", "", *compared])
    return header, rows


def _worst(scores: Sequence[MovedScore], scale: float) -> str:
    """The larger residual of moving by +s and -s, or why there is none."""
    both = [score for score in scores if abs(score.scale) == scale]
    lost = [score.status for score in both if score.residual is None]
    return lost[0] if lost else f"{max(score.residual or 0.0 for score in both):.1e}"


def verify(artifact: Artifact, out: Output) -> FiniteTable | None:
    """Data moved by each generator; None, with a note, where they are too small for the differences."""
    from symgen.validity.verification import TOLD_SCALES, finite_defect

    try:
        with out.progress("Moving the data", "checks") as update:
            return finite_defect(artifact, TOLD_SCALES, progress=update)
    except DataError as error:
        out.warning(f"The generators are not put to the test at finite scale. {error}")
        return None


def summary(artifact: Artifact) -> dict[str, Any]:
    """What was found, for --json."""
    m = artifact.metadata
    about: dict[str, Any] = {"equation": m.solved.equation}
    if m.domain.kind == "system":
        keys = {"equations", "independent", "unknowns", "complex", "consequences", "gaps"}
        about |= {**m.domain.model_dump(include=keys), "trivial": m.trivial}
    return {
        **about,
        "name": m.solved.name,
        "parameters": m.solved.parameters,
        "method": m.method,
        "exact": m.exact,
        "approximate": m.approximate,
        "gap": m.gap,
        "ranked_on": m.ranked_on,
        "alike": m.alike,
        "certainty": m.certainty,
        "algebra": m.algebra,
        "infinite": m.infinite,
        "rounding": m.rounding,
        "rule": m.rule,
        "generators": [
            {**record.model_dump(), "text": formula_text(record, m.space.names), "verdict": record.verdict}
            for record in m.generators
        ],
        "spectrum": m.spectrum,
        "conserved": conserved_document(m.conserved),
        "conserved_notes": m.conserved_notes,
        "data": m.data,
        "settings": m.settings,
    }


def system_facts(domain: SystemDomain) -> dict[str, object]:
    """The equations of a system, what follows from them, and what complex unknowns stand for."""
    complex_ones = ", ".join(f"{name} = {name}_r + I*{name}_i" for name in domain.complex)
    return {
        **equations_text(domain.equations, domain.parameters),
        "complex": complex_ones or None,
        **{f"follows {place}": with_carets(text) for place, text in enumerate(domain.consequences, 1)},
    }


def draw(
    artifact: Artifact,
    folder: FigureFolder | None,
    out: Output,
    comparison: Comparison | None = None,
    moved: FiniteTable | None = None,
    history: Mapping[str, Sequence[float]] | None = None,
) -> list[Path]:
    """Draw the artifact's figures into a folder, if there is one; `history` is that of a flow training."""
    if folder is None:
        return []
    from symgen.plots import all_figures

    return folder.save(out, all_figures(artifact, comparison, moved, history))


def residual_text(data: DataRecord) -> str:
    """How well the data fit the equation: pointwise, in weak form where there is one, and what the grid explains."""
    if data.residuals:  # of a system
        space = data.grid_error if len(data.grid) > 1 else None
        return system_residual_text(data.residuals, data.weak_residual, data.time_step_error, space)
    weak = f", {data.weak_residual:.1e} in weak form" if data.weak_residual is not None else ""
    grid = f" and in x {data.grid_error:.1e}" if data.grid_error is not None else ""
    return f"{data.residual:.1e}{weak}; steps in t explain about {data.time_step_error:.1e}{grid}"


def system_residual_text(each: Sequence[float], averaged: float | None, in_t: float, in_space: float | None) -> str:
    """How well data fit every equation, the local averages of the worst, and what the grid explains."""
    weak = ""
    if averaged is not None:
        one = len(each) == 1
        weak = f", {averaged:.1e} of its local averages" if one else f"; local averages of the worst {averaged:.1e}"
    space = f" and in space {in_space:.1e}" if in_space is not None else ""
    return f"{', '.join(f'{value:.1e}' for value in each)}{weak}; steps in t explain about {in_t:.1e}{space}"


def algebra_text(found: AlgebraRecord) -> str:
    """What exact algebra says about the same equation."""
    others = f"; {len(found.missing)} are not in the library" if found.missing else ""
    return f"finds {found.dimension} in its ansatz, {found.shared} of these in common{others}"


def regression_text(found: Regression) -> str:
    """An equation that was found in data, with the errors of its coefficients."""
    terms = " + ".join(
        f"({t.coefficient:.6g}{f' ± {t.error:.1g}' if t.error or not found.assumed else ''}) {t.text}"
        for t in found.terms
    )
    other = found.runner_up
    runner_up = f"; the best other equation, {other.text}, leaves {other.residual:.1e}" if other else ""
    return (
        f"{found.left} = {terms}; {found.residual:.1e} of {found.left} is left in weak form{runner_up}; "
        f"noise of {found.left.rpartition('_')[0]} at most {found.noise:.1e} of its deviation"
    )


def assumed_text(data: DataRecord) -> str | None:
    """The symmetries to which equations were restricted, if they were."""
    found = [*([data.regression] if data.regression else []), *data.regressions]
    fields = dict.fromkeys(field for one in found for field in one.assumed)
    return f"{', '.join(fields)}: the equation has these by construction" if fields else None


def defect_text(value: float, rounding: float) -> str:
    """A defect; one within the rounding of the spectrum, which can't be told from 0, as an upper bound."""
    return f"< {rounding:.0e}" if value <= rounding else f"{value:.1e}"


def _bound(record: GeneratorRecord, rounding: float) -> str:
    """The upper bound that decides: relative to what cancels, of equations that were found; else of the defect."""
    if record.relative_bound is not None:
        return f"{record.relative_bound:.1e}"
    if record.bound is None:
        return ""
    return f"{max(record.bound, rounding):.1e}" if record.bound else "0"


def certainty_text(found: Certainty) -> str:
    """How many symmetries there are for sure, from what, and what would decide about others."""
    most = "" if found.at_most is None else f" and at most {found.at_most}"
    count = (
        f"{found.at_least} in the library, no more and no fewer,"
        if found.at_least == found.at_most
        else f"at least {found.at_least}{most}"
    )
    text = f"{count} at {found.confidence:.0%} confidence"
    if found.sources:
        text += f"; {', '.join(found.sources)}"
    if found.bound is not None and found.at_least:
        text += f"; the certain ones together are off by at most {found.bound:.1e} of what cancels in the condition"
    if found.wanted:
        text += f"; what would decide: {'; '.join(found.wanted)}"
    if found.closed is False:
        text += (
            f"; some of their Lie brackets are no combination of them, by up to {found.brackets:.1g}: the symmetries "
            "do not close in this library"
        )
    return text
