"""Tensors with a JSON header in one safetensors file, with a checksum over both. Nothing is ever pickled.

`__metadata__` has two entries: `symgen`, the JSON, and `sha256`, over the JSON and all tensors, so that a
damaged byte is refused wherever it is.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from pathlib import Path

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save

from symgen.atomic import draft
from symgen.exceptions import DataError


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
    path: str | Path, advice: str, require: Callable[[str], object] = lambda text: None
) -> tuple[str, dict[str, torch.Tensor], str]:
    """The JSON text, the tensors (on the CPU) and the checksum of a file.

    Raises DataError, ending in `advice`, for a file that is missing, truncated, damaged or foreign, and what `require`
    raises. It gets the text before the checksum is compared: what is wrong with the text says more.
    """
    path = Path(path)
    if path.is_dir():
        raise DataError(f"{path} is a folder, not a file.")
    if not path.is_file():
        raise DataError(f"{path}: no such file. {advice}")
    try:
        with safe_open(path, "pt") as file:
            header = file.metadata() or {}
            tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118 (not a mapping)
    except (SafetensorError, OSError, ValueError, UnicodeDecodeError) as error:
        raise DataError(f"{path} is truncated, damaged or no safetensors file. {advice}") from error
    if "symgen" not in header:
        raise DataError(f"{path} is a safetensors file, but not one of symgen's. {advice}")
    require(header["symgen"])
    checksum = digest(header["symgen"], tensors)
    if header.get("sha256") != checksum:
        raise DataError(f"{path} is damaged: its checksum does not match. {advice}")
    return header["symgen"], tensors, checksum


def digest(text: str, tensors: Mapping[str, torch.Tensor]) -> str:
    """Hexadecimal SHA-256 over the text and the names, types, shapes and bytes of the tensors (CPU, contiguous)."""
    result = hashlib.sha256(text.encode())
    for name in sorted(tensors):
        tensor = tensors[name]
        result.update(f"{name} {tensor.dtype} {tuple(tensor.shape)}".encode())
        result.update(tensor.reshape(-1).view(torch.uint8).numpy().data)
    return result.hexdigest()
