"""`symgen inspect`: a generators file, beside known symmetries; a file of data; the algebra of an equation."""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Group, RenderableType
from rich.text import Text

from symgen.cli.app import command
from symgen.cli.generators import (
    TRIVIAL,
    draw,
    generator_rows,
    regression_text,
    require_fresh_folder,
    residual_text,
    summary,
    system_facts,
    verify,
)
from symgen.cli.image_tables import against_affine, image_document, image_facts, nearest_text, validity_table
from symgen.cli.inspect_data import inspect_data
from symgen.cli.inspect_equation import inspect_equation
from symgen.cli.options import Boundary, Field, Force, GridT, GridX, Param, parameters
from symgen.cli.output import Output, equation_text, facts, table

if TYPE_CHECKING:
    from symgen.generators.artifact import Artifact
    from symgen.generators.metadata import Metadata
    from symgen.inspection.brackets import Bracket
    from symgen.inspection.comparison import Comparison

LONGEST_NAME = 20  # of a reference generator that heads its column; longer ones are listed beside
OPEN = 1e-4  # closure error above which a bracket is said to leave the span


@command(
    "symgen inspect kdv-generators.safetensors",
    "symgen inspect kdv-generators.safetensors --against lps --figures figures",
    "symgen inspect cifar10-generators.safetensors --against affine",
    "symgen inspect mine.safetensors --against other.safetensors --max-distance 0.01",
    'symgen inspect mine.h5 --equation "u_t + u*u_x + u_xxx"',
    'symgen inspect --equation "u_t + u*u_x = nu*u_xx" --param nu=0.1',
    'symgen inspect --equation "u_t = u_xx + u*log(u)" --function "exp(t)"',
    'symgen inspect --equation "u_t = -v_xx/2 - (u^2 + v^2)*v" --equation "v_t = u_xx/2 + (u^2 + v^2)*u"',
    'symgen inspect --equation "psi_t = I*lap(psi)/2 - I*abs(psi)^2*psi" --variables x,y,t --degree 3',
)
def inspect(
    out: Output,
    file: Annotated[
        Path | None, typer.Argument(metavar="[FILE]", help="A generators file, made by discover, or a file of data.")
    ] = None,
    against: Annotated[
        str | None,
        typer.Option(
            metavar="lps|affine|FILE",
            help="Compare with an equation's true symmetries, the affine group (images) or another file.",
        ),
    ] = None,
    max_distance: Annotated[
        float | None,
        typer.Option(
            min=0,
            help="Exit with code 4 if the Grassmann distance to --against is larger. "
            "Each one missed adds a quarter turn, further ones add nothing.",
        ),
    ] = None,
    figures: Annotated[Path | None, typer.Option(metavar="DIR", help="Draw the figures into this folder.")] = None,
    equation: Annotated[
        list[str] | None,
        typer.Option(
            metavar="FORMULA",
            help="The equation of the data; without FILE: its symmetries, by algebra. Repeat it for a system.",
        ),
    ] = None,
    param: Param = None,
    degree: Annotated[
        int | None,
        typer.Option(min=0, max=6, help="Degree of the ansatz of --equation.", show_default="4; 2 for systems"),
    ] = None,
    function: Annotated[
        list[str] | None,
        typer.Option(
            metavar="FORMULA", help="A function of the coordinates to add to the ansatz of --equation; repeatable."
        ),
    ] = None,
    variables: Annotated[
        str | None,
        typer.Option(metavar="x,y,t", help="Independent variables of --equation, where lap does not say which."),
    ] = None,
    field: Field = None,
    x: GridX = None,
    t: GridT = None,
    boundary: Boundary = None,
    force: Force = False,
) -> None:
    """Show generators with their validity, Lie brackets and, with --against, their distance to known ones.

    Angles are in radians, over the data's points and in the data's inner product. lps stands for the Lie point
    symmetries of the catalog, or of algebra for other equations. affine compares with translations, scalings, shear and
    rotation of the plane; any ten smooth fields span these nearly, so that validity says more. With --equation, no file
    is needed. Of a file of data the grid, range, periodicity, resolution and own residual are shown.
    """
    from symgen import load
    from symgen.exceptions import CheckFailed, DataError, UsageError
    from symgen.image import npz
    from symgen.inspection.brackets import bracket_table
    from symgen.inspection.comparison import compare
    from symgen.inspection.reference import reference
    from symgen.pde.readers import is_data

    if max_distance is not None and against is None:
        raise UsageError("--max-distance needs --against lps or --against FILE.")
    if file is None and not equation:
        raise UsageError('Give a FILE, or an equation as in --equation "u_t + u*u_x + u_xxx".')
    holds_data = file is not None and file.suffix != ".safetensors" and file.exists() and is_data(file)
    if (file is None or holds_data) and (against or figures):
        raise UsageError("--against and --figures belong to a generators file.")
    if file is not None and (function or variables or degree is not None):
        raise UsageError("--degree, --function and --variables belong to --equation without a file.")
    if file is None:
        named = [name.strip() for name in variables.split(",")] if variables else []
        return inspect_equation(out, equation or [], parameters(param or []), degree, function or [], named)
    if holds_data:
        if npz.recognises(file):
            raise UsageError(f"{file} holds images. Find their symmetries with `symgen discover {file}`.")
        return inspect_data(out, file, equation or [], parameters(param or []), field, boundary, x, t)
    if not file.exists() and file.suffix != ".safetensors":
        raise DataError(f"{file}: no such file.")
    if file.is_dir():
        raise UsageError(
            f"{file} is a folder. Give a generators file or a file of data; folders of images are for discover."
        )
    if equation or param or field or boundary or x or t:
        raise UsageError(
            f"--equation, --param, --u, --x, --t and --boundary belong to data, and {file} is not a file of data."
        )
    require_fresh_folder(figures, force, [file, against])
    artifact = load(file)
    comparison = compare(artifact, reference(artifact, against)) if against else None
    brackets = bracket_table(artifact)
    of_images = artifact.metadata.domain.kind == "image"
    moved = verify(artifact, out) if figures and artifact.metadata.domain.kind == "pde" else None
    drawn = draw(artifact, figures, force, out, comparison, moved) if figures else []
    for doubt in artifact.metadata.warnings:
        out.warning(doubt)
    document = {
        "file": file,
        **(image_document(artifact) if of_images else summary(artifact)),
        "brackets": brackets,
        "comparison": {**comparison.model_dump(), "full_distance": comparison.full_distance} if comparison else None,
        "figures": drawn,
    }
    out.result(document, lambda: render(artifact, brackets, comparison, document))
    if comparison and max_distance is not None and comparison.full_distance > max_distance:
        missed = f", with {', '.join(comparison.missed)} missed" if comparison.missed else ""
        raise CheckFailed(
            f"{file} is {comparison.full_distance:.3g} rad from the {comparison.against}{missed}; "
            f"--max-distance allows {max_distance:g}."
        )


def render(
    artifact: Artifact, brackets: list[Bracket], comparison: Comparison | None, document: dict[str, Any]
) -> RenderableType:
    """Tables for a person."""
    m = artifact.metadata
    if m.domain.kind == "image":
        return _render_image(artifact, brackets, comparison, document)
    header, rows = generator_rows(artifact)
    if comparison:
        header.append("angle")
        for row, angle in zip(rows, comparison.found_angles, strict=True):
            row.append(f"{angle:.1e}")
    about = facts(
        {
            **_equations(m),
            "found as": regression_text(m.data.regression) if m.data.regression else None,
            **{f"found {place}": regression_text(one) for place, one in enumerate(m.data.regressions, 1)},
            "data": f"{m.data.samples} trajectories, {m.data.source or 'in memory'}; "
            f"own residual {residual_text(m.data)}",
            "trivial": TRIVIAL if m.trivial else None,
            "spectrum": f"{m.exact} exact, {m.approximate} approximate, gap a factor of {m.gap:.0e}",
            "rule": m.rule,
            "made by": f"symgen {m.symgen_version}, {m.method}, seed {m.seed}",
        }
    )
    parts: list[RenderableType] = [about, "", table(header, rows, numbers=("validity", "norm", "angle"))]
    if comparison:
        parts += ["", *_comparison(comparison, [record.status for record in m.generators])]
    parts += ["", *_brackets(brackets)]
    if document["figures"]:
        parts += ["", f"figures: {document['figures'][0].parent}/"]
    return Group(*parts)


def _equations(m: Metadata) -> dict[str, object]:
    from symgen.generators.metadata import SystemDomain

    if isinstance(m.domain, SystemDomain):
        return {**system_facts(m.domain), "fields": f"polynomials of total degree {m.total_degree}"}
    return {
        "equation": equation_text(m.pde.equation, m.pde.parameters),
        "fields": "periodic in x" if m.pde.periodic_fields else "on open pieces of the solutions",
    }


def _render_image(
    artifact: Artifact, brackets: list[Bracket], comparison: Comparison | None, document: dict[str, Any]
) -> RenderableType:
    m = artifact.metadata
    moved = m.image.moved
    about = facts(
        {
            **image_facts(m.image),
            "table": f"mean angle (rad) of the features of {moved.images} held-out images moved by s; beyond their "
            f"edges: {m.image.padding}",
            "first 3 and 6": against_affine(document["affine_ratios"]),
            "rule": m.rule,
            "made by": f"symgen {m.symgen_version}, {m.method}, seed {m.seed}",
        }
    )
    header = ["", "nearest affine and quadratic field", "off by (rad)", *(["angle"] if comparison else [])]
    angles = comparison.found_angles if comparison else [0.0] * len(m.generators)
    rows = [
        [f"V{place}", nearest_text(record), f"{record.formula_error:.2f}", f"{angle:.2f}"][: len(header)]
        for place, (record, angle) in enumerate(zip(m.generators, angles, strict=True), 1)
    ]
    parts: list[RenderableType] = [about, "", validity_table(artifact, moved.scales)]
    parts += ["", table(header, rows, numbers=header[2:])]
    if comparison:
        parts += ["", *_comparison(comparison, None)]
    parts += ["", *_brackets(brackets)]
    if document["figures"]:
        parts += ["", f"figures: {document['figures'][0].parent}/"]
    return Group(*parts)


def _comparison(comparison: Comparison, statuses: Sequence[str] | None) -> list[RenderableType]:
    """Alignment and angles; what is missed and outside too, where there are statuses of exact symmetries."""
    long = max(map(len, comparison.names)) > LONGEST_NAME
    columns = {f"W{i}" if long else name: name for i, name in enumerate(comparison.names, 1)}
    header = ["|<V, W>|", *columns]
    rows = [[f"V{i}", *(f"{v:.3f}" for v in row)] for i, row in enumerate(comparison.alignment, 1)]
    rows.append(["angle", *(f"{angle:.1e}" for angle in comparison.reference_angles)])
    worst = max(comparison.principal_angles)
    verdict = facts(
        {
            "against": comparison.against,
            "Grassmann distance": f"{comparison.distance:.2e} rad over {len(comparison.principal_angles)} principal "
            f"angles, the largest {worst:.2e} ({math.degrees(worst):.2g} degrees)",
            "missed": (", ".join(comparison.missed) or "none") if statuses else None,
            "outside": (_outside(comparison, statuses) or "none") if statuses else None,
        }
    )
    legend: list[RenderableType] = [facts(columns), ""] if long else []
    return [Text("Comparison", style="bold"), verdict, "", *legend, table(header, rows, numbers=header[1:])]


def _outside(comparison: Comparison, statuses: Sequence[str]) -> str:
    """Generators that are not in the reference's span; the exact ones are symmetries that it does not list."""
    exact = [f"V{place}" for place in comparison.outside if statuses[place - 1] == "exact"]
    others = [f"V{place}" for place in comparison.outside if statuses[place - 1] != "exact"]
    groups = ((exact, "exact by their own validity"), (others, "no exact symmetry"))
    return "; ".join(f"{', '.join(places)} ({what})" for places, what in groups if places)


def _brackets(brackets: list[Bracket]) -> list[RenderableType]:
    if not brackets:
        return [Text("One generator: no brackets.")]
    title = Text("Lie brackets of the formulas F (generators V = F / norm)", style="bold")
    errors = [bracket.closure_error for bracket in brackets]
    if len(brackets) > 1 and min(errors) > OPEN:
        return [title, Text(f"All {len(brackets)} leave the span, by {min(errors):.0e} to {max(errors):.0e}.")]
    rows = []
    for bracket in brackets:
        if bracket.closure_error > OPEN:
            value = f"leaves the span (by {bracket.closure_error:.0e})"
        elif not bracket.constants:
            continue
        else:
            value = str(bracket)
        rows.append([f"[F{bracket.first}, F{bracket.second}]", value])
    closed = [b.closure_error for b in brackets if b.closure_error <= OPEN]
    note = "All other pairs commute." if rows else "All pairs commute."
    note += (
        f" Closure error{' of the closed ones' if len(closed) < len(brackets) else ''} at most {max(closed):.0e}."
        if closed
        else ""
    )
    return [title, *([table(["", "="], rows)] if rows else []), Text(note, style="dim")]
