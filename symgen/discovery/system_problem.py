"""What discovery needs of a system and its data: the normalised space and the linearised condition on jets."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import cached_property
from math import prod

import sympy
import torch

from symgen.discovery.problem import LEAST_TERMS, SMALL_TERMS, UNIT_DEVIATION
from symgen.discovery.settings import SystemSettings
from symgen.discovery.spectral import Spectrum, StreamingQR, solve
from symgen.equations.system import System
from symgen.exceptions import DataError
from symgen.expressions import CompiledExpressions
from symgen.generators.space import Space
from symgen.generators.total_degree import TotalDegreeLibrary
from symgen.jets.space import Jet
from symgen.pde.solution_jets import jets, random_points
from symgen.pde.solutions import Solutions
from symgen.pde.system_residual import grid_orders, system_residual
from symgen.validity.system import SystemJets, SystemValidity

POINTS = 1024
"""Points of jet space at least."""
POINTS_PER_COLUMN = 2
CHUNK_VALUES = 2**23
"""Of the features' series at a time."""
OWN_POINTS = 4096


class SystemProblem:
    """A system, solutions of it, the normalised space, and the condition in a library of polynomials.

    Where all consequences of the system are known (see `symgen.equations.completion`) the condition is an identity in
    the free derivatives, which are drawn at random with the sizes that they have in the data; else it is taken on the
    data's own derivatives, which satisfy all consequences as far as the data solve the system. Raises DataError for
    data that are too coarse, do not vary, or on which the system has no value.
    """

    def __init__(
        self, data: Solutions, system: System, settings: SystemSettings, device: str | torch.device = "cpu"
    ) -> None:
        self.data, self.system, self.settings = data, system, settings
        self.device = torch.device(device)
        self.residual = system_residual(data, system)
        self.space = normalised_space(data, system)
        self.validity = SystemValidity(system)
        self.library = TotalDegreeLibrary.on(self.space.lower, self.space.upper, settings.degree)

    @property
    def on_free_jets(self) -> bool:
        """Whether the condition is that on free jets."""
        return not self.system.gaps

    @cached_property
    def sample(self) -> SystemJets:
        """Points of jet space where the condition is taken, and inner products."""
        columns = self.space.dimension * self.library.size
        count = max(POINTS, POINTS_PER_COLUMN * columns)
        if not self.on_free_jets:
            return self._well(own_jets(self.data, self.system, self.validity.jets, count, self.settings.seed))
        for signed in (False, True):
            sample = free_jets(self, count, signed)
            sizes = self.validity.sizes(sample)
            if int(torch.isfinite(sizes).all(0).sum()) > count / 2:
                return self._well(sample)
        raise DataError(f"The system {self.system} has no finite value at most jets in the ranges of the data.")

    def _well(self, sample: SystemJets) -> SystemJets:
        """Without points where an equation has no value, or all of its terms are small: rounding is large there."""
        sample = SystemJets(sample.points.to(self.device), sample.derivatives.to(self.device))
        sizes = self.validity.sizes(sample)
        finite = torch.isfinite(sizes).all(0)
        sample, sizes = sample.at(finite.nonzero().flatten()), sizes[:, finite]
        if not len(sample.points) or not (sizes > 0).any(1).all():
            raise DataError(
                f"All terms of an equation of {self.system} vanish on the data, so any field is a symmetry of it. "
                "Check the equations and the data."
            )
        root = sizes.square().mean(1, keepdim=True).sqrt()
        least = torch.maximum(sizes.quantile(SMALL_TERMS, 1, keepdim=True), LEAST_TERMS * root)
        return sample.at((sizes >= least).all(0).nonzero().flatten())

    @cached_property
    def rows(self) -> torch.Tensor:
        """The triangular factor of the condition's rows, with columns (component, feature); root mean square."""
        factor, sample = StreamingQR(), self.sample
        size = max(64, CHUNK_VALUES // (self.library.size * self.validity.series_size))
        for start in range(0, len(sample.points), size):
            places = torch.arange(start, min(start + size, len(sample.points)), device=self.device)
            matrix = self.validity.matrix(self.library, sample.at(places), self.space.scale)
            factor.push(matrix.flatten(0, 1))
        return factor.root_mean()

    def values(self, points: torch.Tensor) -> torch.Tensor:
        """The features (P, K) at points (P, d)."""
        return self.library.along(points[None])[0]

    def solve(self) -> Spectrum:
        """The fields of least validity, orthonormal over the points of the sample."""
        values = torch.linalg.qr(self.values(self.sample.points) / len(self.sample.points) ** 0.5).R
        return solve(self.rows, values, self.space.dimension)

    def of_coefficients(self, features: object, coefficients: torch.Tensor) -> torch.Tensor:
        """Validities (n,) of fields (n, d, K) of the library, as they are."""
        return torch.linalg.vector_norm(self.rows @ coefficients.flatten(1).T, dim=0)

    def of_formula(self, field: Sequence[sympy.Expr]) -> float:
        """Validity of a field given by polynomials of the library's degree, in physical units, as it is."""
        symbols = self.system.space.coordinates
        points = self.sample.points
        components = CompiledExpressions(symbols, [sympy.sympify(c) for c in field])(points.unbind(-1))
        normalised = components.T / components.new_tensor(self.space.scale)
        coefficients = torch.linalg.lstsq(self.values(points), normalised).solution.T
        return float(self.of_coefficients(self.library, coefficients[None])[0])


def normalised_space(data: Solutions, system: System) -> Space:
    """Independent variables over the stored window, unknowns by their standard deviation.

    An unknown that is constant in the data is taken to vary as the others do. Raises DataError where all are constant.
    """
    moments = data.moments()
    low, high, deviation = (
        {name: float(value) for name, value in zip(data.unknowns, values, strict=True)}
        for values in (moments.low, moments.high, moments.deviation)
    )
    names = system.space.dependent
    varying = [n for n in names if high[n] - low[n] > 1e-12 * max(abs(low[n]), abs(high[n])) and deviation[n] > 0]
    if not varying:
        raise DataError(
            f"{', '.join(names)} {'is' if len(names) == 1 else 'are'} constant over all the data: nothing can be "
            "discovered in them. Give data that vary."
        )
    for name in set(names) - set(varying):
        deviation[name] = max(deviation[other] for other in varying)
        low[name], high[name] = low[name] - deviation[name], high[name] + deviation[name]
    axes = [data.axis(name) for name in system.space.independent]
    ends = [(float(axis.points[0]), float(axis.points[0]) + axis.length) for axis in axes]
    return Space(
        names=system.space.names,
        origin=(*(a for a, _ in ends), *(0.0 for _ in names)),
        scale=(*(b - a for a, b in ends), *(deviation[name] / UNIT_DEVIATION for name in names)),
        lower=(*(a for a, _ in ends), *(low[name] for name in names)),
        upper=(*(b for _, b in ends), *(high[name] for name in names)),
        periodic=(*(axis.periodic for axis in axes), *(False for _ in names)),
    )


def own_jets(data: Solutions, system: System, wanted: Sequence[Jet], count: int, seed: int) -> SystemJets:
    """Points of the data with their own derivatives; DataError where the grid is too coarse for these."""
    space = system.space
    orders = [grid_orders(data, system, Jet(name, space.none)) for name in space.dependent]
    orders += [grid_orders(data, system, jet) for jet in wanted]
    places = random_points(data, [own for _, own in orders], count, seed)
    coordinates, found = jets(data, orders, places)
    columns = [coordinates[:, data.place(name)] for name in space.independent]
    unknowns = found[: len(space.dependent)]
    return SystemJets(torch.stack([*columns, *unknowns], -1), found[len(space.dependent) :])


def free_jets(problem: SystemProblem, count: int, signed: bool) -> SystemJets:
    """Points whose coordinates are all independent: uniform in the window, values of the data, normal derivatives.

    Derivatives have the root mean square of the data's, at least that of the unknown over the window's size for every
    order; of those that the data's grid is too coarse for, the latter. Unknowns that are constant in the data are
    uniform in their range. `signed`: signs are those of random points of the data, as for equations with sqrt(u_x).
    """
    data, system, space = problem.data, problem.system, problem.space
    wanted, m = problem.validity.jets, len(system.space.independent)
    draw = torch.Generator().manual_seed(problem.settings.seed)

    def uniform(place: int) -> torch.Tensor:
        share = torch.rand(count, dtype=torch.float64, generator=draw)
        return space.lower[place] + share * (space.upper[place] - space.lower[place])

    own = own_jets(data, system, [], OWN_POINTS, problem.settings.seed)
    deviations = own.points.std(0)
    columns = []
    for place in range(space.dimension):
        some = own.points[torch.randint(len(own.points), (count,), generator=draw), place]
        columns.append(some if place >= m and float(deviations[place]) > 0 else uniform(place))
    scale = dict(zip(space.names, space.scale, strict=True))
    least = torch.tensor(
        [
            UNIT_DEVIATION
            * scale[jet.unknown]
            / prod(size**k for size, k in zip(space.scale, jet.orders, strict=False))
            for jet in wanted
        ],
        dtype=torch.float64,
    )
    found = None
    try:
        found = own_jets(data, system, wanted, OWN_POINTS, problem.settings.seed).derivatives
    except DataError:
        if signed:
            raise
    size = least if found is None else torch.maximum(least, found.square().mean(1).sqrt())
    derivatives = size[:, None] * torch.randn(len(wanted), count, dtype=torch.float64, generator=draw)
    if signed and found is not None:
        signs = torch.stack([row[torch.randint(len(row), (count,), generator=draw)].sign() for row in found])
        derivatives = derivatives.abs() * torch.where(signs == 0, 1.0, signs)
    return replace(own, points=torch.stack(columns, -1), derivatives=derivatives)
