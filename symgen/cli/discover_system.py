"""Discovery in solutions of a system, of any number of variables, as `symgen discover` runs and shows it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, cast

from symgen.cli.destination import Destination, training_progress
from symgen.cli.found import render_found
from symgen.cli.generators import draw, summary, verify
from symgen.cli.inspect_data import tell_origin
from symgen.cli.output import Output
from symgen.cli.request import OF_IMAGES, OF_POINTS, Request
from symgen.exceptions import UsageError

if TYPE_CHECKING:
    from symgen.discovery.flow_training import Trained
    from symgen.discovery.settings import DiscoverySettings
    from symgen.discovery.system_source import GivenSystem
    from symgen.generators.artifact import Artifact
    from symgen.pde.readers.content import Content
    from symgen.pde.solutions import Solutions

REFUSED = {
    "periodic": "fields of systems are polynomials on open pieces of the solutions. Where data are periodic, say so "
    "with --boundary periodic",
    **dict.fromkeys(
        ("x_degree", "u_degree"), "they have one degree in all variables together, --degree, and --t-degree in t"
    ),
    "terms": "equations are sought among products of their unknowns and derivatives, the plainest first",
}
"""Options of discovery in one u(x, t) that have no meaning for systems, and why."""
DEFAULT_SAMPLES = 4
"""Solutions that are simulated."""


@dataclass(frozen=True)
class SystemSource:
    """A file of solutions, and the equations given for it, or the `name` of a system of the catalog that has them."""

    path: Path
    content: Content
    skip_bad: bool
    boundary: str | None
    formulas: Sequence[str]
    parameters: Mapping[str, float | str]
    name: str | None = None
    assume: Sequence[str] = ()

    def read(self) -> Solutions:
        """The data, with their checks; as those of the system of that name, if there is one."""
        from symgen import catalog
        from symgen.pde.solutions_file import checked, sha256_of

        periodic = None if self.boundary is None else self.boundary == "periodic"
        data = checked(self.content, self.path, sha256_of(self.path), self.skip_bad, periodic)
        if self.name is None:
            return data
        entry = catalog.system(self.name)
        known = {"name": self.name, "equations": entry.equations, "parameters": entry.values(self.parameters)}
        return replace(data, info=data.info.model_copy(update=known))

    def system(self, data: Solutions) -> GivenSystem:
        """The system in the data's unknowns."""
        from symgen.discovery.system_source import system_of

        return system_of(data, self.formulas, {} if self.name else self.parameters, self.assume)


def system_of_request(out: Output, request: Request) -> None:
    """Discover as `symgen discover` was asked to; UsageError for options that are of images or of one u(x, t)."""
    from symgen.discovery.regression.assumption import GIVEN

    settings = system_settings(request)
    if request.name and request["equation"]:
        raise UsageError(f"Give either the name {request.name} or --equation, not both.")
    if request["assume"] and (request.name or request["equation"]):
        raise UsageError(GIVEN)
    request.refuse_unread()
    if request.data is None:
        assert request.name is not None  # there would be nothing to discover
        destination = request.destination(request.name)
        source = simulated_source(out, request.name, request)
    else:
        assert request.content is not None
        destination = request.destination(request.name or request.data.stem, request.files_of_coordinates)
        formulas = request["equation"] or []
        which = (request["skip_bad"], request["boundary"], formulas, request.parameters, request.name)
        source = SystemSource(request.data, request.content, *which)
    source = replace(source, assume=request["assume"] or ())
    discover_of_system(out, source, settings, request.device, destination)


def simulated_source(out: Output, name: str, request: Request) -> SystemSource:
    """Solutions of a system of the catalog, from the cache or made; the file says what they solve."""
    from symgen.catalog.cache import simulated_system
    from symgen.catalog.simulate_system import SystemSimulationSettings
    from symgen.pde.readers import Choice
    from symgen.pde.solutions_file import open_content

    given = {"n": request["samples"] or DEFAULT_SAMPLES, "seed": request["seed"], "parameters": request.parameters}
    settings = SystemSimulationSettings.for_system(name, **given)
    with out.progress(f"Solving {name}", "data") as update:
        path = simulated_system(name, settings, request.device, update)
    return SystemSource(path, open_content(path, Choice()), False, None, (), {})


def system_settings(request: Request) -> DiscoverySettings:
    """Validated settings; UsageError for another method, and for options that systems lack."""
    from symgen.discovery.settings import SYSTEM_METHODS

    request.refuse("systems", (*OF_IMAGES, *OF_POINTS))
    for name, why in REFUSED.items():
        request.refuse("systems", [name], why)
    return cast("DiscoverySettings", request.settings(SYSTEM_METHODS, "spectral", "systems"))


def discover_of_system(
    out: Output, source: SystemSource, settings: DiscoverySettings, device: str, destination: Destination
) -> None:
    """Read the data, find the generators, save, draw and show them."""
    from symgen.discovery.conserved import with_conserved
    from symgen.discovery.processes import process_group

    with process_group(device) as place:
        out = Output("quiet") if place.rank else out
        with out.part("data"):
            data = source.read()
        tell_origin(out, data)
        with out.progress("Discovering", "discovery") as update:
            given = source.system(data)
            artifact, trained = _discover(data, given, settings, place.device, update, destination)
    if place.rank:
        return
    with out.progress("Integrating what is conserved", "conserved"):
        artifact = with_conserved(artifact, data, given.system, bool(given.regressions))
    destination.save(artifact, trained)
    moved = verify(artifact, out)
    history = trained.history if trained else None
    folder = destination.figures
    drawn = draw(artifact, folder, destination.force, out, moved=moved, history=history) if folder else []
    for note in given.notes:
        out.note(note)
    for doubt in artifact.metadata.warnings:
        if doubt not in out.warnings:
            out.warning(doubt)
    document = {"file": destination.path, "figures": drawn, **out.time(), **summary(artifact), "moved": moved}
    out.result(document, lambda: render_found(artifact, document, moved))


def _discover(
    data: Solutions,
    given: GivenSystem,
    settings: DiscoverySettings,
    device: str,
    update: Callable[..., None],
    destination: Destination,
) -> tuple[Artifact, Trained | None]:
    """Run the method that the settings are of; the outcome of a training, too, if there was one."""
    from symgen.discovery.flow_system import discover_system_flow
    from symgen.discovery.settings import SystemFlowSettings, SystemNetworkSettings, SystemSettings
    from symgen.discovery.system import discover_system

    if isinstance(settings, SystemFlowSettings):
        progress, checkpoint = training_progress(update), destination.checkpoint
        return discover_system_flow(data, given, settings, device, progress, checkpoint, destination.resume)
    assert isinstance(settings, SystemSettings | SystemNetworkSettings)
    return discover_system(data, given, settings, device, update), None
