"""An evolution system on a periodic box as ordinary equations for its Fourier modes: v' = L v + N(v, t).

Every equation is solved for a t-derivative of one unknown, of any order: u_t = F, u_tt = F, also mixed, and without
space for ordinary ones. An unknown of order r in t is r functions of space, itself and its first r - 1 t-derivatives:
the *state*. An unknown without a t-derivative may follow from the state by a linear equation with constant coefficients
that is solved mode by mode, as a stream function does from the vorticity.

L is a small matrix, state by state, for every mode: the terms that are linear with constant coefficients about a
constant state, such as nu lap u, the i psi_xx that couples real and imaginary part, or the pair of u_tt = lap u.
Ordinary equations have none, nor what has no rates. N is what is left. Unknowns are Fourier sums, and N is projected on
these (a Galerkin method): with a grid padded by (p + 1) / 2 products of p factors are free of aliasing; of what is no
polynomial, aliasing is only made small.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import sympy
import torch

from symgen.equations.system import System
from symgen.exceptions import DataError, UsageError
from symgen.expressions import CompiledExpressions
from symgen.jets.space import Jet
from symgen.pde.axis import TIME, Axis
from symgen.simulation.linear_part import LinearPart

MOST_FACTORS = 4
"""Products of more factors than these leave some aliasing; so do right-hand sides that are no polynomials."""
DEFAULT_FACTORS = 3
ROUNDING = 1e-12
"""Size of a mode, relative to the largest, that is taken for zero."""


class SpectralForm:
    """The Fourier modes of a system's state and how they change; tensors of them are (..., state, *waves).

    `space` are the axes but that of t, periodic. `state` are the jets that initial data are given for, such as u, or u
    and u_t. `about` are the values of unknowns about which the linear part is taken, by default 0: it is the same
    system about any. Raises UsageError for a system that is not of this form, and for axes that do not fit.
    """

    def __init__(
        self,
        system: System,
        space: Sequence[Axis] = (),
        about: Mapping[str, float] | None = None,
        device: str | torch.device = "cpu",
    ) -> None:
        self.system, self.device = system, torch.device(device)
        names = [name for name in system.space.independent if name != TIME]
        by_name = {axis.name: axis for axis in space}
        if sorted(by_name) != sorted(names) or len(space) != len(names):
            raise UsageError(f"The system has the axes {', '.join(names) or 'none'} of space; give these, each once.")
        self.axes = tuple(by_name[name] for name in names)
        if open_ones := [axis.name for axis in self.axes if not axis.periodic]:
            raise UsageError(f"The axis {open_ones[0]} is not periodic: the solutions are sums of waves.")
        orders = _orders_in_time(system)
        self._place = system.space.independent.index(TIME)
        self.state = [
            Jet(name, system.space.none).raised(self._place, k)
            for name in system.space.dependent
            for k in range(orders.get(name, 0))
        ]
        self.grid = tuple(len(axis) for axis in self.axes) or (1,)
        self._waves = [k.to(self.device) for k in _wave_numbers(self.grid)]
        lengths = [axis.length for axis in self.axes] or [1.0]
        # whole numbers times complex ones would be of single precision
        self._factors = [2j * math.pi / length * k.double() for length, k in zip(lengths, self._waves, strict=True)]
        self._following = [name for name in system.space.dependent if name not in orders]
        self._needs: list[torch.Tensor] = []
        self._maps = torch.stack([self._map(name) for name in self._following]) if self._following else None
        rates = [self.rate_of(jet) for jet in self.state]
        slopes, rest = zip(*(linear_part(system, rate, about or {}) for rate in rates), strict=True)
        matrix = torch.stack([self._row(row) for row in slopes])
        if not self.axes or _is_nilpotent(matrix):
            matrix, rest = torch.zeros_like(matrix), tuple(rates)
        self.linear = LinearPart(matrix)
        """L."""
        self.is_linear = all(expression == 0 for expression in rest)
        """Whether there is nothing but L."""
        self._rest = GridFunctions(self, rest)

    @property
    def shape(self) -> tuple[int, ...]:
        """Of the modes of all of the state."""
        return (len(self.state), *(k.numel() for k in self._waves))

    def derivative(self, orders: Sequence[int]) -> torch.Tensor:
        """The multiplier of modes that differentiates so often along each axis."""
        result = torch.ones((1,) * len(self.grid), dtype=torch.complex128, device=self.device)
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

    def start(self, initial: torch.Tensor) -> torch.Tensor:
        """Initial states (..., state, *grid) as modes; DataError where no unknown follows from them, as no stream
        function does from a vorticity whose mean is not 0.
        """
        modes = self.modes(initial.reshape(*initial.shape[: initial.dim() - len(self.axes)], *self.grid))
        for name, needed in zip(self._following, self._needs, strict=True):
            lacking = (needed * modes).sum(-1 - len(self.grid)).abs().amax()
            if float(lacking) > ROUNDING * float((modes.abs()).amax()):
                raise DataError(f"No {name} follows from these initial data: the mean of what determines it is not 0.")
        return modes

    def unknowns(self, modes: torch.Tensor) -> torch.Tensor:
        """Modes -> the unknowns of the system on the grid, (..., *points, unknown)."""
        every = self.extended(modes)
        first = {jet.unknown: place for place, jet in enumerate(self.state) if not jet.order}
        first |= {name: len(self.state) + place for place, name in enumerate(self._following)}
        place = -1 - len(self.grid)
        chosen = every.index_select(
            every.dim() + place, torch.tensor([first[n] for n in self.system.space.dependent], device=self.device)
        )
        values = self.fields(chosen).movedim(place, -1)
        return values.reshape(*modes.shape[:place], *(len(axis) for axis in self.axes), values.shape[-1])

    def extended(self, modes: torch.Tensor) -> torch.Tensor:
        """Modes of the state, then those of the unknowns that follow from it."""
        if self._maps is None:
            return modes
        return torch.cat([modes, self.linear.applied(self._maps, modes)], -1 - len(self.grid))

    def remainder(self, modes: torch.Tensor, time: float) -> torch.Tensor:
        """N: what the rate of the modes is beside L."""
        if self.is_linear:
            return torch.zeros_like(modes)
        return self.modes(self._rest(modes, time).movedim(0, -1 - len(self.grid)))

    def rate(self, modes: torch.Tensor, time: float) -> torch.Tensor:
        """The t-derivative of the modes of a state."""
        return self.linear.applied(self.linear.matrix, modes) + self.remainder(modes, time)

    def rate_of(self, jet: Jet) -> sympy.Expr:
        """The t-derivative of a part of the state."""
        up = jet.raised(self._place)
        if self.system.leading(up) is None:
            return self.system.space.symbol(up)
        return sympy.expand(self.system.reduce(up))

    def source(self, jet: Jet) -> tuple[int, torch.Tensor]:
        """Which of the extended modes a jet is a derivative in space of, and the multiplier."""
        orders = [order for axis, order in enumerate(jet.orders) if axis != self._place] or [0]
        if jet.unknown in self._following:
            return len(self.state) + self._following.index(jet.unknown), self.derivative(orders)
        in_time = Jet(jet.unknown, self.system.space.none).raised(self._place, jet.orders[self._place])
        return self.state.index(in_time), self.derivative(orders)

    def _places(self, grid: Sequence[int]) -> tuple[Any, ...]:
        """Where the modes stand in the spectrum of a grid."""
        return (..., *(k % n for k, n in zip(self._waves, grid, strict=True)))

    def _map(self, name: str) -> torch.Tensor:
        """From the modes of the state to those of an unknown that follows from it: (state, *waves)."""
        space, system = self.system.space, self.system
        lead = next(lead for lead in system.rules if lead.unknown == name)
        slopes, rest = linear_part(system, space.symbol(lead) - system.reduce(lead), {})
        own = torch.zeros(self.shape[1:], dtype=torch.complex128, device=self.device)
        others = torch.zeros(self.shape, dtype=torch.complex128, device=self.device)
        for jet, slope in slopes.items():
            orders = [order for axis, order in enumerate(jet.orders) if axis != self._place]
            if jet.unknown == name and not jet.orders[self._place]:
                own = own + slope * self.derivative(orders)
            elif jet.unknown in self._following:
                raise UsageError(f"{name} and {jet.unknown} follow from one another: such equations are not solved.")
            else:
                place, factor = self.source(jet)
                others[place] += slope * factor
        free = own.abs() <= ROUNDING * own.abs().max()
        mean = torch.zeros_like(free)
        mean[(0,) * mean.dim()] = True
        if rest != 0 or bool((free & ~mean).any()):
            raise UsageError(
                f"The system {system} is solved for {space.symbol(lead)}; initial data determine solutions where each "
                "equation gives a t-derivative of an unknown, such as u_t = ... or u_tt = ..., or else an unknown by a "
                "linear equation with constant coefficients that has one solution, such as lap(psi) = -w."
            )
        self._needs.append(others * free)
        return torch.where(free, 0, -others / torch.where(free, 1, own))

    def _row(self, slopes: Mapping[Jet, float]) -> torch.Tensor:
        """A row of L: (state, *waves)."""
        row = torch.zeros(self.shape, dtype=torch.complex128, device=self.device)
        for jet, slope in slopes.items():
            place, factor = self.source(jet)
            if place < len(self.state):
                row[place] += slope * factor
            else:
                assert self._maps is not None
                row = row + slope * factor * self._maps[place - len(self.state)]
        return row


class GridFunctions:
    """Expressions in the jets of a system, on a grid so fine that their modes are free of aliasing, if they are
    polynomials of few factors: (modes, time) -> (expressions, ..., *grid).
    """

    def __init__(self, form: SpectralForm, expressions: Sequence[sympy.Expr]) -> None:
        space = form.system.space
        self.form = form
        jets = space.jets(*expressions)
        symbols = [space.symbol(jet) for jet in jets]
        self.evaluate = CompiledExpressions([*space.variables, *symbols], expressions)
        factors = _factors(expressions, symbols)
        self.grid = tuple(n if n == 1 else 2 * math.ceil(n * (factors + 1) / 4) for n in form.grid)
        self.sources = [form.source(jet) for jet in jets]
        self.coordinates = []
        for k, axis in enumerate(form.axes):
            step = axis.length / self.grid[k]
            points = axis.points[0] + step * torch.arange(self.grid[k], dtype=torch.float64, device=form.device)
            self.coordinates.append(points.reshape(*(-1 if j == k else 1 for j in range(len(self.grid)))))
        self.place = space.independent.index(TIME)

    def __call__(self, modes: torch.Tensor, time: float) -> torch.Tensor:
        """Values on the finer grid."""
        dimension = len(self.grid)
        every = self.form.extended(modes)
        waves = [every.select(-1 - dimension, source) * factor for source, factor in self.sources]
        fields = [*self.form.fields(torch.stack(waves), self.grid)] if waves else []
        shape = (*modes.shape[: -1 - dimension], *self.grid)
        now = torch.full((), time, dtype=torch.float64, device=modes.device)
        variables = [c.expand(shape) for c in self.coordinates]
        variables.insert(self.place, now.expand(shape))
        return self.evaluate([*variables, *fields])


def linear_part(
    system: System, expression: sympy.Expr, about: Mapping[str, float]
) -> tuple[dict[Jet, float], sympy.Expr]:
    """Constant slopes of an expression by its jets, where unknowns have the values `about`, and what is left of it."""
    space = system.space
    jets = space.jets(expression)
    here = {space.symbol(jet): sympy.Rational(str(0 if jet.order else about.get(jet.unknown, 0))) for jet in jets}
    slopes: dict[Jet, float] = {}
    rest = expression
    for jet in jets:
        slope = sympy.diff(expression, space.symbol(jet)).xreplace(here)
        if slope.free_symbols:
            slope = sympy.expand(slope).as_independent(*slope.free_symbols, as_Add=True)[0]
        if slope != 0 and slope.is_finite and slope.is_real:
            slopes[jet] = float(slope)
            rest = rest - slope * space.symbol(jet)
    return slopes, sympy.expand(rest)


def _is_nilpotent(matrix: torch.Tensor) -> bool:
    """Whether L, not 0, has no rates at all, as where one unknown drives another: it bounds no step."""
    matrices = matrix.flatten(2).movedim(-1, 0)
    return bool(matrices.any()) and not bool(torch.linalg.matrix_power(matrices, len(matrix)).any())


def _orders_in_time(system: System) -> dict[str, int]:
    """How often each unknown is differentiated in t, where its equation gives such a derivative."""
    space = system.space
    place = space.independent.index(TIME) if TIME in space.independent else None
    orders = {}
    for lead in system.rules:
        if place is None or (lead.orders[place] and lead.order != lead.orders[place]):
            raise UsageError(
                f"The system {system} is solved for {space.symbol(lead)}; initial data determine solutions where each "
                "equation gives a t-derivative of an unknown, such as u_t = ... or u_tt = ..."
            )
        if lead.orders[place]:
            orders[lead.unknown] = lead.order
    if system.derived or system.gaps or len(system.rules) != len(space.dependent) or not orders:
        raise UsageError(f"The system {system} has constraints, so that not all initial data have a solution.")
    return orders


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
