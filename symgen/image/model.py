"""A user's model of images, as a function whose derivatives can be trusted."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass

import torch

from symgen.trained_model import as_rows


@dataclass(frozen=True)
class ImageModel:
    """Images (B, C, H, W) -> outputs (B, p): any shape of outputs after the first axis is taken as one vector."""

    model: Callable[[torch.Tensor], torch.Tensor]
    dtype: torch.dtype
    """Precision that the model computes in."""
    flattened: bool = False
    """Whether it takes every image as one vector (B, C H W)."""

    def __call__(self, images: torch.Tensor) -> torch.Tensor:
        """Outputs (B, p) in the precision of the images."""
        return as_rows(self.raw(images), len(images)).to(images.dtype)

    def raw(self, images: torch.Tensor) -> torch.Tensor:
        """What the model makes of images, as it gives it."""
        inputs = images.to(self.dtype, copy=True)  # which the model may change
        return self.model(inputs.flatten(1) if self.flattened else inputs)

    def exactly(self) -> AbstractContextManager[None]:
        """It always computes in the precision of its weights."""
        return nullcontext()
