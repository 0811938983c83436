"""A few small networks side by side, each trained on points of its own: their mean is what is differentiated.

Smooth activations (SiLU), decoupled weight decay (Loshchilov and Hutter, 2019) and one cycle of the step (Smith and
Topin, 2018). A share of each member's points is set aside and says which of its states is kept.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import pairwise
from typing import Any

import torch
from torch import nn
from torch.nn import functional

from symgen.exceptions import TrainingError

Progress = Callable[[int, int], None]
Loss = Callable[[torch.Tensor, torch.Tensor], torch.Tensor]
"""Outputs (K, B, p) and targets (K, B, ...) -> (K, B)."""
ASIDE = 0.1
"""Share of a member's points that it stops by."""
LOOKS = 50
"""Times that a training looks at these."""


@dataclass(frozen=True)
class TrainingPlan:
    """How members are trained; all of them alike."""

    widths: tuple[int, ...] = (96, 96, 96)
    steps: int = 4000
    batch: int = 256
    step_size: float = 3e-3
    weight_decay: float = 0.1


class Ensemble(nn.Module):
    """K networks of one shape, as batched matrices: (B, m) or (K, B, m) -> (K, B, p)."""

    def __init__(self, members: int, sizes: Sequence[int], generator: torch.Generator):
        super().__init__()
        self.weights, self.biases = nn.ParameterList(), nn.ParameterList()
        for wide, narrow in pairwise(sizes):
            bound = wide**-0.5
            for kind, shape in ((self.weights, (members, wide, narrow)), (self.biases, (members, 1, narrow))):
                kind.append(nn.Parameter(bound * (2 * torch.rand(shape, generator=generator) - 1)))

    def forward(self, z: torch.Tensor) -> torch.Tensor:
        """Each member its own points, or all of them the same."""
        hidden = z
        for i, (weight, bias) in enumerate(zip(self.weights, self.biases, strict=True)):
            hidden = (functional.silu(hidden) if i else hidden) @ weight + bias
        return hidden

    def mean(self, z: torch.Tensor) -> torch.Tensor:
        """Of all members, (B, m) -> (B, p)."""
        return self(z).mean(0)

    def member(self, number: int, z: torch.Tensor) -> torch.Tensor:
        """One of them, (B, m) -> (B, p)."""
        hidden = z
        for i, (weight, bias) in enumerate(zip(self.weights, self.biases, strict=True)):
            hidden = (functional.silu(hidden) if i else hidden) @ weight[number] + bias[number]
        return hidden

    def members(self) -> list[Callable[[torch.Tensor], torch.Tensor]]:
        """Each by itself."""
        return [partial(self.member, number) for number in range(len(self.weights[0]))]


def squared_error(outputs: torch.Tensor, targets: torch.Tensor) -> torch.Tensor:
    """Mean over the components."""
    return (outputs - targets).square().mean(-1)


def cross_entropy(outputs: torch.Tensor, targets: torch.Tensor) -> torch.Tensor:
    """Of logits and labels (K, B)."""
    return functional.cross_entropy(outputs.flatten(0, 1), targets.flatten(), reduction="none").view(targets.shape)


def train_ensemble(
    z: torch.Tensor,
    targets: torch.Tensor,
    outputs: int,
    parts: Sequence[torch.Tensor],
    loss: Loss,
    plan: TrainingPlan,
    seed: int = 0,
    progress: Progress | None = None,
) -> Ensemble:
    """Train a network (float32, where z is) on each of the `parts`, indices of points z (n, m); `targets` (n, p) or
    labels (n,). The result is in float64.

    Raises TrainingError if the loss is not finite.
    """
    draw = torch.Generator().manual_seed(seed)
    shuffled = [part[torch.randperm(len(part), generator=draw)] for part in parts]
    aside = [part[: max(1, int(ASIDE * len(part)))].to(z.device) for part in shuffled]
    used = [part[max(1, int(ASIDE * len(part))) :] for part in shuffled]
    inputs = z.float()
    wanted = targets.float() if targets.is_floating_point() else targets
    model = Ensemble(len(parts), (z.shape[1], *plan.widths, outputs), draw).to(z.device)
    decayed: list[dict[str, Any]] = [
        {"params": list(model.weights)},
        {"params": list(model.biases), "weight_decay": 0.0},
    ]
    optimizer = torch.optim.AdamW(decayed, lr=plan.step_size, weight_decay=plan.weight_decay)
    cycle = torch.optim.lr_scheduler.OneCycleLR(optimizer, plan.step_size, total_steps=plan.steps, pct_start=0.1)
    batch = min(plan.batch, max(16, min(map(len, used)) // 4))
    orders = _Orders(used, batch, draw)
    best = _Best(model)
    for step in range(1, plan.steps + 1):
        chosen = orders.next().to(z.device)
        value = loss(model(inputs[chosen]), wanted[chosen])
        optimizer.zero_grad()
        value.mean(1).sum().backward()
        optimizer.step()
        cycle.step()
        if step % max(1, plan.steps // LOOKS) == 0 or step == plan.steps:
            best.look(_losses(model, inputs, wanted, aside, loss))
            if progress:
                progress(step, plan.steps)
    return best.restore().double().requires_grad_(False)


class _Orders:
    """Batches of each member's points, every point once before any comes again."""

    def __init__(self, parts: Sequence[torch.Tensor], batch: int, generator: torch.Generator):
        self._parts, self._batch, self._generator = parts, batch, generator
        self._left = [part[:0] for part in parts]

    def next(self) -> torch.Tensor:
        """(K, B) indices."""
        for i, part in enumerate(self._parts):
            while len(self._left[i]) < self._batch:
                order = part[torch.randperm(len(part), generator=self._generator)]
                self._left[i] = torch.cat([self._left[i], order])
        chosen = torch.stack([left[: self._batch] for left in self._left])
        self._left = [left[self._batch :] for left in self._left]
        return chosen


class _Best:
    """The state of each member at which its loss on the points set aside was least."""

    def __init__(self, model: Ensemble):
        self._model = model
        self._states = [p.detach().clone() for p in model.parameters()]
        self._losses = torch.full((len(self._states[0]),), float("inf"), device=self._states[0].device)

    def look(self, losses: torch.Tensor) -> None:
        if not losses.isfinite().all():
            raise TrainingError("The training of the surrogate's network broke down: its loss is not finite.")
        better = losses < self._losses
        self._losses = torch.where(better, losses, self._losses)
        for state, now in zip(self._states, self._model.parameters(), strict=True):
            state[better] = now.detach()[better]

    def restore(self) -> Ensemble:
        with torch.no_grad():
            for state, now in zip(self._states, self._model.parameters(), strict=True):
                now.copy_(state)
        return self._model


@torch.no_grad()
def _losses(
    model: Ensemble, z: torch.Tensor, targets: torch.Tensor, parts: Sequence[torch.Tensor], loss: Loss
) -> torch.Tensor:
    """Of every member on points of its own, (K,)."""
    size = min(map(len, parts))
    own = torch.stack([part[:size] for part in parts])
    return loss(model(z[own]), targets[own]).mean(1)
