"""One equation for u(x, t), as a problem of discovery."""

from __future__ import annotations

from typing import cast

import sympy
import torch

from symgen.discovery.algebra_check import added_by_algebra
from symgen.discovery.problem import NOT_COMPARED, Problem
from symgen.discovery.regression.fit import FAR_ABOVE
from symgen.discovery.settings import PdeSettings
from symgen.exceptions import DataError
from symgen.generators.domains import PdeDomain
from symgen.generators.library import FeatureLibrary, LibraryGenerators
from symgen.generators.metadata import AlgebraRecord, DataRecord
from symgen.generators.origin import window_origin
from symgen.pde.coarsen import for_noise
from symgen.pde.dictionary import formula_stages
from symgen.pde.equation import Equation
from symgen.pde.residual import data_residual
from symgen.pde.symmetry_algebra import symmetry_algebra
from symgen.pde.trajectories import Trajectories

SPECIMEN_VALUES = 2**25
"""Of the trajectory that is kept to be looked at: a file with all of a huge one could not be read again."""
LITTLE = 1e-4
"""Residual of an equation found in data that tells nothing."""


class PdeProblem(Problem):
    """An equation and trajectories of it.

    Data whose grid is finer than their noise allows are smoothed first, see `for_noise`. Raises DataError for
    data that are too coarse or too few for the equation.
    """

    settings: PdeSettings
    degrees = "--x-degree, --t-degree, --u-degree"

    def __init__(
        self, data: Trajectories, equation: Equation, settings: PdeSettings, device: str | torch.device = "cpu"
    ) -> None:
        if settings.periodic and not data.info.periodic:
            raise DataError("Fields periodic in x were asked for, but the data are not periodic. Leave out --periodic.")
        self.data, note = for_noise(data)
        self.equation = equation
        self.residual = data_residual(self.data, equation)
        super().__init__(self.data.solutions, equation.system, settings, device)
        self.notes = (note,) if note else ()
        self.posteriors = (data.posterior,) if data.posterior else ()
        self.waves = (settings.periodic, False, False)

    @property
    def stages(self) -> list[list[sympy.Expr]]:
        """Functions that the equation suggests, about the window."""
        return formula_stages(self.equation, window_origin(self.space))

    def by_algebra(self, found: LibraryGenerators) -> AlgebraRecord | None:
        """Beside polynomials within the library's degrees it tries the functions of x and t that the equation has."""
        in_x, in_t, in_u = (axis.degree for axis in cast(FeatureLibrary, found.library).axes)
        solved = self.within_time(
            lambda: symmetry_algebra(self.equation, limits=(in_x, in_t, in_u), periodic=self.settings.periodic),
            NOT_COMPARED,
        )
        return None if solved is None else added_by_algebra(self, solved.fields, found)

    def doubts(self, fit: DataRecord) -> list[str]:
        """About the equation that was found in the data, and its fit."""
        regression, residual = self.data.regression, self.residual
        found = [*(self.data.origin.warnings if self.data.origin else ()), *(regression.doubts if regression else ())]
        explained = residual.time_step_error + residual.grid_error
        if regression and not regression.truncation and residual.relative > max(LITTLE, FAR_ABOVE * explained):
            found.append(
                f"The equation leaves {residual.relative:.1e} of its terms, far more than noise and the grid explain "
                f"(about {explained:.0e}), so it approximates another one, perhaps with terms that are in no library, "
                "such as sin(u). Give the equation with --equation if you know it."
            )
        if fit.fits_poorly:
            found.append(
                f"The data fit the equation poorly: their own residual is {fit.misfit:.0%} of its terms. The "
                "symmetries are the equation's; noise, a coarse time step or another equation may be behind it."
            )
        return found

    def fit(self) -> DataRecord:
        """The data, and how well they solve the equation."""
        residual = self.residual
        return self._record(
            points=len(self.data.x),
            residual=residual.relative,
            time_step_error=residual.time_step_error,
            grid_error=residual.grid_error,
            weak_residual=residual.weak,
            regression=self.data.regression,
        )

    def domain(self) -> PdeDomain:
        """The equation is the one that the generators are judged by, under the name and with the parameters of the
        data's only where it is the same.
        """
        info, used = self.data.info, self.equation
        named = Equation.from_string(info.equation, info.parameters) if info.equation else None
        same = named is not None and sympy.expand(named.expression - used.expression) == 0
        return PdeDomain(
            equation=(info.equation or "") if same else str(used.expression),
            name=info.name if same else None,
            parameters=info.parameters if same else {},
            length=info.length,
            data_periodic=info.periodic,
            periodic_fields=self.settings.periodic,
        )

    def specimen(self) -> dict[str, torch.Tensor]:
        """u (nt, nx), x and t of the first trajectory; of a huge one the times in its middle."""
        u, t = self.data.read([0])[0], self.data.t
        kept = min(len(t), max(2, SPECIMEN_VALUES // u.shape[1]))
        some = slice((len(t) - kept) // 2, (len(t) + kept) // 2)
        arrays = {"u": u[some].copy(), "x": self.data.x, "t": t[some].copy()}
        return {name: torch.from_numpy(values).to(self.device) for name, values in arrays.items()}
