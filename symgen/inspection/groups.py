"""Groups that generators of points are compared with: rotations, motions, similarities, Lorentz transformations."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from itertools import combinations

import sympy

from symgen.exceptions import UsageError
from symgen.generators.closed_form import ClosedFormGenerators
from symgen.generators.origin import window_origin
from symgen.generators.space import Space

Fields = dict[str, list[sympy.Expr]]
"""Components by the field's name."""


def group_generators(name: str, space: Space) -> tuple[str, tuple[str, ...], ClosedFormGenerators]:
    """Title, names and generators of a group in `GROUPS` on a space; UsageError where its dimension does not fit."""
    title, fields = GROUPS[name](space)
    return title, tuple(fields), ClosedFormGenerators(space, list(fields.values()))


def _rotation(space: Space) -> tuple[str, Fields]:
    fields = _rotations(space, range(_at_least_2("rotation", space)))
    return f"rotations about 0 of {', '.join(space.names)}", fields


def _euclid(space: Space) -> tuple[str, Fields]:
    """Rotations about the window, where that is far from 0, so that they are not nearly translations."""
    d = _at_least_2("euclid", space)
    translations = {f"translation {name}": _components(d, {i: 1}) for i, name in enumerate(space.names)}
    return "rigid motions", {**translations, **_rotations(space, range(d), window_origin(space))}


def _similarity(space: Space) -> tuple[str, Fields]:
    _at_least_2("similarity", space)
    coordinates = zip(_symbols(space), window_origin(space), strict=True)
    return "similarities", {**_euclid(space)[1], "scaling": [z - o for z, o in coordinates]}


def _lorentz(space: Space) -> tuple[str, Fields]:
    names, z = space.names, _symbols(space)
    if space.dimension != 4:
        raise UsageError(
            f"lorentz is for 4 coordinates, time or energy first; these points have {space.dimension} "
            f"({', '.join(names)}). Compare with rotation, euclid, similarity or a file."
        )
    boosts = {_named("boost", names[0], names[i]): _components(4, {0: z[i], i: z[0]}) for i in range(1, 4)}
    title = f"Lorentz transformations, {names[0]} as time"
    return title, {**_rotations(space, range(1, 4)), **boosts}


GROUPS: Mapping[str, Callable[[Space], tuple[str, Fields]]] = {
    "lorentz": _lorentz,
    "rotation": _rotation,
    "euclid": _euclid,
    "similarity": _similarity,
}


def _rotations(space: Space, among: range, about: tuple[sympy.Rational, ...] | None = None) -> Fields:
    z = [symbol - (about[i] if about else 0) for i, symbol in enumerate(_symbols(space))]
    return {
        _named("rotation", space.names[i], space.names[j]): _components(space.dimension, {i: -z[j], j: z[i]})
        for i, j in combinations(among, 2)
    }


def _components(d: int, entries: Mapping[int, sympy.Expr | int]) -> list[sympy.Expr]:
    return [sympy.sympify(entries.get(i, 0)) for i in range(d)]


def _named(what: str, first: str, second: str) -> str:
    """`rotation xy`, `boost E px`."""
    between = "" if len(first) == len(second) == 1 else " "
    return f"{what} {first}{between}{second}"


def _symbols(space: Space) -> list[sympy.Symbol]:
    return [sympy.Symbol(name, real=True) for name in space.names]


def _at_least_2(name: str, space: Space) -> int:
    if space.dimension < 2:
        raise UsageError(f"{name} is for 2 coordinates or more, and these points have one ({space.names[0]}).")
    return space.dimension
