"""`symgen augment` for one unknown u(x, t) that is periodic in x: which generators move it, and what came of it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from rich.console import Group, RenderableType
from rich.filesize import decimal
from rich.text import Text

from symgen.cli.output import Output, facts, time_text, with_carets
from symgen.exceptions import DataError
from symgen.words import numbered

if TYPE_CHECKING:
    from symgen.augmentation.selection import Selection
    from symgen.pde.trajectories import Trajectories


def require_agreement(data: Trajectories, given: bool, allow_invalid: bool, out: Output) -> None:
    """Raise DataError where the file says another equation than the one in use; warn of it where that is wanted."""
    from symgen.inspection.reference import contradiction

    said = contradiction(data)
    if said is None:
        return
    used = "".join((f"{data.info.equation} = 0", *(f", {k} = {v}" for k, v in data.info.parameters.items())))
    message = f"{data.source} says that its equation is {said}, not {used}."
    if not given and not allow_invalid:
        raise DataError(
            f"{message} Leave out --pde and --param, or give --equation or --allow-invalid if the file is wrong."
        )
    out.warning(message)


def selected(
    generators: str | None, data: Trajectories, max_defect: float | None, out: Output
) -> tuple[Selection | None, str | None]:
    """What --generators asks for, and the file or name it is from."""
    from symgen import load
    from symgen.augmentation.selection import newest_artifact, of_artifact, of_equation, require_equation

    if generators == "none":
        return None, None
    if generators == "lps":
        return of_equation(data), "lps"
    path = Path(generators) if generators else newest_artifact(Path(), data)
    if generators is None:
        out.note(f"Generators: {path}, the newest file of this equation here.")
    artifact = load(path)
    require_equation(artifact, data, path)
    return of_artifact(artifact, max_defect), str(path)


def render(document: dict[str, Any]) -> RenderableType:
    """What was written, for a person."""
    d = document
    rejected = [f"{d['too_short']} cover too few times"] * bool(d["too_short"])
    rejected += [f"{d['folded']} are folded"] * bool(d["folded"])
    rejected += [f"{d['unfound']} could not be found"] * bool(d["unfound"])
    left_out = "; ".join(f"{name} ({why})" for name, why in d["left_out"])
    error, residual, weak = d["interpolation_error"], d["residual_copies"], (d["weak_originals"], d["weak_copies"])
    about = facts(
        {
            "equation": with_carets(f"{d['equation']} = 0"),
            "data": d["data"],
            "generators": f"{', '.join(d['generators'])} (from {d['generators_file']})" if d["generators"] else "none",
            "left out": left_out or None,
            "copies": f"{d['copies']} of {numbered(d['originals'], 'trajectory', 'trajectories')}"
            + (f"; {', '.join(rejected)}" * bool(rejected)),
            "times": f"{d['mean_times']:.0f} covered on average" if d["mean_times"] else None,
            "residual": f"{d['residual_originals']:.1e} of the originals"
            + (f", {residual:.1e} of the copies" if residual is not None else ""),
            "in weak form": f"{weak[0]:.1e} of the originals, {weak[1]:.1e} of the copies"
            if None not in weak
            else None,
            "resampling": f"{d['settings'].resampling}, estimated error {error:.1e}" if error is not None else None,
            "file": f"{d['file']} ({decimal(d['bytes'])})",
            "figure": d["figures"][0] if d["figures"] else None,
            "time": time_text(d),
            "a copy": f"{d['spent']['copies'] / d['copies']:.3f} s" if d["copies"] else None,
        }
    )
    count = numbered(d["copies"], "moved copy", "moved copies")
    return Group(Text(f"{count} written", style="bold"), about)
