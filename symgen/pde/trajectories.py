"""Trajectories of a 1-D equation on a regular grid: solutions with one unknown u of x and t.

Their files are HDF5 in the layout of PDEBench: datasets `tensor` (sample, time, x), `x-coordinate` (x,), `t-coordinate`
(time,); root attribute `symgen` holds a `TrajectoryInfo` as JSON. Other layouts are read by `symgen.pde.readers`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from symgen.pde.axis import Axis, check_uniform, period
from symgen.pde.hdf5_output import hdf5_draft
from symgen.pde.info import Source, TrajectoryInfo
from symgen.pde.readers import Choice, Samples
from symgen.pde.readers.content import Content, require_scalar, samples_at
from symgen.pde.solutions import CHUNK_BYTES, Solutions
from symgen.pde.solutions_file import checked, file_sha256, of_trajectories, open_content, require_period, sha256_of

if TYPE_CHECKING:
    from symgen.equations.posterior import Posterior
    from symgen.generators.metadata import Regression

__all__ = [
    "SOME_POINTS",
    "SOME_SAMPLES",
    "Source",
    "Trajectories",
    "TrajectoryInfo",
    "check_uniform",
    "file_sha256",
    "load_trajectories",
    "period",
    "sha256_of",
    "some_samples",
]

SOME_SAMPLES, SOME_POINTS = 16, 2**20


@dataclass(frozen=True, repr=False)
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
    posterior: Posterior | None = None
    """Then also what the data say about its coefficients and terms left out."""
    stated: TrajectoryInfo | None = None
    """What the file says, where `info` has an equation or parameters from elsewhere instead."""
    alternative: Trajectories | None = None
    """The same data with x and t the other way round, where the file does not tell which is right."""

    @classmethod
    def of(cls, solutions: Solutions) -> Trajectories:
        """Those with one unknown of x and t, which is u from here on."""
        values, said = solutions.values, solutions.info
        time, space = solutions.axis("t"), solutions.axis("x")
        info = TrajectoryInfo(
            equation=said.equations[0] if said.equations else None,
            length=said.lengths.get("x", period(space.points)),
            periodic=space.periodic,
            **said.model_dump(include={"name", "parameters", "seed", "solver", "settings", "version"}),
        )
        return cls(
            values[..., 0] if isinstance(values, np.ndarray) else Samples(len(values), lambda i: values[i][..., 0]),
            space.points,
            time.points,
            info,
            solutions.kept,
            solutions.sha256,
            solutions.source,
            solutions.origin,
            alternative=None if solutions.alternative is None else cls.of(solutions.alternative),
        )

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
        x = np.asarray(x, np.float64)
        said = info is not None and "periodic" in info.model_fields_set and periodic is None
        space: np.ndarray | Axis = Axis("x", x, info.periodic) if info is not None and said else x
        about = None if info is None else of_trajectories(info)
        data = Solutions.from_arrays({"u": np.asarray(u, np.float64)}, {"t": t, "x": space}, about, periodic)
        require_period(data.axis("x"), None if info is None else info.length, "u")
        return cls.of(data)

    @property
    def solutions(self) -> Solutions:
        """The same as solutions with the one unknown u of x and t."""
        values = (
            self.u[..., None]
            if isinstance(self.u, np.ndarray)
            else Samples(len(self.u), lambda i: self.u[i][..., None])
        )
        axes = Axis("t", self.t), Axis("x", self.x, self.info.periodic)
        return Solutions(
            values, axes, ("u",), of_trajectories(self.info), self.kept, self.sha256, self.source, self.origin
        )

    def __len__(self) -> int:
        return len(self.kept)

    def __repr__(self) -> str:
        return repr(self.solutions).replace("Solutions", "Trajectories", 1)

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
        return Axis("t", self.t).step

    def read(self, samples: Sequence[int] | np.ndarray) -> np.ndarray:
        """Samples by position among those kept -> (len(samples), nt, nx) float64."""
        return samples_at(self.u, self.kept[np.asarray(samples)])

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

    def save(self, path: str | Path, force: bool = False) -> Path:
        """Write the file, give its path; an existing one is replaced only with `force`, see `symgen.atomic.draft`."""
        with hdf5_draft(path, force) as written:
            file = written.file
            shape = (len(self), len(self.t), len(self.x))
            tensor = file.create_dataset("tensor", shape, "f8", chunks=(1, *shape[1:]), fletcher32=True)
            start = 0
            for batch in self.batches():
                tensor[start : start + len(batch)] = batch
                written.require_written()
                start += len(batch)
            file["x-coordinate"] = self.x
            file["t-coordinate"] = self.t
            # Of fixed length: HDF5 keeps others in a heap, where damage can make it hang.
            file.attrs["symgen"] = np.bytes_(self.info.model_dump_json().encode())
        return written.final


def load_trajectories(
    path: str | Path,
    skip_bad: bool = False,
    field: str | None = None,
    periodic: bool | Mapping[str, bool] | None = None,
    x: str | None = None,
    t: str | None = None,
    content: Content | None = None,
) -> Trajectories:
    """The solutions in a file, as `load_solutions` reads it, with one unknown of x and t, or that one named `field`.

    `content` is what is in the file, where it has been read already.
    Raises DataError for what they are otherwise, as well as for what makes the file unusable.
    """
    content = content or open_content(path, Choice(field, x, t=t))
    require_scalar(content, path)
    return Trajectories.of(checked(content, Path(path), sha256_of(Path(path)), skip_bad, periodic))


def some_samples(data: Trajectories) -> int:
    """How many of the first samples to look at, where all would take too long or too much memory; at least one."""
    return max(1, min(len(data), SOME_SAMPLES, SOME_POINTS // (len(data.t) * len(data.x))))
