"""Discovery in points, labelled or not, and in functions of them, as `symgen discover` runs and shows it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Literal, cast

from symgen.cli.destination import Destination, training_progress
from symgen.cli.generators import draw
from symgen.cli.output import Output
from symgen.cli.point_options import listed
from symgen.cli.point_tables import point_document, render_points, structure_document
from symgen.cli.request import OF_EQUATIONS, OF_IMAGES, Request
from symgen.exceptions import UsageError

if TYPE_CHECKING:
    from symgen.discovery.flow_training import Trained
    from symgen.discovery.point_settings import PointSettings
    from symgen.generators.artifact import Artifact
    from symgen.points.labels import TargetColumns
    from symgen.points.point_set import PointSet
    from symgen.points.target import Target
    from symgen.validity.points import PointValidity

Symmetry = Literal["invariance", "equivariance", "density"]
REFUSED = tuple(name for name in OF_EQUATIONS if name != "skip_bad")
PRESET = "--preset has published settings for equations, and there are none for points."


@dataclass(frozen=True)
class PointSource:
    """A file of points, and what is said about it; of what symmetries are asked."""

    path: Path
    targets: tuple[str, ...]
    function: str | None
    symmetry: Symmetry
    columns: tuple[str, ...] | None
    inputs: tuple[str, ...] | None
    shared: bool | None
    particles: int | None
    classes: bool | None
    skip_bad: bool

    @classmethod
    def of_request(cls, request: Request) -> PointSource:
        """UsageError for options that contradict each other."""
        targets, function = tuple(request["target"] or ()), request["function"]
        symmetry = request["symmetry"] or ("invariance" if targets or function else "density")
        if targets and function:
            raise UsageError("--target is a function known by its values, --function one of yours. Give one of them.")
        if symmetry != "density" and not targets and not function:
            raise UsageError(
                f"--symmetry {symmetry} is one of a function: give --target NAME or --function MODULE:NAME."
            )
        if request["classes"] is not None and not targets:
            raise UsageError("--classes and --no-classes say more about a --target: give it too.")
        assert request.data is not None  # that is what makes it a request for points
        return cls(
            request.data,
            targets,
            function,
            cast(Symmetry, symmetry),
            listed("columns", request["columns"]),
            listed("inputs", request["inputs"]),
            *(request[name] for name in ("shared", "particles", "classes", "skip_bad")),
        )

    def read(self) -> tuple[PointSet, TargetColumns | None]:
        """The points, and what is known at them; see `read_points`."""
        from symgen.points.reading import read_points

        return read_points(
            self.path,
            self.targets,
            self.columns,
            self.inputs,
            self.shared,
            self.particles,
            self.classes,
            self.skip_bad,
        )


def points_of_request(out: Output, request: Request) -> None:
    """Discover as `symgen discover` was asked to; UsageError for options that are of equations or images."""
    from symgen.discovery.point_settings import POINT_METHODS, PointSettings

    request.refuse("points", (*REFUSED, *OF_IMAGES))
    if request["preset"]:
        raise UsageError(PRESET)
    settings = cast(PointSettings, request.settings(POINT_METHODS, "spectral", "points"))
    source = PointSource.of_request(request)
    destination = request.destination(source.path.stem)
    discover_of_points(out, source, settings, request.device, destination)


def discover_of_points(
    out: Output, source: PointSource, settings: PointSettings, device: str, destination: Destination
) -> None:
    """Read the points, fit what is to be fitted, find the generators, save, draw and show them."""
    from symgen.discovery.processes import process_group

    with process_group(device) as place:
        out = Output("quiet") if place.rank else out
        points, targets = source.read()
        for note in points.notes:
            out.note(note)
        validity = _validity(out, source, points, targets, settings, place.device)
        with out.progress("Discovering") as update:
            artifact, trained = _discover(validity, settings, update, destination)
    if place.rank:
        return
    destination.save(artifact, trained)
    history = trained.history if trained else None
    drawn = draw(artifact, destination.figures, out, history=history)
    page = destination.write_report(out)
    for doubt in artifact.metadata.warnings:
        out.warning(doubt)
    found = {**point_document(artifact), **structure_document(artifact)}
    document = {"file": destination.path, "figures": drawn, "report": page, "seconds": out.seconds, **found}
    out.result(document, lambda: render_points(artifact, document))


def _discover(
    validity: PointValidity, settings: PointSettings, update: Callable[..., None], destination: Destination
) -> tuple[Artifact, Trained | None]:
    """Run the method that the settings are of; the outcome of a training, too, if there was one."""
    from symgen.discovery.point_flow import discover_points_flow
    from symgen.discovery.point_settings import PointFlowSettings
    from symgen.discovery.points import discover_points

    if isinstance(settings, PointFlowSettings):
        progress, checkpoint = training_progress(update), destination.checkpoint
        return discover_points_flow(validity, settings, progress, checkpoint, destination.resume)
    return discover_points(validity, settings, update), None


def _validity(
    out: Output,
    source: PointSource,
    points: PointSet,
    targets: TargetColumns | None,
    settings: PointSettings,
    device: str,
) -> PointValidity:
    """What fields are judged by."""
    from symgen.points.reading import dependence
    from symgen.validity.density import Density
    from symgen.validity.equivariance import Equivariance
    from symgen.validity.points import Invariance
    from symgen.validity.sampled_density import SampledDensity

    if source.function is None and (doubt := dependence(points)) is not None:
        out.warning(doubt)
    points = points.to(device)
    name = source.function or source.path.name
    if targets is None and source.function is None:
        return SampledDensity(points, name, settings.seed)
    target = _given(source, points) if targets is None else _fitted(out, source, points, targets, settings.seed, device)
    if source.symmetry == "density" and len(target.names) > 1:
        raise UsageError(f"The logarithm of a density is one number, and {target.words} are {len(target.names)}.")
    kind = {"invariance": Invariance, "equivariance": Equivariance, "density": Density}[source.symmetry]
    return kind(target, points, name)


def _given(source: PointSource, points: PointSet) -> Target:
    """The user's own function."""
    from symgen.points.function import as_target, load_function

    assert source.function is not None
    return as_target(load_function(source.function), points, source.function)


def _fitted(
    out: Output, source: PointSource, points: PointSet, targets: TargetColumns, seed: int, device: str
) -> Target:
    """A function that predicts the targets; DataError where none does."""
    from symgen.surrogates.fit import SurrogateSettings, fit_surrogate

    with out.progress("Fitting") as update:
        values = targets.values.to(device)
        # functions of a target have its invariances, but other equivariances, and a density is itself
        settings = SurrogateSettings.model_validate({"seed": seed, "transforms": source.symmetry == "invariance"})
        fitted = fit_surrogate(points, values, targets.words, targets.classes, settings, update, device)
    return replace(fitted, names=targets.names)  # as formulas can have them
