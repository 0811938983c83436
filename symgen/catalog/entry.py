"""What the catalog holds about one equation."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from symgen.simulation.waves import Waves

if TYPE_CHECKING:  # what is in the catalog can be listed without these, which take long to import
    import sympy
    import torch

    from symgen.pde.parameters import ParameterValue

    Solver = Callable[..., torch.Tensor]


@dataclass(frozen=True)
class Grid:
    """Default domain and resolution: `nt` times over [0, duration], of which the last `stored` are kept."""

    length: float
    duration: float
    nx: int = 256
    nt: int = 250
    stored: int = 140


@dataclass(frozen=True)
class Density:
    """What is conserved: the integral over the box of a formula in unknowns and derivatives, or its value in ODEs."""

    name: str
    formula: str


@dataclass(frozen=True)
class Symmetry:
    """A true generator xi_x d/dx + xi_t d/dt + phi d/du, as strings in x, t, u and the parameters."""

    name: str
    xi_x: str
    xi_t: str
    phi: str
    periodic: bool = False
    """Whether it maps x-periodic solutions to x-periodic solutions."""

    @property
    def components(self) -> tuple[str, str, str]:
        """(xi_x, xi_t, phi)."""
        return self.xi_x, self.xi_t, self.phi


@dataclass(frozen=True)
class CatalogEntry:
    """One equation: its formula (a string equal to zero), parameters, defaults, solver and symmetries.

    `solve(u0, t, length, parameters, max_step, report)` maps initial data u0 (n, nx) on a periodic grid,
    float64, to the solution at the increasing times `t` (nt,), measured from 0 where u0 holds: (n, nt, nx).
    `report`, a function or None, is told the fraction done now and then.
    """

    name: str
    title: str
    expression: str
    grid: Grid
    waves: Waves
    symmetries: tuple[Symmetry, ...]
    solve: Solver
    solver: str
    """The solver in words, for the record."""
    parameters: Mapping[str, float] = field(default_factory=dict)
    max_step: float | None = None
    """Default longest time step; None where the solution is exact at any time."""
    infinite: str | None = None
    """In words, the infinite family of symmetries beside those listed, if there is one."""
    densities: tuple[Density, ...] = ()
    """Of what is conserved."""
    refine: int = 2
    """The solver works on a grid this many times finer than the stored one."""

    independent = ("x", "t")
    unknowns = ("u",)

    @property
    def equations(self) -> tuple[str, ...]:
        """As those of a system are written."""
        return (f"{self.expression} = 0",)

    def density_expressions(self, parameters: Mapping[str, ParameterValue]) -> list[sympy.Expr]:
        """What is conserved, in the jets of u(x, t), with the values of all parameters put in."""
        from symgen.pde.grammar import parse_equation
        from symgen.pde.parameters import exact_values

        return [parse_equation(density.formula, exact_values(parameters)) for density in self.densities]
