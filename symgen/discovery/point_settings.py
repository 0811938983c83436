"""Settings of discovery in points."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

DEGREES = {"linear": 1, "affine": 1, "quadratic": 2}


class PointSettings(BaseModel):
    """What every method has."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    n_generators: int | None = Field(None, ge=1, le=256)
    """By default as many as are symmetries, at least one."""
    library: Literal["linear", "affine", "quadratic"] = "affine"
    """Fields that are looked at: matrices; with translations; or polynomials of degree 2."""
    degree: int | None = Field(None, ge=1, le=6)
    """Another total degree of polynomial fields, instead of `library`."""
    held_out: float = Field(0.25, gt=0, lt=1)
    """Share of the points that defects are measured on, and no field is fitted to."""
    seed: int = Field(0, ge=0)

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


POINT_METHODS: dict[str, type[PointSettings]] = {"spectral": PointSpectralSettings}
"""The methods of discovery in points, each with its settings."""
