"""How many symmetries an equation has, and how its data rank the other fields.

Exact symmetries are counted on free jets, where nothing else satisfies the condition (see `symgen.pde.free_jets`). The
fields after them are ranked on the data's own jets, where these can tell fields apart; what satisfies the condition
there alone is a property of these solutions and not of the equation.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Literal

import torch

from symgen.discovery.algebra_check import SAME
from symgen.discovery.condition import Condition, Family
from symgen.discovery.gap import (
    LARGEST_ROUNDING,
    Gap,
    Rule,
    count_approximate,
    count_exact,
    find_gap,
)
from symgen.discovery.problem import Problem, Progress
from symgen.discovery.spectral import Spectrum
from symgen.equations.ansatz import Field
from symgen.generators.algebra import angles_to_span, principal_angles
from symgen.generators.closed_form import ClosedFormGenerators
from symgen.generators.features import Features
from symgen.generators.inner_product import field_matrix
from symgen.generators.library import FeatureLibrary, LibraryGenerators, orthonormalised
from symgen.generators.total_degree import TotalDegreeLibrary
from symgen.least_squares import least_squares

CONVERGES = 10
"""More degrees make what truncation leaves of a symmetry smaller by this factor or more."""
MORE_DEGREES = 4
LEAST_RAISED = 4
"""Polynomials of at least this degree stand for series; lower ones are meant as they are."""
SAME_FIELD = 0.05
"""Largest angle (rad) between a symmetry and its truncated series."""

Jets = Literal["data", "free"]


@dataclass(frozen=True)
class Counted:
    """The fields of a family, symmetries first."""

    defects: tuple[float, ...]
    """Of exact symmetries on free jets, of the other fields on `ranked_on`; each part ascending."""
    fields: torch.Tensor
    """(m, d, K): orthonormal within each part."""
    gap: Gap
    ranked_on: Jets
    ranking: Condition
    """That by which the other fields are ranked."""
    by_spectrum: int
    """How many symmetries the spectrum alone shows: others than algebra, where it decides otherwise."""
    known: tuple[Field, ...]
    """The exact ones by algebra, where it was asked."""
    drowned: bool
    """Whether defects span so much that rounding hides symmetries, and algebra does not tell them either."""
    alike: int
    """Fields that cannot be told from symmetries on the data's own jets, though the equation has none of them."""


def count_symmetries(
    problem: Problem, family: Family, rule: Rule, own: bool = True, progress: Progress | None = None
) -> Counted:
    """Count symmetries on free jets, and rank the other fields on the data's own jets.

    Both are sound where not all consequences of the equations are known, too: free jets that satisfy only some of them
    hold more than solutions do, so that fewer fields may be called exact, and none that is not.

    They are ranked on free jets too where the data do not tell them from symmetries, and without `own`, for data that
    are too few for the family.
    """
    if rule.exact_gap is None:
        return _of_trained(problem, family, rule, progress)
    free = problem.on_free_jets(family)
    spectrum = free.singular_values.tolist()
    rounding = min(free.rounding, LARGEST_ROUNDING)
    finer = cache(lambda: _finer(problem, family))
    exact, ratio = count_exact(spectrum, rule, lambda place: _converges(problem, family, free, place, finer), rounding)
    by_spectrum, known = exact, problem.known(family.features) if family.span is None else None
    by_algebra = None if known is None else _in_library(problem, family.features, known)
    drowned = by_algebra is None and _drowned(free, exact, rule)
    if by_algebra is not None and not _agree(problem, by_algebra, free.coefficients[:exact]):
        exact, free = by_algebra.count, _about(problem, family, by_algebra)
        spectrum, rounding = free.singular_values.tolist(), min(free.rounding, LARGEST_ROUNDING)
        ratio = spectrum[exact] / max(spectrum[exact - 1], rounding, 1e-300) if 0 < exact < len(spectrum) else 1.0
        ratio = max(ratio, 1.0)
    rest, alike = Spectrum(free.singular_values[exact:], free.coefficients[exact:], free.rounding), 0
    ranked_on: Jets = "free"
    approximate = count_approximate(spectrum[exact:], rule, rounding, exact, rule.exact_limit)
    if own and exact < len(spectrum):
        ranked = problem.on_own_jets(family, free.coefficients[:exact], progress)
        alike = max(0, int((ranked.singular_values <= rule.exact_limit).sum()) - approximate)
        if not alike and len(ranked.singular_values):
            rest, ranked_on = ranked, "data"
            approximate = count_approximate(ranked.singular_values.tolist(), rule, rounding, exact)
    return Counted(
        defects=(*spectrum[:exact], *rest.singular_values.tolist()),
        fields=family.fields(torch.cat([free.coefficients[:exact], rest.coefficients])),
        gap=Gap(exact=exact, approximate=approximate, ratio=ratio, rounding=rounding),
        ranked_on=ranked_on,
        ranking=problem.own if ranked_on == "data" else problem.free,
        by_spectrum=by_spectrum,
        known=known or (),
        drowned=drowned,
        alike=alike,
    )


def _drowned(found: Spectrum, exact: int, rule: Rule) -> bool:
    """Whether rounding may be more than what a symmetry may leave, and the first field that is not exact within it."""
    if found.rounding > rule.exact_limit:
        return True
    defects = found.singular_values[exact:]
    return found.rounding > LARGEST_ROUNDING and len(defects) > 0 and float(defects[0]) <= found.rounding


def _of_trained(problem: Problem, family: Family, rule: Rule, progress: Progress | None) -> Counted:
    """A few fields that were trained on the data, and mean little elsewhere: on their own jets, by limits alone."""
    found = problem.on_own_jets(family, progress=progress)
    values = found.singular_values.tolist()
    gap = find_gap(values, rule)
    return Counted(tuple(values), family.fields(found.coefficients), gap, "data", problem.own, gap.exact, (), False, 0)


def _in_library(problem: Problem, features: Features, fields: Sequence[Field]) -> LibraryGenerators:
    """Polynomials as fields of a library that holds them."""
    points, shape = problem.free.sample.points, (-1, problem.space.dimension, features.size)
    if not fields:
        return LibraryGenerators(problem.space, features, points.new_zeros(0, *shape[1:]))
    values = problem.space.normalise_fields(ClosedFormGenerators(problem.space, fields)(points))
    columns = values.transpose(1, 2).flatten(0, 1).T
    coefficients = least_squares(features.along(points[None])[0], columns)
    return LibraryGenerators(problem.space, features, coefficients.T.reshape(shape))


def _agree(problem: Problem, known: LibraryGenerators, found: torch.Tensor) -> bool:
    """Whether the fields (n, d, K) of a library span what algebra knows; more, where that may not be all."""
    if known.count > len(found) or (known.count < len(found) and problem.knows_all(known.library)):
        return False
    if not known.count:
        return True
    points = problem.free.sample.points
    true, span = (field_matrix(one, points) for one in (known, LibraryGenerators(problem.space, known.library, found)))
    return bool(principal_angles(true, span).max() <= SAME)


def _about(problem: Problem, family: Family, known: LibraryGenerators) -> Spectrum:
    """The fields that algebra knows, orthonormal on free jets, and the others by their defect there."""
    if not known.count:
        return problem.on_free_jets(family)
    exact = orthonormalised(known, problem.free.sample.points).coefficients
    defects, order = problem.free.of_coefficients(family.features, exact).sort()
    rest = problem.on_free_jets(family, exact)
    values, fields = torch.cat([defects, rest.singular_values]), torch.cat([exact[order], rest.coefficients])
    return Spectrum(values, fields, rest.rounding)


_Finer = tuple[FeatureLibrary | TotalDegreeLibrary, Spectrum]


def _finer(problem: Problem, family: Family) -> _Finer | None:
    """The eigenproblem in a library of higher degrees; None where there is none."""
    library = family.features
    if not isinstance(library, FeatureLibrary | TotalDegreeLibrary) or family.span is not None:
        return None
    if isinstance(library, TotalDegreeLibrary):
        series = library.series
    else:
        series = [place for place, axis in enumerate(library.axes) if axis.degree >= LEAST_RAISED]
    axes = tuple(
        axis.model_copy(update={"degree": axis.degree + MORE_DEGREES * (place in series)})
        for place, axis in enumerate(library.axes)
    )
    raised = library.model_copy(update={"axes": axes})
    return (raised, problem.on_free_jets(Family(raised))) if axes != library.axes else None


def _converges(
    problem: Problem, family: Family, found: Spectrum, place: int, finer: Callable[[], _Finer | None]
) -> bool:
    """Whether a field is a truncated series: near a combination of fields that satisfy the condition better, in a
    library of higher degrees."""
    solved = finer()
    if solved is None:
        return False
    raised, spectrum = solved
    better = spectrum.coefficients[spectrum.singular_values * CONVERGES <= found.singular_values[place]]
    if not len(better):
        return False
    points, field = problem.free.sample.points, found.coefficients[place : place + 1]
    matrices = [
        field_matrix(LibraryGenerators(problem.space, features, coefficients), points)
        for features, coefficients in ((family.features, field), (raised, better))
    ]
    return float(angles_to_span(*matrices)) <= SAME_FIELD
