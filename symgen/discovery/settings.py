"""Settings of a discovery, validated."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field


class DiscoverySettings(BaseModel):
    """What all methods share."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    periodic: bool = False
    """Only fields that are periodic in x. The default looks at open pieces of the solutions."""
    points: int = Field(32768, ge=256)
    """How many points of the data to use."""
    n_generators: int | None = Field(None, ge=1)
    """How many generators to keep; by default as many as the gap in the spectrum says."""
    seed: int = Field(0, ge=0)


class SpectralSettings(DiscoverySettings):
    """The library of the eigenproblem."""

    x_degree: int | None = Field(None, ge=0, le=8)
    """Degree of polynomials in x (default 2), or number of waves in x if `periodic` (default 0: long waves are
    nearly constant and so crowd the approximate symmetries)."""
    t_degree: int = Field(12, ge=0, le=30)
    """Degree of Chebyshev polynomials in t."""
    u_degree: int = Field(2, ge=0, le=6)
    """Degree of polynomials in u."""

    @property
    def degrees(self) -> tuple[int, int, int]:
        """Degrees in x, t and u."""
        in_x = self.x_degree if self.x_degree is not None else (0 if self.periodic else 2)
        return in_x, self.t_degree, self.u_degree


class NetworkSettings(DiscoverySettings):
    """A trunk trained by variable projection."""

    width: int = Field(64, ge=4, le=1024)
    """Features of the trunk. Ko, Kim and Lee (2024) have 256."""
    steps: int = Field(200, ge=0)
    learning_rate: float = Field(5e-3, gt=0)
    batch: int = Field(1024, ge=256)
    """Points of the data in a step."""
    trained: int = Field(4, ge=1)
    """How many fields the trunk is trained for: those of least validity."""
