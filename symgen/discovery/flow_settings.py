"""Settings of flow training that do not depend on what is moved."""

from __future__ import annotations

import math
from typing import Literal

from pydantic import BaseModel, Field

from symgen.bounds import LARGEST_BATCH, SETTINGS, Amount, Seed, Steps

MOST_RATE = 100.0


class FlowSettings(BaseModel):
    """Generator networks, their training, and the weights of its losses."""

    model_config = SETTINGS

    n_generators: int | None = Field(None, ge=1, le=256)
    """By default as many as are found first, or 4 from random weights."""
    init: Literal["spectral", "random"] = "spectral"
    """Fitted to generators that are known already, or random weights."""
    width: int = Field(64, ge=4, le=1024)
    head_width: int = Field(32, ge=4, le=1024)
    steps: Steps = 600
    batch: int = Field(2, ge=1, le=LARGEST_BATCH)
    """Data in a step; every generator moves its own copy of each."""
    learning_rate: float | None = Field(None, gt=0, le=MOST_RATE)
    """Adam's, at its highest. By default 3e-3, or a tenth of it where fitted fields are to be kept."""
    schedule: Literal["one-cycle", "two-stage", "constant"] = "one-cycle"
    """two-stage: the learning rate is a tenth from half of the steps on."""
    memory: float = Field(0.98, ge=0, lt=1)
    """How slowly Adam forgets the sizes of gradients (beta 2)."""
    sigma: float = Field(0.4, gt=0, le=2)
    """Largest scale s of the flow, of either sign."""
    smallest: float = Field(0.25, ge=0, lt=1)
    """Scales are at least this share of sigma: at s = 0 there is nothing to see."""
    grow: bool = True
    """Whether sigma grows over the first steps: random fields fold the grid at full scale."""
    flow_steps: int = Field(4, ge=1, le=10_000)
    """Runge-Kutta steps for the scale sigma."""
    reorder: bool = True
    """Whether slots change places, so that those come first that the most valid combinations of all consist of."""
    validity_weight: float = Field(1.0, ge=0)
    orthonormality_weight: float = Field(3.0, ge=0)
    orthonormality_form: Literal["angle", "barrier"] = "barrier"
    """See `symgen.discovery.losses.orthonormality`."""
    lipschitz_weight: float = Field(1.0, ge=0)
    lipschitz_bound: float = Field(3.0, gt=0)
    """Steepest change of a unit field that costs nothing: the paper's tau."""
    clip: float = Field(10.0, gt=0)
    """Longer gradients are cut to this norm: near a fold they explode."""
    precision: Literal["float32", "float64"] = "float32"
    """Of the networks."""
    patience: Amount = 50
    """Consecutive steps with most data folded, or without finite gradient, before the training stops."""
    seed: Seed = 0

    @property
    def count(self) -> int:
        """How many generators are trained; ValueError while that is left to what is found first."""
        if self.n_generators is None:
            raise ValueError("the number of generators is not decided yet")
        return self.n_generators

    def sigma_at(self, step: int) -> float:
        """The largest scale in a step."""
        return self.sigma * min(1.0, 0.05 + 1.2 * step / self.steps) if self.grow else self.sigma

    def learning_rate_at(self, step: int) -> float:
        """The learning rate of a step, by the schedule; one-cycle: up for a tenth of the steps, down to 0 (cosine)."""
        done = step / self.steps
        highest = self.learning_rate or (3e-3 if self.init == "random" else 3e-4)
        if self.schedule == "constant":
            return highest
        if self.schedule == "two-stage":
            return highest * (0.1 if done >= 0.5 else 1.0)
        rise = 0.1
        if done < rise:
            return highest * (0.04 + 0.96 * done / rise)
        return highest * 0.5 * (1 + math.cos(math.pi * (done - rise) / (1 - rise)))
