"""The equations and systems symgen knows by name, one file each, which is imported when it is asked for."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from symgen.exceptions import UsageError
from symgen.names import CATALOG, EQUATIONS, SYSTEMS, unknown

if TYPE_CHECKING:
    from symgen.catalog.entry import CatalogEntry
    from symgen.catalog.system_entry import SystemEntry


def names() -> list[str]:
    """The names of all equations for one u(x, t)."""
    return list(EQUATIONS)


def system_names() -> list[str]:
    """The names of all systems."""
    return list(SYSTEMS)


def all_names() -> list[str]:
    """The names of everything in the catalog."""
    return list(CATALOG)


def get(name: str) -> CatalogEntry:
    """The equation for one u(x, t) of that name; UsageError, naming the nearest, if there is none."""
    if name in SYSTEMS:
        raise UsageError(f"{name} is a system, not an equation for one u(x, t).")
    found: CatalogEntry = find(name)
    return found


def system(name: str) -> SystemEntry:
    """The system of that name; UsageError, naming the nearest, if there is none."""
    if name in EQUATIONS:
        raise UsageError(f"{name} is an equation for one u(x, t), not a system.")
    found: SystemEntry = find(name)
    return found


def find(name: str) -> Any:
    """The equation (CatalogEntry) or system (SystemEntry) of that name; UsageError, naming the nearest, else."""
    if name not in CATALOG:
        raise unknown(name)
    return import_module(f"symgen.catalog.{name.replace('-', '_')}").ENTRY
