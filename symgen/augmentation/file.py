"""Augmented trajectories as a file: the originals, then their moved copies, with what each copy covers."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import h5py
import numpy as np
import torch
from pydantic import BaseModel, ConfigDict, Field

from symgen.augmentation.mover import Resampling, TrajectoryMover, random_weights
from symgen.augmentation.selection import Selection
from symgen.augmentation.trajectories import LEAST_TIMES, only_valid, require_copies, require_times
from symgen.augmentation.verdict import Verdict
from symgen.bounds import MOST, SETTINGS, Amount, Positive, Seed
from symgen.cost import require_room
from symgen.exceptions import DataError
from symgen.pde.equation import Equation
from symgen.pde.hdf5_output import hdf5_draft
from symgen.pde.readers.hdf5_file import open_hdf5
from symgen.pde.resample import Resampled
from symgen.pde.trajectories import Trajectories, TrajectoryInfo, check_uniform, file_sha256
from symgen.processes import shared_out
from symgen.readable import require_readable

Progress = Callable[[int, int], None]


class AugmentationSettings(BaseModel):
    """All that decides the copies of given data by given generators."""

    model_config = SETTINGS

    copies: int = Field(16, ge=0, le=MOST)
    """Of each trajectory."""
    scale: Positive = 0.1
    """Coefficients are uniform in +-scale, in units of unit fields (Ko, Kim and Lee 2024: 0.1)."""
    resampling: Resampling = "exact"
    min_times: Amount = LEAST_TIMES
    """Copies that cover fewer times are rejected."""
    allow_invalid: bool = False
    """Whether to write what does not solve the equation: originals that do not, or copies far worse than these."""
    seed: Seed = 0


class Augmented(BaseModel):
    """What was written."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    path: Path
    """Where it is: beside the place that was asked for, if that was taken meanwhile."""
    originals: int
    copies: int
    too_short: int
    """Copies rejected since they cover too few times."""
    folded: int
    """Copies rejected since they are no functions of x and t."""
    unfound: int
    """Copies rejected since their values could not be found."""
    generators: tuple[str, ...]
    left_out: tuple[tuple[str, str], ...]
    """Generators that were not used, and why."""
    mean_times: float | None
    """Mean number of times that a copy covers."""
    interpolation_error: float | None
    """Largest estimate over the trajectories, relative, see `Interpolant.error`; of scattering, how far its copies of
    the first trajectory are from the exact ones. None without copies."""
    residual_originals: float
    """Of the data under the equation, relative to its terms, pointwise."""
    weak_originals: float | None
    """The same in weak form."""
    residual_copies: float | None
    """That of one copy of each of the first SOME_SAMPLES, over the times that it covers, where these are enough."""
    weak_copies: float | None
    doubts: tuple[str, ...]
    """What is wrong with originals and copies that were written all the same."""


@dataclass(frozen=True)
class AugmentedData:
    """Trajectories read from an augmented file; originals and copies alike are samples."""

    data: Trajectories
    """u is NaN where a copy is not covered."""
    valid: np.ndarray
    """(sample, 2): first index of the times that are covered, and the one after the last."""
    coefficients: np.ndarray
    """(sample, n): of the generators that moved it; 0 for originals."""
    source: np.ndarray
    """(sample,): the original that it comes from."""


def write_augmented(
    path: str | Path,
    data: Trajectories,
    equation: Equation,
    selection: Selection | None,
    settings: AugmentationSettings,
    device: str | torch.device = "cpu",
    force: bool = False,
    progress: Progress | None = None,
) -> Augmented:
    """Write the data and moved copies of them; without a `selection` the data alone.

    Copies are the same for a seed, however many are moved at once. Generators that would carry them off the common grid
    are left out. Raises UsageError where the file cannot be written or is the data's own, FlowError for flows that
    leave every bound; DataError for data with too few times, where no generator or no copy is left, and for
    originals or copies that do not solve the equation, unless the settings allow it.
    """
    if selection and settings.copies:
        selection = selection.without_shifting_period(data)
    number = len(data) * (1 + (settings.copies if selection else 0))
    require_room(
        path, 8.0 * number * len(data.t) * len(data.x), f"A file of {number} solutions", "Take fewer --copies."
    )
    verdict = Verdict(data, equation, settings.allow_invalid)
    tally = _Tally()
    moved = _moved(data, equation, selection, settings, device, tally, progress) if selection else iter(())
    valid, source = [np.tile([0, len(data.t)], (len(data), 1))], [np.arange(len(data))]
    coefficients = [np.zeros((len(data), selection.generators.count if selection else 0))]
    read = data.origin.path if data.origin else None
    with hdf5_draft(path, force, [read]) as written:
        file = written.file
        shape = (len(data.t), len(data.x))
        most = (None, *shape)
        tensor = file.create_dataset("tensor", (0, *shape), "f8", maxshape=most, chunks=(1, *shape), fletcher32=True)
        for batch in data.batches():
            _append(tensor, batch)
            written.require_written()
        for copies in moved:
            _append(tensor, copies.u)
            valid.append(copies.valid)
            coefficients.append(copies.coefficients)
            source.append(np.full(len(copies.u), copies.sample))
            verdict.look_at(copies.u, copies.valid)
            written.require_written()
        if selection and settings.copies:
            kept = sum(map(len, valid[1:]))
            require_copies(kept, tally.too_short, tally.folded, tally.unfound, settings.min_times)
        verdict.end()
        file["valid"], file["coefficients"], file["source"] = map(np.concatenate, (valid, coefficients, source))
        file["x-coordinate"], file["t-coordinate"] = data.x, data.t
        names = selection.names if selection else ()
        record = {**settings.model_dump(), "generators": names, "data": data.source, "data_sha256": data.sha256}
        record["doubts"] = verdict.doubts
        info = data.info.model_copy(update={"settings": {**data.info.settings, "augmentation": record}})
        file.attrs["symgen"] = np.bytes_(info.model_dump_json().encode())
    spans = np.concatenate(valid[1:]) if valid[1:] else np.empty((0, 2))
    originals, moved_ones = verdict.originals, verdict.moved
    return Augmented(
        path=written.final,
        originals=len(data),
        copies=len(spans),
        too_short=tally.too_short,
        folded=tally.folded,
        unfound=tally.unfound,
        generators=names,
        left_out=selection.left_out if selection else (),
        mean_times=float((spans[:, 1] - spans[:, 0]).mean()) if len(spans) else None,
        interpolation_error=tally.error,
        residual_originals=originals.relative,
        weak_originals=originals.weak,
        residual_copies=moved_ones.relative if moved_ones else None,
        weak_copies=moved_ones.weak if moved_ones else None,
        doubts=tuple(verdict.doubts),
    )


def move_share(
    data: Trajectories,
    equation: Equation,
    selection: Selection | None,
    settings: AugmentationSettings,
    device: str | torch.device = "cpu",
) -> None:
    """In another process than the first, which writes them: this one's share of the copies of `write_augmented`."""
    if selection and settings.copies:
        selection = selection.without_shifting_period(data)
    if selection:
        for _ in _moved(data, equation, selection, settings, device, _Tally(), None):
            pass


@dataclass(frozen=True)
class _Copies:
    """The copies of one sample that are kept, and how many are not."""

    sample: int
    u: np.ndarray
    valid: np.ndarray
    coefficients: np.ndarray
    too_short: int
    folded: int
    unfound: int
    error: float | None


@dataclass
class _Tally:
    too_short: int = 0
    folded: int = 0
    unfound: int = 0
    error: float | None = None

    def add(self, copies: _Copies, exact: bool) -> None:
        """Count what is rejected; the error is the largest of `exact` copies, else the first one that is known."""
        self.too_short += copies.too_short
        self.folded += copies.folded
        self.unfound += copies.unfound
        if copies.error is not None and (exact or self.error is None):
            self.error = max(self.error or 0.0, copies.error)


def _moved(
    data: Trajectories,
    equation: Equation,
    selection: Selection,
    settings: AugmentationSettings,
    device: str | torch.device,
    tally: _Tally,
    progress: Progress | None,
) -> Iterator[_Copies]:
    """The copies of every sample, one sample after the other; `tally` counts what is rejected."""
    count = settings.copies
    if not count:
        return
    require_times(len(data.t), settings.min_times)
    mover = TrajectoryMover(data, selection.generators, equation, settings.resampling, device)
    exact = TrajectoryMover(data, selection.generators, equation, "exact", device)

    def of_sample(sample: int) -> _Copies:
        if progress:
            progress(sample * count, len(data) * count)
        weights = random_weights(count, selection.generators.count, settings.scale, settings.seed, sample)
        moved = mover(sample, weights)
        valid, folded, unfound = moved.valid(), moved.folded.cpu(), moved.unfound.cpu()
        enough = valid[:, 1] - valid[:, 0] >= settings.min_times
        kept = moved.usable(settings.min_times).nonzero().flatten()
        error = moved.error if settings.resampling == "exact" else None
        if settings.resampling != "exact" and tally.error is None:
            error = _distance(moved, exact(sample, weights))
        parts = [only_valid(moved.u[i], *valid[i].tolist()).cpu().numpy() for i in kept.tolist()]
        u = np.stack(parts) if parts else np.empty((0, len(data.t), len(data.x)))
        return _Copies(
            sample,
            u,
            valid[kept].numpy(),
            weights[kept].numpy(),
            too_short=int((~enough).sum()),
            folded=int((folded & enough).sum()),
            unfound=int((unfound & ~folded & enough).sum()),
            error=error,
        )

    for copies in shared_out(len(data), of_sample):
        tally.add(copies, settings.resampling == "exact")
        yield copies
    if progress:
        progress(len(data) * count, len(data) * count)


def _append(tensor: h5py.Dataset, u: np.ndarray) -> None:
    tensor.resize(len(tensor) + len(u), 0)
    tensor[len(tensor) - len(u) :] = u


def _distance(found: Resampled, exact: Resampled) -> float | None:
    """Relative, over what both cover; None where that is nothing."""
    bad = exact.folded | exact.unfound | found.folded
    inside = exact.covered & found.covered & ~bad[:, None]
    return float((found.u - exact.u)[inside].norm() / exact.u[inside].norm()) if inside.any() else None


def load_augmented(path: str | Path) -> AugmentedData:
    """Open a file that `write_augmented` made; samples stay on disk until they are read.

    Raises DataError for a file that is missing, of another kind or damaged.
    """
    path = Path(path)
    require_readable(path)
    if not path.is_file():
        raise DataError(f"{path}: no such file. `symgen augment` makes one.")
    try:
        file = open_hdf5(path)
        u, x, t = file["tensor"], file["x-coordinate"][:], file["t-coordinate"][:]
        valid, coefficients, source = (file[name][:] for name in ("valid", "coefficients", "source"))
        info = TrajectoryInfo.model_validate_json(file.attrs["symgen"])
    except (OSError, KeyError, ValueError) as error:
        raise DataError(f"{path} is no file of augmented trajectories, or damaged. Make it again.") from error
    check_uniform(x, f"{path}: 'x-coordinate'")
    check_uniform(t, f"{path}: 't-coordinate'")
    fits = u.shape == (len(valid), len(t), len(x)) and valid.shape == (len(u), 2) and source.shape == (len(u),)
    fits = fits and all(np.issubdtype(numbers.dtype, np.integer) for numbers in (valid, source))
    fits = fits and coefficients.shape[:1] == (len(u),)
    ordered = fits and ((valid[:, 0] >= 0) & (valid[:, 0] <= valid[:, 1]) & (valid[:, 1] <= len(t))).all()
    if not ordered or not ((source >= 0) & (source < len(u))).all():
        raise DataError(
            f"{path}: its datasets 'tensor', 'valid', 'coefficients' and 'source' do not fit each other. Make it again."
        )
    for i, (first, end) in enumerate(valid):
        if not np.isfinite(u[i, first:end]).all():
            raise DataError(f"{path}: sample {i} is not finite at times that 'valid' says it covers. Make it again.")
    data = Trajectories(u, x, t, info, np.arange(len(u)), file_sha256(path), str(path))
    return AugmentedData(data, valid, coefficients, source)
