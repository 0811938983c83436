"""How well data solve an equation: their own residual, time derivatives from the data."""

from __future__ import annotations

import numpy as np
import torch
from pydantic import BaseModel, ConfigDict

from symgen.exceptions import DataError
from symgen.expressions import compile_expressions
from symgen.pde.derivatives import ACCURACY, interior_margin, t_derivatives, time_margin, x_derivatives
from symgen.pde.divergence import divergence_form
from symgen.pde.equation import Equation
from symgen.pde.grammar import Jet, T, X, jet_symbol
from symgen.pde.trajectories import Trajectories
from symgen.pde.weak_form import Window, weak_form

MOST_SAMPLES = 16
WEAK_SHARE = 1 / 8
"""Half-width of the test functions, of the grid's length."""


class DataResidual(BaseModel):
    """Root mean squares relative to the size of the equation's terms."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    relative: float
    """|Delta| / size."""
    time_step_error: float
    """Estimated share of it that the differences in t make: how far those of order 6 and 8 are apart."""
    weak: float | None
    """The same in weak form, where derivatives are moved onto smooth test functions, so that noise is averaged out.
    None for equations that cannot be integrated by parts, and grids that are too small."""


def data_residual(data: Trajectories, equation: Equation) -> DataResidual:
    """Residual of an equation on the first samples, inside the stored window.

    Raises DataError with too few times for the differences, or where all terms of the equation vanish.
    """
    u = torch.from_numpy(data.read(range(min(len(data), MOST_SAMPLES))))
    jets = equation.jets(equation.expression)
    latest, highest = max(j for _, j in jets), equation.order
    margin = time_margin(latest, ACCURACY + 2)
    if u.shape[1] <= 2 * margin:
        raise DataError(
            f"The data have {u.shape[1]} times; differences in t need at least {2 * margin + 1}. Store more of them."
        )
    lost = interior_margin(data.info.periodic, highest)
    x = torch.from_numpy(data.x)[lost : len(data.x) - lost]
    t = torch.from_numpy(data.t)[margin : len(data.t) - margin, None]
    evaluate = compile_expressions([X, T, *map(jet_symbol, jets)], equation.expression.expand().as_ordered_terms())

    def terms(accuracy: int) -> torch.Tensor:
        cut = margin - time_margin(latest, accuracy)
        table: dict[Jet, torch.Tensor] = {}
        for j, change in enumerate(t_derivatives(u[:, cut : u.shape[1] - cut], data.time_step, latest, accuracy)):
            rows = x_derivatives(change, data.period, data.info.periodic, highest)
            table |= {(i, j): row for i, row in enumerate(rows)}
        like = table[0, 0]
        return evaluate([x.expand_as(like), t.expand_as(like), *(table[jet] for jet in jets)])

    fine = terms(ACCURACY + 2)
    size = float(fine.square().sum(0).mean().sqrt())
    if size == 0:
        raise DataError(f"All terms of the equation {equation} vanish on the data: they say nothing about it.")
    residual = fine.sum(0)
    change = residual - terms(ACCURACY).sum(0)
    return DataResidual(
        relative=float(residual.square().mean().sqrt()) / size,
        time_step_error=float(change.square().mean().sqrt()) / size,
        weak=_weak_residual(data, u.numpy(), equation),
    )


def _weak_residual(data: Trajectories, u: np.ndarray, equation: Equation) -> float | None:
    form, window = divergence_form(equation), Window.of(len(data.x), len(data.t), WEAK_SHARE)
    if form is None or not window.fits(len(data.x), len(data.t)):
        return None
    step = data.period / len(data.x), data.time_step
    integrals = weak_form(u, *step, data.info.periodic, window, list(form))
    terms = integrals * np.reshape(list(form.values()), (-1, 1, 1, 1))
    size = np.sqrt((terms**2).sum(0).mean())
    return float(np.sqrt((terms.sum(0) ** 2).mean()) / size) if size else None
