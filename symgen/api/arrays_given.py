"""Solutions in arrays, with the checks that files get."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from symgen.exceptions import UsageError
from symgen.pde.readers.content import Choice
from symgen.pde.readers.in_memory import WHERE, as_array, content_of, digest
from symgen.pde.solutions import Solutions, periodic_of
from symgen.pde.solutions_file import checked


def solutions_of(
    unknowns: Mapping[str, Any], coordinates: Mapping[str, Any], options: Mapping[str, Any], explicit: bool = True
) -> Solutions:
    """Arrays by name: axes are told by length, complex ones are two, the end of a period is left out.

    `coordinates` are arrays, or ranges as `(from, to)` or text. `explicit` is whether they are that for sure. Raises
    UsageError for what is given twice, DataError for arrays that cannot be used.
    """
    if twice := next((axis for axis in coordinates if axis in unknowns), None):
        raise UsageError(f"{twice} is given twice: as an unknown and as a coordinate.")
    ranges = {axis: range_of(axis, own) for axis, own in coordinates.items() if _is_range(own)}
    arrays = {name: as_array(name, own) for name, own in {**unknowns, **coordinates}.items() if name not in ranges}
    said = {axis: ranges.get(axis, axis) for axis in coordinates if explicit or axis in ranges}
    axes = {name: dims for name, own in unknowns.items() if (dims := _axes(own, arrays, explicit and [*coordinates]))}
    content = content_of(arrays, Choice(options.get("field"), **said), axes)
    periodic = periodic_of(options.get("boundary"))
    return checked(content, WHERE, digest(arrays), bool(options.get("skip_bad")), periodic, in_memory=True)


def _axes(given: Any, arrays: Mapping[str, np.ndarray], coordinates: Sequence[str] | bool) -> tuple[str, ...]:
    """Names of the axes of an unknown, where it has some, as those of xarray; or where there is t alone."""
    dims = getattr(given, "dims", ())
    if dims:
        return tuple(map(str, dims))
    shape = np.shape(given)
    alone = coordinates == ["t"] and len(shape) == 2 and shape[1:] == np.shape(arrays.get("t", 0))
    return ("sample", "t") if alone else ()


def _is_range(given: Any) -> bool:
    return isinstance(given, str) or (isinstance(given, tuple) and len(given) == 2)


def range_of(axis: str, given: Any) -> str:
    """FROM:TO of two numbers, or text as it is; UsageError for an array."""
    if isinstance(given, str):
        return given
    if not _is_range(given) or any(np.ndim(end) for end in given):
        raise UsageError(f"{axis} is a name, a path, or (FROM, TO), its first and last point, and not an array.")
    first, last = (format(float(end), ".17g") for end in given)
    return f"{first}:{last}"
