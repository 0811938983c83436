"""From trajectories to the record of an equation."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from symgen.discovery.regression.assumption import Restriction, assumed_fields, assumed_texts
from symgen.discovery.regression.choice import Model, Search
from symgen.discovery.regression.contradiction import Free, contradiction, suspicions
from symgen.discovery.regression.denoise import LEAST_NOISE
from symgen.discovery.regression.posterior import FoundEquation, posterior_of
from symgen.discovery.regression.record import described, judged, preferred, shortest
from symgen.discovery.regression.restricted import Restricted
from symgen.discovery.regression.systems import Fields, Grid, Progress, System, integrate, systems
from symgen.discovery.regression.terms import DERIVATIVES, Candidate, Library, terms_of
from symgen.discovery.regression.truncation import truncation_terms
from symgen.equations.invariant import Components
from symgen.exceptions import DataError, UsageError
from symgen.generators.metadata import Regression
from symgen.pde.grammar import SPACE
from symgen.pde.noise import noise_level
from symgen.pde.readers.remembered import SPREAD, evenly
from symgen.pde.trajectories import SOME_POINTS, Trajectories

MOST_SAMPLES = SPREAD
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
FIRST = (Candidate(1, 0, 1),)
"""u_t, a term of equations in u_tt."""
STILL = 1e-10
"""u does not change in time if it does by no more than this share of its deviation."""


def regress(
    data: Trajectories,
    progress: Progress | None = None,
    library: Library | None = None,
    keep_truncation: bool = False,
    assume: Sequence[str] = (),
) -> Regression:
    """The record of `found_equation`."""
    return found_equation(data, progress, library, keep_truncation, assume).record


def found_equation(
    data: Trajectories,
    progress: Progress | None = None,
    library: Library | None = None,
    keep_truncation: bool = False,
    assume: Sequence[str] = (),
) -> FoundEquation:
    """The equation that data solve, found among u_t or u_tt = sum of few terms of a library, see `terms_of`.

    Without `library` the plain one is tried, then the large one where the plain one leaves much of u_t. Terms of the
    size of a solver's truncation error are left out unless `keep_truncation` is set. With `assume`, symmetries such as
    `t*d/dx + d/du`, only equations that have these are tried. Raises DataError for data on too small a grid or that do
    not change in time, where no equation with few terms fits, and where the data contradict what is assumed; UsageError
    for fields that cannot be assumed.
    """
    fields = assumed_fields(assume, SPACE.names)
    samples = max(1, min(len(data), MOST_SAMPLES, SOME_POINTS // (len(data.t) * len(data.x))))
    u = data.read(evenly(len(data), samples))
    if np.ptp(u, axis=1).max() <= STILL * u.std():
        raise DataError("u does not change in time, so the data say nothing about an equation for u_t.")
    noise, grid = noise_level(u), Grid.of(data)
    model = _found(u, grid, library, noise, progress, fields)
    others: list[Free] = []
    if fields:
        others = [_free(model, _found(u, grid, library, noise, progress))]
        if contradicted := contradiction(model, [model.residual], others):
            raise DataError(contradicted)
    if not _is_found(model):
        raise DataError(_refusal(model, library))
    record = described(model, grid, noise, samples, MUCH, keep_truncation)
    model, _ = preferred(model)
    kept, _, errors = judged(model, grid, keep_truncation)
    clean = noise < LEAST_NOISE
    if clean:
        errors = np.maximum(errors, model.residual / model.system.sizes(model.places))
    known = [model.system.known(model.places[number]) for number in kept]
    used = [
        float(shortest(term.coefficient, term.error) if own is None else own)
        for own, term in zip(known, record.terms, strict=True)
    ]
    widths = {"x": model.system.window.x * grid.dx, "t": model.system.window.t * grid.dt}
    if fields:
        doubts = (*record.doubts, *suspicions(model, [model.residual], others))
        record = record.model_copy(update={"assumed": assumed_texts(fields, SPACE), "doubts": doubts})
    return FoundEquation(record, posterior_of(model, kept, used, errors, clean, widths))


def with_regression(
    data: Trajectories,
    progress: Progress | None = None,
    library: Library | None = None,
    assume: Sequence[str] = (),
) -> Trajectories:
    """The data with the equation that is found in them, or was found before; raises as `regress` does."""
    if data.regression is None:
        found = found_equation(data, progress, library, assume=assume)
        data = replace(data, regression=found.record, posterior=found.posterior)
    assert data.regression is not None
    info = data.info.model_copy(update={"equation": data.regression.equation, "name": None, "parameters": {}})
    return replace(data, info=info)


def _found(
    u: np.ndarray,
    grid: Grid,
    library: Library | None,
    noise: float,
    progress: Progress | None,
    fields: Sequence[Components] = (),
) -> Model:
    """Of the library, or the first that does, the best equation with such symmetries."""
    best = _best(u, grid, library or "plain", noise, progress, fields)
    if best is None and library is None:  # the symmetries need coefficients in x or t
        best, library = _best(u, grid, "all", noise, progress, fields), "all"
    if best is None:
        raise UsageError(
            "No equation u_t or u_tt = sum of terms of the library has the symmetries that --assume gives, or only "
            "u_t = 0 has. Leave out some of them."
        )
    first, second = best
    model = _of_order(first, second)
    many = len(first.places) - len(truncation_terms(first, grid)) > FEW
    if library is None and (first.unexplained > MUCH or many):
        larger = _best(u, grid, "all", noise, progress, fields)
        model = _of_library(model, *larger) if larger else model
    return model


def _free(model: Model, free: Model) -> Free:
    """Beside a model with an assumption, the best without."""
    known = list(model.system.plain.terms) if isinstance(model.system, Restricted) else []
    terms = [free.system.terms[place] for place in free.places]
    same = free.system.order == model.system.order and all(term in known for term in terms)
    return Free("u", free, _is_found(free), tuple(known.index(term) for term in terms) if same else None)


def _is_found(model: Model) -> bool:
    return model.unexplained <= TOO_MUCH and model.residual <= (HOPELESS if model.is_vague else NOISY)


def _best(
    u: np.ndarray,
    grid: Grid,
    library: Library,
    noise: float,
    progress: Progress | None,
    fields: Sequence[Components] = (),
) -> tuple[Model, Model] | None:
    """Of a library, in u_t and in u_tt; twice the same where only one of them can have the symmetries."""
    more = noise * u.std() * np.random.default_rng(0).standard_normal(u.shape)
    clean, noisy = Fields(u, grid), Fields(u + more, grid)

    def disturbed(system: System, places: Sequence[int], coefficients: np.ndarray) -> tuple[float, np.ndarray]:
        terms = [Candidate(1, 0, system.order), *(system.terms[p] for p in places)]
        with_more = integrate(noisy, system.window, terms).reshape(len(terms), -1)
        change = with_more - integrate(clean, system.window, terms).reshape(len(terms), -1)
        left = change[0] - coefficients @ change[1:]
        share = np.sqrt((left**2).mean() / (system.target**2).mean())  # there may be more rows here, around the ends
        return float(share), system.solved(places, with_more[1:].T, with_more[0])

    terms = terms_of(library, grid.x, grid.t)
    if not fields:
        found = systems(clean, terms, progress)
        first, second = (Search(found[order], library, disturbed).best() for order in (1, 2))
        return first, second
    own = {order: Restriction.of((*terms, *FIRST[: order - 1]), order, fields) for order in (1, 2)}
    if not any(own.values()):
        return None
    found = systems(clean, terms, progress)
    best = [
        Search([restriction(plain) for plain in found[order]], library, disturbed).best()
        for order, restriction in own.items()
        if restriction is not None
    ]
    return best[0], best[-1]


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
