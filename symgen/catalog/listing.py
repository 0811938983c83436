"""What there is to say about anything in the catalog, in one form for equations and systems."""

from __future__ import annotations

import re
from typing import Any

from pydantic import BaseModel, ConfigDict

from symgen import catalog
from symgen.catalog.entry import CatalogEntry
from symgen.catalog.system_entry import SystemEntry
from symgen.expressions import parse_field
from symgen.generators.closed_form import formula
from symgen.pde.parameters import ParameterValue


class ListedSymmetry(BaseModel):
    """A true symmetry."""

    name: str
    formula: str
    keeps_periods: bool | None
    """None for ordinary equations, which have no box."""


class Listing(BaseModel):
    """One equation or system."""

    model_config = ConfigDict(frozen=True)

    name: str
    title: str
    equations: tuple[str, ...]
    independent: tuple[str, ...]
    unknowns: tuple[str, ...]
    """Real ones, in the order of coordinates."""
    parameters: dict[str, ParameterValue]
    symmetries: tuple[ListedSymmetry, ...]
    infinite: str | None
    """In words, infinitely many symmetries beside those, if there are any."""
    conserved: dict[str, str]
    """Densities by name."""
    solver: str
    defaults: dict[str, Any]
    """Of `symgen simulate`."""


def listing(name: str) -> Listing:
    """Of an equation or a system; UsageError, naming the nearest, for another name."""
    found = catalog.find(name)
    return _of_equation(found) if isinstance(found, CatalogEntry) else _of_system(found)


def _of_equation(entry: CatalogEntry) -> Listing:
    coordinates = (*entry.independent, *entry.unknowns)
    symmetries = []
    for one in entry.symmetries:
        field = parse_field(one.components, (*coordinates, *entry.parameters))
        symmetries.append(
            ListedSymmetry(name=one.name, formula=formula(field, coordinates), keeps_periods=one.periodic)
        )
    grid, waves = entry.grid, entry.waves
    return Listing(
        name=entry.name,
        title=entry.title,
        equations=entry.equations,
        independent=entry.independent,
        unknowns=entry.unknowns,
        parameters=dict(entry.parameters),
        symmetries=tuple(symmetries),
        infinite=entry.infinite,
        conserved={density.name: density.formula for density in entry.densities},
        solver=entry.solver,
        defaults={
            "lengths": {"x": grid.length},
            "points": {"x": grid.nx},
            "times": grid.nt,
            "stored": grid.stored,
            "duration": grid.duration,
            "amplitude": waves.amplitude,
            "max_step": entry.max_step,
        },
    )


def _of_system(entry: SystemEntry) -> Listing:
    symmetries = [
        ListedSymmetry(
            name=one.name,
            formula=_plain(one.formula),
            keeps_periods=one.keeps_periods if entry.lengths else None,
        )
        for one in entry.symmetries
    ]
    return Listing(
        name=entry.name,
        title=entry.title,
        equations=entry.equations,
        independent=entry.independent,
        unknowns=entry.unknowns,
        parameters=dict(entry.parameters),
        symmetries=tuple(symmetries),
        infinite=entry.infinite,
        conserved={density.name: density.formula for density in entry.densities},
        solver=entry.solver,
        defaults={
            "lengths": dict(entry.lengths),
            "points": dict(entry.points),
            "times": entry.times,
            "stored": entry.times,
            "duration": entry.duration,
            "amplitude": entry.initial.amplitude,
            "max_step": entry.max_step,
        },
    )


def _plain(text: str) -> str:
    """`t*d/dx` as `t d/dx`, as formulas are shown everywhere."""
    return re.sub(r"\*d/d", " d/d", text)
