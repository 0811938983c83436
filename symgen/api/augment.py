"""`symgen.augment`: more data from few, moved by their symmetries."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, overload

import numpy as np

from symgen.api.generators import load
from symgen.api.heard import Heard
from symgen.api.options import place_of
from symgen.api.words import python_words
from symgen.discovery.requests.method_settings import refuse
from symgen.exceptions import UsageError
from symgen.generators.artifact import Artifact
from symgen.pde.solutions import Solutions
from symgen.pde.trajectories import Trajectories

if TYPE_CHECKING:
    import torch
    from torch.utils.data import Dataset


@overload
def augment(
    generators: Artifact | str | Path, data: None = None, *, scale: float = 0.1, max_defect: float | None = None
) -> torch.nn.Module: ...


@overload
def augment(
    generators: Artifact | str | Path,
    data: Any,
    labels: Any = None,
    *,
    equation: str | Sequence[str] | None = None,
    parameters: Mapping[str, float | str] | None = None,
    scale: float = 0.1,
    original: float | None = None,
    copies: int | None = None,
    least_times: int | None = None,
    max_defect: float | None = None,
    seed: int | None = None,
    device: str | torch.device = "cpu",
) -> Dataset[Any]: ...


@python_words()
def augment(
    generators: Artifact | str | Path,
    data: Any = None,
    labels: Any = None,
    *,
    equation: str | Sequence[str] | None = None,
    parameters: Mapping[str, float | str] | None = None,
    scale: float = 0.1,
    original: float | None = None,
    copies: int | None = None,
    least_times: int | None = None,
    max_defect: float | None = None,
    seed: int | None = None,
    device: str | torch.device = "cpu",
) -> Any:
    """Data moved by random combinations of their symmetries, with coefficients uniform in +-`scale` of unit fields.

    Without `data` a transform for batches: of images (..., C, H, W), see `symgen.augmentation.RandomSymmetry`, or of
    points, see `RandomPointSymmetry`. With `data` a Dataset for torch's loaders:

    - of `Solutions`: items are (values, covered), moved anew each time, or with probability `original` (by default
      0.5) as they are; see `AugmentedSolutions`. `generators` may be "lps": the true symmetries of the data's
      equations, or of the `equation` with its `parameters`;
    - of points (n, d) or (n, k, d): items are points, or (point, label), the originals and then `copies` of each (by
      default 1), which depend on the `seed` alone; see `AugmentedPoints`.

    Generators that are no symmetries (or, with `max_defect`, of a larger defect), and those that change a period of the
    data, are left out, with a note to the logger `symgen`. Raises UsageError where none is left or data do not fit.

    >>> import symgen
    >>> data = symgen.simulate("lotka-volterra", 4)
    >>> values, covered = symgen.augment("lps", data)[0]
    >>> values.shape, covered.shape
    (torch.Size([257, 2]), torch.Size([257]))
    """
    heard = Heard()
    if isinstance(data, Trajectories):
        data = data.solutions
    if isinstance(data, Solutions):
        refuse("solutions, which are moved anew each time", {"labels": labels, "copies": copies, "seed": seed})
        motion = (scale, 0.5 if original is None else original, least_times)
        return _of_solutions(generators, data, equation, parameters, heard, motion, max_defect, device)
    if equation is not None or parameters is not None or least_times is not None:
        raise UsageError("equation, parameters and least_times are for solutions: give `Solutions` as data.")
    artifact = generators if isinstance(generators, Artifact) else load(generators)
    kind = artifact.metadata.domain.kind
    if data is None:
        own = {"labels": labels, "original": original, "copies": copies, "seed": seed}
        refuse("a transform, which draws anew each time", own)
        return _transform(artifact, kind, scale, max_defect)
    if kind == "image":
        raise UsageError("Images are moved by a transform, augment(generators), in a Dataset of yours.")
    if kind != "points":
        raise UsageError("These generators move solutions: give `Solutions` as data, see symgen.load_data.")
    refuse("points: all originals are there, and then the copies", {"original": original})
    from symgen.augmentation.points import AugmentedPoints

    copies, seed = 1 if copies is None else copies, seed or 0
    points, known = (own if own is None or hasattr(own, "device") else np.asarray(own) for own in (data, labels))
    return AugmentedPoints(points, artifact, known, copies, scale, seed, max_defect=max_defect, device=place_of(device))


def _transform(artifact: Artifact, kind: str, scale: float, max_defect: float | None) -> torch.nn.Module:
    if kind == "image":
        from symgen.augmentation.images import RandomSymmetry

        if max_defect is not None:
            raise UsageError("max_defect is not for images: all their generators move them.")
        return RandomSymmetry(artifact, scale)
    if kind == "points":
        from symgen.augmentation.points import RandomPointSymmetry

        return RandomPointSymmetry(artifact, scale, max_defect=max_defect)
    raise UsageError("Generators of equations move solutions: give them as data.")


def _of_solutions(
    generators: Artifact | str | Path,
    data: Solutions,
    equation: str | Sequence[str] | None,
    parameters: Mapping[str, float | str] | None,
    heard: Heard,
    motion: tuple[float, float, int | None],
    max_defect: float | None,
    device: str | torch.device,
) -> Dataset[Any]:
    from symgen.augmentation.selection import of_artifact, require_equation
    from symgen.augmentation.solution_selection import keeping_periods, of_system, require_system, without_spare
    from symgen.augmentation.solutions import AugmentedSolutions
    from symgen.discovery.system_source import system_of

    formulas = [] if equation is None else [equation] if isinstance(equation, str) else list(equation)
    given = system_of(data, formulas, parameters or {})
    data = without_spare(data, given)
    if isinstance(generators, str) and generators == "lps":
        selection = of_system(data, given)
    else:
        artifact = generators if isinstance(generators, Artifact) else load(generators)
        where = Path("What was given" if isinstance(generators, Artifact) else generators)
        if artifact.metadata.domain.kind == "pde" and data.is_scalar:
            require_equation(artifact, Trajectories.of(data), where)
        else:
            require_system(artifact, data, given, where)
        selection = of_artifact(artifact, max_defect)
    selection = keeping_periods(selection, data)
    for name, why in selection.left_out:
        heard.note(f"Left out: {name} ({why}).")
    scale, original, least = motion
    return AugmentedSolutions(data, selection.generators, given.system, scale, original, least, place_of(device))
