"""Points moved along generators."""

from __future__ import annotations

from typing import Any

import torch

from symgen.api.arrays import as_points, like
from symgen.exceptions import UsageError
from symgen.flow import Flow
from symgen.generators.artifact import Artifact


def moved(artifact: Artifact, points: Any, s: Any, place: int) -> Any:
    """Points (..., d) by exp(s V) of one generator, with s one number or one for each point."""
    start = as_points(points, artifact)
    scales = torch.as_tensor(s, dtype=start.dtype, device=start.device)
    try:
        scales = scales.expand(start.shape[:-1])
    except RuntimeError as error:
        raise UsageError(
            f"s is one number, or one for each of the points {tuple(start.shape[:-1])}, not {tuple(scales.shape)}."
        ) from error
    flow = Flow(artifact.generators, "dopri5")
    end = flow(start.reshape(-1, start.shape[-1]), scales.reshape(-1), place)
    return like(points, end.reshape(start.shape))


def combined(artifact: Artifact, points: Any, s: Any) -> Any:
    """Points (..., d) by exp(sum_a s_a V_a) with s (n,), or by each generator with one number s -> (n, ..., d)."""
    start = as_points(points, artifact)
    weights = torch.as_tensor(s, dtype=start.dtype, device=start.device)
    count = artifact.generators.count
    if not weights.ndim:
        each = [moved(artifact, start, weights, place) for place in range(count)]
        return like(points, torch.stack(each))
    if weights.shape != (count,):
        raise UsageError(f"s is one number, or one for each of the {count} generators, not {tuple(weights.shape)}.")
    flat = start.reshape(-1, start.shape[-1])
    return like(points, Flow(artifact.generators, "dopri5")(flat, 1.0, weights).reshape(start.shape))
