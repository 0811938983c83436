"""What every method of discovery needs of an equation and its data."""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property

import torch

from symgen.discovery.condition import Condition, Family
from symgen.discovery.settings import DiscoverySettings
from symgen.discovery.spectral import Spectrum, StreamingQR
from symgen.exceptions import DataError
from symgen.generators.space import Space
from symgen.moments import Moments
from symgen.pde.coarsen import for_noise
from symgen.pde.equation import Equation
from symgen.pde.free_jets import free_jets
from symgen.pde.jets import VALUES, JetSample, sample_jets
from symgen.pde.residual import data_residual
from symgen.pde.trajectories import Trajectories
from symgen.validity.pde import LinearisedValidity

UNIT_DEVIATION = 0.29  # standard deviation of a uniform variable on [0, 1], as x and t have
KEPT_POINTS = 4096
FREE_POINTS = 4096
SMALL_TERMS = 0.02
"""Share of the free jets at which the equation's terms count as small."""
LEAST_TERMS = 1e-3
"""Of their root mean square: terms as small as that are small, however many they are."""
CHUNK_POINTS = 4096
SEED_OF_POINTS = 1  # the points of the inner product are others than those of the condition

Progress = Callable[[int, int], None]


class PdeProblem:
    """An equation, data for it, the normalised space and the linearised condition.

    Data whose grid is finer than their noise allows are smoothed first, see `for_noise`. Raises DataError for
    data that are too coarse or too few for the equation.
    """

    def __init__(
        self, data: Trajectories, equation: Equation, settings: DiscoverySettings, device: str | torch.device = "cpu"
    ) -> None:
        require_periodic(data, settings)
        data, note = for_noise(data)
        self.notes = (note,) if note else ()
        """What was done to the data."""
        self.data, self.equation, self.settings, self.device = data, equation, settings, torch.device(device)
        self.validity = LinearisedValidity(equation)
        self.space = normalised_space(data)
        self.residual = data_residual(data, equation)
        self.points = inner_product_points(data, settings, self.device)
        """(P, 3): points of the data over which inner products are taken."""

    @cached_property
    def own(self) -> Condition:
        """The condition on the jets of the data, at points of all trajectories that do not depend on how many are read
        at once. Raises DataError where all terms of the equation vanish.
        """
        sample = self.jets(KEPT_POINTS)
        size = self.validity.coefficients(sample)[2].mean().sqrt()
        if not size > 0:
            raise DataError(
                f"All terms of {self.equation} vanish on the data once it is solved for its time derivative, so any "
                "field is a symmetry of it. Check the equation and the data."
            )
        return Condition(self.validity, self.space, sample, size.expand(len(sample.points)))

    @cached_property
    def free(self) -> Condition:
        """The condition on free jets, where it holds for symmetries of the equation and for nothing else.

        Rows are relative to the equation's terms at each point, but for points where all of these are small. Raises
        DataError where the equation has no value at nearly all of them.
        """
        for signed in (False, True):
            sample = free_jets(self.space, self.own.sample, self.validity.jets, FREE_POINTS, self.settings.seed, signed)
            sample = sample.at(self.validity.defined(sample).nonzero().flatten())
            if len(sample.points) > FREE_POINTS / 2:
                size = self.validity.coefficients(sample)[2]
                small = torch.maximum(size.quantile(SMALL_TERMS), LEAST_TERMS**2 * size.mean())
                return Condition(self.validity, self.space, sample, (size + small).sqrt())
        raise DataError(f"The equation {self.equation} has no finite value at most jets in the ranges of the data.")

    def jets(self, total: int) -> JetSample:
        """About `total` points of the data with the derivatives that the condition needs, in one piece."""
        parts = list(sample_jets(self.data, self.validity.jets, total, self.settings.seed, self.device))
        sample = JetSample(torch.cat([p.points for p in parts]), torch.cat([p.derivatives for p in parts], 1))
        every = max(1, len(sample.points) // total)  # there may be more samples than points are wanted
        return sample.at(torch.arange(0, len(sample.points), every, device=self.device))

    def on_free_jets(self, family: Family) -> Spectrum:
        """The fields of least validity of a family on free jets, orthonormal over the points of these."""
        matrix, points = self.free.of_features(family.features), self.free.sample.points
        rows, values = family.restricted(matrix, family.features.along(points[None])[0])
        return family.solve(rows / len(points) ** 0.5, torch.linalg.qr(values / len(values) ** 0.5).R)

    def on_own_jets(
        self,
        family: Family,
        without: torch.Tensor | None = None,
        progress: Progress | None = None,
        points: int | None = None,
    ) -> Spectrum:
        """The fields of least validity of a family on the data's own jets, orthonormal over the points of the data.

        `without` (e, ...): fields of the family that they are orthogonal to. `points`: how many of the data, by default
        those of the settings.
        """
        residuals, values = StreamingQR(), StreamingQR()
        total, size = points or self.settings.points, self.own.size[0]
        for sample in sample_jets(self.data, self.validity.jets, total, self.settings.seed, self.device):
            for part in sample.split(CHUNK_POINTS):
                condition = Condition(self.validity, self.space, part, size.expand(len(part.points)))
                matrix = condition.of_features(family.features)
                rows, along = family.restricted(matrix, family.features.along(part.points[None])[0])
                residuals.push(rows)
                values.push(along)
            if progress:
                progress(min(residuals.rows, total), total)
        return family.solve(residuals.root_mean(), values.root_mean(), without)


def require_periodic(data: Trajectories, settings: DiscoverySettings) -> None:
    """Raise DataError if periodic fields are asked for on data that are not periodic."""
    if settings.periodic and not data.info.periodic:
        raise DataError("Fields periodic in x were asked for, but the data are not periodic. Leave out --periodic.")


def inner_product_points(data: Trajectories, settings: DiscoverySettings, device: torch.device) -> torch.Tensor:
    """Points (P, 3) of the data over which inner products are taken."""
    samples = sample_jets(data, VALUES, KEPT_POINTS, settings.seed + SEED_OF_POINTS, device)
    return torch.cat([sample.points for sample in samples])


def normalised_space(data: Trajectories) -> Space:
    """x and t over the stored window, u by its standard deviation; raises DataError where u does not vary."""
    moments = Moments()
    for batch in data.batches():
        moments.push(batch.ravel())
    low, high, deviation = float(moments.low), float(moments.high), float(moments.deviation)
    if not (high - low > 1e-12 * max(abs(low), abs(high)) and deviation > 0):
        raise DataError("u is constant over all the data: nothing can be discovered in it. Give data that vary.")
    start, end = float(data.t[0]), float(data.t[-1])
    left = float(data.x[0])
    right = left + data.info.length if data.info.periodic else float(data.x[-1])
    return Space(
        names=("x", "t", "u"),
        origin=(left, start, 0.0),
        scale=(right - left, end - start, deviation / UNIT_DEVIATION),
        lower=(left, start, low),
        upper=(right, end, high),
        periodic=(data.info.periodic, False, False),
    )
