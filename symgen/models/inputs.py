"""What kind of inputs a model has: vectors, sets of particles, or images, flattened or not."""

from __future__ import annotations

import numpy as np
import torch

from symgen.exceptions import DataError, UsageError


def as_tensor(inputs: torch.Tensor | np.ndarray) -> torch.Tensor:
    """Inputs as a tensor of real numbers; UsageError for anything else."""
    found = torch.from_numpy(inputs) if isinstance(inputs, np.ndarray) and inputs.dtype.kind in "fiu" else inputs
    if not isinstance(found, torch.Tensor) or found.is_complex():
        raise UsageError(f"The inputs are a tensor or an array of real numbers, not {type(inputs).__name__}.")
    return found


def as_images(inputs: torch.Tensor, image_size: tuple[int, ...] | None) -> torch.Tensor | None:
    """Images (n, C, H, W) in a floating type, or None for inputs that are points.

    Vectors (n, C H W) are images where `image_size` (H, W) or (C, H, W) says so. Raises UsageError for what is neither
    points nor images, or of another size, DataError for numbers that are not finite.
    """
    if inputs.ndim not in (2, 3, 4):
        raise UsageError(f"Inputs are (n, d), (n, k, d) or images (n, c, h, w), not {tuple(inputs.shape)}.")
    if image_size is None and inputs.ndim < 4:
        return None
    if inputs.ndim == 4:
        images = inputs
        if image_size is not None and tuple(image_size) not in (tuple(inputs.shape[1:]), tuple(inputs.shape[2:])):
            raise UsageError(f"The images are {tuple(inputs.shape[1:])}, not of the size {tuple(image_size)}.")
    else:
        height, width = image_size[-2:] if image_size is not None and len(image_size) in (2, 3) else (0, 0)
        channels = image_size[0] if image_size is not None and len(image_size) == 3 else 1
        if inputs.ndim != 2 or inputs.shape[1] != channels * height * width:
            raise UsageError(
                f"Inputs {tuple(inputs.shape)} are no images of the size {image_size}: give (h, w) or (c, h, w)."
            )
        images = inputs.reshape(len(inputs), channels, height, width)
    images = images if images.is_floating_point() else images.float()
    if not images.isfinite().all():
        raise DataError("The images have numbers that are not finite.")
    return images
