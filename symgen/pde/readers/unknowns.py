"""Which of the arrays of a file is u."""

from __future__ import annotations

import numpy as np

from symgen.exceptions import DataError
from symgen.pde.readers.content import left_out, several
from symgen.pde.readers.coordinates import find_name, of_array
from symgen.pde.readers.table import Table, has_role, is_derivative, is_version, last

ROUNDING = 1e-6
"""Largest imaginary part, relative to the largest value, of what is meant as real."""


def find_u(table: Table, chosen: str | None, fitting: set[str]) -> tuple[str, tuple[str, ...], tuple[str, ...]]:
    """The name of u, with notes and warnings about what else there is.

    `fitting` are the arrays whose shape goes with the coordinates. Raises DataError where there is no array for u, or
    where there are several and none is `chosen`.
    """
    if chosen is not None:
        name = find_name(chosen, table.arrays)
        if name is None:
            why = table.refused.get(chosen)
            raise DataError(
                f"{table.path}: {chosen!r} cannot be read: {why}."
                if why
                else f"{table.path} has no array {chosen!r}. It has {table.seen}."
            )
        others = [other for other in _fields(table) if _same_grid(table, other, name) and other in fitting | {name}]
        same = [o for o in others if is_derivative(o, name) or is_version(o, name) or is_version(name, o)]
        rest = [o for o in others if o not in same and last(o) != last(name) and not _equal(table, o, name)]
        return name, _not_read(same), left_out(name, _with_shapes(table, rest))
    fields = _fields(table)
    if not fields:
        raise DataError(
            f"{table.path} has no array of two dimensions or more that can be u (time, x). It has {table.seen}."
        )
    candidates = [name for name in fields if name in fitting] or fields
    same = [c for c in candidates if any(is_derivative(c, other) or is_version(c, other) for other in candidates)]
    candidates = [name for name in candidates if name not in same]
    candidates = [c for i, c in enumerate(candidates) if not any(_equal(table, c, other) for other in candidates[:i])]
    if len(candidates) > 1 and not all(_same_grid(table, c, candidates[0]) for c in candidates):
        named = [name for name in candidates if has_role(name, "u")]
        if len(named) == 1:
            others = [other for other in candidates if other != named[0] and _same_grid(table, other, named[0])]
            candidates = named + others
    if len(candidates) > 1:
        seen = _with_shapes(table, candidates)
        one = len({last(name) for name in candidates}) == 1  # in several groups, or the cells of a list
        if all(_same_grid(table, c, candidates[0]) for c in candidates) and not (one and "/" in candidates[0]):
            raise DataError(several(table.path, "arrays", seen))
        raise DataError(f"{table.path} has several arrays that can be u: {', '.join(seen)}. Choose one with --u NAME.")
    unread = [name for name in table.refused if has_role(name, "u")]
    if unread and not has_role(candidates[0], "u"):
        raise DataError(
            f"{table.path}: {unread[0]!r} cannot be read: {table.refused[unread[0]]}. If u is another array, choose it "
            f"with --u NAME. The file has {table.seen}."
        )
    return candidates[0], _not_read(same), ()


def real(table: Table, name: str, array: np.ndarray) -> tuple[np.ndarray, tuple[str, ...]]:
    """A complex array without imaginary part as a real one, with a note; DataError for a truly complex one."""
    if not np.iscomplexobj(array):
        return array, ()
    finite = array[np.isfinite(array)]
    size, imaginary = np.abs(finite).max(initial=0.0), np.abs(finite.imag).max(initial=0.0)
    if imaginary > ROUNDING * size:
        raise DataError(
            f"{table.path}: {name!r} {array.shape} is complex, which is a system of two real unknowns. Systems are not "
            "supported yet."
        )
    what = f"of at most {imaginary:.1e}" if imaginary else "of zero"
    return array.real, (f"{name!r} is complex with an imaginary part {what}, which is left out.",)


def _fields(table: Table) -> list[str]:
    """Arrays of two dimensions or more that are no meshgrid; those that are named like x or t only if no others are."""
    large = [name for name, array in table.arrays.items() if np.squeeze(array).ndim >= 2]
    large = [name for name in large if of_array(name, table.arrays[name]) is None]
    usual = [name for name in large if not (has_role(name, "x") or has_role(name, "t"))]
    return usual or large


def _same_grid(table: Table, a: str, b: str) -> bool:
    return sorted(np.squeeze(table.arrays[a]).shape) == sorted(np.squeeze(table.arrays[b]).shape)


def _equal(table: Table, a: str, b: str) -> bool:
    return a != b and np.array_equal(np.squeeze(table.arrays[a]), np.squeeze(table.arrays[b]))


def _with_shapes(table: Table, names: list[str]) -> list[str]:
    return [f"{name} {table.arrays[name].shape}" for name in names]


def _not_read(same: list[str]) -> tuple[str, ...]:
    """The note about derivatives and other versions of u."""
    listed = ", ".join(same)
    return (f"Not read, as derivatives or other versions of u by their names: {listed}. --u chooses.",) if same else ()
