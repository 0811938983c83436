"""The generators: formula, defect, bound, verdict, and what is left of the equation after data were moved."""

from __future__ import annotations

from collections.abc import Sequence

from symgen.generators.domains import ImageDomain, PointsDomain
from symgen.generators.metadata import GeneratorRecord, Metadata
from symgen.generators.text import components_text
from symgen.report.html import Content, Html, Section, element, formula, join, section, table, text
from symgen.report.left_over import LeftOver
from symgen.report.numbers import defect, scientific

ROUGH = 1e-3
"""Angle (rad) between a field and its formula from which on it is said."""
SHOWN_SCALES = (0.1, 0.4)
OF_POINTS = {
    "invariance": "rate of change of the function, relative to its gradient",
    "equivariance": "rate at which the function of moved points and the moved function part, relative to its gradient",
    "density": "rate of change of the density's logarithm, with that of volumes, relative to its gradient",
    "samples": "mean rate of change of waves, relative to their slope",
    "own": "rate of change of the score, relative to its gradient",
}
"""What defects are, by what is judged."""


def what(record: GeneratorRecord, metadata: Metadata) -> Html:
    """A generator's formula, or what it is called, or that it has none."""
    names = metadata.space.names
    if isinstance(metadata.domain, ImageDomain):
        like = record.resembles
        if like is None or not record.called:
            return text("a field without a name")
        return join([like.name, " ", element("span", f"{like.cosine:.2f}", class_="cosine", title="cosine")])
    if record.formula:
        return formula(components_text(record.formula, names))
    return text("no closed form")


def beside(record: GeneratorRecord, metadata: Metadata) -> Html:
    """How far the formula is from the field, or which one is near."""
    if isinstance(metadata.domain, ImageDomain):
        return Html("")
    if record.formula and (record.formula_error or 0) > max(ROUGH, metadata.rounding):
        own = record.formula_defect
        alone = ["; the formula alone has ", scientific(own)] if own is not None else []
        return element("small", f"within {record.formula_error:.2g} rad", *alone)
    if record.near:
        near = formula(components_text(record.near, metadata.space.names))
        return element("small", f"within {record.near_error:.2g} rad of ", near)
    return Html("")


def verdict(record: GeneratorRecord) -> Html:
    """The status as a mark with words: colour is not all that tells."""
    kind = {"trivial": "trivial", "undecided": "undecided"}.get(record.verdict, record.status)
    return element("span", record.verdict, class_=f"verdict {kind}")


def cards(metadata: Metadata, count: int) -> Html:
    """The generators to choose from, as radio buttons."""
    each = []
    chosen = first_shown(metadata, count)
    for place, record in enumerate(metadata.generators[:count]):
        button = element(
            "input", type="radio", name="generator", value=str(place), checked="checked" if place == chosen else None
        )
        words = join(
            [
                element("span", f"V{place + 1}", class_="place"),
                element("span", what(record, metadata), class_="what"),
                element("span", verdict(record), " ", _defect(record, metadata), class_="said"),
            ]
        )
        each.append(element("label", button, element("span", words, class_="card"), data_card=str(place)))
    every = len(metadata.generators)
    name = "Generator" if count == every else f"Generator (the first {count} of {every})"
    return element("fieldset", element("legend", name), *each, class_="cards")


def first_shown(metadata: Metadata, count: int) -> int:
    """The last of those that are called exact, which tells more than a translation; of images the first."""
    last = metadata.exact - metadata.trivial - 1
    return last if 0 <= last < count and not isinstance(metadata.domain, ImageDomain) else 0


def fields_section(
    metadata: Metadata, left: LeftOver | None, angles: Sequence[float] | None, untested: str | None = None
) -> Section:
    """The table of generators; with `left` also the residual of moved data, or why they are `untested`; with `angles`
    those to a reference.
    """
    image = isinstance(metadata.domain, ImageDomain)
    header: list[Content] = ["", "generator", "defect"]
    bounds = any(_bound(record) is not None for record in metadata.generators)
    norms = any(record.norm for record in metadata.generators) and not image
    header += (["bound"] if bounds else []) + (["norm"] if norms else []) + ["is"]
    columns = left.columns(SHOWN_SCALES if not image else (0.1, 0.3)) if left else []
    header += [f"moved {abs(s):g}" for s in columns]
    header += ["angle"] if angles else []
    rows: list[list[Content]] = []
    for place, record in enumerate(metadata.generators):
        row: list[Content] = [f"V{place + 1}", join([what(record, metadata), " ", beside(record, metadata)])]
        row.append(_defect(record, metadata))
        row += [_bound_text(record, metadata.rounding)] if bounds else []
        row += [scientific(record.norm, 2) if record.norm else "1"] if norms else []
        row.append(verdict(record))
        if left:
            row += [left.at(place, s) for s in columns]
        if angles:
            row.append("" if record.trivial else f"{angles[place]:.2f}" if image else scientific(angles[place]))
        rows.append(row)
    still = len(header) - len(columns) - bool(angles)
    for name, cells in left.beside(columns) if left else []:
        rows.append(["", element("em", name), *[""] * (still - 2), *cells, *([""] if angles else [])])
    numbers = [place for place, name in enumerate(header) if name not in ("", "generator", "is")]
    return section(
        "generators",
        "Generators",
        table(header, rows, numbers, "Generators"),
        element("p", _legend(metadata, left), class_="note"),
        *([element("p", f"Not put to the test at finite scale. {untested}", class_="note")] if untested else []),
    )


def _defect(record: GeneratorRecord, metadata: Metadata) -> Content:
    if isinstance(metadata.domain, ImageDomain):
        return f"{record.defect:.3f}"
    return defect(record.defect, metadata.rounding)


def _bound(record: GeneratorRecord) -> float | None:
    return record.relative_bound if record.relative_bound is not None else record.bound


def _bound_text(record: GeneratorRecord, rounding: float) -> Content:
    if record.relative_bound is not None:
        return scientific(record.relative_bound)
    if record.bound is None:
        return ""
    return scientific(max(record.bound, rounding)) if record.bound else "0"


def _legend(metadata: Metadata, left: LeftOver | None) -> str:
    domain = metadata.domain
    if isinstance(domain, ImageDomain):
        return (
            f"Defect: {domain.extractor.measure} of held-out images that are moved by s = ±0.3 along the unit field. "
            f"{metadata.rule[:1].upper()}{metadata.rule[1:]}. Beside a name: the cosine with that affine field."
        )
    of = (
        OF_POINTS[domain.judged]
        if isinstance(domain, PointsDomain)
        else ("residual that moving the data brings to first order, relative to the equation's terms")
    )
    said = f"Defect: {of}, for the field of unit norm. Norm: that of the formula, so that V = formula / norm. "
    if any(record.trivial for record in metadata.generators):
        said += "Trivial fields move every solution along itself. "
    return said + (left.legend if left else "")
