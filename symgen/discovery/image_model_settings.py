"""Settings of a discovery in a model of images, validated."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, Field

from symgen.bounds import SETTINGS, Amount, Seed
from symgen.image.warp import Padding

DEGREES = {"linear": 1, "affine": 1, "quadratic": 2}


class ImageModelSettings(BaseModel):
    """The eigenproblem in polynomial fields on the plane."""

    model_config = SETTINGS

    library: Literal["linear", "affine", "quadratic"] = "affine"
    """Linear fields about the centre of the image, as LieGG has them; with translations; polynomials of degree 2."""
    n_generators: Amount | None = None
    """How many of the fields to keep, the best; by default all."""
    images: Amount = 512
    """Of the eigenproblem."""
    held_out: Amount = 200
    """Images that the fields are judged by; a quarter at most."""
    scale: float = Field(0, ge=0, le=1)
    """Of differences in place of derivatives, for fields as they are: for images with much noise."""
    padding: Padding = "reflection"
    """What there is beyond the edges of an image."""
    readable: bool = True
    """Whether named fields take the place of mixtures that are hardly better."""
    seed: Seed = 0

    @property
    def degree(self) -> int:
        """Of the polynomials."""
        return DEGREES[self.library]
