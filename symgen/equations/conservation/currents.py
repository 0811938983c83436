"""Density and flux of a conservation law from its multiplier, in a plain form on solutions, checked."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import sympy
from sympy.polys.matrices import DomainMatrix

from symgen.equations.conservation.divergence import divergence_of
from symgen.equations.conservation.law import ConservationLaw
from symgen.equations.conservation.modulo_divergences import complexity, modulo_divergences
from symgen.equations.conservation.multipliers import Multiplier
from symgen.equations.conservation.normal_form import normal_form
from symgen.equations.conservation.zero import is_zero
from symgen.equations.rational import Rationaliser
from symgen.equations.system import System
from symgen.jets.space import JetSpace


def time_and_space(space: JetSpace) -> tuple[int, list[int]]:
    """The places of t, or without one of the first variable, and of the others."""
    time = space.independent.index("t") if "t" in space.independent else 0
    return time, [axis for axis in range(len(space.independent)) if axis != time]


def current(system: System, multiplier: Multiplier) -> ConservationLaw | None:
    """The law of a multiplier, without flux where the density is zero; None where no closed form is found."""
    space = system.space
    whole = sympy.Add(*(factor * delta for factor, delta in zip(multiplier, system.expressions, strict=True)))
    parts = divergence_of(space, sympy.expand(whole))
    if parts is None:
        return None
    time, axes = time_and_space(space)
    density, moved = normal_form(system, parts[time], axes)
    if density == 0:
        return ConservationLaw(multiplier, density, ())
    law = ConservationLaw(multiplier, density, tuple(system.on_solutions(parts[axis]) for axis in axes))
    return _moved(system, law, density, moved)


def without_divergences(system: System, laws: Sequence[ConservationLaw]) -> tuple[list[ConservationLaw], bool]:
    """Those laws whose densities are independent modulo divergences in space, on solutions, the first ones.

    Densities are replaced where that takes derivatives in t out of them, or high ones. The last value says whether all
    divergences in reach were compared.
    """
    space = system.space
    time, _ = time_and_space(space)
    plain, complete = modulo_divergences(system, [law.density for law in laws], time)
    kept = []
    for place in independent([density for density, _ in plain]):
        law, (density, moved) = laws[place], plain[place]
        if complexity(system, density, time) < complexity(system, law.density, time):
            law = _moved(system, law, density, moved) or law
        kept.append(law)
    return kept, complete


def independent(expressions: Sequence[sympy.Expr]) -> list[int]:
    """Places of those that are no combination of others before them."""
    chosen = [place for place, own in enumerate(expressions) if own != 0]
    if len(chosen) < 2:
        return chosen
    rational = Rationaliser([expressions[place] for place in chosen], ())
    rows: dict[tuple[int, ...], dict[int, Any]] = {}
    for column, polynomial in enumerate(rational([expressions[place] for place in chosen])):
        for monomial, value in rational.coordinates(polynomial).items():
            rows.setdefault(monomial, {})[column] = value
    matrix = DomainMatrix(dict(enumerate(rows.values())), (len(rows), len(chosen)), rational.constants.domain)
    return [chosen[column] for column in matrix.rref()[1]]


def _moved(
    system: System, law: ConservationLaw, density: sympy.Expr, moved: Sequence[sympy.Expr]
) -> ConservationLaw | None:
    """With another density, of which the old one is that and sum of D_i moved_i; None if the check fails."""
    time, axes = time_and_space(system.space)
    flux = [
        sympy.expand(old + system.total_derivative(system.on_solutions(sympy.expand(inner)), time))
        for old, inner in zip(law.flux, moved, strict=True)
    ]
    flux = _plain_flux(system, flux, axes)
    changes = [system.total_derivative(own, axis) for own, axis in zip((density, *flux), (time, *axes), strict=True)]
    if not is_zero(sympy.expand(sympy.Add(*changes))):
        return None
    return _scaled(system, replace(law, density=density, flux=tuple(flux)))


def _plain_flux(system: System, flux: Sequence[sympy.Expr], axes: Sequence[int]) -> list[sympy.Expr]:
    """A flux in a plainer form with the same divergence: without curls that make it longer, and without constants."""
    space = system.space
    flux = list(flux)
    for place in range(len(axes) - 1):
        plain, moved = normal_form(system, flux[place], axes[place + 1 :])
        changed = [
            system.on_solutions(sympy.expand(flux[other] + space.total_derivative(inner, axes[place])))
            for other, inner in enumerate(moved, place + 1)
        ]
        if _length(system, [plain, *changed]) < _length(system, flux[place:]):
            flux[place:] = [plain, *changed]
    kept = []
    for own, axis in zip(flux, axes, strict=True):
        terms = sympy.Add.make_args(own)
        kept.append(sympy.Add(*(t for t in terms if space.jets(t) or t.has(space.variables[axis]))))
    return kept


def _length(system: System, parts: Sequence[sympy.Expr]) -> tuple[int, int]:
    return max((jet.order for jet in system.space.jets(*parts)), default=0), sum(part.count_ops() for part in parts)


def _scaled(system: System, law: ConservationLaw) -> ConservationLaw:
    """With 1 before the highest derivative of the multiplier, the last of them, and most squares positive."""
    space = system.space
    leading = max(
        ((place, term) for place, part in enumerate(law.multiplier) for term in sympy.Add.make_args(part) if term != 0),
        key=lambda pair: (
            max((jet.order for jet in space.jets(pair[1])), default=0),
            pair[0],
            -pair[1].as_coeff_Mul()[1].count_ops(),
            str(pair[1]),
        ),
    )[1]
    factor = 1 / abs(leading.as_coeff_Mul()[0])
    terms = sympy.Add.make_args(law.density)
    signs = [sympy.sign(term.as_coeff_Mul()[0]) for term in terms if _square(space, term)[0]]
    top = max(terms, key=lambda term: (*_square(space, term), str(term)))
    factor *= sympy.sign(sum(signs)) or sympy.sign(top.as_coeff_Mul()[0])
    return replace(
        law,
        multiplier=tuple(sympy.expand(factor * part) for part in law.multiplier),
        density=sympy.expand(factor * law.density),
        flux=tuple(sympy.expand(factor * part) for part in law.flux),
    )


def _square(space: JetSpace, term: sympy.Expr) -> tuple[bool, int]:
    """Whether a term is a square of one derivative, and the order of this."""
    jets = space.jets(term)
    if len(jets) != 1 or term.has(*space.variables):
        return False, 0
    return term.as_coeff_exponent(space.symbol(jets[0]))[1] == 2, jets[0].order
