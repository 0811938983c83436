"""A convolutional network for small images that begins by whitening them: cheap for what it learns."""

from __future__ import annotations

from collections.abc import Iterable

import torch
from torch import nn

PATCH = 2
"""Side of the whitened patches in pixels."""
FILTERS = 2 * 3 * PATCH**2
"""Of the first layer: every principal component of the patches, and its negative."""
LEAST = 0.1
"""Added to the variances of components, of normalised images, before they are divided out. What is far below it is fine
detail that moving an image blurs: were it amplified to variance 1, features would turn under every move."""
WHITENED = 5000
"""Images whose patches are taken."""
SCALE = 1 / 9
"""Of the features: keeps the scores small while the weights of the last layer are random, and turns no feature."""


class WhitenedNet(nn.Module):
    """Whitened patches, then three stages of two 3x3 convolutions, the first of a stage followed by max pooling.

    The plan is that of the fast trainings of CIFAR-10 (Page 2018; Jordan 2024, arXiv:2404.00498): the first layer is
    not learned but taken from the covariance of patches (`whiten`), and normalisation comes after pooling, on a
    quarter of the pixels. Unlike there convolutions do not begin as identities: pixels would pass to the features,
    which then turn under moves that the classes do not depend on. `width` is that of a ResNet-18 whose epochs cost
    the same; the stages have 2, 8 and 16 times as many channels. Pooling rounds up, so that images of any size pass.
    Images (B, 3, H, W) -> the vector averaged over the last pixels (B, 16 width).
    """

    def __init__(self, width: int = 64) -> None:
        super().__init__()
        self.features = 16 * width
        self.patches = nn.Conv2d(3, FILTERS, PATCH, bias=False).requires_grad_(False)
        self.stages = nn.Sequential(
            _Stage(FILTERS, 2 * width), _Stage(2 * width, 8 * width), _Stage(8 * width, 16 * width)
        )

    @torch.no_grad()
    def whiten(self, blocks: Iterable[torch.Tensor]) -> None:
        """Set the first layer from blocks of images (N, 3, H, W), normalised: one half's outputs are uncorrelated."""
        moments, count = torch.zeros(3 * PATCH**2, 3 * PATCH**2, dtype=torch.float64), 0
        for images in blocks:
            patches = _padded(images).unfold(2, PATCH, 1).unfold(3, PATCH, 1).permute(0, 2, 3, 1, 4, 5)
            patches = patches.reshape(-1, 3 * PATCH**2).double()
            moments, count = moments + (patches.T @ patches).cpu(), count + len(patches)
        variance, components = torch.linalg.eigh(moments / count)
        whitening = (components / (variance + LEAST).sqrt()).T.reshape(-1, 3, PATCH, PATCH)
        self.patches.weight.copy_(torch.cat([whitening, -whitening]))

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        """Images (B, 3, H, W), normalised -> (B, 16 width)."""
        return SCALE * self.stages(torch.relu(self.patches(_padded(images)))).mean((2, 3))


class _Stage(nn.Module):
    def __init__(self, inputs: int, outputs: int) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(inputs, outputs, 3, padding=1, bias=False)
        self.pool = nn.MaxPool2d(2, ceil_mode=True)
        self.bn1 = nn.BatchNorm2d(outputs, momentum=0.4)
        self.conv2 = nn.Conv2d(outputs, outputs, 3, padding=1, bias=False)
        self.bn2 = nn.BatchNorm2d(outputs, momentum=0.4)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = torch.relu(self.bn1(self.pool(self.conv1(x))))
        return torch.relu(self.bn2(self.conv2(x)))


def _padded(images: torch.Tensor) -> torch.Tensor:
    """One more row and column, repeated, so that there are as many patches as pixels."""
    return nn.functional.pad(images, (0, PATCH - 1, 0, PATCH - 1), mode="replicate")
