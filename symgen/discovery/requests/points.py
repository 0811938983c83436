"""A request for what leaves functions of points, or their density, as they are."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, cast

from symgen.discovery.requests.listener import Checkpoint, Listener, Update, training_progress
from symgen.discovery.requests.request import OF_EQUATIONS, OF_IMAGES, Request
from symgen.exceptions import UsageError

if TYPE_CHECKING:
    from symgen.discovery.flow_training import Trained
    from symgen.discovery.point_settings import PointSettings
    from symgen.generators.artifact import Artifact
    from symgen.points.labels import TargetColumns
    from symgen.points.point_set import PointSet
    from symgen.points.rows import Rows
    from symgen.points.target import Target
    from symgen.validity.points import PointValidity

Symmetry = Literal["invariance", "equivariance", "density"]
REFUSED = tuple(name for name in OF_EQUATIONS if name != "skip_bad")
PRESET = "--preset has published settings for equations, and there are none for points."


@dataclass(frozen=True)
class PointSource:
    """A file of points, or rows in memory, and what is said about them; of what symmetries are asked."""

    rows: Path | Rows
    targets: tuple[str, ...]
    function: str | Callable[..., Any] | None
    symmetry: Symmetry
    columns: tuple[str, ...] | None
    inputs: tuple[str, ...] | None
    shared: bool | None
    particles: int | None
    classes: bool | None
    skip_bad: bool

    def read(self) -> tuple[PointSet, TargetColumns | None]:
        """The points, and what is known at them; see `read_points`."""
        from symgen.points.reading import read_points

        return read_points(
            self.rows,
            self.targets,
            self.columns,
            self.inputs,
            self.shared,
            self.particles,
            self.classes,
            self.skip_bad,
        )


def settings_of(request: Request) -> PointSettings:
    """Validated settings; UsageError for options that are of equations or images."""
    from symgen.discovery.point_settings import POINT_METHODS

    request.refuse("points", (*REFUSED, *OF_IMAGES))
    if request["preset"]:
        raise UsageError(PRESET)
    return cast("PointSettings", request.settings(POINT_METHODS, "spectral", "points"))


def source_of(request: Request, rows: Rows | None = None) -> PointSource:
    """The points that are asked for, in the request's file or in memory; UsageError for options that contradict each
    other."""
    targets, function = tuple(request["target"] or ()), request["function"]
    symmetry = request["symmetry"] or ("invariance" if targets or function else "density")
    if targets and function:
        raise UsageError("--target is a function known by its values, --function one of yours. Give one of them.")
    if symmetry != "density" and not targets and not function:
        raise UsageError(f"--symmetry {symmetry} is one of a function: give --target NAME or --function MODULE:NAME.")
    if request["classes"] is not None and not targets:
        raise UsageError("--classes and --no-classes say more about a --target: give it too.")
    where = request.data if rows is None else rows
    assert where is not None  # that is what makes it a request for points
    return PointSource(
        where,
        targets,
        function,
        cast(Symmetry, symmetry),
        listed("columns", request["columns"]),
        listed("inputs", request["inputs"]),
        request["shared"],
        request["particles"],
        request["classes"],
        bool(request["skip_bad"]),
    )


def listed(option: str, names: str | Sequence[str] | None) -> tuple[str, ...] | None:
    """`E,px,py` -> ("E", "px", "py")."""
    if names is None:
        return None
    text = names if isinstance(names, str) else ",".join(names)
    names = tuple(name.strip() for name in text.split(","))
    if "" in names:
        raise UsageError(f"--{option} {text!r}: one of the names is empty. Write them as in a,b,c.")
    return names


def validity_of(listener: Listener, source: PointSource, seed: int, device: str) -> PointValidity:
    """What fields are judged by: the points are read, and what is known at them is fitted."""
    from symgen.points.reading import dependence
    from symgen.validity.density import Density
    from symgen.validity.equivariance import Equivariance
    from symgen.validity.points import Invariance
    from symgen.validity.sampled_density import SampledDensity

    with listener.part("data"):
        points, targets = source.read()
    for note in points.notes:
        listener.note(note)
    if source.function is None and (doubt := dependence(points)) is not None:
        listener.warning(doubt)
    points = points.to(device)
    name = _name_of(source.function) if source.function is not None else points.source or "points"
    if targets is None and source.function is None:
        return SampledDensity(points, name, seed)
    target = _given(source, points) if targets is None else _fitted(listener, source, points, targets, seed, device)
    if source.symmetry == "density" and len(target.names) > 1:
        raise UsageError(f"The logarithm of a density is one number, and {target.words} are {len(target.names)}.")
    kind = {"invariance": Invariance, "equivariance": Equivariance, "density": Density}[source.symmetry]
    return kind(target, points, name)


def _given(source: PointSource, points: PointSet) -> Target:
    """The user's own function."""
    from symgen.points.function import as_target, load_function

    function = source.function
    assert function is not None
    return as_target(load_function(function) if isinstance(function, str) else function, points, _name_of(function))


def _name_of(function: str | Callable[..., Any]) -> str:
    """What a function is called in messages and files."""
    from symgen.trained_model import called

    return function if isinstance(function, str) else called(function)


def _fitted(
    listener: Listener, source: PointSource, points: PointSet, targets: TargetColumns, seed: int, device: str
) -> Target:
    """A function that predicts the targets; DataError where none does."""
    from symgen.surrogates.fit import SurrogateSettings, fit_surrogate

    with listener.progress("Fitting", "fit") as update:
        values = targets.values.to(device)
        # functions of a target have its invariances, but other equivariances, and a density is itself
        settings = SurrogateSettings.model_validate({"seed": seed, "transforms": source.symmetry == "invariance"})
        fitted = fit_surrogate(points, values, targets.words, targets.classes, settings, update, device)
    return replace(fitted, names=targets.names)  # as formulas can have them


def run(
    validity: PointValidity, settings: PointSettings, update: Update, checkpoint: Checkpoint
) -> tuple[Artifact, Trained | None]:
    """Run the method that the settings are of; the outcome of a training, too, if there was one."""
    from symgen.discovery.point_flow import discover_points_flow
    from symgen.discovery.point_settings import PointFlowSettings
    from symgen.discovery.points import discover_points

    if isinstance(settings, PointFlowSettings):
        progress = training_progress(update)
        return discover_points_flow(validity, settings, progress, checkpoint.path, checkpoint.resume)
    return discover_points(validity, settings, update), None
