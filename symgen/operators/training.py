"""Training a neural operator on trajectories and their moved copies, the same way whatever the copies are."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

import torch
from pydantic import BaseModel, ConfigDict, Field
from torch.nn import functional

from symgen.bounds import Seed
from symgen.exceptions import DataError, UsageError
from symgen.operators.fourier import FourierNeuralOperator, relative_errors, unrolled_errors

WARM_UP, LAST_RATE = 0.05, 0.01
"""Part of a one-cycle schedule in which the rate rises, and its last rate as a part of its largest."""


class OperatorSettings(BaseModel):
    """All that decides an operator trained on given data; the defaults are those of Ko, Kim and Lee (2024)."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)

    history: int = Field(20, ge=1)
    future: int = Field(20, ge=1)
    width: int = Field(256, ge=1)
    modes: int = Field(32, ge=1)
    layers: int = Field(5, ge=1)
    centred: bool = False
    """See `FourierNeuralOperator`."""
    loss: Literal["square", "relative"] = "square"
    """`square`: mean(error^2). `relative`: that over mean(u^2) in each window, as errors are counted; without it, small
    solutions count for little, and gradients may sink below what AdamW adds to their size."""
    learning_rate: float = Field(1e-4, gt=0, le=100)
    """The first one of `steps`, the largest of `one-cycle`."""
    schedule: Literal["steps", "one-cycle"] = "steps"
    """`steps`: the rate is multiplied by `decay` after every quarter of the epochs. `one-cycle`: it rises in a straight
    line for WARM_UP of the updates, then falls along half a cosine to LAST_RATE (Smith and Topin 2019)."""
    decay: float = Field(0.4, gt=0, le=1)
    memory: float = Field(0.999, gt=0, lt=1)
    """How slowly AdamW forgets the sizes of gradients (beta 2)."""
    epochs: int = Field(40, ge=1)
    """After each of them the operator is validated."""
    passes: int = Field(280, ge=1)
    """Times that an epoch goes through all trajectories, each time from other start times."""
    batch: int = Field(16, ge=1)
    original: float = Field(0.5, ge=0, le=1)
    """Probability that a trajectory is taken as it is, where there are copies of it."""
    seed: Seed = 0

    def rate(self, update: int, updates_per_epoch: int) -> float:
        """Learning rate relative to `learning_rate`, at an update counted from 0."""
        if self.schedule == "steps":
            return self.decay ** (update // updates_per_epoch // math.ceil(self.epochs / 4))
        total = self.epochs * updates_per_epoch
        warm = max(1.0, WARM_UP * total)
        if update < warm:
            return (update + 1) / (warm + 1)
        fallen = min(1.0, (update - warm) / max(1.0, total - warm))
        return LAST_RATE + (1 - LAST_RATE) * (1 + math.cos(math.pi * fallen)) / 2


@dataclass(frozen=True)
class Windows:
    """Trajectories with copies of each, from which pairs of history and future are cut."""

    u: torch.Tensor
    """(N, 1 + C, nt, *grid, unknown): the originals, then their copies."""
    valid: torch.Tensor
    """(N, 1 + C, 2): first index of the times of each that may be used, and the one after the last."""
    steps: torch.Tensor
    """(N, 1 + C, dimensions + 1): of the grid, in the axes of space and in t."""

    def cut(
        self, sample: torch.Tensor, copy: torch.Tensor, place: torch.Tensor, times: int
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """Windows (B, times, *grid, unknown) of copy (B,) of sample (B,), and their steps; they start at place (B,) of
        the valid times, in [0, 1)."""
        first, end = self.valid[sample, copy].unbind(-1)
        start = first + ((end - first - times + 1) * place).long()
        rows = start[:, None] + torch.arange(times, device=start.device)
        return self.u[sample[:, None], copy[:, None], rows], self.steps[sample, copy]


@dataclass(frozen=True)
class TrainedOperator:
    """The operator of the epoch with the least validation error."""

    operator: FourierNeuralOperator
    validation: tuple[float, ...]
    """Mean unrolled error after every epoch; infinite where the operator has diverged."""
    updates: int

    @property
    def epoch(self) -> int:
        """The one that was kept, from 1."""
        return 1 + self.validation.index(min(self.validation))


def train_operator(
    data: Windows,
    held_out: torch.Tensor,
    held_out_steps: torch.Tensor,
    settings: OperatorSettings,
) -> TrainedOperator:
    """Train on windows of `data` (of one device), validate on trajectories held_out (M, nt, *grid, unknown)
    with steps (M, dimensions + 1).

    The first weights, the order of the samples, the number of updates and the draws of start times depend on the
    settings and the number of trajectories alone, so that operators of different copies are compared fairly.
    DataError for trajectories or copies without enough valid times, UsageError for a grid too coarse for the modes.
    """
    device, (count, versions, _, *grid, unknowns) = data.u.device, data.u.shape
    times = settings.history + settings.future
    if bool((data.valid[..., 1] - data.valid[..., 0] < times).any()):
        raise DataError(f"A trajectory or copy has fewer than {times} valid times, the history and future of a window.")
    if held_out.shape[1] < times:
        raise DataError(f"Validation trajectories have {held_out.shape[1]} times, fewer than the {times} of a window.")
    if settings.modes > min(grid) // 2:
        least = 2 * settings.modes
        raise UsageError(
            f"{settings.modes} modes need a grid of {least} points or more along an axis, not {min(grid)}."
        )
    operator = first_operator(settings, len(grid), unknowns).to(device)
    betas = (0.9, settings.memory)
    optimiser = torch.optim.AdamW(operator.parameters(), settings.learning_rate, betas, fused=True)
    batches = math.ceil(count * settings.passes / settings.batch)
    schedule = torch.optim.lr_scheduler.LambdaLR(optimiser, lambda update: settings.rate(update, batches))
    draw = torch.Generator().manual_seed(settings.seed)
    validation: list[float] = []
    best: dict[str, torch.Tensor] = {}
    updates = 0
    for _ in range(settings.epochs):
        for sample, copy, place in _epoch(count, versions, settings, draw):
            window, steps = data.cut(sample.to(device), copy.to(device), place.to(device), times)
            known, wanted = window.split([settings.history, settings.future], 1)
            loss = _loss(operator(known, steps), wanted, settings)
            optimiser.zero_grad()
            loss.backward()
            optimiser.step()
            schedule.step()
            updates += 1
        error = float(unrolled_errors(operator, held_out, held_out_steps).mean())
        error = error if math.isfinite(error) else math.inf
        if not validation or error < min(validation):
            best = {name: value.clone() for name, value in operator.state_dict().items()}
        validation.append(error)
    operator.load_state_dict(best)
    return TrainedOperator(operator, tuple(validation), updates)


def first_operator(settings: OperatorSettings, dimensions: int = 1, unknowns: int = 1) -> FourierNeuralOperator:
    """An untrained operator, whose weights are drawn by the seed."""
    shape = settings.model_dump(include={"history", "future", "width", "modes", "layers", "centred"})
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(settings.seed)
        return FourierNeuralOperator(**shape, dimensions=dimensions, unknowns=unknowns)


def _loss(predicted: torch.Tensor, wanted: torch.Tensor, settings: OperatorSettings) -> torch.Tensor:
    if settings.loss == "relative":
        return relative_errors(predicted, wanted).mean()
    return functional.mse_loss(predicted, wanted)


def _epoch(
    count: int, versions: int, settings: OperatorSettings, draw: torch.Generator
) -> Iterator[tuple[torch.Tensor, torch.Tensor, torch.Tensor]]:
    """Batches (sample, copy, place) of one epoch; as many numbers are drawn with copies as without."""
    samples = torch.cat([torch.randperm(count, generator=draw) for _ in range(settings.passes)])
    whether, which, place = torch.rand(3, len(samples), generator=draw, dtype=torch.float64)
    copies = torch.where(whether < settings.original, 0, 1 + (which * (versions - 1)).long())
    copies = copies if versions > 1 else torch.zeros_like(copies)
    parts = (samples.split(settings.batch), copies.split(settings.batch), place.split(settings.batch))
    return zip(*parts, strict=True)
