"""`symgen augment`: more solutions or points from few, moved by their symmetries."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, Literal, TypeVar

import typer
from pydantic import BaseModel

from symgen.cli.app import command
from symgen.cli.augment_points import PointRequest, augment_points, generators_of_points
from symgen.cli.augment_system import (
    Asked,
    as_system,
    augment_system,
    is_of_system,
    open_content_of,
    tell_regressions,
    write_and_show,
)
from symgen.cli.augment_trajectories import render, require_agreement, selected
from symgen.cli.augment_written import write_and_tell
from symgen.cli.completion import equations, names_or_generators
from symgen.cli.figure_files import FigureFile
from symgen.cli.options import (
    Boundary,
    Device,
    Equation,
    Field,
    Force,
    Format,
    GridT,
    GridX,
    GridY,
    GridZ,
    Open,
    Param,
    Seed,
    SkipBad,
    parameters,
)
from symgen.cli.output import Output
from symgen.cli.point_options import Columns, Inputs, Target
from symgen.cli.together import in_another_process, together
from symgen.devices import pick_device
from symgen.discovery.requests.listener import tell_origin
from symgen.discovery.requests.method_settings import refuse
from symgen.discovery.requests.points import listed
from symgen.discovery.requests.request import GIVEN, OF_A_FILE, SIMULATED, TO_SIMULATE
from symgen.names import CATALOG, unknown
from symgen.settings_errors import checked_options

OUTPUT = Path("augmented.h5")
DEFAULT_SAMPLES = 16
Settings = TypeVar("Settings", bound=BaseModel)


@command(
    "symgen augment --pde kdv",
    "symgen augment --pde kdv --generators lps --data kdv.h5 --copies 4 --scale 0.2 -o more.h5",
    "symgen augment --data mine.h5 --generators mine-generators.safetensors",
    "symgen augment --pde reaction-diffusion --generators lps --figures more.png",
    'symgen augment --data flow.npz --equation "u_t + u*u_x + v*u_y = nu*lap(u)" '
    '--equation "v_t + u*v_x + v*v_y = nu*lap(v)" --param nu=0.1 --boundary open',
    "symgen augment --generators dimuon-generators.safetensors --data dimuon.npz --copies 3 -o more.npz",
)
@together
def augment(
    out: Output,
    pde: Annotated[
        str | None,
        typer.Option(
            metavar="NAME",
            autocompletion=equations,
            help="An equation or a system of the catalog, e.g. kdv or nls.",
        ),
    ] = None,
    generators: Annotated[
        str | None,
        typer.Option(
            metavar="FILE|lps|none",
            autocompletion=names_or_generators("lps", "none"),
            help="A generators file, the true Lie point symmetries, or no moved copies.",
            show_default="the newest file of the equation in this folder",
        ),
    ] = None,
    data: Annotated[Path | None, typer.Option(help="Solutions to use instead of simulated ones; or points.")] = None,
    equation: Equation = None,
    param: Param = None,
    target: Target = None,
    columns: Columns = None,
    inputs: Inputs = None,
    copies: Annotated[
        int | None, typer.Option(help="Moved copies of each solution, or point.", show_default="16")
    ] = None,
    scale: Annotated[
        float | None,
        typer.Option(help="Coefficients of the generators, of unit norm, are uniform in +-SCALE.", show_default="0.1"),
    ] = None,
    resampling: Annotated[
        Literal["exact", "whittaker-shannon", "bilinear"] | None,
        typer.Option(
            help="How moved solutions come back to the grid; the last two are the published ways.",
            show_default="exact",
        ),
    ] = None,
    max_defect: Annotated[
        float | None,
        typer.Option(
            "--max-defect",
            "--max-validity",
            min=0,
            help="Use generators up to this defect.",
            show_default="exact and approximate symmetries",
        ),
    ] = None,
    min_times: Annotated[
        int | None,
        typer.Option(
            help="Reject copies that cover fewer times.",
            min=1,
            show_default="half of the times; of one u(x, t) at most 60",
        ),
    ] = None,
    allow_invalid: Annotated[
        bool, typer.Option("--allow-invalid", help="Write, with a warning, what does not solve the equation.")
    ] = False,
    samples: Annotated[
        int | None,
        typer.Option("--samples", "-n", help="Solutions to simulate.", min=1, show_default="16"),
    ] = None,
    field: Field = None,
    x: GridX = None,
    y: GridY = None,
    z: GridZ = None,
    t: GridT = None,
    boundary: Boundary = None,
    skip_bad: SkipBad = False,
    seed: Seed = 0,
    device: Device = "auto",
    output: Annotated[
        Path | None,
        typer.Option(
            "--output", "-o", help="The file: HDF5; of points .npz.", show_default="augmented.h5, or augmented.npz"
        ),
    ] = None,
    figures: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Draw an original and copies of it into this file.")
    ] = None,
    format: Format = None,
    open: Open = False,
    force: Force = False,
) -> None:
    """Move solutions by random combinations of their symmetries, and put them back on the grid.

    The file has the originals first, then the copies, what each copy covers, its coefficients and the original it
    comes from. Without --data solutions are simulated (and kept in the cache). Generators that are no symmetries, or
    that change a period of the data, are left out and named; along open axes (--boundary open) all may move them, and
    what a copy covers is marked. Data that do not solve their equations, and copies that do so far worse, are refused.

    With generators of points, --data are points: they are written under the names of their arrays, with what belongs to
    them (under equivariance moved, too), `source`, the row that each is from, and `coefficients`.
    """
    if pde is not None and pde not in CATALOG:
        raise unknown(pde)
    reading = {"field": field, "x": x, "y": y, "z": z, "t": t}
    moving = {"copies": copies, "scale": scale, "resampling": resampling, "min_times": min_times}
    count = samples or DEFAULT_SAMPLES
    asked = Asked(pde, data, equation or [], parameters(param or []), generators, max_defect, boundary, count, seed)
    picture = FigureFile.choose(figures, format, force, open, data=output or OUTPUT)
    if artifact := generators_of_points(generators):
        if in_another_process():
            return
        from symgen.augmentation.point_file import PointAugmentationSettings

        request = PointRequest(
            data, generators or "", tuple(target or ()), listed("columns", columns), listed("inputs", inputs), skip_bad
        )
        senseless = {"pde": pde, "equation": equation, "param": param, "boundary": boundary, "samples": samples}
        senseless |= {**reading, "min_times": min_times, "resampling": resampling}
        own = {"copies": copies, "scale": scale, "max_defect": max_defect}
        chosen = _settings(PointAugmentationSettings, **own, allow_invalid=allow_invalid, seed=seed)
        augment_points(out, artifact, request, senseless, chosen, pick_device(device), output, force, picture)
        return
    refuse("solutions", {"target": target, "columns": columns, "inputs": inputs})
    if data is None:
        refuse(SIMULATED, {**reading, "skip_bad": skip_bad}, OF_A_FILE)
    else:
        refuse(GIVEN, {"samples": samples}, TO_SIMULATE)
    if generators == "none":
        refuse("--generators none", moving, "no copies are made")
    if generators in ("lps", "none"):
        refuse(f"--generators {generators}", {"max_defect": max_defect}, "it picks among generators that were found")
    from symgen.atomic import require_no_input, require_writable  # here, as the others take long
    from symgen.augmentation.file import AugmentationSettings, move_share, write_augmented
    from symgen.augmentation.moved_solutions import half_of_the_times
    from symgen.discovery.source import find_source

    output = output or OUTPUT
    settings = _settings(AugmentationSettings, **moving, allow_invalid=allow_invalid, seed=seed)
    require_writable(output, force, [data, x, y, z, t, generators])
    place = pick_device(device)
    content = None if data is None else open_content_of(data, **reading)
    if is_of_system(asked, content):
        augment_system(out, asked, content, skip_bad, settings, min_times is None, place, output, force, picture)
        return
    with out.progress("Preparing the data", "data") as update:
        trajectories, found_equation = find_source(
            pde,
            data,
            asked.equations[0] if asked.equations else None,
            asked.parameters,
            count,
            seed,
            skip_bad,
            place,
            update,
            field=field,
            boundary=boundary,
            x=x,
            t=t,
            content=content,
        )
    tell_origin(out, trajectories)
    tell_regressions(out, [trajectories.regression] if trajectories.regression else [])
    require_agreement(trajectories, bool(equation), allow_invalid, out)
    if min_times is None:
        least = min(settings.min_times, half_of_the_times(trajectories.solutions))
        settings = settings.model_copy(update={"min_times": least})
    selection, source = selected(generators, trajectories, max_defect, out)
    require_no_input(output, [source])  # which may be the newest file of the folder
    if not trajectories.info.periodic and settings.resampling == "exact":
        of_one = (trajectories.solutions, as_system(trajectories), selection, source)
        write_and_show(out, *of_one, settings, place, output, force, picture)
        return
    selection = selection and selection.without_shifting_period(trajectories)
    for name, why in selection.left_out if selection else ():
        out.note(f"Left out: {name} ({why}).")
    if in_another_process():
        move_share(trajectories, found_equation, selection, settings, place)
        return
    write_and_tell(
        out,
        output,
        picture,
        lambda update: write_augmented(output, trajectories, found_equation, selection, settings, place, force, update),
        {
            "equation": trajectories.info.equation,
            "data": trajectories.source,
            "generators_file": source,
            "settings": settings,
        },
        render,
        cure="Use --resampling exact." if settings.resampling != "exact" else "Store more times.",
        unjudged="The copies cover too few times to see whether they solve the equation. Use a larger --min-times.",
    )


def _settings(kind: type[Settings], **options: Any) -> Settings:
    """With defaults for options that are None."""
    with checked_options({}):
        return kind.model_validate({name: value for name, value in options.items() if value is not None})
