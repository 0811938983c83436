"""Vector fields from formulas such as `t*d/dx + d/du`."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

import sympy

from symgen.exceptions import UsageError
from symgen.expressions import parse
from symgen.pde.parameters import exact_values

_DIRECTION = re.compile(r"(?<!\w)d/d([^\W\d]\w*)")
_READ = re.compile(r"(?<!\w)d_d(?=[^\W\d])")
_BESIDE = re.compile(r"(?<=[\w)])\s+(?=d_d)")


def read_field(
    text: str, names: Sequence[str], parameters: Mapping[str, float | str] | None = None, hint: str = ""
) -> tuple[sympy.Expr, ...]:
    """The components in the order of the coordinates, with the parameters' values put in; `t d/dx` is `t*d/dx`.

    `hint` is a sentence about unknown names, with {name} in it. Raises UsageError for what is no field in these
    coordinates.
    """
    for name in _DIRECTION.findall(text):
        if name not in names:
            raise UsageError(f"{text.strip()!r} has d/d{name}, and the coordinates are {', '.join(names)}.")
    symbols: dict[str, sympy.Expr] = {name: sympy.Symbol(name, real=True) for name in names}
    directions = {f"d_d{name}": sympy.Dummy(f"d_d{name}") for name in names}
    known = {**exact_values(parameters), **symbols, **directions}
    written = _BESIDE.sub("*", _DIRECTION.sub(r"d_d\1", text))
    try:
        total = sympy.expand(parse(written, known.get, names, hint))
    except UsageError as error:  # in the user's notation, which is as long
        raise UsageError(_READ.sub("d/d", str(error))) from error
    components = tuple(total.coeff(direction) for direction in directions.values())
    rest = total - sum((c * d for c, d in zip(components, directions.values(), strict=True)), sympy.S.Zero)
    if sympy.expand(rest) != 0 or any(c.has(*directions.values()) for c in components):
        raise UsageError(
            f"{text.strip()!r} is no vector field: write a sum of functions times d/d{', d/d'.join(names)}, such as "
            f"'{names[0]}*d/d{names[-1]}'."
        )
    if not any(components):
        raise UsageError(f"{text.strip()!r} is zero: it moves nothing.")
    return components
