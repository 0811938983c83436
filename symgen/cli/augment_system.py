"""`symgen augment` for solutions of systems, and for pieces of solutions that are not periodic."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rich.console import Group, RenderableType
from rich.filesize import decimal
from rich.text import Text

from symgen.cli.augment_written import write_and_tell
from symgen.cli.output import Output, equations_text, facts, time_text
from symgen.cli.together import in_another_process
from symgen.discovery.requests.listener import tell_origin
from symgen.discovery.requests.subject import is_system
from symgen.exceptions import DataError, UsageError
from symgen.names import SYSTEMS
from symgen.words import numbered

if TYPE_CHECKING:
    from symgen.augmentation.file import AugmentationSettings
    from symgen.augmentation.selection import Selection
    from symgen.cli.figure_files import FigureFile
    from symgen.discovery.system_source import GivenSystem
    from symgen.generators.metadata import Regression
    from symgen.pde.readers.content import Content
    from symgen.pde.solutions import Solutions
    from symgen.pde.trajectories import Trajectories


@dataclass(frozen=True)
class Asked:
    """What the user says of data, equations and generators."""

    name: str | None
    data: Path | None
    equations: Sequence[str]
    parameters: Mapping[str, float | str]
    generators: str | None
    max_defect: float | None
    boundary: str | None
    samples: int
    seed: int


def open_content_of(data: Path, field: str | None, **coordinates: str | None) -> Content:
    """What is in the file of data, unchecked."""
    from symgen.pde.readers import Choice
    from symgen.pde.solutions_file import open_content

    return open_content(data, Choice(field, **coordinates))


def is_of_system(asked: Asked, content: Content | None) -> bool:
    """Whether it is about more than one u(x, t); UsageError where that cannot be."""
    if asked.name in SYSTEMS:
        if asked.equations:
            raise UsageError(f"Give either the name {asked.name} or --equation, not both.")
        return True
    return content is not None and is_system(content, asked.name, asked.equations)


def as_system(data: Trajectories) -> GivenSystem:
    """The equation of trajectories, as a system of one."""
    from symgen.discovery.system_source import GivenSystem
    from symgen.equations.system import System

    text, values = data.info.equation or "", data.info.parameters
    return GivenSystem(System.from_strings([text], values, ("x", "t"), ("u",)), (text,), values, from_file=True)


def tell_regressions(out: Output, found: Iterable[Regression]) -> None:
    """That equations were found in the data, and what is uncertain about them."""
    for one in found:
        out.note(f"Found in the data by regression: {one.equation}.")
        for doubt in one.doubts:
            out.warning(doubt)


def augment_system(
    out: Output,
    asked: Asked,
    content: Content | None,
    skip_bad: bool,
    settings: AugmentationSettings,
    by_default: bool,
    device: str,
    output: Path,
    force: bool,
    picture: FigureFile | None = None,
) -> None:
    """Move solutions of a system; `by_default` copies are to cover half of their times."""
    from symgen.atomic import require_no_input
    from symgen.augmentation.moved_solutions import half_of_the_times

    if settings.resampling != "exact":
        raise UsageError(
            "--resampling other than exact is for one unknown u(x, t): solutions of systems have no other."
        )
    with out.progress("Preparing the data", "data") as update:
        data = _data(asked, content, skip_bad, device, update)
    tell_origin(out, data)
    data, given = _given(asked, data, settings.allow_invalid, out)
    if by_default:
        settings = settings.model_copy(update={"min_times": half_of_the_times(data)})
    selection, source = _selection(asked, data, given, out)
    require_no_input(output, [source])  # which may be the newest file of the folder
    write_and_show(out, data, given, selection, source, settings, device, output, force, picture)


def write_and_show(
    out: Output,
    data: Solutions,
    given: GivenSystem,
    selection: Selection | None,
    source: str | None,
    settings: AugmentationSettings,
    device: str,
    output: Path,
    force: bool,
    picture: FigureFile | None = None,
) -> None:
    """Write the data and their copies, and say what came of it."""
    from symgen.augmentation.solution_file import move_share, write_augmented_solutions
    from symgen.augmentation.solution_selection import keeping_periods

    if selection is not None:
        selection = keeping_periods(selection, data)
    for name, why in selection.left_out if selection else ():
        out.note(f"Left out: {name} ({why}).")
    if in_another_process():
        move_share(data, given.system, selection, settings, device)
        return
    write_and_tell(
        out,
        output,
        picture,
        lambda update: write_augmented_solutions(
            output, data, given.system, selection, settings, device, force, update
        ),
        {
            "equation": ", ".join(given.texts),
            "equations": given.texts,
            "parameters": given.parameters,
            "data": data.source,
            "generators_file": source,
            "settings": settings,
        },
        render,
        cure="Store more times, or points in space.",
        unjudged="The copies cover too little to see whether they solve the system. Use a smaller --scale.",
    )


def _data(asked: Asked, content: Content | None, skip_bad: bool, device: str, update: Any) -> Solutions:
    """The file's, or simulated from the catalog."""
    from symgen.catalog.cache import simulated_system
    from symgen.catalog.simulate_system import SystemSimulationSettings
    from symgen.pde.solutions import periodic_of
    from symgen.pde.solutions_file import checked, load_solutions, sha256_of

    periodic = periodic_of(asked.boundary)
    if asked.data is not None and content is not None:
        return checked(content, asked.data, sha256_of(asked.data), skip_bad, periodic)
    assert asked.name is not None
    settings = SystemSimulationSettings.for_system(
        asked.name, n=asked.samples, seed=asked.seed, parameters=dict(asked.parameters) or None
    )
    data = load_solutions(simulated_system(asked.name, settings, device, update), periodic=periodic)
    return replace(data, source=f"simulated with seed {asked.seed}")


def _given(asked: Asked, data: Solutions, allow_invalid: bool, out: Output) -> tuple[Solutions, GivenSystem]:
    """The system, and the data with its unknowns alone; DataError where a file says another one than --pde."""
    from symgen.augmentation.solution_selection import domain_of, without_spare
    from symgen.catalog import system
    from symgen.discovery.system_source import system_of
    from symgen.inspection.reference import same_system

    texts: Sequence[str] = asked.equations
    values = dict(asked.parameters)
    if asked.name is not None:
        entry = system(asked.name)
        texts, known = entry.equations, {**entry.parameters, **data.info.parameters}
        values = {**{name: known[name] for name in entry.parameters}, **values}
    given = system_of(data, texts, values)
    for note in given.notes:
        out.note(note)
    tell_regressions(out, given.regressions)
    said = data.info.equations
    if said and texts:
        stated = system_of(data, (), {})
        if not same_system(domain_of(data, stated), domain_of(data, given)):
            message = f"{data.source} says that its equations are {_text(stated)}, not {_text(given)}."
            if not asked.equations and not allow_invalid:
                raise DataError(
                    f"{message} Leave out --pde and --param, or give --equation or --allow-invalid if the file is "
                    "wrong."
                )
            out.warning(message)
    name = asked.name if asked.name is not None else data.info.name if given.from_file else None
    data = without_spare(data, given)
    return replace(data, info=data.info.model_copy(update={"name": name})), given


def _text(given: GivenSystem) -> str:
    return ", ".join((*given.texts, *(f"{name} = {value}" for name, value in given.parameters.items())))


def _selection(asked: Asked, data: Solutions, given: GivenSystem, out: Output) -> tuple[Selection | None, str | None]:
    """What --generators asks for, and the file or name it is from."""
    from symgen import load
    from symgen.augmentation.selection import of_artifact
    from symgen.augmentation.solution_selection import newest_of_system, of_system, require_system

    if asked.generators == "none":
        return None, None
    if asked.generators == "lps":
        return of_system(data, given), "lps"
    path = Path(asked.generators) if asked.generators else newest_of_system(Path(), data, given)
    if asked.generators is None:
        out.note(f"Generators: {path}, the newest file of this system here.")
    artifact = load(path)
    require_system(artifact, data, given, path)
    return of_artifact(artifact, asked.max_defect), str(path)


def render(document: dict[str, Any]) -> RenderableType:
    """What was written, for a person."""
    d = document
    rejected = [f"{d['too_short']} cover too few times"] * bool(d["too_short"])
    rejected += [f"{d['folded']} are folded"] * bool(d["folded"])
    rejected += [f"{d['unfound']} could not be found"] * bool(d["unfound"])
    left_out = "; ".join(f"{name} ({why})" for name, why in d["left_out"])
    error, before, after = d["interpolation_error"], d["residual_originals"], d["residual_copies"]
    about = facts(
        {
            **equations_text(d["equations"], d["parameters"]),
            "data": d["data"],
            "generators": f"{', '.join(d['generators'])} (from {d['generators_file']})" if d["generators"] else "none",
            "left out": left_out or None,
            "copies": f"{d['copies']} of {numbered(d['originals'], 'solution')}"
            + (f"; {', '.join(rejected)}" * bool(rejected)),
            "covered": f"{d['covered']:.0%} of the grid, {d['mean_times']:.0f} times on average"
            if d["covered"] is not None
            else None,
            "residual": f"{_numbers(before)} of the originals"
            + (f", {_numbers(after)} of the copies" if after else ""),
            "estimated error": f"{error:.1e}" if error is not None else None,
            "file": f"{d['file']} ({decimal(d['bytes'])})",
            "figure": d["figures"][0] if d["figures"] else None,
            "time": time_text(d),
            "a copy": f"{d['spent']['copies'] / d['copies']:.3f} s" if d["copies"] else None,
        }
    )
    count = numbered(d["copies"], "moved copy", "moved copies")
    return Group(Text(f"{count} written", style="bold"), about)


def _numbers(values: Sequence[float]) -> str:
    return ", ".join(f"{value:.1e}" for value in values)
