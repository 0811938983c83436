"""A conservation law of a system, and those that were found."""

from __future__ import annotations

from dataclasses import dataclass

import sympy

from symgen.equations.system import System


@dataclass(frozen=True)
class ConservationLaw:
    """D_t density + sum over space of D_i flux^i = 0 on solutions; expressions are in the symbols of the jet space."""

    multiplier: tuple[sympy.Expr, ...]
    """Lambda, one for each of `System.expressions`, with sum Lambda Delta = D_t T + sum D_i X^i for some T and X that
    equal density and flux on solutions, but for trivial ones. Empty where the law was found in another way."""
    density: sympy.Expr
    flux: tuple[sympy.Expr, ...]
    """One for each variable of space, in the order of `JetSpace.independent`; empty for ordinary equations, where the
    density is a first integral."""
    name: str | None = None
    symmetry: str | None = None
    """The symmetry that gives it by Noether's theorem, such as `d/dt`."""


@dataclass(frozen=True)
class Conserved:
    """The conservation laws of a system within an ansatz."""

    system: System
    laws: tuple[ConservationLaw, ...]
    """Independent modulo trivial ones; those with a name first."""
    order: int
    """Derivatives in one product of a multiplier of the ansatz, of all its factors together, at most."""
    degree: int
    unknowns: int
    """Coefficients of the ansatz."""
    lagrangian: sympy.Expr | None = None
    notes: tuple[str, ...] = ()
    """What was left out, and why."""
    infinite: str | None = None
    """Why there are infinitely many laws beside these, where it is known."""
    functions: tuple[sympy.Expr, ...] = ()
    """Functions beside the polynomials in the ansatz."""
