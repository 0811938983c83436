"""The check of `symgen.equations.local_solutions` for one equation."""

from __future__ import annotations

from symgen.equations.local_solutions import POINTS, TOLERANCE, Field
from symgen.equations.local_solutions import LocalSolutions as SystemSolutions
from symgen.pde.equation import Equation

__all__ = ["TOLERANCE", "LocalSolutions", "characteristic_defect"]


def characteristic_defect(equation: Equation, field: Field, points: int = POINTS, seed: int = 0) -> float:
    """The largest |D_Delta[Q]| of a field (xi_x, xi_t, phi) at random free jets, relative to the size of its terms.

    Random points where the equation or the field has no finite value are passed over; infinity where no other is left.
    Raises UsageError where the equation itself has a finite value at none.
    """
    return LocalSolutions(equation, points, seed).defect(field)


class LocalSolutions(SystemSolutions):
    """Solutions of an equation as power series about random points."""

    def __init__(self, equation: Equation, points: int = POINTS, seed: int = 0) -> None:
        super().__init__(equation.system, points, seed)
