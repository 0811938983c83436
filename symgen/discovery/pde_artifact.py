"""Generators of an equation as an artifact, with everything that is known about them."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

import sympy
import torch

from symgen import __version__
from symgen.discovery.algebra_check import why_infinite
from symgen.discovery.counting import Counted
from symgen.discovery.doubts import doubts
from symgen.discovery.gap import Rule
from symgen.discovery.problem import PdeProblem
from symgen.generators.artifact import Artifact
from symgen.generators.base import Generators
from symgen.generators.metadata import AlgebraRecord, DataRecord, GeneratorRecord, Metadata, PdeDomain
from symgen.pde.equation import Equation


def pde_artifact(
    problem: PdeProblem,
    generators: Generators,
    records: Sequence[GeneratorRecord],
    counted: Counted,
    rule: Rule,
    method: str,
    algebra: AlgebraRecord | None = None,
    **arguments: object,
) -> Artifact:
    """The artifact of generators and their records; `arguments` say how to build them again.

    The equation is the one that they were judged by, under the name and with the parameters of the data's only where
    it is the same.
    """
    data, settings, gap = problem.data, problem.settings, counted.gap
    fit = DataRecord(
        source=data.source,
        sha256=data.sha256 or hashlib.sha256(data.read([0]).tobytes()).hexdigest(),
        samples=len(data),
        skipped=len(data.u) - len(data),
        times=len(data.t),
        points=len(data.x),
        residual=problem.residual.relative,
        time_step_error=problem.residual.time_step_error,
        grid_error=problem.residual.grid_error,
        weak_residual=problem.residual.weak,
        regression=data.regression,
        notes=(*(data.origin.notes if data.origin else ()), *problem.notes),
    )
    metadata = Metadata(
        symgen_version=__version__,
        torch_version=torch.__version__,
        method=method,
        space=problem.space,
        domain=_domain(problem),
        generators=tuple(records),
        spectrum=counted.validities,
        exact=gap.exact,
        approximate=gap.approximate,
        gap=gap.ratio,
        rounding=gap.rounding,
        ranked_on=counted.ranked_on,
        alike=counted.alike,
        algebra=algebra,
        infinite=why_infinite(problem.equation),
        warnings=doubts(problem, fit, records, counted, algebra),
        rule=str(rule),
        settings=settings.model_dump(),
        seed=settings.seed,
        data=fit,
        **arguments,  # type: ignore[arg-type]
    )
    specimen = {"u": data.read([0])[0], "x": data.x, "t": data.t}
    tensors = {name: torch.from_numpy(values).to(problem.device) for name, values in specimen.items()}
    return Artifact(generators, metadata, problem.points, tensors)


def _domain(problem: PdeProblem) -> PdeDomain:
    info, used = problem.data.info, problem.equation
    named = Equation.from_string(info.equation, info.parameters) if info.equation else None
    same = named is not None and sympy.expand(named.expression - used.expression) == 0
    return PdeDomain(
        equation=(info.equation or "") if same else str(used.expression),
        name=info.name if same else None,
        parameters=info.parameters if same else {},
        length=info.length,
        data_periodic=info.periodic,
        periodic_fields=problem.settings.periodic,
    )
