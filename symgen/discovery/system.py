"""Discovery of the symmetries of a system in solutions of it, in any number of variables: from data to an artifact."""

from __future__ import annotations

import hashlib

import torch

from symgen import __version__
from symgen.discovery.gap import Gap, Rule, count_approximate, count_exact, rounding_of
from symgen.discovery.readable import Judge, readable_basis
from symgen.discovery.settings import SystemSettings
from symgen.discovery.system_doubts import KEPT, MOST_EXACT, system_doubts
from symgen.discovery.system_problem import SystemProblem
from symgen.discovery.system_source import GivenSystem
from symgen.discovery.trivial_fields import told_apart
from symgen.equations.ansatz import monomials
from symgen.exceptions import DataError
from symgen.generators.artifact import Artifact
from symgen.generators.library import LibraryGenerators
from symgen.generators.metadata import DataRecord, Metadata, SystemDomain
from symgen.generators.origin import window_origin
from symgen.pde.solutions import Solutions

FREE = Rule(accuracy=0, exact_limit=1e-9, exact_gap=100, approximate_limit=1e-3, approximate_gap=10)
"""On free jets polynomial symmetries are at rounding, and nothing else is."""
OWN = Rule(accuracy=0, exact_limit=1e-4, exact_gap=100, approximate_limit=1e-2, approximate_gap=10)
"""On the data's own jets symmetries are where the errors of the data's derivatives are."""
CONDITION_POINTS = 4096


def discover_system(
    data: Solutions, given: GivenSystem, settings: SystemSettings, device: str | torch.device = "cpu"
) -> Artifact:
    """The polynomial vector fields of least linearised defect, from an eigenproblem.

    Raises DataError for data that do not solve the system, and as `SystemProblem` does.
    """
    system = given.system
    problem = SystemProblem(data, system, settings, device)
    if not given.regressions:  # which solve their equations in weak form, however noisy derivatives are
        require_solved(problem)
    rule = FREE if problem.on_free_jets else OWN
    with torch.no_grad():
        spectrum = problem.solve()
        values = spectrum.singular_values.tolist()
        rounding = rounding_of(values)
        exact, ratio = count_exact(values, rule)
        nearly = count_approximate(values[exact:], rule, rounding, exact)
        gap = Gap(exact=exact, approximate=nearly, ratio=ratio, rounding=rounding)
        points = problem.sample.points
        judge = Judge(problem.space, problem.library, points, points, problem)
        many = gap.exact > MOST_EXACT
        origin = window_origin(problem.space)
        shifted = [c - place for c, place in zip(system.space.coordinates, origin, strict=True)]
        degrees = range(1, settings.degree + 1) if settings.degree else [0]
        stages = [monomials(shifted, degree) for degree in degrees]
        count = settings.n_generators or (KEPT if many else max(1, gap.exact + gap.approximate))
        if count > len(values):
            raise DataError(f"{count} generators were asked for; {len(values)} independent fields were found.")
        judges = dict.fromkeys(("exact", "approximate", "none"), judge)
        records, fields = readable_basis(
            judges,  # type: ignore[arg-type]
            spectrum.coefficients[: max(count, gap.exact)],
            gap,
            rule,
            stages,
        )
        exact_fields = spectrum.coefficients[: gap.exact]
        records, fields, trivial = told_apart(problem, judge, rule, stages, exact_fields, records, fields)
        generators = LibraryGenerators(problem.space, problem.library, fields[:count])
    records = records[:count]
    residual = problem.residual
    fit = DataRecord(
        source=data.source,
        sha256=data.sha256 or hashlib.sha256(data.read([0]).tobytes()).hexdigest(),
        samples=len(data),
        skipped=len(data.values) - len(data),
        times=len(data.axis("t")) if any(axis.name == "t" for axis in data.axes) else 0,
        grid={axis.name: len(axis) for axis in data.axes},
        residual=residual.relative[residual.worst],
        weak_residual=residual.averaged[residual.worst],
        residuals=residual.relative,
        time_step_error=residual.time_step_error,
        grid_error=residual.grid_error,
        regressions=given.regressions,
        notes=(*(data.origin.notes if data.origin else ()), *given.notes),
    )
    metadata = Metadata(
        symgen_version=__version__,
        torch_version=torch.__version__,
        kind="library",
        method="spectral",
        space=problem.space,
        domain=_domain(problem, given),
        library=problem.library.axes,
        total_degree=problem.library.degree,
        generators=tuple(records),
        spectrum=tuple(values),
        exact=gap.exact,
        approximate=gap.approximate,
        trivial=trivial,
        gap=gap.ratio,
        rounding=gap.rounding,
        rule=str(rule),
        ranked_on="free" if problem.on_free_jets else "data",
        warnings=system_doubts(problem, fit, records, gap),
        settings=settings.model_dump(),
        seed=settings.seed,
        data=fit,
    )
    return Artifact(generators, metadata, points[:CONDITION_POINTS], {})


SOLVED = 0.5
"""Misfit above which the data are not solutions of the system, if their grid does not explain it."""


def require_solved(problem: SystemProblem) -> None:
    """Raise DataError where the data do not satisfy the system at all."""
    residual = problem.residual
    explained = residual.time_step_error + residual.grid_error
    if residual.misfit > SOLVED and explained < residual.misfit / 2:
        which = str(problem.system.expressions[residual.worst]) + " = 0"
        raise DataError(
            f"The data do not solve the equation {which}: it leaves {residual.misfit:.0%} of its terms. Check the "
            "equations, their parameters and which array is which unknown."
        )


def _domain(problem: SystemProblem, given: GivenSystem) -> SystemDomain:
    system, data = given.system, problem.data
    space = system.space
    return SystemDomain(
        equations=given.texts,
        name=data.info.name if given.from_file else None,
        parameters=given.parameters,
        independent=space.independent,
        unknowns=space.dependent,
        complex=tuple(system.complex_unknowns),
        lengths={axis.name: axis.length for axis in data.axes},
        periodic=tuple(axis.name for axis in data.axes if axis.periodic),
        consequences=tuple(f"{space.symbol(lead)} = {system.reduce(lead)}" for lead in system.derived),
        gaps=system.gaps,
    )
