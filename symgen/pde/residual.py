"""How well data solve an equation: their own residual, u_t from the data against F[u]."""

from __future__ import annotations

import torch
from pydantic import BaseModel, ConfigDict

from symgen.exceptions import DataError
from symgen.expressions import compile_expressions
from symgen.pde.derivatives import ACCURACY, finite_difference, interior_margin, x_derivatives
from symgen.pde.equation import Equation
from symgen.pde.grammar import T, X, jet_symbol
from symgen.pde.trajectories import Trajectories

MOST_SAMPLES = 16


class DataResidual(BaseModel):
    """Root mean squares relative to the size of the equation's terms."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    relative: float
    """|u_t - F[u]| / size."""
    time_step_error: float
    """Estimated share of it that the differences in t make: how far those of order 6 and 8 are apart."""


def data_residual(data: Trajectories, equation: Equation) -> DataResidual:
    """Residual of an evolution equation on the first samples, inside the stored window.

    Raises DataError with too few times for the differences, or where all terms of the equation vanish.
    """
    u = torch.from_numpy(data.read(range(min(len(data), MOST_SAMPLES))))
    margin = ACCURACY // 2 + 1
    if u.shape[1] <= 2 * margin:
        raise DataError(
            f"The data have {u.shape[1]} times; differences in t need at least {2 * margin + 1}. Store more of them."
        )
    step = float(data.t[-1] - data.t[0]) / (len(data.t) - 1)
    fine = finite_difference(u, step, 1, ACCURACY + 2, dim=1)
    coarse = finite_difference(u, step, 1, ACCURACY, dim=1)[:, 1:-1]
    inside = u[:, margin:-margin]
    lost = interior_margin(data.info.periodic, equation.order)
    cut = slice(lost, len(data.x) - lost)
    table = x_derivatives(inside, data.period, data.info.periodic, equation.order)
    x, t = torch.from_numpy(data.x)[cut], torch.from_numpy(data.t)[margin:-margin, None]
    symbols = [X, T, *(jet_symbol((order, 0)) for order in range(equation.order + 1)), jet_symbol((0, 1))]
    arguments = [x.expand_as(table[0]), t.expand_as(table[0]), *table, fine[..., cut]]
    terms = compile_expressions(symbols, equation.expression.expand().as_ordered_terms())(arguments)
    size = float(terms.square().sum(0).mean().sqrt())
    if size == 0:
        raise DataError(f"All terms of the equation {equation} vanish on the data: they say nothing about it.")
    residual = float(terms.sum(0).square().mean().sqrt())
    return DataResidual(relative=residual / size, time_step_error=float((fine - coarse).square().mean().sqrt()) / size)
