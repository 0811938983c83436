"""Ordinary equations by DOP853, a Runge-Kutta method of order 8 with control of the error.

E. Hairer, S. Norsett and G. Wanner, Solving Ordinary Differential Equations I, section II.5.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import Any

import numpy as np
import sympy
from scipy.integrate import DOP853

from symgen.exceptions import SolverError
from symgen.simulation.spectral_form import SpectralForm

MOST_STEPS = 10_000
LEAST_SIZE = 1e-3
"""Of a part of the state, relative to the largest: what is small or zero at first may grow."""


class OrdinaryRates:
    """The rates of the state of an ordinary system, in plain numbers: (time, state) -> (state,)."""

    def __init__(self, form: SpectralForm) -> None:
        space = form.system.space
        symbols = [*space.variables, *map(space.symbol, form.state)]
        self._function = sympy.lambdify(symbols, [form.rate_of(jet) for jet in form.state], modules="math", cse=True)

    def __call__(self, time: float, state: np.ndarray) -> list[float]:
        """Rates, NaN where there are none."""
        try:
            return self._function(time, *state.tolist())
        except (ArithmeticError, ValueError):  # of a trial step to where there is no rate, which is refused then
            return [float("nan")] * len(state)


def solve_ordinary(form: SpectralForm, initial: np.ndarray, t: Sequence[float] | np.ndarray, rtol: float) -> np.ndarray:
    """From one state (state,) at t[0] to the states at increasing times -> (times, state).

    Steps end at the times, so that nothing is interpolated. Raises SolverError as `advance` does.
    """
    rates, state = OrdinaryRates(form), np.asarray(initial, np.float64)
    size = np.abs(state)
    tolerance = rtol * np.maximum(size, LEAST_SIZE * (size.max() or 1.0))
    frames, step, left = [state], None, MOST_STEPS
    for start, end in pairwise(t):
        state, step, used = advance(rates, state, start, end, step, rtol, tolerance, left)
        left -= used
        frames.append(state)
    return np.stack(frames)


def advance(
    rates: Callable[[float, np.ndarray], Any],
    state: np.ndarray,
    start: float,
    end: float,
    step: float | None,
    rtol: float,
    tolerance: np.ndarray,
    most: int,
) -> tuple[np.ndarray, float, int]:
    """The state at the end of a piece of time, the longest step and the number of steps; `step` is to be tried first.

    Raises SolverError where the solution blows up, or would take more than `most` steps.
    """
    first = None if step is None else min(step, end - start)
    used, longest = 0, 0.0
    with np.errstate(all="ignore"):
        solver = DOP853(rates, start, state, end, first_step=first, rtol=rtol, atol=tolerance)
        while solver.status == "running":
            if used == most:
                raise SolverError(
                    f"The system takes more than {MOST_STEPS} steps up to t = {solver.t:.3g}: it is stiff, or blows "
                    "up. Take fewer points, a longer domain or shorter times."
                )
            solver.step()
            used += 1
            longest = max(longest, solver.step_size or 0.0)
    if solver.status == "failed" or not np.isfinite(solver.y).all():
        raise SolverError(f"The solution blows up about t = {solver.t:.4g}. Take smaller data or shorter times.")
    return solver.y, longest, used
