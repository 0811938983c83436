"""The system of equations that a file of generators has on record."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from symgen.equations.reading import LETTERS
from symgen.equations.system import System
from symgen.generators.domains import SystemDomain
from symgen.pde.parameters import ParameterValue

_WORD = r"(?<!\w){}(?:_[" + LETTERS + r"]+)?(?!\w)"


def system_of_domain(domain: SystemDomain) -> System:
    """The system that generators were judged by."""
    names = [*domain.complex, *domain.unknowns]
    written = [name for name in names if occurs(name, domain.equations, domain.parameters)]
    return System.from_strings(domain.equations, domain.parameters, domain.independent, written)


def occurs(name: str, texts: Sequence[str], values: Mapping[str, ParameterValue]) -> bool:
    """Whether an unknown, or a derivative of it, is in equations with such parameters."""
    return name not in values and any(re.search(_WORD.format(re.escape(name)), text) for text in texts)
