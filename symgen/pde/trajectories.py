"""Trajectories of a 1-D equation on a regular grid, in HDF5 in the layout of PDEBench.

Datasets `tensor` (sample, time, x), `x-coordinate` (x,), `t-coordinate` (time,); root attribute `symgen`
holds a `TrajectoryInfo` as JSON. Files of other layouts are read by `symgen.pde.readers`.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterator, Sequence
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
from symgen.pde.readers import Choice, Content, Samples, is_data, read
from symgen.pde.seam import seam_of

if TYPE_CHECKING:
    from symgen.generators.metadata import Regression

CHUNK_BYTES = 16 * 2**20
SEAM_SAMPLES = 16
SOME_SAMPLES, SOME_POINTS = 16, 2**20
LENGTH_TOLERANCE = 1e-4  # of the period; a grid that includes its end differs by 1 / points
UNIFORM_TOLERANCE = 1e-4  # of a grid step
ROUNDED = 4.0
"""Steps are rounded by this many units in the last place of the coordinate, which may be in single precision."""
COARSE = 0.5
"""Of a step: rounding beyond which the grid is not known."""


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
    """Measured by `Trajectories.from_arrays` where it is not given."""
    seed: int | None = None
    solver: str | None = None
    settings: dict[str, Any] = {}
    """Everything else needed to make the data again."""
    version: str = __version__


@dataclass(frozen=True)
class Source:
    """The file that trajectories were read from, or the array."""

    path: str | None
    sha256: str | None
    layout: str
    units: dict[str, str]
    """Of x, t and u, where the file gives them."""
    notes: tuple[str, ...] = ()
    """What was assumed about it."""
    warnings: tuple[str, ...] = ()
    """What about it may make results wrong."""
    reading: str | None = None
    """Which of its arrays are u, x and t, where its layout does not say."""


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
    stated: TrajectoryInfo | None = None
    """What the file says, where `info` has an equation or parameters from elsewhere instead."""
    alternative: Trajectories | None = None
    """The same data with x and t the other way round, where the file does not tell which is right."""

    @classmethod
    def from_arrays(
        cls,
        u: np.ndarray,
        x: np.ndarray,
        t: np.ndarray,
        info: TrajectoryInfo | None = None,
        periodic: bool | None = None,
    ) -> Trajectories:
        """Trajectories in memory: `u` (n, nt, nx), `x` (nx,), `t` (nt,), with the checks that files get.

        `periodic`, or else `info`, says whether u is periodic in x; where neither does, it is measured, and an end of
        the period that is stored too is left out. Raises DataError for shapes that do not fit, samples that are all
        zero or not finite, grids that are not equally spaced and increasing, and a period of another length than the
        grid's.
        """
        u = np.ascontiguousarray(u, dtype=np.float64)
        x, t = np.asarray(x, np.float64), np.asarray(t, np.float64)
        if u.ndim != 3 or x.ndim != 1 or t.ndim != 1 or u.shape[1:] != (len(t), len(x)):
            raise DataError(f"u has shape {u.shape}; expected (sample, {t.size} times, {x.size} points).")
        for name, grid in (("x", x), ("t", t)):
            check_uniform(grid, name)
        bad = _bad_samples(u)
        if bad or not len(u):
            raise DataError(f"u has {len(bad)} bad samples of {len(u)} (counted from 0): {_listed(bad)}.")
        said = info.periodic if info is not None and "periodic" in info.model_fields_set else None
        data = cls(u, x, t, info or TrajectoryInfo(length=period(x)), np.arange(len(u)))
        if periodic is None and said is not None:
            data = replace(data, info=data.info.model_copy(update={"periodic": said}))
        else:
            data = data._bounded(periodic, "The array")
        return data._of_length(None if info is None else info.length, "u")

    def _bounded(self, periodic: bool | None, what: str) -> Trajectories:
        """With the boundary that is given, or else measured, and without an end of the period that is stored too."""
        if periodic is False:
            return replace(self, info=self.info.model_copy(update={"periodic": False}))
        seam = seam_of(self.read(range(min(len(self), SEAM_SAMPLES))))
        data, notes, warnings = self, [], []
        if periodic is None:
            notes.append(f"{what} does not say whether its data are periodic in x; {seam}. --boundary says otherwise.")
        elif not seam.periodic:
            warnings.append(f"The data are taken as periodic in x, as given, but {seam.rough}.")
        known = seam.periodic if periodic is None else periodic
        if known and seam.repeated:
            notes.append(
                f"The last point, x = {self.x[-1]:.6g}, has the values of the first: it is the end of the period, and "
                f"left out. {len(self.x) - 1} points are left."
            )
            whole = self.u
            u = whole[..., :-1] if isinstance(whole, np.ndarray) else Samples(len(whole), lambda i: whole[i][:, :-1])
            data = replace(self, u=u, x=self.x[:-1])
        origin = self.origin or Source(None, None, "in memory", {})
        origin = replace(origin, notes=(*origin.notes, *notes), warnings=(*origin.warnings, *warnings))
        return replace(data, info=data.info.model_copy(update={"periodic": known}), origin=origin)

    def _of_length(self, given: float | None, what: str) -> Trajectories:
        """With the length of the domain; DataError where the period that is given is not what the points of x cover."""
        covered = period(self.x)
        if given is None:
            return replace(self, info=self.info.model_copy(update={"length": covered}))
        if self.info.periodic and abs(given - covered) > LENGTH_TOLERANCE * given:
            raise DataError(
                f"{what}: its period is given as {given:g}, but its {len(self.x)} points in x cover {covered:g}. "
                "Correct the length or x; the end of the period is not a point of its own. Data that are not periodic "
                "say periodic=False."
            )
        return self

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
    path: str | Path,
    skip_bad: bool = False,
    field: str | None = None,
    periodic: bool | None = None,
    x: str | None = None,
    t: str | None = None,
) -> Trajectories:
    """Open a file of any kind in `symgen.pde.readers` and check it; samples stay on disk where the layout allows it.

    Samples with NaN, infinities or nothing but zeros, or on another grid than the first, raise DataError with their
    numbers, unless `skip_bad` leaves them out. `field`, `x` and `t` say what the file does not: which array is u, and
    the name, the file or the range FROM:TO of the coordinates. `periodic` says whether u is periodic in x, whatever the
    file says; where neither does, it is measured. An end of the period that is stored too is left out. Raises DataError
    for anything else that makes the file unusable, UsageError for a choice that names nothing.
    """
    path = Path(path)
    if not path.exists():
        raise DataError(f"{path}: no such file. `symgen simulate` makes one.")
    if path.is_dir() and not is_data(path):
        raise DataError(f"{path} is a folder. Give a file of data, or a zarr folder.")
    return _checked(read(path, Choice(field, x, t)), path, sha256_of(path), skip_bad, periodic)


def _checked(content: Content, path: Path, sha256: str, skip_bad: bool, periodic: bool | None) -> Trajectories:
    for name, grid in zip(content.grids, (content.x, content.t), strict=True):
        check_uniform(grid, f"{path}: {name!r}")
    info = _info(content, path)
    try:
        bad = _bad(content)
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
    source = Source(str(path), sha256, content.layout, content.units, tuple(notes), content.warnings, content.reading)
    data = Trajectories(content.u, content.x, content.t, info, kept, sha256, str(path), source)
    if content.attribute is None:
        data = data._bounded(content.periodic if periodic is None else periodic, str(path))._of_length(None, str(path))
    else:  # the file is symgen's own, and says it
        data = data._of_length(info.length, str(path))
        data = data._bounded(periodic, str(path)) if periodic is not None else data
    if content.alternative is None:
        return data
    return replace(data, alternative=_checked(content.alternative, path, sha256, skip_bad, periodic))


def some_samples(data: Trajectories) -> int:
    """How many of the first samples to look at, where all would take too long or too much memory; at least one."""
    return max(1, min(len(data), SOME_SAMPLES, SOME_POINTS // (len(data.t) * len(data.x))))


def period(grid: np.ndarray) -> float:
    """Number of points times their distance, from all of a uniform grid (n,), as single steps are less exact."""
    return float((grid[-1] - grid[0]) / (len(grid) - 1) * len(grid))


def sha256_of(path: Path) -> str:
    """That of a file, or over the names and bytes of all files of a folder."""
    if not path.is_dir():
        return file_sha256(path)
    files = sorted(file for file in path.rglob("*") if file.is_file())
    listed = "".join(f"{file_sha256(file)} {file.relative_to(path)}\n" for file in files)
    return hashlib.sha256(listed.encode()).hexdigest()


def file_sha256(path: str | Path) -> str:
    """Hexadecimal SHA-256 of a file's bytes."""
    with open(path, "rb") as handle:
        return hashlib.file_digest(handle, "sha256").hexdigest()


def check_uniform(grid: np.ndarray, what: str) -> None:
    """Raise DataError unless `grid` (n,) is finite, increasing and equally spaced, as far as its precision shows."""
    if len(grid) < 2 or not np.isfinite(grid).all():
        raise DataError(f"{what} has {len(grid)} entries, or some that are not finite numbers.")
    steps = np.diff(grid)
    mean = (grid[-1] - grid[0]) / (len(grid) - 1)
    apart = np.abs(steps - mean).max()
    if mean > 0 and apart <= UNIFORM_TOLERANCE * mean:
        return
    single = bool((grid == grid.astype(np.float32)).all())
    rounding = ROUNDED * np.finfo(np.float32 if single else np.float64).eps * np.abs(grid).max()
    if apart > rounding or not mean > 0:
        raise DataError(f"{what} is not equally spaced and increasing. Interpolate the data to a uniform grid first.")
    if rounding > COARSE * mean:
        raise DataError(
            f"{what} has steps of {mean:.3g} at {np.abs(grid).max():.6g}, which its precision does not show. Store it "
            "in double precision, or from another origin."
        )


def _info(content: Content, path: Path) -> TrajectoryInfo:
    text = content.attribute
    if text is None:
        return TrajectoryInfo(
            length=abs(period(content.x)),
            equation=content.equation,
            parameters={**content.parameters},
        )
    if not isinstance(text, str | bytes):
        raise DataError(f"{path}: its attribute 'symgen' is not text.")
    try:
        info = TrajectoryInfo.model_validate_json(text)
    except ValidationError as error:
        raise DataError(f"{path}: its attribute 'symgen' is not valid ({error.error_count()} errors).") from error
    return info


def _listed(bad: dict[int, str]) -> str:
    return ", ".join(f"{i} ({why})" for i, why in list(bad.items())[:8]) + (" ..." if len(bad) > 8 else "")


def _bad(content: Content) -> dict[int, str]:
    bad = dict.fromkeys(content.elsewhere, "on another grid than the first")
    bad |= dict.fromkeys(content.without_grid, "no grid")
    return dict(sorted((_bad_samples(content.u, set(bad)) | bad).items()))


def _bad_samples(u: Samples | np.ndarray, known: Collection[int] = ()) -> dict[int, str]:
    """Samples without use, and why; those that are `known` as such are not looked at."""
    bad = {}
    for i in range(len(u)):
        if i in known:
            continue
        sample = u[i]
        if not np.isfinite(sample).all():
            bad[i] = "not finite"
        elif not sample.any():
            bad[i] = "all zero"
    return bad
