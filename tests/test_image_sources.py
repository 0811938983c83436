"""Where images come from: rotated datasets, named ones, local files of every kind."""

from __future__ import annotations

import pytest
import torch

from symgen.image.datasets import ImageData
from symgen.image.labelled import Labelled
from symgen.image.rotated import rotated


def bars(n=40, size=9, ground=0, width=None):
    """Upright bars on a ground, the marked end up: the colour of the marked end is the class."""
    images = torch.full((n, 3, size, width or size), ground, dtype=torch.uint8)
    labels = torch.arange(n) % 2
    middle = images.shape[3] // 2
    images[:, :, 1:-1, middle] = 100
    images[:, :, 1:3, middle] = torch.where(labels == 0, 200, 250).to(torch.uint8)[:, None, None]
    return Labelled(images, labels)


@pytest.fixture
def upright():
    return ImageData.of("bars", bars(), bars(10), ("dim", "bright"))


def test_rotated_images_keep_labels_and_are_repeatable(upright):
    first, again, other = rotated(upright), rotated(upright), rotated(upright, seed=1)
    assert first.name == "rotated-bars" and first.classes == upright.classes
    assert torch.equal(first.train.labels, upright.train.labels) and torch.equal(first.test.labels, upright.test.labels)
    assert first.sha256 == again.sha256 != other.sha256
    assert first.sha256 != upright.sha256
    assert not torch.equal(first.train.images[:10], first.test.images)  # angles are not drawn anew for the test


@pytest.mark.parametrize("ground", [0, 30, 255])
def test_what_turns_in_has_the_background(ground):
    data = ImageData.of("bars", bars(400, ground=ground), bars(4, ground=ground), ("dim", "bright"))
    images = rotated(data).train.images
    assert (images[:, :, (0, 0, -1, -1), (0, -1, 0, -1)] == ground).all()


def test_angles_are_uniform(upright):
    data = ImageData.of("bars", bars(4000, size=15), bars(4, size=15), ("dim", "bright"))
    images = rotated(data).train.images[:, 0].double()
    axis = torch.linspace(-1, 1, 15, dtype=torch.float64)
    bright = (images - 100).clamp_min(0)  # the marked end only
    x, y = (bright * axis).sum((1, 2)), (bright * axis[:, None]).sum((1, 2))
    angles = torch.atan2(y, x).sort().values
    uniform = torch.linspace(-torch.pi, torch.pi, len(angles), dtype=torch.float64)
    assert (angles - uniform).abs().max() < 0.03 * 2 * torch.pi  # Kolmogorov's distance, 1e-3 by chance


def test_turning_is_rigid_in_pixels_of_any_shape():
    """The marked end stays as far from the centre, whatever the shape of the image."""
    wide = ImageData.of("bars", bars(200, 11, width=21), bars(4, 11, width=21), ("dim", "bright"))
    images = (rotated(wide).train.images[:, 0].double() - 100).clamp_min(0)
    x, y = torch.arange(21) - 10.0, torch.arange(11)[:, None] - 5.0
    mass = images.sum((1, 2))
    radius = torch.hypot((images * x).sum((1, 2)) / mass, (images * y).sum((1, 2)) / mass)
    assert radius.mean() == pytest.approx(3.5, abs=0.3) and radius.std() < 0.3
