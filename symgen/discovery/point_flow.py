"""Flow training on points: from a condition to an artifact."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import sympy
import torch

from symgen.discovery.condition import Family
from symgen.discovery.flow_points import PointObjective
from symgen.discovery.flow_training import Progress, Trained, train_flow
from symgen.discovery.gap import Gap, Rule, Status
from symgen.discovery.point_counting import KNOWN, LARGEST, Verdicts
from symgen.discovery.point_problem import PointProblem
from symgen.discovery.point_settings import PointFlowSettings, PointSpectralSettings
from symgen.discovery.points import discover_points, written_points
from symgen.discovery.readable import Judge, readable_basis
from symgen.discovery.surfaces import rates
from symgen.generators.artifact import Artifact
from symgen.generators.base import Generators
from symgen.generators.features import Features
from symgen.generators.inner_product import field_matrix, norms
from symgen.generators.library import LibraryGenerators, orthonormalised
from symgen.generators.network import NetworkGenerators
from symgen.validity.density import Density
from symgen.validity.moved_points import moved_points
from symgen.validity.points import PointValidity
from symgen.validity.sampled_density import SampledDensity

DEFAULT_COUNT = 4
"""Generators that are trained from random weights, if the settings don't say how many."""
LEAVES = 0.02
"""Rate at which a trained field leaves the surface on which all points lie, where what was fitted is not known."""
TRAINED = 0.02
"""Defect that training leaves of a symmetry."""
RULE = Rule(accuracy=5e-3, exact_limit=0.0, exact_gap=None, approximate_limit=LARGEST, approximate_gap=1)
"""Trained fields are symmetries to 1e-3 or so, never exactly; ten times the accuracy is how far formulas may be."""
JUDGED = 0.2
"""s of the unit fields along which points are moved to judge them."""
RULE_WORDS = (
    f"approximate: defect up to {LARGEST:g}, and moved by s = +-{JUDGED:g} points change less than along every one of "
    "some random fields; none: the rest (trained networks are never exact)"
)


def discover_points_flow(
    validity: PointValidity,
    settings: PointFlowSettings,
    progress: Progress | None = None,
    checkpoint: Path | None = None,
    resume: bool = False,
) -> tuple[Artifact, Trained]:
    """Generator networks trained on what changes when points are moved, and these as they were trained.

    In the artifact is the most valid orthonormal basis of their span, with defects on points held out. Everything is
    on the device of the validity's points. Raises as `discover_points` and `train_flow` do.
    """
    objective, initial = point_flow_objective(validity, settings)
    trained = train_flow(objective, progress, initial, checkpoint, resume)
    trained = replace(trained, generators=objective.whole(trained.generators))
    with torch.no_grad():
        return _artifact(objective, trained.generators), trained


def point_flow_objective(
    validity: PointValidity, settings: PointFlowSettings
) -> tuple[PointObjective, Generators | None]:
    """What flow training minimises, and the orthonormal fields that it starts from (none from random weights).

    These are the eigenproblem's. The Lipschitz bound is at least what they need.
    """
    initial = None
    if settings.init == "spectral":
        shared = settings.model_dump(include=set(PointSpectralSettings.model_fields))
        start = discover_points(validity, PointSpectralSettings.model_validate(shared))
        assert isinstance(start.generators, LibraryGenerators)
        initial = orthonormalised(start.generators, start.points)
    if settings.n_generators is None:
        settings = settings.model_copy(update={"n_generators": initial.count if initial else DEFAULT_COUNT})
    objective = PointObjective(PointProblem(validity, settings), settings)
    if initial is not None:
        objective.admit(initial)
    return objective, initial


def _artifact(objective: PointObjective, network: NetworkGenerators) -> Artifact:
    problem, validity = objective.problem, objective.validity
    heads, space = network.heads, problem.space
    family = Family(heads, network.coefficients)
    fields = family.fields(objective.solve(family).coefficients)
    measure = _Measure(validity.factor(heads, problem.held_out), problem)
    judge = Judge(space, heads, problem.held_joint, problem.held_joint, measure)
    size = norms(field_matrix(LibraryGenerators(space, heads, fields), problem.held_joint))
    fields = fields / size[:, None, None]
    defects, order = judge.defect(fields).sort()
    approximate = _nearly_symmetries(objective, LibraryGenerators(space, heads, fields[order]), defects)
    # what was trained is a span, as exact symmetries are
    gap = Gap(exact=approximate, approximate=0, ratio=1.0, rounding=0.0)
    statuses: dict[Status, Judge] = dict.fromkeys(("exact", "none"), judge)
    records, coefficients = readable_basis(statuses, fields[order], gap, RULE, [problem.dictionary()])
    verdicts = Verdicts(0, approximate, 1.0, problem.resolution)
    records = [
        record.model_copy(
            update={
                "status": verdicts.status(place),
                "undecided": verdicts.status(place) == "none" and verdicts.undecided(record.defect),
            }
        )
        for place, record in enumerate(records)
    ]
    generators = LibraryGenerators(space, heads, coefficients)
    return written_points(
        problem,
        generators,
        records,
        verdicts,
        defects.tolist(),
        moved_points(validity, problem.held_out, generators, problem.random()),
        "flow",
        "generator networks",
        kind="network",
        trunk=heads.trunk.shape,
        heads=heads.shape,
        rule=RULE_WORDS,
        infinite=why_infinite(validity),
    )


def _nearly_symmetries(objective: PointObjective, fields: LibraryGenerators, defects: torch.Tensor) -> int:
    """How many unit fields with ascending defects are approximate symmetries, the first of all.

    Along each of them points that were held out change less when they are moved than along any random field.
    """
    problem = objective.problem
    known = problem.resolution
    limit = LARGEST if known.error <= KNOWN else min(LARGEST, max(TRAINED, known.within * known.error))
    within = int((defects <= limit).sum()) if known.error <= known.largest_error else 0
    table = moved_points(problem.validity, problem.held_out, fields, problem.random(), scales=(JUDGED,))
    least = min((row[0] for row in table.random if row[0] is not None), default=math.inf)
    off = rates(problem.validity, fields) if problem.on_surface else [0.0] * fields.count
    passed = [
        row[0] is not None and row[0] < least and rate <= LEAVES
        for row, rate in zip(table.generators[:within], off, strict=False)
    ]
    return passed.index(False) if False in passed else within


def why_infinite(validity: PointValidity) -> str | None:
    """Why there are infinitely many symmetries among all fields, where that is plain to see."""
    data = validity.data
    if isinstance(validity, Density | SampledDensity):
        return (
            None
            if data.particles * data.dimension == 1
            else (
                "a density has infinitely many symmetries among all fields: as many flows as there are keep its volume"
            )
        )
    if data.particles == 1 and len(validity.outputs) < data.dimension and validity.condition != "equivariance":
        return "a symmetry times any function of the point is another one, where a datum is one particle"
    return None


@dataclass(frozen=True)
class _Measure:
    """The condition on points held out, for the components of a network and for polynomials."""

    factor: torch.Tensor
    problem: PointProblem

    def of_coefficients(self, features: Features, coefficients: torch.Tensor) -> torch.Tensor:
        """Defects (n,) of a network's fields (n, D, K), as they are."""
        return torch.linalg.vector_norm(self.factor @ coefficients.flatten(1).T, dim=0)

    def of_formula(self, field: Sequence[sympy.Expr]) -> float:
        """Defect of a polynomial field in physical units, as it is."""
        return self.problem.measured.of_formula(field)
