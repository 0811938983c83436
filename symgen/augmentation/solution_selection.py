"""Which generators move solutions of a system: the valid ones that keep the periods of the data."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import torch

from symgen.augmentation.period import keeps_periods
from symgen.augmentation.selection import POINTS, Selection, chosen
from symgen.catalog import system, system_names
from symgen.discovery.problem import normalised_space
from symgen.discovery.system_source import GivenSystem
from symgen.equations.ansatz import Field
from symgen.equations.symmetry_algebra import symmetry_algebra
from symgen.exceptions import DataError, UsageError
from symgen.expressions import parse_field
from symgen.generators.artifact import Artifact, load
from symgen.generators.closed_form import ClosedFormGenerators, formula
from symgen.generators.domains import SystemDomain
from symgen.generators.inner_product import field_matrix, norms
from symgen.inspection.reference import same_system
from symgen.pde.solution_jets import sample_jets
from symgen.pde.solutions import Solutions


def keeping_periods(selection: Selection, data: Solutions) -> Selection:
    """Those whose flows keep the periods of the data; the others are left out, with the reason.

    Raises DataError where none is left. Along axes that are not periodic all may move the data.
    """
    kept = keeps_periods(selection.generators, data.axes)
    left_out = list(selection.left_out)
    for name, row in zip(selection.names, kept.tolist(), strict=True):
        if changed := [axis.name for axis, keeps in zip(data.axes, row, strict=True) if not keeps]:
            left_out.append((name, f"not periodic in {' and '.join(changed)}"))
    places = kept.all(1).nonzero().flatten().tolist()
    if not places:
        reasons = "; ".join(f"{name} ({why})" for name, why in left_out)
        raise DataError(
            f"No generator keeps the period of the data: {reasons}. Formulas may, with --method spectral or "
            "--generators lps. With --boundary open the data are taken as a piece "
            "of larger solutions, and what copies cover is marked."
        )
    names = tuple(selection.names[i] for i in places)
    return Selection(chosen(selection.generators, places), names, tuple(left_out))


def of_system(data: Solutions, given: GivenSystem) -> Selection:
    """The Lie point symmetries of a system: the catalog's, or those that algebra finds, scaled to norm 1 in the data.

    Of the functions that algebra tries beside polynomials those are used that have values all over the data. Raises
    UsageError where there are none.
    """
    name = data.info.name
    if name in system_names() and given.texts == system(name).equations:
        return of_fields(data, given, system(name).fields(given.parameters))
    algebra = symmetry_algebra(given.system)
    if not algebra.fields:
        raise UsageError(
            f"Algebra finds no symmetry of {', '.join(given.texts)} among polynomials of degree {algebra.degree}. Give "
            "a generators file instead."
        )
    return of_fields(data, given, algebra.fields)


def of_formulas(data: Solutions, given: GivenSystem, rows: Sequence[Sequence[str]]) -> Selection:
    """Fields by their components in the order of the system's coordinates, symmetries or not, of norm 1."""
    return of_fields(data, given, [parse_field(row, given.system.space.names) for row in rows])


def of_fields(data: Solutions, given: GivenSystem, fields: Sequence[Field]) -> Selection:
    """Fields of norm 1 in the inner product of the data; without those that have no value somewhere in them."""
    jets = given.system.space
    space = normalised_space(data, jets.independent, jets.dependent)
    points = torch.cat([sample.points for sample in sample_jets(data, jets, [], POINTS)])
    sizes = norms(field_matrix(ClosedFormGenerators(space, fields), points))
    names = [formula(field, space.names) for field in fields]
    usable = [i for i, size in enumerate(sizes.tolist()) if 0 < size < float("inf")]
    left_out = tuple((n, "without a value somewhere in the data") for i, n in enumerate(names) if i not in usable)
    if not usable:
        raise DataError(f"No generator has values all over the data: {', '.join(names)}.")
    rows = [[c / float(sizes[i]) for c in fields[i]] for i in usable]
    return Selection(ClosedFormGenerators(space, rows), tuple(names[i] for i in usable), left_out)


def domain_of(data: Solutions, given: GivenSystem) -> SystemDomain:
    """The record of a system that data solve."""
    space = given.system.space
    return SystemDomain(
        equations=given.texts,
        name=data.info.name,
        parameters=given.parameters,
        independent=space.independent,
        unknowns=space.dependent,
        complex=tuple(given.system.complex_unknowns),
        lengths={axis.name: axis.length for axis in data.axes},
        periodic=tuple(axis.name for axis in data.axes if axis.periodic),
    )


def newest_of_system(folder: Path, data: Solutions, given: GivenSystem) -> Path:
    """The generators file in a folder that was written last, among those of the system.

    Raises UsageError, with the command that makes one, if there is none.
    """
    for path in sorted(folder.glob("*.safetensors"), key=lambda p: p.stat().st_mtime, reverse=True):
        try:
            domain = load(path).metadata.domain
        except DataError:  # another kind of file
            continue
        if isinstance(domain, SystemDomain) and same_system(domain, domain_of(data, given)):
            return path
    what = data.info.name or data.source or "FILE"
    raise UsageError(
        f"There is no generators file of {', '.join(given.texts)} here. Make one with `symgen discover {what}`, or "
        "give --generators lps for the true symmetries."
    )


def require_system(artifact: Artifact, data: Solutions, given: GivenSystem, path: Path) -> None:
    """Raise DataError for generators of another system than the data's."""
    domain = artifact.metadata.domain
    if not isinstance(domain, SystemDomain):
        raise DataError(f"{path} has generators that act on {domain.acts_on}, not on {SystemDomain.acts_on}.")
    if not same_system(domain, domain_of(data, given)):
        values = "".join(f", {name} = {value}" for name, value in domain.parameters.items())
        raise DataError(
            f"{path} has generators of {domain.equation}{values}, but the data solve {', '.join(given.texts)}."
        )


def without_spare(data: Solutions, given: GivenSystem) -> Solutions:
    """The data with the unknowns of the system alone, in its order, and its equations on record."""
    info = data.info.model_copy(update={"equations": given.texts, "parameters": given.parameters})
    return replace(data.only(*given.system.space.dependent), info=info)
