"""Settings of flow training on points."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from symgen.discovery.flow_settings import FlowSettings
from symgen.discovery.point_settings import PointSettings


class PointFlowSettings(FlowSettings, PointSettings):
    """Generator networks trained on the change of what is invariant when points are moved.

    `library` or `degree` say which polynomials the eigenproblem starts from (init="spectral"), and which formulas are
    tried for what was trained.
    """

    n_generators: int | None = Field(None, ge=1, le=256)
    """By default as many as the eigenproblem finds, or 4 from random weights."""
    steps: int = Field(600, ge=1)
    batch: int = Field(128, ge=2)
    """Points in a step; every generator moves its own copy of each."""
    flow_steps: int = Field(2, ge=1)
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
