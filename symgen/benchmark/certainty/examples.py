"""Ten polynomial systems of ordinary equations, four with symmetries among the affine fields and six without.

They are those of Kendiukhov, certified-symmetry-discovery, with the boxes in which states are drawn there.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
import sympy

from symgen.discovery.problem import UNIT_DEVIATION
from symgen.discovery.regression.products import Product, library
from symgen.equations.posterior import Posterior
from symgen.equations.system import System
from symgen.generators.space import Space
from symgen.jets.space import JetSpace
from symgen.pde.axis import TIME


@dataclass(frozen=True)
class Example:
    """u_t = F(u): autonomous, polynomial, rational."""

    name: str
    equations: tuple[str, ...]
    half: float
    """Half-width of the box, about 0."""
    positive: bool = False
    """Whether trajectories start from positive states, as populations and concentrations do."""
    dimension: int = 0
    """Of its symmetries among the fields that are affine in the unknowns, d/dt left out."""

    def times(self, speed: float) -> Example:
        """The same in another unit of time."""
        if speed == 1:
            return self
        sides = [equation.split(" = ") for equation in self.equations]
        return replace(self, equations=tuple(f"{left} = {speed}*({right})" for left, right in sides))

    @cached_property
    def system(self) -> System:
        """With t, then the unknowns as coordinates."""
        return System.from_strings(self.equations, {}, [TIME])

    @property
    def jets(self) -> JetSpace:
        """Of t and the unknowns."""
        return self.system.space

    @cached_property
    def terms(self) -> tuple[Product, ...]:
        """Monomials of up to the third degree, as for any data, among which equations are sought."""
        return library(self.jets, 3)

    @cached_property
    def coefficients(self) -> np.ndarray:
        """(n, K): the equations, in these terms."""
        rows = [dict(zip(one.terms, one.values, strict=True)) for one in truths(self.system)]
        return np.array([[row.get(term.in_jets, 0.0) for term in self.terms] for row in rows])

    def equations_of(self, coefficients: np.ndarray) -> list[dict[sympy.Expr, float]]:
        """The right-hand sides with coefficients (n, K)."""
        return [{term.in_jets: c for term, c in zip(self.terms, row, strict=True) if c} for row in coefficients]

    @cached_property
    def space(self) -> Space:
        """Normalised as data are that fill the box; t by the time in which states change by a box' size."""
        n, size = len(self.jets.dependent), self.half / 3**0.5 / UNIT_DEVIATION
        rates = self.rates(self.states(4096, np.random.default_rng(0)))
        duration = size / float(np.sqrt((rates**2).mean()))
        return Space(
            names=self.jets.names,
            origin=(0.0,) * (n + 1),
            scale=(duration, *(size,) * n),
            lower=(0.0, *(-self.half,) * n),
            upper=(duration, *(self.half,) * n),
            periodic=(False,) * (n + 1),
        )

    def states(self, points: int, draw: np.random.Generator) -> np.ndarray:
        """(P, n): uniform in the box."""
        return draw.uniform(-self.half, self.half, (points, len(self.jets.dependent)))

    def rates(self, states: np.ndarray) -> np.ndarray:
        """(P, n): u_t at states (P, n)."""
        return monomials(states, self.terms) @ self.coefficients.T


def known(equations: Sequence[Mapping[sympy.Expr, float]], order: int = 1) -> list[Posterior]:
    """Equations of evolution without any doubt."""
    found = []
    for one in equations:
        values, terms = np.array(list(one.values()), dtype=float), tuple(one)
        factor = np.zeros((len(values), len(values)))
        found.append(Posterior(order, tuple(map(str, terms)), terms, values, values, factor, (), degrees=1))
    return found


def truths(system: System) -> list[Posterior]:
    """The equations of a system of evolution, without any doubt."""
    space = system.space
    leads = {lead.unknown: lead for lead in system.rules}
    (order,) = {lead.orders[space.independent.index(TIME)] for lead in leads.values()}
    rights = [sympy.expand(system.reduce(leads[name])).as_coefficients_dict() for name in space.dependent]
    return known([{term: float(value) for term, value in right.items() if value} for right in rights], order)


def monomials(states: np.ndarray, terms: Sequence[Product]) -> np.ndarray:
    """(P, K)"""
    return np.stack([np.prod(states ** np.array(term.powers), axis=1) for term in terms], axis=1)


EXAMPLES = {
    one.name: one
    for one in (
        Example("hopf", ("u_t = u - v - u^3 - u*v^2", "v_t = u + v - u^2*v - v^3"), 1.0, dimension=1),
        Example("rotation", ("u_t = -v", "v_t = u"), 1.0, dimension=2),
        Example("top", ("u_t = -v*w", "v_t = u*w", "w_t = 0"), 1.0, dimension=2),
        Example("sphere", tuple(f"{name}_t = {name}*(1 - u^2 - v^2 - w^2)" for name in "uvw"), 1.0, dimension=3),
        Example("van-der-pol", ("u_t = v", "v_t = -u + v - u^2*v"), 1.0),
        Example("duffing", ("u_t = v", "v_t = u - u^3 - v/5"), 2.0),
        Example("lotka-volterra", ("u_t = u - u*v", "v_t = -v + u*v"), 1.0, positive=True),
        Example("selkov", ("u_t = 1/10 - u + v/2 + u^2*v", "v_t = -v/2 - u^2*v"), 2.0, positive=True),
        Example("rigid", ("u_t = -v*w", "v_t = u*w", "w_t = -u*v/3"), 1.0),
        Example("lorenz", ("u_t = 10*(v - u)", "v_t = 28*u - v - u*w", "w_t = u*v - 8*w/3"), 20.0),
    )
}
"""By name; the first four have symmetries."""
NEARLY = Example("nearly-hopf", ("u_t = u - v - u^3 - u*v^2 + u^2/8", "v_t = u + v - u^2*v - v^3"), 1.0)
"""The first with a term that breaks its rotation: a little more than the tolerance."""
