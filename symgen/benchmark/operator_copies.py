"""Moved copies that operators are trained on, of anything that has a mover: enough usable ones, kept in the cache."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping
from typing import Any, Protocol, TypeVar

import numpy as np
import torch

from symgen import tensor_file
from symgen.augmentation.trajectories import ATTEMPTS
from symgen.cache import cache_folder, cached
from symgen.exceptions import DataError


class Moved(Protocol):
    """Copies of a sample, of whatever it is."""

    def valid(self) -> torch.Tensor:
        """(C, 2): the range of times that each covers."""

    def usable(self, least_times: int) -> torch.Tensor:
        """(C,): those that are sound and cover so many times."""


M = TypeVar("M", bound=Moved)


def drawn(pool: int, n: int, seed: int) -> np.ndarray:
    """Which n of a pool are trained on, ascending."""
    return np.sort(np.random.default_rng(seed).permutation(pool)[:n])


def kept_copies(
    name: str, made_from: list[Any], make: Callable[[], Mapping[str, torch.Tensor]]
) -> Mapping[str, torch.Tensor]:
    """Copies from the cache folder, or made and put there."""
    text = json.dumps(made_from)
    path = cache_folder() / "copies" / f"{name}-{hashlib.sha256(text.encode()).hexdigest()[:16]}.safetensors"
    return cached(
        path,
        lambda path: tensor_file.read(path, "")[1],
        make,
        lambda tensors, path: tensor_file.write(path, text, tensors, force=True),
    )


def usable_copies(
    move: Callable[[torch.Tensor], M],
    part: Callable[[M, int, int, int], tuple[torch.Tensor, ...]],
    generators: int,
    count: int,
    scale: float,
    least_times: int,
    sample: int,
) -> list[torch.Tensor]:
    """So many copies, moved with weights (C, generators) uniform in +-scale; unusable ones are drawn anew.

    `part` takes what is kept of copy i, which covers the times from first to end: its values, and more. They come
    stacked, in single precision, on the CPU, then the ranges of times (C, 2). DataError where too many are unusable.
    """
    draw = torch.Generator().manual_seed(sample)
    kept: list[tuple[torch.Tensor, ...]] = []
    for _ in range(ATTEMPTS):
        shape = count - len(kept), generators
        moved = move(scale * (2 * torch.rand(*shape, dtype=torch.float64, generator=draw) - 1))
        valid = moved.valid()
        for i in moved.usable(least_times).nonzero().flatten().tolist():
            found = [each.float().cpu() for each in part(moved, i, *valid[i].tolist())]
            if found[0].isfinite().all():
                kept.append((*found, valid[i]))
        if len(kept) == count:
            return [torch.stack(each) for each in zip(*kept, strict=True)]
    raise DataError(f"Copies of sample {sample} cover fewer than {least_times} times. Use a smaller scale.")
