"""Images, and what is marked in them, moved by random combinations of generators, as a transform of torchvision."""

from __future__ import annotations

import math
from typing import Any, get_args

import torch
from torchvision import tv_tensors
from torchvision.transforms import v2

from symgen.augmentation.inputs import check_image, check_types, is_image
from symgen.augmentation.motion import Motion
from symgen.exceptions import UsageError
from symgen.generators.artifact import Artifact
from symgen.generators.base import Generators
from symgen.image.fields import PixelFields
from symgen.image.warp import Padding, pixel_grid

STEP = 0.1
FINER = 2
"""Points for each pixel, in x and in y, that combinations are taken at."""
KEYPOINTS: Any = getattr(tv_tensors, "KeyPoints", ())  # not in older torchvision
MARKS = (tv_tensors.Mask, tv_tensors.BoundingBoxes, KEYPOINTS)


class RandomSymmetry(v2.Transform):
    """Moves images (..., C, H, W) or (H, W) by sum_a c_a V_a, coefficients c uniform in +-scale, drawn once per call.

    What is marked in an image moves with it, by the same coefficients, in one call: transform(image, boxes, mask). The
    moved image at z is the image at theta_s(z); points of the image thus move by theta_{-s}.

    - tv_tensors.Mask (..., H, W): nearest sampling, `mask_fill` beyond the image, whatever the padding of images
      (255 where a loss is to ignore such pixels).
    - tv_tensors.KeyPoints (..., 2): whole numbers are the centres of pixels, as in torchvision's flips. Those that
      leave the image keep their coordinates: v2.ClampKeyPoints and v2.SanitizeKeyPoints are for them.
    - tv_tensors.BoundingBoxes of every format: the smallest box around the moved outline (rotated ones turned with
      it), clamped to the canvas by the boxes' own clamping mode. Pixel j reaches from j to j + 1.

    All images of a call are moved alike, unless `each`: then every image of a batch (B, C, H, W) has its own
    coefficients, and masks (B, ..., H, W) and keypoints (B, ..., 2) with it. Boxes, which know no batches, are refused
    beside a batch then. Ko, Kim and Lee (2024) have scale 0.1 / sqrt(n) for n generators on CIFAR-10.

    The combination is tabulated on points twice as dense as the pixels, bilinear in between and held beyond the image,
    and its flow integrated by fourth-order Runge-Kutta in steps of at most `step`. So a batch costs little more than
    its sampling, whatever the generators are made of.

    Works on tensors and tv_tensors of any device and of floating or integer dtype; fields with weights must be on
    that device: `transform.to(device)`. Raises TypeError for what it cannot move (images of PIL, numpy arrays: use
    v2.ToImage first) and where there is nothing to move, UsageError for generators on another space than the plane,
    empty batches, marks of another size than their image, and batches that `each` cannot tell apart.
    """

    _transformed_types = (torch.Tensor,)

    def __init__(
        self,
        generators: Generators | Artifact,
        scale: float = 0.1,
        each: bool = False,
        padding: Padding = "reflection",
        step: float = STEP,
        mask_fill: float = 0,
    ) -> None:
        super().__init__()
        fields = generators.generators if isinstance(generators, Artifact) else generators
        if not isinstance(fields, Generators):
            raise UsageError(f"RandomSymmetry takes generators, as symgen.load gives them, not {type(generators)}.")
        if not math.isfinite(scale) or not step > 0:
            raise UsageError(f"scale must be finite and step positive, not {scale:g} and {step:g}.")
        if padding not in get_args(Padding):
            raise UsageError(f"padding is one of {', '.join(get_args(Padding))}, not {padding!r}.")
        if fields.space.dimension != 2:
            raise UsageError(f"The generators act on {', '.join(fields.space.names)}, not on the plane of an image.")
        self.generators = fields
        self.scale, self.each, self.padding, self.step, self.mask_fill = scale, each, padding, step, mask_fill

    def check_inputs(self, flat_inputs: list[Any]) -> None:
        """Raise TypeError for what it does not move, since passing it on would tear it from its image."""
        check_types("RandomSymmetry", flat_inputs, MARKS)

    def make_params(self, flat_inputs: list[Any]) -> dict[str, Any]:
        """The move, `motion`, with coefficients `weights` (n,) or with `each` (*batch, n)."""
        images = [value for value in flat_inputs if is_image(value)]
        for image in images:
            check_image("RandomSymmetry", image)
        sizes = {tuple(v2.functional.get_size(value)) for value in flat_inputs}
        if len(sizes) > 1:
            shown = ", ".join(f"{height} x {width}" for height, width in sorted(sizes))
            raise UsageError(f"Images, masks and canvases of one call must have one size, not {shown}.")
        batch = self._batch(images, flat_inputs) if self.each else torch.Size()
        shape = (*batch, self.generators.count)
        weights = self.scale * (2 * torch.rand(shape, device=(images or flat_inputs)[0].device) - 1)
        return {"weights": weights, "motion": self.motion(weights, sizes.pop())}

    @torch.no_grad()
    def transform(self, inpt: torch.Tensor, params: dict[str, Any]) -> torch.Tensor:
        """The image, mask, keypoints or boxes moved."""
        motion: Motion = params["motion"]
        if isinstance(inpt, tv_tensors.BoundingBoxes):
            return motion.boxes(inpt)
        plain = inpt.as_subclass(torch.Tensor)
        if isinstance(inpt, tv_tensors.Mask):
            moved = motion.mask(plain, self._fill(plain.dtype))
        elif isinstance(inpt, KEYPOINTS):
            moved = motion.points(plain)
        else:
            moved = motion.image(plain, self.padding)
        return tv_tensors.wrap(moved, like=inpt)

    @torch.no_grad()
    def motion(self, weights: torch.Tensor, size: tuple[int, int]) -> Motion:
        """The move by coefficients (n,) or (*batch, n), of images with so many rows and columns."""
        precision = next((p.dtype for p in self._tensors()), torch.float32)
        table = pixel_grid(FINER * size[0], FINER * size[1], precision, weights.device)
        rows = weights.reshape(-1, self.generators.count)
        fields = self.generators(table.flatten(0, 1))
        combined = torch.einsum("bn,npi->bpi", rows.to(precision), fields).unflatten(1, table.shape[:2])
        steps = max(1, math.ceil(float(torch.linalg.vector_norm(rows, dim=1).max()) / self.step))
        return Motion(PixelFields(combined), steps, size)

    def _fill(self, dtype: torch.dtype) -> float:
        """What masks of a type have beyond the image; UsageError for a value that they cannot hold."""
        if torch.tensor(self.mask_fill, dtype=torch.float64).to(dtype).double() != self.mask_fill:
            raise UsageError(f"mask_fill={self.mask_fill:g} is no value of a mask of {dtype}.")
        return self.mask_fill

    def _batch(self, images: list[torch.Tensor], moved: list[torch.Tensor]) -> torch.Size:
        """The shape of the batch that every image, mask and keypoint of a call has."""
        batches = {image.shape[:-3] for image in images}
        if len(batches) != 1:
            raise UsageError("With each=True a call needs an image, or several with batches of one shape.")
        batch = batches.pop()
        for value in moved:
            if batch and isinstance(value, tv_tensors.BoundingBoxes):
                raise UsageError("Boxes have no batch: with each=True move the images one by one, each with its boxes.")
            own = value.shape[: -2 if isinstance(value, tv_tensors.Mask) else -1]
            if not is_image(value) and own[: len(batch)] != batch:
                raise UsageError(
                    f"With each=True, {type(value).__name__} must begin with the shape of the batch, {tuple(batch)}, "
                    f"but are {tuple(value.shape)}."
                )
        return batch

    def _tensors(self) -> list[torch.Tensor]:
        own = [*self.generators.parameters(), *self.generators.buffers()]
        return [tensor for tensor in own if tensor.is_floating_point()]
