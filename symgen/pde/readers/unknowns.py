"""Which of the arrays of a file are unknowns."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from symgen.exceptions import DataError
from symgen.pde.readers.blocks import blocks
from symgen.pde.readers.content import left_out
from symgen.pde.readers.coordinates import find_name, of_array
from symgen.pde.readers.stored import Array
from symgen.pde.readers.table import Table, has_role, is_derivative, is_version, last

PARTS = ("_r", "_i")
"""Ends of the names of the real and the imaginary part."""
ROUNDING = 1e-6
"""Largest imaginary part, relative to the largest value, of what is meant as real."""


def find_unknowns(
    table: Table, chosen: str | None, fitting: set[str]
) -> tuple[list[str], tuple[str, ...], tuple[str, ...]]:
    """The names of the unknowns, with notes and warnings about what else there is.

    `fitting` are the arrays whose shape goes with the coordinates. Raises DataError where there is no array for an
    unknown, or where there are several on different grids and none is `chosen`.
    """
    if chosen is not None:
        names = _chosen(table, chosen)
        others = [o for o in fields(table) if _same_grid(table, o, names[0]) and o in fitting | {*names}]
        same = [o for o in others if any(is_derivative(o, n) or is_version(o, n) or is_version(n, o) for n in names)]
        done = {last(name) for name in names}
        rest = [o for o in others if o not in same and last(o) not in done and not _equal(table, o, names[0])]
        return names, not_read(same), left_out(chosen if len(names) > 1 else names[0], with_shapes(table, rest))
    found = fields(table)
    if not found:
        raise DataError(
            f"{table.path} has no array of two dimensions or more that can be u (time, x). It has {table.seen}."
        )
    candidates = [name for name in found if name in fitting] or found
    same = [c for c in candidates if any(is_derivative(c, other) or is_version(c, other) for other in candidates)]
    candidates = [name for name in candidates if name not in same]
    copies = [c for i, c in enumerate(candidates) if any(_equal(table, c, other) for other in candidates[:i])]
    candidates = [name for name in candidates if name not in copies]
    if len(candidates) > 1 and not all(_same_grid(table, c, candidates[0]) for c in candidates):
        named = [name for name in candidates if has_role(name, "u")]
        if len(named) == 1:
            others = [other for other in candidates if other != named[0] and _same_grid(table, other, named[0])]
            candidates = named + others
    one = len({last(name) for name in candidates}) == 1  # in several groups, or the cells of a list
    system = all(_same_grid(table, c, candidates[0]) for c in candidates) and not (one and "/" in candidates[0])
    if len(candidates) > 1 and not system:
        seen = ", ".join(with_shapes(table, candidates))
        raise DataError(f"{table.path} has several arrays that can be u: {seen}. Choose one with --u NAME.")
    unread = [name for name in table.refused if has_role(name, "u")]
    if unread and not has_role(candidates[0], "u"):
        raise DataError(
            f"{table.path}: {unread[0]!r} cannot be read: {table.refused[unread[0]]}. If u is another array, choose it "
            f"with --u NAME. The file has {table.seen}."
        )
    rest = [name for name in found if name not in (*candidates, *same, *copies)]
    _require_one_grid(table, candidates, rest)
    twice = tuple(f"{name} has the values of another array, and is left out." for name in copies)
    return candidates, (*not_read(same), *twice, *not_alike(table, candidates[0], rest)), ()


def _chosen(table: Table, chosen: str) -> list[str]:
    """The array that the user means, or both parts of a complex one; DataError where there is none."""
    parts = [name + end for name in table.complex for end in PARTS if find_name(chosen, {name: None})]
    name = find_name(chosen, table.arrays)
    if name is None and not parts:
        why = table.refused.get(chosen)
        raise DataError(
            f"{table.path}: {chosen!r} cannot be read: {why}."
            if why
            else f"{table.path} has no array {chosen!r}. It has {table.seen}."
        )
    return parts if name is None else [name]


def _require_one_grid(table: Table, names: list[str], rest: list[str]) -> None:
    """Raise DataError for another field that differs in the length of one axis only: it was meant to go with these."""
    shape = table.arrays[names[0]].squeeze().shape
    for other in rest if len(shape) > 2 else ():
        own = table.arrays[other].squeeze().shape
        versions = any(is_derivative(other, name) or is_version(other, name) for name in names)
        if len(own) == len(shape) and not versions and sum(a != b for a, b in zip(own, shape, strict=True)) == 1:
            first, second = with_shapes(table, [names[0], other])
            raise DataError(
                f"{table.path}: {first} and {second} are not on one grid. Interpolate them to one, or choose one with "
                "--u NAME."
            )


def fields(table: Table) -> list[str]:
    """Arrays of two dimensions or more that are no meshgrid; those that are named like x or t only if no others are."""
    large = [name for name, array in table.arrays.items() if array.squeeze().ndim >= 2]
    large = [name for name in large if of_array(name, table.arrays[name]) is None]
    usual = [name for name in large if not (has_role(name, "x") or has_role(name, "t"))]
    return usual or large


def with_real_parts(table: Table) -> Table:
    """The table with complex arrays as two, NAME_r and NAME_i, but those without imaginary part as one."""
    arrays: dict[str, Array] = {}
    axes, units, small = dict(table.axes), dict(table.units), {}
    for name, array in table.arrays.items():
        if not np.iscomplexobj(array):
            arrays[name] = array
            continue
        size, imaginary = _sizes(array)
        if imaginary <= ROUNDING * size:
            small[name] = f"of at most {imaginary:.1e}" if imaginary else "of zero"
            arrays[name] = array.real
            continue
        for end, part in zip(PARTS, (array.real, array.imag), strict=True):
            arrays[name + end] = part
            if name in axes:
                axes[name + end] = axes[name]
            if name in units:
                units[name + end] = units[name]
    complex_ones = {name: array.shape for name, array in table.arrays.items() if name not in arrays}
    return replace(table, arrays=arrays, axes=axes, units=units, complex=complex_ones, small_imaginary=small)


def _sizes(array: Array) -> tuple[float, float]:
    """The largest absolute value of those that are finite, and the largest imaginary part."""
    size = imaginary = 0.0
    for (block,) in blocks(array.squeeze()):
        finite = block[np.isfinite(block)]
        size = max(size, np.abs(finite).max(initial=0.0))
        imaginary = max(imaginary, np.abs(finite.imag).max(initial=0.0))
    return size, imaginary


def formula_names(names: Sequence[str]) -> tuple[str, ...]:
    """Names of unknowns that can stand in a formula: the last parts of the arrays' names, or all where two agree."""
    for parts in ([last(name) for name in names], names):
        found = [re.sub(r"\W+", "_", part).strip("_") for part in parts]
        found = [name if re.match(r"[A-Za-z_]", name) else f"u{name}" for name in found]
        if len(set(found)) == len(found):
            return tuple(found)
    return tuple(f"u{place + 1}" for place in range(len(names)))


def _same_grid(table: Table, a: str, b: str) -> bool:
    return sorted(table.arrays[a].squeeze().shape) == sorted(table.arrays[b].squeeze().shape)


def _equal(table: Table, a: str, b: str) -> bool:
    first, second = table.arrays[a].squeeze(), table.arrays[b].squeeze()
    if a == b or first.shape != second.shape:
        return False
    line = tuple(size // 2 for size in first.shape[:-1])  # which is read soon
    if not np.array_equal(first[line], second[line]):
        return False
    return all(np.array_equal(one, two) for one, two in blocks(first, second))


def with_shapes(table: Table, names: Sequence[str]) -> list[str]:
    """Names of arrays with their shapes, for people; a complex one once for both of its parts."""
    whole = {name + end: name for name in table.complex for end in PARTS}
    return list(dict.fromkeys(f"{whole.get(name, name)} {table.arrays[name].shape}" for name in names))


def not_alike(table: Table, name: str, rest: Sequence[str]) -> tuple[str, ...]:
    """The note about other fields that were perhaps meant to go with one: of other samples or times."""
    shape = table.arrays[name].squeeze().shape
    other = []
    for own in rest:
        a, b = sorted((shape, table.arrays[own].squeeze().shape), key=len)
        pairs = list(zip(a, b[len(b) - len(a) :], strict=True))
        alike = min(len(a) - 1, 2) if len(a) == len(b) else 2
        if len(b) - len(a) < 2 and sum(one == two for one, two in pairs) >= max(alike, 1):
            other.append(own)
    if not other:
        return ()
    plural = "is" if len(other) == 1 else "are"
    return (f"{', '.join(with_shapes(table, other))} {plural} not on the grid of {name} {shape}, and left out.",)


def not_read(same: list[str]) -> tuple[str, ...]:
    """The note about derivatives and other versions of u."""
    listed = ", ".join(same)
    return (f"Not read, as derivatives or other versions of u by their names: {listed}. --u chooses.",) if same else ()
