"""One move of images along a flow, and of what is marked in them: masks, points and boxes.

The moved image at z is the image at theta(z), so what is at z in the image is at theta^-1(z) in the moved one: images
and masks are sampled at theta of the pixels, points and boxes go by the flow backward.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import torch
from torchvision import tv_tensors
from torchvision.transforms.v2 import functional

from symgen.constants import constant
from symgen.flow import move_each
from symgen.image.fields import PixelFields
from symgen.image.warp import Padding, pixel_grid, warp

PARTS = 8
"""Points of each edge of a box that are moved: flows bend edges."""


@dataclass(frozen=True)
class Motion:
    """theta = exp(V) for one field V, or for as many as a batch has images."""

    fields: PixelFields
    steps: int
    """Of Runge and Kutta's fourth order."""
    size: tuple[int, int]
    """Height and width of what is moved, in pixels."""

    @cached_property
    def sources(self) -> torch.Tensor:
        """theta of the pixels (n, H, W, 2), where images are sampled."""
        values = self.fields.values
        grid = pixel_grid(*self.size, values.dtype, values.device).flatten(0, 1)
        return self._moved(grid.expand(len(values), -1, -1), 1).unflatten(1, self.size)

    def image(self, image: torch.Tensor, padding: Padding) -> torch.Tensor:
        """Images (..., C, H, W) or (H, W), bilinearly; whole numbers are rounded."""
        stack = image.reshape(-1, *(image[None] if image.ndim == 2 else image).shape[-3:])
        working = stack if stack.is_floating_point() else stack.float()
        moved = warp(working, self.sources.to(image.device).expand(len(stack), -1, -1, -1), padding)
        return _rounded_as(moved, image).reshape(image.shape)

    def mask(self, mask: torch.Tensor, fill: float) -> torch.Tensor:
        """Masks (n, ..., H, W), or (..., H, W) for one field: the nearest pixel, and `fill` beyond; of any dtype."""
        if not mask.numel():
            return mask.clone()
        height, width = self.size
        last = constant((width - 1, height - 1), self.sources)
        column, row = ((self.sources + 1) / 2 * last).round().long().flatten(1, 2).to(mask.device).unbind(-1)
        inside = (column >= 0) & (column < width) & (row >= 0) & (row < height)
        flat = mask.reshape(len(column), -1, height * width)
        nearest = (row.clamp(0, height - 1) * width + column.clamp(0, width - 1))[:, None].expand_as(flat)
        return flat.gather(2, nearest).masked_fill(~inside[:, None], fill).reshape(mask.shape)

    def points(self, points: torch.Tensor) -> torch.Tensor:
        """Points (n, ..., 2), or (..., 2) for one field, x and y in pixels, whose centres are at whole numbers."""
        if not points.numel():
            return points.clone()
        values = self.fields.values
        height, width = self.size
        places = points.to(values.device, torch.float64).reshape(len(values), -1, 2)
        half = constant((max(width - 1, 1) / 2, max(height - 1, 1) / 2), places)  # one pixel is at -1
        start = places / half - 1
        moved = (self._moved(start, -1) + 1) * half
        return _rounded_as(moved, points).to(points.device).reshape(points.shape)

    def boxes(self, boxes: tv_tensors.BoundingBoxes) -> tv_tensors.BoundingBoxes:
        """Boxes of every format of torchvision's, by one field.

        The smallest box around the moved outline: upright, or for rotated formats turned by the angle that takes the
        old corners nearest to the moved ones. Clamped to the canvas as the boxes' clamping mode says.
        """
        if not boxes.numel():
            return boxes
        rotated = boxes.shape[-1] != 4
        exact = tv_tensors.wrap(boxes.as_subclass(torch.Tensor).double(), like=boxes)
        corners = functional.convert_bounding_box_format(exact, new_format="XYXYXYXY" if rotated else "XYXY")
        corners = corners.as_subclass(torch.Tensor)
        old = corners.reshape(-1, 4, 2) if rotated else corners[:, [[0, 1], [2, 1], [2, 3], [0, 3]]]
        weights = torch.linspace(0, 1, PARTS + 1, dtype=old.dtype, device=old.device)[:-1, None]
        outline = torch.lerp(old[:, :, None], old.roll(-1, 1)[:, :, None], weights)  # (boxes, corners, PARTS, 2)
        # edges are at whole numbers, where points have the centres of pixels
        moved = self.points(outline - 0.5) + 0.5
        if rotated:
            found, kind = _turned_around(old, moved).flatten(1), "XYXYXYXY"
        else:
            found, kind = torch.cat(torch.aminmax(moved.flatten(1, 2), dim=1), 1), "XYXY"
        clamped = functional.clamp_bounding_boxes(tv_tensors.wrap(found, like=boxes, format=_format(kind)))
        back = functional.convert_bounding_box_format(clamped, new_format=boxes.format).as_subclass(torch.Tensor)
        return tv_tensors.wrap(_rounded_as(back, boxes), like=boxes)

    def _moved(self, points: torch.Tensor, sign: int) -> torch.Tensor:
        """Points (n, P, 2) of the square by the flow, forward or backward."""
        return move_each(self.fields, points, points.new_full((len(points),), sign), self.steps)


def _turned_around(old: torch.Tensor, moved: torch.Tensor) -> torch.Tensor:
    """Rectangles (N, 4, 2), corners in the order of `old` (N, 4, 2), around outlines `moved` (N, 4, P, 2).

    Their sides have the directions of the old ones, turned by the angle of the rotation that fits the corners best in
    the mean square (the orthogonal Procrustes problem in the plane).
    """
    start, end = (corners - corners.mean(1, keepdim=True) for corners in (old, moved[:, :, 0]))
    (x, y), (u, v) = start.unbind(-1), end.unbind(-1)
    turn = torch.atan2((x * v - y * u).sum(1), (x * u + y * v).sum(1))
    across, down = old[:, 1] - old[:, 0], old[:, 3] - old[:, 0]
    angle = torch.atan2(across[:, 1] - down[:, 0], across[:, 0] + down[:, 1]) + turn  # one of both sides may be 0
    sine, cosine = angle.sin(), angle.cos()
    axes = torch.stack([cosine, sine, -sine, cosine], 1).reshape(-1, 2, 2)  # rows: along the width, along the height
    least, most = torch.aminmax(torch.einsum("nij,npj->npi", axes, moved.flatten(1, 2)), dim=1)
    bounds = torch.stack([least, most], 1)
    frame = torch.stack([bounds[:, [0, 1, 1, 0], 0], bounds[:, [0, 0, 1, 1], 1]], -1)
    return frame @ axes


def _format(kind: str) -> tv_tensors.BoundingBoxFormat:
    return tv_tensors.BoundingBoxFormat[kind]


def _rounded_as(values: torch.Tensor, like: torch.Tensor) -> torch.Tensor:
    """Values in the dtype of `like`, rounded where that has whole numbers only."""
    return (values if like.is_floating_point() else values.round()).to(like.dtype)
