"""Defect of moved images, by the outputs of a model that sees them.

The score of a move is the change of the outputs in units of their deviation, f(moved) - f(image). To first order in s
it is J_f (grad I . V), summed over the pixels (Moskalev et al., LieGG, NeurIPS 2022). grad I are central differences:
the derivatives, at the pixels, of the image interpolated by Catmull and Rom's cubics, and the mean of the two that
bilinear interpolation has there.
"""

from __future__ import annotations

import torch

from symgen.exceptions import DataError
from symgen.generators.base import Generators
from symgen.image.model import ImageModel
from symgen.image.warp import Padding, gaussian_smooth, image_gradient
from symgen.validity.image import ImageValidity

MOST_OUTPUTS = 32
"""Outputs are combined to so many, each a random one of all, where there are more: a gradient each is taken."""
CONSTANT = 1e-5
"""Deviation over the size of an output below which it is constant but for rounding."""


class OutputValidity(ImageValidity):
    """Scores of moved images (B, C, H, W), and what they are to first order, by a model's outputs.

    Outputs that do not depend on the `images` (N, C, H, W) are left out, the others are divided by their deviations
    over these: the score of a move is the root mean square over outputs. Raises DataError where all are constant.
    """

    extractor: ImageModel

    def __init__(
        self,
        model: ImageModel,
        images: torch.Tensor,
        padding: Padding = "reflection",
        limit: int = 256,
        seed: int = 0,
    ) -> None:
        super().__init__(model, padding, limit)
        with torch.no_grad():
            outputs = torch.cat([model(some) for some in images.split(limit)])
        if not outputs.isfinite().all():
            raise DataError("The model gives numbers that are not finite for some of the images.")
        deviation = outputs.std(0, correction=0)
        varied = deviation > CONSTANT * outputs.abs().amax(0)
        if not varied.any():
            raise DataError("The outputs of the model are the same for all the images: anything is a symmetry of that.")
        self.kept = varied.nonzero().flatten()
        count = len(self.kept)
        mixing = torch.diag(1 / deviation[self.kept])
        if count > MOST_OUTPUTS:  # of which a random few keep the mean square
            draw = torch.Generator().manual_seed(seed)
            random = torch.randn(count, MOST_OUTPUTS, generator=draw, dtype=torch.float64).to(mixing)
            mixing = mixing @ torch.linalg.qr(random).Q * (count / MOST_OUTPUTS) ** 0.5
        self.mixing = mixing / count**0.5

    def distance(self, left: torch.Tensor, right: torch.Tensor) -> torch.Tensor:
        """Change of outputs: the norm of the difference."""
        return torch.linalg.vector_norm(left - right, dim=-1)

    def _unit(self, images: torch.Tensor) -> torch.Tensor:
        return self.extractor(images)[:, self.kept] @ self.mixing

    def densities(self, images: torch.Tensor) -> torch.Tensor:
        """What a move of each pixel by x or y alone does to every output: (2, B, q, H, W).

        sum over channels of dI/dx df/dI; its product with a field, summed over the pixels, is the derivative of the
        outputs along the field. Gradients are by reverse mode, which every model has.
        """
        slopes = image_gradient(images)
        with torch.enable_grad():
            own = images.detach().requires_grad_()
            outputs = self._unit(own)
            last = outputs.shape[1] - 1
            parts = []
            for q in range(last + 1):
                (reaction,) = torch.autograd.grad(outputs[:, q].sum(), own, retain_graph=q < last)
                parts.append((slopes * reaction).sum(2))
        return torch.stack(parts, 2).detach()

    def weight(self, images: torch.Tensor, sigma: float = 1.5) -> torch.Tensor:
        """The weight of the inner product (H, W), of mean 1: how much outputs react to moving the image there.

        As `saliency`, with the gradients of all outputs. DataError where they react to nothing.
        """
        total = sum(self.densities(some).double().square().sum((0, 1, 2)) for some in images.split(self.limit))
        assert isinstance(total, torch.Tensor)
        smooth = gaussian_smooth(total[None], sigma)[0]
        if not smooth.mean() > 0:
            raise DataError("The model reacts to nothing that moves in the images.")
        return smooth / smooth.mean()

    @torch.no_grad()
    def rows(self, images: torch.Tensor, fields: Generators, grid: torch.Tensor) -> torch.Tensor:
        """Derivatives of the outputs along n fields (B q, n) float64, for images whose pixels are `grid` (H, W, 2)."""
        values = fields(grid.double().reshape(-1, 2)).reshape(fields.count, *grid.shape)
        parts = [
            torch.einsum("dbqhw,nhwd->bqn", self.densities(some).double(), values) for some in images.split(self.limit)
        ]
        return torch.cat(parts).flatten(0, 1)
