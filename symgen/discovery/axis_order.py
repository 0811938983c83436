"""Which axis of data is x and which is t, where their file does not say, as for square arrays."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from symgen.discovery.regression.regress import found_equation
from symgen.discovery.regression.systems import Progress
from symgen.discovery.regression.terms import Library
from symgen.exceptions import DataError
from symgen.pde.equation import Equation
from symgen.pde.residual import data_residual
from symgen.pde.trajectories import Trajectories

CLEARLY = 3.0
"""One order is right if the other leaves this many times more of the equation."""
SOLVED = 0.5
"""Residual above which an equation does not hold."""
BOTH_FIT = 1e-3
"""What an equation may leave the other way round without telling against it."""
KEPT = 1e-6
"""Of the deviation of u: how much its values at an end of x may change in time to count as kept there."""


def in_order(
    data: Trajectories,
    library: Library | None = None,
    progress: Progress | None = None,
    assume: Sequence[str] = (),
) -> Trajectories:
    """The data with that one of two orders of their axes for which there is evidence, which is noted.

    The strongest evidence is the equation of `data.info`; then values that are kept at both ends of x; then how well a
    sparse equation found in the data fits; that they are periodic in x; which equation is plainer. Where none decides,
    the usual order is assumed, and a warning says so. `library`, `progress` and `assume` are those of `regress`;
    what it finds stays with the data.
    """
    if data.alternative is None:
        return data
    equation = {name: getattr(data.info, name) for name in ("equation", "name", "parameters")}
    other = data.alternative
    other = replace(other, info=other.info.model_copy(update=equation), stated=data.stated)
    orders = data, other
    for criterion in (_by_residual, _by_kept_ends, _by_regression, _by_period, _by_plainness):
        if criterion is _by_regression and data.info.equation is None:
            sought = library, progress, assume
            orders = _regressed(data, *sought), _regressed(other, *sought)
        for one, another in (orders, orders[::-1]):
            why = criterion(one, another)
            if why:
                note = f"Which axis is x and which is t is not in the file. {_reading(one)}: {why}."
                return _told(one, notes=(note,))
    return _told(
        data,
        warnings=(
            f"Which axis is x and which is t is not in the file, and the data do not tell. {_reading(data)}: this is "
            "assumed. Transpose u in the file if it is the other way round.",
        ),
    )


def _by_residual(data: Trajectories, other: Trajectories) -> str | None:
    if data.info.equation is None:
        return None
    return _by_what_is_left(data, other, _residual, "the equation")


def _by_regression(data: Trajectories, other: Trajectories) -> str | None:
    if data.info.equation is not None:
        return None
    if _left_by_regression(other) <= BOTH_FIT:  # both orders fit, which decides nothing
        return None
    return _by_what_is_left(data, other, _left_by_regression, "a sparse equation")


def _by_plainness(data: Trajectories, other: Trajectories) -> str | None:
    if data.regression is None or other.regression is None:
        return None
    mine, others = ((r.left, len(r.terms)) for r in (data.regression, other.regression))
    return "so the plainer of two equations holds that fit" if mine < others else None


def _regressed(
    data: Trajectories, library: Library | None, progress: Progress | None, assume: Sequence[str]
) -> Trajectories:
    try:
        found = found_equation(data, progress, library, assume=assume)
    except DataError:
        return data
    return replace(data, regression=found.record, posterior=found.posterior)


def _left_by_regression(data: Trajectories) -> float:
    return data.regression.residual if data.regression else float("inf")


def _by_what_is_left(
    data: Trajectories, other: Trajectories, measure: Callable[[Trajectories], float], what: str
) -> str | None:
    left, left_by_other = (_or_infinity(measure, each) for each in (data, other))
    if left < SOLVED and left_by_other > CLEARLY * left:
        rest = f"{left_by_other:.1e}" if left_by_other < SOLVED else "all"
        return f"so {what} leaves {left:.1e} of its terms, the other way round {rest}"
    return None


def _or_infinity(measure: Callable[[Trajectories], float], data: Trajectories) -> float:
    """What is measured, or infinity for data that an equation cannot be laid on."""
    try:
        return measure(data)
    except DataError:
        return float("inf")


def _residual(data: Trajectories) -> float:
    """In weak form, if that can be."""
    residual = data_residual(data, Equation.from_string(data.info.equation or "", data.info.parameters))
    return residual.relative if residual.weak is None else residual.weak


def _by_kept_ends(data: Trajectories, other: Trajectories) -> str | None:
    return "so u is kept at both ends of x" if _keeps_ends(data) and not _keeps_ends(other) else None


def _keeps_ends(data: Trajectories) -> bool:
    u = data.read([0])[0]
    return bool(u[:, [0, -1]].std(0).max() <= KEPT * u.std())


def _by_period(data: Trajectories, other: Trajectories) -> str | None:
    return "so u is periodic in x" if data.info.periodic and not other.info.periodic else None


def _reading(data: Trajectories) -> str | None:
    return data.origin.reading if data.origin else None


def _told(data: Trajectories, notes: tuple[str, ...] = (), warnings: tuple[str, ...] = ()) -> Trajectories:
    origin = data.origin
    if origin:
        origin = replace(origin, notes=(*origin.notes, *notes), warnings=(*origin.warnings, *warnings))
    return replace(data, origin=origin, alternative=None)
