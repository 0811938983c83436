"""Print the requirements of pyproject.toml with every lower bound made an equality, one a line.

    python .ci/lower_bounds.py [EXTRA ...]

Extras that name extras of symgen itself are followed. What these packages need in turn is left to the installer.
"""

from __future__ import annotations

import re
import sys
import tomllib
from pathlib import Path

PROJECT = tomllib.loads((Path(__file__).parents[1] / "pyproject.toml").read_text(encoding="utf-8"))["project"]


def requirements(extras: list[str]) -> list[str]:
    """All that symgen needs, and what these extras add, as pyproject.toml says it."""
    found = list(PROJECT["dependencies"])
    for extra in extras:
        for one in PROJECT["optional-dependencies"][extra]:
            own = re.fullmatch(r"symgen\[(.*)\]", one)
            found += requirements(own[1].split(",")) if own else [one]
    return list(dict.fromkeys(found))


def at_lowest(requirement: str) -> str:
    """`name>=1.2` as `name==1.2`; anything else is no lower bound, which is an error."""
    name, bound = re.fullmatch(r"([\w.-]+(?:\[[\w,-]+\])?)>=([\w.]+)", requirement).groups()
    return f"{name}=={bound}"


if __name__ == "__main__":
    print("\n".join(at_lowest(one) for one in requirements(sys.argv[1:])))
