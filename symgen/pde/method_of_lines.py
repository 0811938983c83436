"""Solutions of evolution systems on periodic grids by the method of lines: Fourier modes in space, adaptive in time.

Every equation is solved for a t-derivative of one unknown, of any order: u_t = F, u_tt = F, also mixed, and without
space for ordinary ones. An unknown of order r in t is r functions of space, itself and its first r - 1 t-derivatives:
the *state*. Unknowns are Fourier sums, and the right-hand sides are projected on these (a Galerkin method): with a grid
padded by (p + 1) / 2 products of p factors are free of aliasing; of what is no polynomial, aliasing is only made small.

Of each equation the terms linear in its own unknown with constant coefficients, such as nu u_xx or u_xxx, are solved
exactly by an integrating factor, so that they do not bound the step (A.-K. Kassam and L. Trefethen, SIAM J. Sci.
Comput. 26 (2005) 1214, section 2). What is left is integrated by DOP853, of order 8 (Hairer, Norsett and Wanner,
Solving Ordinary Differential Equations I, section II.5), with control of the error: what is stiff in it, as a fourth
derivative of another unknown is, costs many steps.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any

import numpy as np
import sympy
import torch
from scipy.integrate import DOP853

from symgen.equations.system import System
from symgen.exceptions import SolverError, UsageError
from symgen.expressions import CompiledExpressions
from symgen.jets.space import Jet
from symgen.pde.axis import TIME, Axis
from symgen.pde.info import SolutionsInfo
from symgen.pde.solutions import Solutions

RTOL = 1e-11
"""Error of a step, relative to the size of each part of the state."""
LEAST_SIZE = 1e-3
"""Of a part of the state, relative to the largest: what is small or zero at first may grow."""
DECAY = 10.0
"""exp(DECAY) is the most that an integrating factor grows before it starts anew."""
MOST_STEPS = 10_000
MOST_FACTORS = 4
"""Products of more factors than these leave some aliasing; so do right-hand sides that are no polynomials."""
DEFAULT_FACTORS = 3


class MethodOfLines:
    """The Fourier modes of a system's state and how they change.

    `space` are the axes but that of t, periodic. `state` are the jets that initial data are given for, such as u, or u
    and u_t. Raises UsageError for a system that is not solved for t-derivatives alone, and for axes that do not fit.
    """

    def __init__(self, system: System, space: Sequence[Axis] = (), rtol: float = RTOL) -> None:
        self.system, self.rtol = system, rtol
        names = [name for name in system.space.independent if name != TIME]
        by_name = {axis.name: axis for axis in space}
        if sorted(by_name) != sorted(names) or len(space) != len(names):
            raise UsageError(f"The system has the axes {', '.join(names) or 'none'} of space; give these, each once.")
        self.axes = tuple(by_name[name] for name in names)
        if open_ones := [axis.name for axis in self.axes if not axis.periodic]:
            raise UsageError(f"The axis {open_ones[0]} is not periodic: the solutions are sums of waves.")
        orders = _orders_in_time(system)
        place = system.space.independent.index(TIME)
        self.state = [
            Jet(name, system.space.none).raised(place, k)
            for name in system.space.dependent
            for k in range(orders[name])
        ]
        self.grid = tuple(len(axis) for axis in self.axes) or (1,)
        self._waves = _wave_numbers(self.grid)
        lengths = [axis.length for axis in self.axes] or [1.0]
        self._factors = [2j * math.pi / length * k for length, k in zip(lengths, self._waves, strict=True)]
        own, rest = _split(system, self.state, place)
        self._decay = torch.stack([self._symbol(parts) for parts in own])
        self._remainder = _Remainder(self, rest, place)

    @property
    def shape(self) -> tuple[int, ...]:
        """Of the modes of all of the state."""
        return (len(self.state), *(k.numel() for k in self._waves))

    def _symbol(self, parts: Mapping[tuple[int, ...], float]) -> torch.Tensor:
        """The multiplier of modes of a sum of coefficients times space derivatives."""
        total = torch.zeros(self.shape[1:], dtype=torch.complex128)
        for orders, coefficient in parts.items():
            total = total + coefficient * self.derivative(orders)
        return total

    def derivative(self, orders: Sequence[int]) -> torch.Tensor:
        """The multiplier of modes that differentiates so often along each axis."""
        result = torch.ones((1,) * len(self.grid), dtype=torch.complex128)
        for factor, order in zip(self._factors, orders, strict=True):
            result = result * factor**order
        return result

    def modes(self, values: torch.Tensor) -> torch.Tensor:
        """Fields (..., *grid), of this grid or a finer one -> modes, but those of two points, whose phase is lost."""
        dims = tuple(range(-len(self.grid), 0))
        spectrum = torch.fft.rfftn(values, dim=dims, norm="forward")
        return spectrum[self._places(values.shape[-len(self.grid) :])]

    def fields(self, modes: torch.Tensor, grid: Sequence[int] | None = None) -> torch.Tensor:
        """Modes -> fields (..., *grid)."""
        grid = tuple(grid or self.grid)
        spectrum = modes.new_zeros((*modes.shape[: -len(grid)], *grid[:-1], grid[-1] // 2 + 1))
        spectrum[self._places(grid)] = modes
        return torch.fft.irfftn(spectrum, s=grid, dim=tuple(range(-len(grid), 0)), norm="forward")

    def _places(self, grid: Sequence[int]) -> tuple[Any, ...]:
        """Where the modes stand in the spectrum of a grid."""
        return (..., *(k % n for k, n in zip(self._waves, grid, strict=True)))

    def rate(self, modes: torch.Tensor, time: float) -> torch.Tensor:
        """The t-derivative of the modes of a state."""
        return self._decay * modes + self._remainder(modes, time)

    def solve(self, initial: np.ndarray, t: np.ndarray) -> np.ndarray:
        """From one state (state, *grid) at t[0] to the unknowns at increasing times -> (times, *grid, unknown).

        The first is the initial state itself, without waves that the grid does not carry. Raises SolverError where the
        solution blows up, or the equations are stiff beyond the terms that are solved exactly.
        """
        values = torch.as_tensor(np.asarray(initial, np.float64)).reshape(len(self.state), *self.grid)
        modes = self.modes(values)
        size = modes.abs().flatten(1).amax(1)
        size = size.clamp_min(LEAST_SIZE * float(size.max() or 1.0))
        tolerance = (self.rtol * size).reshape(-1, *(1,) * len(self.grid)).expand(self.shape)
        unknowns = [place for place, jet in enumerate(self.state) if jet.order == 0]
        frames, steps, step = [self.fields(modes[unknowns])], 0, None
        growth = float(self._decay.real.abs().max())
        for now, target in pairwise(t):
            pieces = max(1, math.ceil(growth * (target - now) / DECAY))
            for start, end in pairwise(np.linspace(now, target, pieces + 1)):
                modes, step, used = self._advance(modes, start, end, step, tolerance.flatten().numpy())
                steps += used
                if steps > MOST_STEPS:
                    raise SolverError(
                        f"The system takes more than {MOST_STEPS} steps up to t = {end:.3g}: it is stiff, or blows up. "
                        "Take fewer points, a longer domain or shorter times."
                    )
            frames.append(self.fields(modes[unknowns]))
        found = torch.stack(frames).movedim(1, -1)  # (times, *grid, unknown)
        return found.reshape(len(t), *(len(axis) for axis in self.axes), len(unknowns)).numpy()

    def _advance(
        self, modes: torch.Tensor, start: float, end: float, step: float | None, tolerance: np.ndarray
    ) -> tuple[torch.Tensor, float, int]:
        """Modes at the end of a piece of time, the longest step and the number of steps."""

        def rate(time: float, turned: np.ndarray) -> np.ndarray:
            factor = torch.exp(self._decay * (time - start))
            now = factor * torch.from_numpy(turned).reshape(self.shape)
            return (self._remainder(now, time) / factor).reshape(-1).numpy()

        y = np.ascontiguousarray(modes.reshape(-1).numpy())
        first = None if step is None else min(step, end - start)
        with np.errstate(all="ignore"):
            solver = DOP853(rate, start, y, end, first_step=first, rtol=self.rtol, atol=tolerance)
            used, longest = 0, 0.0
            while solver.status == "running" and used <= MOST_STEPS:
                solver.step()
                used += 1
                longest = max(longest, solver.step_size or 0.0)
        end_modes = torch.exp(self._decay * (end - start)) * torch.from_numpy(solver.y).reshape(self.shape)
        if solver.status == "failed" or not torch.isfinite(torch.view_as_real(end_modes)).all():
            raise SolverError(f"The solution blows up about t = {solver.t:.4g}. Take smaller data or shorter times.")
        return end_modes, longest, used


class _Remainder:
    """What is not solved exactly: (modes, time) -> their rates."""

    def __init__(self, lines: MethodOfLines, rest: Sequence[sympy.Expr], place: int) -> None:
        space = lines.system.space
        self.lines = lines
        self.jets = space.jets(*rest)
        symbols = [space.symbol(jet) for jet in self.jets]
        self.evaluate = CompiledExpressions([*space.variables, *symbols], rest)
        factors = _factors(rest, symbols)
        self.grid = tuple(n if n == 1 else 2 * math.ceil(n * (factors + 1) / 4) for n in lines.grid)
        self.sources = []
        for jet in self.jets:
            in_time = Jet(jet.unknown, space.none).raised(place, jet.orders[place])
            orders = [order for axis, order in enumerate(jet.orders) if axis != place] or [0]
            self.sources.append((lines.state.index(in_time), lines.derivative(orders)))
        coordinates = []
        for k, axis in enumerate(lines.axes):
            points = axis.points[0] + axis.length / self.grid[k] * torch.arange(self.grid[k], dtype=torch.float64)
            coordinates.append(points.reshape(*(-1 if j == k else 1 for j in range(len(self.grid)))).expand(self.grid))
        self.coordinates, self.place = coordinates, place

    def __call__(self, modes: torch.Tensor, time: float) -> torch.Tensor:
        grids = [modes[source] * derivative for source, derivative in self.sources]
        fields = self.lines.fields(torch.stack(grids), self.grid) if grids else torch.empty(0)
        variables = [*self.coordinates]
        variables.insert(self.place, torch.full(self.grid, time, dtype=torch.float64))
        return self.lines.modes(self.evaluate([*variables, *fields]))


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


def _orders_in_time(system: System) -> dict[str, int]:
    """How often each unknown is differentiated in t; UsageError unless every equation is solved for such."""
    space = system.space
    place = space.independent.index(TIME) if TIME in space.independent else None
    orders = {}
    for lead in system.rules:
        if place is None or lead.orders != Jet(lead.unknown, space.none).raised(place, lead.order).orders:
            raise UsageError(
                f"The system {system} is solved for {space.symbol(lead)}; initial data determine solutions where each "
                "equation gives a t-derivative of an unknown, such as u_t = ... or u_tt = ..."
            )
        orders[lead.unknown] = lead.order
    if system.derived or system.gaps or len(orders) < len(space.dependent):
        raise UsageError(f"The system {system} has constraints, so that not all initial data have a solution.")
    return orders


def _split(
    system: System, state: Sequence[Jet], place: int
) -> tuple[list[dict[tuple[int, ...], float]], list[sympy.Expr]]:
    """Rates of the state: coefficients of its own space derivatives, and the rest."""
    space = system.space
    own: list[dict[tuple[int, ...], float]] = []
    rest = []
    for jet in state:
        up = jet.raised(place)
        linear: dict[tuple[int, ...], float] = {}
        left = []
        if system.leading(up) is None:
            left.append(space.symbol(up))
        else:
            for term in sympy.Add.make_args(sympy.expand(system.reduce(up))):
                number, other = term.as_independent(*term.free_symbols) if term.free_symbols else (term, sympy.S.One)
                found = space.jet(other.name) if other.is_Symbol else None
                if found and found.unknown == jet.unknown and found.orders[place] == jet.orders[place]:
                    orders = tuple(order for axis, order in enumerate(found.orders) if axis != place) or (0,)
                    linear[orders] = linear.get(orders, 0.0) + float(number)
                else:
                    left.append(term)
        own.append(linear)
        rest.append(sympy.Add(*left))
    return own, rest


def _factors(expressions: Sequence[sympy.Expr], symbols: Sequence[sympy.Symbol]) -> int:
    """How many jets are multiplied at most."""
    if not all(expression.is_polynomial(*symbols) for expression in expressions):
        return DEFAULT_FACTORS
    degrees = [int(sympy.total_degree(e, *symbols)) if symbols else 0 for e in expressions]
    return min(max([1, *degrees]), MOST_FACTORS)


def _wave_numbers(grid: Sequence[int]) -> list[torch.Tensor]:
    """Whole numbers of waves along each axis, to be multiplied by each other; of the last the others are conjugates."""
    numbers = []
    for axis, n in enumerate(grid):
        highest = (n - 1) // 2
        k = torch.arange(highest + 1)
        if axis < len(grid) - 1:
            k = torch.cat([k, torch.arange(-highest, 0)])
        numbers.append(k.reshape(*(-1 if j == axis else 1 for j in range(len(grid)))))
    return numbers
