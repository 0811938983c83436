"""Settings of a discovery, validated."""

from __future__ import annotations

import math
from typing import Any, Literal

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


class FlowSettings(DiscoverySettings):
    """Networks trained on what is left of the equation when data are moved at finite scale."""

    n_generators: int = Field(4, ge=1)
    init: Literal["spectral", "random"] = "spectral"
    """Fitted to generators that are known already, or random weights."""
    width: int = Field(64, ge=4, le=1024)
    head_width: int = Field(32, ge=4, le=1024)
    steps: int = Field(600, ge=1)
    batch: int = Field(2, ge=1)
    """Trajectories in a step; every generator moves its own copy of each."""
    window: tuple[int, int] = (40, 64)
    """Times and points of the random piece of each trajectory that is moved."""
    refine: int = Field(2, ge=1, le=8)
    """How many times finer periodic data are made in x before they are cut."""
    accuracy: Literal[2, 4, 6, 8] = 6
    """Order of the differences on the deformed grid."""
    learning_rate: float | None = Field(None, gt=0)
    """Adam's, at its highest. By default 2e-3, or a tenth of it where fitted fields are to be kept."""
    schedule: Literal["one-cycle", "two-stage"] = "one-cycle"
    """two-stage: the learning rate is a tenth from half of the steps on."""
    sigma: float = Field(0.4, gt=0, le=2)
    """Largest scale s of the flow, of either sign."""
    smallest: float = Field(0.25, ge=0, lt=1)
    """Scales are at least this share of sigma: at s = 0 there is nothing to see but the data's own residual."""
    grow: bool = True
    """Whether sigma grows over the first steps: random fields fold the grid at full scale."""
    flow_steps: int = Field(4, ge=1)
    """Runge-Kutta steps for the scale sigma."""
    form: Literal["rms", "points"] = "rms"
    """Logarithm of the root mean square residual of a sample, or mean of the logarithms at its points."""
    clamp: float = Field(1e-4, ge=0)
    """Residuals, relative to the equation's terms, below this do not count."""
    validity_weight: float = Field(1.0, ge=0)
    orthonormality_weight: float = Field(10.0, ge=0)
    """With the published 3, a slot gains from being a copy of a symmetry that is found."""
    reorder: bool = True
    """Whether slots change places when a later one has become clearly more valid: the earlier one has the say."""
    lipschitz_weight: float = Field(1.0, ge=0)
    lipschitz_bound: float = Field(3.0, gt=0)
    """Steepest change of a unit field in normalised coordinates that costs nothing: the paper's tau."""
    sobolev_weight: float = Field(1.0, ge=0)
    sobolev_share: float = Field(0.1, ge=0, le=1)
    """Share of the steps, at the end, in which roughness in x costs."""
    clip: float = Field(10.0, gt=0)
    """Longer gradients are cut to this norm: near a fold they explode."""
    precision: Literal["float32", "float64"] = "float32"
    """Of the networks; the grid is always in float64."""
    patience: int = Field(50, ge=1)
    """Consecutive steps with most samples folded, or without finite gradient, before the training stops."""

    @classmethod
    def paper(cls, **overrides: Any) -> FlowSettings:
        """The settings of Ko, Kim and Lee (2024): 100 epochs of 1024 trajectories."""
        published: dict[str, Any] = {
            "n_generators": 4,
            "init": "random",
            "width": 256,
            "steps": 25_600,
            "batch": 4,
            "window": (64, 64),
            "learning_rate": 1e-4,
            "schedule": "two-stage",
            "sigma": 0.4,
            "smallest": 0.0,
            "grow": False,
            "flow_steps": 10,
            "form": "points",
            "clamp": 1e-4,
            "validity_weight": 1.0,
            "orthonormality_weight": 3.0,
            "reorder": False,
            "lipschitz_weight": 1.0,
            "lipschitz_bound": 3.0,
            "sobolev_share": 0.1,
        }
        return cls.model_validate({**published, **overrides})

    def sigma_at(self, step: int) -> float:
        """The largest scale in a step."""
        return self.sigma * min(1.0, 0.05 + 1.2 * step / self.steps) if self.grow else self.sigma

    def learning_rate_at(self, step: int) -> float:
        """The learning rate of a step: a tenth from half on, or up for a tenth of the steps and down to 0 (cosine)."""
        done = step / self.steps
        highest = self.learning_rate or (2e-3 if self.init == "random" else 2e-4)
        if self.schedule == "two-stage":
            return highest * (0.1 if done >= 0.5 else 1.0)
        rise = 0.1
        if done < rise:
            return highest * (0.04 + 0.96 * done / rise)
        return highest * 0.5 * (1 + math.cos(math.pi * (done - rise) / (1 - rise)))
