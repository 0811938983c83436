"""Solutions of evolution systems on periodic grids by the method of lines: Fourier modes in space, adaptive in time.

What is linear with constant coefficients is solved exactly by an integrating factor, so that it does not bound the step
(A.-K. Kassam and L. Trefethen, SIAM J. Sci. Comput. 26 (2005) 1214, section 2). What is left is integrated by DOP853,
of order 8 (Hairer, Norsett and Wanner, Solving Ordinary Differential Equations I, section II.5), with control of the
error.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from itertools import pairwise

import numpy as np
import torch

from symgen.equations.system import System
from symgen.pde.axis import TIME, Axis
from symgen.pde.info import SolutionsInfo
from symgen.pde.solutions import Solutions
from symgen.simulation import ordinary
from symgen.simulation.ordinary import LEAST_SIZE, advance, solve_ordinary
from symgen.simulation.spectral_form import SpectralForm

RTOL = 1e-11
"""Error of a step, relative to the size of each part of the state."""
DECAY = 10.0
"""exp(DECAY) is the most that an integrating factor grows before it starts anew."""


class MethodOfLines(SpectralForm):
    """A `SpectralForm` that is integrated with control of the error, one sample at a time, on the CPU."""

    def __init__(self, system: System, space: Sequence[Axis] = (), rtol: float = RTOL) -> None:
        super().__init__(system, space)
        self.rtol = rtol

    def solve(self, initial: np.ndarray, t: np.ndarray) -> np.ndarray:
        """From one state (state, *grid) at t[0] to the unknowns at increasing times -> (times, *grid, unknown).

        The first is the initial state itself, without waves that the grid does not carry. Raises SolverError where the
        solution blows up, or the equations are stiff beyond the terms that are solved exactly.
        """
        if not self.axes:
            states = solve_ordinary(self, np.reshape(initial, -1), t, self.rtol)
            return states[:, [place for place, jet in enumerate(self.state) if not jet.order]]
        modes = self.start(torch.as_tensor(np.asarray(initial, np.float64)))
        size = modes.abs().flatten(1).amax(1)
        size = size.clamp_min(LEAST_SIZE * float(size.max() or 1.0))
        tolerance = (self.rtol * size).reshape(-1, *(1,) * len(self.grid)).expand(self.shape).flatten().numpy()
        frames, left, step = [self.unknowns(modes)], ordinary.MOST_STEPS, None
        for now, target in pairwise(t):
            if self.is_linear:
                modes = self.linear.advanced(modes, target - now)
                frames.append(self.unknowns(modes))
                continue
            pieces = max(1, math.ceil(self.linear.growth * (target - now) / DECAY))
            for start, end in pairwise(np.linspace(now, target, pieces + 1)):
                flat = np.ascontiguousarray(modes.flatten().numpy())
                turned, step, used = advance(self._turned(start), flat, start, end, step, self.rtol, tolerance, left)
                modes = self.linear.advanced(torch.from_numpy(turned).reshape(self.shape), end - start)
                left -= used
            frames.append(self.unknowns(modes))
        return torch.stack(frames).numpy()

    def _turned(self, start: float) -> Callable[[float, np.ndarray], np.ndarray]:
        """The rate of exp(-L (t - start)) times the modes."""

        def rate(time: float, turned: np.ndarray) -> np.ndarray:
            now = self.linear.advanced(torch.from_numpy(turned).reshape(self.shape), time - start)
            return self.linear.advanced(self.remainder(now, time), start - time).flatten().numpy()

        return rate


def solve_system(
    system: System,
    initial: np.ndarray,
    t: np.ndarray,
    space: Sequence[Axis] = (),
    info: SolutionsInfo | None = None,
    rtol: float = RTOL,
) -> Solutions:
    """Solutions of an evolution system from initial states (sample, state, *grid) at t[0].

    See `MethodOfLines`, whose `state` says what they are. Every sample is solved by itself, so that it does not depend
    on the others. `info` goes with the data; by default it has the equations, with their parameters put in.
    """
    lines = MethodOfLines(system, space, rtol)
    values = np.stack([lines.solve(state, t) for state in initial])
    axes: dict[str, np.ndarray | Axis] = {TIME: t, **{axis.name: axis for axis in lines.axes}}
    unknowns = {name: values[..., place] for place, name in enumerate(system.space.dependent)}
    own = SolutionsInfo(equations=tuple(map(str, system.expressions)), solver=f"Fourier modes, DOP853, rtol {rtol:g}")
    return Solutions.from_arrays(unknowns, axes, info or own)
