"""Functions, labelled points and trained networks.

*Found*: fields called symmetries, exact or approximate, of so many *true* ones; *false*: those beyond these; *angle*:
the largest principal angle (rad) of the first fields, as many as are true, to the true span; *last* and *next*: defects
about the gap; *error*: of what is differentiated. Functions are *given* as programs, or known by values at normal
points. *Lorentz*: real muon pairs from the file in SYMGEN_DIMUON; *distance* to so(1, 3), *metric*: degrees from
Minkowski's. Functions without symmetry are sums of eight waves. *Networks*: perceptrons of LieGG's sizes, trained as
there; *variance* and *bias*: its measures of its own best field, *own*: of the first field that `symgen.symmetries_of`
finds; *liegg*: published; *moved*: change of the outputs along the first field by 0.1, beside *random* fields. MNIST
comes from the copy in SYMGEN_MNIST, else by name.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from symgen.benchmark import points_found, points_networks
from symgen.benchmark.table import Case, Result, Value, Wanted

FOUND, NONE, NETWORKS = "Symmetries of points", "Functions without symmetry", "Trained networks, by LieGG's measures"
NEAR, EXACT, LARGER = "≤ 0.05", "≤ 1e-06", "≤ 0.1"
"""Of the angle, in data with noise, of what is exact, of samples of a density."""


def cases(preset: str) -> Iterator[Case]:
    """Those that need files or long fits in the preset cpu alone, the others in small forms in smoke."""
    few = preset == "smoke"
    many = 600 if few else 6000
    if not few:
        yield from _long(many)
    yield _labelled("square", "linear", many, 0.01, {"kind": "polynomial"} if few else {}, _span(10, NEAR), 10)
    for name, points in (("energy", many // 3), ("discrete", many // 2)):
        wanted = _span(1, EXACT) | ({"exact": 1} if name == "energy" else {})
        settings = {"name": name, "library": "affine", "points": points}
        yield _case(name, points_found.given, FOUND, settings, wanted, {"true": 1})
    wanted = _span(1, EXACT) | {"exact": 1}
    yield _case("step", points_found.map_of_states, FOUND, {"points": many // 6}, wanted, {"true": 1})
    for name, turned in (("turned", True), ("clusters", False)):
        settings = {"turned": turned, "points": 5000 if few else 20000}
        wanted = _span(1, LARGER) if turned else {"found": 0}
        yield _case(name, points_found.density, FOUND, settings, wanted, {"true": int(turned)})
    for library in ("affine", "quadratic"):
        settings = {"functions": 2 if few else 20, "library": library, "points": many // 6, "noise": None}
        yield _case(f"none-{library}", points_found.none, NONE, settings, {"false": 0}, {})
    settings = {"points": 1000 if few else 10000, "training": {"seen": 20000} if few else {}}
    wanted = {} if few else {"own_found": 10, "own_angle": NEAR}
    published = {"liegg_variance": 0.0633, "liegg_bias": 0.0093}
    yield _case("regression", points_networks.regression, NETWORKS, settings, wanted, published)
    settings = {"source": "mnist", "per_class": 1000, "validation": 100, "training": {}}
    if few:
        settings = {"source": "synthetic", "per_class": 24, "validation": 8, "training": {"epochs": 2}}
    wanted = {} if few else {"own_found": "1 if measured"}
    published = {"liegg_variance": 8e-4, "liegg_bias": 0.021}
    yield _case("digits", points_networks.classification, NETWORKS, settings, wanted, published)


def _long(many: int) -> Iterator[Case]:
    wanted: dict[str, Wanted] = {"found": "6 if measured", "distance": f"{EXACT} if measured"}
    wanted["seconds"] = "≤ 20 if measured"
    yield _case("lorentz", points_found.lorentz, FOUND, {}, wanted, {"true": 6, "liegan": 4.0})
    yield _labelled("synthetic", "linear", many, 0.01, {}, _span(10, NEAR), 10)
    yield _labelled("discrete", "affine", many, 0.0, {}, {"false": 0}, 1)
    settings = {"functions": 1, "library": "affine", "points": many, "noise": 0.01}
    yield _case("none-fitted", points_found.none, NONE, settings, {"false": 0}, {})


def _labelled(
    name: str, library: str, points: int, noise: float, fit: dict[str, Any], wanted: dict[str, Wanted], true: int
) -> Case:
    settings = {"name": name, "library": library, "points": points, "noise": noise, "fit": fit}
    own = "discrete-fitted" if name == "discrete" else name
    return _case(own, points_found.labelled, FOUND, settings, wanted, {"true": true}, name == "discrete")


def _case(
    name: str,
    measure: Callable[..., Result],
    table: str,
    settings: Mapping[str, Any],
    wanted: Mapping[str, Wanted],
    known: Mapping[str, Value],
    once: bool = False,
) -> Case:
    return Case(name, name, table, measure, settings, wanted, known, once)


def _span(count: int, limit: str) -> dict[str, Wanted]:
    return {"found": count, "false": 0, "angle": limit}
