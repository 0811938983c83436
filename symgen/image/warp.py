"""Images move by sampling: the moved image at a pixel z of the grid is the image at theta_s(z).

Coordinates are those of grid_sample with align_corners=True: x to the right, y down, -1 and 1 at the centres of the
outermost pixels. Sampling is bilinear.

Points that leave the square are reflected at its edges, unless told otherwise. `zeros` would draw black edges, which
an extractor takes for objects: then every field that moves anything across the border looks worse than it is.
`border` draws streaks of repeated pixels. Reflection leaves an image that is continuous and of the same texture up to
its edge, so that the features react to what the move does to the content.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

import torch
from torch.nn import functional

from symgen.flow import FlowError, move_each
from symgen.generators.base import Generators

Padding = Literal["reflection", "border", "zeros"]


def pixel_grid(
    height: int, width: int, dtype: torch.dtype = torch.float32, device: str | torch.device = "cpu"
) -> torch.Tensor:
    """Points (H, W, 2) of the pixels in [-1, 1]^2: x to the right, y down."""
    y = torch.linspace(-1, 1, height, dtype=dtype, device=device)
    x = torch.linspace(-1, 1, width, dtype=dtype, device=device)
    return torch.stack(torch.meshgrid(x, y, indexing="xy"), -1)


def moved_grids(generators: Generators, grid: torch.Tensor, scales: torch.Tensor, steps: int = 4) -> torch.Tensor:
    """theta_s(grid) of every generator, for a grid (H, W, 2).

    Scales (n,) -> (n, 1, H, W, 2), for all images alike: the flow then costs n grids, whatever the number of images.
    Scales (n, B) -> (n, B, H, W, 2). Copy (a, b) is moved by generator a alone, with its own scale. Fourth-order
    Runge-Kutta in so many steps; differentiable. Raises FlowError where a flow leaves every bound.
    """
    each = scales if scales.ndim == 2 else scales[:, None]
    points = grid.reshape(1, 1, -1, 2).expand(*each.shape, -1, -1)
    rates = each[..., None].expand(points.shape[:-1])
    moved = move_each(generators, points.flatten(1, 2), rates.flatten(1), steps)
    if not moved.isfinite().all():  # grid_sample would take any pixel for it
        raise FlowError("A flow leaves every bound. Use smaller scales, or hold the fields beyond the image.")
    return moved.reshape(*each.shape, *grid.shape)


def warp(images: torch.Tensor, grids: torch.Tensor, padding: Padding = "reflection") -> torch.Tensor:
    """Images (B, C, H, W), each sampled at its own points (B, H', W', 2) -> (B, C, H', W')."""
    return functional.grid_sample(images, grids.to(images.dtype), "bilinear", padding, align_corners=True)


@dataclass(frozen=True)
class Copies:
    """Some of the n x B copies of a batch: number a B + b is image b moved by generator a."""

    image: torch.Tensor
    """(K,): the image b of each."""
    grids: torch.Tensor
    """(K, H, W, 2): where each is sampled."""


def copies(grids: torch.Tensor, batch: int, limit: int) -> Iterator[Copies]:
    """All copies of a batch by `grids` (n, B, H, W, 2) or (n, 1, H, W, 2), at most `limit` at a time."""
    count = len(grids) * batch
    for start in range(0, count, limit):
        number = torch.arange(start, min(start + limit, count), device=grids.device)
        generator, image = number // batch, number % batch
        own = grids[generator, image if grids.shape[1] > 1 else 0]
        yield Copies(image, own)


def image_gradient(images: torch.Tensor, blur: float = 0) -> torch.Tensor:
    """Derivatives of images (B, C, H, W) by x and y in [-1, 1]^2 -> (2, B, C, H, W), by central differences.

    `blur` smooths the images first, by a Gaussian of that many pixels: differences see the noise of single pixels
    before anything else.
    """
    smooth = gaussian_smooth(images, blur) if blur else images
    height, width = images.shape[2:]
    by_y, by_x = torch.gradient(smooth, spacing=(2 / (height - 1), 2 / (width - 1)), dim=(2, 3))
    return torch.stack([by_x, by_y])


def gaussian_smooth(images: torch.Tensor, sigma: float) -> torch.Tensor:
    """Images (..., C, H, W) under a Gaussian of `sigma` pixels, reflected at the edges."""
    from torchvision.transforms.v2.functional import gaussian_blur  # takes long to import

    reach = min(max(1, round(3 * sigma)), min(images.shape[-2:]) - 1)
    return gaussian_blur(images, [2 * reach + 1, 2 * reach + 1], [sigma, sigma])
