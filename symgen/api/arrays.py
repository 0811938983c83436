"""Points that a user has, as tensors for generators and back."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch

from symgen.exceptions import UsageError
from symgen.generators.artifact import Artifact


def as_points(points: Any, artifact: Artifact) -> torch.Tensor:
    """Points (..., d) of any floating type as a tensor; tensors keep their device, other arrays go to the generators'.

    Raises UsageError for what is not real numbers, or of another last axis.
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
    if found.shape[-1:] != (len(names),):
        wanted = f"(..., {len(names)}), for {', '.join(names)}"
        raise UsageError(f"Points have the shape {wanted}, not {tuple(found.shape)}.")
    return found


def like(given: Any, found: torch.Tensor) -> Any:
    """A tensor where one was given, else an array of numpy."""
    return found if isinstance(given, torch.Tensor) else found.detach().cpu().numpy()
