"""What every method of discovery needs of images and an extractor."""

from __future__ import annotations

import torch

from symgen.discovery.image_settings import ImageSettings
from symgen.discovery.spectral import Spectrum, solve
from symgen.exceptions import DataError
from symgen.generators.base import Generators
from symgen.generators.held import HeldGenerators
from symgen.generators.inner_product import field_matrix
from symgen.image.datasets import ImageData
from symgen.image.extractor import Extractor
from symgen.image.labelled import Labelled
from symgen.image.warp import moved_grids, pixel_grid
from symgen.validity.image import ImageValidity, images_within
from symgen.validity.moved_images import JUDGED, RANDOM_FIELDS, mean_angles

LARGEST_BLOCK = 256
"""Images in the extractor at a time, however much memory there is: more gain nothing."""

CHECK_IMAGES = 60
JUDGED_IMAGES = 100


class ImageProblem:
    """Images, the frozen extractor, and the inner product that comes from its saliency.

    Raises DataError where no feature reacts to anything that moves in the images, or these are one pixel wide or high.
    """

    def __init__(self, data: ImageData, extractor: Extractor, settings: ImageSettings) -> None:
        self.data, self.extractor, self.settings = data, extractor, settings
        self.device = extractor.mean.device
        height, width = data.size
        if min(height, width) < 2 or 2 * height * width < RANDOM_FIELDS:
            raise DataError(f"The images of {data.name} have {height} x {width} pixels, too few to be moved.")
        within = images_within(int(settings.memory_limit * 5e8), extractor, height, width)  # half is for the flow
        self.validity = ImageValidity(extractor, settings.padding, min(within, LARGEST_BLOCK))
        self.grid = pixel_grid(height, width, device=self.device)
        self.points = self.grid.double().reshape(-1, 2)
        """(P, 2): the pixels; inner products are means over them under `weight`."""
        weight = self.validity.saliency(self._prepared(data.train, settings.weight_images), seed=settings.seed)
        if not weight.isfinite().all():  # it is relative to its mean, 0
            raise DataError(f"No feature reacts to moving the images of {data.name}. Give another extractor.")
        self.weight = weight.double().flatten()
        drawn = self._prepared(data.train, settings.images + CHECK_IMAGES)
        check = min(CHECK_IMAGES, max(len(drawn) - settings.images, len(drawn) // 4, 1))
        self.images, self.check = drawn[: max(1, len(drawn) - check)], drawn[-check:]
        """(B, 3, H, W) in [0, 1]: those of the eigenproblem, and other training images (if there are two), on which
        trained fields are compared with those that they started from."""
        self.held_out = self._prepared(data.test, settings.held_out)
        """(B, 3, H, W): test images that nothing but the ranking sees."""

    def matrix(self, generators: Generators) -> torch.Tensor:
        """Field matrix under the weight, float64."""
        return field_matrix(generators, self.points, weight=self.weight)

    def solve(self, generators: Generators, images: torch.Tensor, scale: float) -> Spectrum:
        """Combinations of fields, orthonormal under the weight, by the least change of features per unit of s.

        The change is a difference at +-`scale` along each field as it is, or the derivative where that is 0; it is
        taken as linear in the fields. The coefficients of the spectrum are the combinations (m, 1, n). The fields are
        in the precision of the points, float64.
        """
        if scale:
            held, grid = HeldGenerators(generators), self.grid.double()
            ahead, behind = (moved_grids(held, grid, grid.new_full((held.count,), s)) for s in (scale, -scale))
            rates = self.validity.differences(images, ahead, behind, scale)
        else:
            fields = generators(self.points).reshape(generators.count, *self.grid.shape)
            rates = self.validity.derivatives(images, fields, blur=1.0)
        rows = rates.permute(1, 2, 0).flatten(0, 1).double() / len(images) ** 0.5
        # there are many more rows, a feature of an image each, than fields
        return solve(torch.linalg.qr(rows, mode="r").R, self.matrix(generators), 1)

    @torch.no_grad()
    def angles(self, generators: Generators) -> torch.Tensor:
        """Mean angle of the features of training images moved by s = +-JUDGED along each field, (n,) float64."""
        images, grid = self.images[:JUDGED_IMAGES], self.grid.double()
        directions = self.validity.directions(images)
        turned = [
            mean_angles(self.validity, images, grid, generators, s, directions).double() for s in (-JUDGED, JUDGED)
        ]
        return torch.stack(turned).mean(0)

    def _prepared(self, data: Labelled, count: int) -> torch.Tensor:
        """About `count` images, as many of every class (of a rare one all), in [0, 1]."""
        each = max(1, round(count / len(data.labels.unique())))
        return data.balanced(each, self.settings.seed, fewer=True).images.to(self.device).float() / 255
