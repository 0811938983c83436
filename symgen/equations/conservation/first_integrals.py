"""First integrals of ordinary equations by algebra: functions of time and the state that stay as they are.

D_t I = 0 along solutions is linear in I, so that with combinations of given functions its solutions are the null space
of a matrix of rational numbers (Olver, Applications of Lie Groups to Differential Equations, section 4.3).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import sympy

from symgen.equations.conservation.collecting import collected
from symgen.equations.conservation.flow import Flow
from symgen.equations.conservation.integral_ansatz import IntegralAnsatz
from symgen.equations.conservation.integral_terms import default_degree, integral_ansatz
from symgen.equations.conservation.lagrangian import Lagrangian, lagrangian
from symgen.equations.conservation.law import ConservationLaw
from symgen.equations.conservation.mechanics import halved, lagrangian_of_energy, recognised, shape_name
from symgen.equations.conservation.products import polynomial_degree, without_products
from symgen.equations.conservation.zero import is_zero
from symgen.equations.symmetry_algebra import require_variables
from symgen.equations.system import System
from symgen.exceptions import UsageError
from symgen.jets.space import Jet

MOST_TERMS = 1500
"""Of an ansatz."""


@dataclass(frozen=True)
class FirstIntegrals:
    """The first integrals that an ansatz holds."""

    laws: tuple[ConservationLaw, ...]
    """None is a polynomial of those before it. Those of mechanics first, then those without t, the simplest first."""
    degree: int
    """Of the polynomials in time and the state."""
    unknowns: int
    """Coefficients of the ansatz."""
    lagrangian: Lagrangian | None = None
    """With a constant matrix, or else T - V for an integral T + V whose equations these are."""
    notes: tuple[str, ...] = ()
    """What was left out, and why."""


def first_integrals(
    system: System, degree: int | None = None, functions: Sequence[sympy.Expr] = ()
) -> tuple[ConservationLaw, ...]:
    """The laws of `search_first_integrals`."""
    return search_first_integrals(system, degree, functions).laws


def search_first_integrals(
    system: System, degree: int | None = None, functions: Sequence[sympy.Expr] = ()
) -> FirstIntegrals:
    """First integrals of ordinary equations among combinations of the terms of `integral_ansatz`, exactly.

    By default the degree is 4, or less for many unknowns (see `default_degree`). The equations may be of any order:
    the state are the unknowns and their derivatives below the leading ones. The density of a law is the integral, in
    the symbols of the state; its multiplier Lambda has D_t I = sum of Lambda_r Delta_r identically, and is empty for
    equations that are not linear in their leading derivatives. Products and polynomials of integrals are left out;
    other functions of them are not. Raises UsageError for equations that are no flow, for an ansatz that is too
    large, and for powers that exact algebra does not know.
    """
    require_variables(functions)
    flow = Flow.of(system)
    degree = default_degree(flow) if degree is None else degree
    count = sympy.binomial(len(flow.coordinates) + degree, degree)
    if count > MOST_TERMS:
        raise UsageError(
            f"Polynomials of degree {degree} in {len(flow.coordinates)} variables have {count} terms; at most "
            f"{MOST_TERMS} are supported. Choose a lower degree."
        )
    ansatz = integral_ansatz(system, flow, degree, functions)
    principle = lagrangian(system)
    named = recognised(system, flow, principle)
    candidates = [_combination(ansatz, row) for row in ansatz.integrals()]
    passed = [integral for integral in candidates if flow.conserves(integral)]
    found = [i for i in passed if not _is_constant(flow, i) and not _is_logarithm(flow, i, degree)]
    if principle is None:
        for integral in found:
            if (principle := lagrangian_of_energy(system, flow, energy := halved(system, integral))) is not None:
                named = {energy: "energy", **named}
                break
    found.sort(key=lambda i: _simplicity(flow, i))
    chosen = without_products(flow, [*named, *found], degree)
    notes = [f"The function {f} is left out: it depends on the others." for f in functions if f in ansatz.spare]
    if failed := len(candidates) - len(passed):
        notes.append(f"{failed} of the integrals found left out: the check that they are conserved failed.")
    return FirstIntegrals(
        laws=tuple(
            ConservationLaw(multiplier(system, flow, i), i, (), named.get(i) or shape_name(system, flow, i))
            for i in chosen
        ),
        degree=degree,
        unknowns=len(ansatz.terms),
        lagrangian=principle,
        notes=tuple(notes),
    )


def multiplier(system: System, flow: Flow, integral: sympy.Expr) -> tuple[sympy.Expr, ...]:
    """Lambda with D_t I = sum of Lambda_r Delta_r identically; empty where the equations are no such combination.

    With Delta = A (lead - rate): Lambda is the solution of A^T Lambda = dI/d(highest of the state).
    """
    space = system.space
    orders = {lead.unknown: lead.orders[0] for lead in system.rules}
    leads = [Jet(name, (orders[name],)) for name in space.dependent]
    symbols = [space.symbol(lead) for lead in leads]
    highest = [space.symbol(lead.raised(0, -1)) for lead in leads]
    matrix = sympy.Matrix([[sympy.diff(delta, s) for s in symbols] for delta in system.expressions])
    if not matrix.is_square or matrix.free_symbols - set(flow.coordinates) or (determinant := matrix.det()) == 0:
        return ()
    slopes = sympy.Matrix([sympy.diff(integral, s) for s in highest])
    if matrix.is_diagonal():
        found = [slope / own for slope, own in zip(slopes, matrix.diagonal(), strict=True)]
    else:
        found = list(matrix.T.adjugate() * slopes / determinant)
    whole = sympy.Add(*(factor * delta for factor, delta in zip(found, system.expressions, strict=True)))
    left = sympy.expand(space.total_derivative(integral, 0) - whole)
    return tuple(map(collected, found)) if is_zero(left, flow.coordinates) else ()


def _combination(ansatz: IntegralAnsatz, row: dict[int, Any]) -> sympy.Expr:
    """Of a null vector, with small whole numbers as coefficients where they are rational, and no minus in front."""
    places, time = sorted(row), ansatz.flow.time
    numbers = ansatz.constants.multiples([row[place] for place in places])
    parts = (number * ansatz.expression(ansatz.terms[k]) for number, k in zip(numbers, places, strict=True))
    integral = sympy.Add(*parts)
    ordered = integral.as_ordered_terms()
    first = next((term for term in ordered if not term.has(time)), ordered[0])
    return sympy.Add(*(-term for term in ordered)) if first.could_extract_minus_sign() else integral


def _is_constant(flow: Flow, integral: sympy.Expr) -> bool:
    """Such as log(2 u) - log(u), where exact algebra takes the logarithms as independent."""
    return all(is_zero(sympy.expand(sympy.diff(integral, s)), flow.coordinates) for s in flow.coordinates)


def _is_logarithm(flow: Flow, integral: sympy.Expr, degree: int) -> bool:
    """Whether it is that of a product of the state that is in the ansatz: log(x) + log(y) beside x y."""
    if not integral.has(sympy.log):
        return False
    product = sympy.powsimp(sympy.exp(integral))
    return bool(product.is_polynomial(*flow.state) and sympy.total_degree(product, *flow.state) <= degree)


def _simplicity(flow: Flow, integral: sympy.Expr) -> tuple[Any, ...]:
    """Sorts functions without t first, then those of lower degree."""
    plain = integral.is_polynomial(*flow.coordinates)
    return integral.has(flow.time), polynomial_degree(flow, integral), not plain, integral.count_ops(), str(integral)
