"""From trajectories to the record of an equation."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from symgen.discovery.regression.choice import Model, Search
from symgen.discovery.regression.record import described
from symgen.discovery.regression.systems import Fields, Grid, Progress, System, integrate, systems
from symgen.discovery.regression.terms import DERIVATIVES, Candidate, Library, terms_of
from symgen.discovery.regression.truncation import truncation_terms
from symgen.exceptions import DataError
from symgen.generators.metadata import Regression
from symgen.pde.noise import noise_level
from symgen.pde.trajectories import Trajectories

MOST_SAMPLES = 32
MOST_POINTS = 2**20
MUCH = 0.01
"""Residual, other than of noise, above which the large library is tried, and with which an equation is doubtful."""
TOO_MUCH = 0.05
"""Residual, other than of noise, above which no equation is said to be found."""
HOPELESS, NOISY = 0.2, 0.5
"""Residual in all above which none is, if coefficients are vague, and if they are not."""
FEW = 3
"""The large library is tried as well instead of more terms."""
BETTER = 5.0
"""Second order in t, or the large library, must leave less by this factor than the plainer one."""


def regress(
    data: Trajectories,
    progress: Progress | None = None,
    library: Library | None = None,
    keep_truncation: bool = False,
) -> Regression:
    """The equation that data solve, found among u_t or u_tt = sum of few terms of a library, see `terms_of`.

    Without `library` the plain one is tried, then the large one where the plain one leaves much. Terms of the size of a
    solver's truncation error are left out unless `keep_truncation` is set. Raises DataError for data on too small a grid,
    and where no equation with few terms fits.
    """
    samples = max(1, min(len(data), MOST_SAMPLES, MOST_POINTS // (len(data.t) * len(data.x))))
    u = data.read(np.unique(np.linspace(0, len(data) - 1, samples).astype(int)))
    noise, grid = noise_level(u), Grid.of(data)
    libraries: list[Library] = [library] if library else ["plain", "all"]
    search, model = _best(u, grid, libraries[0], noise, progress)
    for name in libraries[1:]:
        if model.unexplained > MUCH or len(model.places) - len(truncation_terms(model, grid)) > FEW:
            larger, other = _best(u, grid, name, noise, progress)
            lower = model.unexplained > MUCH and BETTER * other.residual < model.residual
            if not other.is_vague and (lower or other.score(larger.worth) < model.score(larger.worth)):
                search, model = larger, other
    if model.unexplained > TOO_MUCH or model.residual > (HOPELESS if model.is_vague else NOISY):
        raise DataError(_refusal(search, model, libraries))
    return described(search, model, grid, noise, MUCH, keep_truncation)


def with_regression(
    data: Trajectories, progress: Progress | None = None, library: Library | None = None
) -> Trajectories:
    """The data with the equation that is found in them; raises as `regress` does."""
    found = regress(data, progress, library)
    info = data.info.model_copy(update={"equation": found.equation, "name": None, "parameters": {}})
    return replace(data, info=info, regression=found)


def _best(u: np.ndarray, grid: Grid, library: Library, noise: float, progress: Progress | None) -> tuple[Search, Model]:
    """The better one of u_t and u_tt."""
    clean, noisy = (
        Fields(u, grid),
        Fields(u + noise * u.std() * np.random.default_rng(0).standard_normal(u.shape), grid),
    )

    def floor(system: System, places: Sequence[int], coefficients: np.ndarray) -> float:
        terms = [Candidate(1, 0, system.order), *(system.terms[p] for p in places)]
        change = integrate(noisy, system.window, terms) - integrate(clean, system.window, terms)
        left = np.tensordot([1.0, *-coefficients], change, 1)
        return float(np.linalg.norm(left) / np.linalg.norm(system.target))

    found = systems(u, grid, terms_of(library, grid.x, grid.t), progress)
    first, second = (Search(found[order], library, floor) for order in (1, 2))
    one, two = first.best(), second.best()
    later = two.score(second.worth) < one.score(first.worth) - np.log(BETTER)
    return (second, two) if later else (first, one)


def _refusal(search: Search, model: Model, libraries: Sequence[Library]) -> str:
    kinds = f"derivatives in x of u, u^2 and u^3 up to order {DERIVATIVES}"
    if "all" in libraries:
        kinds += ", also with coefficients in x or t and with u_x^2,"
    return (
        f"The data come without an equation, and none is found: u_t or u_tt as a sum of few {kinds} leaves "
        f"{model.residual:.0%} of it at best. Give it with --equation."
    )
