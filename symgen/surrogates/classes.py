"""Logits fitted to classes: log p(class | point) is what symmetries of a classification leave as it is.

Each of the points' halves trains a member, for a few ways of halving them: on the other half it is judged. Networks
compete with softmax regression on polynomials of degree 1 and 2, which wins if it predicts about as well.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Literal

import torch
from torch.nn import functional

from symgen.surrogates.candidates import CHUNK, SIGNIFICANT, Fit
from symgen.surrogates.disagreement import gradients
from symgen.surrogates.network import Progress, TrainingPlan, cross_entropy, train_ensemble
from symgen.surrogates.polynomial import Monomials, terms

HALVINGS = 2
RIDGE = 1e-3
"""Of softmax regression, on coefficients of columns of deviation 1: the only bound where classes do not overlap."""
HIGHEST_DEGREE = 2
LOOKED_AT = 2000
"""Points at which gradients are compared."""


@dataclass(frozen=True)
class Classifier:
    """Fits of logits to halves of the points, and what they leave of the other halves."""

    members: tuple[Fit, ...]
    """z (B, m) -> logits (B, C), centred; two by two of the halves of one way."""
    losses: torch.Tensor
    """(n,) cross-entropy of held-out points, in nats, mean over the ways."""
    accuracy: float
    """Share of the held-out points that are classified rightly."""
    degree: int | None = None
    """Of a polynomial; None for networks."""

    def mean(self, z: torch.Tensor) -> torch.Tensor:
        """Of all members."""
        return torch.stack([member(z) for member in self.members]).mean(0)


def fit_classes(
    z: torch.Tensor,
    labels: torch.Tensor,
    count: int,
    plan: TrainingPlan,
    kind: Literal["auto", "polynomial", "network"],
    seed: int,
    progress: Progress | None,
) -> tuple[Classifier, float, float]:
    """The simplest classifier that predicts held-out labels (n,) about as well as the best one, and the errors of its
    logits and of their gradients, relative to their deviation.

    Networks are trained in any case: what polynomials do not follow shows in nothing else.
    """
    draw = torch.Generator().manual_seed(seed)
    halves = [half.to(z.device) for _ in range(HALVINGS) for half in torch.randperm(len(z), generator=draw).chunk(2)]
    found = []
    for q in range(1, HIGHEST_DEGREE + 1):
        if q == 1 or 4 * terms(z.shape[1], q) <= len(z):
            found.append(_judged(_softmax(z, labels, count, halves, q), z, labels, halves, q))
    model = train_ensemble(z, labels, count, halves, cross_entropy, plan, seed, progress)
    networks = _judged([_centred(member) for member in model.members()], z, labels, halves, None)
    allowed = {"auto": [*found, networks], "polynomial": found, "network": [networks]}[kind]
    best = min(allowed, key=lambda c: c.losses.mean().item())
    chosen = next(c for c in allowed if not _worse(c, best))
    return chosen, *_errors(chosen, None if chosen is networks else networks, z)


def _worse(one: Classifier, other: Classifier) -> bool:
    more = one.losses - other.losses
    return more.mean().item() > SIGNIFICANT * more.std().item() / len(more) ** 0.5


def _judged(
    members: list[Fit], z: torch.Tensor, labels: torch.Tensor, halves: list[torch.Tensor], degree: int | None
) -> Classifier:
    losses, right = z.new_zeros(len(z)), 0.0
    for i, member in enumerate(members):
        held = halves[i ^ 1]
        with torch.no_grad():
            logits = torch.cat([member(some) for some in z[held].split(CHUNK)])
        losses[held] += functional.cross_entropy(logits, labels[held], reduction="none") / HALVINGS
        right += (logits.argmax(1) == labels[held]).double().sum().item() / HALVINGS
    return Classifier(tuple(members), losses, right / len(z), degree)


def _softmax(z: torch.Tensor, labels: torch.Tensor, count: int, halves: list[torch.Tensor], degree: int) -> list[Fit]:
    """Ridge softmax regression on monomials, by L-BFGS."""
    monomials = Monomials(z.shape[1], degree, z.device)
    columns = monomials(z)
    origin, size = columns.mean(0), columns.std(0, correction=0)
    origin[0], size[0] = 0.0, 1.0
    size = torch.where(size > 0, size, torch.ones_like(size))
    columns = (columns - origin) / size
    found: list[Fit] = []
    for half in halves:
        weights = torch.zeros(columns.shape[1], count, dtype=z.dtype, device=z.device, requires_grad=True)
        optimizer = torch.optim.LBFGS([weights], max_iter=200, history_size=20, line_search_fn="strong_wolfe")
        own, wanted = columns[half], labels[half]

        optimizer.step(partial(_ridge_loss, weights, own, wanted))
        found.append(_centred(_linear(monomials, origin, size, weights.detach())))
    return found


def _ridge_loss(weights: torch.Tensor, columns: torch.Tensor, labels: torch.Tensor) -> torch.Tensor:
    weights.grad = None
    value = functional.cross_entropy(columns @ weights, labels) + RIDGE * weights[1:].square().sum()
    value.backward()
    return value


def _linear(monomials: Monomials, origin: torch.Tensor, size: torch.Tensor, weights: torch.Tensor) -> Fit:
    return lambda z: ((monomials(z) - origin) / size) @ weights


def _centred(fit: Callable[[torch.Tensor], torch.Tensor]) -> Fit:
    def centred(z: torch.Tensor) -> torch.Tensor:
        logits = fit(z)
        return logits - logits.mean(1, keepdim=True)

    return centred


def _errors(chosen: Classifier, other: Classifier | None, z: torch.Tensor) -> tuple[float, float]:
    """Of logits and of their gradients: what members of two halves differ by, and the simpler fit and networks."""
    some = z[:LOOKED_AT]
    with torch.no_grad():
        logits = [member(some) for member in chosen.members]
        beside = other.mean(some) if other else None
    slopes = [gradients(member, some) for member in chosen.members]
    steep = gradients(other.mean, some) if other else None
    mean, slope = torch.stack(logits).mean(0), torch.stack(slopes).mean(0)
    size = (mean - mean.mean(0)).square().mean()
    values = (_apart(logits) + ((mean - beside).square().mean() if beside is not None else 0)) / size
    rises = (_apart(slopes) + ((slope - steep).square().mean() if steep is not None else 0)) / slope.square().mean()
    return float(values**0.5), float(rises**0.5)


def _apart(members: list[torch.Tensor]) -> torch.Tensor:
    """Mean square difference of two halves."""
    pairs = [(one - two).square().mean() for one, two in zip(members[::2], members[1::2], strict=True)]
    return torch.stack(pairs).mean()
