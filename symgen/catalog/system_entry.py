"""What the catalog holds about one system, in any number of variables."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from symgen.catalog.entry import Density
from symgen.exceptions import UsageError

if TYPE_CHECKING:  # what is in the catalog can be listed without these, which take long to import
    import sympy

    from symgen.equations.system import System
    from symgen.generators.closed_form import ClosedFormGenerators
    from symgen.generators.space import Space
    from symgen.pde.parameters import ParameterValue


@dataclass(frozen=True)
class SystemSymmetry:
    """A true generator by its formula in the coordinates, real unknowns and parameters: `t*d/dx + d/du`."""

    name: str
    formula: str
    keeps_periods: bool = False
    """Whether it maps solutions that are periodic on the box to such."""

    def components(
        self, names: tuple[str, ...], parameters: Mapping[str, ParameterValue] | None = None
    ) -> tuple[sympy.Expr, ...]:
        """In the order of the coordinates, with the parameters' values put in."""
        from symgen.equations.fields import read_field

        return read_field(self.formula, names, parameters)


@dataclass(frozen=True)
class InitialState:
    """Random smooth initial data; see `symgen.simulation.initial.random_states`."""

    amplitude: float
    """Largest height of each wave."""
    means: Mapping[str, float] = field(default_factory=dict)
    """By unknown or t-derivative; else 0. The solver takes its linear part about these."""
    waves: int = 4
    highest: int = 2
    """Periods of a wave along each axis, at most."""
    shape: Callable[[np.ndarray], np.ndarray] | None = None
    """From what is drawn (samples, state, *grid) to initial data."""


@dataclass(frozen=True)
class SystemEntry:
    """One system: its equations as `System.from_strings` reads them, defaults, initial data and symmetries.

    `lengths` and `points` are those of the periodic box by axis, empty for ordinary equations; there are `times`
    equally spaced times over [0, duration], both ends included.
    """

    name: str
    title: str
    equations: tuple[str, ...]
    unknowns: tuple[str, ...]
    """Real ones, in the order of coordinates."""
    duration: float
    times: int
    initial: InitialState
    symmetries: tuple[SystemSymmetry, ...]
    solver: str
    """In words, for the record."""
    parameters: Mapping[str, ParameterValue] = field(default_factory=dict)
    lengths: Mapping[str, float] = field(default_factory=dict)
    points: Mapping[str, int] = field(default_factory=dict)
    max_step: float | None = None
    """Default longest time step; None where solutions are exact at any time or steps are adaptive."""
    densities: tuple[Density, ...] = ()
    """Of what is conserved."""
    positive: tuple[str, ...] = ()
    """Unknowns that mean something only where they are positive, as a depth does."""
    infinite: str | None = None
    """In words, the infinite family of symmetries beside those listed, if there is one."""

    @property
    def independent(self) -> tuple[str, ...]:
        """The variables, t last."""
        return (*self.lengths, "t")

    def values(self, parameters: Mapping[str, ParameterValue]) -> dict[str, ParameterValue]:
        """All parameters, its own where none are given; UsageError for one that it lacks."""
        if wrong := [name for name in parameters if name not in self.parameters]:
            known = ", ".join(self.parameters) or "none"
            raise UsageError(f"{self.name} has no parameter {wrong[0]!r}. It has: {known}.")
        return {**self.parameters, **parameters}

    def system(self, parameters: Mapping[str, ParameterValue] | None = None) -> System:
        """With values of parameters, by default its own."""
        from symgen.equations.system import System

        return System.from_strings(self.equations, self.values(parameters or {}), self.independent)

    def density_expressions(self, parameters: Mapping[str, ParameterValue] | None = None) -> list[sympy.Expr]:
        """What is conserved, in the jets of the system, with the parameters' values put in."""
        from symgen.equations.grammar import Notation
        from symgen.pde.parameters import exact_values

        values = self.values(parameters or {})
        notation = Notation(self.system(values).space, exact_values(values))
        return [notation.parse(density.formula) for density in self.densities]

    def fields(self, parameters: Mapping[str, ParameterValue] | None = None) -> list[tuple[sympy.Expr, ...]]:
        """Components of the symmetries, each in the order of the system's coordinates."""
        values = self.values(parameters or {})
        names = self.system(values).space.names
        return [symmetry.components(names, values) for symmetry in self.symmetries]

    def generators(self, space: Space, parameters: Mapping[str, ParameterValue] | None = None) -> ClosedFormGenerators:
        """The symmetries as generators on a space with the system's coordinates."""
        from symgen.generators.closed_form import ClosedFormGenerators

        return ClosedFormGenerators(space, self.fields(parameters))


def in_plane(length: float) -> dict[str, float]:
    """The lengths of a square box."""
    return {"x": length, "y": length}


def without_mean(states: np.ndarray) -> np.ndarray:
    """Fields (..., nx, ny) less their means."""
    return states - states.mean((-2, -1), keepdims=True)
