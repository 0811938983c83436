"""From trajectories to the record of an equation."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from symgen.discovery.regression.choice import Model, Search
from symgen.discovery.regression.record import described
from symgen.discovery.regression.systems import Fields, Grid, Progress, System, integrate, least_squares, systems
from symgen.discovery.regression.terms import DERIVATIVES, Candidate, Library, terms_of
from symgen.discovery.regression.truncation import truncation_terms
from symgen.exceptions import DataError
from symgen.generators.metadata import Regression
from symgen.pde.noise import noise_level
from symgen.pde.trajectories import SOME_POINTS, Trajectories

MOST_SAMPLES = 32
GOOD = 1e-3
"""Residual, other than of noise, below which an equation in u_t is not given up for one in u_tt."""
MUCH = 0.01
"""The same, above which the large library is tried, and with which an equation is doubtful."""
TOO_MUCH = 0.05
"""The same, above which no equation is said to be found."""
HOPELESS, NOISY = 0.2, 0.5
"""Residual of any kind above which none is, if coefficients are vague, and if they are not."""
FEW = 3
"""The large library is tried as well instead of more terms."""
BETTER = 5.0
"""An equation in u_tt, or of the large library, must leave less by this factor than the plainer one."""
STILL = 1e-10
"""u does not change in time if it does by no more than this share of its deviation."""


def regress(
    data: Trajectories,
    progress: Progress | None = None,
    library: Library | None = None,
    keep_truncation: bool = False,
) -> Regression:
    """The equation that data solve, found among u_t or u_tt = sum of few terms of a library, see `terms_of`.

    Without `library` the plain one is tried, then the large one where the plain one leaves much of u_t. Terms of the
    size of a solver's truncation error are left out unless `keep_truncation` is set. Raises DataError for data on too
    small a grid or that do not change in time, and where no equation with few terms fits.
    """
    samples = max(1, min(len(data), MOST_SAMPLES, SOME_POINTS // (len(data.t) * len(data.x))))
    u = data.read(np.unique(np.linspace(0, len(data) - 1, samples).astype(int)))
    if np.ptp(u, axis=1).max() <= STILL * u.std():
        raise DataError("u does not change in time, so the data say nothing about an equation for u_t.")
    noise, grid = noise_level(u), Grid.of(data)
    first, second = _best(u, grid, library or "plain", noise, progress)
    model = _of_order(first, second)
    many = len(first.places) - len(truncation_terms(first, grid)) > FEW
    if library is None and (first.unexplained > MUCH or many):
        model = _of_library(model, *_best(u, grid, "all", noise, progress))
    if model.unexplained > TOO_MUCH or model.residual > (HOPELESS if model.is_vague else NOISY):
        raise DataError(_refusal(model, library))
    return described(model, grid, noise, samples, MUCH, keep_truncation)


def with_regression(
    data: Trajectories, progress: Progress | None = None, library: Library | None = None
) -> Trajectories:
    """The data with the equation that is found in them, or was found before; raises as `regress` does."""
    found = data.regression or regress(data, progress, library)
    info = data.info.model_copy(update={"equation": found.equation, "name": None, "parameters": {}})
    return replace(data, info=info, regression=found)


def _best(u: np.ndarray, grid: Grid, library: Library, noise: float, progress: Progress | None) -> tuple[Model, Model]:
    """Of a library, in u_t and in u_tt."""
    more = noise * u.std() * np.random.default_rng(0).standard_normal(u.shape)
    clean, noisy = Fields(u, grid), Fields(u + more, grid)

    def disturbed(system: System, places: Sequence[int], coefficients: np.ndarray) -> tuple[float, np.ndarray]:
        terms = [Candidate(1, 0, system.order), *(system.terms[p] for p in places)]
        with_more = integrate(noisy, system.window, terms).reshape(len(terms), -1)
        change = with_more - integrate(clean, system.window, terms).reshape(len(terms), -1)
        left = change[0] - coefficients @ change[1:]
        share = np.sqrt((left**2).mean() / (system.target**2).mean())  # there may be more rows here, around the ends
        return float(share), least_squares(with_more[1:].T, with_more[0])[0]

    found = systems(clean, terms_of(library, grid.x, grid.t), progress)
    first, second = (Search(found[order], library, disturbed).best() for order in (1, 2))
    return first, second


def _of_order(first: Model, second: Model) -> Model:
    """That in u_t, unless the one in u_tt leaves much less: solutions of an equation solve its derivative in t too."""
    return second if first.unexplained > GOOD and second.score < first.score - np.log(BETTER) else first


def _of_library(plain: Model, first: Model, second: Model) -> Model:
    """The plain model, or else that of the large library in u_t or u_tt.

    A good plain one in u_tt may be the derivative of one in u_t of the large library, which leaves about as little.
    """
    if plain.unexplained <= MUCH and plain.system.order == 2:
        return first if first.is_sharp(MUCH) and first.residual < BETTER * plain.residual else plain
    other = _of_order(first, second)
    poor = plain.unexplained > MUCH
    better = BETTER * other.residual < plain.residual if poor else other.score < plain.score
    return other if better and not other.is_vague else plain


def _refusal(model: Model, library: Library | None) -> str:
    kinds = f"derivatives in x of u, u^2 and u^3 up to order {DERIVATIVES}"
    if library != "plain":
        kinds += ", also with coefficients in x or t and with u_x^2,"
    left = "u_t" if model.system.order == 1 else "u_tt"
    terms = " and ".join(model.system.terms[place].text for place in model.places)
    return (
        f"The data come without an equation, and none is found: u_t or u_tt as a sum of few {kinds} leaves "
        f"{model.residual:.0%} of {left} at best (with {terms}), and more terms are not worth it. Give the equation "
        "with --equation."
    )
