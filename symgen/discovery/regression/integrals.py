"""Integrals of the terms of a system's library against test functions, in any number of variables.

Test functions are products of (1 - s^2)^q along all axes, around the ends of periodic ones. Derivatives of products
are moved onto them; of u v_x the factor v_x is taken of the data, which are rid of noise first.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product as combinations
from math import prod

import numpy as np
import torch

from symgen.discovery.regression.products import Product
from symgen.discovery.regression.systems import GROUPS, LEAST_ROWS, System
from symgen.exceptions import DataError
from symgen.jets.space import Jet, JetSpace
from symgen.pde.axis import TIME, Axis
from symgen.pde.derivatives import ACCURACY, finite_difference, spectral_derivatives, time_margin
from symgen.pde.weak_form import LEAST_WIDTH, LONG, OVERLAP, Window, along_long, bump_matrix

SHARES = (1 / 20, 1 / 10, 1 / 5, 1 / 3, 0.45)
"""Half-widths of test functions, in grid lengths, that are tried: one along t, one along all axes of space."""
MOST_ROWS = 4096
"""Test functions of one window, about: in several dimensions they overlap less."""


@dataclass(frozen=True)
class Box(Window):
    """A test function's half-widths along all axes; those in t and of the first axis of space by name."""

    halves: tuple[int, ...] = ()


class Fields:
    """Products of unknowns, and of these with a derivative, of solutions (n, *grid, unknown); each computed once.

    At the ends of axes that are not periodic, points are cut off where differences do not reach.
    """

    def __init__(self, values: np.ndarray, axes: Sequence[Axis], space: JetSpace) -> None:
        self.axes, self.space = tuple(axes), space
        self.margins = tuple(
            0 if axis.periodic or axis.name == TIME or len(space.dependent) == 1 else time_margin(1) for axis in axes
        )
        self._values = values
        self._kept: dict[tuple[tuple[int, ...], Jet | None], np.ndarray] = {}

    @property
    def shape(self) -> tuple[int, ...]:
        """Of the grid, without what is cut off."""
        return tuple(len(axis) - 2 * margin for axis, margin in zip(self.axes, self.margins, strict=True))

    def __call__(self, term: Product) -> np.ndarray:
        """(n, *grid): the term, without the derivatives that the test function takes."""
        jet = None if term.of is None else Jet(self.space.dependent[term.of], term.orders)
        return self._product(term.powers, jet)

    def _product(self, powers: tuple[int, ...], jet: Jet | None) -> np.ndarray:
        key = powers, jet
        if key not in self._kept:
            first = next((place for place, power in enumerate(powers) if power), None)
            if first is not None and (sum(powers) > 1 or jet):
                less = tuple(power - (place == first) for place, power in enumerate(powers))
                unit = tuple(int(place == first) for place in range(len(powers)))
                self._kept[key] = self._product(unit, None) * self._product(less, jet)
            elif first is not None:
                self._kept[key] = self._inside(self._values[..., first])
            else:
                self._kept[key] = self._derivative(jet) if jet else np.ones((len(self._values), *self.shape))
        return self._kept[key]

    def _inside(self, field: np.ndarray) -> np.ndarray:
        inner = (slice(margin, n - margin) for margin, n in zip(self.margins, field.shape[1:], strict=True))
        return np.ascontiguousarray(field[(slice(None), *inner)])

    def _derivative(self, jet: Jet) -> np.ndarray:
        """A first derivative in space."""
        letter = self.space.independent[jet.orders.index(1)]
        place = next(place for place, axis in enumerate(self.axes) if axis.name == letter)
        axis, field = self.axes[place], self._values[..., self.space.dependent.index(jet.unknown)]
        lines = torch.from_numpy(np.ascontiguousarray(np.moveaxis(field, place + 1, -1)))
        if axis.periodic:
            found = spectral_derivatives(lines, axis.length, 1)[1]
        else:
            found = torch.nn.functional.pad(finite_difference(lines, axis.step, 1, ACCURACY, -1), (time_margin(1),) * 2)
        return self._inside(np.moveaxis(found.numpy(), -1, place + 1))


class Integrals:
    """Against the test functions of one window; every term is integrated once.

    With `differences` derivatives of products along periodic axes of space are central differences of second order on
    the grid, in place of those of the test functions: what solvers of that order make zero.
    """

    def __init__(self, fields: Fields, window: Box, differences: bool = False) -> None:
        self.fields, self.window, self.differences = fields, window, differences
        self._overlap = _overlap(fields, window)
        self._partial: dict[tuple[object, ...], np.ndarray] = {}
        self._whole: dict[Product, np.ndarray] = {}

    def __call__(self, term: Product) -> np.ndarray:
        """(rows,): those of a term."""
        if term not in self._whole:
            if term.parts:
                self._whole[term] = np.sum([float(factor) * self(part) for factor, part in term.parts], axis=0)
            else:
                self._whole[term] = self._along(term, len(self.fields.axes)).reshape(-1)
        return self._whole[term]

    def system(self, target: Product, terms: Sequence[Product]) -> System:
        """Linear equations for the coefficients of terms that add up to another."""
        left, columns = self(target), np.stack([self(term) for term in terms], axis=1)
        self._partial.clear()  # they take much more memory than the integrals
        return System(target.order, tuple(terms), left, columns, self._groups(), self.window)

    def _along(self, term: Product, axes: int) -> np.ndarray:
        """Integrals along the first axes only, which then are the last ones."""
        if not axes:
            return self.fields(term)
        orders = [
            0 if term.of is not None else term.orders[self.fields.space.independent.index(axis.name)]
            for axis in self.fields.axes[:axes]
        ]
        jet = None if term.of is None else (term.of, term.orders)
        key = term.powers, jet, tuple(orders)
        if key not in self._partial:
            self._partial[key] = self._integrated(self._along(term, axes - 1), axes - 1, orders[-1])
        return self._partial[key]

    def _integrated(self, values: np.ndarray, place: int, order: int) -> np.ndarray:
        """Values (n, points of an axis, ...), with this axis last, of centres."""
        axis, half, n = self.fields.axes[place], self.window.halves[place], self.fields.shape[place]
        by_differences = order if self.differences and axis.periodic else 0
        bumps = half, order - by_differences, axis.step, axis.periodic, max(1, half // self._overlap)
        if n > LONG:
            return along_long(central_differences(np.moveaxis(values, 1, -1), by_differences, axis.step), *bumps)
        matrix = (-1) ** by_differences * central_differences(bump_matrix(n, *bumps), by_differences, axis.step)
        return np.tensordot(values, matrix, axes=(1, 1))

    def _groups(self) -> np.ndarray:
        """Of every row: parts of the data are samples, and where these are few pieces of the first axis; of the next
        one where all would be one part, of which no errors are known.
        """
        shape = len(self.fields._values), *_centres(self.fields, self.window, self._overlap)
        samples, axes = min(shape[0], GROUPS), len(shape) - 1
        pieces = GROUPS // samples
        cut = next((k for k in range(1, axes + 1) if samples > 1 or shape[k] > 1), 1)
        sample = (np.arange(shape[0]) % samples).reshape(-1, *(1,) * axes)
        piece = (np.arange(shape[cut]) * pieces // shape[cut]).reshape(-1, *(1,) * (axes - cut))
        return np.broadcast_to(sample * pieces + piece, shape).reshape(-1)


def boxes(fields: Fields) -> list[Box]:
    """All that fit and have enough test functions; raises DataError where none does."""
    sizes, axes = fields.shape, fields.axes
    found = set()
    for in_t, in_space in combinations(SHARES, SHARES):
        shares = [in_t if axis.name == TIME else in_space for axis in axes]
        halves = tuple(max(LEAST_WIDTH, round(share * n)) for share, n in zip(shares, sizes, strict=True))
        if all(2 * half <= n for half, n in zip(halves, sizes, strict=True)):
            space = [half for half, axis in zip(halves, axes, strict=True) if axis.name != TIME]
            found.add(Box(x=space[0] if space else 0, t=halves[0], halves=halves))
    enough = [box for box in sorted(found, key=lambda box: box.halves) if _rows(fields, box, OVERLAP) >= LEAST_ROWS]
    if not enough:
        counts = zip(sizes, axes, strict=True)
        holds = " x ".join(f"{n} {'times' if a.name == TIME else f'in {a.name}'}" for n, a in counts)
        raise DataError(
            f"The data have {holds}: too few points to find their equations in, for which at least {2 * LEAST_WIDTH} "
            "along every axis are needed, and more of ordinary differential equations. Give one --equation for each "
            "unknown, or more data."
        )
    return enough


def _overlap(fields: Fields, window: Box) -> int:
    """How many centres of test functions there are to a half-width."""
    return next((o for o in (OVERLAP, 2) if _rows(fields, window, o) <= MOST_ROWS), 1)


def _rows(fields: Fields, window: Box, overlap: int) -> int:
    return len(fields._values) * prod(_centres(fields, window, overlap))


def _centres(fields: Fields, window: Box, overlap: int) -> list[int]:
    """How many centres of test functions there are along every axis."""
    return [
        -(-(n if axis.periodic else n - 2 * half + 2) // max(1, half // overlap))
        for n, half, axis in zip(fields.shape, window.halves, fields.axes, strict=True)
    ]


def central_differences(values: np.ndarray, order: int, step: float) -> np.ndarray:
    """(..., n): a derivative on a periodic grid, by the compact ones of second order, u_xx and u_x, of which higher
    ones are products.
    """
    for _ in range(order // 2):
        values = (np.roll(values, -1, -1) - 2 * values + np.roll(values, 1, -1)) / step**2
    return (np.roll(values, -1, -1) - np.roll(values, 1, -1)) / (2 * step) if order % 2 else values
