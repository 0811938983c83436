"""`symgen augment` for points, labelled or not."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rich.console import Group, RenderableType
from rich.filesize import decimal
from rich.text import Text

from symgen.cli.afterwards import afterwards
from symgen.cli.augment_figure import draw_moved_points
from symgen.cli.output import Output, facts, time_text
from symgen.discovery.requests.method_settings import refuse
from symgen.exceptions import DataError, UsageError
from symgen.readable import require_readable
from symgen.words import numbered

if TYPE_CHECKING:
    from symgen.augmentation.point_arrays import PointArrays
    from symgen.augmentation.point_file import PointAugmentationSettings
    from symgen.cli.figure_files import FigureFile
    from symgen.generators.artifact import Artifact

OUTPUT = Path("augmented.npz")


@dataclass(frozen=True)
class PointRequest:
    """A file of points, and what the user says about it."""

    data: Path | None
    generators: str
    targets: tuple[str, ...]
    columns: tuple[str, ...] | None
    inputs: tuple[str, ...] | None
    skip_bad: bool


def generators_of_points(generators: str | None) -> Artifact | None:
    """What is in a generators file, if these act on points."""
    if generators in (None, "lps", "none"):
        return None
    require_readable(generators)
    if not Path(generators).is_file():
        return None
    from symgen.generators.artifact import load
    from symgen.generators.domains import PointsDomain

    artifact = load(generators)
    return artifact if isinstance(artifact.metadata.domain, PointsDomain) else None


def augment_points(
    out: Output,
    artifact: Artifact,
    asked: PointRequest,
    senseless: Mapping[str, Any],
    settings: PointAugmentationSettings,
    device: str,
    output: Path | None,
    force: bool,
    picture: FigureFile | None = None,
) -> None:
    """Move points by random combinations of their symmetries; `senseless` are options that are not for points."""
    from symgen.atomic import require_writable
    from symgen.augmentation.point_file import write_augmented_points

    refuse("points", senseless)
    if asked.data is None:
        raise UsageError(f"{asked.generators} has generators of points: give the points to move with --data FILE.")
    output = output or OUTPUT
    if output.suffix != ".npz":
        raise UsageError(f"Points are written as .npz: --output {output.with_suffix('.npz')}.")
    require_writable(output, force, [asked.data, asked.generators])
    with out.part("data"):
        data = _read(out, artifact, asked)
    with afterwards(output, "figure" if picture else "") as placed:
        with out.progress("Moving", "copies") as update:
            written = write_augmented_points(output, data, artifact, settings, device, force, update)
        for name, why in written.left_out:
            out.note(f"Left out: {name} ({why}).")
        for doubt in written.doubts:
            out.warning(doubt)
        domain = artifact.metadata.domain
        output = placed.path = written.path
        drawn = draw_moved_points(out, picture, output, data)
        document = {
            "file": output,
            "figures": drawn,
            "bytes": output.stat().st_size,
            **out.time(),
            "data": asked.data,
            "generators_file": asked.generators,
            "invariant": getattr(domain, "words", None),
            "settings": settings,
            **written.model_dump(exclude={"path"}),
        }
        out.result(document, lambda: render(document))


def _read(out: Output, artifact: Artifact, asked: PointRequest) -> PointArrays:
    """The arrays of the file, without rows that are not finite where the user wants that."""
    import numpy as np

    from symgen.augmentation.point_arrays import find_points
    from symgen.augmentation.point_mover import points_domain

    assert asked.data is not None
    domain = points_domain(artifact)
    data = find_points(asked.data, domain, asked.targets, asked.columns, asked.inputs)
    if data.inputs.names != domain.columns:
        out.note(f"{', '.join(data.inputs.arrays)}: taken as {', '.join(domain.columns)}, in this order.")
    for name, why in data.rows.refused.items():
        out.note(f"Left out: the array {name!r}, {why}.")
    values = [data.points.reshape(len(data.points), -1), *([] if data.moving is None else [data.moving])]
    finite = np.isfinite(np.concatenate(values, 1)).all(1)
    if finite.all():
        return data
    said = f"{asked.data}: {(~finite).sum()} of {len(finite)} points have numbers that are not finite"
    if not asked.skip_bad or not finite.any():
        raise DataError(f"{said}. Use --skip-bad to leave them out.")
    out.note(f"{said}. They are left out.")
    return data.only(finite)


def _carried(changes: Mapping[str, float | None]) -> str | None:
    """Arrays that are copied as they are, with what is known of them."""
    known = {
        name: "whether it changes is not known" if change is None else f"changes by {change:.1g}, as a fit says"
        for name, change in changes.items()
    }
    return "; ".join(f"{name} ({what})" for name, what in known.items()) or None


def render(document: dict[str, Any]) -> RenderableType:
    """What was written, for a person."""
    d = document
    change = d["expected_change"]
    left_out = "; ".join(f"{name} ({why})" for name, why in d["left_out"])
    shown = ", ".join(f"{name} {shape}".replace(",)", ")") for name, shape in d["arrays"].items())
    about = facts(
        {
            "data": d["data"],
            "invariant": d["invariant"],
            "generators": f"{', '.join(d['generators'])} (from {d['generators_file']})",
            "left out": left_out or None,
            "copies": f"{d['copies']} of {numbered(d['originals'], 'point')}",
            "moved": ", ".join(d["moved"]),
            "expected": None
            if change is None
            else f"change of {change:.1e} of the deviation of what is to stay, as points held out from discovery tell",
            "copied": _carried(d["carried"]),
            "beyond": f"{d['beyond']:.0%} of the copies lie outside of the range of the points that were learnt from"
            if d["beyond"]
            else None,
            "arrays": shown,
            "file": f"{d['file']} ({decimal(d['bytes'])})",
            "figure": d["figures"][0] if d["figures"] else None,
            "time": time_text(d),
        }
    )
    count = numbered(d["copies"], "moved copy", "moved copies")
    return Group(Text(f"{count} written", style="bold"), about)
