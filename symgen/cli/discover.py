"""`symgen discover`: the symmetries hidden in data, as ranked generators with formulas."""

from __future__ import annotations

import difflib
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal, cast

import typer

from symgen.cli.app import command
from symgen.cli.destination import Destination
from symgen.cli.method_settings import method_settings, refuse
from symgen.cli.options import (
    Boundary,
    Device,
    Field,
    Force,
    GridT,
    GridX,
    Param,
    Seed,
    SkipBad,
    parameters,
    pick_device,
)
from symgen.cli.output import Output
from symgen.exceptions import DataError, UsageError

if TYPE_CHECKING:
    from symgen.pde.readers.content import Content

FLOW_PANEL = "Flow training (--method flow)"
IMAGE_PANEL = "Images"
PDE_PANEL = "Equations"
Loss = Annotated[float | None, typer.Option(rich_help_panel=FLOW_PANEL, min=0, help="Weight of that loss.")]


@command(
    "symgen discover kdv",
    "symgen discover ckdv --periodic --seed 1 -o ckdv.safetensors",
    "symgen discover ks --method network --periodic",
    "symgen discover kdv --method flow --periodic --init random --steps 1200",
    "torchrun --nproc-per-node 2 -m symgen discover kdv --preset paper",
    "symgen discover cifar10 --n-generators 10",
    "symgen discover rotated-mnist --data mnist.npz --method spectral",
    "symgen discover path/to/folder --extractor extractor.safetensors --method spectral",
    "symgen discover burgers --data burgers.h5 --param nu=0.02",
    'symgen discover --data mine.h5 --equation "u_t + u*u_x + u_xxx"',
    'symgen discover flow.npz --equation "u_t + u*u_x + v*u_y = nu*lap(u)" '
    '--equation "v_t + u*v_x + v*v_y = nu*lap(v)" --param nu=0.1',
    "symgen discover unknown.npz",
    "symgen discover --data solution.npy --x 0:1 --t 0:2*pi",
)
def discover(
    out: Output,
    name: Annotated[
        str | None,
        typer.Argument(
            metavar="[NAME]",
            help="An equation of the catalog, e.g. kdv; images: cifar10, cifar100, mnist, fashion-mnist, rotated-mnist "
            "or rotated-fashion-mnist; or a path, as with --data.",
        ),
    ] = None,
    data: Annotated[
        Path | None,
        typer.Option(
            help="Trajectories to use instead of simulated ones; or a local copy of images: a folder, <class>/* or "
            "train/<class>/* and test/<class>/*; IDX files; an .npz with train_images, train_labels and so on.",
        ),
    ] = None,
    equation: Annotated[
        list[str] | None,
        typer.Option(
            rich_help_panel=PDE_PANEL,
            metavar="FORMULA",
            help="The data's equation, an expression that equals zero. Repeat it for a system: one for each unknown.",
        ),
    ] = None,
    param: Param = None,
    n_generators: Annotated[
        int | None, typer.Option(help="How many generators to keep.", show_default="by the gap; images: 10")
    ] = None,
    method: Annotated[
        Literal["spectral", "network", "flow"] | None,
        typer.Option(
            help="An eigenproblem in a library of features, or (equations) in those of a trained network; or networks "
            "trained on data that are moved at finite scale.",
            show_default="spectral; images: flow",
        ),
    ] = None,
    preset: Annotated[
        Literal["paper"] | None,
        typer.Option(help="The published settings of flow training (Ko, Kim and Lee 2024); options given here win."),
    ] = None,
    periodic: Annotated[
        bool, typer.Option("--periodic", rich_help_panel=PDE_PANEL, help="Only fields that are periodic in x.")
    ] = False,
    x_degree: Annotated[
        int | None,
        typer.Option(
            rich_help_panel=PDE_PANEL, help="Degree in x; waves in x if --periodic.", show_default="2; 0 if --periodic"
        ),
    ] = None,
    t_degree: Annotated[
        int | None, typer.Option(rich_help_panel=PDE_PANEL, help="Degree in t.", show_default="12")
    ] = None,
    u_degree: Annotated[
        int | None, typer.Option(rich_help_panel=PDE_PANEL, help="Degree in u.", show_default="2")
    ] = None,
    width: Annotated[int | None, typer.Option(help="Units of the network.", show_default="64")] = None,
    steps: Annotated[
        int | None, typer.Option(help="Training steps of the network.", show_default="200; 600 for flow; images: 800")
    ] = None,
    init: Annotated[
        Literal["spectral", "random"] | None,
        typer.Option(
            rich_help_panel=FLOW_PANEL,
            help="Start fitted to what the eigenproblem finds, or from random weights.",
            show_default="spectral",
        ),
    ] = None,
    batch: Annotated[
        int | None,
        typer.Option(
            rich_help_panel=FLOW_PANEL, help="Trajectories or images in a step.", show_default="2; images: 12"
        ),
    ] = None,
    sigma: Annotated[
        float | None, typer.Option(rich_help_panel=FLOW_PANEL, help="Largest scale of the flow.", show_default="0.4")
    ] = None,
    learning_rate: Annotated[
        float | None,
        typer.Option(
            rich_help_panel=FLOW_PANEL,
            help="At its highest.",
            show_default="3e-3 from random weights, else 3e-4; images: 2e-3",
        ),
    ] = None,
    validity_weight: Loss = None,
    orthonormality_weight: Loss = None,
    lipschitz_weight: Loss = None,
    lipschitz_bound: Annotated[
        float | None,
        typer.Option(
            rich_help_panel=FLOW_PANEL,
            help="Steepest slope of a unit field that costs nothing; images: a side has length 2.",
            show_default="3; images: 1.9",
        ),
    ] = None,
    sobolev_weight: Loss = None,
    resume: Annotated[
        bool,
        typer.Option("--resume", rich_help_panel=FLOW_PANEL, help="Go on from the checkpoint beside the output."),
    ] = False,
    points: Annotated[
        int | None, typer.Option(rich_help_panel=PDE_PANEL, help="Points of the data to use.", show_default="32768")
    ] = None,
    samples: Annotated[
        int | None,
        typer.Option(
            "--samples", "-n", rich_help_panel=PDE_PANEL, help="Trajectories to simulate.", min=1, show_default="16"
        ),
    ] = None,
    field: Field = None,
    x: GridX = None,
    t: GridT = None,
    boundary: Boundary = None,
    terms: Annotated[
        Literal["plain", "all"] | None,
        typer.Option(
            rich_help_panel=PDE_PANEL,
            help="Terms of an equation that is sought in the data: derivatives of u, u^2 and u^3; or also coefficients "
            "x, x^2, 1/x, t and 1/t, and products with u_x^2.",
            show_default="plain; all where these leave much",
        ),
    ] = None,
    skip_bad: SkipBad = False,
    slots: Annotated[
        int | None,
        typer.Option(
            rich_help_panel=IMAGE_PANEL,
            help="Fields that are trained, of which the best are kept.",
            show_default="as many as are kept",
        ),
    ] = None,
    scale: Annotated[
        float | None,
        typer.Option(
            rich_help_panel=IMAGE_PANEL,
            help="Scale of the differences in the eigenproblem; 0 for derivatives.",
            show_default="0.2",
        ),
    ] = None,
    degree: Annotated[
        int | None,
        typer.Option(
            help="Degree of the eigenproblem's fields: of images, or in all variables together of systems.",
            show_default="2",
        ),
    ] = None,
    extractor: Annotated[
        str | None,
        typer.Option(
            rich_help_panel=IMAGE_PANEL,
            metavar="FILE|torchvision:NAME",
            help="Network whose features say what an image shows.",
            show_default="one that is trained, or the cache has",
        ),
    ] = None,
    extractor_width: Annotated[
        int | None,
        typer.Option(
            rich_help_panel=IMAGE_PANEL,
            min=1,
            help="Channels of the first stage of the ResNet-18 that is trained; half those of the whitened network.",
            show_default="16; 64 on CUDA",
        ),
    ] = None,
    extractor_schedule: Annotated[
        Literal["fast", "whitened", "paper"] | None,
        typer.Option(
            rich_help_panel=IMAGE_PANEL,
            help="Its training: a few epochs; another network in the same time, more accurate, but on synthetic images "
            "less blind to true symmetries; or the published 200.",
            show_default="fast",
        ),
    ] = None,
    extractor_batch: Annotated[
        int | None,
        typer.Option(
            rich_help_panel=IMAGE_PANEL,
            min=2,
            help="Images in a step of its training.",
            show_default="as the schedule has it, or fewer if there are too few",
        ),
    ] = None,
    memory: Annotated[
        float | None,
        typer.Option(
            rich_help_panel=IMAGE_PANEL,
            metavar="GB",
            help="For what is kept of moved images: batches are moved in pieces that fit.",
            show_default="2",
        ),
    ] = None,
    to_rgb: Annotated[
        bool,
        typer.Option("--to-rgb", rich_help_panel=IMAGE_PANEL, help="Convert transparent images and those of palettes."),
    ] = False,
    seed: Seed = 0,
    device: Device = "auto",
    output: Annotated[
        Path | None,
        typer.Option("--output", "-o", help="The generators file.", show_default="NAME-generators.safetensors"),
    ] = None,
    figures: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Folder for the figures.", show_default="NAME-figures")
    ] = None,
    no_figures: Annotated[bool, typer.Option("--no-figures", help="Draw no figures.")] = False,
    force: Force = False,
) -> None:
    """Find the symmetries of an equation or of images: ranked generators, formulas, figures.

    An equation's data are simulated (and kept in the cache), unless given with --data. Then the equation is NAME,
    --equation or what the file says; if it says nothing, a sparse one is found in the data first. Validity is the
    residual that moving the data brings, relative to the equation's terms. For images it is the angle by which the
    features of a trained network turn, in radians.
    """
    given = {
        "n_generators": n_generators,
        "x_degree": x_degree,
        "t_degree": t_degree,
        "u_degree": u_degree,
        "width": width,
        "steps": steps,
        "init": init,
        "batch": batch,
        "sigma": sigma,
        "learning_rate": learning_rate,
        "validity_weight": validity_weight,
        "orthonormality_weight": orthonormality_weight,
        "lipschitz_weight": lipschitz_weight,
        "lipschitz_bound": lipschitz_bound,
        "sobolev_weight": sobolev_weight,
        "periodic": periodic,
        "points": points,
        "slots": slots,
        "scale": scale,
        "degree": degree,
        "memory_limit": memory,
        "resume": resume,
    }
    of_equations = {
        "equation": equation,
        "param": param,
        "samples": samples,
        "field": field,
        "x": x,
        "t": t,
        "boundary": boundary,
        "terms": terms,
        "skip_bad": skip_bad,
    }
    of_images = {
        "extractor": extractor,
        "extractor_width": extractor_width,
        "extractor_schedule": extractor_schedule,
        "extractor_batch": extractor_batch,
        "to_rgb": to_rgb,
    }
    target = pick_device(device)
    name, data, images = _source(name, data)
    if images:
        from symgen.cli.discover_image import ExtractorChoice, discover_images
        from symgen.discovery.image_settings import IMAGE_METHODS, ImageSettings
        from symgen.image.datasets import load_images

        refuse("images", of_equations)
        of = cast(ImageSettings, method_settings(IMAGE_METHODS, method, preset, "flow", given, seed))
        images_of = name or data
        assert images_of is not None  # else they would be no images
        stem = data.stem if name is None and data and data.is_file() else Path(images_of).resolve().name
        destination = Destination.choose(stem, output, figures, no_figures, force, resume, [data, extractor])
        load = partial(load_images, images_of, to_rgb=to_rgb, data=data if name else None)
        choice = ExtractorChoice(extractor, extractor_width, extractor_schedule, extractor_batch)
        discover_images(out, load, choice, of, target, destination)
    else:
        from symgen.cli.discover_pde import discover_equation
        from symgen.discovery.settings import METHODS, DiscoverySettings
        from symgen.discovery.source import DEFAULT_SAMPLES, find_source

        refuse("equations", of_images)
        content = None if data is None else read_data(data, field, x, t)
        if data is not None and content is not None and is_system(content, name, equation or []):
            from symgen.cli.discover_system import SystemSource, discover_of_system, system_settings

            of_one = {"samples": samples, "terms": terms}
            refuse("solutions of a system", {"preset": preset, **of_one})
            wanted = system_settings(method, given, seed)
            files = [path for path in (data, x, t) if path is not None and Path(path).is_file()]
            destination = Destination.choose(data.stem, output, figures, no_figures, force, resume, files)
            source = SystemSource(data, content, skip_bad, boundary, equation or [], parameters(param or []))
            return discover_of_system(out, source, wanted, target, destination)
        settings = cast(DiscoverySettings, method_settings(METHODS, method, preset, "spectral", given, seed))
        stem = name or (data.stem if data else "generators")
        files = [path for path in (data, x, t) if path is not None and Path(path).is_file()]
        destination = Destination.choose(stem, output, figures, no_figures, force, resume, files)
        read = partial(
            find_source,
            name,
            data,
            equation[0] if equation else None,
            parameters(param or []),
            samples or DEFAULT_SAMPLES,
            seed,
            skip_bad,
            field=field,
            boundary=boundary,
            library=terms,
            x=x,
            t=t,
            content=content,
        )
        discover_equation(out, read, settings, target, destination)


def read_data(data: Path, field: str | None, x: str | None, t: str | None) -> Content:
    """What is in the file of data, unchecked."""
    from symgen.pde.readers import Choice
    from symgen.pde.solutions_file import open_content

    return open_content(data, Choice(field, x, t))


def is_system(content: Content, name: str | None, equations: Sequence[str]) -> bool:
    """Whether data, or the equations for them, are of more than one u(x, t); UsageError where that cannot be."""
    from symgen.pde.readers.content import is_scalar

    scalar = is_scalar(content)
    if name is not None and not scalar:
        holds = f"{', '.join(content.unknowns)} of {', '.join(grid.name for grid in content.grids)}"
        raise UsageError(f"The data hold {holds}, and {name} is an equation for u(x, t). Give --equation instead.")
    if name is not None and len(equations) > 1:
        raise UsageError(f"Give either the name {name} or --equation, not both.")
    return not scalar or len(equations) > 1


def _source(name: str | None, data: Path | None) -> tuple[str | None, Path | None, bool]:
    """The name, the data (whose path may be given as the name), and whether they are images.

    Raises DataError for a path where nothing is, UsageError for a name that is unknown or does not go with the data.
    """
    from symgen.image.datasets import is_images
    from symgen.image.published import NAMES
    from symgen.pde.catalog import names
    from symgen.pde.readers import is_data

    if name is not None and name not in (*names(), *NAMES):
        path = _path(name)
        if data is not None:
            kind = "folder" if path.is_dir() else "file"
            raise UsageError(f"{name} is a {kind}. Give one {kind} of data, or the name of what is in it and --data.")
        name, data = None, path
    if data is None or name in NAMES:
        return name, data, name in NAMES
    if not data.exists():
        raise DataError(f"{data}: no such file.")
    images = is_images(data) and not (data.is_dir() and is_data(data))
    if name is not None and images and not data.is_dir():
        raise UsageError(f"{data} holds images, and {name} is an equation. Give the path alone.")
    return name, data, images and name is None


def _path(name: str) -> Path:
    """What is there under a name that is none of symgen's; raises as `_source` does."""
    from symgen.image.published import NAMES
    from symgen.pde.catalog import get

    path = Path(name)
    if path.is_file() and path.suffix == ".safetensors":
        raise UsageError(f"{name} is a generators file: look at it with `symgen inspect {name}`.")
    if path.exists():
        return path
    if path.suffix or "/" in name or "\\" in name:
        raise DataError(f"{name}: no such file.")
    try:
        get(name)
    except UsageError as error:
        near = difflib.get_close_matches(name, NAMES, n=1)
        hint = f"Did you mean {near[0]!r}? " if near else ""
        raise UsageError(f"{error} {hint}Images: {', '.join(NAMES)}, or a path to others.") from error
    raise AssertionError("the catalog gives what it does not name")
