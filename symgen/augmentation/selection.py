"""Which generators move data: those that are valid and keep the data on their grid."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import torch

from symgen.affine_flow import is_affine_library
from symgen.augmentation.period import moves_x, period_rates
from symgen.discovery.problem import normalised_space
from symgen.exceptions import DataError, UsageError
from symgen.expressions import parse_field
from symgen.generators.artifact import Artifact, load
from symgen.generators.base import Generators
from symgen.generators.closed_form import ClosedFormGenerators, formula
from symgen.generators.domains import PdeDomain, PointsDomain
from symgen.generators.held import HeldGenerators
from symgen.generators.inner_product import field_matrix, norms
from symgen.generators.joined import JoinedGenerators
from symgen.generators.library import LibraryGenerators
from symgen.generators.metadata import GeneratorRecord
from symgen.inspection.reference import closed_form, lie_point_symmetries, same_equation
from symgen.pde.grammar import SPACE
from symgen.pde.solution_jets import sample_jets
from symgen.pde.trajectories import Trajectories

SLACK = 0.3
"""Share of the data's range within which fitted fields are continued beyond it; further out they keep their value."""
EXACT_FORMULA = 1e-6
"""A generator within this angle (rad) of its formula is moved by the formula, which is faster and without edges."""
POINTS = 4096


@dataclass(frozen=True)
class Selection:
    """Generators to move data with, of norm 1 in the inner product of the data they are from."""

    generators: Generators
    names: tuple[str, ...]
    """Formulas or places, such as `V2`."""
    left_out: tuple[tuple[str, str], ...] = ()
    """Names of those that are not used, and why."""

    def without_shifting_period(self, data: Trajectories, stretching: bool = False) -> Selection:
        """Those whose flows leave the data on their grid; others are left out, with the reason.

        Where data are periodic in x they must keep the period, or with `stretching` multiply it by a number; where not,
        they must not move x at all. Raises DataError where none is left.
        """
        if data.info.periodic:
            rates = period_rates(self.generators, data.period).tolist()
            kept = [i for i, rate in enumerate(rates) if rate == 0 or (stretching and not math.isnan(rate))]
            why = "not periodic in x, so that it changes the period"
            advice = "Look for periodic ones with `symgen discover --periodic`."
        else:
            kept = [i for i, moves in enumerate(moves_x(self.generators).tolist()) if not moves]
            why = "moves x, and the data, which are not periodic in x, are known on their grid alone"
            advice = "If they are periodic, say so with --boundary periodic."
        left_out = (*self.left_out, *((name, why) for i, name in enumerate(self.names) if i not in kept))
        if not kept:
            reasons = "; ".join(f"{name} ({reason})" for name, reason in left_out)
            raise DataError(f"No generator keeps the data on their grid: {reasons}. {advice}")
        return Selection(chosen(self.generators, kept), tuple(self.names[i] for i in kept), left_out)

    def and_also(self, other: Selection) -> Selection:
        """Both; of fields given by formulas."""
        mine, theirs = self.generators, other.generators
        assert isinstance(mine, ClosedFormGenerators)
        assert isinstance(theirs, ClosedFormGenerators)
        fields = [*mine.fields, *theirs.fields]
        names, left_out = self.names + other.names, self.left_out + other.left_out
        return Selection(ClosedFormGenerators(mine.space, fields), names, left_out)


def of_artifact(artifact: Artifact, max_defect: float | None = None) -> Selection:
    """The exact and approximate generators of an artifact, or with `max_defect` those of at most that defect.

    Those with a formula that fits within EXACT_FORMULA are moved by it, those of points also where it is as good as the
    field; the fields of others, which come last, are held beyond the range of their data, but for affine fields of
    points. Raises DataError where none is valid.
    """
    m = artifact.metadata
    formulas, fitted, left_out = [], [], []
    for i, record in enumerate(m.generators):
        field = parse_field(record.formula, m.space.names) if record.formula else None
        text = formula(field, m.space.names) if field else f"V{i + 1}"
        if record.trivial:
            left_out.append((text, "trivial: it moves every solution along itself"))
        elif record.status == "none" if max_defect is None else not record.defect <= max_defect:
            limit = record.verdict if max_defect is None else f"over the limit of {max_defect:g}"
            left_out.append((text, f"defect {record.defect:.1e}, {limit}"))
        elif field and record.norm and _stands_for(record, isinstance(m.domain, PointsDomain)):
            formulas.append((text, [c / record.norm for c in field]))
        else:
            fitted.append((f"V{i + 1}, near {text}" if field else text, i))
    if not formulas and not fitted:
        reasons = "; ".join(f"{name} ({why})" for name, why in left_out)
        known = "" if isinstance(m.domain, PointsDomain) else " Known ones are those of --generators lps."
        raise DataError(
            f"No generator is valid enough: {reasons}. Discover others, or allow more with --max-defect.{known}"
        )
    waves = m.domain.kind == "pde" and m.pde.periodic_fields
    slack = [math.inf if periodic and waves else SLACK for periodic in m.space.periodic]
    parts: list[Generators] = []
    if formulas:
        parts.append(ClosedFormGenerators(m.space, [field for _, field in formulas]))
    if fitted:
        places = [i for _, i in fitted]
        own = _affine(artifact, places)
        parts.append(HeldGenerators(artifact.generators, places, slack) if own is None else own)
    names = tuple(name for name, _ in (*formulas, *fitted))
    return Selection(parts[0] if len(parts) == 1 else JoinedGenerators(parts), names, tuple(left_out))


def _stands_for(record: GeneratorRecord, points: bool) -> bool:
    """Whether data are moved by the formula of a generator."""
    if (record.formula_error or 0.0) <= EXACT_FORMULA:
        return True
    return points and record.formula_defect is not None and record.formula_defect <= record.defect


def _affine(artifact: Artifact, places: Sequence[int]) -> LibraryGenerators | None:
    """Affine fields of points: their flows have no end, and a group goes on beyond the data that it was found in."""
    fields = artifact.generators
    if not isinstance(artifact.metadata.domain, PointsDomain) or not isinstance(fields, LibraryGenerators):
        return None
    if not is_affine_library(fields.library):
        return None
    return LibraryGenerators(fields.space, fields.library, fields.coefficients[list(places)])


def of_equation(data: Trajectories) -> Selection:
    """The Lie point symmetries of the data's equation: the catalog's, or those that algebra finds.

    They are scaled to norm 1 in the data's inner product. Raises as `lie_point_symmetries` does.
    """
    true = lie_point_symmetries(_domain(data), normalised_space(data.solutions)).generators
    assert isinstance(true, ClosedFormGenerators)
    return _unit(true, data)


def of_formulas(data: Trajectories, rows: Sequence[Sequence[str]]) -> Selection:
    """Fields by their components (xi_x, xi_t, phi_u) in x, t and u, whether they are symmetries or not, of norm 1."""
    return _unit(closed_form(normalised_space(data.solutions), rows, data.info.parameters), data)


def _unit(generators: ClosedFormGenerators, data: Trajectories) -> Selection:
    space = generators.space
    points = torch.cat([s.points for s in sample_jets(data.solutions, SPACE, [], POINTS)])
    sizes = norms(field_matrix(generators, points)).tolist()
    rows = [[c / size for c in field] for field, size in zip(generators.fields, sizes, strict=True)]
    return Selection(ClosedFormGenerators(space, rows), tuple(formula(f, space.names) for f in generators.fields))


def newest_artifact(folder: Path, data: Trajectories) -> Path:
    """The generators file in a folder that was written last, among those of the data's equation.

    Raises UsageError, with the command that makes one, if there is none.
    """
    info, wanted = data.info, _domain(data)
    for path in sorted(folder.glob("*.safetensors"), key=lambda p: p.stat().st_mtime, reverse=True):
        try:
            domain = load(path).metadata.domain
        except DataError:  # another kind of file
            continue
        if domain.kind == "pde" and same_equation(domain, wanted):
            return path
    name = info.name or "--data FILE"
    raise UsageError(
        f"There is no generators file of {info.equation} = 0 here. Make one with `symgen discover {name}`, or give "
        "--generators lps for the true symmetries."
    )


def require_equation(artifact: Artifact, data: Trajectories, path: Path) -> None:
    """Raise DataError for generators of another equation than the data's."""
    domain = artifact.metadata.pde
    mine = domain.model_copy(update={"equation": data.info.equation or "", "parameters": data.info.parameters})
    if not same_equation(domain, mine):
        raise DataError(f"{path} has generators of {domain.equation} = 0, but the data solve {mine.equation} = 0.")


def _domain(data: Trajectories) -> PdeDomain:
    """The equation of data, for fields that need not be periodic."""
    info = data.info
    return PdeDomain(
        equation=info.equation or "",
        name=info.name,
        parameters=info.parameters,
        length=info.length,
        data_periodic=info.periodic,
        periodic_fields=False,
    )


def chosen(generators: Generators, kept: Sequence[int]) -> Generators:
    """Some of the generators, in their order."""
    if isinstance(generators, ClosedFormGenerators):
        return ClosedFormGenerators(generators.space, [generators.fields[i] for i in kept])
    if isinstance(generators, HeldGenerators):
        return generators.only(kept)
    assert isinstance(generators, JoinedGenerators)
    first = generators.parts[0].count  # of two
    split = [i for i in kept if i < first], [i - first for i in kept if i >= first]
    parts = [chosen(part, some) for part, some in zip(generators.parts, split, strict=True) if some]
    return parts[0] if len(parts) == 1 else JoinedGenerators(parts)
