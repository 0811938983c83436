"""Discovery of what leaves functions of points, or their density, as they are: from a condition to an artifact."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import torch

from symgen.discovery.artifact import written
from symgen.discovery.gap import Gap, Status, rounding_of
from symgen.discovery.point_counting import Verdicts, count_points, rule_of
from symgen.discovery.point_problem import PointProblem
from symgen.discovery.point_settings import PointSettings
from symgen.discovery.readable import Judge, readable_basis
from symgen.exceptions import DataError
from symgen.generators.artifact import Artifact
from symgen.generators.domains import MovedPoints, PointsDomain
from symgen.generators.library import LibraryGenerators
from symgen.generators.metadata import DataRecord, GeneratorRecord
from symgen.validity.moved_points import moved_points
from symgen.validity.points import PointValidity

KEPT = 8192
"""Points of the inner product that are written to files."""
SHOWN = 256
"""Of the specimen."""
LOCAL = 1e-6
"""Change of what is invariant at the least scale, from which on a symmetry is one of the gradient only."""
LOCAL_ERROR = 100.0
"""The same, in units of the error of what is differentiated."""
Progress = Callable[[int, int], None]


def discover_points(validity: PointValidity, settings: PointSettings, progress: Progress | None = None) -> Artifact:
    """The fields along which what is judged changes least, from an eigenproblem on three quarters of the points.

    Their defects are measured on the others. `validity` is on the device of its data. Raises DataError for fewer points
    than unknowns, and for what is constant, not finite or without gradient.
    """
    problem = PointProblem(validity, settings)
    with torch.no_grad():
        spectrum = problem.solve()
        fields = problem.family.fields(spectrum.coefficients)
        defects, order = problem.measure(fields).sort()
        fields = fields[order]
        return _artifact(problem, fields, defects.tolist(), "spectral", progress)


def _artifact(
    problem: PointProblem, fields: torch.Tensor, defects: list[float], method: str, progress: Progress | None
) -> Artifact:
    """Fields (m, D, K) with ascending defects, counted, explained, and put to the test."""
    validity, settings, space, library = problem.validity, problem.settings, problem.space, problem.library
    verdicts = count_points(defects, problem.error, problem.within, problem.largest_error)
    symmetries = verdicts.exact + verdicts.approximate
    count = min(settings.n_generators or max(1, symmetries), len(fields))
    if settings.n_generators and settings.n_generators > len(fields):
        raise DataError(f"{settings.n_generators} generators were asked for; {len(fields)} independent fields exist.")
    rounding = max(problem.error, rounding_of(defects))
    judge = Judge(space, library, problem.points, problem.points, problem.measured)
    # what is fitted to data has approximate symmetries only, which are a span as exact ones are
    told = verdicts.exact or verdicts.approximate
    gap = Gap(exact=told, approximate=symmetries - told, ratio=verdicts.ratio, rounding=rounding)
    kept = fields[: max(count, told)]
    judges: dict[Status, Judge] = dict.fromkeys(("exact", "approximate", "none"), judge)
    rule = rule_of(problem.error, problem.within)
    accuracy = rule.accuracy
    if not verdicts.exact and verdicts.approximate:  # digits of formulas beyond what holds would mean nothing
        accuracy = max(accuracy, min(0.01, defects[told - 1] / 3))
    loose = rule.model_copy(update={"accuracy": accuracy})
    records, coefficients = readable_basis(judges, kept, gap, loose, [problem.dictionary()])
    generators = LibraryGenerators(space, library, coefficients[:count])
    moved = moved_points(validity, problem.held_out, generators, problem.random(), progress=progress)
    records, verdicts, warnings = _judged(records[:count], verdicts, moved, problem.error)
    kind = {"kind": "library", "library": library.axes, "total_degree": library.degree}
    known = {"rule": str(rule), "warnings": tuple(warnings), **kind}
    return written_points(problem, generators, records, verdicts, defects, moved, method, settings.words, **known)


def _judged(
    records: Sequence[GeneratorRecord], verdicts: Verdicts, moved: MovedPoints, error: float
) -> tuple[list[GeneratorRecord], Verdicts, list[str]]:
    """Records with their status; those that hold for gradients and not at finite scale are no exact symmetries."""
    judged, warnings, local = [], [], []
    limit = max(LOCAL, LOCAL_ERROR * error)
    for place, record in enumerate(records):
        status = verdicts.status(place)
        change = moved.generators[place][0]
        if status == "exact" and (change is None or change > limit):
            local.append(place + 1)
            status = "approximate"
        undecided = status == "none" and verdicts.undecided(record.defect)
        judged.append(record.model_copy(update={"status": status, "undecided": undecided}))
    if local:
        named = ", ".join(f"V{place}" for place in local)
        warnings.append(
            f"{named} leave the gradient's condition at rounding, but not what is judged when points are moved by "
            f"s = {moved.scales[0]:g}: it jumps, or is defined by parts. They are called approximate."
        )
    order = sorted(range(len(judged)), key=lambda i: ("exact", "approximate", "none").index(judged[i].status))
    assert order == sorted(order) or local
    fewer = replace(verdicts, exact=verdicts.exact - len(local), approximate=verdicts.approximate + len(local))
    return judged, fewer, warnings


def written_points(
    problem: PointProblem,
    generators: LibraryGenerators,
    records: Sequence[GeneratorRecord],
    verdicts: Verdicts,
    defects: Sequence[float],
    moved: MovedPoints,
    method: str,
    family: str,
    **arguments: Any,
) -> Artifact:
    """The artifact of judged fields; `family` says in words what they are from, `arguments` what else is known."""
    validity, settings, data = problem.validity, problem.settings, problem.validity.data
    shown = problem.held_out[:SHOWN]
    order = sorted(range(len(records)), key=lambda i: ("exact", "approximate", "none").index(records[i].status))
    return written(
        LibraryGenerators(problem.space, generators.library, generators.coefficients[order]),
        problem.points[:KEPT],
        {"points": shown, "values": validity.values(shown)},
        settings,
        method=method,
        domain=PointsDomain(
            condition=validity.condition,
            name=validity.name,
            words=validity.words,
            columns=data.names,
            outputs=validity.outputs,
            particles=data.particles,
            library=family,
            error=problem.error,
            surrogate=validity.surrogate,
            moved=moved.model_copy(update={"generators": tuple(moved.generators[i] for i in order)}),
        ),
        generators=tuple(records[i] for i in order),
        spectrum=tuple(defects),
        exact=verdicts.exact,
        approximate=verdicts.approximate,
        gap=verdicts.ratio,
        rounding=max(problem.error, rounding_of(defects)),
        data=DataRecord(source=data.source, sha256=data.sha256, samples=data.count, notes=data.notes),
        **arguments,
    )
