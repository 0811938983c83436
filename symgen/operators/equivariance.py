"""How far a model that carries solutions forward in time is from commuting with vector fields, measured on data.

A model M takes some times of a solution, its history h, to the next ones. A symmetry g = exp(sV) takes solutions to
solutions, so that what an exact model makes of the moved history is what g makes of its prediction. A trained model
differs by M(g h) - g M(h), the equivariance error (Wang, Walters and Yu, Approximately Equivariant Networks for
Imperfectly Symmetric Dynamics, ICML 2022); over s, in the limit s -> 0, it is the Lie derivative of M along V (Gruver,
Finzi, Goldblum and Wilson, The Lie Derivative for Measuring Learned Equivariance, ICLR 2023). Here it is relative to
how far g moves the prediction, |M(g h) - g M(h)| / |g M(h) - M(h)|: 0 for a model that commutes with g, 1 for one that
predicts the same whether its history is moved or not. Beside it stand random smooth fields, which are no symmetries, so
that an exact model does not commute with them either.

g acts on a trajectory as a whole, h and M(h) together with the true times before: where it moves t, moved histories and
predictions are cut from what is covered, and times between the samples are interpolated: also across the step from what
is true to what is predicted, so that a shift in t sees the error of the prediction there too. Fields that move t
otherwise at one place than at another are left out, since there is no time that parts what is known from what is
predicted.
"""

from __future__ import annotations

import math
import statistics
from collections.abc import Callable, Sequence
from copy import deepcopy
from dataclasses import dataclass, replace

import numpy as np
import torch

from symgen.augmentation.moved_solutions import MovedSolutions
from symgen.augmentation.period import keeps_periods
from symgen.augmentation.point_flow import flow_of
from symgen.augmentation.solution_mover import TOLERANCE, SolutionMover
from symgen.exceptions import DataError, UsageError
from symgen.generators.base import Generators
from symgen.generators.closed_form import ClosedFormGenerators, formula
from symgen.generators.held import HeldGenerators
from symgen.generators.inner_product import field_matrix, norms
from symgen.generators.text import aligned
from symgen.generators.vertical import random_vertical_fields
from symgen.pde.axis import TIME
from symgen.pde.interpolant import LEAST_TIMES
from symgen.pde.solutions import Solutions
from symgen.pde.trajectories import Trajectories

Model = Callable[[torch.Tensor], torch.Tensor]
"""From histories (B, history, *grid, unknown) to what follows, (B, future, *grid, unknown)."""
POINTS = 4096
"""Of the data, in their inner product."""
BATCH = 64
SAME_TIME = 1e-6
"""Of a time step: times closer than that are one."""
UNCOVERED = "moves no prediction, covers too little, or moves t otherwise at one place than at another"
OFF_GRID = "does not keep the period of the data"
UNMOVED = 1e-6
"""A prediction that is moved by less than this share of its size says nothing."""


@dataclass(frozen=True)
class EquivarianceError:
    """Of one field, over some histories, each moved forth and back."""

    name: str
    error: float | None
    """Mean of |M(g h) - g M(h)| / |g M(h) - M(h)|; None where nothing was measured."""
    spread: float | None
    """Its standard deviation."""
    moved: float | None
    """Mean error of predictions from moved solutions, whose own next times are g f: |M(g h) - g f| / |g f|."""
    count: int
    """Moved histories that were measured."""
    left_out: str | None = None
    """Why nothing was measured."""

    @classmethod
    def of(cls, name: str, measured: Sequence[tuple[float, float]], left_out: str) -> EquivarianceError:
        """The mean over moved histories; `left_out` says why there are none."""
        if not measured:
            return cls(name, None, None, None, 0, left_out)
        errors, moved = zip(*measured, strict=True)
        return cls(name, statistics.fmean(errors), statistics.pstdev(errors), statistics.fmean(moved), len(errors))


@dataclass(frozen=True)
class EquivarianceErrors:
    """What `equivariance_error` found; printed, a table."""

    fields: tuple[EquivarianceError, ...]
    control: EquivarianceError
    """Of random smooth fields together, which are no symmetries."""
    unmoved: float
    """Mean error of predictions from the histories as they are, |M(h) - f| / |f|."""
    scale: float

    def __str__(self) -> str:
        rows = [["field", "error", "spread", "on moved data", "histories"]]
        for one in (*self.fields, self.control):
            numbers = ["" if x is None else f"{x:.2e}" for x in (one.error, one.spread, one.moved)]
            rows.append([one.name, *numbers, one.left_out or str(one.count)])
        rows.append(["the data as they are", "", "", f"{self.unmoved:.2e}", ""])
        return aligned(rows)


@torch.no_grad()
def equivariance_error(
    model: Model,
    data: Trajectories | Solutions,
    generators: Generators,
    history: int,
    future: int,
    scale: float = 0.1,
    samples: int = 16,
    controls: int = 4,
    names: Sequence[str] = (),
    dtype: torch.dtype = torch.float32,
    device: str | torch.device = "cpu",
    seed: int = 0,
) -> EquivarianceErrors:
    """How far a model is from commuting with the flows of generators, on the last times of some samples of data.

    `model` takes `history` times (B, history, *grid, unknown) of `dtype` to the next ones (B, future, *grid, unknown).
    Every field, taken with norm 1 in the data's inner product, moves the first `samples` by +`scale` and -`scale`; so
    do `controls` random smooth fields that change unknowns alone. `generators` are on the space of the data, as those
    of a file, `symgen.load(path).generators`, or of a selection; `names` are theirs in the table, by default formulas.
    Fields that do not keep the periods of the data are left out, and those that move t otherwise at one place than at
    another. Raises DataError for data without t or with too few times and for predictions that are not finite,
    UsageError for what does not fit: generators or names, predictions of another shape; FlowError for flows that leave
    every bound.

    A model that knows how fast a wave of u_t + u_x = 0 travels, but not that it keeps its height:

    >>> import math, numpy as np, sympy
    >>> from symgen import equivariance_error
    >>> from symgen.discovery.problem import normalised_space
    >>> from symgen.generators.closed_form import ClosedFormGenerators
    >>> from symgen.pde.solutions import Solutions
    >>> x, t = np.arange(32) * 2 * math.pi / 32, np.arange(16) * 2 * math.pi / 32
    >>> waves = [np.sin(x - t[:, None]), np.cos(2 * (x - t[:, None])) + np.sin(x - t[:, None])]
    >>> data = Solutions.from_arrays({"u": np.stack(waves)}, {"t": t, "x": x}, periodic=True)
    >>> u = sympy.Symbol("u", real=True)
    >>> space = normalised_space(data)  # x, t, u
    >>> fields = ClosedFormGenerators(space, [(1, 0, 0), (0, 1, 0), (0, 0, u), (0, 0, 1)])
    >>> def model(history):  # (B, 4, x, unknown), to the next 4 times
    ...     travelled = [history[:, -1].roll(k, 1) for k in range(1, 5)]
    ...     return torch.tanh(torch.stack(travelled, 1))
    >>> found = equivariance_error(model, data, fields, history=4, future=4)
    >>> [one.name for one in found.fields]
    ['d/dx', 'd/dt', 'u d/du', 'd/du']
    >>> [round(one.error, 1) for one in found.fields]  # all are symmetries, and would be 0
    [0.0, 0.6, 0.5, 0.5]
    """
    solutions = data.solutions if isinstance(data, Trajectories) else data
    names = tuple(names) or _names(generators)
    _check(solutions, generators, history, future, scale, samples, controls, names)

    def predicted(histories: torch.Tensor) -> torch.Tensor:
        found = torch.cat([model(part.to(dtype)).double() for part in histories.split(BATCH)])
        if (wanted := (len(histories), future, *histories.shape[2:])) != found.shape:
            raise UsageError(f"The model makes {tuple(found.shape)} of {tuple(histories.shape)}, not {wanted}.")
        if not found.isfinite().all():
            raise DataError("The model predicts numbers that are not finite.")
        return found

    true = torch.from_numpy(solutions.read(range(min(samples, len(solutions))))).to(device)
    known = solutions.shape[0] - future
    orbit = torch.cat([true[:, :known], predicted(true[:, known - history : known])], 1)
    measure = _Measure(predicted, solutions, true, orbit, history, known, scale)
    lengths = {axis.name: axis.length for axis in solutions.space}
    random = random_vertical_fields(generators.space, lengths, solutions.unknowns, controls, seed)
    of_controls = measure.of_last_times()(random)
    kept = keeps_periods(generators, solutions.axes).all(1).tolist()
    chosen = [a for a, keeps in enumerate(kept) if keeps]
    found = dict(zip(chosen, measure(_some(generators, chosen)) if chosen else [], strict=True))
    fields = [
        EquivarianceError.of(name, found.get(a, []), UNCOVERED if kept[a] else OFF_GRID) for a, name in enumerate(names)
    ]
    control = EquivarianceError.of("random smooth fields", [pair for pairs in of_controls for pair in pairs], UNCOVERED)
    unmoved = (orbit - true).flatten(1).norm(dim=1) / true[:, known:].flatten(1).norm(dim=1)
    return EquivarianceErrors(tuple(fields), control, float(unmoved.mean()), scale)


def _check(
    data: Solutions,
    generators: Generators,
    history: int,
    future: int,
    scale: float,
    samples: int,
    controls: int,
    names: Sequence[str],
) -> None:
    if data.axes[0].name != TIME:
        raise DataError("The data have no axis t, along which a model could predict.")
    if not (min(history, future, samples, controls) >= 1 and 0 < scale < math.inf):
        raise UsageError("history, future, samples and controls are at least 1, and the scale is positive.")
    if data.shape[0] < history + future:
        raise DataError(f"The data have {data.shape[0]} times, fewer than the {history + future} of a window.")
    own = (*(axis.name for axis in data.axes), *data.unknowns)
    if sorted(own) != sorted(generators.space.names):
        raise UsageError(f"The generators act on {', '.join(generators.space.names)}; the data have {', '.join(own)}.")
    if len(names) != generators.count:
        raise UsageError(f"There are {len(names)} names for {generators.count} generators.")


@dataclass(frozen=True)
class _Measure:
    """The errors of fields, two for each moved history: of commuting, and of predicting what is moved."""

    model: Model
    data: Solutions
    true: torch.Tensor
    """(N, nt, *grid, unknown)."""
    orbit: torch.Tensor
    """The same, with the model's prediction after the `known` times."""
    history: int
    known: int
    scale: float

    def __call__(self, generators: Generators) -> list[list[tuple[float, float]]]:
        """By field, for every history that it moves, those that are covered."""
        generators = deepcopy(generators).double().to(self.true.device)
        sizes = norms(field_matrix(generators, _graph(generators, self.data, self.true)))
        forth = torch.diag(torch.where(sizes > 0, self.scale / sizes, 0.0))
        weights = torch.cat([forth, -forth])
        movers = [self._mover(generators, values) for values in (self.orbit, self.true)]
        whose: list[int] = []
        cut: list[tuple[torch.Tensor, torch.Tensor, torch.Tensor]] = []
        for sample in range(len(self.true)):
            orbits, truths = (mover(sample, weights) for mover in movers)
            for copy, start in enumerate(self._starts(generators, sample, weights)):
                times = self._covered(start, copy, orbits, truths)
                if len(times):
                    whose.append(copy % generators.count)
                    still = self.orbit[sample, times[self.history :]]
                    cut.append((orbits.values[copy, times], truths.values[copy, times], still))
        found: list[list[tuple[float, float]]] = [[] for _ in range(generators.count)]
        if not cut:
            return found
        predictions = [self.model(torch.stack([window[i][: self.history] for window in cut])) for i in range(2)]
        for field, (orbit, truth, still), mine, other in zip(whose, cut, *predictions, strict=True):
            orbit, truth = orbit[self.history :], truth[self.history :]
            carried = (orbit - still).norm()
            if carried > UNMOVED * still.norm():
                error, moved = (mine[: len(orbit)] - orbit).norm() / carried, (other[: len(truth)] - truth).norm()
                found[field].append((float(error), float(moved / truth.norm())))
        return found

    def of_last_times(self) -> _Measure:
        """The same for fields that do not move t, which need no more times than history and future."""
        first = max(0, min(self.known - self.history, len(self.data.axes[0]) - LEAST_TIMES))
        axes = (replace(self.data.axes[0], points=self.data.axes[0].points[first:]), *self.data.space)
        return replace(
            self,
            data=replace(self.data, axes=axes),
            true=self.true[:, first:],
            orbit=self.orbit[:, first:],
            known=self.known - first,
        )

    def _mover(self, generators: Generators, values: torch.Tensor) -> SolutionMover:
        """Of trajectories that need not solve the equation, since some are predicted."""
        data = replace(self.data, values=values.cpu().numpy(), kept=np.arange(len(values)))
        return SolutionMover(data, generators, None, self.true.device)

    def _starts(self, generators: Generators, sample: int, weights: torch.Tensor) -> list[int | None]:
        """For each copy the first time after all that is known is moved; None where no time parts what is predicted."""
        place, grid = generators.space.names.index(TIME), self.data.axes[0]
        graph = _graph(generators, self.data, self.true[sample : sample + 1], self.known - 1)
        if not generators(graph)[..., place].any():
            return [self.known] * len(weights)
        moved = flow_of(generators, TOLERANCE)(graph.expand(len(weights), -1, -1), weights)[..., place]
        places = ((moved - float(grid.points[0])) / grid.step).cpu()
        first, last = places.amin(1).tolist(), places.amax(1).tolist()
        return [
            math.floor(late + SAME_TIME) + 1 if late - early <= SAME_TIME else None
            for early, late in zip(first, last, strict=True)
        ]

    def _covered(self, start: int | None, copy: int, *moved: MovedSolutions) -> range:
        """Times of a moved history and as much of its future as is covered; none where too little is."""
        if start is None or start < self.history or any(m.folded[copy] or m.unfound[copy] for m in moved):
            return range(0)
        first = start - self.history
        known = torch.stack([m.covered[copy].flatten(1).all(1) for m in moved]).all(0)
        covered = known[first : start + len(known) - self.known].tolist()
        count = covered.index(False) if False in covered else len(covered)
        return range(first, first + count) if count > self.history else range(0)


def _graph(generators: Generators, data: Solutions, values: torch.Tensor, time: int | None = None) -> torch.Tensor:
    """Points (P, d) of the graph of values (N, nt, *grid, unknown), about POINTS of them, or all of one time of one."""
    axes = [torch.from_numpy(axis.points).to(values) for axis in data.axes]
    if time is not None:
        axes[0], values = axes[0][time : time + 1], values[:, time : time + 1]
    grid = torch.stack(torch.meshgrid(*axes, indexing="ij"), -1).expand(len(values), *values.shape[1:-1], -1)
    points = torch.cat([grid, values], -1).flatten(0, -2)
    names = (*(axis.name for axis in data.axes), *data.unknowns)
    points = points[..., [names.index(name) for name in generators.space.names]]
    return points if time is not None else points[:: max(1, len(points) // POINTS)]


def _some(generators: Generators, chosen: Sequence[int]) -> Generators:
    if isinstance(generators, ClosedFormGenerators):
        return ClosedFormGenerators(generators.space, [generators.fields[a] for a in chosen])
    return HeldGenerators(generators, chosen, [math.inf] * generators.space.dimension)


def _names(generators: Generators) -> list[str]:
    if isinstance(generators, ClosedFormGenerators):
        return [formula(field, generators.space.names) for field in generators.fields]
    return [f"V{a + 1}" for a in range(generators.count)]
