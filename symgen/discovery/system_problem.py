"""A system in any number of variables, as a problem of discovery."""

from __future__ import annotations

from math import prod

import numpy as np
import sympy
import torch

from symgen.discovery.algebra_check import added_by_algebra
from symgen.discovery.problem import NOT_COMPARED, Problem
from symgen.discovery.regression.fit import FAR_ABOVE, regression_doubts
from symgen.discovery.settings import DiscoverySettings
from symgen.discovery.system_source import GivenSystem
from symgen.equations.ansatz import Field, monomials
from symgen.equations.suggestions import suggestions
from symgen.equations.symmetry_algebra import SolvedAnsatz, solve_ansatz, symmetry_algebra
from symgen.exceptions import DataError
from symgen.generators.domains import SystemDomain
from symgen.generators.features import Features
from symgen.generators.library import LibraryGenerators
from symgen.generators.metadata import AlgebraRecord, DataRecord
from symgen.generators.origin import about_window, window_origin
from symgen.generators.total_degree import TotalDegreeLibrary
from symgen.jets.sample import is_constant
from symgen.pde.axis import TIME, grid_order
from symgen.pde.solutions import Solutions
from symgen.pde.system_residual import SystemResidual, system_residual

FORMULA_DEGREE = 3
"""Of the polynomials in which fields are explained, at most."""
SPECIMEN_VALUES = 300_000
"""Of the solution that is kept with the generators, at most: 2.4 MB."""
LEAST_TIMES = 24
"""Of that solution: room for differences of high order."""
LITTLE = 1e-4
"""Misfit that says nothing against equations."""
SOLVED = 0.5
"""Misfit above which the data are not solutions of the system, if neither their grid nor noise explains it."""


class SystemProblem(Problem):
    """A system and solutions of it. Raises DataError for data that do not solve it, are too coarse or do not vary."""

    degrees = "--degree, --t-degree"

    def __init__(
        self, data: Solutions, given: GivenSystem, settings: DiscoverySettings, device: str | torch.device = "cpu"
    ) -> None:
        self.given = given
        self._solved: dict[int, SolvedAnsatz | None] = {}
        self.residual = system_residual(data, given.system)
        if not given.regressions:  # these solve their equations in weak form, however noisy derivatives are
            require_solved(given, self.residual)
        super().__init__(data, given.system, settings, device)
        self.notes, self.posteriors = given.notes, given.posteriors
        self.waves = (False,) * self.space.dimension
        self.may_be_trivial = any(lead.order == 1 for lead in given.system.rules)

    @property
    def stages(self) -> list[list[sympy.Expr]]:
        """Monomials about the window, up to the degree of the library; then the functions that the system suggests
        times monomials in the other coordinates, where the library has series that may stand for these.
        """
        most = getattr(self.settings, "degree", FORMULA_DEGREE)
        shifted = [c - at for c, at in zip(self.system.space.coordinates, window_origin(self.space), strict=True)]
        stages = [monomials(shifted, degree) for degree in (range(1, most + 1) if most else [0])]
        functions = suggestions(self.system)
        if functions and getattr(self.settings, "t_degree", most) != most:
            others = [s for c, s in zip(self.system.space.coordinates, shifted, strict=True) if c.name != TIME]
            stages.append([m * f for f in (sympy.Integer(1), *functions) for m in monomials(others, most)])
        return stages

    def by_algebra(self, found: LibraryGenerators) -> AlgebraRecord | None:
        """Beside polynomials of the library's degree it tries the functions that the system suggests."""
        if not isinstance(found.library, TotalDegreeLibrary):
            return None
        if not suggestions(self.system):
            polynomials = self._polynomials(found.library.degree)
            return None if polynomials is None else added_by_algebra(self, polynomials.fields, found)
        degree = found.library.degree
        algebra = self.within_time(lambda: symmetry_algebra(self.system, degree), NOT_COMPARED)
        return None if algebra is None else added_by_algebra(self, (*algebra.fields, *algebra.trivial), found)

    def known(self, features: Features) -> tuple[Field, ...] | None:
        """Those among the polynomials of a library, which decide where terms of very different sizes blur the spectrum.

        A term that is 1e-14 of the others breaks a symmetry all the same.
        """
        if not isinstance(features, TotalDegreeLibrary):
            return None
        solved = self._polynomials(features.degree)
        # what failed its check may be a symmetry
        return None if solved is None or solved.notes else tuple(about_window(solved.fields, self.space))

    def _polynomials(self, degree: int) -> SolvedAnsatz | None:
        """The symmetries among polynomials by exact algebra, solved for once; None where it can't tell."""
        if degree not in self._solved:
            self._solved[degree] = self.within_time(
                lambda: solve_ansatz(self.system, monomials(self.system.space.coordinates, degree)),
                NOT_COMPARED,
                decides=True,
            )
        return self._solved[degree]

    def knows_all(self, features: Features) -> bool:
        """Not where it has series, which may stand for other functions."""
        return isinstance(features, TotalDegreeLibrary) and not features.series

    def doubts(self, fit: DataRecord) -> list[str]:
        """About hidden consequences of the equations, and how well the data solve them."""
        data, system = self.solutions, self.system
        found = [*(data.origin.warnings if data.origin else ()), *regression_doubts(fit)]
        if system.gaps:
            found.append(
                "There may be equations that follow from these by differentiation and are not known: "
                f"{'; '.join(system.gaps)}. Fields that are symmetries only because of such ones are called "
                "approximate, as nothing but these data shows them."
            )
        m = len(system.space.independent)
        if constant := [n for n, u in zip(system.space.dependent, self.points.T[m:], strict=True) if is_constant(u)]:
            found.append(
                f"{', '.join(constant)} {'is' if len(constant) == 1 else 'are'} constant in the data: taken to vary as "
                "the other unknowns do."
            )
        worst = self.residual.worst
        only_noise = bool(fit.regressions) and not fit.regressions[worst].terms  # u_t = 0: noise is all that is left
        if fit.fits_poorly and not only_noise:
            which = f" {system.expressions[worst]} = 0" if len(system.expressions) > 1 else ""
            found.append(
                f"The data fit the equation{which} poorly: their own residual is {fit.misfit:.0%} of its terms. The "
                "symmetries are the equations'; noise, a coarse time step or other equations may be behind it."
            )
        elif not self.given.regressions and self.residual.misfit > max(LITTLE, FAR_ABOVE * self.residual.explained):
            which = f" {system.expressions[self.residual.worst]} = 0" if len(system.expressions) > 1 else ""
            found.append(
                f"The equation{which} leaves {self.residual.misfit:.1e} of its terms, far more than noise and the grid "
                f"explain (about {self.residual.explained:.0e}): a parameter or a term may be another than that of the "
                "data. The symmetries are those of the equations as given."
            )
        return found

    def fit(self) -> DataRecord:
        """The data, and how well they solve each equation."""
        residual = self.residual
        return self._record(
            grid={axis.name: len(axis) for axis in self.solutions.axes},
            residual=residual.relative[residual.worst],
            weak_residual=residual.averaged[residual.worst],
            residuals=residual.relative,
            time_step_error=residual.time_step_error,
            grid_error=residual.grid_error,
            regressions=self.given.regressions,
        )

    def domain(self) -> SystemDomain:
        """The system as it was given, and what follows from it."""
        system, data, space = self.system, self.solutions, self.system.space
        return SystemDomain(
            equations=self.given.texts,
            name=data.info.name if self.given.from_file else None,
            parameters=self.given.parameters,
            independent=space.independent,
            unknowns=space.dependent,
            complex=tuple(system.complex_unknowns),
            lengths={axis.name: axis.length for axis in data.axes},
            periodic=tuple(axis.name for axis in data.axes if axis.periodic),
            consequences=tuple(f"{space.symbol(lead)} = {system.reduce(lead)}" for lead in system.derived),
            gaps=system.gaps,
        )

    def specimen(self) -> dict[str, torch.Tensor]:
        """The unknowns and axes of the first solution; of a large one those of its middle."""
        data, order = self.solutions, grid_order(self.system.space.independent)
        names = self.system.space.dependent
        values = np.moveaxis(data.only(*names).read([0])[0], [data.place(name) for name in order], range(len(order)))
        sizes = _most(values.shape, TIME in order)
        cut = tuple(_middle(size, most) for size, most in zip(values.shape, sizes, strict=False))
        arrays = {name: data.axis(name).points[own] for name, own in zip(order, cut, strict=True)}
        arrays |= dict(zip(names, np.moveaxis(values[cut], -1, 0), strict=True))
        # axes may be shared, and unknowns are views
        return {name: torch.from_numpy(np.array(own)).to(self.device) for name, own in arrays.items()}


def _most(shape: tuple[int, ...], timed: bool) -> tuple[int, ...]:
    """How many times and points of a solution (*grid, unknown) are kept: fewer times first, if it has any."""
    *grid, unknowns = shape
    times, space = (grid[:1], grid[1:]) if timed else ([], grid)
    times = [min(size, max(LEAST_TIMES, SPECIMEN_VALUES // prod([*space, unknowns]))) for size in times]
    room, most = SPECIMEN_VALUES / prod([*times, unknowns]), max(space, default=1)
    while prod(min(size, most) for size in space) > room:
        most -= 1
    return (*times, *(min(size, most) for size in space))


def _middle(size: int, most: int) -> slice:
    """At most so many entries from the middle."""
    kept = min(size, most)
    return slice((size - kept) // 2, (size - kept) // 2 + kept)


def require_solved(given: GivenSystem, residual: SystemResidual) -> None:
    """Raise DataError where the data do not satisfy the system at all."""
    if residual.misfit > SOLVED and residual.explained < residual.misfit / 2:
        which = str(given.system.expressions[residual.worst]) + " = 0"
        raise DataError(
            f"The data do not solve the equation {which}: it leaves {residual.misfit:.0%} of its terms. Check the "
            "equations, their parameters and which array is which unknown."
        )
