"""Settings of a discovery in images, validated."""

from __future__ import annotations

from typing import Any, Literal, Self

from pydantic import BaseModel, Field, model_validator

from symgen.bounds import LARGEST_BATCH, MOST, SETTINGS, Seed, Steps
from symgen.discovery.flow_settings import MOST_RATE, FlowSettings
from symgen.image.warp import Padding

PIXELS = 31 / 2
"""To a unit of length of an image of CIFAR-10: the published tau is a difference between neighbouring pixels."""


class ImageSettings(BaseModel):
    """What both methods share."""

    model_config = SETTINGS

    n_generators: int = Field(10, ge=1, le=256)
    """How many generators to keep."""
    scale: float = Field(0.2, ge=0, le=1)
    """Of the differences in the eigenproblem, for library fields as they are; 0 stands for derivatives."""
    degree: int | None = Field(None, ge=1, le=12)
    """Of the Chebyshev polynomials in x and in y that the eigenproblem combines; by default 2, or as many as are
    needed for the number of fields."""
    images: int = Field(512, ge=8, le=MOST)
    """Training images of the eigenproblem, classes in equal numbers."""
    weight_images: int = Field(4096, ge=8, le=MOST)
    """Training images that the weight of the inner product is estimated from."""
    held_out: int = Field(200, ge=1, le=MOST)
    """Test images that the generators are ranked by, classes in equal numbers."""
    padding: Padding = "reflection"
    """What there is beyond the edges of an image."""
    readable: bool = True
    """Whether affine fields that lie in the span of what was found are a part of its basis."""
    memory_limit: float = Field(2.0, gt=0)
    """Gigabytes for what is kept of moved copies at a time; batches are moved in pieces that fit."""
    seed: Seed = 0

    def library_degree(self, fields: int) -> int:
        """The degree in force for so many fields; ValueError where its polynomials have fewer dimensions."""
        least = next(degree for degree in range(1, 13) if 2 * (degree + 1) ** 2 >= fields)
        if self.degree is not None and self.degree < least:
            raise ValueError(f"fields of degree {self.degree} have {2 * (self.degree + 1) ** 2} dimensions")
        return self.degree or max(2, least)


class ImageSpectralSettings(ImageSettings):
    """The eigenproblem in a library of polynomials."""

    @model_validator(mode="after")
    def _enough_fields(self) -> Self:
        self.library_degree(self.n_generators)
        return self


class ImageFlowSettings(FlowSettings, ImageSettings):
    """Networks trained on the angle between the features of images and of their moved copies."""

    n_generators: int = Field(10, ge=1, le=256)
    slots: int | None = Field(None, ge=1, le=256)
    """How many fields are trained; the most valid ones of them are kept. By default as many as are kept."""
    init: Literal["spectral", "random"] = "spectral"
    steps: Steps = 800
    learning_rate: float | None = Field(2e-3, gt=0, le=MOST_RATE)
    batch: int = Field(12, ge=1, le=LARGEST_BATCH)
    """Images in a step."""
    scales: int = Field(1, ge=1, le=LARGEST_BATCH)
    """Different scales of every generator in a step: the flow is integrated once for each."""
    grow: bool = False
    """Moved images are images, however large the move."""
    flow_steps: int = Field(2, ge=1, le=10_000)
    smallest: float = Field(0.5, ge=0, lt=1)
    orthonormality_weight: float = Field(2.0, ge=0)
    lipschitz_weight: float = Field(1.0, ge=0)
    lipschitz_bound: float = Field(1.9, gt=0)
    """Steepest change of a unit field that costs nothing, per unit of length of the square [-1, 1]^2: so it means the
    same whatever the number of pixels. Affine unit fields have up to 1.7. A looser bound lets fields throw one corner
    far away, where the angle between features saturates."""

    @model_validator(mode="after")
    def _enough_slots(self) -> Self:
        if self.slots is not None and self.slots < self.n_generators:
            raise ValueError(f"{self.slots} slots cannot give {self.n_generators} generators")
        if self.init == "spectral":
            self.library_degree(self.count)
        return self

    @property
    def count(self) -> int:
        """How many generators are trained."""
        return self.slots or self.n_generators

    @classmethod
    def paper(cls, **overrides: Any) -> ImageFlowSettings:
        """The settings of Ko, Kim and Lee (2024): 50 epochs of CIFAR-10's 50 000 images, 391 batches each."""
        published: dict[str, Any] = {
            "n_generators": 10,
            "init": "random",
            "readable": False,
            "width": 256,
            "head_width": 32,
            "steps": 50 * 391,
            "batch": 128,
            "scales": 128,
            "learning_rate": 1e-4,
            "memory": 0.999,
            "schedule": "constant",
            "sigma": 0.4,
            "smallest": 0.0,
            "flow_steps": 10,
            "reorder": False,
            "validity_weight": 1.0,
            "orthonormality_weight": 10.0,
            "orthonormality_form": "angle",
            "lipschitz_weight": 10.0 / PIXELS,
            "lipschitz_bound": 0.5 * PIXELS,
        }
        return cls.model_validate({**published, **overrides})


IMAGE_METHODS: dict[str, type[ImageSpectralSettings | ImageFlowSettings]] = {
    "flow": ImageFlowSettings,
    "spectral": ImageSpectralSettings,
}
"""The methods of discovery for images, each with its settings."""
