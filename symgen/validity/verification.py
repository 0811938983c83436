"""Generators put to the test: a datum moved by each of them, at finite scale, and what is left of its equation."""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import torch
from pydantic import BaseModel, ConfigDict

from symgen.constants import constant
from symgen.equations.recorded import system_of_domain
from symgen.equations.system import System
from symgen.equations.units import natural_sizes
from symgen.exceptions import DataError
from symgen.flow import Flow, FlowError
from symgen.generators.artifact import Artifact
from symgen.generators.base import Generators
from symgen.generators.basis import Basis
from symgen.generators.domains import SystemDomain
from symgen.generators.held import HeldGenerators
from symgen.generators.inner_product import field_matrix, norms
from symgen.generators.library import FeatureLibrary, LibraryGenerators
from symgen.generators.space import Space
from symgen.pde.axis import grid_order
from symgen.pde.derivatives import refine
from symgen.pde.equation import Equation
from symgen.validity.deformed_grid import graph_of
from symgen.validity.finite import FiniteValidity

SCALES = (0.1, 0.4)
TOLD_SCALES = (0.05, 0.1, 0.2, 0.3, 0.4)
"""The same where the outcome is drawn."""
STEP = 0.05
WINDOWS = {1: (512,), 2: (64, 128), 3: (24,) * 3, 4: (14,) * 4}
"""Most times and points of a datum that are moved, from its middle, by the number of variables."""
ACCURACIES = (8, 6, 4, 2)
"""Of the differences: the highest that leaves a share `LEFT` of the times and points."""
LEFT = 0.25
ROUNDING = 1e-9
"""Of the size that an equation's terms have in the units of the data: smaller terms are what rounding leaves."""
MOST_MOVED = 12
"""Generators that are put to the test: beyond, they are listed without."""
SLACK = 0.3
"""Share of the data's range within which fields are continued beyond it; further out they keep their value."""
RANDOM_DEGREE = 1
"""Of the random field in each independent variable; it does not depend on unknowns."""


class _Record(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class MovedScore(_Record):
    """What is left of the equation after moving the data by s."""

    scale: float
    """s, in units of the unit field."""
    residual: float | None
    """Root mean square residual relative to the equation's terms; None where there is none, see `status`."""
    status: Literal["ok", "fold", "outside"]
    """fold: u is no function of x and t any more. outside: the data are moved out of their range, or to infinity."""
    inside: float
    """Share of the points that are still in the range of the data: only those count."""


class FiniteTable(_Record):
    """Relative residuals of moved data, for every generator and for comparison."""

    identity: float
    """Of the data as they are, with the same differences: what the best can reach."""
    generators: tuple[tuple[MovedScore, ...], ...]
    """For each generator, in ascending order of s; for the first MOST_MOVED of them."""
    random: tuple[MovedScore, ...]
    """Of a random smooth unit field."""


@dataclass(frozen=True)
class Specimen:
    """The datum that is moved, and the system that it solves."""

    system: System
    space: Space
    points: Mapping[str, torch.Tensor]
    """Of the grid's axes, by name."""
    values: torch.Tensor
    """(*grid, unknown), the grid's axes in the order of `grid_order`."""
    data_periods: Mapping[str, float]
    """Periods of the axes along which the data are periodic."""
    periods: Mapping[str, float]
    """Of those along which the fields are, too."""

    @classmethod
    def of(cls, artifact: Artifact) -> Specimen:
        """That of an artifact's data; DataError where its file has none."""
        domain, space, stored = artifact.metadata.solved, artifact.metadata.space, artifact.specimen
        if not stored:
            raise DataError("The file has no solution to move: an older symgen wrote it. Discover again.")
        if isinstance(domain, SystemDomain):
            system = system_of_domain(domain)
            lengths = {name: domain.lengths[name] for name in domain.periodic}
            periods: dict[str, float] = {}
        else:
            system = Equation.from_string(domain.equation, domain.parameters).system
            lengths = {"x": domain.length} if domain.data_periodic else {}
            periods = {"x": domain.length} if domain.periodic_fields else {}
        points = {name: stored[name] for name in system.space.independent}
        # a piece of a large solution has no period any more
        whole = {name: length for name, length in lengths.items() if _covers(points[name], length)}
        values = torch.stack([stored[name] for name in system.space.dependent], -1)
        return cls(system, space, points, values, whole, periods)


def _covers(points: torch.Tensor, length: float) -> bool:
    """Whether equally spaced points (n,) are those of a whole period."""
    n = len(points)
    return abs(float(points[-1] - points[0]) / (n - 1) * n / length - 1) < 0.5 / n


def finite_defect(
    artifact: Artifact,
    scales: Sequence[float] = SCALES,
    samples: torch.Tensor | None = None,
    seed: int = 0,
    progress: Callable[[int, int], None] | None = None,
) -> FiniteTable:
    """Move data by +s and -s along the first generators of an artifact, for the `scales` s of unit fields.

    `samples` (m, *grid, unknown), of one u(x, t) also (m, nt, nx), are data on the grid of the artifact's specimen,
    which is the default. Raises DataError where they have too few times or points for the differences, or the file has
    no specimen.
    """
    one = Specimen.of(artifact)
    values = one.values[None] if samples is None else samples.reshape(-1, *one.values.shape)
    graph = window(values, one.points, one.data_periods, one.periods, one.system.space.independent)
    judge = judge_of(one.system, graph, one.periods)
    identity = float(judge(graph, one.periods).score(least=_least(judge, one.space, graph)).mean())
    signed = sorted({s for scale in scales for s in (scale, -scale)})
    random = random_field(one.space, artifact.points, one.system.space.independent, one.periods, seed)
    generators, rows = artifact.generators, []
    count = min(generators.count, MOST_MOVED)
    for place in range(count):
        if progress:
            progress(place, count)
        rows.append(moved_scores(generators, place, judge, graph, signed, one.periods))
    return FiniteTable(
        identity=identity,
        generators=tuple(rows),
        random=moved_scores(random, 0, judge, graph, signed, one.periods),
    )


def judge_of(system: System, graph: torch.Tensor, periods: Collection[str] = ()) -> FiniteValidity:
    """The residual of graphs (..., *grid, d), with differences as accurate as the grid has room for."""
    m = len(system.space.independent)
    sizes = graph.shape[-m - 1 : -1]
    judges = [FiniteValidity(system, accuracy) for accuracy in ACCURACIES]
    roomy = (
        judge
        for judge in judges
        if all(n - 2 * lost >= max(1, LEFT * n) for n, lost in zip(sizes, judge.margins(periods), strict=True))
    )
    return next(roomy, judges[-1])


def moved_scores(
    generators: Generators,
    index: int,
    judge: FiniteValidity,
    graph: torch.Tensor,
    scales: Sequence[float],
    periods: Mapping[str, float] | None = None,
) -> tuple[MovedScore, ...]:
    """Scores of V_index on graphs (m, *grid, d), for each s; `periods` as for FiniteValidity."""
    space, periods = generators.space, periods or {}
    slack = [math.inf if name in periods else SLACK for name in space.names]
    if isinstance(generators, LibraryGenerators):  # the others need not be evaluated
        generators, index = LibraryGenerators(space, generators.library, generators.coefficients[[index]]), 0
    flow = Flow(HeldGenerators(generators, [index], slack), step=STEP)
    scores: dict[float, MovedScore] = {}
    for direction in (1, -1):
        here, moved = 0.0, graph
        for s in sorted((s for s in scales if s * direction >= 0), key=abs):
            try:
                with torch.no_grad():
                    here, moved = s, flow(moved, s - here, 0)  # from the last scale on: a flow is a group
            except FlowError:
                scores[s] = _outside(s)
            else:
                scores[s] = _score(judge, moved, s, space, periods)
    return tuple(scores[s] for s in scales)


def _score(
    judge: FiniteValidity, moved: torch.Tensor, s: float, space: Space, periods: Mapping[str, float]
) -> MovedScore:
    """Score of moved graphs (m, *grid, d), over those of their points that are in the range of the data."""
    margins = judge.margins(periods)
    inside, smooth = _within(moved, space, periods, 1e-9), _within(moved, space, periods, SLACK)
    for axis, lost in enumerate(margins, 1):
        inside = inside.narrow(axis, lost, max(0, inside.shape[axis] - 2 * lost))
        if lost:  # where fields are held the graph has a kink, which differences near it feel
            smooth = smooth.unfold(axis, 2 * lost + 1, 1).all(-1)
    share = float(inside.double().mean())
    if not (inside & smooth).any():
        return _outside(s)
    result = judge(moved, periods)
    if result.folds.any():
        return MovedScore(scale=s, residual=None, status="fold", inside=share)
    score = result.score(inside & smooth, _least(judge, space, moved)).nanmean()
    return MovedScore(scale=s, residual=float(score), status="ok", inside=share)


def _within(points: torch.Tensor, space: Space, periods: Collection[str], slack: float) -> torch.Tensor:
    """Which points (..., d) are in the range of the data, or beyond it by at most that share of it -> (...)."""
    found = points.new_ones(points.shape[:-1], dtype=torch.bool)
    for i, name in enumerate(space.names):
        if name not in periods:
            wide = slack * (space.upper[i] - space.lower[i])
            found &= (points[..., i] >= space.lower[i] - wide) & (points[..., i] <= space.upper[i] + wide)
    return found


def _least(judge: FiniteValidity, space: Space, like: torch.Tensor) -> torch.Tensor:
    """Sizes (R,) of the equations' terms below which these are rounding."""
    units = dict(zip(space.names, space.scale, strict=True))
    return ROUNDING * constant(natural_sizes(judge.system, units), like)


def _outside(s: float) -> MovedScore:
    return MovedScore(scale=s, residual=None, status="outside", inside=0.0)


def window(
    values: torch.Tensor,
    points: Mapping[str, torch.Tensor],
    data_periods: Mapping[str, float],
    periods: Collection[str],
    independent: Sequence[str],
) -> torch.Tensor:
    """Graphs (m, *grid', d) of the middle of values (m, *grid, unknown); of axes in `periods`, of all of them.

    Axes along which the data are periodic that become open windows are refined to twice the points: differences need
    more of them for short waves than the spectrum does.
    """
    points = dict(points)
    most = dict(zip(grid_order(independent), WINDOWS[len(independent)], strict=True))
    for axis, name in enumerate(grid_order(independent), 1):
        if name in periods:
            continue
        if name in data_periods:
            values = refine(values.movedim(axis, -1), 2).movedim(-1, axis)
            n, x = values.shape[axis], points[name]
            points[name] = x[0] + data_periods[name] / n * torch.arange(n, dtype=x.dtype, device=x.device)
        size = min(values.shape[axis], most[name])
        start = (values.shape[axis] - size) // 2
        values, points[name] = values.narrow(axis, start, size), points[name][start : start + size]
    return graph_of(values, points, independent)


def random_field(
    space: Space, points: torch.Tensor, independent: Collection[str], periods: Collection[str], seed: int
) -> LibraryGenerators:
    """A field of low degree in the `independent` variables with random coefficients, of unit norm over points (P, d).

    One that depends on unknowns would fold the grid wherever these are steep, and leave nothing to compare with.
    """
    axes = []
    for name, lower, upper in zip(space.names, space.lower, space.upper, strict=True):
        kind: Literal["fourier", "chebyshev"] = "fourier" if name in periods else "chebyshev"
        axes.append(Basis(kind=kind, degree=RANDOM_DEGREE * (name in independent), lower=lower, upper=upper))
    library = FeatureLibrary(axes=tuple(axes))
    draw = torch.Generator().manual_seed(seed)
    coefficients = torch.randn(1, space.dimension, library.size, dtype=torch.float64, generator=draw).to(points)
    size = norms(field_matrix(LibraryGenerators(space, library, coefficients), points))
    return LibraryGenerators(space, library, coefficients / size[:, None, None])
