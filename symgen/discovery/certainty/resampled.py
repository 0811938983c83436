"""Bounds for equations that are given: their symmetries are certain, other fields are judged on resampled data.

The bootstrap draws as many trajectories as there are, with replacement (Efron, Ann. Statist. 7 (1979) 1); of one
trajectory blocks of its times, which hardly depend on each other (Kuensch, Ann. Statist. 17 (1989) 1217).
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch

from symgen.discovery.certainty.judgement import TOLERANCE
from symgen.discovery.condition import Condition
from symgen.discovery.problem import Problem
from symgen.generators.features import Features
from symgen.generators.metadata import Certainty, DataRecord, GeneratorRecord
from symgen.jets.sample import JetSample
from symgen.pde.axis import TIME

RESAMPLES = 400
MOST_GROUPS = 16
"""Of points of free jets."""
BLOCKS = 8
"""Of one trajectory."""


def with_bounds(
    problem: Problem,
    features: Features,
    records: Sequence[GeneratorRecord],
    coefficients: torch.Tensor,
    exact: int,
    trivial: int,
    by_data: bool,
    by_algebra: bool,
    fit: DataRecord,
) -> tuple[list[GeneratorRecord], Certainty]:
    """Of generators (n, d, K), the first `exact` of which are symmetries of the equations given.

    `by_algebra`: they are fields of a library, so that a formula that has passed its checks is a symmetry, and of a
    field without one the defect is known to rounding. Trained fields are judged like the others. Bounds of fields that
    are ranked `by_data` count what the data's grid leaves.
    """
    confidence, known = problem.settings.confidence, exact if by_algebra else 0
    bounds = [0.0 if record.formula else record.defect for record in records[:known]]
    sources = ["algebra of the given equation"] if known else []
    if len(records) > known:
        squares = _by_data(problem, features, coefficients[known:]) if by_data else None
        if squares is None:
            squares = _in_parts(problem.free, features, coefficients[known:])
            sources.append("resampled free derivatives")
        else:
            several = len(problem.solutions) > 1
            sources += ["resampled trajectories" if several else "resampled blocks of one trajectory", "grid"]
        grid = fit.time_step_error + (fit.grid_error or 0.0) if by_data else 0.0
        bounds += np.hypot(bootstrap(squares, confidence), grid).tolist()
    undecided = sum(record.verdict in ("approximate", "undecided") for record in records[exact:])
    least = exact if by_algebra else sum(bound <= TOLERANCE for bound in bounds[:exact])
    certainty = Certainty(
        confidence=confidence,
        tolerance=TOLERANCE,
        at_least=max(0, least - trivial),
        at_most=exact - trivial + (0 if by_algebra and problem.knows_all(features) else undecided),
        sources=tuple(sources),
        resamples=RESAMPLES if len(records) > known else 0,
    )
    return [r.model_copy(update={"bound": b}) for r, b in zip(records, bounds, strict=True)], certainty


def bootstrap(squares: np.ndarray, confidence: float, resamples: int = RESAMPLES, seed: int = 0) -> np.ndarray:
    """Upper bounds (n,) of root means from mean squares (groups, n) of groups of one size."""
    drawn = np.random.default_rng(seed).integers(len(squares), size=(resamples, len(squares)))
    return np.asarray(np.quantile(np.sqrt(squares[drawn].mean(axis=1)), confidence, axis=0))


def _by_data(problem: Problem, features: Features, fields: torch.Tensor) -> np.ndarray | None:
    """(groups, n): mean squares of the condition for fields (n, d, K) on the data's jets; None without derivatives."""
    if problem.too_coarse:
        return None
    parts = _groups(problem)
    conditions = [Condition(problem.validity, problem.space, part, problem.own.size) for part in parts]
    rows = [one.of_features(features) @ fields.flatten(1).T for one in conditions]
    return np.stack([own.square().mean(0).cpu().numpy() for own in rows])


def _in_parts(condition: Condition, features: Features, fields: torch.Tensor) -> np.ndarray:
    """(groups, n): the same of groups of the points of a condition."""
    rows = (condition.of_features(features) @ fields.flatten(1).T).square()
    each = rows.reshape(-1, len(condition.sample.points), len(fields)).mean(0)
    return np.stack([part.mean(0).cpu().numpy() for part in each.tensor_split(MOST_GROUPS)])


def _groups(problem: Problem) -> list[JetSample]:
    """Points of the data by trajectories, or of one by blocks of time; those without a value are left out."""
    found = problem.parts
    if len(found) > 1:
        return found
    names = problem.space.names
    along = found[0].points[:, names.index(TIME) if TIME in names else 0]
    return [found[0].at(block) for block in along.argsort().tensor_split(BLOCKS) if len(block)]
