"""Augmented points as a file: the originals, then their moved copies, with what belongs to them."""

from __future__ import annotations

import math
from collections.abc import Callable
from pathlib import Path

import numpy as np
import torch
from pydantic import BaseModel, ConfigDict, Field

from symgen.atomic import draft
from symgen.augmentation.point_arrays import PointArrays
from symgen.augmentation.point_check import changes_of_labels
from symgen.augmentation.point_mover import of_points, points_domain
from symgen.augmentation.points import AugmentedPoints
from symgen.bounds import MOST, SETTINGS, Positive, Seed
from symgen.cost import Cost, require_affordable
from symgen.exceptions import DataError
from symgen.generators.artifact import Artifact

BATCH = 8192
SOURCE, COEFFICIENTS = "source", "coefficients"
"""Arrays that are written beside those of the file."""
DOUBTED, REFUSED = 0.1, 0.5
"""Expected change of what is to stay as it is, over its deviation, that is said, and that is refused."""
Progress = Callable[[int, int], None]


class PointAugmentationSettings(BaseModel):
    """All that decides the copies of given points by given generators."""

    model_config = SETTINGS

    copies: int = Field(16, ge=0, le=MOST)
    """Of each point."""
    scale: Positive = 0.1
    """Coefficients are uniform in +-scale, in units of unit fields."""
    max_defect: float | None = Field(None, ge=0)
    """Of generators that are used; None for exact and approximate symmetries."""
    allow_invalid: bool = False
    """Whether to write copies that are not expected to be valid."""
    seed: Seed = 0


class AugmentedPointFile(BaseModel):
    """What was written."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    path: Path
    """Where it is: beside the place that was asked for, if that was taken meanwhile."""
    originals: int
    copies: int
    arrays: dict[str, tuple[int, ...]]
    """Shapes by name."""
    moved: tuple[str, ...]
    """Arrays with points or outputs that moved."""
    generators: tuple[str, ...]
    left_out: tuple[tuple[str, str], ...]
    """Generators that were not used, and why."""
    expected_change: float | None
    """Root mean square change of what is to stay as it is, over its deviation, as far as points that were held out from
    discovery tell; None where they were not moved as far."""
    beyond: float
    """Share of the copies with a coordinate outside of the range that the symmetries were found in."""
    carried: dict[str, float | None]
    """Arrays that are copied as they are, and by how much they would change, over their deviation, as fits to them say;
    None where nothing is known."""
    doubts: tuple[str, ...]


def write_augmented_points(
    path: str | Path,
    data: PointArrays,
    artifact: Artifact,
    settings: PointAugmentationSettings,
    device: str | torch.device = "cpu",
    force: bool = False,
    progress: Progress | None = None,
) -> AugmentedPointFile:
    """Write a file's points and moved copies of them as .npz, with all arrays under their names.

    `source` (m,) is the row of the original file that a row comes from, `coefficients` (m, n) what moved it. Raises
    UsageError where the file cannot be written or is read, DataError for numbers that are not finite, where no
    generator is a symmetry or copies are not expected to be valid, FlowError for points that leave every bound.
    """
    taken = [name for name in (SOURCE, COEFFICIENTS) if name in data.rows.arrays]
    if taken:
        raise DataError(f"{data.rows.path} has an array {taken[0]!r}, as augmented files have. Give the originals.")
    selection = of_points(artifact, settings.max_defect)
    domain = points_domain(artifact)
    change = expected_change(artifact, settings)
    doubts = _doubts(domain.words, change, settings)
    labels = data.moving
    count = len(data.points) * (1 + settings.copies)
    sizes = [array.nbytes / max(len(array), 1) for array in data.rows.arrays.values()]
    cost = Cost(3.0 * count * (sum(sizes) + 8 * (selection.generators.count + 8)), 1e-4 * count)
    require_affordable(f"{count} points, copies and all,", cost, "Take fewer --copies.")
    made = AugmentedPoints(
        data.points,
        selection,
        labels,
        settings.copies,
        settings.scale,
        settings.seed,
        outputs=0 if labels is None else labels.shape[1],
        device=device,
    )
    points, outputs = [], []
    for first in range(0, len(made), BATCH):
        some, moved = made.batch(range(first, min(first + BATCH, len(made))))
        points.append(some.cpu().numpy())
        outputs += [] if moved is None else [moved.cpu().numpy()]
        if progress:
            progress(min(first + BATCH, len(made)), len(made))
    every = range(len(made))
    source = np.array([made.source(place) for place in every])
    values = np.concatenate(points)
    arrays = data.replaced(values, np.concatenate(outputs) if outputs else None, source)
    arrays[SOURCE], arrays[COEFFICIENTS] = source, np.stack([made.coefficients(place) for place in every])
    copies = values[len(data.points) :]
    carried = {}
    if len(copies):
        carried = changes_of_labels(data.points, copies, source[len(data.points) :], data.carried)
        doubts += _false_labels(carried, data.targets, settings)
    with draft(path, force, [data.rows.path]) as made_file, open(made_file.path, "wb") as file:
        np.savez_compressed(file, **arrays)  # type: ignore[arg-type]
    space, d = artifact.metadata.space, len(domain.columns)
    outside = (copies < np.array(space.lower[:d])) | (copies > np.array(space.upper[:d]))
    return AugmentedPointFile(
        path=made_file.final,
        originals=len(data.points),
        copies=len(copies),
        arrays={name: array.shape for name, array in arrays.items()},
        moved=(*data.inputs.arrays, *data.outputs),
        generators=selection.names,
        left_out=selection.left_out,
        expected_change=change,
        beyond=float(outside.any((1, 2)).mean()) if len(copies) else 0.0,
        carried=carried,
        doubts=doubts,
    )


def expected_change(artifact: Artifact, settings: PointAugmentationSettings) -> float | None:
    """By how much what is to stay as it is changes, over its deviation: from the file's table of moved points.

    Coefficients that are uniform in +-scale have the root mean square scale / sqrt(3), and changes along several
    generators are taken as independent.
    """
    table = points_domain(artifact).moved
    size = settings.scale / math.sqrt(3)
    if size > table.scales[-1]:
        return None
    total = 0.0
    for record, row in zip(artifact.metadata.generators, table.generators, strict=True):
        if record.status == "none" if settings.max_defect is None else not record.defect <= settings.max_defect:
            continue
        changes = [math.nan if change is None else change for change in row]
        change = float(np.interp(size, (0.0, *table.scales), (0.0, *changes)))
        if not math.isfinite(change):
            return None
        total += change**2
    return math.sqrt(total)


def _false_labels(
    carried: dict[str, float | None], targets: tuple[str, ...], settings: PointAugmentationSettings
) -> tuple[str, ...]:
    """Arrays that should not be copied as they are, or may not be; DataError where the target of the symmetries is
    among them.
    """
    doubts = []
    unknown = [name for name, change in carried.items() if change is None and name not in targets]
    if unknown:
        doubts.append(
            f"Copied as they are, though it is not known whether moved points have the same: {', '.join(unknown)}."
        )
    for name, change in carried.items():
        if change is None or change <= DOUBTED:
            continue
        said = f"{name} is copied as it is, but moved points have other values: a fit says by {change:.1g} of its "
        said += "deviation."
        if name in targets and change > REFUSED and not settings.allow_invalid:
            raise DataError(
                f"{said} The generators are no symmetries of it. Use a smaller --scale, or other generators; with "
                "--allow-invalid copies are written all the same."
            )
        doubts.append(f"{said} Compute it anew from the points, or leave it out.")
    return tuple(doubts)


def _doubts(words: str, change: float | None, settings: PointAugmentationSettings) -> tuple[str, ...]:
    """What is wrong with copies that are written all the same; DataError for those that are not to be."""
    if change is None:
        return (
            f"No points were moved as far as --scale {settings.scale:g} moves some when the symmetries were found, so "
            "that it is not known whether copies are valid. Use a smaller --scale.",
        )
    if change <= DOUBTED:
        return ()
    said = f"Copies are expected to change {words} by {change:.1g} of its deviation. Use a smaller --scale"
    said += "." if settings.max_defect is None else " or --max-defect."
    if change > REFUSED and not settings.allow_invalid:
        raise DataError(f"{said} With --allow-invalid they are written all the same.")
    return (said,)
