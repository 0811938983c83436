"""What algebra says about an equation, beside what discovery finds in a library: each sees what the other lacks."""

from __future__ import annotations

import sympy
import torch

from symgen.discovery.problem import PdeProblem
from symgen.exceptions import SymgenError
from symgen.generators.algebra import added_angles, principal_angles
from symgen.generators.closed_form import ClosedFormGenerators, formula
from symgen.generators.inner_product import field_matrix
from symgen.generators.library import FeatureLibrary, LibraryGenerators
from symgen.generators.metadata import AlgebraRecord
from symgen.generators.origin import about_window
from symgen.pde.equation import Equation
from symgen.pde.grammar import jet_symbol
from symgen.pde.symmetry_algebra import symmetry_algebra

SAME = 1e-5
"""Largest angle (rad) between what was found both ways."""


def check_by_algebra(problem: PdeProblem, found: LibraryGenerators, library: FeatureLibrary) -> AlgebraRecord | None:
    """Symmetries by algebra within the library's degrees, against the exact ones `found`; None where it can't tell.

    Beside polynomials it tries the functions of x and t that the equation has.
    """
    in_x, in_t, in_u = (axis.degree for axis in library.axes)
    try:
        fields = symmetry_algebra(
            problem.equation, limits=(in_x, in_t, in_u), periodic=problem.settings.periodic
        ).fields
    except SymgenError:
        return None
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


def why_infinite(equation: Equation) -> str | None:
    """Why an equation has infinitely many symmetries, if it is of a kind that always has; else None."""
    jets = equation.jets(equation.expression)
    if max(sum(jet) for jet in jets) == 1:
        return "equations of first order have infinitely many symmetries; these are the ones in the library"
    symbols = [jet_symbol(jet) for jet in jets]
    slopes = [sympy.diff(equation.expression, symbol) for symbol in symbols]
    if not any(slope.has(*symbols) for slope in slopes) and equation.expression.subs(dict.fromkeys(symbols, 0)) == 0:
        return "linear equations have infinitely many symmetries: f d/du for any solution f; these are in the library"
    return None
