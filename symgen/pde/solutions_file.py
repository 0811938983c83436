"""Files of solutions: read in any layout of `symgen.pde.readers`, written in that of The Well.

That is HDF5 with `t0_fields/NAME` (sample, time, x, y, z), `dimensions/time`, `dimensions/x` and `boundary_conditions`;
what `SolutionsInfo` holds is JSON in the root attribute `symgen`. Ohana et al., The Well, NeurIPS 2024.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import h5py
import numpy as np
from pydantic import ValidationError

from symgen.data_files import files_of
from symgen.exceptions import DataError, SymgenError
from symgen.literals import held_float
from symgen.pde.axis import TIME, Axis, check_uniform
from symgen.pde.hdf5_output import hdf5_draft
from symgen.pde.info import SolutionsInfo, Source, TrajectoryInfo
from symgen.pde.readers import Choice, Content, Samples, is_data, read
from symgen.pde.readers.many_files import joined
from symgen.pde.readers.remembered import remembered
from symgen.pde.solutions import Solutions, bad_samples, by_axis, listed, require_names
from symgen.processes import gathered, share
from symgen.readable import require_readable
from symgen.validation import first_fault

LENGTH_TOLERANCE = 1e-4  # of the period; a grid that includes its end differs by 1 / points


def load_solutions(
    path: str | Path,
    skip_bad: bool = False,
    unknown: str | None = None,
    periodic: bool | Mapping[str, bool] | None = None,
    x: str | None = None,
    t: str | None = None,
    y: str | None = None,
    z: str | None = None,
) -> Solutions:
    """Open a file of any kind in `symgen.pde.readers` and check it; samples stay on disk where the layout allows it.

    Samples with NaN, infinities or nothing but zeros, or on another grid than the first, raise DataError with their
    numbers, unless `skip_bad` leaves them out. `unknown`, `x`, `y`, `z` and `t` say what the file does not: which array
    alone is wanted, and the name, the file or the range FROM:TO of the coordinates. `periodic` says whether the
    solutions are periodic, in all axes of space or by name, whatever the file says; where neither does, it is measured.
    An end of the period that is stored too is left out. Raises DataError for anything else that makes the file
    unusable, UsageError for a choice that names nothing.
    """
    content = open_content(path, Choice(unknown, x, y, z, t))
    return checked(content, Path(path), sha256_of(Path(path)), skip_bad, periodic)


def open_content(path: str | Path, choice: Choice) -> Content:
    """What is in a file, or in all those of a glob or a folder, unchecked; DataError where there is none."""
    path = Path(path)
    require_readable(path)
    if files := files_of(path):
        return joined(files, lambda file: read(file, choice))
    if not path.exists():
        raise DataError(f"{path}: no such file. `symgen simulate` makes one.")
    if path.is_dir() and not is_data(path):
        raise DataError(f"{path} is a folder. Give a file of data, or a zarr folder.")
    return read(path, choice)


def checked(
    content: Content,
    path: Path,
    sha256: str,
    skip_bad: bool,
    periodic: bool | Mapping[str, bool] | None,
    in_memory: bool = False,
    known_bad: Mapping[int, str] | None = None,
) -> Solutions:
    """The solutions in a file, once they have passed the checks; see `load_solutions`.

    Of arrays in memory `path` is what they are called in messages. `known_bad`: bad samples, where they are known.
    """
    for grid in content.grids:
        check_uniform(grid.points, f"{path}: {grid.label!r}")
    require_names(content.unknowns, [grid.name for grid in content.grids])
    info, known = _info(content, path)
    content = replace(content, values=_remembered(content))
    try:
        bad = known_bad if known_bad is not None else _bad(content)
    except SymgenError:
        raise
    except Exception as error:  # damage inside a file whose header is sound: h5py raises almost anything
        raise DataError(f"{path} is damaged ({error}). Make it again or copy it anew.") from error
    if bad and not skip_bad:
        raise DataError(
            f"{path}: {len(bad)} of {len(content.values)} samples are bad (counted from 0): {listed(bad)}. "
            "Use --skip-bad to leave them out."
        )
    kept = np.array([i for i in range(len(content.values)) if i not in bad], dtype=int)
    if not len(kept):
        raise DataError(f"{path}: no good sample is left. Simulate the data again.")
    notes = [*content.notes, *([f"{len(bad)} bad samples are left out: {listed(bad)}."] if bad else [])]
    where = None if in_memory else str(path)
    source = Source(where, sha256, content.layout, content.units, tuple(notes), content.warnings, content.reading)
    axes = tuple(Axis(grid.name, grid.points, known.get(grid.name, False)) for grid in content.grids)
    data = Solutions(content.values, axes, content.unknowns, info, kept, sha256, where, source)
    given = by_axis(periodic, [axis.name for axis in axes])
    if content.attribute is None:
        said = {grid.name: grid.periodic for grid in content.grids if grid.periodic is not None}
        data = data.bounded({**said, **given}, str(path))
    else:  # the file is symgen's own, and says it
        for axis in axes:
            require_period(axis, info.lengths.get(axis.name), str(path))
        data = data.bounded(given, str(path), known)
    if content.alternative is None:
        return data
    other = checked(content.alternative, path, sha256, skip_bad, periodic, in_memory, bad)
    return replace(data, alternative=other)


def require_period(axis: Axis, given: float | None, what: str) -> None:
    """Raise DataError where the period that is given is not what the points of the axis cover."""
    if given is not None and axis.periodic and abs(given - axis.length) > LENGTH_TOLERANCE * given:
        raise DataError(
            f"{what}: its period is given as {given:g}, but its {len(axis)} points in {axis.name} cover "
            f"{axis.length:g}. Correct the length or {axis.name}; the end of the period is not a point of its own. "
            "Data that are not periodic say periodic=False."
        )


def save_solutions(data: Solutions, path: str | Path, force: bool = False) -> Path:
    """Write the file and give its path; an existing one is replaced only with `force`, see `symgen.atomic.draft`."""
    with hdf5_draft(path, force) as written:
        writer = SolutionsWriter(written.file, data)
        for batch in data.batches():
            writer.append(batch)
            written.require_written()
        writer.end(data.info)
    return written.final


class SolutionsWriter:
    """Writes solutions on the grid of some data into a file, batch by batch, however many there are."""

    def __init__(self, file: h5py.File, like: Solutions) -> None:
        self.file, self.count = file, 0
        space = [axis.name for axis in like.space]
        _describe(file, dataset_name=like.info.name or "solutions", grid_type="cartesian", n_spatial_dims=len(space))
        dimensions = file.create_group("dimensions")
        _describe(dimensions, spatial_dims=space)
        for axis in like.axes:
            own = dimensions.create_dataset("time" if axis.name == TIME else axis.name, data=axis.points)
            own.attrs.update({"sample_varying": False} | ({} if axis.name == TIME else {"time_varying": False}))
        _write_boundaries(file, like)
        fields = file.create_group("t0_fields")
        _describe(fields, field_names=like.unknowns)
        shape = like.shape
        self.sets = [
            fields.create_dataset(name, (0, *shape), "f8", maxshape=(None, *shape), chunks=(1, *shape), fletcher32=True)
            for name in like.unknowns
        ]
        timed = any(axis.name == TIME for axis in like.axes)
        for each in self.sets:
            each.attrs.update({"sample_varying": True, "time_varying": timed, "dim_varying": np.ones(len(space), bool)})
        for group in ("t1_fields", "t2_fields", "scalars"):
            _describe(file.create_group(group), field_names=[])

    def append(self, batch: np.ndarray) -> None:
        """Add (k, *grid, unknown)."""
        for place, each in enumerate(self.sets):
            each.resize(self.count + len(batch), 0)
            each[self.count :] = batch[..., place]
        self.count += len(batch)

    def end(self, info: SolutionsInfo) -> None:
        """Say what the file is about."""
        _describe(self.file, n_trajectories=self.count, simulation_parameters=[], symgen=info.model_dump_json())


def _write_boundaries(file: h5py.File, data: Solutions) -> None:
    group = file.create_group("boundary_conditions")
    for axis in data.space:
        kind = "periodic" if axis.periodic else "open"
        own = group.create_group(f"{axis.name}_{kind}")
        _describe(own, associated_dims=[axis.name], associated_fields=[], bc_type=kind.upper())
        _describe(own, sample_varying=False, time_varying=False)
        mask = np.zeros(len(axis), bool)
        mask[[0, -1]] = True
        own["mask"] = mask


def _describe(item: h5py.Group, **attributes: str | Sequence[str] | int) -> None:
    """Attributes of a group; text of fixed length: HDF5 keeps other text in a heap, where damage can make it hang."""
    for name, value in attributes.items():
        if isinstance(value, str):
            item.attrs[name] = np.bytes_(value.encode())
        elif isinstance(value, int):
            item.attrs[name] = value
        else:
            encoded = [each.encode() for each in value]
            item.attrs[name] = np.array(encoded, dtype=f"S{max(map(len, encoded), default=1)}")


def _info(content: Content, path: Path) -> tuple[SolutionsInfo, dict[str, bool]]:
    """What the file says about itself, and in which axes it says whether it is periodic."""
    text = content.attribute
    known = {grid.name: grid.periodic for grid in content.grids if grid.periodic is not None}
    if text is None:
        equations = (content.equation,) if content.equation else ()
        return SolutionsInfo(equations=equations, parameters={**content.parameters}, complex=content.complex), known
    if not isinstance(text, str | bytes):
        raise DataError(f"{path}: its attribute 'symgen' is not text.")
    try:
        json.loads(text, parse_float=held_float)
    except json.JSONDecodeError:
        pass  # which is told below
    except ValueError as error:
        raise DataError(f"{path}: its attribute 'symgen' is not valid: {error}.") from error
    try:
        if content.layout == "The Well":
            return SolutionsInfo.model_validate_json(text), known
        info = TrajectoryInfo.model_validate_json(text)
    except ValidationError as error:
        raise DataError(f"{path}: its attribute 'symgen' is not valid {first_fault(error)}.") from error
    return of_trajectories(info), {"x": info.periodic}


def of_trajectories(info: TrajectoryInfo) -> SolutionsInfo:
    """What is said about trajectories u(x, t), as of any solutions; but for whether they are periodic in x."""
    return SolutionsInfo(
        equations=() if info.equation is None else (info.equation,),
        lengths={"x": info.length},
        **info.model_dump(include={"name", "parameters", "seed", "solver", "settings", "version"}),
    )


def _remembered(content: Content) -> Samples:
    return remembered(content.values, (*(grid.points.shape[-1] for grid in content.grids), len(content.unknowns)))


def _bad(content: Content) -> dict[int, str]:
    """Samples without use, and why; several processes look through their share of them each."""
    known = dict.fromkeys(content.elsewhere, "on another grid than the first")
    known |= dict.fromkeys(content.without_grid, "no grid")
    bad = dict(known)
    for found in gathered(lambda: bad_samples(content.values, known, share(len(content.values)))):
        bad |= found
    return dict(sorted(bad.items()))


def sha256_of(path: Path) -> str:
    """That of a file, or over the names and bytes of all files of a folder or glob; several processes share them."""
    files, is_folder = files_of(path), os.path.isdir(path)
    if is_folder and not files:
        files = sorted(file for file in path.rglob("*") if file.is_file())
    if not files and not is_folder:
        return next(filter(None, gathered(lambda: "".join(file_sha256(path) for _ in share(1)))))
    names = [file.relative_to(path) if is_folder else file.name for file in files]
    own = gathered(lambda: [f"{file_sha256(files[k])} {names[k]}\n" for k in share(len(files))])
    return hashlib.sha256("".join(line for lines in own for line in lines).encode()).hexdigest()


def file_sha256(path: str | Path) -> str:
    """Hexadecimal SHA-256 of a file's bytes."""
    require_readable(path)
    with open(path, "rb") as handle:
        return hashlib.file_digest(handle, "sha256").hexdigest()
