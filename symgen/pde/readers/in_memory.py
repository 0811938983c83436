"""Arrays in memory, of numpy, torch or whatever numpy takes, with the reading that arrays of files get."""

from __future__ import annotations

import hashlib
import sys
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from symgen.exceptions import DataError, SymgenError
from symgen.pde.readers.arrays import interpret
from symgen.pde.readers.content import Choice, Content
from symgen.pde.readers.table import Table, is_numeric
from symgen.pde.readers.tidy import tidied

WHERE = Path("what was given")
"""What they are called in messages."""


def content_of(arrays: Mapping[str, Any], choice: Choice, axes: Mapping[str, tuple[str, ...]]) -> Content:
    """The solutions in arrays by name, among them those of the coordinates, unchecked; see `interpret`.

    `axes` are names of the axes of those arrays of which they are known. Raises DataError for what is not numbers, and
    as `interpret` does.
    """
    numbers = {name: as_numbers(name, values) for name, values in arrays.items()}
    table = Table(WHERE, "arrays in memory", numbers, axes=axes)
    try:
        return _worded(tidied(interpret(table, choice, _no_other)))
    except SymgenError as error:
        error.args = (of_arrays(str(error)), *error.args[1:])
        raise


def of_arrays(message: str) -> str:
    """A message about a file, about arrays."""
    return message.replace("The file has", "There are").replace("in the file", "as given")


def _worded(content: Content) -> Content:
    notes, warnings = (tuple(map(of_arrays, said)) for said in (content.notes, content.warnings))
    other = None if content.alternative is None else _worded(content.alternative)
    return replace(content, notes=notes, warnings=warnings, alternative=other)


def as_numbers(name: str, values: Any) -> np.ndarray:
    """An array of numbers; masked values are NaN. DataError for anything else."""
    array = as_array(name, values)
    if not is_numeric(array.dtype):
        raise DataError(f"{name} is {array.dtype}, not numbers.")
    return array


def as_array(name: str, values: Any) -> np.ndarray:
    """What numpy makes of it, of any type but objects: tensors are brought to the CPU, masked numbers are NaN."""
    torch = sys.modules.get("torch")  # no tensor is there unless somebody has imported it
    if torch is not None and isinstance(values, torch.Tensor):
        values = values.detach().cpu()
        values = values.float() if values.dtype in (torch.bfloat16, torch.float16) else values
        return values.to_dense().resolve_conj().resolve_neg().numpy()
    try:
        masked = np.ma.isMaskedArray(values)
        array = values if masked else np.asarray(values)
    except (ValueError, TypeError) as error:  # rows of several lengths, and what else numpy takes for no array
        raise DataError(f"{name} is no array: {error}.") from error
    if array.dtype.hasobject:
        raise DataError(f"{name} holds Python objects, not numbers. Give an array of one type.")
    if masked and array.dtype.kind in "biufc":
        array = np.ma.filled(array.astype(np.result_type(array.dtype, np.float64)), np.nan)
    return np.asarray(array)


def digest(arrays: Mapping[str, np.ndarray]) -> str:
    """Hexadecimal SHA-256 over names, types, shapes and values."""
    found = hashlib.sha256()
    for name, array in sorted(arrays.items()):
        found.update(f"{name} {array.dtype.str} {array.shape} ".encode())
        found.update(np.ascontiguousarray(array).tobytes())
    return found.hexdigest()


def _no_other(path: Path) -> Table:
    raise DataError(f"{path}: coordinates of arrays in memory are arrays, too. Load the file first.")
