"""Settings of a discovery, validated."""

from __future__ import annotations

from typing import Any, Literal, Self

from pydantic import BaseModel, Field, model_validator

from symgen.bounds import LARGEST_BATCH, MOST, SETTINGS, Amount, Seed, Steps
from symgen.discovery.flow_settings import MOST_RATE, FlowSettings

MOST_HIDDEN_UNITS = 1024
"""Of all heads, whose last layers are solved for: an eigenproblem of three times the size."""


class DiscoverySettings(BaseModel):
    """What all methods share."""

    model_config = SETTINGS

    points: int = Field(32768, ge=256, le=MOST)
    """How many points of the data to use."""
    n_generators: Amount | None = None
    """How many generators to keep; by default as many as the gap in the spectrum says."""
    seed: Seed = 0
    confidence: float = Field(0.95, ge=0.5, lt=1)
    """With which the bounds of defects hold, and with which a symmetry is called one."""


class PdeSettings(DiscoverySettings):
    """What all methods for one unknown u(x, t) share."""

    periodic: bool = False
    """Only fields that are periodic in x. The default looks at open pieces of the solutions."""


class SpectralSettings(PdeSettings):
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


class SystemSettings(DiscoverySettings):
    """The library of the eigenproblem for systems: polynomials of a total degree in all variables."""

    degree: int = Field(2, ge=0, le=6)
    """Total degree in all independent variables and unknowns."""
    t_degree: int | None = Field(None, ge=0, le=30)
    """Degree in t alone, if it is to be higher: for symmetries such as exp(t) or cos(t) times others."""

    @model_validator(mode="after")
    def _higher_in_t(self) -> SystemSettings:
        if self.t_degree is not None and self.t_degree < self.degree:
            raise ValueError(f"t_degree is at least the degree in all coordinates together, {self.degree}")
        return self


class SystemNetworkSettings(DiscoverySettings):
    """A trunk trained by variable projection."""

    width: int = Field(64, ge=4, le=1024)
    """Features of the trunk. Ko, Kim and Lee (2024) have 256."""
    steps: Steps = 200
    learning_rate: float = Field(5e-3, gt=0, le=MOST_RATE)
    batch: int = Field(1024, ge=256, le=LARGEST_BATCH)
    """Points of the data in a step."""
    trained: Amount = 4
    """How many fields the trunk is trained for: those of least defect."""

    @model_validator(mode="after")
    def _fewer_features_than_points(self) -> Self:
        if self.width >= self.batch:
            raise ValueError(
                f"a batch of {self.batch} points does not determine the {self.width + 1} features of width "
                f"{self.width}: take a batch of more points than the width"
            )
        return self


class NetworkSettings(SystemNetworkSettings, PdeSettings):
    """The same for one unknown u(x, t)."""


WINDOWS: dict[int, tuple[int, ...]] = {1: (64,), 2: (40, 64), 3: (16,) * 3, 4: (10,) * 4}
"""Times and points of the random piece of each solution that is moved, by the number of variables."""
ACCURACIES: dict[int, int] = {1: 6, 2: 6, 3: 4, 4: 2}
"""Order of the differences: high ones leave little of a window with many edges."""


class SystemFlowSettings(FlowSettings, DiscoverySettings):
    """Networks trained on what is left of the equations when data are moved at finite scale."""

    window: tuple[Amount, ...] | None = None
    """Times and points along each axis of the random piece of each solution that is moved. By default `WINDOWS`."""
    refine: int = Field(2, ge=1, le=8)
    """How many times finer periodic data are made in x before they are cut."""
    accuracy: Literal[2, 4, 6, 8] | None = None
    """Order of the differences on the deformed grid. By default `ACCURACIES`."""
    form: Literal["rms", "points"] = "rms"
    """Logarithm of the root mean square residual of a sample, or mean of the logarithms at its points."""
    clamp: float | None = Field(None, ge=0)
    """Residuals, relative to the equation's terms, below this do not count. By default 1e-4, or 0.02 from random
    weights: the logarithm of a residual that is nearly 0 has a huge gradient, mostly noise, which drowns those of the
    fields that are not found yet."""
    solve: bool | None = None
    """Whether in the end the last layers of the heads are solved for, see `symgen.discovery.last_layers`, and kept if
    moved data are left with less. By default from random weights, where heads have at most 1024 hidden units in all."""
    sobolev_weight: float = Field(1.0, ge=0)
    sobolev_share: float = Field(0.1, ge=0, le=1)
    """Share of the steps, at the end, in which roughness in x costs."""

    @property
    def floor(self) -> float:
        """The clamp in force."""
        return self.clamp if self.clamp is not None else (0.02 if self.init == "random" else 1e-4)

    def window_of(self, variables: int) -> tuple[int, ...]:
        """The window in force for data of so many variables."""
        return WINDOWS[variables] if self.window is None else self.window

    def accuracy_of(self, variables: int) -> int:
        """The order of the differences in force for data of so many variables."""
        return ACCURACIES[variables] if self.accuracy is None else self.accuracy

    @property
    def hidden_units(self) -> int:
        """Those of all heads; 0 while their number is left to what is found first."""
        return (self.n_generators or 0) * self.head_width

    @property
    def solving(self) -> bool:
        """Whether last layers are solved for."""
        by_default = self.init == "random" and self.hidden_units <= MOST_HIDDEN_UNITS
        return by_default if self.solve is None else self.solve

    @model_validator(mode="after")
    def _few_enough(self) -> Self:
        if self.solve and self.hidden_units > MOST_HIDDEN_UNITS:
            raise ValueError(f"solve is for {MOST_HIDDEN_UNITS} hidden units in all heads, not {self.hidden_units}")
        return self

    @classmethod
    def paper(cls, **overrides: Any) -> Self:
        """The settings of Ko, Kim and Lee (2024): 100 epochs of 1024 trajectories."""
        published: dict[str, Any] = {
            "n_generators": 4,
            "init": "random",
            "width": 256,
            "steps": 25_600,
            "batch": 4,
            "learning_rate": 1e-4,
            "memory": 0.999,
            "schedule": "two-stage",
            "sigma": 0.4,
            "smallest": 0.0,
            "grow": False,
            "flow_steps": 10,
            "form": "points",
            "clamp": 1e-4,
            "validity_weight": 1.0,
            "orthonormality_weight": 3.0,
            "orthonormality_form": "angle",
            "reorder": False,
            "solve": False,
            "lipschitz_weight": 1.0,
            "lipschitz_bound": 3.0,
            "sobolev_share": 0.1,
        }
        return cls.model_validate({**published, **overrides})


class PdeFlowSettings(SystemFlowSettings, PdeSettings):
    """The same for one unknown u(x, t)."""

    window: tuple[Amount, Amount] = (40, 64)
    """Times and points of the random piece of each trajectory that is moved."""
    accuracy: Literal[2, 4, 6, 8] = 6

    @classmethod
    def paper(cls, **overrides: Any) -> Self:
        """Those have fields periodic in x, and windows of 64 x 64."""
        return super().paper(**{"periodic": True, "window": (64, 64), **overrides})


METHODS: dict[str, type[SpectralSettings | NetworkSettings | PdeFlowSettings]] = {
    "spectral": SpectralSettings,
    "network": NetworkSettings,
    "flow": PdeFlowSettings,
}
"""The methods of discovery for equations, each with its settings."""
SYSTEM_METHODS: dict[str, type[SystemSettings | SystemNetworkSettings | SystemFlowSettings]] = {
    "spectral": SystemSettings,
    "network": SystemNetworkSettings,
    "flow": SystemFlowSettings,
}
"""Those for systems."""
