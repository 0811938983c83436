"""The equations symgen knows by name, one file each."""

from __future__ import annotations

import difflib

from symgen.exceptions import UsageError
from symgen.pde.catalog import burgers, ckdv, heat, kdv, ks, nkdv
from symgen.pde.catalog.entry import CatalogEntry, Grid, Symmetry, Waves

__all__ = ["CatalogEntry", "Grid", "Symmetry", "Waves", "get", "names"]

_ENTRIES = {module.ENTRY.name: module.ENTRY for module in (kdv, ks, burgers, nkdv, ckdv, heat)}


def names() -> list[str]:
    """The names of all equations."""
    return list(_ENTRIES)


def get(name: str) -> CatalogEntry:
    """The equation of that name; UsageError, naming the nearest, if there is none."""
    if name in _ENTRIES:
        return _ENTRIES[name]
    near = difflib.get_close_matches(name.lower(), _ENTRIES, n=1, cutoff=0.5)
    guess = f" Did you mean {near[0]!r}?" if near else ""
    raise UsageError(f"There is no equation {name!r} in the catalog.{guess} Known: {', '.join(_ENTRIES)}.")
