"""The options of `symgen discover` that only points have, as types."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import typer

POINTS = "Points"

PointFile = Annotated[
    Path | None,
    typer.Option(
        "--points",
        rich_help_panel=POINTS,
        metavar="FILE",
        help="Vectors, a row each: .npz, .npy, .csv, .tsv, .mat, .h5, .pt or .parquet. Without --target and --function "
        "the symmetries of their density are found.",
    ),
]
Target = Annotated[
    list[str] | None,
    typer.Option(
        rich_help_panel=POINTS,
        metavar="NAME|FORMULA",
        help="What depends on them: a column or an array, or a formula of columns such as mass**2. It is fitted. "
        "Repeatable.",
    ),
]
Function = Annotated[
    str | None,
    typer.Option(
        rich_help_panel=POINTS,
        metavar="MODULE:NAME",
        help="Your own function of them in torch or numpy, instead of --target: (n, d) or (n, k, d) to (n,) or (n, p). "
        "The module is imported, also from the current folder.",
    ),
]
Symmetry = Annotated[
    Literal["invariance", "equivariance", "density"] | None,
    typer.Option(
        rich_help_panel=POINTS,
        help="The target does not change; it changes by a field of its own; or the density of the points stays (the "
        "target or function is its logarithm).",
        show_default="invariance; density without --target and --function",
    ),
]
Library = Annotated[
    Literal["linear", "affine", "quadratic"] | None,
    typer.Option(
        rich_help_panel=POINTS, help="Fields that are looked at; other degrees with --degree.", show_default="affine"
    ),
]
Columns = Annotated[
    str | None,
    typer.Option(
        rich_help_panel=POINTS,
        metavar="A,B,...",
        help="Columns of a table that are the coordinates; or names for those of an array.",
        show_default="all columns of numbers but the target",
    ),
]
Inputs = Annotated[
    str | None,
    typer.Option(
        rich_help_panel=POINTS,
        metavar="NAME,...",
        help="Arrays that are the points, side by side.",
        show_default="the only one beside the target",
    ),
]
Shared = Annotated[
    bool | None,
    typer.Option(
        "--shared/--no-shared",
        rich_help_panel=POINTS,
        help="One field for all k particles of arrays (n, k, d), or one on all k*d coordinates.",
        show_default="shared",
    ),
]
Particles = Annotated[
    int | None,
    typer.Option(
        rich_help_panel=POINTS,
        min=1,
        help="Of a flat table: how many particles are in a row, one after the other. One field acts on all of them.",
        show_default="1",
    ),
]
Classes = Annotated[
    bool | None,
    typer.Option(
        "--classes/--no-classes",
        rich_help_panel=POINTS,
        help="Whether the target is a class.",
        show_default="if it is text, true or false, or few whole numbers",
    ),
]
