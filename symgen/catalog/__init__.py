"""The equations and systems symgen knows by name, one file each."""

from __future__ import annotations

from symgen.catalog import (
    burgers,
    burgers2d,
    ckdv,
    heat,
    heat2d,
    kdv,
    kepler,
    ks,
    lotka_volterra,
    navier_stokes,
    nkdv,
    nls,
    pendulum,
    reaction_diffusion,
    shallow_water,
    wave2d,
)
from symgen.catalog.entry import CatalogEntry, Grid, Symmetry, Waves
from symgen.catalog.system_entry import Density, InitialState, SystemEntry, SystemSymmetry
from symgen.exceptions import UsageError
from symgen.names import unknown

__all__ = [
    "CatalogEntry",
    "Density",
    "Grid",
    "InitialState",
    "Symmetry",
    "SystemEntry",
    "SystemSymmetry",
    "Waves",
    "all_names",
    "get",
    "names",
    "system",
    "system_names",
]

_ENTRIES = {module.ENTRY.name: module.ENTRY for module in (kdv, ks, burgers, nkdv, ckdv, heat)}
_SYSTEM_MODULES = (
    nls,
    reaction_diffusion,
    shallow_water,
    navier_stokes,
    wave2d,
    heat2d,
    burgers2d,
    kepler,
    lotka_volterra,
    pendulum,
)
_SYSTEMS = {module.ENTRY.name: module.ENTRY for module in _SYSTEM_MODULES}


def names() -> list[str]:
    """The names of all equations for one u(x, t)."""
    return list(_ENTRIES)


def system_names() -> list[str]:
    """The names of all systems."""
    return list(_SYSTEMS)


def all_names() -> list[str]:
    """The names of everything in the catalog."""
    return [*_ENTRIES, *_SYSTEMS]


def get(name: str) -> CatalogEntry:
    """The equation for one u(x, t) of that name; UsageError, naming the nearest, if there is none."""
    if name in _ENTRIES:
        return _ENTRIES[name]
    if name in _SYSTEMS:
        raise UsageError(f"{name} is a system, not an equation for one u(x, t).")
    raise unknown(name)


def system(name: str) -> SystemEntry:
    """The system of that name; UsageError, naming the nearest, if there is none."""
    if name in _SYSTEMS:
        return _SYSTEMS[name]
    if name in _ENTRIES:
        raise UsageError(f"{name} is an equation for one u(x, t), not a system.")
    raise unknown(name)
