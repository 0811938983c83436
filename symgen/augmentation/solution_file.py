"""Augmented solutions as a file: the originals, then their moved copies, with what each copy covers.

The layout is that of `symgen.pde.solutions_file`, with the datasets `covered` (sample, *grid), `valid` (sample, 2),
`coefficients` (sample, generator) and `source` (sample,) beside it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import h5py
import numpy as np
import torch
from pydantic import BaseModel, ConfigDict

from symgen.augmentation.file import AugmentationSettings
from symgen.augmentation.moved_solutions import MovedSolutions
from symgen.augmentation.mover import random_weights
from symgen.augmentation.selection import Selection
from symgen.augmentation.solution_mover import SolutionMover
from symgen.augmentation.solution_selection import keeping_periods
from symgen.augmentation.solution_verdict import SolutionVerdict
from symgen.augmentation.trajectories import require_copies, require_times
from symgen.equations.system import System
from symgen.exceptions import DataError
from symgen.pde.axis import Axis
from symgen.pde.hdf5_output import hdf5_draft
from symgen.pde.info import SolutionsInfo
from symgen.pde.readers import well
from symgen.pde.readers.hdf5_file import open_hdf5
from symgen.pde.solutions import Solutions
from symgen.pde.solutions_file import SolutionsWriter, sha256_of
from symgen.processes import shared_out
from symgen.readable import require_readable

Progress = Callable[[int, int], None]


class AugmentedSystem(BaseModel):
    """What was written."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    path: Path
    """Where it is: beside the place that was asked for, if that was taken meanwhile."""
    originals: int
    copies: int
    too_short: int
    """Copies rejected since they cover too few times."""
    folded: int
    """Copies rejected since they are no functions of the independent variables."""
    unfound: int
    """Copies rejected since their values could not be found."""
    generators: tuple[str, ...]
    left_out: tuple[tuple[str, str], ...]
    """Generators that were not used, and why."""
    mean_times: float | None
    """Mean number of times that a copy covers, at least half of space at each."""
    covered: float | None
    """Mean share of the grid that a copy covers."""
    interpolation_error: float | None
    """Largest estimate over the samples, relative, see `SolutionInterpolant.errors`. None without copies."""
    residual_originals: tuple[float, ...]
    """Of the data under each equation, relative to its terms."""
    residual_copies: tuple[float, ...] | None
    """That of one copy of each of the first samples, on a box that it covers, where this is large enough."""
    doubts: tuple[str, ...]
    """What is wrong with originals and copies that were written all the same."""


@dataclass(frozen=True)
class AugmentedSolutionsData:
    """Solutions read from an augmented file; originals and copies alike are samples."""

    data: Solutions
    """NaN where a copy is not covered."""
    covered: h5py.Dataset
    """(sample, *grid) of booleans, in the open file."""
    valid: np.ndarray
    """(sample, 2): first index of the times that are covered everywhere, and the one after the last."""
    coefficients: np.ndarray
    """(sample, n): of the generators that moved it; 0 for originals."""
    source: np.ndarray
    """(sample,): the original that it comes from."""


def write_augmented_solutions(
    path: str | Path,
    data: Solutions,
    system: System,
    selection: Selection | None,
    settings: AugmentationSettings,
    device: str | torch.device = "cpu",
    force: bool = False,
    progress: Progress | None = None,
) -> AugmentedSystem:
    """Write the data and moved copies of them; without a `selection` the data alone.

    Copies are the same for a seed, however many are moved at once. Generators that change a period are left out. Raises
    UsageError where the file cannot be written or is the data's own, FlowError for flows that leave every bound;
    DataError for data with too few times, where no generator or no copy is left, and for originals or
    copies that do not solve the system, unless the settings allow it.
    """
    if selection and settings.copies:
        selection = keeping_periods(selection, data)
        require_times(len(data.axes[0]), settings.min_times)
    verdict = SolutionVerdict(data, system, settings.allow_invalid)
    tally = _Tally()
    names = selection.names if selection else ()
    read = data.origin.path if data.origin else None
    with hdf5_draft(path, force, [read]) as written:
        file = written.file
        writer, beside = SolutionsWriter(file, data), _Beside(file, data, len(names))
        for batch in data.batches():
            beside.append_originals(len(batch), writer.count)
            writer.append(batch)
            written.require_written()
        for copy in _moved(data, system, selection, settings, device, tally, progress):
            writer.append(copy.values[None])
            beside.append(copy.covered[None], copy.valid[None], copy.coefficients[None], np.array([copy.sample]))
            tally.add(copy)
            if copy.first:
                verdict.look_at(copy.values, copy.covered)
            written.require_written()
        if selection and settings.copies:
            require_copies(tally.copies, tally.too_short, tally.folded, tally.unfound, settings.min_times)
        verdict.end()
        record = {**settings.model_dump(), "generators": names, "data": data.source, "data_sha256": data.sha256}
        record["doubts"] = verdict.doubts
        writer.end(data.info.model_copy(update={"settings": {**data.info.settings, "augmentation": record}}))
    return AugmentedSystem(
        path=written.final,
        originals=len(data),
        copies=tally.copies,
        too_short=tally.too_short,
        folded=tally.folded,
        unfound=tally.unfound,
        generators=names,
        left_out=selection.left_out if selection else (),
        mean_times=tally.times / tally.copies if tally.copies else None,
        covered=tally.covered / tally.copies if tally.copies else None,
        interpolation_error=tally.error,
        residual_originals=verdict.originals.relative,
        residual_copies=verdict.moved,
        doubts=tuple(verdict.doubts),
    )


def move_share(
    data: Solutions,
    system: System,
    selection: Selection | None,
    settings: AugmentationSettings,
    device: str | torch.device = "cpu",
) -> None:
    """In another process than the first, which writes them: this one's share of the copies of
    `write_augmented_solutions`.
    """
    if selection and settings.copies:
        selection = keeping_periods(selection, data)
    for _ in _moved(data, system, selection, settings, device, _Tally(), None):
        pass


@dataclass(frozen=True)
class _Copy:
    """One copy that is kept."""

    sample: int
    first: bool
    """Whether it is the first one of its sample."""
    values: np.ndarray
    covered: np.ndarray
    valid: np.ndarray
    times: int
    coefficients: np.ndarray


@dataclass
class _Tally:
    copies: int = 0
    times: float = 0.0
    covered: float = 0.0
    too_short: int = 0
    folded: int = 0
    unfound: int = 0
    error: float | None = None

    def add(self, copy: _Copy) -> None:
        self.copies += 1
        self.times += copy.times
        self.covered += float(copy.covered.mean())

    def reject(self, moved: MovedSolutions, long: torch.Tensor) -> None:
        folded, unfound = moved.folded.cpu(), moved.unfound.cpu()
        self.too_short += int((~long).sum())
        self.folded += int((folded & long).sum())
        self.unfound += int((unfound & ~folded & long).sum())
        self.error = max(self.error or 0.0, moved.error)

    def add_rejected(self, other: _Tally) -> None:
        """What another has rejected."""
        self.too_short += other.too_short
        self.folded += other.folded
        self.unfound += other.unfound
        if other.error is not None:
            self.error = max(self.error or 0.0, other.error)


class _Beside:
    """The datasets beside those of the fields."""

    def __init__(self, file: h5py.File, data: Solutions, generators: int) -> None:
        self.data, self.generators = data, generators
        shape, many = data.shape, {"fletcher32": True}
        self.sets = [
            file.create_dataset("covered", (0, *shape), "?", maxshape=(None, *shape), chunks=(1, *shape), **many),
            file.create_dataset("valid", (0, 2), "i8", maxshape=(None, 2), **many),
            file.create_dataset("coefficients", (0, generators), "f8", maxshape=(None, generators)),
            file.create_dataset("source", (0,), "i8", maxshape=(None,), **many),
        ]

    def append_originals(self, count: int, first: int) -> None:
        """Samples as they are, `count` from number `first` on."""
        whole = np.ones((count, *self.data.shape), bool)
        valid = np.tile([0, self.data.shape[0]], (count, 1))
        self.append(whole, valid, np.zeros((count, self.generators)), np.arange(first, first + count))

    def append(self, *arrays: np.ndarray) -> None:
        """Of k samples: what is covered, valid times, coefficients and sources."""
        for dataset, array in zip(self.sets, arrays, strict=True):
            dataset.resize(len(dataset) + len(array), 0)
            dataset[len(dataset) - len(array) :] = array


def _moved(
    data: Solutions,
    system: System,
    selection: Selection | None,
    settings: AugmentationSettings,
    device: str | torch.device,
    tally: _Tally,
    progress: Progress | None,
) -> Iterator[_Copy]:
    """The copies that are kept, one sample after the other; `tally` counts the others."""
    count = settings.copies
    if selection is None or not count:
        return
    mover = SolutionMover(data, selection.generators, system, device)

    def of_sample(sample: int) -> tuple[list[_Copy], _Tally]:
        copies, rejected = list[_Copy](), _Tally()
        weights = random_weights(count, selection.generators.count, settings.scale, settings.seed, sample)
        for place, some in enumerate(weights.split(mover.together)):
            if progress:
                progress(sample * count + place * mover.together, len(data) * count)
            moved = mover(sample, some)
            known, valid = moved.known(), moved.valid()
            rejected.reject(moved, known[:, 1] - known[:, 0] >= settings.min_times)
            masked, covered = moved.masked().cpu().numpy(), moved.covered.cpu().numpy()
            for i in moved.usable(settings.min_times).nonzero().flatten().tolist():
                times = int(known[i, 1] - known[i, 0])
                own = masked[i], covered[i], valid[i].numpy(), times, some[i].numpy()
                copies.append(_Copy(sample, not copies, *own))
        return copies, rejected

    for copies, rejected in shared_out(len(data), of_sample):
        tally.add_rejected(rejected)
        yield from copies
    if progress:
        progress(len(data) * count, len(data) * count)


def load_augmented_solutions(path: str | Path) -> AugmentedSolutionsData:
    """Open a file that `write_augmented_solutions` made; samples stay on disk until they are read.

    Raises DataError for a file that is missing, of another kind or damaged.
    """
    path = Path(path)
    require_readable(path)
    if not path.is_file():
        raise DataError(f"{path}: no such file. `symgen augment` makes one.")
    try:
        file = open_hdf5(path)
        content = well.read(file, path, None, everything=True)
        text = content.attribute
        info = SolutionsInfo.model_validate_json(text if isinstance(text, str | bytes) else "")
        covered, coefficients = file["covered"], file["coefficients"][:]
        valid, source = file["valid"][:], file["source"][:]
    except (OSError, KeyError, ValueError) as error:
        raise DataError(f"{path} is no file of augmented solutions, or damaged. Make it again.") from error
    axes = tuple(Axis(grid.name, grid.points, bool(grid.periodic)) for grid in content.grids)
    shape, count = tuple(map(len, axes)), len(content.values)
    fits = covered.shape == (count, *shape) and valid.shape == (count, 2) and source.shape == (count,)
    if not fits or len(coefficients) != count or not ((source >= 0) & (source < count)).all():
        raise DataError(
            f"{path}: its fields, 'covered', 'valid', 'coefficients' and 'source' do not fit each other. Make it again."
        )
    for i in range(count):
        if not np.isfinite(np.asarray(content.values[i])[covered[i]]).all():
            raise DataError(f"{path}: sample {i} is not finite where 'covered' says that it is. Make it again.")
    data = Solutions(content.values, axes, content.unknowns, info, np.arange(count), sha256_of(path), str(path))
    return AugmentedSolutionsData(data, covered, valid, coefficients, source)
