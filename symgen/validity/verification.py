"""Generators put to the test: a datum moved by each of them, at finite scale, and what is left of its equation."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Literal

import torch
from pydantic import BaseModel, ConfigDict

from symgen.flow import Flow, FlowError
from symgen.generators.artifact import Artifact
from symgen.generators.base import Generators
from symgen.generators.basis import Basis
from symgen.generators.held import HeldGenerators
from symgen.generators.inner_product import field_matrix, norms
from symgen.generators.library import FeatureLibrary, LibraryGenerators
from symgen.generators.space import Space
from symgen.pde.derivatives import refine
from symgen.pde.equation import Equation
from symgen.validity.finite import FiniteValidity

SCALES = (0.1, 0.4)
STEP = 0.05
WINDOW = (64, 128)
"""Most times and points of a datum that are moved, from its middle."""
MOST_MOVED = 12
"""Generators that are put to the test: beyond, they are listed without."""
SLACK = 0.3
"""Share of the data's range within which fields are continued beyond it; further out they keep their value."""
RANDOM_DEGREES = (1, 1, 0)
"""Of the random field, in x, t and u."""


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


def finite_defect(
    artifact: Artifact,
    scales: Sequence[float] = SCALES,
    samples: torch.Tensor | None = None,
    seed: int = 0,
    progress: Callable[[int, int], None] | None = None,
) -> FiniteTable:
    """Move data by +s and -s along the first generators of an artifact, for the `scales` s of unit fields.

    `samples` (m, nt, nx) are data on the grid of the artifact's specimen, which is the default. Raises DataError
    where they have too few times or points for the differences.
    """
    domain, space = artifact.metadata.pde, artifact.metadata.space
    x, t = artifact.specimen["x"], artifact.specimen["t"]
    u = artifact.specimen["u"][None] if samples is None else samples
    graph = window(u, x, t, domain.length if domain.data_periodic else None, domain.periodic_fields)
    judge = FiniteValidity(Equation.from_string(domain.equation, domain.parameters))
    period = domain.length if domain.periodic_fields else None
    signed = sorted({s for scale in scales for s in (scale, -scale)})
    random = random_field(space, artifact.points, domain.periodic_fields, seed)
    generators, rows = artifact.generators, []
    count = min(generators.count, MOST_MOVED)
    for place in range(count):
        if progress:
            progress(place, count)
        rows.append(moved_scores(generators, place, judge, graph, signed, period))
    return FiniteTable(
        identity=float(judge(graph, period).score().mean()),
        generators=tuple(rows),
        random=moved_scores(random, 0, judge, graph, signed, period),
    )


def moved_scores(
    generators: Generators,
    index: int,
    judge: FiniteValidity,
    graph: torch.Tensor,
    scales: Sequence[float],
    period: float | None = None,
) -> tuple[MovedScore, ...]:
    """Scores of V_index on graphs (m, nt, nx, 3), for each s; `period` as for FiniteValidity."""
    space = generators.space
    slack = [math.inf if period and wave else SLACK for wave in space.periodic]
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
                scores[s] = _score(judge, moved, s, space, period)
    return tuple(scores[s] for s in scales)


def _score(judge: FiniteValidity, moved: torch.Tensor, s: float, space: Space, period: float | None) -> MovedScore:
    """Score of moved graphs (m, nt, nx, 3), over those of their points that are in the range of the data."""
    rows, columns = judge.margins(period is not None)
    points = moved[:, rows : moved.shape[1] - rows, columns : moved.shape[2] - columns]
    inside = points.new_ones(points.shape[:-1], dtype=torch.bool)
    for i in range(space.dimension):
        if not (period and space.periodic[i]):
            tiny = 1e-9 * (space.upper[i] - space.lower[i])
            inside &= (points[..., i] >= space.lower[i] - tiny) & (points[..., i] <= space.upper[i] + tiny)
    if not inside.any():
        return _outside(s)
    result = judge(moved, period)
    share = float(inside.double().mean())
    if result.folds.any():
        return MovedScore(scale=s, residual=None, status="fold", inside=share)
    return MovedScore(scale=s, residual=float(result.score(inside).nanmean()), status="ok", inside=share)


def _outside(s: float) -> MovedScore:
    return MovedScore(scale=s, residual=None, status="outside", inside=0.0)


def window(u: torch.Tensor, x: torch.Tensor, t: torch.Tensor, length: float | None, whole: bool) -> torch.Tensor:
    """Graphs (m, nt', nx', 3) of the middle of u (m, nt, nx); with `whole`, of all of x.

    Periodic data, on `length`, that become an open window are refined to twice the points: differences need more of
    them for short waves than the spectrum does.
    """
    if length is not None and not whole:
        u = refine(u, 2)
        x = x[0] + length / u.shape[-1] * torch.arange(u.shape[-1], dtype=x.dtype, device=x.device)
    rows, columns = (min(size, most) for size, most in zip(u.shape[1:], WINDOW, strict=True))
    columns = u.shape[2] if whole else columns
    top, left = (u.shape[1] - rows) // 2, (u.shape[2] - columns) // 2
    u, x, t = u[:, top : top + rows, left : left + columns], x[left : left + columns], t[top : top + rows]
    return torch.stack([x.expand_as(u), t[:, None].expand_as(u), u], -1)


def random_field(space: Space, points: torch.Tensor, periodic: bool, seed: int) -> LibraryGenerators:
    """A field of low degree in x and t with random coefficients, of unit norm over the points (P, 3).

    One that depends on u would fold the grid wherever u is steep, and leave nothing to compare with.
    """
    axes = []
    for i, (lower, upper) in enumerate(zip(space.lower, space.upper, strict=True)):
        kind: Literal["fourier", "chebyshev"] = "fourier" if periodic and space.periodic[i] else "chebyshev"
        axes.append(Basis(kind=kind, degree=RANDOM_DEGREES[i], lower=lower, upper=upper))
    library = FeatureLibrary(axes=tuple(axes))
    draw = torch.Generator().manual_seed(seed)
    coefficients = torch.randn(1, space.dimension, library.size, dtype=torch.float64, generator=draw).to(points)
    size = norms(field_matrix(LibraryGenerators(space, library, coefficients), points))
    return LibraryGenerators(space, library, coefficients / size[:, None, None])
