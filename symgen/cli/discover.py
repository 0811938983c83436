"""`symgen discover`: the symmetries hidden in data, as ranked generators with formulas."""

from __future__ import annotations

from collections.abc import Callable

from symgen.cli import discover_options as own
from symgen.cli import point_options as of_points
from symgen.cli.app import command
from symgen.cli.discover_image import images_of_request
from symgen.cli.discover_pde import equation_of_request
from symgen.cli.discover_points import points_of_request
from symgen.cli.discover_system import system_of_request
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
from symgen.data_files import as_one
from symgen.discovery.requests.find import find_request
from symgen.discovery.requests.request import Kind, Request

RUN: dict[Kind, Callable[[Output, Request], None]] = {
    "images": images_of_request,
    "equation": equation_of_request,
    "system": system_of_request,
    "points": points_of_request,
}
"""What is done for each kind of data."""


@command(
    "symgen discover kdv",
    "symgen discover ckdv --periodic --seed 1 -o ckdv.safetensors",
    "symgen discover ks --method network --periodic",
    "symgen discover kdv --method flow --periodic --init random --steps 1200",
    "torchrun --nproc-per-node 2 -m symgen discover kdv --preset paper",
    "symgen discover cifar10 --n-generators 10",
    "symgen discover rotated-mnist --data mnist.npz --method spectral",
    "symgen discover path/to/folder --extractor extractor.safetensors --method spectral",
    "torchrun --nproc-per-node 2 -m symgen discover --data 'runs/*.h5'",
    "symgen discover burgers --data burgers.h5 --param nu=0.02",
    'symgen discover --data mine.h5 --equation "u_t + u*u_x + u_xxx"',
    'symgen discover flow.npz --equation "u_t + u*u_x + v*u_y = nu*lap(u)" '
    '--equation "v_t + u*v_x + v*v_y = nu*lap(v)" --param nu=0.1',
    "symgen discover nls",
    "symgen discover kepler -n 8",
    "symgen discover unknown.npz",
    'symgen discover unknown.npz --assume "d/dx, d/dt, t*d/dx + d/du"',
    "symgen discover --data solution.npy --x 0:1 --t 0:2*pi",
    'symgen discover --points events.npz --target "mass**2" --columns E,px,py,pz',
    "symgen discover --points table.csv --target energy --library quadratic",
    "symgen discover --points samples.npy",
    "symgen discover --points samples.npy --function model:energy",
)
def discover(
    out: Output,
    name: own.Name = None,
    data: own.Data = None,
    equation: Equation = None,
    param: Param = None,
    method: own.Method = None,
    n_generators: own.Count = None,
    degree: own.Degree = None,
    output: own.Generators = None,
    figures: own.Figures = None,
    no_figures: own.NoFigures = False,
    report: own.Report = False,
    report_file: own.ReportFile = None,
    format: Format = None,
    open: Open = False,
    force: Force = False,
    field: Field = None,
    x: GridX = None,
    y: GridY = None,
    z: GridZ = None,
    t: GridT = None,
    boundary: Boundary = None,
    skip_bad: SkipBad = False,
    samples: own.Simulated = None,
    points: own.Points = None,
    terms: own.Terms = None,
    assume: own.Assume = None,
    confidence: own.Confidence = None,
    periodic: own.Periodic = False,
    x_degree: own.DegreeX = None,
    t_degree: own.DegreeT = None,
    u_degree: own.DegreeU = None,
    width: own.Width = None,
    steps: own.Steps = None,
    preset: own.Preset = None,
    init: own.Init = None,
    batch: own.Batch = None,
    sigma: own.Sigma = None,
    learning_rate: own.LearningRate = None,
    validity_weight: own.Loss = None,
    orthonormality_weight: own.Loss = None,
    lipschitz_weight: own.Loss = None,
    lipschitz_bound: own.LipschitzBound = None,
    sobolev_weight: own.Loss = None,
    resume: own.Resume = False,
    slots: own.Slots = None,
    scale: own.Scale = None,
    extractor: own.Extractor = None,
    extractor_width: own.ExtractorWidth = None,
    extractor_schedule: own.ExtractorSchedule = None,
    extractor_batch: own.ExtractorBatch = None,
    memory_limit: own.Memory = None,
    to_rgb: own.ToRgb = False,
    point_file: of_points.PointFile = None,
    target: of_points.Target = None,
    function: of_points.Function = None,
    symmetry: of_points.Symmetry = None,
    library: of_points.Library = None,
    columns: of_points.Columns = None,
    inputs: of_points.Inputs = None,
    shared: of_points.Shared = None,
    particles: of_points.Particles = None,
    classes: of_points.Classes = None,
    seed: Seed = 0,
    device: Device = "auto",
) -> None:
    """Find the symmetries of an equation, a system, images or points: ranked generators, formulas, figures.

    The data of an equation or a system are simulated (and kept in the cache), unless given with --data. Then the
    equation is NAME, --equation or what the file says; if it says nothing, a sparse one is found in the data first.
    Defect is the residual that moving the data brings, relative to the equation's terms. For images it is the angle by
    which the features of a trained network turn, in radians; for points the rate at which the target changes, relative
    to its gradient.
    """
    given = as_one(data) if data else None
    options = {**locals(), "data": given, "param": parameters(param or []) or None}
    found = find_request(name, given, point_file, options, device)
    RUN[found.kind](out, found)
