"""Generators to compare with: the true ones of the catalog, or those of another file."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import sympy

from symgen.catalog import get
from symgen.equations import symmetry_algebra as of_systems
from symgen.equations.recorded import system_of_domain
from symgen.exceptions import DataError, UsageError
from symgen.expressions import parse_field
from symgen.generators.artifact import Artifact, load
from symgen.generators.base import Generators
from symgen.generators.closed_form import ClosedFormGenerators, formula
from symgen.generators.domains import ImageDomain, PdeDomain, PointsDomain, SystemDomain
from symgen.generators.library import LibraryGenerators
from symgen.generators.metadata import Metadata
from symgen.generators.origin import about_window
from symgen.generators.space import Space
from symgen.image.affine import AFFINE, affine_generators
from symgen.inspection.groups import GROUPS, group_generators
from symgen.inspection.inputs import on_inputs
from symgen.pde.equation import Equation
from symgen.pde.parameters import exact_value
from symgen.pde.symmetry_algebra import DEGREE, symmetry_algebra
from symgen.pde.trajectories import Trajectories
from symgen.readable import require_readable

_GROUPS = ", ".join(GROUPS)
SAME = 1e-5
"""Coefficients closer than this are the same: files hold them with seven digits."""


@dataclass(frozen=True)
class Reference:
    """Named generators on the space of the artifact that they are compared with."""

    title: str
    names: tuple[str, ...]
    generators: Generators


def reference(artifact: Artifact, against: str | Artifact) -> Reference:
    """The reference that `against` names: `lps` (Lie point symmetries), `affine` (of images), one of `GROUPS` (of
    points) or a generators file; or other generators.

    Lie point symmetries are those of the catalog, or those that algebra finds in an ansatz. Raises UsageError for
    something else or where algebra finds none, DataError for a file of another domain.
    """
    domain = artifact.metadata.domain
    if isinstance(against, Artifact):
        return _of_artifact(artifact, against, "the other generators", "W")
    if isinstance(domain, PointsDomain):
        if against in GROUPS:
            return Reference(*group_generators(against, on_inputs(artifact)[0].space))
        if against in ("lps", "affine"):
            of = "equations" if against == "lps" else "images"
            raise UsageError(f"{against} is for generators of {of}. Compare those of points with {_GROUPS} or a file.")
        return _of_file(artifact, against)
    if against in GROUPS:
        raise UsageError(
            f"{against} is for generators of points, and these act on {domain.acts_on}. Compare with "
            f"{'affine' if isinstance(domain, ImageDomain) else 'lps'} or a file."
        )
    if isinstance(domain, ImageDomain):
        if against == "affine":
            return Reference("affine group of the plane", tuple(AFFINE), affine_generators())
        if against == "lps":
            raise UsageError("lps are the symmetries of equations. Compare generators of images with affine or a file.")
        return _of_file(artifact, against)
    if against == "affine":
        raise UsageError("affine is for generators of images. Compare those of an equation with lps or a file.")
    if against != "lps":
        return _of_file(artifact, against)
    if isinstance(domain, SystemDomain):
        return _told_apart(symmetries_of_system(domain, artifact.metadata))
    library = artifact.metadata.library
    limits = (library[0].degree, library[1].degree, library[2].degree) if library else None
    return _told_apart(lie_point_symmetries(domain, artifact.metadata.space, limits))


def lie_point_symmetries(domain: PdeDomain, space: Space, limits: tuple[int, int, int] | None = None) -> Reference:
    """The true symmetries of an equation: the catalog's, or polynomials found by algebra, of degrees up to `limits`.

    `domain.periodic_fields` keeps those that are periodic in x. Raises UsageError where algebra finds none.
    """
    if domain.name is not None and _is_of_catalog(domain):
        symmetries = [s for s in get(domain.name).symmetries if s.periodic or not domain.periodic_fields]
        return Reference(
            f"true symmetries of {domain.name}" + (", periodic in x" if domain.periodic_fields else ""),
            tuple(s.name for s in symmetries),
            closed_form(space, [s.components for s in symmetries], domain.parameters),
        )
    equation = Equation.from_string(domain.equation, domain.parameters)
    # with limits there are no functions of u, nor such as log(x), that the data may have no value of
    algebra = symmetry_algebra(equation, limits=limits or (DEGREE,) * 3, periodic=domain.periodic_fields)
    if not algebra.fields:
        raise UsageError(
            f"Algebra finds no symmetry of {domain.equation} = 0 among polynomials of degree {DEGREE}. "
            "Compare with another generators file instead: --against FILE."
        )
    names = tuple(formula(field, space.names) for field in algebra.fields)
    return Reference(
        f"symmetries by algebra, up to degree {DEGREE}", names, ClosedFormGenerators(space, algebra.fields)
    )


def symmetries_of_system(domain: SystemDomain, metadata: Metadata) -> Reference:
    """Those that exact algebra finds among the polynomials of the generators' degree; UsageError where it finds none.

    The functions that algebra tries beside polynomials are left out, as the data may have no value of them.
    """
    degree = metadata.total_degree if metadata.total_degree is not None else of_systems.DEGREE
    algebra = of_systems.symmetry_algebra(system_of_domain(domain), degree)
    coordinates = algebra.system.space.coordinates
    series = any(axis.degree > degree for axis in metadata.library or ())  # which may stand for functions of t
    fields = [f for f in algebra.fields if series or all(c.is_polynomial(*coordinates) for c in f)]
    if not fields:
        raise UsageError(
            f"Algebra finds no symmetry of {domain.equation} among polynomials of degree {degree}. Compare with "
            "another generators file instead: --against FILE."
        )
    names = tuple(formula(field, metadata.space.names) for field in fields)
    title = f"symmetries by algebra, up to degree {degree}"
    return Reference(title, names, ClosedFormGenerators(metadata.space, fields))


def _told_apart(true: Reference) -> Reference:
    """The same span about the window, where it is far from the origin, as there fields are nearly alike."""
    generators = true.generators
    assert isinstance(generators, ClosedFormGenerators)
    moved = about_window(generators.fields, generators.space)
    if moved == generators.fields:
        return true
    names = tuple(formula(field, generators.space.names) for field in moved)
    return Reference(f"{true.title}, about the window", names, ClosedFormGenerators(generators.space, moved))


def closed_form(
    space: Space, rows: Sequence[Sequence[str]], parameters: Mapping[str, float | str] | None = None
) -> ClosedFormGenerators:
    """Generators from component strings, with the parameters' values put in."""
    both = set(parameters or ()) & set(space.names)
    if both:
        raise UsageError(f"{both.pop()!r} is a coordinate, so it cannot be the name of a parameter.")
    values = {sympy.Symbol(k, real=True): exact_value(v) for k, v in (parameters or {}).items()}
    names = [*space.names, *(str(symbol) for symbol in values)]
    return ClosedFormGenerators(space, [[c.subs(values) for c in parse_field(row, names)] for row in rows])


def _is_of_catalog(domain: PdeDomain) -> bool:
    """Whether the equation is the one that the catalog has under its name."""
    return _agree(
        *(
            Equation.from_string(text, domain.parameters)
            for text in (domain.equation, get(domain.name or "").expression)
        )
    )


def _of_file(artifact: Artifact, path: str) -> Reference:
    require_readable(path)
    if not Path(path).is_file():
        raise UsageError(
            f"--against {path}: there is no such file. Give lps (the true symmetries), affine (for images), {_GROUPS} "
            "(for points) or a generators file."
        )
    return _of_artifact(artifact, load(path), path, f"{Path(path).stem} ")


def _of_artifact(artifact: Artifact, other: Artifact, path: str, stem: str) -> Reference:
    """Those of another artifact, called `path`; its fields are called `stem` and their place."""
    mine, theirs = artifact.metadata.domain, other.metadata.domain
    if isinstance(mine, PointsDomain) or isinstance(theirs, PointsDomain):
        if not (isinstance(mine, PointsDomain) and isinstance(theirs, PointsDomain)):
            raise DataError(f"{path} is of another domain: it acts on {theirs.acts_on}, not on {mine.acts_on}.")
        if mine.columns != theirs.columns:
            columns = " and ".join(", ".join(one.columns) for one in (theirs, mine))
            raise DataError(f"{path} has other columns: {columns}.")
        fields = on_inputs(other, found=True)[0]
        names = tuple(f"{stem}{place}" for place in range(1, fields.count + 1))
        return Reference(path, names, fields)
    if isinstance(mine, ImageDomain) or isinstance(theirs, ImageDomain):
        if mine.kind != theirs.kind:
            raise DataError(f"{path} is of another domain: one file is of images, the other of an equation.")
    elif isinstance(mine, SystemDomain) or isinstance(theirs, SystemDomain):
        if not (isinstance(mine, SystemDomain) and isinstance(theirs, SystemDomain) and same_system(mine, theirs)):
            raise DataError(f"{path} is of another domain: its equations are {theirs.equation}, not {mine.equation}.")
    elif not same_equation(mine, theirs):
        raise DataError(f"{path} is of another domain: its equation is {theirs.equation} = 0, not {mine.equation} = 0.")
    generators = other.generators
    if isinstance(theirs, ImageDomain) and isinstance(generators, LibraryGenerators) and other.metadata.approximate:
        symmetries = generators.coefficients[: other.metadata.approximate]  # what is compared of the other file, too
        generators = LibraryGenerators(generators.space, generators.library, symmetries)
    names = tuple(f"{stem}{place}" for place in range(1, generators.count + 1))
    return Reference(path, names, generators)


def same_system(left: SystemDomain, right: SystemDomain) -> bool:
    """Whether two systems have the same rules, parameters put in, in the same variables."""
    first, second = system_of_domain(left), system_of_domain(right)
    return (
        first.space == second.space
        and first.rules.keys() == second.rules.keys()
        and all(sympy.simplify(first.reduce(lead) - second.reduce(lead)) == 0 for lead in first.rules)
    )


def same_equation(left: PdeDomain, right: PdeDomain) -> bool:
    """Whether two domains have the same equation, parameters put in."""
    return _agree(*(Equation.from_string(d.equation, d.parameters) for d in (left, right)))


def contradiction(data: Trajectories) -> str | None:
    """What the file of data says about their equation, where that is another than the one in use; else None.

    Parameters count where both have them.
    """
    said, used = data.stated, data.info
    if said is None or said.equation is None or used.equation is None:
        return None
    named = set(re.findall(r"[^\W\d]\w*", said.equation))
    values = {**used.parameters, **said.parameters}
    try:
        stated = Equation.from_string(said.equation, {name: v for name, v in values.items() if name in named})
    except UsageError:  # a parameter without any value: it may be the same equation
        return None
    if _agree(stated, Equation.from_string(used.equation, used.parameters)):
        return None
    given = "".join(f", {name} = {value}" for name, value in said.parameters.items())
    return f"{said.equation} = 0{given}"


def _agree(left: Equation, right: Equation) -> bool:
    """Whether two equations have the same solutions, as far as solving them for the leading derivative shows it."""
    first, second = (sympy.N(sympy.expand(e.right_hand_side)).as_coefficients_dict() for e in (left, right))
    return left.leading == right.leading and all(
        math.isclose(float(first[term]), float(second[term]), rel_tol=SAME) for term in {*first, *second}
    )
