"""Solutions of a system on a regular grid: any number of unknowns of any independent variables.

Partial differential equations have the axes t and x, or also y and z; ordinary ones have t only. Files are the business
of `symgen.pde.solutions_file`.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from math import prod
from pathlib import Path
from typing import Any

import numpy as np

from symgen.bounds import LARGEST
from symgen.exceptions import DataError, UsageError
from symgen.moments import Moments
from symgen.pde.axis import TIME, Axis, check_uniform
from symgen.pde.info import SolutionsInfo, Source
from symgen.pde.readers import Samples
from symgen.pde.readers.content import samples_at
from symgen.pde.readers.table import is_numeric
from symgen.pde.seam import Seam, seam_of

CHUNK_BYTES = 16 * 2**20
SOME_SAMPLES, SOME_VALUES = 16, 2**24
REAL, IMAGINARY = "_r", "_i"
"""Ends of the names of the unknowns that a complex one is split into."""


@dataclass(frozen=True, repr=False)
class Solutions:
    """`values` (n, *grid, unknown) in physical units, the grid's axes in the order of `axes`, t first.

    `values` may stay in an open file: then `values[i]` reads one sample (*grid, unknown).
    """

    values: Any
    axes: tuple[Axis, ...]
    unknowns: tuple[str, ...]
    info: SolutionsInfo
    kept: np.ndarray
    """Indices of the samples of `values` in use."""
    sha256: str | None = None
    source: str | None = None
    """Path of the file it was read from."""
    origin: Source | None = None
    """What there is to say about that file."""
    alternative: Solutions | None = None
    """The same data with x and t the other way round, where the file does not tell which is right."""

    @classmethod
    def from_arrays(
        cls,
        unknowns: Mapping[str, np.ndarray],
        axes: Mapping[str, np.ndarray | Axis],
        info: SolutionsInfo | None = None,
        periodic: bool | Mapping[str, bool] | None = None,
    ) -> Solutions:
        """Solutions in memory, with the checks that files get.

        Every unknown is an array (sample, *grid) with one axis of the grid for each of `axes`, in their order; a
        complex one becomes two, its real part NAME_r and its imaginary part NAME_i. An axis is given by its points
        (n,), or as an `Axis`, which says whether the solutions are periodic in it. `periodic` says so too, for all axes
        of space or by name; where nothing does, it is measured, and an end of the period that is stored too is left
        out. Raises DataError for shapes that do not fit, samples that are all zero or not finite, and grids that are
        not equally spaced and increasing.
        """
        arrays, complex_ones = _real_parts(unknowns)
        if not arrays:
            raise DataError("There are no unknowns: give one array for each.")
        require_names(arrays, axes)
        grids = {
            name: axis.points if isinstance(axis, Axis) else np.asarray(axis, np.float64) for name, axis in axes.items()
        }
        shape = tuple(grid.size for grid in grids.values())
        expected = ", ".join(
            ["sample", *(_points_of(name, size, grids) for name, size in zip(grids, shape, strict=True))]
        )
        for name, array in arrays.items():
            fits = all(grid.ndim == 1 for grid in grids.values()) and array.ndim == 1 + len(grids)
            if not fits or array.shape[1:] != shape:
                raise DataError(f"{name} has shape {array.shape}; expected ({expected}).")
        first = next(iter(arrays))
        other = next((name for name in arrays if len(arrays[name]) != len(arrays[first])), None)
        if other:
            raise DataError(f"{first} has {len(arrays[first])} samples, but {other} has {len(arrays[other])}.")
        for name, grid in grids.items():
            check_uniform(grid, name)
        places = sorted(range(len(grids)), key=lambda place: list(grids)[place] != TIME)
        ordered = [array.transpose(0, *(1 + place for place in places)) for array in arrays.values()]
        values = ordered[0][..., None] if len(ordered) == 1 else np.stack(ordered, -1)
        values = np.ascontiguousarray(values, np.float64)
        bad = bad_samples(values)
        if bad or not len(values):
            who = ", ".join(arrays) + (" has" if len(arrays) == 1 else " have")
            raise DataError(f"{who} {len(bad)} bad samples of {len(values)} (counted from 0): {listed(bad)}.")
        known = {name: axis.periodic for name, axis in axes.items() if isinstance(axis, Axis)}
        names = [list(grids)[place] for place in places]
        data = cls(
            values,
            tuple(Axis(name, grids[name], known.get(name, False)) for name in names),
            tuple(arrays),
            (info or SolutionsInfo()).model_copy(update={"complex": complex_ones} if complex_ones else {}),
            np.arange(len(values)),
        )
        return data.bounded(by_axis(periodic, names), "The array", known)

    def bounded(self, periodic: Mapping[str, bool], what: str, known: Collection[str] = ()) -> Solutions:
        """With the boundaries given by axis, or else measured, and without ends of periods that are stored too.

        Those of `known` axes are left as they are, if none is given.
        """
        data = self
        for name in (axis.name for axis in self.axes if axis.name != TIME):
            if name in periodic or name not in known:
                data = data._bounded_in(name, periodic.get(name), what)
        return data

    def _bounded_in(self, name: str, periodic: bool | None, what: str) -> Solutions:
        place = self.place(name)
        if periodic is False:
            return self._with_axis(place, replace(self.axes[place], periodic=False))
        seam = self.seam(name)
        data, notes, warnings = self, [], []
        axis = self.axes[place]
        if periodic is None:
            notes.append(
                f"{what} does not say whether its data are periodic in {name}; {seam}. --boundary says otherwise."
            )
        elif not seam.periodic:
            warnings.append(f"The data are taken as periodic in {name}, as given, but {seam.rough}.")
        known = seam.periodic if periodic is None else periodic
        if known and seam.repeated:
            notes.append(
                f"The last point, {name} = {axis.points[-1]:.6g}, has the values of the first: it is the end of the "
                f"period, and left out. {len(axis) - 1} points are left."
            )
            cut = (slice(None),) * place + (slice(None, -1),)
            whole = self.values
            values = (
                whole[(slice(None), *cut)]
                if isinstance(whole, np.ndarray)
                else Samples(len(whole), lambda i: whole[i][cut])
            )
            data = replace(self, values=values)
            axis = replace(axis, points=axis.points[:-1])
        origin = self.origin or Source(None, None, "in memory", {})
        origin = replace(origin, notes=(*origin.notes, *notes), warnings=(*origin.warnings, *warnings))
        return replace(data._with_axis(place, replace(axis, periodic=known)), origin=origin)

    def _with_axis(self, place: int, axis: Axis) -> Solutions:
        return replace(self, axes=(*self.axes[:place], axis, *self.axes[place + 1 :]))

    def seam(self, name: str) -> Seam:
        """What goes on across the ends of an axis, from the first samples."""
        some = self.some()
        lines = np.moveaxis(some, (-1, 1 + self.place(name)), (0, -1))
        lines = lines.reshape(len(lines), len(some), -1, lines.shape[-1])  # (unknown, n, rest, points)
        varying = [u for u in lines if (u != u[..., :1]).any()]  # the others go on across any ends
        return Seam.worst([seam_of(u) for u in varying or lines[:1]])

    def __len__(self) -> int:
        return len(self.kept)

    def __getitem__(self, name: str) -> np.ndarray:
        """The values (n, *grid) of an unknown, or the points (n,) of an axis; UsageError for another name.

        A complex unknown is the one of its two parts.
        """
        if name in self.info.complex:
            return self[name + REAL] + 1j * self[name + IMAGINARY]
        if name in [axis.name for axis in self.axes]:
            return self.axis(name).points
        return self.only(name).read(range(len(self)))[..., 0]

    def save(self, path: str | Path, force: bool = False) -> None:
        """Write a file, see `symgen.pde.solutions_file`; an existing one is replaced only with `force`."""
        from symgen.pde.solutions_file import save_solutions  # which is about files of these

        save_solutions(self, path, force)

    def __repr__(self) -> str:
        grid = " x ".join(f"{len(axis)} in {axis.name}{' (periodic)' * axis.periodic}" for axis in self.axes)
        solved = f", of {', '.join(self.info.equations)}" if self.info.equations else ""
        return f"<Solutions: {len(self)} samples of {', '.join(self.unknowns)} on {grid}{solved}>"

    def __getstate__(self) -> dict[str, Any]:
        """For another process, such as a worker of a DataLoader: with the samples kept, as open files cannot go."""
        return {**self.__dict__, "values": self.read(range(len(self))), "kept": np.arange(len(self))}

    @property
    def shape(self) -> tuple[int, ...]:
        """Of the grid."""
        return tuple(map(len, self.axes))

    @property
    def is_scalar(self) -> bool:
        """Whether there is one unknown of x and t, as `Trajectories` have it."""
        return len(self.unknowns) == 1 and [axis.name for axis in self.axes] == [TIME, "x"]

    @property
    def space(self) -> tuple[Axis, ...]:
        """The axes but that of t."""
        return tuple(axis for axis in self.axes if axis.name != TIME)

    def axis(self, name: str) -> Axis:
        """The axis of that name; UsageError where there is none."""
        return self.axes[self.place(name)]

    def place(self, name: str) -> int:
        """Which axis of the grid has that name; UsageError where there is none."""
        names = [axis.name for axis in self.axes]
        if name not in names:
            raise UsageError(f"The data have no axis {name!r}. They have {', '.join(names)}.")
        return names.index(name)

    def only(self, *unknowns: str) -> Solutions:
        """With these unknowns alone, in that order; UsageError for one that is not there."""
        for name in unknowns:
            if name not in self.unknowns:
                raise UsageError(f"The data have no unknown {name!r}. They have {', '.join(self.unknowns)}.")
        places = [self.unknowns.index(name) for name in unknowns]
        whole = self.values
        values = (
            whole[..., places]
            if isinstance(whole, np.ndarray)
            else Samples(len(whole), lambda i: whole[i][..., places])
        )
        left = tuple(name for name in self.info.complex if {name + REAL, name + IMAGINARY} <= set(unknowns))
        return replace(
            self,
            values=values,
            unknowns=tuple(unknowns),
            info=self.info.model_copy(update={"complex": left}),
            alternative=None if self.alternative is None else self.alternative.only(*unknowns),
        )

    def read(self, samples: Sequence[int] | np.ndarray) -> np.ndarray:
        """Samples by position among those kept -> (len(samples), *grid, unknown) float64."""
        return samples_at(self.values, self.kept[np.asarray(samples)])

    def some(self) -> np.ndarray:
        """The first samples, as many as are quick to look at; at least one."""
        size = prod(self.shape) * len(self.unknowns)
        return self.read(range(max(1, min(len(self), SOME_SAMPLES, SOME_VALUES // size))))

    def first(self, n: int) -> Solutions:
        """The first n of those kept."""
        return replace(self, kept=self.kept[:n])

    def batches(self, size: int | None = None) -> Iterator[np.ndarray]:
        """All samples in order, (at most size, *grid, unknown) at a time, so that memory does not grow with them."""
        return (batch for _, batch in self.runs(range(len(self)), size))

    def runs(self, places: Sequence[int], size: int | None = None) -> Iterator[tuple[Sequence[int], np.ndarray]]:
        """Samples of these places among those kept, some at a time, with their places."""
        size = size or max(1, CHUNK_BYTES // (8 * prod(self.shape) * len(self.unknowns)))
        for start in range(0, len(places), size):
            yield places[start : start + size], self.read(places[start : start + size])

    def moments(self) -> Moments:
        """Mean, deviation and range of every unknown, each (unknown,)."""
        moments = Moments()
        for batch in self.batches():
            moments.push(by_unknown(batch))
        return moments


def by_unknown(batch: np.ndarray) -> np.ndarray:
    """The values (unknown, N) of samples (n, *grid, unknown)."""
    return np.moveaxis(batch, -1, 0).reshape(batch.shape[-1], -1)


def require_names(unknowns: Collection[str], axes: Collection[str]) -> None:
    """Raise DataError for a name that is both that of an unknown and of an axis."""
    both = next((name for name in unknowns if name in axes), None)
    if both is not None:
        raise DataError(f"{both} is the name of an axis and of an unknown. Rename the unknown.")


def periodic_of(boundary: str | Mapping[str, str] | None) -> bool | dict[str, bool] | None:
    """Whether solutions are periodic, in all of space or by axis; None where nothing is said."""
    if boundary is None:
        return None
    each = {"": boundary} if isinstance(boundary, str) else dict(boundary)
    wrong = next((own for own in each.values() if own not in ("periodic", "open")), None)
    if wrong is not None:
        raise UsageError(f"boundary is 'periodic' or 'open', or one of these by axis, not {wrong!r}.")
    found = {axis: own == "periodic" for axis, own in each.items()}
    return found[""] if isinstance(boundary, str) else found


def by_axis(periodic: bool | Mapping[str, bool] | None, names: Collection[str]) -> dict[str, bool]:
    """What is said of the boundaries, by axis; UsageError for an axis of space that is not among `names`."""
    if periodic is None or isinstance(periodic, bool):
        return {} if periodic is None else dict.fromkeys((name for name in names if name != TIME), periodic)
    wrong = next((name for name in periodic if name not in names or name == TIME), None)
    if wrong is not None:
        raise UsageError(f"The data have no axis {wrong!r} of space. They have {', '.join(names)}.")
    return dict(periodic)


def bad_samples(
    values: Samples | np.ndarray, known: Collection[int] = (), places: Sequence[int] | None = None
) -> dict[int, str]:
    """Samples without use, of these places or of all, and why; those that are `known` as such are not looked at."""
    bad = {}
    for i in range(len(values)) if places is None else places:
        if i in known:
            continue
        sample = values[i]
        if not np.isfinite(sample).all():
            bad[i] = "not finite"
        elif not sample.any():
            bad[i] = "all zero"
        elif not 1 / LARGEST < (size := float(np.abs(sample).max())) < LARGEST:  # which is beyond single precision
            bad[i] = f"its values go to {size:.1g}, use other units"
    return bad


def listed(bad: Mapping[int, str]) -> str:
    """Bad samples for people, by number."""
    return ", ".join(f"{i} ({why})" for i, why in list(bad.items())[:8]) + (" ..." if len(bad) > 8 else "")


def _real_parts(unknowns: Mapping[str, np.ndarray]) -> tuple[dict[str, np.ndarray], tuple[str, ...]]:
    """Real arrays by name, complex ones as two, and the names of these."""
    arrays: dict[str, np.ndarray] = {}
    for name, array in unknowns.items():
        array = np.asarray(array)
        if not is_numeric(array.dtype):
            raise DataError(f"{name} is {array.dtype}, not numbers.")
        parts = {name + REAL: array.real, name + IMAGINARY: array.imag} if np.iscomplexobj(array) else {name: array}
        twice = next((part for part in parts if part in arrays or (part in unknowns and part != name)), None)
        if twice:
            raise DataError(f"Two unknowns are called {twice}: {name} is complex. Rename one of them.")
        arrays |= parts
    return arrays, tuple(name for name, array in unknowns.items() if np.iscomplexobj(array))


def _points_of(name: str, size: int, axes: Collection[str]) -> str:
    if name == TIME:
        return f"{size} times"
    return f"{size} points" + (f" in {name}" if len(axes) > 2 else "")
