"""Discovery of what leaves functions of points, or their density, as they are: from a condition to an artifact."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import torch

from symgen.discovery.artifact import written
from symgen.discovery.gap import Gap, Status, rounding_of
from symgen.discovery.point_counting import LARGEST, Verdicts, count_points, rule_of
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
LOCAL, FAR = 1e-6, 1e-4
"""Change of what is invariant at the least scale and at any, from which on a symmetry is one of the gradient only: over
long ways the flow errs."""
LOCAL_ERROR = 10.0
"""The same, in units of the error of what is differentiated."""
LARGEST_MOVED = 0.5
"""Change at the least scale, over that along random fields, of what is called approximate."""
GENTLE_SHARE = 0.02
"""Share of points at which an exact symmetry may seem to change what is judged, by rounding."""
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
        held, fitted = problem.measure(fields), spectrum.singular_values
        # a few held-out points may all lie where nothing changes: what is exact is so on the others, too
        limit = rule_of(problem.resolution).exact_limit
        defects, order = torch.where(held <= limit, torch.maximum(held, fitted), held).sort()
        fields = fields[order]
        return _artifact(problem, fields, defects.tolist(), "spectral", progress)


def _artifact(
    problem: PointProblem, fields: torch.Tensor, defects: list[float], method: str, progress: Progress | None
) -> Artifact:
    """Fields (m, D, K) with ascending defects, counted, explained, and put to the test."""
    validity, settings, space, library = problem.validity, problem.settings, problem.space, problem.library
    verdicts = count_points(defects, problem.resolution)
    symmetries = verdicts.exact + verdicts.approximate
    count = min(settings.n_generators or max(1, symmetries), len(fields))
    if settings.n_generators and settings.n_generators > len(fields):
        raise DataError(f"{settings.n_generators} generators were asked for; {len(fields)} independent fields exist.")
    rounding = max(problem.resolution.error, rounding_of(defects))
    judge = Judge(space, library, problem.points, problem.free, problem.measured)
    # what is fitted to data has approximate symmetries only, which are a span as exact ones are
    told = verdicts.exact or verdicts.approximate
    gap = Gap(exact=told, approximate=symmetries - told, ratio=verdicts.ratio, rounding=rounding)
    kept = fields[: max(count, told)]
    judges: dict[Status, Judge] = dict.fromkeys(("exact", "approximate", "none"), judge)
    rule = rule_of(problem.resolution)
    accuracy = rule.accuracy
    if not verdicts.exact and verdicts.approximate:  # digits of formulas beyond what holds would mean nothing
        accuracy = max(accuracy, min(0.01, defects[told - 1] / 3))
    loose = rule.model_copy(update={"accuracy": accuracy})
    records, coefficients = readable_basis(judges, kept, gap, loose, [problem.dictionary()])
    generators = LibraryGenerators(space, library, coefficients[:count])
    moved = moved_points(validity, problem.held_out, generators, problem.random(), progress=progress)
    gentle = problem.gentle(coefficients[: min(count, verdicts.exact)])
    records, verdicts, warnings = _judged(records[:count], verdicts, moved, gentle, problem.resolution.error)
    kind = {"kind": "library", "library": library.axes, "total_degree": library.degree}
    known = {"rule": str(rule), "warnings": tuple(warnings), **kind}
    return written_points(problem, generators, records, verdicts, defects, moved, method, problem.words, **known)


def _judged(
    records: Sequence[GeneratorRecord],
    verdicts: Verdicts,
    moved: MovedPoints,
    gentle: torch.Tensor,
    error: float,
) -> tuple[list[GeneratorRecord], Verdicts, list[str]]:
    """Records with their status, which is lower than that of the gradients where moved points or gentle places say so.

    `gentle` are shares of the points at which fields change what is judged, though not beside its steepest places.
    """
    near, far = (max(limit, LOCAL_ERROR * error) for limit in (LOCAL, FAR))
    statuses, local, small = [], [], []
    for place in range(len(records)):
        status, row = verdicts.status(place), moved.generators[place]
        if status == "exact" and not (_within(row[:1], near) and _within(row, far)):
            local.append(place)
            status = "approximate" if _changes_less(row, moved.random, LARGEST) else "none"
        elif status == "exact" and gentle[place] > GENTLE_SHARE:
            small.append(place)
            status = "approximate"
        elif status == "approximate" and not _changes_less(row[:1], moved.random, LARGEST_MOVED):
            status = "none"
        statuses.append(status)
    judged = [
        record.model_copy(
            update={
                "status": status,
                "undecided": verdicts.status(place) == status == "none" and verdicts.undecided(record.defect),
            }
        )
        for place, (record, status) in enumerate(zip(records, statuses, strict=True))
    ]
    warnings = []
    if local:
        warnings.append(
            f"{_named(local, judged)} leave the gradient's condition at rounding, but not what is judged when points "
            f"are moved by s up to {moved.scales[-1]:g}: it jumps, or is defined by parts, or the points lie on a "
            f"surface that they leave. They are called approximate if it changes at most {LARGEST:g} times as much as "
            "along random fields, and else no symmetries."
        )
    if small:
        warnings.append(
            f"{_named(small, judged)} change what is judged by no more than rounding beside what other fields do at "
            "its steepest points, but by more where it is less steep. They are called approximate. Leave the steepest "
            "points out, or take a function such as the logarithm."
        )
    changed = [(verdicts.status(place), status) for place, status in enumerate(statuses)]
    fewer = replace(
        verdicts,
        exact=verdicts.exact - sum(was == "exact" != status for was, status in changed),
        approximate=verdicts.approximate
        + changed.count(("exact", "approximate"))
        - changed.count(("approximate", "none")),
    )
    return judged, fewer, warnings


def _in_order(records: Sequence[GeneratorRecord]) -> list[int]:
    """Places of the records as they are written: exact ones first, then approximate ones."""
    return sorted(range(len(records)), key=lambda i: ("exact", "approximate", "none").index(records[i].status))


def _named(places: Sequence[int], records: Sequence[GeneratorRecord]) -> str:
    order = _in_order(records)
    return ", ".join(f"V{number}" for number, place in enumerate(order, 1) if place in places)


def _within(row: Sequence[float | None], limit: float) -> bool:
    """Whether points change so little at all scales at which they are not lost, the least of all."""
    return row[0] is not None and all(change is None or change <= limit for change in row)


def _changes_less(row: Sequence[float | None], random: Sequence[Sequence[float | None]], share: float) -> bool:
    """Whether points moved by the scales of a row change by at most a share of what they do along random fields."""
    for change, *others in zip(row, *random, strict=False):
        known = [other for other in others if other is not None]
        if change is not None and known and change > share * sum(known) / len(known):
            return False
    return row[0] is not None


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
    order = _in_order(records)
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
            error=problem.resolution.error,
            surrogate=validity.surrogate,
            moved=moved.model_copy(update={"generators": tuple(moved.generators[i] for i in order)}),
        ),
        generators=tuple(records[i] for i in order),
        spectrum=tuple(defects),
        exact=verdicts.exact,
        approximate=verdicts.approximate,
        gap=verdicts.ratio,
        rounding=max(problem.resolution.error, rounding_of(defects)),
        data=DataRecord(source=data.source, sha256=data.sha256, samples=data.count, notes=data.notes),
        **arguments,
    )
