"""Points that a user has, as tensors for generators and back."""

from __future__ import annotations

from itertools import chain
from typing import Any

import numpy as np
import torch

from symgen.exceptions import UsageError
from symgen.generators.artifact import Artifact


def as_points(points: Any, artifact: Artifact) -> torch.Tensor:
    """Points (..., d) of any floating type as a tensor; tensors keep their device, other arrays go to the generators'.

    Raises UsageError for what is not real numbers, of another last axis, or on another device.
    """
    names = artifact.metadata.space.names
    if isinstance(points, torch.Tensor):
        found = points
    else:
        array = np.asarray(points)
        if array.dtype.kind not in "fiu":
            raise UsageError(f"Points are real numbers ({', '.join(names)}), not of {array.dtype}.")
        found = torch.as_tensor(np.ascontiguousarray(array)).to(artifact.points.device)
    if found.is_complex():
        raise UsageError(f"Points are real numbers ({', '.join(names)}), not complex ones.")
    if not found.is_floating_point():
        found = found.double()
    held = next(chain(artifact.generators.parameters(), artifact.generators.buffers()), None)
    if held is not None and held.device != found.device:
        where = f"The points are on {found.device}, the generators on {held.device}"
        raise UsageError(f"{where}: move one with to(device).")
    if found.shape[-1:] != (len(names),):
        wanted = f"(..., {len(names)}), for {', '.join(names)}"
        raise UsageError(f"Points have the shape {wanted}, not {tuple(found.shape)}.")
    return found


def like(given: Any, found: torch.Tensor) -> Any:
    """A tensor where one was given, else an array of numpy."""
    return found if isinstance(given, torch.Tensor) else found.detach().cpu().numpy()
