"""What discovery calls symmetries of equations that it finds in data, against the equations that the data solve."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import sympy

from symgen.discovery.certainty.jets import free_samples
from symgen.discovery.certainty.judgement import TOLERANCE, Judgement
from symgen.discovery.certainty.response import Fields
from symgen.discovery.problem import Problem
from symgen.equations.posterior import Posterior
from symgen.equations.system import System
from symgen.generators.artifact import Artifact
from symgen.generators.library import LibraryGenerators
from symgen.jets.space import Jet
from symgen.pde.axis import TIME

ANY = 0.5
"""Confidence that matters nothing where the equations are known."""


@dataclass(frozen=True)
class Found:
    """What is called a symmetry in one data set, by the largest gap alone and with certainty."""

    certain: int
    """Dimensions, fields along the flow of ordinary equations not counted; with certainty, near ones of equations whose
    coefficients are rounded count too."""
    gap: int
    undecided: bool
    false_certain: bool
    """Whether a combination of all that is called so, those included, has too large a defect."""
    false_gap: bool
    worst: float
    """The largest defect of the certain ones."""


def scored(artifact: Artifact, problem: Problem, truth: System) -> Found:
    """Defects of what was found are those for the true equations, as `Judgement` has them."""
    found, records, certainty = artifact.generators, artifact.metadata.generators, artifact.metadata.certainty
    assert isinstance(found, LibraryGenerators)
    assert certainty is not None
    exact = [k for k, record in enumerate(records) if record.status == "exact"]
    within = [k for k, record in enumerate(records) if _within(record.relative_bound)]
    near = [k for k in within if records[k].status == "approximate"]
    undecided = [k for k, record in enumerate(records) if record.undecided]
    fields = Fields(found.library, found.coefficients, found.space)
    judgement = Judgement(truth.space, known(truth), fields, free_samples(problem), draws=1)

    def worst(places: Sequence[int]) -> float:
        return judgement.bound(np.eye(judgement.count)[list(places)], ANY).value if places else 0.0

    told, trivial = artifact.metadata.exact, artifact.metadata.trivial
    defect = worst([*exact, *near])
    return Found(
        certain=certainty.at_least,
        gap=told - trivial + len(undecided),
        undecided=bool(undecided),
        false_certain=defect > TOLERANCE,
        false_gap=worst([*exact, *undecided]) > TOLERANCE,
        worst=defect,
    )


def _within(bound: float | None) -> bool:
    return bound is not None and bound <= TOLERANCE


def known(system: System) -> tuple[Posterior, ...]:
    """Equations of evolution without any doubt."""
    space, found = system.space, []
    time = space.independent.index(TIME)
    leads = {lead.unknown: lead for lead in system.rules}
    for name in space.dependent:
        lead: Jet = leads[name]
        parts = sympy.expand(system.reduce(lead)).as_coefficients_dict()
        parts = {term: float(value) for term, value in parts.items() if value}
        values = np.array(list(parts.values()))
        found.append(
            Posterior(
                order=lead.orders[time],
                texts=tuple(map(str, parts)),
                terms=tuple(parts),
                used=values,
                values=values,
                factor=np.zeros((len(values), len(values))),
                left_out=(),
                degrees=1,
            )
        )
    return tuple(found)
