"""Datasets whose images are turned by random angles: rotation is then a symmetry of the data that is known.

On rotated MNIST (Larochelle et al. 2007) methods that discover symmetries are compared.
"""

from __future__ import annotations

import math

import torch

from symgen.image.labelled import ImageData, Labelled
from symgen.image.warp import pixel_grid, warp

CHUNK = 2048


def rotated(data: ImageData, seed: int = 0) -> ImageData:
    """Every image of train and test turned about its centre by an angle of its own, uniform in (-pi, pi].

    Sampling is bilinear. What turns in from beyond the edge has the images' background: the median, in each channel,
    of the outermost pixels of all training images, which is black for digits. The same seed gives the same images.
    Their name is `rotated-` and the data's. Pixels are square: of an image that is not, corners are cut off.
    """
    draw = torch.Generator().manual_seed(seed)
    background = _background(data.train.images)
    train, test = (_turned(part, background, draw) for part in (data.train, data.test))
    return ImageData.of(f"rotated-{data.name}", train, test, data.classes, data.notes)


def _turned(data: Labelled, background: torch.Tensor, draw: torch.Generator) -> Labelled:
    angles = math.pi * (1 - 2 * torch.rand(len(data), generator=draw, dtype=torch.float64))
    height, width = data.images.shape[2:]
    half = torch.tensor([max(1, width - 1), max(1, height - 1)]) / 2
    points = pixel_grid(height, width) * half  # in pixels from the centre
    turned = torch.empty_like(data.images)
    for start in range(0, len(data), CHUNK):
        part = slice(start, start + CHUNK)
        sine, cosine = angles[part].sin().float(), angles[part].cos().float()
        matrices = torch.stack([cosine, -sine, sine, cosine], 1).reshape(-1, 2, 2)
        grids = torch.einsum("hwj,bij->bhwi", points, matrices) / half
        above = data.images[part].float() - background  # zeros beyond the edge
        turned[part] = (warp(above, grids, "zeros") + background).round().clamp(0, 255).to(torch.uint8)
    return Labelled(turned, data.labels)


def _background(images: torch.Tensor) -> torch.Tensor:
    """Median of the outermost pixels of uint8 images in each channel -> (C, 1, 1) float32."""
    edge = torch.cat([images[:, :, (0, -1)].flatten(2), images[:, :, 1:-1, (0, -1)].flatten(2)], 2)
    counts = torch.stack([channel.flatten().bincount(minlength=256) for channel in edge.unbind(1)])
    reached = 2 * counts.cumsum(1) >= counts.sum(1, keepdim=True)
    return reached.int().argmax(1).float()[:, None, None]
