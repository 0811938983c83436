"""The symmetry algebra of equations as they are written."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from symgen.equations import symmetry_algebra as of_systems
from symgen.equations.symmetry_algebra import SymmetryAlgebra
from symgen.equations.system import System
from symgen.expressions import parse_field
from symgen.pde.equation import Equation
from symgen.pde.grammar import SPACE
from symgen.pde.parameters import require_used
from symgen.pde.symmetry_algebra import DEGREE, symmetry_algebra


def algebra_of_formulas(
    formulas: Sequence[str],
    parameters: Mapping[str, float | str] | None = None,
    degree: int | None = None,
    functions: Sequence[str] = (),
    variables: Sequence[str] = (),
) -> SymmetryAlgebra:
    """Of one u(x, t), with all the functions that are known to help; or of a system.

    Raises UsageError for parameters that do not occur, and as `System` and `symmetry_algebra` do.
    """
    require_used(", ".join(formulas), parameters or {})
    system = System.from_strings(formulas, parameters, variables)
    given = parse_field(functions, system.space.names)
    if system.space == SPACE and len(formulas) == 1 and any(jet.orders[1] for jet in SPACE.jets(*system.expressions)):
        return symmetry_algebra(Equation(system.expressions[0]), DEGREE if degree is None else degree, given)
    return of_systems.symmetry_algebra(system, of_systems.DEGREE if degree is None else degree, given)
