"""A request for the symmetries of a system, of any number of variables."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, cast

from symgen.discovery.requests.listener import Checkpoint, Listener, Update, training_progress
from symgen.discovery.requests.request import OF_IMAGES, OF_POINTS, Request
from symgen.exceptions import UsageError

if TYPE_CHECKING:
    from symgen.discovery.flow_training import Trained
    from symgen.discovery.settings import DiscoverySettings
    from symgen.discovery.system_source import GivenSystem
    from symgen.generators.artifact import Artifact
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
    """Solutions, and the equations given for them, or the `name` of a system of the catalog that has them."""

    load: Callable[[], Solutions]
    formulas: Sequence[str]
    parameters: Mapping[str, float | str]
    name: str | None = None
    assume: Sequence[str] = ()

    def read(self) -> Solutions:
        """The data, with their checks; as those of the system of that name, if there is one."""
        data = self.load()
        return data if self.name is None else of_system(data, self.name, self.parameters)

    def system(self, data: Solutions) -> GivenSystem:
        """The system in the data's unknowns."""
        from symgen.discovery.system_source import system_of

        return system_of(data, self.formulas, {} if self.name else self.parameters, self.assume)


def of_system(data: Solutions, name: str, parameters: Mapping[str, float | str]) -> Solutions:
    """The data as those of a system of the catalog."""
    from symgen import catalog

    entry = catalog.system(name)
    known = {"name": name, "equations": entry.equations, "parameters": entry.values(parameters)}
    return replace(data, info=data.info.model_copy(update=known))


def settings_of(request: Request) -> DiscoverySettings:
    """Validated settings; UsageError for another method, and for options that systems lack or that exclude others."""
    from symgen.discovery.regression.assumption import GIVEN
    from symgen.discovery.settings import SYSTEM_METHODS

    request.refuse("systems", (*OF_IMAGES, *OF_POINTS))
    for name, why in REFUSED.items():
        request.refuse("systems", [name], why)
    settings = cast("DiscoverySettings", request.settings(SYSTEM_METHODS, "spectral", "systems"))
    if request.name and request["equation"]:
        raise UsageError(f"Give either the name {request.name} or --equation, not both.")
    if request["assume"] and (request.name or request["equation"]):
        raise UsageError(GIVEN)
    request.refuse_unread()
    return settings


def source_of(request: Request, listener: Listener) -> SystemSource:
    """The data with the equations that are asked for; solutions of a system of the catalog are made."""
    formulas, assume = request["equation"] or [], request["assume"] or ()
    if request.simulated:
        return SystemSource(_simulated(request, listener), (), {}, assume=assume)
    return SystemSource(lambda: solutions_of(request), formulas, request.parameters, request.name, assume)


def solutions_of(request: Request) -> Solutions:
    """The solutions in memory, or in the request's file, with their checks."""
    from symgen.pde.solutions import periodic_of
    from symgen.pde.solutions_file import checked, sha256_of

    if request.solutions is not None:
        return request.solutions
    content, path = request.content, request.data
    assert content is not None
    assert path is not None
    periodic = periodic_of(request["boundary"])
    return checked(content, path, sha256_of(path), bool(request["skip_bad"]), periodic)


def _simulated(request: Request, listener: Listener) -> Callable[[], Solutions]:
    """Solutions of a system of the catalog, from the cache or made; the file says what they solve."""
    from symgen.catalog.cache import simulated_system
    from symgen.catalog.simulate_system import SystemSimulationSettings
    from symgen.pde.solutions_file import load_solutions

    assert request.name is not None  # there would be nothing to discover
    given = {"n": request["samples"] or DEFAULT_SAMPLES, "seed": request["seed"], "parameters": request.parameters}
    settings = SystemSimulationSettings.for_system(request.name, **given)
    with listener.progress(f"Solving {request.name}", "data") as update:
        path = simulated_system(request.name, settings, request.device, update)
    return lambda: load_solutions(path)


def run(
    data: Solutions,
    given: GivenSystem,
    settings: DiscoverySettings,
    device: str,
    update: Update,
    checkpoint: Checkpoint,
) -> tuple[Artifact, Trained | None]:
    """Run the method that the settings are of; the outcome of a training, too, if there was one."""
    from symgen.discovery.flow_system import discover_system_flow
    from symgen.discovery.settings import SystemFlowSettings, SystemNetworkSettings, SystemSettings
    from symgen.discovery.system import discover_system

    trained = None
    if isinstance(settings, SystemFlowSettings):
        progress = training_progress(update)
        found = discover_system_flow(data, given, settings, device, progress, checkpoint.path, checkpoint.resume)
        artifact, trained = found
    else:
        assert isinstance(settings, SystemSettings | SystemNetworkSettings)
        artifact = discover_system(data, given, settings, device, update)
    return artifact, trained
