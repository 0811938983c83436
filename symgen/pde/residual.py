"""How well data solve an equation: their own residual, time derivatives from the data."""

from __future__ import annotations

import numpy as np
import torch
from pydantic import BaseModel, ConfigDict

from symgen.exceptions import DataError
from symgen.expressions import CompiledExpressions
from symgen.pde.derivatives import ACCURACY, interior_margin, t_derivatives, time_margin, without_highest, x_derivatives
from symgen.pde.divergence import divergence_form
from symgen.pde.equation import Equation
from symgen.pde.grammar import Jet, T, X, jet_symbol
from symgen.pde.trajectories import Trajectories, some_samples
from symgen.pde.undefined import finite_mean, require_defined
from symgen.pde.weak_form import Window, weak_form

FINE = ACCURACY + 2
HIGHEST = 0.1
"""Share of the waves that are left out to see what they make."""
WEAK_SHARE, WEAK_LEAST = 1 / 8, 10
"""Half-width of the test functions, of the grid's length and in points, so that noise is averaged."""


class DataResidual(BaseModel):
    """Root mean squares relative to the size of the equation's terms."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    relative: float
    """|Delta| / size."""
    time_step_error: float
    """Estimated share of it that the differences in t make: how far those of order 6 and 8 are apart."""
    grid_error: float
    """Likewise for x: differences of order 6 and 8, or, if periodic, what the highest tenth of the waves makes."""
    weak: float | None
    """The same in weak form, where derivatives are moved onto smooth test functions, so that noise is averaged out.
    None for equations that cannot be integrated by parts, and grids that are too small."""


def data_residual(data: Trajectories, equation: Equation) -> DataResidual:
    """Residual of an equation on the first samples, inside the stored window.

    Raises DataError with too few times for the differences, where all terms of the equation vanish, and where it has
    no value at many points.
    """
    u = torch.from_numpy(data.read(range(some_samples(data))))
    needed = times_needed(equation)
    if u.shape[1] < needed:
        raise DataError(
            f"The data have {u.shape[1]} times; differences in t need at least {needed}. Store more of them."
        )
    terms = _terms(data, u, equation, FINE, FINE)
    residual, squares = terms.sum(0), terms.square().sum(0)
    del terms  # several times as large as what is made of them
    require_defined(squares, f"The equation {equation}")
    size = finite_mean(squares) ** 0.5
    if size == 0:
        raise DataError(f"All terms of the equation {equation} vanish on the data: they say nothing about it.")

    def changed(other: torch.Tensor) -> float:
        return finite_mean((residual - other.sum(0)).square()) ** 0.5 / size

    if data.info.periodic:
        coarser_in_x = _terms(data, without_highest(u, HIGHEST), equation, FINE, FINE)
    else:
        coarser_in_x = _terms(data, u, equation, FINE, ACCURACY)
    return DataResidual(
        relative=finite_mean(residual.square()) ** 0.5 / size,
        time_step_error=changed(_terms(data, u, equation, ACCURACY, FINE)),
        grid_error=changed(coarser_in_x),
        weak=_weak_residual(data, u.numpy(), equation),
    )


def times_needed(equation: Equation) -> int:
    """Times that data must have for the differences in t of `data_residual`."""
    return 2 * time_margin(_orders(equation)[1], FINE) + 1


def _orders(equation: Equation) -> tuple[int, int]:
    """Highest derivatives in x and in t."""
    jets = equation.jets(equation.expression)
    return equation.order, max(j for _, j in jets)


def _terms(data: Trajectories, u: torch.Tensor, equation: Equation, in_t: int, in_x: int) -> torch.Tensor:
    """The equation's terms by differences of orders `in_t` and `in_x`, on the interior that order FINE leaves."""
    periodic, jets, (highest, latest) = data.info.periodic, equation.jets(equation.expression), _orders(equation)
    margin, lost = time_margin(latest, FINE), interior_margin(periodic, highest, FINE)
    rows, columns = margin - time_margin(latest, in_t), lost - interior_margin(periodic, highest, in_x)
    inside = u[:, rows : u.shape[1] - rows, columns : u.shape[2] - columns]
    length = data.period * inside.shape[2] / u.shape[2]
    table: dict[Jet, torch.Tensor] = {}
    for j, change in enumerate(t_derivatives(inside, data.time_step, latest, in_t)):
        derivatives = x_derivatives(change, length, periodic, highest, in_x)
        table |= {(i, j): derivative for i, derivative in enumerate(derivatives)}
    x = torch.from_numpy(data.x)[lost : len(data.x) - lost].expand_as(table[0, 0])
    t = torch.from_numpy(data.t)[margin : len(data.t) - margin, None].expand_as(table[0, 0])
    parts = equation.expression.expand().as_ordered_terms()
    return CompiledExpressions([X, T, *map(jet_symbol, jets)], parts)([x, t, *(table[jet] for jet in jets)])


def _weak_residual(data: Trajectories, u: np.ndarray, equation: Equation) -> float | None:
    form, window = divergence_form(equation), Window.of(len(data.x), len(data.t), WEAK_SHARE, WEAK_LEAST)
    if form is None or not window.fits(len(data.x), len(data.t)):
        return None
    step = data.period / len(data.x), data.time_step
    integrals = weak_form(u, *step, data.info.periodic, window, list(form))
    terms = integrals * np.reshape(list(form.values()), (-1, 1, 1, 1))
    size = np.sqrt((terms**2).sum(0).mean())
    return float(np.sqrt((terms.sum(0) ** 2).mean()) / size) if size else None
