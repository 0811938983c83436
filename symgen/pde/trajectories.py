"""Trajectories of a 1-D equation on a regular grid, in HDF5 in the layout of PDEBench.

Datasets `tensor` (sample, time, x), `x-coordinate` (x,), `t-coordinate` (time,); root attribute `symgen`
holds a `TrajectoryInfo` as JSON. Files of other layouts are read by `symgen.pde.readers`.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import h5py
import numpy as np
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from symgen import __version__
from symgen.atomic import atomic_write
from symgen.exceptions import DataError
from symgen.pde.parameters import ParameterValue
from symgen.pde.readers import Content, read
from symgen.pde.seam import seam_of

if TYPE_CHECKING:
    from symgen.generators.metadata import Regression

CHUNK_BYTES = 16 * 2**20
SEAM_SAMPLES = 16
LENGTH_TOLERANCE = 1e-4  # of the period; a grid that includes its end differs by 1 / points
UNIFORM_TOLERANCE = 1e-4  # of a grid step; PDEBench stores its coordinates in float32


class TrajectoryInfo(BaseModel):
    """What a trajectory file says about itself."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    equation: str | None = None
    """The equation as a string that equals zero, e.g. `u_t + u*u_x + u_xxx`; None where it is not known."""
    name: str | None = None
    """Name in the catalog, if it is from there."""
    parameters: dict[str, ParameterValue] = {}
    length: Annotated[float, Field(gt=0, allow_inf_nan=False)]
    """Length of the domain in x."""
    periodic: bool = True
    seed: int | None = None
    solver: str | None = None
    settings: dict[str, Any] = {}
    """Everything else needed to make the data again."""
    version: str = __version__


@dataclass(frozen=True)
class Source:
    """The file that trajectories were read from."""

    path: str
    sha256: str
    layout: str
    units: dict[str, str]
    """Of x, t and u, where the file gives them."""
    notes: tuple[str, ...] = ()
    """What was assumed about it."""


@dataclass(frozen=True)
class Trajectories:
    """`u` (n, nt, nx) on the grid `t` (nt,) by `x` (nx,), physical units; `u` may stay in an open file."""

    u: Any
    x: np.ndarray
    t: np.ndarray
    info: TrajectoryInfo
    kept: np.ndarray
    """Indices of the samples of `u` in use."""
    sha256: str | None = None
    source: str | None = None
    """Path of the file it was read from."""
    origin: Source | None = None
    """What there is to say about that file."""
    regression: Regression | None = None
    """How the equation was found, if it was found in these data."""

    @classmethod
    def from_arrays(cls, u: np.ndarray, x: np.ndarray, t: np.ndarray, info: TrajectoryInfo) -> Trajectories:
        """Trajectories in memory: `u` (n, nt, nx), `x` (nx,), `t` (nt,)."""
        u = np.ascontiguousarray(u, dtype=np.float64)
        if u.ndim != 3 or u.shape[1:] != (len(t), len(x)):
            raise DataError(f"u has shape {u.shape}; expected (sample, {len(t)} times, {len(x)} points).")
        kept = np.arange(len(u))
        return cls(u, np.asarray(x, np.float64), np.asarray(t, np.float64), info, kept)

    def __len__(self) -> int:
        return len(self.kept)

    def __getstate__(self) -> dict[str, Any]:
        """For another process, such as a worker of a DataLoader: with the samples kept, as open files cannot go."""
        return {**self.__dict__, "u": self.read(range(len(self))), "kept": np.arange(len(self))}

    @property
    def period(self) -> float:
        """Steps of the grid in x times its points: the length of the domain, if it is periodic."""
        return period(self.x)

    @property
    def time_step(self) -> float:
        """Distance of two times, from all of them, as single steps are less exact."""
        return float(self.t[-1] - self.t[0]) / (len(self.t) - 1)

    def read(self, samples: Sequence[int] | np.ndarray) -> np.ndarray:
        """Samples by position among those kept -> (len(samples), nt, nx) float64."""
        return np.stack([np.asarray(self.u[int(i)], dtype=np.float64) for i in self.kept[np.asarray(samples)]])

    def first(self, n: int) -> Trajectories:
        """The first n of those kept."""
        return replace(self, kept=self.kept[:n])

    def batches(self, size: int | None = None) -> Iterator[np.ndarray]:
        """All samples in order, (at most size, nt, nx) at a time, so that memory does not grow with them."""
        size = size or max(1, CHUNK_BYTES // (8 * len(self.t) * len(self.x)))
        for start in range(0, len(self), size):
            yield self.read(np.arange(start, min(start + size, len(self))))

    def with_noise(self, level: float, seed: int = 0) -> Trajectories:
        """A copy in memory with Gaussian noise on u, of `level` times the standard deviation of u."""
        u = self.read(np.arange(len(self)))
        u += level * u.std() * np.random.default_rng(seed).standard_normal(u.shape)
        return Trajectories.from_arrays(u, self.x, self.t, self.info)

    def save(self, path: str | Path, force: bool = False) -> None:
        """Write the file; an existing one is replaced only with `force`."""
        with atomic_write(path, force) as temporary, h5py.File(temporary, "w") as file:
            shape = (len(self), len(self.t), len(self.x))
            tensor = file.create_dataset("tensor", shape, "f8", chunks=(1, *shape[1:]), fletcher32=True)
            start = 0
            for batch in self.batches():
                tensor[start : start + len(batch)] = batch
                start += len(batch)
            file["x-coordinate"] = self.x
            file["t-coordinate"] = self.t
            # Of fixed length: HDF5 keeps others in a heap, where damage can make it hang.
            file.attrs["symgen"] = np.bytes_(self.info.model_dump_json().encode())


def load_trajectories(
    path: str | Path, skip_bad: bool = False, field: str | None = None, periodic: bool | None = None
) -> Trajectories:
    """Open a file of any layout in `symgen.pde.readers` and check it; samples stay on disk until they are read.

    Samples with NaN, infinities or nothing but zeros, or on another grid than the first, raise DataError with their
    numbers, unless `skip_bad` leaves them out. `field` names one of several fields. `periodic` says whether u is
    periodic in x, whatever the file says; where neither does, it is measured. Raises DataError for anything else that
    makes the file unusable.
    """
    path = Path(path)
    if not path.is_file():
        raise DataError(f"{path}: no such file. `symgen simulate` makes one.")
    content = read(path, field)
    for name, grid in zip(content.grids, (content.x, content.t), strict=True):
        check_uniform(grid, f"{path}: {name!r}")
    info = _info(content, path)
    try:
        bad = _bad_samples(content)
    except Exception as error:  # damage inside a file whose header is sound: h5py raises almost anything
        raise DataError(f"{path} is damaged ({error}). Make it again or copy it anew.") from error
    if bad and not skip_bad:
        raise DataError(
            f"{path}: {len(bad)} of {len(content.u)} samples are bad (counted from 0): {_listed(bad)}. "
            "Use --skip-bad to leave them out."
        )
    kept = np.array([i for i in range(len(content.u)) if i not in bad], dtype=int)
    if not len(kept):
        raise DataError(f"{path}: no good sample is left. Simulate the data again.")
    notes = [*content.notes, *([f"{len(bad)} bad samples are left out: {_listed(bad)}."] if bad else [])]
    source = Source(str(path), file_sha256(path), content.layout, content.units, tuple(notes))
    data = Trajectories(content.u, content.x, content.t, info, kept, source.sha256, source.path, source)
    if periodic is not None:
        return replace(data, info=info.model_copy(update={"periodic": periodic}))
    if content.attribute is not None or content.periodic is not None:
        return data  # the file says it
    seam = seam_of(data.read(range(min(len(data), SEAM_SAMPLES))))
    found = info.model_copy(update={"periodic": seam.periodic})
    note = f"{path} does not say whether its data are periodic in x; {seam}. --boundary says otherwise."
    return replace(data, info=found, origin=replace(source, notes=(*notes, note)))


def period(grid: np.ndarray) -> float:
    """Number of points times their distance, from all of a uniform grid (n,), as single steps are less exact."""
    return float((grid[-1] - grid[0]) / (len(grid) - 1) * len(grid))


def file_sha256(path: str | Path) -> str:
    """Hexadecimal SHA-256 of a file's bytes."""
    with open(path, "rb") as handle:
        return hashlib.file_digest(handle, "sha256").hexdigest()


def check_uniform(grid: np.ndarray, what: str) -> None:
    """Raise DataError unless `grid` (n,) is finite, increasing and equally spaced."""
    if len(grid) < 2 or not np.isfinite(grid).all():
        raise DataError(f"{what} has {len(grid)} entries, or some that are not finite numbers.")
    steps = np.diff(grid)
    mean = steps.mean()
    if mean <= 0 or np.abs(steps - mean).max() > max(UNIFORM_TOLERANCE * mean, 1e-6 * np.abs(grid).max()):
        raise DataError(f"{what} is not equally spaced and increasing. Interpolate the data to a uniform grid first.")


def _info(content: Content, path: Path) -> TrajectoryInfo:
    text = content.attribute
    if text is None:
        return TrajectoryInfo(
            length=period(content.x),
            periodic=content.periodic is not False,
            equation=content.equation,
            parameters={**content.parameters},
        )
    if not isinstance(text, str | bytes):
        raise DataError(f"{path}: its attribute 'symgen' is not text.")
    try:
        info = TrajectoryInfo.model_validate_json(text)
    except ValidationError as error:
        raise DataError(f"{path}: its attribute 'symgen' is not valid ({error.error_count()} errors).") from error
    if info.periodic and abs(info.length - period(content.x)) > LENGTH_TOLERANCE * info.length:
        raise DataError(
            f"{path}: its period is given as {info.length:g}, but its {len(content.x)} points in x cover "
            f"{period(content.x):g}. Correct the attribute 'symgen' or {content.grids[0]!r}; the end of the period is "
            "not a point of its own."
        )
    return info


def _listed(bad: dict[int, str]) -> str:
    return ", ".join(f"{i} ({why})" for i, why in list(bad.items())[:8]) + (" ..." if len(bad) > 8 else "")


def _bad_samples(content: Content) -> dict[int, str]:
    bad = dict.fromkeys(content.elsewhere, "on another grid than the first")
    bad |= dict.fromkeys(content.without_grid, "no grid")
    for i in range(len(content.u)):
        if i in bad:
            continue
        sample = content.u[i]
        if not np.isfinite(sample).all():
            bad[i] = "not finite"
        elif not sample.any():
            bad[i] = "all zero"
    return dict(sorted(bad.items()))
