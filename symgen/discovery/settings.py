"""Settings of a discovery, validated."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field


class SpectralSettings(BaseModel):
    """The library and the sample of the data for the eigenproblem."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    x_degree: int | None = Field(None, ge=0, le=8)
    """Degree of polynomials in x (default 2), or number of waves in x if `periodic` (default 0: long waves are
    nearly constant and so crowd the approximate symmetries)."""
    t_degree: int = Field(12, ge=0, le=30)
    """Degree of Chebyshev polynomials in t."""
    u_degree: int = Field(2, ge=0, le=6)
    """Degree of polynomials in u."""
    periodic: bool = False
    """Only fields that are periodic in x. The default looks at open pieces of the solutions."""
    points: int = Field(32768, ge=256)
    """How many points of the data to use."""
    n_generators: int | None = Field(None, ge=1)
    """How many generators to keep; by default as many as the gap in the spectrum says."""
    seed: int = Field(0, ge=0)

    @property
    def degrees(self) -> tuple[int, int, int]:
        """Degrees in x, t and u."""
        in_x = self.x_degree if self.x_degree is not None else (0 if self.periodic else 2)
        return in_x, self.t_degree, self.u_degree
