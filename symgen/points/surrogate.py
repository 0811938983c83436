"""A differentiable function that predicts the labels of points: what stands for them where symmetries are sought."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import torch
from pydantic import BaseModel, ConfigDict, Field

from symgen.exceptions import DataError, UsageError
from symgen.generators.domains import SurrogateRecord
from symgen.points.candidates import Problem
from symgen.points.network import Progress, TrainingPlan
from symgen.points.point_set import PointSet
from symgen.points.regression import fit_regression
from symgen.points.target import Target

MOST_POINTS = 30000
"""Of a larger set as many are drawn at random."""
LEAST_EXPLAINED = 0.25
"""Share of the variance of held-out points below which nothing is said of the target."""


class SurrogateSettings(BaseModel):
    """How a surrogate is fitted."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    kind: Literal["auto", "polynomial", "network"] = "auto"
    """`auto`: polynomials, and networks where these do not suffice; whichever predicts held-out points better."""
    degree: int | None = Field(default=None, ge=1, le=8)
    """Highest total degree of polynomials; by default what the points bear."""
    transforms: bool = True
    """Try the square and the logarithm of a target, too, where they are monotone."""
    folds: int = Field(default=5, ge=2, le=20)
    widths: tuple[int, ...] = Field(default=(96, 96, 96), min_length=1)
    """Hidden layers of a network."""
    steps: int = Field(default=4000, ge=1)
    """Of its training."""
    seed: int = Field(default=0, ge=0)

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
    the target has a component for each class. `progress(step, steps)` counts the training of networks. The function is
    on `device`.

    Raises DataError for labels that are not finite or constant, too few points, or labels that the points do not
    predict: below a quarter of their variance, or hardly better than by the most frequent class.
    """
    settings = settings or SurrogateSettings()
    if len(values) != points.count:
        raise UsageError(f"There are {len(values)} labels for {points.count} points.")
    numbers = torch.as_tensor(values, device=device).double()
    numbers = numbers if classes is not None or numbers.ndim > 1 else numbers[:, None]
    _require_finite(numbers, names)
    scaled = _Normalised(points, device)
    draw = torch.Generator().manual_seed(settings.seed)
    order = torch.randperm(points.count, generator=draw)[:MOST_POINTS].to(device)
    z = scaled.of(points.values.to(device))[order]
    folds = torch.arange(len(order), device=device) % settings.folds
    if classes is not None:
        raise NotImplementedError
    _require_enough(z)
    problem = Problem(z, numbers[order], folds)
    _require_variety(problem.values, names)
    degree = 0 if settings.kind == "network" else settings.degree
    plan = None if settings.kind == "polynomial" else settings.plan
    chosen, gradient = fit_regression(problem, degree, plan, settings.transforms, settings.seed, progress)
    explained = 1 - chosen.squares.mean(0)
    for name, share in zip(names, explained.tolist(), strict=True):
        if share < LEAST_EXPLAINED:
            raise DataError(
                f"{name} cannot be predicted from the points: the best fit explains {max(share, 0):.0%} of its variance "
                "on held-out points, so nothing can be said of its symmetry. Give more points, the columns that it "
                "depends on, or the function itself."
            )
    record = SurrogateRecord(
        kind="network" if chosen.degree is None else "polynomial",
        degree=chosen.degree,
        widths=settings.widths if chosen.degree is None else (),
        transform=chosen.scale.transform.name,
        error=chosen.error,
        explained=explained.mean().item(),
        gradient_error=gradient,
        folds=settings.folds,
        points=len(z),
    )
    fit = chosen.fits()[0]

    def function(x: torch.Tensor) -> torch.Tensor:
        return chosen.scale.transformed(fit(scaled.of(x)))

    what = chosen.scale.transform.words.format(_listed(names))
    how = f"a polynomial of degree {chosen.degree}" if chosen.degree else f"{settings.folds} networks"
    return Target(function, tuple(names), f"{what}, fitted by {how}", record.error, gradient, record)


class _Normalised:
    """Points (B, k, d) -> (B, k d), each coordinate of each particle less its mean, over its deviation."""

    def __init__(self, points: PointSet, device: str | torch.device):
        flat = points.values.to(device).flatten(1)
        self._origin, self._size = flat.mean(0), flat.std(0, correction=0)
        for i, (size, largest) in enumerate(zip(self._size.tolist(), flat.abs().amax(0).tolist(), strict=True)):
            if not size > 1e-12 * largest:
                particle, name = i // points.dimension + 1, points.names[i % points.dimension]
                raise DataError(
                    f"{name} of particle {particle} is the same at all points, so they do not show how the target "
                    "depends on it, which a field that moves all particles needs. Give the function itself."
                )

    def of(self, x: torch.Tensor) -> torch.Tensor:
        return (x.flatten(1) - self._origin) / self._size


def _require_finite(values: torch.Tensor, names: Sequence[str]) -> None:
    bad = ~values.flatten(1).isfinite().all(1) if values.ndim > 1 else ~values.isfinite()
    if bad.any():
        raise DataError(
            f"{int(bad.sum())} of {len(values)} values of {_listed(names)} are not finite, the first is number "
            f"{int(bad.nonzero()[0])}. Remove these points."
        )


def _require_variety(values: torch.Tensor, names: Sequence[str]) -> None:
    for name, size, largest in zip(names, values.std(0).tolist(), values.abs().amax(0).tolist(), strict=True):
        if not size > 1e-12 * largest:
            raise DataError(f"{name} is constant over all points: every field leaves it as it is. Give another target.")


def _require_enough(z: torch.Tensor) -> None:
    n, m = z.shape
    if n < 2 * (m + 1):
        raise DataError(
            f"There are {n} points: too few to fit anything to {m} coordinates. Even a linear fit has {m + 1} unknowns, "
            f"and needs {2 * (m + 1)}; give many more."
        )


def _listed(names: Sequence[str]) -> str:
    return ", ".join(names) if len(names) <= 3 else f"{names[0]} and {len(names) - 1} others"
