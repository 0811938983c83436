"""Tensors with a JSON header in one safetensors file, with a checksum over both. Nothing is ever pickled.

`__metadata__` has two entries: `symgen`, the JSON, and `sha256`, over the JSON and all tensors, so that a
damaged byte is refused wherever it is.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save

from symgen.atomic import draft
from symgen.exceptions import DataError
from symgen.readable import require_readable
from symgen.validation import shown
from symgen.words import in_bytes

MOST_TEXT = 32_000_000
"""Letters of the JSON."""
MOST_TENSORS = 10_000
DTYPES = {
    "F64": torch.float64,
    "F32": torch.float32,
    "F16": torch.float16,
    "BF16": torch.bfloat16,
    "C64": torch.complex64,
    "I64": torch.int64,
    "I32": torch.int32,
    "I16": torch.int16,
    "I8": torch.int8,
    "U8": torch.uint8,
    "BOOL": torch.bool,
}
"""By the names that files have for them."""


def write(path: str | Path, text: str, tensors: Mapping[str, torch.Tensor], force: bool = False) -> Path:
    """Write the JSON `text` and the tensors, whole or not at all -> where they are, see `symgen.atomic.draft`.

    Raises UsageError where `path` cannot be written, or exists without `force`.
    """
    tensors = {name: tensor.detach().cpu().contiguous() for name, tensor in tensors.items()}
    # not by save_file: it maps the file into memory, and where the disk is full the process dies
    content = save(tensors, {"symgen": text, "sha256": digest(text, tensors)})
    with draft(path, force) as made:
        made.path.write_bytes(content)
    return made.final


def read(
    path: str | Path,
    advice: str,
    require: Callable[[str, Mapping[str, torch.Tensor]], object] = lambda text, claimed: None,
    most: int | None = None,
) -> tuple[str, dict[str, torch.Tensor], str]:
    """The JSON text, the tensors (on the CPU) and the checksum of a file.

    Raises DataError, ending in `advice`, for a file that is missing, truncated, damaged, foreign or larger than `most`
    bytes, and what `require` raises. That gets the text and the tensors as the header claims them, of the device meta,
    without numbers, before any is read and the checksum is compared: what is wrong with these says more.
    """
    path = Path(path)
    require_readable(path)
    if path.is_dir():
        raise DataError(f"{path} is a folder, not a file.")
    if not path.is_file():
        raise DataError(f"{path}: no such file. {advice}")
    size = path.stat().st_size
    if most is not None and size > most:
        raise DataError(f"{path} has {in_bytes(size)}; files of its kind have at most {in_bytes(most)}. {advice}")
    try:
        with safe_open(path, "pt") as file:
            header = file.metadata() or {}
            if "symgen" not in header:
                raise DataError(f"{path} is a safetensors file, but not one of symgen's. {advice}")
            text, names = header["symgen"], file.keys()
            if len(text) > MOST_TEXT or len(names) > MOST_TENSORS:
                raise DataError(
                    f"{path} has metadata of {in_bytes(len(text))} and {len(names)} tensors; at most "
                    f"{in_bytes(MOST_TEXT)} and {MOST_TENSORS} are read. {advice}"
                )
            require(text, {name: _claimed(path, name, file.get_slice(name), advice) for name in names})
            tensors = {name: file.get_tensor(name) for name in names}
    except MemoryError as error:
        raise DataError(f"{path} has {in_bytes(size)}, more than there is memory for. {advice}") from error
    except (SafetensorError, OSError, ValueError, UnicodeDecodeError, RuntimeError) as error:
        raise DataError(f"{path} is truncated, damaged or no safetensors file. {advice}") from error
    checksum = digest(text, tensors)
    if header.get("sha256") != checksum:
        raise DataError(f"{path} is damaged: its checksum does not match. {advice}")
    return text, tensors, checksum


def _claimed(path: Path, name: str, entry: Any, advice: str) -> torch.Tensor:
    """A tensor of the type and shape that the header claims, without numbers."""
    kind, shape = entry.get_dtype(), entry.get_shape()
    if kind not in DTYPES:
        raise DataError(f"{path}: the tensor {name!r} is of type {kind}. {advice}")
    try:
        return torch.empty(shape, dtype=DTYPES[kind], device="meta")
    except (RuntimeError, TypeError) as error:
        raise DataError(f"{path}: the tensor {name!r} has the shape {shown(str(shape), 80)}. {advice}") from error


def digest(text: str, tensors: Mapping[str, torch.Tensor]) -> str:
    """Hexadecimal SHA-256 over the text and the names, types, shapes and bytes of the tensors (CPU, contiguous)."""
    result = hashlib.sha256(text.encode())
    for name in sorted(tensors):
        tensor = tensors[name]
        result.update(f"{name} {tensor.dtype} {tuple(tensor.shape)}".encode())
        result.update(tensor.reshape(-1).view(torch.uint8).numpy().data)
    return result.hexdigest()
