"""From a family of fields to an artifact: the symmetries among them counted, ranked, explained and checked."""

from __future__ import annotations

from typing import Any

import torch

from symgen.cost import Cost, require_affordable
from symgen.discovery.artifact import written
from symgen.discovery.certainty.assessed import DROWNED, GIVEN_UP, MIXED, Assessment, undecided_all
from symgen.discovery.certainty.resampled import with_bounds
from symgen.discovery.condition import Family
from symgen.discovery.counting import count_symmetries
from symgen.discovery.doubts import KEPT, MOST_EXACT, doubts, failing
from symgen.discovery.gap import FLOW, Rule, Status
from symgen.discovery.problem import FREE_POINTS, Problem, Progress
from symgen.discovery.readable import Judge, readable_basis
from symgen.discovery.trivial_fields import told_apart
from symgen.exceptions import DataError, UsageError
from symgen.generators.artifact import Artifact
from symgen.generators.features import Features
from symgen.generators.library import FeatureLibrary, LibraryGenerators
from symgen.generators.metadata import MOST_GENERATORS
from symgen.generators.total_degree import TotalDegreeLibrary
from symgen.threads import one_thread

POINTS_PER_FEATURE = 2
FEW_COLUMNS = 1000
"""Matrices with so many, features times components, are decomposed on one thread: more of them wait for each other, and
where cores are shared take up to 50 times as long."""
WITHOUT_BOUNDS = (
    "There are no bounds of defects for equations of several unknowns that were found with symmetries assumed: the "
    "generators are those of the equations found, whatever the data leave open about these."
)


def found(
    problem: Problem, family: Family, rule: Rule, progress: Progress | None, method: str, **arguments: Any
) -> Artifact:
    """The generators of a problem in a family of fields; `arguments` say how to build their features again.

    Raises DataError where more generators are asked for than there are.
    """
    features, settings = family.features, problem.settings
    _require_moderate(problem, family)
    free = problem.free
    few = problem.points.device.type == "cpu" and features.size * problem.space.dimension <= FEW_COLUMNS
    with torch.no_grad(), one_thread(few):
        counted = count_symmetries(problem, family, rule, _enough(problem, features), progress)
        gap, fields = counted.gap, counted.fields
        sure = None
        orders = {one.order for one in problem.posteriors}
        if len(orders) == 1:
            sure = Assessment(
                problem, features, fields, gap.exact, max(settings.n_generators or 0, gap.exact + gap.approximate)
            )
            also = sure.also_certain(counted.defects, rule.approximate_limit)
            gap = gap.model_copy(update={"approximate": max(gap.approximate, also)})
        many = gap.exact > MOST_EXACT
        count = settings.n_generators or (KEPT if many else min(MOST_GENERATORS, max(1, gap.exact + gap.approximate)))
        if count > len(fields):
            raise DataError(f"{count} generators were asked for; {len(fields)} independent fields were found.")
        spread = problem.points if counted.ranked_on == "data" else free.sample.points
        other = Judge(problem.space, features, problem.points, spread, counted.ranking)
        exact = other if rule is FLOW else Judge(problem.space, features, problem.points, free.sample.points, free)
        judges: dict[Status, Judge] = {"exact": exact, "approximate": other, "none": other}
        stages = problem.stages[: 1 if many else None]
        # fewer than the exact ones are taken from their readable basis: a part of any other has no meaning
        kept = fields[: max(count, gap.exact)]
        records, coefficients = readable_basis(judges, kept, gap, rule, stages)
        whole = len(counted.known) == gap.exact > 0
        if whole and failing(problem, records):  # coefficients of very different sizes are not read off numbers
            records, coefficients = readable_basis(judges, kept, gap, rule, stages, counted.known)
        records, coefficients, trivial = told_apart(
            problem, exact, rule, stages, fields[: gap.exact], records, coefficients
        )
        algebra = None
        if isinstance(features, FeatureLibrary | TotalDegreeLibrary):
            algebra = problem.by_algebra(LibraryGenerators(problem.space, features, fields[: gap.exact]))
        failed = failing(problem, records)
        if algebra and len(failed) > gap.exact - algebra.shared:
            failed = []  # algebra has as many: coefficients that are a little off, of fields that are right
        order = [*(i for i in range(gap.exact) if i not in failed), *failed, *range(gap.exact, len(records))]
        records = [records[i].model_copy(update={"status": "approximate"} if i in failed else {}) for i in order]
        coefficients = coefficients[order]
        exact_ones = gap.exact - len(failed)
        told: tuple[str, ...] = ()
        fit = problem.fit()
        mixed = MIXED if len(orders) > 1 else None
        because = GIVEN_UP if problem.undecided else DROWNED if counted.drowned else mixed
        if because:
            records, certainty, told = undecided_all(records, exact_ones, settings.confidence, because)
            exact_ones = trivial = 0
        elif sure:
            assessed = sure.of(records, coefficients, exact_ones, trivial)
            records, coefficients, told = assessed.records, assessed.coefficients, assessed.doubts
            exact_ones, trivial, certainty = assessed.exact, assessed.trivial, assessed.certainty
        elif fit.regression or fit.regressions:
            certainty, told = None, (WITHOUT_BOUNDS,)
        else:
            spectral, by_data = rule.certain is not None, counted.ranked_on == "data"
            records, certainty = with_bounds(
                problem, features, records, coefficients, exact_ones, trivial, by_data, spectral, fit
            )
    return written(
        LibraryGenerators(problem.space, features, coefficients[:count]),
        problem.points,
        problem.specimen(),
        settings,
        method=method,
        domain=problem.domain(),
        generators=tuple(records[:count]),
        spectrum=counted.defects,
        exact=exact_ones,
        approximate=gap.approximate + len(failed),
        trivial=trivial,
        gap=gap.ratio,
        rounding=gap.rounding,
        ranked_on=counted.ranked_on,
        alike=counted.alike,
        algebra=algebra,
        infinite=problem.infinite,
        certainty=certainty,
        warnings=(*doubts(problem, fit, records[:count], counted, algebra, len(failed)), *told),
        rule=str(rule),
        data=fit,
        **arguments,
    )


def _require_moderate(problem: Problem, family: Family) -> None:
    """Raise DataError for more generators than there are fields, UsageError for more of these than can be solved."""
    columns = family.features.size * problem.space.dimension if family.span is None else len(family.span)
    wanted = problem.settings.n_generators or 0
    if wanted > columns:
        raise DataError(f"{wanted} generators were asked for, and there are {columns} fields to find them among.")
    if wanted > MOST_GENERATORS:
        raise UsageError(f"{wanted} generators were asked for; a file has at most {MOST_GENERATORS}.")
    rows = FREE_POINTS * len(problem.system.expressions)
    cost = Cost(16.0 * columns * (rows + columns), 1e-10 * columns**2 * (4 * rows + 20 * columns))
    require_affordable(f"An eigenproblem of {columns} fields", cost, f"Take lower degrees ({problem.degrees}).")


def _enough(problem: Problem, features: Features) -> bool:
    """Whether the data's own jets can rank fields: polynomials that vanish at all of them would blur these."""
    if problem.too_coarse or len(problem.points) < POINTS_PER_FEATURE * features.size:
        return False
    if isinstance(features, TotalDegreeLibrary):
        rows, columns = len(problem.own.sample.points) * len(problem.system.expressions), problem.space.dimension
        return rows >= POINTS_PER_FEATURE * columns * features.size
    if not isinstance(features, FeatureLibrary):
        return True
    in_x, in_t, _ = features.axes
    times, points = problem.solutions.shape
    return in_t.degree < times and in_x.size <= points
