"""Fits of a target that compete: what each of them leaves of held-out points."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import torch

from symgen.surrogates.network import Progress, TrainingPlan, squared_error, train_ensemble
from symgen.surrogates.polynomial import PolynomialFit, affordable
from symgen.surrogates.transforms import Transform

Fit = Callable[[torch.Tensor], torch.Tensor]
"""Normalised points (B, m) -> (B, p)."""
SIGNIFICANT = 2.0
"""Standard errors by which a fit predicts better."""
MUCH = 1.1
"""Times the best fit's error: one that errs more is worse, though a few outliers may hide how significantly."""
ROUNDING = 1e-9
"""Held-out error of a fit that is as exact as a file's numbers are."""
CHUNK = 4096


@dataclass(frozen=True)
class Problem:
    """What is fitted: normalised points and the target, in units of its deviation."""

    z: torch.Tensor
    """(n, m)."""
    values: torch.Tensor
    """(n, p), as they were given."""
    folds: torch.Tensor
    """(n,) numbers from 0: which points are held out together."""

    def parts(self) -> list[torch.Tensor]:
        """Indices of the points without each fold."""
        return [torch.nonzero(self.folds != fold)[:, 0] for fold in range(int(self.folds.max()) + 1)]


@dataclass(frozen=True)
class Scale:
    """A transformed target u = (T(y) - origin) / size, of deviation 1."""

    transform: Transform
    origin: torch.Tensor
    size: torch.Tensor

    @classmethod
    def of(cls, transform: Transform, values: torch.Tensor) -> Scale:
        """From the target's values (n, p)."""
        moved = transform.forward(values)
        return cls(transform, moved.mean(0), moved.std(0, correction=0))

    def normalised(self, values: torch.Tensor) -> torch.Tensor:
        """u of y."""
        return (self.transform.forward(values) - self.origin) / self.size

    def transformed(self, u: torch.Tensor) -> torch.Tensor:
        """T(y) of u."""
        return u * self.size + self.origin

    def squares(self, u: torch.Tensor, values: torch.Tensor) -> torch.Tensor:
        """Squared errors of predictions u in the target's own units, over its variance, (n, p)."""
        own = self.transform.backward(self.transformed(u))
        return ((own - values) / values.std(0, correction=0)).square()


@dataclass(frozen=True)
class Candidate:
    """A fit, as good as it is on points held out."""

    scale: Scale
    squares: torch.Tensor
    """(n, p) squared errors of held-out points in the target's own units, over its variance."""
    left: torch.Tensor
    """(n, p), of u, whose deviation is 1."""
    fits: Callable[[], tuple[Fit, list[Fit]]]
    """The function of all points, z -> u, and those without each of the folds."""
    averaged: bool
    """Whether the former is the mean of the latter."""
    degree: int | None = None
    """Of a polynomial."""

    @property
    def error(self) -> float:
        """Root mean square."""
        return self.squares.mean().sqrt().item()


def simplest(candidates: Sequence[Candidate]) -> Candidate:
    """The first of those that predict about as well as the best one."""
    best = min(candidates, key=lambda c: c.error)
    return next(c for c in candidates if c.error <= ROUNDING or not _worse(c, best))


def _worse(one: Candidate, other: Candidate) -> bool:
    more = (one.squares - other.squares).mean(1)
    return one.error > MUCH * other.error or more.mean().item() > SIGNIFICANT * more.std().item() / len(more) ** 0.5


def polynomials(problem: Problem, scales: Sequence[Scale], highest: int | None) -> Iterator[Candidate]:
    """Polynomials of ascending degree, of every transformed target, while the points bear it."""
    p, (n, m) = problem.values.shape[1], problem.z.shape
    fit = PolynomialFit(problem.z, torch.cat([scale.normalised(problem.values) for scale in scales], 1), problem.folds)
    while fit.degree != highest and (not fit.degree or affordable(m, n, fit.degree + 1)):
        fit.raise_degree()
        for i, (scale, u) in enumerate(zip(scales, fit.held_out(fit.degree).split(p, 1), strict=True)):
            fits = _polynomial_fits(fit, fit.degree, slice(i * p, (i + 1) * p))
            yield _candidate(problem, scale, u, fits, averaged=False, degree=fit.degree)


def _polynomial_fits(fit: PolynomialFit, degree: int, columns: slice) -> Callable[[], tuple[Fit, list[Fit]]]:
    return lambda: (fit.fit(degree).of(columns), [part.of(columns) for part in fit.without_folds(degree)])


def networks(problem: Problem, scale: Scale, plan: TrainingPlan, seed: int, progress: Progress | None) -> Candidate:
    """The mean of networks, each trained without one of the folds."""
    u = scale.normalised(problem.values)
    model = train_ensemble(problem.z, u, u.shape[1], problem.parts(), squared_error, plan, seed, progress)
    predicted = torch.empty_like(u)
    for fold in range(len(problem.parts())):
        own = problem.folds == fold
        predicted[own] = torch.cat([model.member(fold, some) for some in problem.z[own].split(CHUNK)]).detach()
    return _candidate(problem, scale, predicted, lambda: (model.mean, model.members()), averaged=True)


def _candidate(
    problem: Problem,
    scale: Scale,
    u: torch.Tensor,
    fits: Callable[[], tuple[Fit, list[Fit]]],
    averaged: bool,
    degree: int | None = None,
) -> Candidate:
    left = scale.normalised(problem.values) - u
    return Candidate(scale, scale.squares(u, problem.values), left, fits, averaged, degree)
