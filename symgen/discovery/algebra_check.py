"""What algebra says about equations, beside what discovery finds in a library: each sees what the other lacks."""

from __future__ import annotations

from collections.abc import Sequence

import torch

from symgen.discovery.problem import Problem
from symgen.equations.ansatz import Field
from symgen.generators.algebra import added_angles, principal_angles
from symgen.generators.closed_form import ClosedFormGenerators, formula
from symgen.generators.inner_product import field_matrix
from symgen.generators.library import LibraryGenerators
from symgen.generators.metadata import AlgebraRecord
from symgen.generators.origin import about_window

SAME = 1e-5
"""Largest angle (rad) between what was found both ways."""


def added_by_algebra(problem: Problem, fields: Sequence[Field], found: LibraryGenerators) -> AlgebraRecord | None:
    """The symmetries `fields` of algebra against the exact ones `found`; None where they have no finite values."""
    if not fields:
        return AlgebraRecord(dimension=0, shared=0, missing=())
    names, points = problem.space.names, problem.free.sample.points
    told_apart = about_window(fields, problem.space)
    algebra = ClosedFormGenerators(problem.space, told_apart)
    true = field_matrix(algebra, points)
    if not torch.isfinite(true).all():
        return None
    if not found.count:
        missing, shared = list(range(len(fields))), 0
    else:
        span = field_matrix(found, points)
        missing = [i for i, angle in enumerate(added_angles(true, span, SAME).tolist()) if angle > SAME]
        shared = int((principal_angles(true, span) <= SAME).sum())
    return AlgebraRecord(
        dimension=len(fields), shared=shared, missing=tuple(formula(told_apart[i], names) for i in missing)
    )
