"""Settings of the extractor's training."""

from __future__ import annotations

from typing import Literal, Self

from pydantic import BaseModel, Field, model_validator

from symgen.bounds import LARGEST_BATCH, SETTINGS, Seed

Architecture = Literal["whitened", "resnet18-cifar"]
"""Networks that symgen trains and reads: `WhitenedNet` and `CifarResNet18`."""


class TrainingSettings(BaseModel):
    """How the extractor is trained: SGD with Nesterov momentum, cross-entropy.

    By default a one-cycle schedule (Smith and Topin 2018) that begins on reduced images, where a step costs a
    quarter: five epochs at half the size, two at three quarters, two at full size. `paper` gives the settings of
    Ko, Kim and Lee (2024).
    """

    model_config = SETTINGS

    architecture: Architecture = "resnet18-cifar"
    width: int = Field(default=64, ge=1, le=1024)
    stages: tuple[tuple[float, int], ...] = ((0.5, 5), (0.75, 2), (1.0, 2))
    """Relative size of the images and epochs; the last stage is at full size."""
    schedule: Literal["one-cycle", "steps"] = "one-cycle"
    lr: float = Field(default=0.4, gt=0)
    """The largest learning rate."""
    warm_up: float = Field(default=0.25, ge=0, lt=1)
    """Share of the steps in which the rate of the one-cycle schedule rises, from a fifth."""
    milestones: tuple[int, ...] = (60, 120, 160)
    """Epochs at which the rate of the schedule in steps falls to a fifth."""
    momentum: float = Field(default=0.9, ge=0, lt=1)
    weight_decay: float = Field(default=5e-4, ge=0)
    bias_rate: float = Field(default=1, gt=0)
    """Learning rate of the biases and scales of normalisations, relative to the others. A step decays both equally."""
    batch: int = Field(default=128, ge=2, le=LARGEST_BATCH)
    label_smoothing: float = Field(default=0.1, ge=0, lt=1)
    flips: bool = False
    """Mirror every image left to right with probability 1/2."""
    seed: Seed = 0

    @model_validator(mode="after")
    def _stages_make_sense(self) -> Self:
        if not self.stages or self.stages[-1][0] != 1:
            raise ValueError("the last stage must be at full size, 1.0")
        if not all(0 < size <= 1 and epochs >= 1 for size, epochs in self.stages):
            raise ValueError("stages are pairs of a relative size in (0, 1] and at least one epoch")
        return self

    @classmethod
    def paper(cls, width: int = 64, seed: int = 0) -> TrainingSettings:
        """200 epochs from a rate of 0.1, a fifth at 60, 120 and 160, batches of 128, no augmentation."""
        return cls(width=width, seed=seed, stages=((1.0, 200),), schedule="steps", lr=0.1, label_smoothing=0)

    @classmethod
    def whitened(cls, width: int = 64, seed: int = 0) -> TrainingSettings:
        """Ten epochs of a `WhitenedNet`, six at half the size: more accurate than the default, in the same time."""
        return cls(
            architecture="whitened",
            width=width,
            seed=seed,
            stages=((0.5, 6), (0.75, 2), (1.0, 2)),
            lr=0.75,
            bias_rate=16,
            momentum=0.85,
            weight_decay=1.3e-3,
            batch=256,
            label_smoothing=0.2,
        )

    def with_batch(self, batch: int) -> Self:
        """Batches of another size, and a rate in proportion (Goyal et al. 2017)."""
        return self.model_copy(update={"batch": batch, "lr": self.lr * batch / self.batch})

    def fitting(self, images: int) -> Self:
        """With batches small enough that an epoch of so many images has four steps."""
        most = max(2, images // 4)
        return self if self.batch <= most else self.with_batch(most)

    @property
    def epochs(self) -> int:
        """Of all stages."""
        return sum(epochs for _, epochs in self.stages)

    def rate(self, step: int, steps_per_epoch: int) -> float:
        """Learning rate relative to the largest, at a step counted from 0."""
        if self.schedule == "steps":
            return 0.2 ** sum(step >= milestone * steps_per_epoch for milestone in self.milestones)
        done = (step + 1) / (self.epochs * steps_per_epoch)
        return 0.2 + 0.8 * done / self.warm_up if done < self.warm_up else (1 - done) / (1 - self.warm_up)
