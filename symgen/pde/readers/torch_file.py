"""Files of torch.save, read with weights_only: tensors in dictionaries and lists, and nothing else."""

from __future__ import annotations

import warnings
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from symgen.exceptions import DataError
from symgen.pde.readers.size import Room
from symgen.pde.readers.table import Table, is_numeric

MOST_DEPTH = 16
MOST_ARRAYS = 10_000


def read(path: Path) -> Table:
    """Its tensors; a file that holds anything that would have to be unpickled is refused."""
    import torch

    room = Room(path)
    try:
        if zipfile.is_zipfile(path):
            with zipfile.ZipFile(path) as file:
                for member in file.infolist():
                    room.claim(member.filename, member.file_size)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of protocols
            content = torch.load(path, map_location="cpu", weights_only=True)
    except DataError:
        raise
    except Exception as error:  # torch raises UnpicklingError, RuntimeError and others
        first = str(error).splitlines()[0] if str(error) else type(error).__name__
        if "weights" in str(error).lower() or "unpickl" in type(error).__name__.lower():
            raise DataError(
                f"{path} is pickled and holds other objects than tensors, which are never unpickled. Save its tensors "
                "alone, torch.save({'u': u, 'x': x, 't': t}, FILE), or arrays with np.savez(FILE, u=u, x=x, t=t)."
            ) from error
        raise DataError(f"{path} is damaged, or no file of torch.save ({first}).") from error
    arrays: dict[str, np.ndarray] = {}
    refused: dict[str, str] = {}
    _collect("", content, arrays, refused, Room(path))
    return Table(path, "torch", arrays, refused)


def _collect(
    name: str, value: Any, arrays: dict[str, np.ndarray], refused: dict[str, str], room: Room, depth: int = 0
) -> None:
    import torch

    if depth > MOST_DEPTH or len(arrays) + len(refused) > MOST_ARRAYS:  # a list can hold itself, or one list ten times
        raise DataError(f"{room.path} has more than {MOST_ARRAYS} arrays, or lists in lists {MOST_DEPTH} deep.")
    if isinstance(value, torch.Tensor):
        size = value.numel() * value.element_size()
        room.claim(name or "u", size)  # a tensor of any shape can lie on a single number
        room.take(name or "u", size)
        value = value.detach()
        value = value.float() if value.dtype in (torch.bfloat16, torch.float16) else value
        array = value.to_dense().resolve_conj().resolve_neg().numpy()
        if is_numeric(array.dtype):
            arrays[name or "u"] = array
        else:
            refused[name or "u"] = f"it is {array.dtype}, not numbers"
    elif isinstance(value, Mapping):
        for inner, item in value.items():
            _collect(f"{name}.{inner}" if name else str(inner), item, arrays, refused, room, depth + 1)
    elif isinstance(value, list | tuple):
        for place, item in enumerate(value):
            _collect(f"{name}.{place}" if name else str(place), item, arrays, refused, room, depth + 1)
    else:
        refused[name or "the file"] = f"it is {type(value).__name__}, no tensor"
