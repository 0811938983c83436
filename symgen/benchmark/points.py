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

from collections.abc import Iterator
from typing import Any

from symgen.benchmark import liegg, points_found
from symgen.benchmark.table import Case, Value, Wanted

FOUND, NONE, NETWORKS = "Symmetries of points", "Functions without symmetry", "Trained networks, by LieGG's measures"
NEAR, EXACT, LARGER = "≤ 0.05", "≤ 1e-06", "≤ 0.1"
"""Of the angle, in data with noise, of what is exact, of samples of a density."""


def cases(preset: str) -> Iterator[Case]:
    """Those that need files or long fits in the preset cpu alone, the others in small forms in smoke."""
    few = preset == "smoke"
    many = 600 if few else 6000
    labelled = {"name": "square", "library": "linear", "points": many, "noise": 0.01, "fit": {}}
    if not few:
        wanted: dict[str, Wanted] = {"found": "6 if measured", "distance": f"{EXACT} if measured"}
        wanted["seconds"] = "≤ 20 if measured"
        yield Case("lorentz", "lorentz", FOUND, points_found.lorentz, {}, wanted, {"true": 6, "liegan": 4.0})
        settings: dict[str, Any] = {**labelled, "name": "synthetic"}
        yield Case("synthetic", "synthetic", FOUND, points_found.given, settings, _span(10, NEAR), {"true": 10})
        name, settings = "discrete-fitted", {**labelled, "name": "discrete", "library": "affine", "noise": 0.0}
        yield Case(name, name, FOUND, points_found.given, settings, {"false": 0}, {"true": 1})
        settings = {"functions": 1, "library": "affine", "points": many, "noise": 0.01}
        yield Case("none-fitted", "none-fitted", NONE, points_found.none, settings, {"false": 0})
    settings = {**labelled, "fit": {"kind": "polynomial"} if few else {}}
    yield Case("square", "square", FOUND, points_found.given, settings, _span(10, NEAR), {"true": 10})
    exact = _span(1, EXACT) | {"exact": 1}
    for name, points, wanted in (("energy", many // 3, exact), ("discrete", many // 2, _span(1, EXACT))):
        settings = {"name": name, "library": "affine", "points": points}
        yield Case(name, name, FOUND, points_found.given, settings, wanted, {"true": 1})
    yield Case("step", "step", FOUND, points_found.map_of_states, {"points": many // 6}, exact, {"true": 1})
    for name, turned in (("turned", True), ("clusters", False)):
        settings = {"turned": turned, "points": 5000 if few else 20000}
        wanted = _span(1, LARGER) if turned else {"found": 0}
        yield Case(name, name, FOUND, points_found.density, settings, wanted, {"true": int(turned)})
    for library in ("affine", "quadratic"):
        name = f"none-{library}"
        settings = {"functions": 2 if few else 20, "library": library, "points": many // 6, "noise": None}
        yield Case(name, name, NONE, points_found.none, settings, {"false": 0})
    settings = {"points": 1000 if few else 10000, "training": {"seen": 20000} if few else {}}
    wanted = {} if few else {"own_found": 10, "own_angle": NEAR}
    known: dict[str, Value] = {"liegg_variance": 0.0633, "liegg_bias": 0.0093}
    yield Case("regression", "regression", NETWORKS, liegg.measure_regression, settings, wanted, known)
    settings = {"source": "mnist", "per_class": 1000, "validation": 100, "training": {}}
    if few:
        settings = {"source": "synthetic", "per_class": 24, "validation": 8, "training": {"epochs": 2}}
    wanted = {} if few else {"own_found": "1 if measured"}
    known = {"liegg_variance": 8e-4, "liegg_bias": 0.021}
    yield Case("digits", "digits", NETWORKS, liegg.measure_digits, settings, wanted, known)


def _span(count: int, limit: str) -> dict[str, Wanted]:
    return {"found": count, "false": 0, "angle": limit}
