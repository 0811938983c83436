"""Files with a row for every point, as named arrays: numpy, MATLAB, HDF5, torch, Parquet, or a table as text."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from symgen.exceptions import DataError
from symgen.pde.readers import named_arrays
from symgen.pde.readers.in_memory import WHERE, digest
from symgen.pde.readers.numpy_files import stored_array, stored_arrays
from symgen.pde.readers.signature import kind_of
from symgen.pde.readers.size import Room
from symgen.points.text_table import read_columns
from symgen.readable import require_readable

PARQUET = b"PAR1"
MOST_LISTED = 20
PANDAS_INDEX = "__index_level_"


@dataclass(frozen=True)
class Rows:
    """Arrays of any type but objects whose first axis counts points."""

    path: Path
    arrays: Mapping[str, np.ndarray]
    """(n,), (n, d) or (n, k, d)."""
    refused: Mapping[str, str]
    """Those that were not read, and why."""
    unnamed: bool = False
    """Whether the arrays are columns that the file has no names for."""
    notes: tuple[str, ...] = ()
    sha256: str | None = None
    """Over the arrays, where they are in memory and `path` is what they are called in messages."""

    @property
    def seen(self) -> str:
        """What there is, for people: columns by name, other arrays with their shapes."""
        listed = [name if a.ndim == 1 else f"{name} {a.shape}" for name, a in self.arrays.items()]
        text = ", ".join(listed[:MOST_LISTED]) + (" ..." if len(listed) > MOST_LISTED else "") or "no arrays"
        why = "; ".join(f"{name!r}: {reason}" for name, reason in list(self.refused.items())[:4])
        return f"{text} (not read: {why})" if why else text


def read_rows(path: Path, values: bool = True) -> Rows:
    """The arrays of a file of any kind; DataError for one that is missing, damaged or empty.

    Without `values` those of large arrays that stay in their files are 0: not read.
    """
    require_readable(path)
    if not path.exists():
        raise DataError(f"{path}: no such file.")
    if path.is_file() and not path.stat().st_size:
        raise DataError(f"{path} is empty.")
    if path.is_file() and _is_parquet(path):
        return _as_rows(path, *_read_parquet(path))
    match kind_of(path):
        case "npz":
            return _as_rows(path, *stored_arrays(path))
        case "npy":
            return _of_one_array(path, stored_array(path))
        case "text":
            columns, unnamed, notes = read_columns(path)
            return Rows(path, columns, {}, unnamed, notes)
        case kind:
            table = named_arrays(path)
            arrays = table.in_memory() if values else table.forms()
            arrays = {name: _as_column(array) if kind == "MATLAB" else array for name, array in arrays.items()}
            return _as_rows(path, arrays, dict(table.refused))


def in_memory(arrays: Mapping[str, np.ndarray]) -> Rows:
    """Arrays by name, as a file would have them."""
    rows = _as_rows(WHERE, arrays, {})
    return replace(rows, sha256=digest(rows.arrays))


def _as_column(array: np.ndarray) -> np.ndarray:
    """MATLAB has no vectors: a matrix of one row is one."""
    return array.T if array.ndim == 2 and array.shape[0] == 1 else array


def _as_rows(path: Path, arrays: Mapping[str, np.ndarray], refused: Mapping[str, str]) -> Rows:
    """Without single values; a matrix of one column is a column, a record array several."""
    found: dict[str, np.ndarray] = {}
    for name, array in arrays.items():
        if array.dtype.names:
            found |= {f"{name}.{field}": array[field] for field in array.dtype.names}
        elif array.size > 1 or array.ndim > 1:
            found[name] = array[:, 0] if array.ndim == 2 and array.shape[1] == 1 else array
    empty = [name for name, array in found.items() if not array.size]
    if empty and len(empty) == len(found):
        raise DataError(f"{path} is empty: {empty[0]!r} has the shape {found[empty[0]].shape}.")
    return Rows(path, {name: array for name, array in found.items() if array.size}, refused)


def _of_one_array(path: Path, array: np.ndarray) -> Rows:
    """Columns of a matrix, which have no names; an array of particles as it is."""
    if array.dtype.names:
        return Rows(path, {name: array[name] for name in array.dtype.names}, {})
    if not array.size:
        raise DataError(f"{path} is empty: its array has the shape {array.shape}.")
    if array.ndim <= 2:
        matrix = array.reshape(len(array), -1) if array.ndim else array.reshape(1, 1)
        return Rows(path, {f"x{place}": column for place, column in enumerate(matrix.T, 1)}, {}, unnamed=True)
    return Rows(path, {"x": array}, {})


def _is_parquet(path: Path) -> bool:
    with open(path, "rb") as handle:
        return handle.read(len(PARQUET)) == PARQUET


def _read_parquet(path: Path) -> tuple[dict[str, np.ndarray], dict[str, str]]:
    """Its columns, lists of one length as (n, d). Raises DataError where pyarrow is missing."""
    try:
        from pyarrow import parquet
    except ImportError as error:
        raise DataError(
            f"{path} is Parquet, which needs the package pyarrow: pip install 'symgen[parquet]'."
        ) from error
    try:
        told = parquet.read_metadata(path)
        room = Room(path)
        for place in range(told.num_row_groups):
            room.claim("its columns", told.row_group(place).total_byte_size)
        room.claim("its rows", 8 * told.num_rows)
        table = parquet.read_table(path)
        columns = list(zip(table.column_names, table.columns, strict=True))
        names = [name for name, _ in columns]
        twice = sorted({name for name in names if names.count(name) > 1})
        if twice:
            raise DataError(f"{path}: two columns have the same name {twice[0]!r}. Rename one of them.")
        found = {name: _of_arrow(column) for name, column in columns if not name.startswith(PANDAS_INDEX)}
    except DataError:
        raise
    except Exception as error:  # damage: pyarrow raises errors of many kinds
        raise DataError(f"{path} is damaged, or no Parquet file ({error}). Copy it anew.") from error
    if not table.num_rows:
        raise DataError(f"{path} is empty: its table has no rows.")
    arrays = {name: value for name, value in found.items() if isinstance(value, np.ndarray)}
    return arrays, {name: value for name, value in found.items() if isinstance(value, str)}


def _of_arrow(column: Any) -> np.ndarray | str:
    """A column's numbers (missing ones are NaN), truth values or text (missing: empty); else what it is."""
    import pyarrow as pa

    kind = column.type
    if pa.types.is_dictionary(kind):
        column = column.cast(kind.value_type)
        kind = column.type
    if pa.types.is_decimal(kind):
        column = column.cast(pa.float64())
    elif pa.types.is_string(kind) or pa.types.is_large_string(kind):
        return np.array([text or "" for text in column.to_pylist()])
    elif pa.types.is_boolean(kind) and column.null_count:
        return np.array(["" if value is None else str(value) for value in column.to_pylist()])
    elif pa.types.is_list(kind) or pa.types.is_large_list(kind) or pa.types.is_fixed_size_list(kind):
        rows = column.to_pylist()
        if len({len(row) if row is not None else -1 for row in rows}) > 1:
            return "its lists differ in length"
        array = np.array(rows)
        return array if array.dtype.kind in "iufb" else f"it is {kind}, not numbers"
    elif not (pa.types.is_integer(kind) or pa.types.is_floating(kind) or pa.types.is_boolean(kind)):
        return f"it is {kind}, not numbers"
    return column.to_numpy()
