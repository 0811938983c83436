"""Settings of discovery in points."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, Field

from symgen.bounds import LARGEST_BATCH, SETTINGS, Seed, Steps
from symgen.discovery.flow_settings import FlowSettings

DEGREES = {"linear": 1, "affine": 1, "quadratic": 2}


class PointSettings(BaseModel):
    """What every method has."""

    model_config = SETTINGS

    n_generators: int | None = Field(None, ge=1, le=256)
    """By default as many as are symmetries, at least one."""
    library: Literal["linear", "affine", "quadratic"] = "affine"
    """Fields that are looked at: matrices; with translations; or polynomials of degree 2."""
    degree: int | None = Field(None, ge=1, le=6)
    """Another total degree of polynomial fields, instead of `library`."""
    held_out: float | None = Field(None, gt=0, lt=1)
    """Share of the points that defects are measured on, and no field is fitted to; by default a quarter, and half where
    the density is that of samples."""
    seed: Seed = 0

    @property
    def total_degree(self) -> int:
        """Of the polynomials."""
        return self.degree or DEGREES[self.library]

    @property
    def words(self) -> str:
        """The family of fields, for people."""
        if self.degree is None:
            return {"linear": "linear fields", "affine": "affine fields", "quadratic": "fields of total degree 2"}[
                self.library
            ]
        return f"fields of total degree {self.degree}"


class PointSpectralSettings(PointSettings):
    """An eigenproblem in polynomial fields."""


class PointFlowSettings(FlowSettings, PointSettings):
    """Generator networks trained on the change of what is invariant when points are moved.

    `library` or `degree` say which polynomials the eigenproblem starts from (init="spectral"), and which formulas are
    tried for what was trained.
    """

    n_generators: int | None = Field(None, ge=1, le=256)
    """By default as many as the eigenproblem finds, or 4 from random weights."""
    steps: Steps = 600
    batch: int = Field(128, ge=2, le=LARGEST_BATCH)
    """Points in a step; every generator moves its own copy of each."""
    flow_steps: int = Field(2, ge=1, le=10_000)
    smallest: float = Field(0.25, gt=0, lt=1)
    """Changes are judged per unit of scale, so that there has to be one."""
    loss: Literal["log", "squared"] = "log"
    """Of a generator: the logarithm of the root mean square change of a batch, per unit of scale, as published (Ko, Kim
    and Lee 2024), or its mean square."""
    floor: float = Field(1e-4, gt=0, le=1)
    """Changes below this gain nothing more in the logarithm."""
    lipschitz_bound: float = Field(1.0, gt=0)
    """Steepest change of a unit field that costs nothing. No affine unit field has more than 1; what is steeper is bent
    without need."""
    solving: bool = True
    """Whether the last layers are solved for at the end, where moved points favour that."""


POINT_METHODS: dict[str, type[PointSpectralSettings | PointFlowSettings]] = {
    "spectral": PointSpectralSettings,
    "flow": PointFlowSettings,
}
"""The methods of discovery in points, each with its settings."""
