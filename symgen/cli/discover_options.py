"""The options of `symgen discover` that no other command has, as types, and which of them belong to what."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import typer

from symgen.cli.completion import subjects

EQUATIONS = "Equations and systems"
NETWORKS = "Networks (--method network or flow)"
FLOW = "Flow training (--method flow)"
IMAGES = "Images"

Name = Annotated[
    str | None,
    typer.Argument(
        metavar="NAME",
        autocompletion=subjects,
        help="An equation or a system of the catalog, e.g. kdv or nls; images: cifar10, cifar100, mnist, "
        "fashion-mnist, rotated-mnist or rotated-fashion-mnist; or a path, as with --data or --points.",
    ),
]
Data = Annotated[
    list[Path] | None,
    typer.Option(
        help="A file of data to use instead of simulated ones, which NAME can be, too; several files of one kind: the "
        "option again, a glob in quotes, 'folder/*.h5', or a folder of HDF5 files; or a local copy of images: a "
        "folder, <class>/* or train/<class>/* and test/<class>/*; IDX files; an .npz with train_images, train_labels "
        "and so on.",
    ),
]
Count = Annotated[int | None, typer.Option(help="How many generators to keep.", show_default="by the gap; images: 10")]
Confidence = Annotated[
    float | None,
    typer.Option(
        rich_help_panel=EQUATIONS,
        help="With which upper bounds of defects hold. A symmetry that may be off by more than 0.05 of what cancels in "
        "the symmetry condition, alone or combined with the certain ones, is undecided.",
        show_default="0.95",
    ),
]
Method = Annotated[
    Literal["spectral", "network", "flow"] | None,
    typer.Option(
        help="An eigenproblem in a library of features, or (equations) in those of a trained network; or networks "
        "trained on data that are moved at finite scale.",
        show_default="spectral; images: flow",
    ),
]
Preset = Annotated[
    Literal["paper"] | None,
    typer.Option(
        rich_help_panel=FLOW,
        help="The published settings of flow training (Ko, Kim and Lee 2024); options given here win.",
    ),
]
Periodic = Annotated[
    bool,
    typer.Option("--periodic", rich_help_panel=EQUATIONS, help="Only fields that are periodic in x."),
]
DegreeX = Annotated[
    int | None,
    typer.Option(
        "--x-degree",
        rich_help_panel=EQUATIONS,
        help="Degree in x; waves in x if --periodic.",
        show_default="2; 0 if --periodic",
    ),
]
DegreeT = Annotated[
    int | None,
    typer.Option(
        "--t-degree",
        rich_help_panel=EQUATIONS,
        help="Degree in t; of systems, where it is to be more than --degree.",
        show_default="12; systems: --degree",
    ),
]
DegreeU = Annotated[
    int | None, typer.Option("--u-degree", rich_help_panel=EQUATIONS, help="Degree in u.", show_default="2")
]
Degree = Annotated[
    int | None,
    typer.Option(
        help="Degree of the eigenproblem's fields: of images, or in all variables together of systems and points.",
        show_default="2; points: as --library",
    ),
]
Width = Annotated[int | None, typer.Option(rich_help_panel=NETWORKS, help="Units of the network.", show_default="64")]
Steps = Annotated[
    int | None,
    typer.Option(
        rich_help_panel=NETWORKS,
        help="Training steps of the network.",
        show_default="200; 600 for flow; images: 800",
    ),
]
Init = Annotated[
    Literal["spectral", "random"] | None,
    typer.Option(
        rich_help_panel=FLOW,
        help="Start fitted to what the eigenproblem finds, or from random weights.",
        show_default="spectral",
    ),
]
Batch = Annotated[
    int | None,
    typer.Option(rich_help_panel=FLOW, help="Trajectories or images in a step.", show_default="2; images: 12"),
]
Sigma = Annotated[
    float | None, typer.Option(rich_help_panel=FLOW, help="Largest scale of the flow.", show_default="0.4")
]
LearningRate = Annotated[
    float | None,
    typer.Option(
        rich_help_panel=FLOW,
        help="At its highest.",
        show_default="3e-3 from random weights, else 3e-4; images: 2e-3",
    ),
]
Loss = Annotated[float | None, typer.Option(rich_help_panel=FLOW, min=0, help="Weight of that loss.")]
LipschitzBound = Annotated[
    float | None,
    typer.Option(
        rich_help_panel=FLOW,
        help="Steepest slope of a unit field that costs nothing; images: a side has length 2.",
        show_default="3; images: 1.9",
    ),
]
Resume = Annotated[
    bool, typer.Option("--resume", rich_help_panel=FLOW, help="Go on from the checkpoint beside the output.")
]
Points = Annotated[
    int | None,
    typer.Option("--n-points", rich_help_panel=EQUATIONS, help="Points of the data to use.", show_default="32768"),
]
Simulated = Annotated[
    int | None,
    typer.Option("--samples", "-n", rich_help_panel=EQUATIONS, help="Trajectories to simulate.", min=1,
                 show_default="16; systems: 4"),
]  # fmt: skip
Terms = Annotated[
    Literal["plain", "all"] | None,
    typer.Option(
        rich_help_panel=EQUATIONS,
        help="Terms of an equation that is sought in the data: derivatives of u, u^2 and u^3; or also coefficients "
        "x, x^2, 1/x, t and 1/t, and products with u_x^2.",
        show_default="plain; all where these leave much",
    ),
]
Assume = Annotated[
    list[str] | None,
    typer.Option(
        rich_help_panel=EQUATIONS,
        metavar="FIELDS",
        help="Symmetries that the equation sought in the data is known to have, such as 'd/dx, t*d/dx + d/du': only "
        "equations with these are tried. Repeatable.",
    ),
]
Slots = Annotated[
    int | None,
    typer.Option(
        rich_help_panel=IMAGES,
        help="Fields that are trained, of which the best are kept.",
        show_default="as many as are kept",
    ),
]
Scale = Annotated[
    float | None,
    typer.Option(
        rich_help_panel=IMAGES,
        help="Scale of the differences in the eigenproblem; 0 for derivatives.",
        show_default="0.2",
    ),
]
Extractor = Annotated[
    str | None,
    typer.Option(
        rich_help_panel=IMAGES,
        metavar="FILE|torchvision:NAME",
        help="Network whose features say what an image shows.",
        show_default="one that is trained, or the cache has",
    ),
]
ExtractorWidth = Annotated[
    int | None,
    typer.Option(
        rich_help_panel=IMAGES,
        min=1,
        help="Channels of the first stage of the ResNet-18 that is trained; half those of the whitened network.",
        show_default="16; 64 on CUDA",
    ),
]
ExtractorSchedule = Annotated[
    Literal["fast", "whitened", "paper"] | None,
    typer.Option(
        rich_help_panel=IMAGES,
        help="Its training: a few epochs; another network in the same time, more accurate, but on synthetic images "
        "less blind to true symmetries; or the published 200.",
        show_default="fast",
    ),
]
ExtractorBatch = Annotated[
    int | None,
    typer.Option(
        rich_help_panel=IMAGES,
        min=2,
        help="Images in a step of its training.",
        show_default="as the schedule has it, or fewer if there are too few",
    ),
]
Memory = Annotated[
    float | None,
    typer.Option(
        "--memory",
        rich_help_panel=IMAGES,
        metavar="GB",
        help="For what is kept of moved images: batches are moved in pieces that fit.",
        show_default="2",
    ),
]
ToRgb = Annotated[
    bool,
    typer.Option("--to-rgb", rich_help_panel=IMAGES, help="Convert transparent images and those of palettes."),
]
Generators = Annotated[
    Path | None,
    typer.Option("--output", "-o", help="The generators file; by default NAME-generators.safetensors."),
]
Figures = Annotated[
    Path | None, typer.Option(metavar="DIR", help="Folder for the figures.", show_default="NAME-figures")
]
Report = Annotated[
    bool, typer.Option("--report", help="Write a report, too: a page for a browser, NAME-report.html beside --output.")
]
ReportFile = Annotated[
    Path | None, typer.Option("--report-file", metavar="FILE.html", help="Where the report goes; it needs no --report.")
]
NoFigures = Annotated[bool, typer.Option("--no-figures", help="Draw no figures.")]
