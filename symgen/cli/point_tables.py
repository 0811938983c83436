"""How generators of points are shown: tables and JSON; shared by discover and inspect."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from rich.console import Group, RenderableType
from rich.text import Text

from symgen.cli.generators import STYLES, defect_text, formula_text
from symgen.cli.output import facts, table, time_text
from symgen.words import numbered

if TYPE_CHECKING:
    import torch

    from symgen.generators.artifact import Artifact
    from symgen.generators.domains import PointsDomain
    from symgen.generators.metadata import Metadata
    from symgen.inspection.quadratic_form import InvariantForms

SHOWN_SCALES = (0.1, 0.4)
"""Of moved points in the table."""
LARGEST_MATRIX = 6
"""Rows of matrices that are printed."""
ZERO = 1e-9
SHARP, NEAR = 1e-4, 0.1
"""Angles (rad) of a quadratic form to a sum of squares: what is none, and what is still called by it."""
SHOWN_ERROR = 1e-3
"""Angle (rad) between a field and its formula that is shown, unless the fit leaves more open."""


def point_document(artifact: Artifact) -> dict[str, Any]:
    """What was found, for --json."""
    m = artifact.metadata
    domain = m.of_points
    keys = {"name", "condition", "words", "columns", "outputs", "particles", "library", "error", "surrogate", "moved"}
    return {
        **{key: getattr(domain, key) for key in ("name", "condition", "words")},
        "method": m.method,
        "exact": m.exact,
        "approximate": m.approximate,
        "gap": m.gap,
        "rounding": m.rounding,
        "rule": m.rule,
        "infinite": m.infinite,
        "coordinates": m.space.names,
        "generators": [
            {**record.model_dump(), "text": formula_text(record, m.space.names), "verdict": record.verdict}
            for record in m.generators
        ],
        "matrices": matrices(artifact),
        **domain.model_dump(include=keys - {"name", "condition", "words"}),
        "spectrum": m.spectrum,
        "data": m.data,
        "settings": m.settings,
    }


def matrices(artifact: Artifact) -> list[dict[str, Any]] | None:
    """A and b of V(z) = A z + b, of the formula or else of the unit field; None for fields of other kinds."""
    from symgen.inspection.linear_parts import affine_parts

    parts = affine_parts(artifact.generators, artifact.points)
    if parts is None:
        return None
    found = []
    names = artifact.metadata.space.names
    for record, linear, constant in zip(artifact.metadata.generators, parts.maps, parts.shifts, strict=True):
        own = _of_formula(record.formula, names) if record.formula else None
        found.append(own or {"linear": _clean(linear), "constant": _clean(constant)})
    return found


def _of_formula(formula: Sequence[str], names: Sequence[str]) -> dict[str, Any]:
    import sympy

    from symgen.expressions import parse_field

    symbols = [sympy.Symbol(name, real=True) for name in names]
    field = parse_field(formula, names)
    zero = dict.fromkeys(symbols, 0)
    linear = [[float(component.diff(symbol)) for symbol in symbols] for component in field]
    return {"linear": linear, "constant": [float(component.subs(zero)) for component in field]}


def _clean(values: torch.Tensor) -> list[Any]:
    """Without what cancellation leaves in place of 0 and of whole numbers."""
    whole = values.round()
    near = (values - whole).abs() < ZERO * values.abs().max().clamp_min(1)
    return (whole + 0.0).where(near, values).tolist()


def structure_document(artifact: Artifact) -> dict[str, Any]:
    """The algebra that the symmetries make, and the quadratic forms that they leave alone, for --json."""
    from symgen.inspection.point_structure import algebra_of_points, forms_of_points

    algebra = algebra_of_points(artifact)
    forms = forms_of_points(artifact, algebra)
    return {
        "algebra": {**algebra.model_dump(), "text": str(algebra)} if algebra else None,
        "forms": _forms(forms) if forms else None,
    }


def _forms(found: InvariantForms) -> dict[str, Any]:
    each = [{**form.model_dump(), "diagonal": form.diagonal} for form in found.forms]
    return {**found.model_dump(), "forms": each, "of_what": found.of_what, "text": str(found)}


def algebra_facts(document: Mapping[str, Any]) -> dict[str, object]:
    """The same for a person."""
    algebra, forms = document["algebra"], document["forms"]
    return {"algebra": algebra and algebra["text"], "left alone": forms and _forms_text(forms)}


def _forms_text(forms: Mapping[str, Any]) -> str:
    """Quadratic forms; one that is unique but not sharp by the sum of squares that is near it."""
    from symgen.inspection.quadratic_form import form_text

    only = forms["forms"][0] if forms["clear"] and forms["dimension"] == 1 else None
    if only is None or not SHARP < only["angle"] < NEAR:
        return forms["text"]
    d = len(forms["names"])
    nearest = [[only["diagonal"][i] * (i == j) for j in range(d)] for i in range(d)]
    return f"{form_text(nearest, forms['names'])}{forms['of_what']}, within {only['angle']:.1g} rad (unique)"


def generator_rows(artifact: Artifact) -> tuple[list[str], list[list[object]]]:
    """Header and rows of the table of generators."""
    m = artifact.metadata
    rows: list[list[object]] = []
    for place, record in enumerate(m.generators, 1):
        text = formula_text(record, m.space.names)
        if text and record.formula_error and record.formula_error > max(SHOWN_ERROR, m.rounding):
            text += f"  (within {record.formula_error:.2g} rad)"
        verdict = Text(record.verdict, style=STYLES[record.status])
        rows.append([f"V{place}", text or "no short formula", defect_text(record.defect, m.rounding), verdict])
    return ["", "generator", "defect", "is"], rows


def moved_rows(domain: PointsDomain, scales: Sequence[float]) -> tuple[list[list[str]], dict[str, list[str]]]:
    """What moving the points changes, for every generator; the same for random fields, and what a fit leaves open."""
    moved = domain.moved
    places = [moved.scales.index(scale) for scale in scales]

    def cells(row: Sequence[float | None]) -> list[str]:
        return ["lost" if row[place] is None else f"{row[place]:.1e}" for place in places]

    beside = {}
    if moved.random:
        beside["random fields, on average"] = cells([_mean(column) for column in zip(*moved.random, strict=True)])
    if domain.surrogate is not None:
        beside["error of the fit"] = [f"{domain.surrogate.error:.1e}"] * len(places)
    return [cells(row) for row in moved.generators], beside


def _mean(column: Sequence[float | None]) -> float | None:
    known = [value for value in column if value is not None]
    return sum(known) / len(known) if known else None


def render_points(artifact: Artifact, document: dict[str, Any]) -> RenderableType:
    """What was found, for a person."""
    m = artifact.metadata
    domain = m.of_points
    header, rows = generator_rows(artifact)
    scales = [scale for scale in domain.moved.scales if scale in SHOWN_SCALES] or list(domain.moved.scales)[:2]
    header += [f"moved {scale:g}" for scale in scales]
    moved, beside = moved_rows(domain, scales)
    for row, cells in zip(rows, moved, strict=True):
        row += cells
    rows += [["", Text(what, style="dim"), "", "", *cells] for what, cells in beside.items()]
    about = facts(
        {
            **point_facts(m, domain),
            "spectrum": spectrum_text(m),
            **algebra_facts(document),
            "moved s": moved_text(domain, any("lost" in row for row in rows)),
            "file": document["file"],
            "figures": f"{document['figures'][0].parent}/" if document["figures"] else None,
            "report": document["report"],
            "time": time_text(document),
        }
    )
    hint = Text(f"Look closer: symgen inspect {document['file']}", style="dim")
    generators = table(header, rows, numbers=("defect", *header[4:]))
    return Group(Text(title(m), style="bold"), generators, "", about, "", hint)


def title(m: Metadata) -> str:
    """How many there are."""
    exact = numbered(m.exact, "symmetry", "symmetries")
    approximate = numbered(m.approximate, "approximate symmetry", "approximate symmetries")
    if not m.exact and not m.approximate:
        undecided = any(record.undecided for record in m.generators)
        known = f"what is judged is known within {m.of_points.error:.1e} only"
        more = "more points, less noise or the function itself would tell"
        return f"Nothing can be decided: {known}; {more}" if undecided else "No symmetry found"
    found = " and ".join(text for count, text in ((m.exact, exact), (m.approximate, approximate)) if count)
    kept = f", the first {len(m.generators)} kept" if len(m.generators) < m.exact + m.approximate else ""
    return f"{found} found{kept}"


def point_facts(m: Metadata, domain: PointsDomain) -> dict[str, object]:
    """What is studied, on which data, among which fields."""
    names = ", ".join(domain.columns)
    if domain.particles > 1:
        data = f"{numbered(m.data.samples, 'point')} of {domain.particles} particles in {names}"
        fields = f"{domain.library}, the same for all particles"
    else:
        data = f"{numbered(m.data.samples, 'point')} in {names}"
        fields = domain.library
    return {
        "density" if domain.condition == "density" else "function": domain.words,
        "symmetry": "equivariance: the fields act on its values, too" if domain.condition == "equivariance" else None,
        "fit": domain.surrogate.words if domain.surrogate else None,
        "data": f"{data}; {m.data.source}" if m.data.source else data,
        "fields": fields,
        "infinite": m.infinite,
    }


def spectrum_text(m: Metadata) -> str:
    """Where it has its gap."""
    count = m.exact + m.approximate
    if not count:
        return f"no gap tells symmetries from others: the best field has {defect_text(m.spectrum[0], m.rounding)}"
    last = defect_text(m.spectrum[count - 1], m.rounding)
    if count == len(m.spectrum):
        return f"all {count} fields have at most {last}" if count > 1 else f"the only field has {last}"
    best = "the best field has" if count == 1 else f"the {count} best fields have"
    return f"{best} {last}, the next one {m.spectrum[count]:.1e}"


def moved_text(domain: PointsDomain, lost: bool) -> str:
    """What the columns of moved points say."""
    text = (
        f"{domain.measure} at {domain.moved.points} held-out points moved by +s and -s along the unit field (1 is a "
        "deviation of the points), over its own deviation"
    )
    return f"{text}; lost: points leave every bound" if lost else text


def matrix_tables(fields: Sequence[Mapping[str, Any]], names: Sequence[str]) -> list[RenderableType]:
    """Fields as matrices, a row for each component, where these are small enough to print."""
    if len(names) > LARGEST_MATRIX:
        return [Text(f"{len(names)} x {len(names)}: see matrices in --json", style="dim")]
    parts: list[RenderableType] = []
    for place, field in enumerate(fields, 1):
        shifted = any(field["constant"])
        header = [f"V{place}", *names, *(["1"] if shifted else [])]
        rows = [
            [f"d/d{name}", *(f"{value:.4g}" for value in row), *([f"{shift:.4g}"] if shifted else [])]
            for name, row, shift in zip(names, field["linear"], field["constant"], strict=True)
        ]
        parts += [table(header, rows, numbers=header[1:]), ""]
    return parts[:-1]
