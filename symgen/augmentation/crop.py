"""The usual augmentation of small images: mirrored and cropped at random, every image of a batch by itself."""

from __future__ import annotations

from typing import Any

import torch
from torch.nn import functional
from torchvision import tv_tensors
from torchvision.transforms import v2

from symgen.augmentation.inputs import check_image, check_types
from symgen.exceptions import UsageError


class RandomFlipAndCrop(v2.Transform):
    """Shifts images (B, C, H, W) by up to `padding` pixels and mirrors them left to right with probability 1/2.

    The shift is a crop of the image with `padding` black pixels around it, uniform in both directions (He et al. 2016,
    section 4.2). Torchvision's own transforms draw once for a whole batch; here every image has its own draw.
    Images alone: raises TypeError for masks, boxes, keypoints, and for what is no tensor; UsageError for other shapes
    and empty batches.
    """

    _transformed_types = (torch.Tensor,)

    def __init__(self, padding: int = 4) -> None:
        super().__init__()
        self.padding = padding

    def check_inputs(self, flat_inputs: list[Any]) -> None:
        """Raise TypeError for what it does not move, since passing it on would tear it from its image."""
        check_types("RandomFlipAndCrop", flat_inputs)

    def make_params(self, flat_inputs: list[Any]) -> dict[str, Any]:
        """Of every image, the corner of its crop, `rows` and `columns` (B,), and whether it is mirrored (B,)."""
        image = flat_inputs[0]
        for other in flat_inputs:
            check_image("RandomFlipAndCrop", other)
            if other.ndim != 4 or len(other) != len(image):
                shapes = ", ".join(str(tuple(some.shape)) for some in flat_inputs)
                raise UsageError(f"RandomFlipAndCrop moves batches (B, C, H, W), all of one length, not {shapes}.")
        rows, columns = torch.randint(2 * self.padding + 1, (2, len(image)), device=image.device)
        return {"rows": rows, "columns": columns, "mirrored": torch.rand(len(image), device=image.device) < 0.5}

    def transform(self, inpt: torch.Tensor, params: dict[str, Any]) -> torch.Tensor:
        """The batch (B, C, H, W), each image cropped, then mirrored or not."""
        images = inpt.as_subclass(torch.Tensor)
        height, width = images.shape[-2:]
        across = torch.arange(width, device=images.device)
        across = torch.where(params["mirrored"][:, None], across.flip(0), across)
        rows = params["rows"][:, None] + torch.arange(height, device=images.device)
        columns = params["columns"][:, None] + across
        padded = functional.pad(images, [self.padding] * 4)
        which = torch.arange(len(images), device=images.device)[:, None, None]
        # the channels come last where a slice stands between indices
        cropped = padded[which, :, rows[:, :, None], columns[:, None, :]].permute(0, 3, 1, 2)
        return tv_tensors.wrap(cropped.contiguous(), like=inpt)
