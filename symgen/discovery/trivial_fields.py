"""Setting apart the exact fields that move every solution along itself, as those along the flow of an ODE do.

Their characteristic Q^a = phi^a - sum_i xi^i u^a_i vanishes on solutions (Olver, Applications of Lie Groups to
Differential Equations, section 5.1): they say nothing about how solutions are related.
"""

from __future__ import annotations

from collections.abc import Sequence

import sympy
import torch

from symgen.discovery.gap import Gap, Rule
from symgen.discovery.problem import Problem
from symgen.discovery.readable import Judge, readable_basis
from symgen.expressions import CompiledExpressions
from symgen.generators.metadata import GeneratorRecord
from symgen.jets.space import Jet

VANISHES = 1e-7
"""Size of a characteristic, relative to that of unit fields, that is rounding."""


def told_apart(
    problem: Problem,
    judge: Judge,
    rule: Rule,
    stages: Sequence[Sequence[sympy.Expr]],
    exact: torch.Tensor,
    records: Sequence[GeneratorRecord],
    fields: torch.Tensor,
) -> tuple[list[GeneratorRecord], torch.Tensor, int]:
    """Records and coefficients with the trivial fields after the other exact ones, and how many these are.

    `exact` (e, d, K) are the orthonormal exact fields, `records` and `fields` (n, d, K) a readable basis that begins
    with one of these.
    """
    e = len(exact)
    if not e or not problem.may_be_trivial:
        return list(records), fields, 0
    _, sizes, right = torch.linalg.svd(_characteristics(problem, judge, exact), full_matrices=False)
    trivial = sizes <= VANISHES * sizes.new_tensor(1.0).maximum(sizes[0])
    count = int(trivial.sum())
    if not count:
        return list(records), fields, 0
    along = torch.einsum("mn,nik->mik", right[trivial], exact)
    gap = Gap(exact=count, approximate=0, ratio=1.0, rounding=float(min(r.defect for r in records)))
    own_records, own_fields = readable_basis({"exact": judge}, along, gap, rule, stages)
    kept: list[int] = []
    frame = torch.zeros(0, dtype=fields.dtype, device=fields.device)
    changes = _characteristics(problem, judge, fields[:e])
    largest = changes.norm(dim=0).max()  # trivial ones among them are rounding
    for place in range(e):
        new = changes[:, place]
        size = new.norm().maximum(1e-6 * largest)
        if len(frame):
            for _ in range(2):
                new = new - frame.T @ (frame @ new)
        if len(kept) < e - count and new.norm() > 1e-6 * size:
            kept.append(place)
            frame = torch.cat([frame.reshape(-1, len(new)), (new / new.norm())[None]])
    kept += [place for place in range(e) if place not in kept][: e - count - len(kept)]
    order = [*kept, *range(e, len(records))]
    marked = [record.model_copy(update={"trivial": True}) for record in own_records]
    ordered = [*(records[k] for k in kept), *marked, *records[e:]]
    return ordered, torch.cat([fields[order[: len(kept)]], own_fields, fields[e:]]), count


def _characteristics(problem: Problem, judge: Judge, fields: torch.Tensor) -> torch.Tensor:
    """Q of library fields (n, d, K) on solutions, in units of the unknowns -> (points k, n)."""
    system, sample = problem.system, problem.free.sample
    space = system.space
    m = len(space.independent)
    slopes = [system.reduce(Jet(name, space.unit(axis))) for name in space.dependent for axis in range(m)]
    jets = [jet for jet in space.jets(*slopes) if jet.order]
    known = dict(zip(problem.validity.jets, sample.derivatives, strict=True))
    draw = torch.Generator().manual_seed(problem.settings.seed)
    scale = dict(zip(space.names, problem.space.scale, strict=True))
    values = []
    for jet in jets:
        if jet not in known:  # any value does: it is free
            size = scale[jet.unknown]
            for name, order in zip(space.independent, jet.orders, strict=True):
                size /= scale[name] ** order
            random = torch.randn(len(sample.points), dtype=torch.float64, generator=draw)
            known[jet] = size * random.to(sample.points)
        values.append(known[jet])
    symbols = [*space.coordinates, *map(space.symbol, jets)]
    found = CompiledExpressions(symbols, slopes)([*sample.points.unbind(-1), *values])
    found = found.reshape(len(space.dependent), m, -1)
    components = judge.fields(fields)(sample.points)
    change = components[..., m:] - torch.einsum("npi,aip->npa", components[..., :m], found)
    sizes, lengths = (change.new_tensor(part) for part in (problem.space.scale[m:], problem.space.scale[:m]))
    # points where slopes are steep would drown the others
    weight = 1 + (found.abs() * lengths[:, None] / sizes[:, None, None]).amax((0, 1))
    weighted = change / sizes / weight[:, None]
    return weighted.reshape(len(fields), -1).T / len(sample.points) ** 0.5
