"""Images of soft spots, and models of images with known symmetries."""

from __future__ import annotations

import torch

from symgen.image.warp import pixel_grid

SIDE = 24


def normal(*shape, seed=0, dtype=torch.float64):
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64).to(dtype)


def blobs(count=300, channels=1, side=SIDE, seed=0, dtype=torch.float32):
    """Images of soft spots that stay clear of the edges."""
    draw = torch.Generator().manual_seed(seed)
    shape = count, channels, 4
    centres = 0.9 * torch.rand(*shape, 2, generator=draw, dtype=torch.float64) - 0.45
    widths = 0.1 + 0.12 * torch.rand(*shape, generator=draw, dtype=torch.float64)
    heights = 0.4 + torch.rand(*shape, generator=draw, dtype=torch.float64)
    apart = (pixel_grid(side, side, torch.float64) - centres[..., None, None, :]).square().sum(-1)
    return (heights[..., None, None] * torch.exp(-apart / 2 / widths[..., None, None] ** 2)).sum(2).to(dtype)


IMAGES = blobs()
RADII = torch.stack([torch.exp(-pixel_grid(SIDE, SIDE).square().sum(-1) / 2 / s**2) for s in (0.2, 0.4, 0.7)])


def radial(images):
    """Sums of the pixels under weights of the radius."""
    return torch.einsum("bchw,khw->bk", images, RADII.to(images))


def radial_network(images):
    moments = radial(images)
    return torch.tanh(moments / 10) * moments[:, :1].sqrt()


def levels(images):
    """How many pixels are brighter than what: moved content has as many."""
    return torch.stack([torch.sigmoid((images - level) / 0.1).mean((1, 2, 3)) for level in (0.3, 0.6, 0.9, 1.2)], 1)


def approximate(artifact):
    return {record.called.split(",")[0] for record in artifact.metadata.generators if record.status == "approximate"}
