"""The equation of data that come without one, by sparse regression in weak form.

u_t, or u_tt where u_t does not do, is sought as a sum of few terms c (d/dx)^k u^p. Terms are left out one by one, the
least important first, and of the models met on the way the largest one is taken whose last term still matters.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
import sympy

from symgen.exceptions import DataError
from symgen.generators.metadata import RegressedTerm, Regression
from symgen.pde.divergence import Term, in_jets, term_text
from symgen.pde.grammar import jet_symbol
from symgen.pde.noise import noise_level
from symgen.pde.trajectories import Trajectories
from symgen.pde.weak_form import LEAST_WIDTH, Window, weak_form

POWERS, DERIVATIVES = 3, 4
MOST_SAMPLES = 32
SHARES = (1 / 20, 1 / 10, 1 / 6)
"""Half-widths of test functions, in grid lengths, that are tried."""
ROWS_PER_TERM = 10
MATTERS = 1.2
"""Leaving out a term that matters makes the residual larger by this factor or more."""
LEAST_SHARE = 0.005
"""Terms that contribute less than this share of the left-hand side are left out."""
FITS = 0.1
"""Relative residual of an equation in u_t below which u_tt is not tried."""
HOPELESS = 0.2
"""Relative residual above which no equation is said to be found."""
DIGITS = 6
GROUPS = 8
"""Parts of the data that are left out in turn, for standard errors (jackknife)."""

Progress = Callable[[int, int], None]


@dataclass(frozen=True)
class _Model:
    places: list[int]
    """Of its terms in the library."""
    coefficients: np.ndarray
    residual: float
    """Relative to the left-hand side."""


@dataclass(frozen=True)
class _System:
    """Integrals of the left-hand side (rows,) and of the library's terms (rows, terms), with a group for every row."""

    order: int
    terms: tuple[Term, ...]
    target: np.ndarray
    columns: np.ndarray
    groups: np.ndarray
    window: Window

    def fit(self, places: Sequence[int], rows: np.ndarray | slice = slice(None)) -> tuple[np.ndarray, float]:
        """Least-squares coefficients of some of the terms, and the relative residual."""
        columns, target = self.columns[rows][:, places], self.target[rows]
        sizes = np.linalg.norm(columns, axis=0) + 1e-300
        solution = np.linalg.lstsq(columns / sizes, target, rcond=None)[0]
        rest = np.linalg.norm(target - columns / sizes @ solution)
        return solution / sizes, float(rest / (np.linalg.norm(target) + 1e-300))


def regress(data: Trajectories, progress: Progress | None = None) -> Regression:
    """The equation that data solve, found among u_t or u_tt = sum of c (d/dx)^k u^p with p <= 3 and k <= 4.

    Raises DataError for data on too small a grid, and where no equation of the library fits.
    """
    chosen = np.unique(np.linspace(0, len(data) - 1, min(len(data), MOST_SAMPLES)).astype(int))
    u = data.read(chosen)
    first = _best(data, u, 1, progress)
    model, system = _select(first), first
    if model.residual > FITS:
        second = _best(data, u, 2, progress)
        other = _select(second)
        if other.residual < model.residual:
            model, system = other, second
    if model.residual > HOPELESS:
        raise DataError(
            "The data come without an equation, and none is found: u_t or u_tt as a sum of derivatives in x of u, u^2 "
            f"and u^3 up to order {DERIVATIVES} leaves {model.residual:.0%} of it at best. Give it with --equation."
        )
    return _described(system, model, noise_level(u))


def with_regression(data: Trajectories, progress: Progress | None = None) -> Trajectories:
    """The data with the equation that is found in them; raises as `regress` does."""
    found = regress(data, progress)
    info = data.info.model_copy(update={"equation": found.equation, "name": None, "parameters": {}})
    return replace(data, info=info, regression=found)


def _best(data: Trajectories, u: np.ndarray, order: int, progress: Progress | None) -> _System:
    """The system of the window in which the whole library fits best."""
    windows = _windows(data)
    systems = []
    for done, window in enumerate(windows):
        systems.append(_system(data, u, order, window))
        if progress:
            progress(done + 1, len(windows))
    usable = [s for s in systems if len(s.target) >= ROWS_PER_TERM * len(s.terms)]
    if not usable:
        raise DataError(
            "The data have too few points to find their equation in. Give it with --equation, or more data."
        )
    return min(usable, key=lambda s: s.fit(range(len(s.terms)))[1])


def _windows(data: Trajectories) -> list[Window]:
    nx, nt = len(data.x), len(data.t)
    windows = {Window(Window.of(nx, nt, a).x, Window.of(nx, nt, b).t) for a in SHARES for b in SHARES}
    fitting = sorted((w for w in windows if w.fits(nx, nt)), key=lambda w: (w.x, w.t))
    if not fitting:
        raise DataError(
            f"The data have {nt} times and {nx} points; to find their equation at least {2 * LEAST_WIDTH} of each are "
            "needed. Give it with --equation."
        )
    return fitting


def _system(data: Trajectories, u: np.ndarray, order: int, window: Window) -> _System:
    library = [(p, k, 0) for p in range(1, POWERS + 1) for k in range(DERIVATIVES + 1)]
    library += [(1, 0, 1)] if order == 2 else []
    step = data.period / len(data.x), data.time_step
    integrals = weak_form(u, *step, data.info.periodic, window, [(1, 0, order), *library])
    _, n, rows, columns = integrals.shape
    place = np.arange(n)[:, None, None] if n >= GROUPS else (np.arange(rows) * GROUPS // rows)[None, :, None]
    groups = np.broadcast_to(place % GROUPS, (n, rows, columns)).reshape(-1)
    flat = integrals.reshape(len(integrals), -1)
    return _System(order, tuple(library), flat[0], flat[1:].T, groups, window)


def _select(system: _System) -> _Model:
    """The largest model, on the way of leaving terms out, that has no term without need."""
    path = []
    places = list(range(len(system.terms)))
    sizes = np.linalg.norm(system.columns, axis=0) / (np.linalg.norm(system.target) + 1e-300)
    while places:
        coefficients, residual = system.fit(places)
        path.append(_Model(list(places), coefficients, residual))
        trials = [system.fit([p for p in places if p != place])[1] for place in places] if len(places) > 1 else [1.0]
        del places[int(np.argmin(trials))]
    before = 1.0
    chosen = path[-1]
    for model in reversed(path):
        shares = np.abs(model.coefficients) * sizes[model.places]
        if before >= MATTERS * model.residual and shares.min() >= LEAST_SHARE:
            chosen = model
        before = model.residual
    return chosen


def _described(system: _System, model: _Model, noise: float) -> Regression:
    present = sorted(set(system.groups.tolist()))
    parts = np.stack([system.fit(model.places, system.groups != group)[0] for group in present])
    spread = np.sqrt((len(present) - 1) * parts.var(axis=0)) if len(present) > 1 else 0 * model.coefficients
    sizes = np.linalg.norm(system.columns[:, model.places], axis=0) / np.linalg.norm(system.target)
    left = jet_symbol((0, system.order))
    delta, terms = left, []
    for place, value, error, size in zip(model.places, model.coefficients, spread, sizes, strict=True):
        power, k, j = system.terms[place]
        rounded = shortest(float(value), float(error))
        delta -= rounded * in_jets((power, k, j))
        terms.append(
            RegressedTerm(
                text=term_text((power, k, j)),
                coefficient=float(value),
                error=float(error),
                share=float(abs(value) * size),
            )
        )
    return Regression(
        equation=_decimal(delta, left),
        left=str(left),
        terms=tuple(terms),
        residual=model.residual,
        noise=noise,
        window=(system.window.x, system.window.t),
        rows=len(system.target),
    )


def shortest(value: float, error: float) -> sympy.Rational:
    """The shortest decimal within two standard errors of a value, or that of its first six digits."""
    allowed = max(2 * error, 0.5 * 10.0**-DIGITS * abs(value))
    for digits in range(1, DIGITS + 1):
        text = f"{value:.{digits - 1}e}"
        if abs(float(text) - value) <= allowed:
            break
    return sympy.Rational(text)


def _decimal(expression: sympy.Expr, left: sympy.Symbol) -> str:
    """A sum with decimal coefficients, the left-hand side first and then the lowest derivatives."""
    coefficients = sympy.expand(expression).as_coefficients_dict()
    coefficients.pop(left)
    text = str(left)
    for product in sorted(coefficients, key=lambda p: (max(map(len, map(str, p.free_symbols))), str(p))):
        value = float(coefficients[product])
        factor = "" if abs(value) == 1 else f"{abs(value):.12g}*"
        text += f" {'-' if value < 0 else '+'} {factor}{product}"
    return text
