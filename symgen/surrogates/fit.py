"""A differentiable function that predicts the labels of points: what stands for them where symmetries are sought."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import torch
from pydantic import BaseModel, ConfigDict, Field

from symgen.bounds import AtLeastOne, Seed
from symgen.exceptions import DataError, UsageError
from symgen.generators.domains import SurrogateRecord
from symgen.points.point_set import PointSet
from symgen.points.target import Target
from symgen.surrogates.candidates import Problem
from symgen.surrogates.classes import fit_classes
from symgen.surrogates.network import Progress, TrainingPlan
from symgen.surrogates.normalised import CONSTANT, Normalised
from symgen.surrogates.regression import fit_regression

MOST_POINTS = 30000
"""Of a larger set as many are drawn at random."""
LEAST_EXPLAINED = 0.25
"""Share of the variance of held-out points below which nothing is said of the target."""
LEAST_BEYOND_CHANCE = 0.1
"""Share of the errors of chance that a classifier must avoid."""
SIGNIFICANT = 3.0
"""Standard errors by which it must."""
LEAST_OF_CLASS = 8
"""Points of each class: halves of them are fitted."""


class SurrogateSettings(BaseModel):
    """How a surrogate is fitted."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)

    kind: Literal["auto", "polynomial", "network"] = "auto"
    """`auto`: polynomials, and networks where these do not suffice; whichever predicts held-out points better."""
    degree: int | None = Field(default=None, ge=1, le=8)
    """Highest total degree of polynomials; by default what the points bear."""
    transforms: bool = True
    """Try the square and the logarithm of a target, too, where they are monotone."""
    folds: int = Field(default=5, ge=2, le=20)
    widths: tuple[AtLeastOne, ...] = Field(default=(96, 96, 96), min_length=1)
    """Hidden layers of a network."""
    steps: int = Field(default=4000, ge=1)
    """Of its training."""
    seed: Seed = 0

    @property
    def plan(self) -> TrainingPlan:
        """Of the networks."""
        return TrainingPlan(widths=self.widths, steps=self.steps)


def fit_surrogate(
    points: PointSet,
    values: torch.Tensor,
    names: Sequence[str],
    classes: Sequence[str] | None = None,
    settings: SurrogateSettings | None = None,
    progress: Progress | None = None,
    device: str | torch.device = "cpu",
) -> Target:
    """Fit a function to `values` (n, p), p components `names`, or to labels (n,), whole numbers from 0 of `classes`.

    Several components are fitted together. Labels of classes are fitted through logits, centred over the classes, and
    the target has a component for each class, called by
    `names` if there are so many. `progress(step, steps)` counts the training of networks. The function is
    on `device`.

    Raises DataError for labels that are not finite or constant, too few points, or labels that the points do not
    predict: below a quarter of their variance, or hardly better than by the most frequent class.
    """
    settings = settings or SurrogateSettings()
    values = torch.as_tensor(values, device=device)
    if len(values) != points.count:
        raise UsageError(f"There are {len(values)} labels for {points.count} points.")
    points = points.to(device)
    normalised = Normalised(points)
    draw = torch.Generator().manual_seed(settings.seed)
    order = torch.randperm(points.count, generator=draw)[:MOST_POINTS].to(device)
    z = normalised(points.values[order])
    _require_enough(z)
    if classes is not None:
        labels = _labels(values, classes)[order]
        return _classified(normalised, z, labels, names, classes, settings, progress)
    numbers = values.double() if values.ndim > 1 else values.double()[:, None]
    if numbers.ndim != 2 or numbers.shape[1] != len(names):
        raise UsageError(f"There are {len(names)} names for targets of shape {tuple(values.shape)}.")
    _require_finite(numbers, names)
    _require_variety(numbers[order], names)
    return _fitted(normalised, z, numbers[order], names, settings, progress)


def _fitted(
    normalised: Normalised,
    z: torch.Tensor,
    values: torch.Tensor,
    names: Sequence[str],
    settings: SurrogateSettings,
    progress: Progress | None,
) -> Target:
    problem = Problem(z, values, _folds(z, settings.folds))
    degree = 0 if settings.kind == "network" else settings.degree
    plan = None if settings.kind == "polynomial" else settings.plan
    chosen, gradient = fit_regression(problem, degree, plan, settings.transforms, settings.seed, progress)
    explained = 1 - chosen.squares.mean(0)
    for name, share in zip(names, explained.tolist(), strict=True):
        if not share >= LEAST_EXPLAINED:
            raise _unpredictable(name, f"the best fit explains {max(share, 0):.0%} of its variance on held-out points")
    record = SurrogateRecord(
        kind="network" if chosen.degree is None else "polynomial",
        degree=chosen.degree,
        widths=settings.widths if chosen.degree is None else (),
        transform=chosen.scale.transform.name,
        error=chosen.error,
        explained=explained.mean().item(),
        gradient_error=gradient,
        accuracy=None,
        chance=None,
        folds=settings.folds,
        points=len(z),
    )
    fit = chosen.fits()[0]

    def function(x: torch.Tensor) -> torch.Tensor:
        return chosen.scale.transformed(fit(normalised(x)))

    what = chosen.scale.transform.words.format(_listed(names))
    how = f"a polynomial of degree {chosen.degree}" if chosen.degree else f"{settings.folds} networks"
    return Target(function, tuple(names), f"{what}, fitted by {how}", record.error, gradient, record)


def _folds(z: torch.Tensor, count: int) -> torch.Tensor:
    """Which points (n, m) are held out together (n,): copies of a point are, as one would predict the other."""
    which = torch.unique(z, dim=0, return_inverse=True)[1]
    distinct = int(which.max()) + 1
    if distinct < 2 * count:
        return torch.arange(len(z), device=z.device) % count
    places = torch.arange(len(z), device=z.device)
    first = places.new_full((distinct,), len(z)).scatter_reduce(0, which, places, "amin")
    return first.argsort().argsort()[which] % count  # in the order of the points, which is random


def _classified(
    normalised: Normalised,
    z: torch.Tensor,
    labels: torch.Tensor,
    names: Sequence[str],
    classes: Sequence[str],
    settings: SurrogateSettings,
    progress: Progress | None,
) -> Target:
    chosen, error, gradient = fit_classes(
        z, labels, len(classes), settings.plan, settings.kind, settings.seed, progress
    )
    shares = labels.bincount(minlength=len(classes)).double() / len(labels)
    chance = shares.max().item()
    beyond = LEAST_BEYOND_CHANCE * (1 - chance), SIGNIFICANT * (chance * (1 - chance) / len(labels)) ** 0.5
    if not chosen.accuracy - chance > max(beyond):
        raise _unpredictable(
            _listed(names),
            f"{chosen.accuracy:.1%} of held-out points are classified rightly, where saying "
            f"{classes[int(shares.argmax())]} of all is right for {chance:.1%}",
        )
    known = shares[shares > 0]
    record = SurrogateRecord(
        kind="network" if chosen.degree is None else "polynomial",
        degree=chosen.degree,
        widths=settings.widths if chosen.degree is None else (),
        error=error,
        explained=1 + chosen.losses.mean().item() / (known * known.log()).sum().item(),
        gradient_error=gradient,
        accuracy=chosen.accuracy,
        chance=chance,
        folds=2,
        points=len(z),
    )
    how = f"polynomials of degree {chosen.degree}" if chosen.degree else f"{len(chosen.members)} networks"
    own = tuple(names) if len(names) == len(classes) else tuple(f"logit_{i}" for i in range(1, len(classes) + 1))
    words = f"logits of {_listed(names)}, fitted by {how}"
    return Target(lambda x: chosen.mean(normalised(x)), own, words, error, gradient, record)


def _unpredictable(name: str, why: str) -> DataError:
    return DataError(
        f"{name} cannot be predicted from the points, so nothing can be said of its symmetry: {why}. Give more points, "
        "the columns that it depends on, or the function itself."
    )


def _labels(values: torch.Tensor, classes: Sequence[str]) -> torch.Tensor:
    """Checked: whole numbers (n,), each class at least LEAST_OF_CLASS times."""
    if values.ndim != 1 or not torch.equal(values, values.round()):  # NaN is not even itself
        raise UsageError("Labels of classes are whole numbers, one for each point.")
    labels = values.long()
    if labels.min() < 0 or labels.max() >= len(classes):
        raise DataError(f"Labels are from {labels.min()} to {labels.max()}, which do not count {len(classes)} classes.")
    counts = labels.bincount(minlength=len(classes)).tolist()
    if len(classes) < 2 or max(counts) == len(labels):
        raise DataError(f"All points are of one class, {classes[int(labels[0])]}: there is nothing to tell apart.")
    for name, count in zip(classes, counts, strict=True):
        if count < LEAST_OF_CLASS:
            raise DataError(f"Class {name} has {count} points, too few to learn it from: leave it out, or give more.")
    return labels


def _require_finite(values: torch.Tensor, names: Sequence[str]) -> None:
    bad = ~values.flatten(1).isfinite().all(1) if values.ndim > 1 else ~values.isfinite()
    if bad.any():
        raise DataError(
            f"{int(bad.sum())} of {len(values)} values of {_listed(names)} are not finite, the first is number "
            f"{int(bad.nonzero()[0])}. Remove these points."
        )


def _require_variety(values: torch.Tensor, names: Sequence[str]) -> None:
    for name, size, largest in zip(names, values.std(0).tolist(), values.abs().amax(0).tolist(), strict=True):
        if not size > CONSTANT * largest:
            raise DataError(f"{name} is constant over all points: every field leaves it as it is. Give another target.")


def _require_enough(z: torch.Tensor) -> None:
    n, m = z.shape
    if n < 2 * (m + 1):
        raise DataError(
            f"There are {n} points: too few to fit anything to {m} coordinates. Even a linear fit has {m + 1} unknowns "
            f"and needs {2 * (m + 1)} points; give many more."
        )


def _listed(names: Sequence[str]) -> str:
    return ", ".join(names) if len(names) <= 3 else f"{names[0]} and {len(names) - 1} others"
