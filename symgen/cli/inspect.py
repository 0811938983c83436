"""`symgen inspect`: a generators file, beside known symmetries; a file of data; the algebra of an equation."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from symgen.cli.app import command
from symgen.cli.completion import paths
from symgen.cli.figure_files import FigureFolder
from symgen.cli.generators import require_generators
from symgen.cli.inspect_conserved import inspect_conserved
from symgen.cli.inspect_data import inspect_data
from symgen.cli.inspect_equation import inspect_equation
from symgen.cli.inspect_generators import inspect_generators
from symgen.cli.inspect_images import inspect_images
from symgen.cli.inspect_rows import inspect_rows
from symgen.cli.options import (
    Boundary,
    Field,
    Force,
    Format,
    GridT,
    GridX,
    GridY,
    GridZ,
    Open,
    ParamOrSymbol,
    against_option,
    parameters,
    parameters_and_symbols,
)
from symgen.cli.output import Output
from symgen.data_files import is_there
from symgen.discovery.requests.method_settings import refuse
from symgen.discovery.requests.subject import holds_images, points_mentioned
from symgen.exceptions import DataError, UsageError
from symgen.readable import require_readable


@command(
    "symgen inspect kdv-generators.safetensors",
    "symgen inspect kdv-generators.safetensors --against lps --figures figures",
    "symgen inspect cifar10-generators.safetensors --against affine",
    "symgen inspect events-generators.safetensors --against lorentz",
    "symgen inspect mine.safetensors --against other.safetensors --max-distance 0.01",
    'symgen inspect mine.h5 --equation "u_t + u*u_x + u_xxx"',
    "symgen inspect mine.h5 --open",
    "symgen inspect photos/ --figures pictures",
    "symgen inspect --points events.npz --open",
    "symgen inspect mine.h5 --conserved --figures figures --format pdf",
    'symgen inspect --equation "u_t + u*u_x = nu*u_xx" --param nu=0.1',
    'symgen inspect --equation "u_t = (u^m*u_x)_x" --param m',
    'symgen inspect --equation "u_t = u_xx + u*log(u)" --function "exp(t)"',
    'symgen inspect --equation "u_t = -v_xx/2 - (u^2 + v^2)*v" --equation "v_t = u_xx/2 + (u^2 + v^2)*u"',
    'symgen inspect --equation "u_t + u*u_x + u_xxx" --conserved',
    'symgen inspect --equation "psi_t = I*lap(psi)/2 - I*abs(psi)^2*psi" --variables x,y,t --degree 3',
)
def inspect(
    out: Output,
    file: Annotated[
        Path | None,
        typer.Argument(
            metavar="[FILE]",
            autocompletion=paths,
            help="A generators file, made by discover, or data: a file, or a folder of images.",
        ),
    ] = None,
    points: Annotated[
        Path | None,
        typer.Option("--points", metavar="FILE", help="A file of points, a row each, as discover --points takes it."),
    ] = None,
    against: Annotated[
        str | None,
        against_option(
            "Compare with an equation's true symmetries, the affine group (images), a group of linear or affine "
            "maps (points) or another file.",
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
    format: Format = None,
    open: Open = False,
    equation: Annotated[
        list[str] | None,
        typer.Option(
            metavar="FORMULA",
            help="The equation of the data; without FILE: its symmetries, by algebra. Repeat it for a system.",
        ),
    ] = None,
    param: ParamOrSymbol = None,
    degree: Annotated[
        int | None,
        typer.Option(
            min=0, max=6, help="Degree of the ansatz of --equation.", show_default="4; 2 for systems; 3 for --conserved"
        ),
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
    conserved: Annotated[
        bool,
        typer.Option(
            "--conserved",
            help="What is conserved: densities and fluxes of --equation, by algebra; of data, what stays constant.",
        ),
    ] = False,
    order: Annotated[
        int | None,
        typer.Option(
            min=0, max=8, help="Derivatives in one product of a multiplier of --conserved.", show_default="up to 4"
        ),
    ] = None,
    time_limit: Annotated[
        float | None,
        typer.Option(
            min=1,
            metavar="SECONDS",
            help="Computing time that the algebra of --equation may take.",
            show_default="300",
        ),
    ] = None,
    field: Field = None,
    x: GridX = None,
    y: GridY = None,
    z: GridZ = None,
    t: GridT = None,
    boundary: Boundary = None,
    force: Force = False,
) -> None:
    """Show generators with their defect, Lie brackets and, with --against, their distance to known ones.

    Angles are in radians, over the data's points and in the data's inner product. lps stands for the Lie point
    symmetries of the catalog, or of algebra for other equations. affine compares with translations, scalings, shear and
    rotation of the plane; any ten smooth fields span these nearly, so that defect says more. Of points also matrices,
    the algebra and the quadratic forms that it leaves alone are shown; lorentz, rotation, euclid and similarity are
    groups to compare them with. With --equation, no file is needed; with --conserved, conservation laws are shown
    instead. Of a file of data the grid, range, periodicity, resolution and own residual are shown, and how well they
    keep what their equation conserves; with --conserved also what stays constant in them, whatever the equation.
    """
    if force and figures is None:
        raise UsageError("--force is about --figures, and there are none.")
    from symgen.pde.readers import Choice, is_data

    of_others: dict[str, object] = {
        "against": against,
        "equation": equation,
        "param": param,
        "degree": degree,
        "function": function,
    }
    of_others |= {"variables": variables, "conserved": conserved, "order": order, "field": field}
    of_others |= {"time_limit": time_limit}
    of_others |= {"x": x, "y": y, "z": z, "t": t, "boundary": boundary, "max_distance": max_distance}
    if points is not None:
        if file is not None:
            raise UsageError(f"{file} and --points {points} are two. Give one file.")
        refuse("points", of_others)
        inspect_rows(out, points, FigureFolder.choose(figures, format, force, open, points))
        return
    if file is not None:
        require_readable(file)
    is_generators = file is not None and file.suffix == ".safetensors"
    if file is not None and not is_generators and is_there(file) and holds_images(file):
        refuse("images", of_others)
        inspect_images(out, file, FigureFolder.choose(figures, format, force, open, file))
        return
    if max_distance is not None and against is None:
        raise UsageError("--max-distance needs --against, with a name such as lps or a FILE.")
    if file is None and not equation:
        raise UsageError('Give a FILE, or an equation as in --equation "u_t + u*u_x + u_xxx".')
    holds_data = file is not None and not is_generators and is_there(file) and is_data(file)
    if (file is None or holds_data) and against:
        raise UsageError("--against belongs to a generators file.")
    if file is None and (figures or format or open):
        raise UsageError("--figures, --format and --open draw what is in a FILE: give one.")
    if file is not None and (function or variables or any(v is not None for v in (degree, order, time_limit))):
        raise UsageError(
            "--degree, --function, --variables, --order and --time-limit belong to --equation without a file."
        )
    if conserved and file is not None and is_there(file) and not holds_data:
        raise UsageError(
            "--conserved is for data or for --equation; generators files say what is conserved as they are."
        )
    if order is not None and not conserved:
        raise UsageError("--order belongs to --conserved.")
    if file is None:
        if field or boundary or x or y or z or t:
            raise UsageError("--u, --x, --y, --z, --t and --boundary say more about a file of data: give it too.")
        named = [name.strip() for name in variables.split(",")] if variables else []
        about = (out, equation or [], parameters_and_symbols(param or []), degree, function or [], named)
        if conserved:
            return inspect_conserved(*about, order, time_limit)
        return inspect_equation(*about, time_limit)
    if holds_data:
        choice = Choice(field, x, y, z, t)
        with points_mentioned(file):
            about_data = (out, file, choice, equation or [], parameters(param or []), boundary)
            return inspect_data(*about_data, conserved, FigureFolder.choose(figures, format, force, open, file))
    if not is_generators and not is_there(file):
        raise DataError(f"{file}: no such file.")
    if equation or param or field or boundary or x or y or z or t:
        raise UsageError(
            f"--equation, --param, --u, --x, --y, --z, --t and --boundary belong to data, and {file} is not a file of "
            "data."
        )
    if is_generators:
        require_generators(file)
    folder = FigureFolder.choose(figures, format, force, open, file, against)
    inspect_generators(out, file, against, max_distance, folder)
