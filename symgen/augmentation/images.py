"""Images moved by random combinations of generators, as a transform of torchvision."""

from __future__ import annotations

import math
from typing import Any

import torch
from torchvision import tv_tensors
from torchvision.transforms import v2

from symgen.exceptions import UsageError
from symgen.flow import move_each
from symgen.generators.artifact import Artifact
from symgen.generators.base import Generators
from symgen.image.fields import PixelFields
from symgen.image.warp import Padding, pixel_grid, warp

STEP = 0.1
FINER = 2
"""Points for each pixel, in x and in y, that combinations are taken at."""


class RandomSymmetry(v2.Transform):
    """Moves images (..., C, H, W) by sum_a c_a V_a, with coefficients c uniform in +-scale, drawn once per call.

    All images of a call are moved alike, unless `each`: then every image of a batch (B, C, H, W) has its own
    coefficients. Ko, Kim and Lee (2024) have scale 0.1 / sqrt(n) for n generators on CIFAR-10.

    The combination is tabulated on points twice as dense as the pixels, bilinear in between and held beyond the image,
    and its flow integrated by fourth-order Runge-Kutta in steps of at most `step`. So a batch costs little more than
    its sampling, whatever the generators are made of.

    Works on tensors and tv_tensors.Image of any device and of floating or integer dtype; fields with weights must be on
    that device: `transform.to(device)`. Raises UsageError for generators on another space than the plane, and TypeError
    for images of PIL (use v2.ToImage first), masks, boxes and keypoints, which it does not move.
    """

    _transformed_types = (torch.Tensor,)

    def __init__(
        self,
        generators: Generators | Artifact,
        scale: float = 0.1,
        each: bool = False,
        padding: Padding = "reflection",
        step: float = STEP,
    ) -> None:
        super().__init__()
        fields = generators.generators if isinstance(generators, Artifact) else generators
        if fields.space.dimension != 2:
            raise UsageError(f"The generators act on {', '.join(fields.space.names)}, not on the plane of an image.")
        self.generators = fields
        self.scale, self.each, self.padding, self.step = scale, each, padding, step

    def check_inputs(self, flat_inputs: list[Any]) -> None:
        """Raise TypeError for what it does not move, since passing it on would tear it from its image."""
        for value in flat_inputs:
            plain = isinstance(value, tv_tensors.Image | tv_tensors.Video) or type(value) is torch.Tensor
            if not plain and (isinstance(value, tv_tensors.TVTensor) or hasattr(value, "getbands")):
                raise TypeError(f"RandomSymmetry moves tensors (v2.ToImage makes one of a picture), not {type(value)}")

    def make_params(self, flat_inputs: list[Any]) -> dict[str, Any]:
        """The coefficients, (n,) or with `each` (B, n)."""
        image = flat_inputs[0]
        shape = (*(image.shape[:-3] if self.each else ()), self.generators.count)
        return {"weights": self.scale * (2 * torch.rand(shape, device=image.device) - 1)}

    @torch.no_grad()
    def transform(self, inpt: torch.Tensor, params: dict[str, Any]) -> torch.Tensor:
        """The image or batch (..., C, H, W) moved."""
        image = inpt.as_subclass(torch.Tensor)
        batch = image.reshape(-1, *image.shape[-3:])
        working = batch if batch.is_floating_point() else batch.float()
        grids = self._grids(params["weights"].reshape(-1, self.generators.count), *image.shape[-2:])
        moved = warp(working, grids.expand(len(batch), -1, -1, -1), self.padding)
        if not batch.is_floating_point():
            moved = moved.round().to(image.dtype)
        return tv_tensors.wrap(moved.reshape(image.shape), like=inpt)

    def _grids(self, weights: torch.Tensor, height: int, width: int) -> torch.Tensor:
        """Where images are sampled (B, H, W, 2), by weights (B, n)."""
        precision = next((p.dtype for p in self._tensors()), torch.float32)
        table = pixel_grid(FINER * height, FINER * width, precision, weights.device)
        fields = self.generators(table.flatten(0, 1))
        combined = torch.einsum("bn,npi->bpi", weights.to(precision), fields).unflatten(1, table.shape[:2])
        steps = max(1, math.ceil(float(torch.linalg.vector_norm(weights, dim=1).max()) / self.step))
        start = pixel_grid(height, width, precision, weights.device).flatten(0, 1).expand(len(weights), -1, -1)
        moved = move_each(PixelFields(combined), start, start.new_ones(len(weights)), steps)
        return moved.unflatten(1, (height, width))

    def _tensors(self) -> list[torch.Tensor]:
        own = [*self.generators.parameters(), *self.generators.buffers()]
        return [tensor for tensor in own if tensor.is_floating_point()]
