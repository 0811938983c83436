"""`symgen.discover`: the symmetries hidden in data."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from symgen.api.generators import Generators
from symgen.api.heard import Heard, Progress
from symgen.api.options import as_options, place_of
from symgen.api.subject import Subject, find_subject
from symgen.api.words import python_words
from symgen.discovery.requests.listener import Checkpoint
from symgen.exceptions import UsageError
from symgen.processes import process_group

if TYPE_CHECKING:
    import torch
    from numpy.typing import ArrayLike

    from symgen.discovery.flow_training import Trained
    from symgen.generators.artifact import Artifact

CONSERVED = "Integrating what is conserved"


@python_words()
def discover(
    subject: Any = None,
    labels: ArrayLike | None = None,
    *,
    x: ArrayLike | str | None = None,
    y: ArrayLike | str | None = None,
    z: ArrayLike | str | None = None,
    t: ArrayLike | str | None = None,
    equation: str | Sequence[str] | None = None,
    parameters: Mapping[str, float | str] | None = None,
    data: Any = None,
    boundary: Literal["periodic", "open"] | Mapping[str, str] | None = None,
    field: str | None = None,
    skip_bad: bool = False,
    samples: int | None = None,
    terms: Literal["plain", "all"] | None = None,
    assume: str | Sequence[str] | None = None,
    target: Any = None,
    function: Callable[..., Any] | str | None = None,
    symmetry: Literal["invariance", "equivariance", "density"] | None = None,
    columns: Sequence[str] | str | None = None,
    inputs: Sequence[str] | str | None = None,
    particles: int | None = None,
    shared: bool | None = None,
    classes: bool | None = None,
    extractor: str | PathLike[str] | None = None,
    extractor_width: int | None = None,
    extractor_schedule: Literal["fast", "whitened", "paper"] | None = None,
    extractor_batch: int | None = None,
    to_rgb: bool = False,
    method: Literal["spectral", "network", "flow"] | None = None,
    preset: Literal["paper"] | None = None,
    n_generators: int | None = None,
    library: str | None = None,
    degree: int | None = None,
    x_degree: int | None = None,
    t_degree: int | None = None,
    u_degree: int | None = None,
    periodic: bool = False,
    n_points: int | None = None,
    confidence: float | None = None,
    width: int | None = None,
    steps: int | None = None,
    init: Literal["spectral", "random"] | None = None,
    batch: int | None = None,
    sigma: float | None = None,
    learning_rate: float | None = None,
    settings: Mapping[str, Any] | None = None,
    seed: int = 0,
    device: str | torch.device = "auto",
    checkpoint: str | PathLike[str] | None = None,
    resume: bool = False,
    progress: Progress | None = None,
    **unknowns: ArrayLike,
) -> Generators:
    """Find the symmetries of solutions, images or points, as `symgen discover` does: same checks, same result.

    `subject` is one of

    - an array of solutions (sample, time, x[, y[, z]]), or one of them (time, x): numpy, torch (any device) or lists,
      complex ones too, with its coordinates `t`, `x`, `y`, `z`, which are arrays or ranges such as `(0, 1)`;
    - several unknowns: a mapping of arrays, or keywords, `discover(h=h, u=u, x=x, t=t, equation=[...])`;
    - `Solutions`, as `symgen.simulate` and `symgen.load_data` give them; or the path of a file;
    - a name of the catalog, `discover("kdv")`, whose `samples` solutions are simulated, unless `data` has some;
    - images (N, H, W), or with 1 or 3 channels, with their `labels`; a folder of images, or a name, "mnist";
    - points (n, d), or (n, k, d) of k particles, or a table by columns: with a `target` (array, or names or
      expressions of columns), a `function` of them, or symmetry="density"; or a path, with a `target` in the file.

    `equation` is a formula or several, with values of its `parameters`; without one, in the data or here, a sparse one
    is found first, with the symmetries that you `assume`. Other keywords are the options of `symgen discover` of that
    name, `n_points` of the data is --n-points, and `settings` has all others by their names (such as
    `lipschitz_weight`). `progress(what, done, total)` is called on the way. Notes go to the logger `symgen`; doubts are
    warnings, `SymgenWarning`. A flow training keeps its state in the file `checkpoint`, if one is given, until it
    is finished; one that was stopped goes on from there with `resume`.

    Raises UsageError for arguments that make no sense (together), DataError for data that cannot be used.

    >>> import numpy as np, symgen
    >>> x = np.arange(64) * (2 * np.pi / 64)
    >>> t = np.linspace(0, 2, 40)[:, None]
    >>> u = np.exp(-0.1 * t) * np.cos(x - 0.5 * t) + np.exp(-0.4 * t) * np.sin(2 * x - t)
    >>> advected = {"equation": "u_t + u_x/2 = nu*u_xx", "parameters": {"nu": 0.1}}
    >>> gens = symgen.discover(u, x=x, t=t[:, 0], n_points=1024, **advected)
    >>> gens.formulas[:4]
    ('d/dx', 'd/dt', 'd/du', 'u d/du')
    """
    options = as_options(locals())
    where = _checkpoint(checkpoint, resume)
    place = place_of(device)
    heard = Heard(progress)
    found = find_subject(subject, labels, unknowns, data, options, place)
    with process_group(place) as own:
        artifact = RUN[found.request.kind](found, heard, own.device, where)
    for doubt in artifact.metadata.warnings:
        heard.warning(doubt)
    gens = Generators.of(artifact, heard.warnings)
    return gens if own.device == "cpu" else gens.to(own.device)


def _checkpoint(path: str | PathLike[str] | None, resume: bool) -> Checkpoint:
    """Where a training keeps its state; UsageError where a file would be lost, or there is none to go on from."""
    where = None if path is None else Path(path)
    there = where is not None and where.exists()
    if resume and not there:
        raise UsageError(f"resume=True: there is no checkpoint {where or ''}".rstrip() + ". Start without it.")
    if there and not resume:
        raise UsageError(f"checkpoint: {where} exists. Go on from it with resume=True, or remove it to start over.")
    return Checkpoint(where, resume)


def _equation(subject: Subject, heard: Heard, device: str, checkpoint: Checkpoint) -> Artifact:
    from symgen.discovery.conserved import with_conserved
    from symgen.discovery.requests.equation import run, settings_of, source_of
    from symgen.discovery.requests.listener import tell_origin

    settings, source = settings_of(subject.request), source_of(subject.request)
    with heard.progress("Simulating") as update:
        trajectories, equation = source(device=device, progress=update)
    tell_origin(heard, trajectories)
    with heard.progress("Discovering") as update:
        found = run(trajectories, equation, settings, device, update, checkpoint)
    artifact = _finished(found, heard, checkpoint)
    with heard.progress(CONSERVED):
        return with_conserved(artifact, trajectories.solutions, equation.system, trajectories.regression is not None)


def _system(subject: Subject, heard: Heard, device: str, checkpoint: Checkpoint) -> Artifact:
    from symgen.discovery.conserved import with_conserved
    from symgen.discovery.requests.listener import tell_origin
    from symgen.discovery.requests.system import run, settings_of, source_of

    settings = settings_of(subject.request)
    source = source_of(subject.request, heard)
    with heard.progress("Discovering") as update:
        data = source.read()
        tell_origin(heard, data)
        given = source.system(data)
        for note in given.notes:
            heard.note(note)
        found = run(data, given, settings, device, update, checkpoint)
    artifact = _finished(found, heard, checkpoint)
    with heard.progress(CONSERVED):
        return with_conserved(artifact, data, given.system, bool(given.regressions))


def _points(subject: Subject, heard: Heard, device: str, checkpoint: Checkpoint) -> Artifact:
    from symgen.discovery.requests.points import run, settings_of, source_of, validity_of

    settings = settings_of(subject.request)
    validity = subject.validity
    if validity is None:
        validity = validity_of(heard, source_of(subject.request, subject.rows), settings.seed, device)
    with heard.progress("Discovering") as update:
        return _finished(run(validity, settings, update, checkpoint), heard, checkpoint)


def _images(subject: Subject, heard: Heard, device: str, checkpoint: Checkpoint) -> Artifact:
    from symgen.discovery.requests.images import ExtractorChoice, extractor_of, run, settings_of, source_of

    settings, choice = settings_of(subject.request), ExtractorChoice.of(subject.request)
    if (data := subject.images) is None:
        with heard.progress("Reading images") as update:
            data = source_of(subject.request)(progress=update)
    for note in data.notes:
        heard.note(note)
    extractor = extractor_of(heard, data, choice, settings.seed, device)
    with heard.progress("Discovering") as update:
        return _finished(run(data, extractor, settings, update, checkpoint), heard, checkpoint)


def _finished(found: tuple[Artifact, Trained | None], heard: Heard, checkpoint: Checkpoint) -> Artifact:
    """What was found, with a warning where Ctrl-C ended a training; else its checkpoint has served."""
    artifact, trained = found
    if trained and trained.steps < trained.wanted:
        heard.warning(
            f"The training was interrupted at step {trained.steps} of {trained.wanted}: these are the best fields to "
            "then. With checkpoint=FILE, and then resume=True, it goes on."
        )
    elif checkpoint.path is not None:
        checkpoint.path.unlink(missing_ok=True)
    return artifact


RUN: dict[str, Callable[[Subject, Heard, str, Checkpoint], Artifact]] = {
    "equation": _equation,
    "system": _system,
    "points": _points,
    "images": _images,
}
"""What is done for each kind of data."""
