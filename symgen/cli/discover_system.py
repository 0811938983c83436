"""Discovery in solutions of a system, of any number of variables, as `symgen discover` runs and shows it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, cast

from symgen.cli.destination import Destination
from symgen.cli.found import render_found
from symgen.cli.generators import draw, summary
from symgen.cli.inspect_data import tell_origin
from symgen.cli.method_settings import option_name
from symgen.cli.output import Output
from symgen.cli.request import OF_IMAGES, Request
from symgen.exceptions import UsageError

if TYPE_CHECKING:
    from symgen.discovery.settings import SystemSettings
    from symgen.discovery.system_source import GivenSystem
    from symgen.pde.readers.content import Content
    from symgen.pde.solutions import Solutions

REFUSED = {
    "periodic": "fields of systems are polynomials on open pieces of the solutions. Where data are periodic, say so "
    "with --boundary periodic",
    **dict.fromkeys(
        ("x_degree", "u_degree"), "they have one degree in all variables together, --degree, and --t-degree in t"
    ),
    "samples": "it is how many trajectories to simulate, and data are given",
    "terms": "equations are sought among products of their unknowns and derivatives, the plainest first",
    "preset": "it has the settings of --method flow, which is for one unknown u(x, t) and for images",
}
"""Options of discovery in one u(x, t) that have no meaning for systems, and why."""


@dataclass(frozen=True)
class SystemSource:
    """A file of solutions, and the equations given for it."""

    path: Path
    content: Content
    skip_bad: bool
    boundary: str | None
    formulas: Sequence[str]
    parameters: Mapping[str, float | str]

    def read(self) -> Solutions:
        """The data, with their checks."""
        from symgen.pde.solutions_file import checked, sha256_of

        periodic = None if self.boundary is None else self.boundary == "periodic"
        return checked(self.content, self.path, sha256_of(self.path), self.skip_bad, periodic)

    def system(self, data: Solutions) -> GivenSystem:
        """The system in the data's unknowns."""
        from symgen.discovery.system_source import system_of

        return system_of(data, self.formulas, self.parameters)


def system_of_request(out: Output, request: Request) -> None:
    """Discover as `symgen discover` was asked to; UsageError for options that are of images or of one u(x, t)."""
    assert request.data is not None  # none is simulated here
    assert request.content is not None
    settings = system_settings(request)
    destination = request.destination(request.data.stem, request.files_of_coordinates)
    source = SystemSource(
        request.data,
        request.content,
        request["skip_bad"],
        request["boundary"],
        request["equation"] or [],
        request.parameters,
    )
    discover_of_system(out, source, settings, request.device, destination)


def system_settings(request: Request) -> SystemSettings:
    """Validated settings; UsageError for another method, and for options that systems lack."""
    from symgen.discovery.settings import SYSTEM_METHODS

    request.refuse("systems", OF_IMAGES)
    for name, why in REFUSED.items():
        if request[name] not in (None, False):
            raise UsageError(f"{option_name(name)} makes no sense for systems: {why}.")
    return cast("SystemSettings", request.settings(SYSTEM_METHODS, "spectral", "systems"))


def discover_of_system(
    out: Output, source: SystemSource, settings: SystemSettings, device: str, destination: Destination
) -> None:
    """Read the data, find the generators, save, draw and show them."""
    from symgen.discovery.system import discover_system

    with out.progress("Discovering") as update:
        data = source.read()
        tell_origin(out, data)
        given = source.system(data)
        artifact = discover_system(data, given, settings, device, update)
    destination.save(artifact, None)
    folder = destination.figures
    drawn = draw(artifact, folder, destination.force, out) if folder else []
    for note in given.notes:
        out.note(note)
    for doubt in artifact.metadata.warnings:
        if doubt not in out.warnings:
            out.warning(doubt)
    document = {"file": destination.path, "figures": drawn, "seconds": out.seconds, **summary(artifact)}
    out.result(document, lambda: render_found(artifact, document))
