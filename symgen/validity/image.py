"""Defect of moved images, by the features of a frozen extractor.

With f the features divided by their norm, the score of a move is the angle between f of the image and f of the moved
image, in radians (Ko, Kim and Lee 2024). To first order in s it is |s| times the norm of the derivative of f along
the field, J_f (grad I . V).
"""

from __future__ import annotations

from contextlib import AbstractContextManager
from typing import Any, Protocol

import torch
from torch.nn import functional

from symgen.image.extractor import Extractor
from symgen.image.warp import Padding, copies, gaussian_smooth, image_gradient, warp


def angle(left: torch.Tensor, right: torch.Tensor) -> torch.Tensor:
    """Angle in [0, pi] between unit vectors (..., F) and (..., F) -> (...).

    2 atan2(|a - b|, |a + b|), which is arccos(a . b) without its loss of all small angles in float32 and of the
    gradient at zero (Kahan 2006, section 12): there the gradient is 0.
    """
    apart, together = (torch.linalg.vector_norm(v, dim=-1) for v in (left - right, left + right))
    return 2 * torch.atan2(apart, together)


class SeesImages(Protocol):
    """What says what images show: a frozen extractor, or any model of images."""

    def __call__(self, images: torch.Tensor) -> torch.Tensor:
        """Images (B, C, H, W) -> what it makes of them (B, F)."""

    def exactly(self) -> AbstractContextManager[None]:
        """Inside, it computes in the precision of its weights."""


class ImageValidity:
    """Scores of moved images (B, 3, H, W) in [0, 1], and what they are to first order.

    At most `limit` images are in the extractor at a time: memory does not grow with batch or generators
    (`images_within` gives the limit for a number of bytes). `padding`: see symgen.image.warp.
    """

    def __init__(self, extractor: SeesImages, padding: Padding = "reflection", limit: int = 256) -> None:
        if limit < 1:
            raise ValueError(f"at least one image at a time, not {limit}")
        self.extractor, self.padding, self.limit = extractor, padding, limit

    def directions(self, images: torch.Tensor) -> torch.Tensor:
        """Features divided by their norm (B, F), without gradient."""
        with torch.no_grad():
            return torch.cat([self._unit(block) for block in images.split(self.limit)])

    def scores(self, images: torch.Tensor, grids: torch.Tensor, directions: torch.Tensor | None = None) -> torch.Tensor:
        """Score of every image b moved by every generator a, in radians (n, B); differentiable in the grids.

        `grids` (n, B, H, W, 2) or (n, 1, H, W, 2), as moved_grids gives them. `directions` are those of the images,
        where they are known already. Gradients are taken with the scores, block by block: a copy's score depends on
        its own grid alone, so that what backward needs is no more than they.
        """
        directions = self.directions(images) if directions is None else directions
        own = grids.expand(-1, len(images), -1, -1, -1)
        return _Scores.apply(own, images, directions, self)

    def derivatives(self, images: torch.Tensor, fields: torch.Tensor, blur: float = 0) -> torch.Tensor:
        """Derivative at s = 0 of the directions of moved images along fields (K, H, W, 2) -> (K, B, F).

        A Jacobian-vector product each, along grad I . V; `blur` smooths the image for grad I, in pixels. The norm
        of a row is the linearised score.
        """
        blocks = []
        for block in images.split(self.limit):
            by_x, by_y = image_gradient(block, blur)
            rows = []
            for field in fields.to(images.dtype):
                tangent = field[..., 0] * by_x + field[..., 1] * by_y
                with self.extractor.exactly():
                    rows.append(torch.func.jvp(self._unit, (block,), (tangent,))[1].detach())
            blocks.append(torch.stack(rows))
        return torch.cat(blocks, 1)

    @torch.no_grad()
    def differences(
        self, images: torch.Tensor, ahead: torch.Tensor, behind: torch.Tensor, scale: float
    ) -> torch.Tensor:
        """(f(theta_s) - f(theta_-s)) / 2 s of every image and field (K, B, F): the derivative at a finite scale s.

        `ahead` and `behind` (K, B or 1, H, W, 2) are the grids moved by s and by -s.
        """
        return (self._moved_directions(images, ahead) - self._moved_directions(images, behind)) / (2 * scale)

    def saliency(self, images: torch.Tensor, probes: int = 1, sigma: float = 1.5, seed: int = 0) -> torch.Tensor:
        """The weight w of the inner product (H, W), of mean 1: how much features react to moving the image there.

        w(z) is the sum over images and both coordinates of |df / du(z)|^2, for a displacement u of the pixel z
        alone. Its trace over features is estimated by `probes` random projections of them, one vector-Jacobian
        product each (Hutchinson 1990); then smoothed by a Gaussian of `sigma` pixels.
        """
        draw = torch.Generator().manual_seed(seed)
        total = images.new_zeros(images.shape[2:], dtype=torch.float64)
        for block in images.split(self.limit):
            gradient = image_gradient(block)
            variable = block.detach().requires_grad_()
            directions = self._unit(variable)
            for k in range(probes):
                probe = torch.randn(directions.shape, generator=draw).to(directions)
                (reaction,) = torch.autograd.grad(directions, variable, probe, retain_graph=k + 1 < probes)
                total += (gradient * reaction).sum(2).square().sum((0, 1)).double()
        weight = gaussian_smooth(total[None], sigma)[0].to(images.dtype)
        return weight / weight.mean()

    def distance(self, left: torch.Tensor, right: torch.Tensor) -> torch.Tensor:
        """Score from what is compared of two batches, (..., F) and (..., F) -> (...)."""
        return angle(left, right)

    def _unit(self, images: torch.Tensor) -> torch.Tensor:
        """What is compared of images (B, F)."""
        return functional.normalize(self.extractor(images), dim=1)

    def _moved_directions(self, images: torch.Tensor, grids: torch.Tensor) -> torch.Tensor:
        parts = [
            self._unit(warp(images[some.image], some.grids, self.padding))
            for some in copies(grids, len(images), self.limit)
        ]
        return torch.cat(parts).reshape(len(grids), len(images), -1)


class _Scores(torch.autograd.Function):
    """Scores of copies, with the gradient of every score by its own grid."""

    @staticmethod
    def forward(
        ctx: Any, grids: torch.Tensor, images: torch.Tensor, directions: torch.Tensor, validity: ImageValidity
    ) -> torch.Tensor:
        wanted = ctx.needs_input_grad[0]
        values, slopes = [], []
        for some in copies(grids.detach(), len(images), validity.limit):
            with torch.set_grad_enabled(wanted):
                own = some.grids.requires_grad_(wanted)
                moved = warp(images[some.image], own, validity.padding)
                score = validity.distance(validity._unit(moved), directions[some.image])
                if wanted:
                    slopes.append(torch.autograd.grad(score.sum(), own)[0])
            values.append(score.detach())
        if wanted:
            ctx.save_for_backward(torch.cat(slopes).reshape(grids.shape))
        return torch.cat(values).reshape(len(grids), len(images))

    @staticmethod
    def backward(ctx: Any, slope: torch.Tensor) -> tuple[torch.Tensor, None, None, None]:
        (grids,) = ctx.saved_tensors
        return slope[..., None, None, None].to(grids.dtype) * grids, None, None, None


def images_within(memory: int, extractor: Extractor, height: int, width: int) -> int:
    """How many images of a size the extractor takes at a time in `memory` bytes, gradients included; at least 1.

    Measured on two images: what is kept for the backward pass, and as much again for the work on it.
    """
    kept: dict[int, int] = {}

    def count(tensor: torch.Tensor) -> torch.Tensor:
        if tensor.shape[:1] == (2,):  # weights are there anyway
            kept[tensor.data_ptr()] = tensor.numel() * tensor.element_size()
        return tensor

    images = torch.zeros(2, 3, height, width, device=extractor.mean.device, requires_grad=True)
    with torch.autograd.graph.saved_tensors_hooks(count, lambda tensor: tensor):
        extractor(images)
    return max(1, memory // sum(kept.values()))
