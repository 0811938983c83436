"""The equations of a system from its solutions alone: one for every unknown, in u_t or else in u_tt."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from symgen.discovery.regression.choice import NOISIER, WORTH_IN_NOISE, Model, Search
from symgen.discovery.regression.denoise import kept_coefficients, projected
from symgen.discovery.regression.integrals import Box, Fields, Integrals, boxes
from symgen.discovery.regression.products import MOST_IN_LIBRARY, SIZES, Product, library, of_time
from symgen.discovery.regression.systems import System
from symgen.jets.space import JetSpace
from symgen.pde.axis import TIME, Axis
from symgen.pde.noise import noise_level
from symgen.processes import shared_out

GOOD = 1e-3
"""Residual, other than of noise, below which no larger library is tried, nor u_tt instead of u_t."""
POOR = 0.2
"""Residual of an equation in u_t, above which one in u_tt is better if noise accounts for all that it leaves. Below it,
that may be the derivative of the one in u_t."""
BETTER = 5.0
"""A larger library, an equation in u_tt, or one with differences in place of derivatives, must leave less by this
factor."""
FEW = 8
"""Terms by which windows are compared that show nothing but noise."""
SOLVED = 1e-6
"""Residual below which derivatives are the data's own."""
Pairs = dict[Box, tuple[Integrals, Integrals]]
"""By window: integrals of the data, and of noisier ones."""


@dataclass(frozen=True)
class Sampled:
    """What regression reads of solutions: values (n, *grid, unknown) rid of noise, and the same with more noise."""

    space: JetSpace
    axes: tuple[Axis, ...]
    clean: Fields
    noisy: Fields
    noise: tuple[float, ...]
    """Of every unknown, relative to its deviation; at most."""

    @classmethod
    def of(cls, values: np.ndarray, axes: Sequence[Axis], space: JetSpace) -> Sampled:
        """Noise is estimated, and what can be told from it is taken out; as much is added once more, for comparison."""
        noise = tuple(noise_level(values[..., place]) for place in range(values.shape[-1]))
        levels = np.array(noise) * values.reshape(-1, values.shape[-1]).std(axis=0)
        more = values + levels * np.random.default_rng(0).standard_normal(values.shape)
        kept = kept_coefficients(values, axes, levels.tolist())
        fields = [Fields(projected(v, axes, kept), axes, space) for v in (values, more)]
        return cls(space, tuple(axes), fields[0], fields[1], noise)


class Equations:
    """Searches for the equations of one data set; integrals are shared between them."""

    def __init__(self, data: Sampled) -> None:
        self.data, self.space = data, data.space
        self.windows = boxes(data.clean)
        self.pairs = self._pairs(differences=False)
        """Integrals of every window."""

    def _pairs(self, differences: bool) -> Pairs:
        kinds = self.data.clean, self.data.noisy
        return {
            box: (Integrals(kinds[0], box, differences), Integrals(kinds[1], box, differences)) for box in self.windows
        }

    @cached_property
    def _by_differences(self) -> Pairs:
        return self._pairs(differences=True)

    def best(self, unknown: int, progress: Callable[[], None] | None = None) -> Model:
        """The best equation for one unknown, in u_t or u_tt.

        Data that a solver made with central differences of second order satisfy its difference equation to rounding,
        whatever their grid, and the differential equation with other coefficients, or only roughly. So the former is
        looked for as well, and taken where it leaves much less: its coefficients are those of the equation solved.
        """
        model = self._of_derivatives(unknown, progress)
        if model.residual <= SOLVED or not any(axis.periodic for axis in self.data.axes):
            return model
        terms = model.search.systems[0].terms
        other = self.search(unknown, model.system.order, terms, differences=True).best()
        return other if scores(other, model) else model

    def constant(self, unknown: int) -> Model | None:
        """u_t = 0, where noise accounts for all of u_t in every window; in that which bounds terms best."""
        search = self.search(unknown, 1, library(self.space, SIZES[0]))
        models = [Model.without_terms(search, system) for system in search.systems]
        if any(model.residual > WORTH_IN_NOISE * model.floor for model in models):
            return None
        few = range(min(FEW, len(search.systems[0].terms)))
        return min(models, key=lambda model: sum(np.log(model.system.jackknife([place])[0]) for place in few))

    def _of_derivatives(self, unknown: int, progress: Callable[[], None] | None) -> Model:
        first = self._of_order(unknown, 1, progress)
        if first.unexplained <= GOOD:
            return first
        second = self._of_order(unknown, 2, progress)
        poor = first.residual > POOR and accounts(second, first)
        return second if poor or scores(second, first) else first

    def _of_order(self, unknown: int, order: int, progress: Callable[[], None] | None) -> Model:
        """In libraries of growing size, while much is left."""
        best: Model | None = None
        for size in SIZES:
            terms = library(self.space, size)
            if best is not None and (len(terms) > MOST_IN_LIBRARY or terms == best.search.systems[0].terms):
                break
            model = self.search(unknown, order, terms).best()
            if progress:
                progress()
            if best is None or scores(model, best) or accounts(model, best):
                best = model
            if best.unexplained <= GOOD:
                break
        assert best is not None
        return best

    def search(self, unknown: int, order: int, terms: Sequence[Product], differences: bool = False) -> Search:
        """For a sum of these terms, and in equations for u_tt of derivatives in t."""
        target, integrals = self.target(unknown, order), self._by_differences if differences else self.pairs
        terms = tuple(dict.fromkeys([*terms, *(of_time(self.space, unknown) if order > 1 else ())]))
        own = [integrals[box][0] for box in self.windows]
        systems = list(shared_out(len(own), lambda place: own[place].system(target, terms)))
        return Search(systems, "products", self._disturbed(target, integrals), differences)

    def target(self, unknown: int, order: int) -> Product:
        """u_t or u_tt."""
        powers = tuple(int(place == unknown) for place in range(len(self.space.dependent)))
        return Product(self.space, powers, tuple(order * (name == TIME) for name in self.space.independent))

    def _disturbed(
        self, target: Product, integrals: Pairs
    ) -> Callable[[System, Sequence[int], np.ndarray], tuple[float, np.ndarray]]:
        def disturbed(system: System, places: Sequence[int], coefficients: np.ndarray) -> tuple[float, np.ndarray]:
            assert isinstance(system.window, Box)
            clean, noisy = integrals[system.window]
            terms = [target, *(system.terms[place] for place in places)]
            with_more = np.stack([noisy(term) for term in terms])
            change = with_more - np.stack([clean(term) for term in terms])
            left = change[0] - coefficients @ change[1:]
            share = np.sqrt((left**2).mean() / (system.target**2).mean())
            return float(share), system.solved(places, with_more[1:].T, with_more[0])

        return disturbed


def scores(model: Model, other: Model) -> bool:
    """Whether a model leaves much less than another, for its terms."""
    return model.score < other.score - float(np.log(BETTER))


def accounts(model: Model, other: Model) -> bool:
    """Whether noise accounts for what a model leaves, and not for what another does, which is more."""
    return model.is_sharp(0) and not other.is_noise and other.residual > NOISIER * model.residual
