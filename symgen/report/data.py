"""The data: where they are from, how well they fit the equation, and the equation that was found in them."""

from __future__ import annotations

from symgen.generators.domains import ImageDomain, PointsDomain
from symgen.generators.metadata import Metadata, Regression
from symgen.report.html import Content, Html, Section, element, facts, formula, join, section, table
from symgen.report.numbers import scientific
from symgen.report.source import Checked
from symgen.words import numbered


def data_section(metadata: Metadata, checked: Checked | None) -> Section:
    """Facts, and a table of the terms of every equation that was found."""
    data = metadata.data
    found = [*([data.regression] if data.regression else []), *data.regressions]
    said: dict[str, Content | None] = {"source": data.source or "in memory", **_facts(metadata)}
    said["left out"] = numbered(data.skipped, "bad sample") if data.skipped else None
    said["SHA-256"] = element("code", data.sha256, class_="hash") if data.sha256 else None
    if checked is not None:
        said["beside"] = checked.words
    assumed = ", ".join(dict.fromkeys(field for one in found for field in one.assumed))
    said["assumed"] = f"{assumed}: the equation has these by construction" if assumed else None
    notes = element("ul", *(element("li", note) for note in data.notes)) if data.notes else ""
    return section("data", "Data", facts(said), notes, *(_regression(one) for one in found))


def _facts(metadata: Metadata) -> dict[str, Content | None]:
    data, domain = metadata.data, metadata.domain
    if isinstance(domain, ImageDomain):
        return {
            "images": f"{data.samples:,} of {domain.height} × {domain.width} pixels",
            domain.extractor.called: domain.extractor.words,
            "beyond their edges": domain.padding,
        }
    if isinstance(domain, PointsDomain):
        of = f" of {domain.particles} particles" if domain.particles > 1 else ""
        return {
            "points": f"{data.samples:,}{of} in {', '.join(domain.columns)}",
            "fit": domain.surrogate.words if domain.surrogate else None,
            "known within": scientific(domain.error),
            "fields": domain.library,
        }
    if data.grid:
        grid = " × ".join(f"{n} {'times' if name == 't' else f'in {name}'}" for name, n in data.grid.items())
    else:
        grid = f"{data.times} times × {data.points} points"
    residuals = data.residuals or (data.residual,)
    own: list[Content] = [join((scientific(value) for value in residuals), ", ")]
    if data.weak_residual is not None:
        own += ["; in weak form ", scientific(data.weak_residual)]
    own += ["; steps in t explain about ", scientific(data.time_step_error)]
    if data.grid_error:
        own += [" and in space ", scientific(data.grid_error)]
    return {"solutions": f"{data.samples:,} of {grid}", "own residual": join(own)}


def _regression(found: Regression) -> Html:
    """The equation with the errors of its coefficients."""
    rows: list[list[Content]] = [
        [
            formula(term.text),
            f"{term.coefficient:.6g}".replace("-", "−"),
            scientific(term.error) if term.error or not found.assumed else "fixed",
            scientific(term.share),
        ]
        for term in found.terms
    ]
    said: dict[str, Content | None] = {
        "found": formula(found.equation if "=" in found.equation else f"{found.equation} = 0"),
        "left in weak form": join([scientific(found.residual), " of ", formula(found.left)]),
        "noise": join(["at most ", scientific(found.noise), " of the deviation"]),
    }
    if found.runner_up is not None:
        other = found.runner_up
        said["best other equation"] = join([formula(other.text), " leaves ", scientific(other.residual)])
    return element(
        "div",
        element("h3", "The equation that was found in the data"),
        facts(said),
        table([join(["term of ", formula(found.left)]), "coefficient", "error", "share"], rows, [1, 2, 3], "Terms"),
    )
