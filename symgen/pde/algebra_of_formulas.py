"""The symmetry algebra of equations as they are written."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import sympy

from symgen.equations import symmetry_algebra as of_systems
from symgen.equations.grammar import Notation
from symgen.equations.notation import plain
from symgen.equations.symmetry_algebra import SymmetryAlgebra
from symgen.equations.system import System, in_short
from symgen.equations.truncation import truncations
from symgen.pde.equation import Equation
from symgen.pde.grammar import SPACE
from symgen.pde.parameters import exact_values, require_used
from symgen.pde.symmetry_algebra import DEGREE, symmetry_algebra
from symgen.real_expressions import require_real
from symgen.time_limit import refused_after

SECONDS = 300.0
"""Of computing, unless told otherwise."""
LONGER = "Take a lower --degree or simpler equations, or give it more time with --time-limit SECONDS."


def algebra_of_formulas(
    formulas: Sequence[str],
    parameters: Mapping[str, float | str | None] | None = None,
    degree: int | None = None,
    functions: Sequence[str] = (),
    variables: Sequence[str] = (),
    seconds: float = SECONDS,
) -> SymmetryAlgebra:
    """Of one u(x, t), with all the functions that are known to help; or of a system. Parameters
    that are None are symbols.

    Raises UsageError for parameters that do not occur, where it takes more than so many seconds of computing, and as
    `System` and `symmetry_algebra` do.
    """
    with refused_after(seconds, f"Solving {in_short(formulas)} for symmetries", LONGER):
        return _algebra(formulas, parameters, degree, functions, variables)


def _algebra(
    formulas: Sequence[str],
    parameters: Mapping[str, float | str | None] | None,
    degree: int | None,
    functions: Sequence[str],
    variables: Sequence[str],
) -> SymmetryAlgebra:
    rewritten = plain(formulas, parameters or {}, variables)
    require_used(", ".join(rewritten.texts), parameters or {})
    system = System.from_strings(rewritten.texts, parameters, variables or rewritten.variables)
    given = _functions(functions, parameters, system)
    if system.space == SPACE and len(formulas) == 1 and any(jet.orders[1] for jet in SPACE.jets(*system.expressions)):
        found = symmetry_algebra(Equation(system.expressions[0]), DEGREE if degree is None else degree, given)
        return replace(found, notes=(*found.notes, *truncations(system)))
    return of_systems.symmetry_algebra(system, of_systems.DEGREE if degree is None else degree, given)


def _functions(
    texts: Sequence[str], parameters: Mapping[str, float | str | None] | None, system: System
) -> list[sympy.Expr]:
    """Functions of an ansatz, which may have the equations' parameters; UsageError for those that are not real."""
    notation = Notation(system.space, exact_values(parameters))
    plain_texts = plain(texts, parameters or {}, system.space.independent).texts
    found = [notation.parse(text) for text in plain_texts]
    for text, function in zip(plain_texts, found, strict=True):
        require_real(function, text)
    return found
