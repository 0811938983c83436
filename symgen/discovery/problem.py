"""What every method of discovery needs of equations and solutions of them: the space and the linearised condition."""

from __future__ import annotations

import hashlib
from abc import ABC, abstractmethod
from collections.abc import Callable, Collection, Sequence
from functools import cached_property
from typing import Any, TypeVar

import numpy as np
import sympy
import torch

from symgen.discovery.condition import Condition, Family
from symgen.discovery.settings import DiscoverySettings
from symgen.discovery.spectral import Spectrum
from symgen.discovery.survey import Survey, Wanted, survey
from symgen.equations.ansatz import Field
from symgen.equations.infinite import why_infinite
from symgen.equations.local_solutions import LocalSolutions
from symgen.equations.posterior import Posterior
from symgen.equations.system import System, in_short
from symgen.equations.units import natural_sizes
from symgen.exceptions import DataError, SymgenError
from symgen.generators.domains import PdeDomain, SystemDomain
from symgen.generators.features import Features
from symgen.generators.library import LibraryGenerators
from symgen.generators.metadata import AlgebraRecord, DataRecord
from symgen.generators.space import Space
from symgen.jets.sample import CONSTANT, JetSample
from symgen.moments import Moments
from symgen.pde.axis import TIME
from symgen.pde.free_jets import free_jets
from symgen.pde.solution_jets import TooCoarse
from symgen.pde.solutions import Solutions
from symgen.processes import gathered
from symgen.streaming_qr import StreamingQR
from symgen.time_limit import PATIENCE, TooSlow, refused_after, time_limit
from symgen.validity.linearised import LinearisedValidity

UNIT_DEVIATION = 0.29  # standard deviation of a uniform variable on [0, 1], as x and t have
KEPT_POINTS = 4096
FREE_POINTS = 4096
SMALL_TERMS = 0.02
"""Share of the free jets at which an equation's terms count as small."""
LEAST_TERMS = 1e-3
"""Of their root mean square: terms as small as that are small, however many they are."""
CHUNK_POINTS = 4096
MOST_PARTS, PART_POINTS = 16, 4096
"""Parts of the samples that are drawn from together, and points of all."""
SEED_OF_POINTS = 1  # the points of the inner product are others than those of the condition

CONDITION_SECONDS = 90.0
"""Of computing, for the condition on symmetries, without which there is no discovery."""
CHECK_SECONDS = 120.0
"""For exact algebra without which no field is called a symmetry."""
NOT_COMPARED = "Exact algebra was not asked for the symmetries"
UNCHECKED = "Formulas were not checked on random solutions"

Progress = Callable[[int, int], None]
Told = TypeVar("Told")


class Problem(ABC):
    """Equations, solutions of them, the normalised space and the linearised condition.

    Domains are subclasses: one unknown u(x, t), and systems in any number of variables.
    """

    notes: tuple[str, ...] = ()
    """What was done to the data."""
    degrees: str
    """Options that set the degrees of the library."""
    waves: tuple[bool, ...]
    """Coordinates in which all fields are periodic."""

    posteriors: tuple[Posterior, ...] = ()
    """What the data say about the equations, one for every unknown, where these were found in them."""

    may_be_trivial = False
    """Whether fields that move every solution along itself are told apart."""

    def __init__(
        self, solutions: Solutions, system: System, settings: DiscoverySettings, device: str | torch.device = "cpu"
    ) -> None:
        self.solutions, self.system, self.settings, self.device = solutions, system, settings, torch.device(device)
        what = f"The condition on symmetries of {in_short(list(map(str, system.expressions)))}"
        with refused_after(CONDITION_SECONDS, what, "Write the equations in a simpler form."):
            self.validity = LinearisedValidity(system)
        self.given_up: list[str] = []
        """What exact algebra would have told, had it not taken too long."""
        self.undecided = False
        """Whether that would have decided about symmetries: then none is called one, however fast a machine is."""
        points = Wanted((), KEPT_POINTS, settings.seed + SEED_OF_POINTS)
        wanted = [points, self._wanted(KEPT_POINTS), self._wanted(settings.points, apart=True), *self._by_parts()]
        self._drawn: dict[Wanted, JetSample | TooCoarse] = {}
        moments = self._survey(wanted, everything=True).moments
        self.space = normalised_space(solutions, system.space.independent, system.space.dependent, moments)
        self.points = self._of(points).points
        """(P, d): points of the data over which inner products are taken."""

    @property
    @abstractmethod
    def stages(self) -> list[list[sympy.Expr]]:
        """Dictionaries of functions of the coordinates for formulas, the simplest first."""

    @abstractmethod
    def domain(self) -> PdeDomain | SystemDomain:
        """The record of what the generators act on."""

    @abstractmethod
    def fit(self) -> DataRecord:
        """The record of the data, and of how well they solve the equations."""

    def _record(self, **fit: Any) -> DataRecord:
        """What there is to say of all data, with how well they `fit` the equations."""
        data = self.solutions
        return DataRecord(
            source=data.source,
            sha256=data.sha256 or hashlib.sha256(data.read([0]).tobytes()).hexdigest(),
            samples=len(data),
            skipped=len(data.values) - len(data),
            times=len(data.axis(TIME)) if any(axis.name == TIME for axis in data.axes) else 0,
            notes=(*(data.origin.notes if data.origin else ()), *self.notes),
            **fit,
        )

    @abstractmethod
    def specimen(self) -> dict[str, torch.Tensor]:
        """One solution to look at."""

    @abstractmethod
    def by_algebra(self, found: LibraryGenerators) -> AlgebraRecord | None:
        """What exact algebra says beside the exact fields `found` in a library; None where it can't tell."""

    def within_time(self, algebra: Callable[[], Told], what: str, decides: bool = False) -> Told | None:
        """What exact algebra says, or None where it can't tell or takes too long, which is said among the doubts."""
        seconds = CHECK_SECONDS if decides else PATIENCE
        try:
            with time_limit(seconds):
                return algebra()
        except TooSlow:
            self.given_up.append(f"{what}: that takes more than {seconds:g} s of computing for these equations.")
            self.undecided |= decides
        except SymgenError:
            pass
        return None

    def known(self, features: Features) -> tuple[Field, ...] | None:
        """Symmetries that a library holds, by exact algebra; None where this does not tell."""
        return None

    def knows_all(self, features: Features) -> bool:
        """Whether the `known` ones are all that a library holds."""
        return False

    @abstractmethod
    def doubts(self, fit: DataRecord) -> list[str]:
        """What there is to doubt about the data and the equations, in sentences for people."""

    @property
    def infinite(self) -> str | None:
        """Why the equations have infinitely many symmetries, where that is known."""
        return why_infinite(self.system)

    @cached_property
    def local_solutions(self) -> LocalSolutions | None:
        """Solutions about random points, to check formulas on; None where the equations have no value at any."""
        return self.within_time(lambda: LocalSolutions(self.system), UNCHECKED, decides=True)

    @cached_property
    def own(self) -> Condition:
        """The condition on the jets of the data, at points of all solutions that do not depend on how many are read
        at once. Raises TooCoarse where the grid has too few points for the derivatives, DataError where all terms of
        the equations vanish.
        """
        sample = self.jets(KEPT_POINTS)
        squares = self.validity.squares(sample).mean(1) if len(sample.points) else torch.zeros(1)
        if not squares.any():
            raise DataError(
                f"All terms of {self.system} vanish on the data once it is solved for its leading derivatives, so any "
                "field is a symmetry of it. Check the equations and the data."
            )
        return Condition(self.validity, self.space, sample, self._or_natural(squares).sqrt()[:, None])

    def _or_natural(self, squares: torch.Tensor) -> torch.Tensor:
        """Squared sizes (R, ...) of equations; of those without terms, such as v_t = 0, in the units of the space."""
        none = ~squares.reshape(len(squares), -1).any(1)
        if not none.any():
            return squares
        units = dict(zip(self.space.names, self.space.scale, strict=True))
        natural = squares.new_tensor(natural_sizes(self.system, units)).square()
        shape = (-1, *(1,) * (squares.ndim - 1))
        return torch.where(none.reshape(shape), natural.reshape(shape), squares)

    @cached_property
    def too_coarse(self) -> str | None:
        """Why the data's grid has no derivatives for the condition on their own jets, if it has none."""
        try:
            _ = self.own
        except TooCoarse as error:
            return str(error)
        return None

    @cached_property
    def free(self) -> Condition:
        """The condition on free jets, where it holds for symmetries of the equations and for nothing else.

        Rows are relative to an equation's terms at each point, but for points where all of these are small. Raises
        DataError where the equations have no value at nearly all of them.
        """
        nothing = self.points.new_zeros(0, len(self.points))
        own = JetSample(self.points, nothing) if self.too_coarse else self.own.sample
        independent = len(self.system.space.independent)
        for signed in (False, True):
            sample = free_jets(
                self.space, independent, own, self.validity.jets, FREE_POINTS, self.settings.seed, signed
            )
            sample = sample.at(self.validity.defined(sample).nonzero().flatten())
            if len(sample.points) > FREE_POINTS / 2:
                squares = self._or_natural(self.validity.squares(sample))
                mean = squares.mean(1, keepdim=True)
                small = torch.maximum(squares.quantile(SMALL_TERMS, 1, keepdim=True), LEAST_TERMS**2 * mean)
                return Condition(self.validity, self.space, sample, (squares + small).sqrt())
        raise DataError(f"{self.system} has no finite value at most jets in the ranges of the data.")

    def jets(self, total: int) -> JetSample:
        """About `total` points of the data with the derivatives that the condition needs, in one piece."""
        sample = self._of(self._wanted(total))
        every = max(1, len(sample.points) // total)  # there may be more samples than points are wanted
        return sample.at(torch.arange(0, len(sample.points), every, device=self.device))

    @property
    def parts(self) -> list[JetSample]:
        """The same of up to MOST_PARTS parts of the samples, at points where the equations have a value."""
        samples = [self._of(each) for each in self._by_parts()]
        return [sample.at(self.validity.defined(sample).nonzero().flatten()) for sample in samples]

    def on_free_jets(self, family: Family, without: torch.Tensor | None = None) -> Spectrum:
        """The fields of least defect of a family on free jets, orthonormal over the points of these.

        `without` (e, ...): fields of the family that they are orthogonal to.
        """
        matrix, points = self.free.of_features(family.features), self.free.sample.points
        rows, values = family.restricted(matrix, family.features.along(points[None])[0])
        factors = [torch.linalg.qr(matrix / len(matrix) ** 0.5, mode="r").R for matrix in (rows, values)]
        return family.solve(factors[0], factors[1], without)

    def on_own_jets(
        self,
        family: Family,
        without: torch.Tensor | None = None,
        progress: Progress | None = None,
        points: int | None = None,
    ) -> Spectrum:
        """The fields of least defect of a family on the data's own jets, orthonormal over the points of the data.

        `without` (e, ...): fields of the family that they are orthogonal to. `points`: how many of the data, by default
        those of the settings.
        """
        total = points or self.settings.points
        sample, size = self._of(self._wanted(total, apart=True)), self.own.size

        def pushed() -> tuple[StreamingQR, StreamingQR]:
            residuals, values = StreamingQR(), StreamingQR()
            for part in sample.split(CHUNK_POINTS):
                matrix = Condition(self.validity, self.space, part, size).of_features(family.features)
                rows, along = family.restricted(matrix, family.features.along(part.points[None])[0])
                residuals.push(rows)
                values.push(along)
                if progress:
                    progress(min(values.rows, total), total)
            return residuals.to("cpu"), values.to("cpu")

        residuals, values = StreamingQR(), StreamingQR()
        for rows, along in gathered(pushed):
            residuals.add(rows)
            values.add(along)
        return family.solve(residuals.root_mean().to(self.device), values.root_mean().to(self.device), without)

    def _wanted(self, total: int, part: range | None = None, apart: bool = False) -> Wanted:
        """Points with the derivatives that the condition needs."""
        return Wanted(tuple(self.validity.jets), total, self.settings.seed, part, apart, solved=part is None)

    def _by_parts(self) -> list[Wanted]:
        count = min(MOST_PARTS, len(self.solutions))
        parts = np.array_split(np.arange(len(self.solutions)), count)
        return [self._wanted(PART_POINTS // count, range(part[0], part[-1] + 1)) for part in parts]

    def _survey(self, wanted: Collection[Wanted], everything: bool = False) -> Survey:
        """Read all data once, and keep the points that are `wanted`."""
        found = survey(self.solutions, self.system.space, wanted, self.validity.defined, self.device, everything)
        self._drawn |= found.samples
        return found

    def _of(self, wanted: Wanted) -> JetSample:
        """Points of the data, from the first pass where that could know of them; TooCoarse where there are none."""
        if wanted not in self._drawn:
            self._survey([wanted])
        sample = self._drawn[wanted]
        if isinstance(sample, TooCoarse):
            raise sample
        return sample


def normalised_space(
    data: Solutions,
    independent: Sequence[str] = ("x", "t"),
    unknowns: Sequence[str] = ("u",),
    moments: Moments | None = None,
) -> Space:
    """Independent variables over the stored window, unknowns by their standard deviation, from `moments` if known.

    An unknown that is constant in the data is taken to vary as the others do. Raises DataError where all are constant.
    """
    moments = moments or data.moments()
    low, high, deviation = (
        {name: float(value) for name, value in zip(data.unknowns, values, strict=True)}
        for values in (moments.low, moments.high, moments.deviation)
    )
    varying = [n for n in unknowns if high[n] - low[n] > CONSTANT * max(abs(low[n]), abs(high[n])) and deviation[n] > 0]
    if not varying:
        raise DataError(
            f"{', '.join(unknowns)} {'is' if len(unknowns) == 1 else 'are'} constant over all the data: nothing can be "
            f"discovered in {'it' if len(unknowns) == 1 else 'them'}. Give data that vary."
        )
    for name in set(unknowns) - set(varying):
        deviation[name] = max(deviation[other] for other in varying)
        low[name], high[name] = low[name] - deviation[name], high[name] + deviation[name]
    axes = [data.axis(name) for name in independent]
    ends = [(float(axis.points[0]), float(axis.points[0]) + axis.length) for axis in axes]
    return Space(
        names=(*independent, *unknowns),
        origin=(*(a for a, _ in ends), *(0.0 for _ in unknowns)),
        scale=(*(b - a for a, b in ends), *(deviation[name] / UNIT_DEVIATION for name in unknowns)),
        lower=(*(a for a, _ in ends), *(low[name] for name in unknowns)),
        upper=(*(b for _, b in ends), *(high[name] for name in unknowns)),
        periodic=(*(axis.periodic for axis in axes), *(False for _ in unknowns)),
    )
