"""What a transform of images is called with: told apart as torchvision does, or refused."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from torchvision import tv_tensors

from symgen.exceptions import UsageError


def is_image(value: Any) -> bool:
    """Whether it is an image or video, or a tensor that is nothing else."""
    other = isinstance(value, tv_tensors.TVTensor) and not isinstance(value, tv_tensors.Image | tv_tensors.Video)
    return isinstance(value, torch.Tensor) and not other


def check_types(transform: str, inputs: Sequence[Any], marks: tuple[Any, ...] = ()) -> None:
    """Raise TypeError for what a transform would leave behind while it moves the rest, and if there is nothing to move.

    `marks` are the types of torchvision that it moves besides images.
    """
    for value in inputs:
        if isinstance(value, tv_tensors.TVTensor) and not (is_image(value) or isinstance(value, marks)):
            raise TypeError(f"{transform} does not move {type(value).__name__}.")
        if hasattr(value, "getbands"):
            raise TypeError(f"{transform} moves tensors (v2.ToImage makes one of a picture), not {type(value)}.")
    arrays = any(isinstance(value, np.ndarray) and value.ndim > 1 for value in inputs)
    if arrays and not any(map(is_image, inputs)):
        raise TypeError(
            f"{transform} moves tensors, not numpy arrays: v2.ToImage makes one of an array (H, W, C), "
            "torch.from_numpy of one (..., C, H, W)."
        )
    if not any(isinstance(value, torch.Tensor) for value in inputs):
        raise TypeError(f"{transform} was given no image{' nor anything else to move' if marks else ''}.")


def check_image(transform: str, image: torch.Tensor) -> None:
    """Raise UsageError for what has no rows and columns, and for an empty batch."""
    if image.ndim < 2:
        raise UsageError(f"An image has the shape (..., C, H, W) or (H, W), not {tuple(image.shape)}.")
    if not image.numel():
        raise UsageError(f"{transform} was given an empty batch or image, of shape {tuple(image.shape)}.")
