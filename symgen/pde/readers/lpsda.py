"""Files of Lie point symmetry data augmentation (Brandstetter et al., ICML 2022).

A group train, valid or test with `pde_{nt}-{nx}` (n, nt, nx), `x` (n, nx), `t` (n, nt), `dx` and `dt` (n,). Domains can
vary by sample; a solve that failed is an all-zero sample.
"""

from __future__ import annotations

import re
from pathlib import Path

import h5py
import numpy as np

from symgen.exceptions import DataError
from symgen.pde.readers.blocks import Rows
from symgen.pde.readers.content import Content, Grid, Samples, one_of, side_by_side
from symgen.pde.readers.stored import Stored

GROUPS = ("train", "valid", "test")


def _fields(file: h5py.File) -> list[str]:
    groups = [name for name in GROUPS if isinstance(file.get(name), h5py.Group)]
    return [f"{group}/{name}" for group in groups for name in file[group] if re.fullmatch(r"pde_\d+-\d+", name)]


def recognises(file: h5py.File) -> bool:
    """Whether a group train, valid or test has a dataset like pde_140-256."""
    return bool(_fields(file))


def read(file: h5py.File, path: Path, field: str | None) -> Content:
    """Trajectories of the only dataset, or of `field`, such as train/pde_140-256."""
    name = one_of(_fields(file), field, "dataset", path)
    data = file[name]
    if data.ndim != 3:
        raise DataError(f"{path}: {name!r} has shape {data.shape}; expected (sample, time, x).")
    x, t = (_grids(data, *names, path) for names in (("x", "dx", data.shape[2]), ("t", "dt", data.shape[1])))
    rows = Rows([Stored.of(path, data)])
    return Content(
        layout="LPSDA",
        values=Samples(len(data), lambda i: side_by_side(rows[i])),
        grids=(Grid("t", t, f"{data.parent.name}/t"), Grid("x", x, f"{data.parent.name}/x")),
    )


def _grids(data: h5py.Dataset, name: str, step: str, size: int, path: Path) -> np.ndarray:
    """The grids (n, size) of all samples; from 0 by their steps where they are not written."""
    group = data.parent
    if name in group:
        grids = np.asarray(group[name], dtype=np.float64)
    elif step in group:
        grids = np.asarray(group[step], dtype=np.float64).reshape(-1, 1) * np.arange(size)
    else:
        raise DataError(
            f"{path}: {group.name!r} has neither {name!r} nor {step!r}, so its grid is not known. "
            "Save u, x and t as .npz instead."
        )
    if grids.shape != (len(data), size):
        raise DataError(f"{path}: {name!r} has shape {grids.shape}; expected ({len(data)}, {size}).")
    return grids
