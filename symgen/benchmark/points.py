"""Functions, labelled points, samples and trained networks: are the symmetries found that they have, and no others?"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from symgen.benchmark import points_found, points_networks
from symgen.benchmark.digits import SOURCE
from symgen.benchmark.experiment import Case, Experiment, Result, Table, Target, Value
from symgen.benchmark.points_data import DIMUON

FOUND = "Symmetries of points"
NONE = "Functions without symmetry"
NETWORKS = "Trained networks, by LieGG's measures"
EXACT = 1e-6
"""Of what is exact: distance (rad) to the true span."""
NEAR = 0.05
"""Of what is fitted to data with noise."""
LARGER = 0.1
"""Of what is estimated from samples of a density."""
LIEGAN_METRIC = 4.0
"""Degrees between the metric that LieGAN's repository learns and Minkowski's."""
LIEGG_REGRESSION = {"liegg_variance": 0.0633, "liegg_bias": 0.0093}
LIEGG_DIGITS = {"liegg_variance": 8e-4, "liegg_bias": 0.021}
"""What LieGG's repository prints of its own networks."""


def _case(
    name: str,
    label: str,
    measure: Callable[..., Result],
    table: str,
    targets: dict[str, Target],
    settings: dict[str, Any],
    known: Mapping[str, Value] | None = None,
    once: bool = False,
) -> Case:
    return Case(name, name, label, measure, settings, (table,), targets, known or {}, once)


def _span(count: int, limit: float, exact: bool = False) -> dict[str, Target]:
    wanted = {"found": Target(count), "false": Target(0), "angle": Target(limit, at_most=True)}
    return {**wanted, "exact": Target(count)} if exact else wanted


def _cases(few: bool) -> tuple[Case, ...]:
    """All of them; `few`: in small forms that take seconds, without what needs files or networks for points."""
    many = 600 if few else 6000
    fit: dict[str, Any] = {"kind": "polynomial"} if few else {}
    found = points_found
    cases = [
        _case(
            "square", "squared length of 5 coordinates, 1% noise", found.labelled, FOUND, _span(10, NEAR),
            {"name": "square", "library": "linear", "points": many, "noise": 0.01, "fit": fit}, {"true": 10},
        ),
        _case(
            "energy", "two bodies: energy, given", found.given, FOUND, _span(1, EXACT, exact=True),
            {"name": "energy", "library": "affine", "points": many // 3}, {"true": 1},
        ),
        _case(
            "step", "two bodies: map of states, given, equivariance", found.map_of_states, FOUND,
            _span(1, EXACT, exact=True), {"points": many // 6}, {"true": 1},
        ),
        _case(
            "discrete", "sevenfold rotation, given: locally a scaling", found.given, FOUND, _span(1, EXACT),
            {"name": "discrete", "library": "affine", "points": many // 2}, {"true": 1},
        ),
        *(
            _case(
                name, label, found.density, FOUND,
                _span(1, LARGER) if turned else {"found": Target(0)},
                {"turned": turned, "points": 2000 if few else 20000}, {"true": int(turned)},
            )
            for name, label, turned in (
                ("turned", "samples of a ring", True), ("clusters", "samples of four clusters", False)
            )
        ),
        *(
            _case(
                f"none-{library}", f"given, {library} fields", found.none, NONE, {"false": Target(0)},
                {"functions": 2 if few else 20, "library": library, "points": many // 6, "noise": None, "fit": {}},
            )
            for library in ("affine", "quadratic")
        ),
        _case(
            "regression", "O(5) regression", points_networks.regression, NETWORKS,
            {} if few else {"own_found": Target(10), "own_angle": Target(NEAR, at_most=True)},
            {"points": 1000 if few else 10000, "training": {"seen": 20000} if few else {}},
            LIEGG_REGRESSION,
        ),
        _case(
            "digits", "rotated digits", points_networks.classification, NETWORKS,
            {} if few else {"own_found": Target(1, if_measured=True)},
            {"source": "synthetic", "per_class": 24, "validation": 8, "training": {"epochs": 2}} if few
            else {"source": "mnist", "per_class": 1000, "validation": 100, "training": {}},
            LIEGG_DIGITS,
        ),
    ]  # fmt: skip
    if few:
        return tuple(cases)
    data = {
        "found": Target(6, if_measured=True),
        "distance": Target(EXACT, at_most=True, if_measured=True),
        "seconds": Target(20.0, at_most=True, if_measured=True),
    }
    return (
        _case("lorentz", "mass of muon pairs", found.lorentz, FOUND, data, {}, {"true": 6, "liegan": LIEGAN_METRIC}),
        _case(
            "synthetic", "O(5) function of two vectors, 1% noise", found.labelled, FOUND, _span(10, NEAR),
            {"name": "synthetic", "library": "linear", "points": many, "noise": 0.01, "fit": {}}, {"true": 10},
        ),
        _case(
            "discrete-fitted", "sevenfold rotation, by values", found.labelled, FOUND, {"false": Target(0)},
            {"name": "discrete", "library": "affine", "points": many, "noise": 0.0, "fit": {}}, {"true": 1}, once=True,
        ),
        _case(
            "none-fitted", "by values, 1% noise, affine fields", found.none, NONE, {"false": Target(0)},
            {"functions": 1, "library": "affine", "points": many, "noise": 0.01, "fit": {}},
        ),
        *cases,
    )  # fmt: skip


EXPERIMENT = Experiment(
    name="points",
    title="Functions, labelled points and trained networks",
    about=(
        "*Found*: fields that are called symmetries, exact or approximate, of so many *true* ones; *false*: those "
        "beyond these. *Angle*: the largest principal angle in radians between the span of the first fields, as "
        "many as are true, and the true span. *Last* and *next*: defects of the last true field and of the one "
        "after it, the gap that the count is read from; *error*: relative error of what is differentiated, or of "
        "its gradients, below which defects are not told apart. Functions are *given* as programs, or known *by "
        "values* at normal points and fitted first. *Muon pairs*: 2304 real events of the CMS experiment, momenta "
        f"of both muons and the mass of the pair, read from the file in {DIMUON}; *distance*: Grassmann distance "
        "of the matrices to so(1, 3); *metric*: degrees between the one quadratic form that they leave alone and "
        f"Minkowski's (LieGAN's, as its repository stores it: {LIEGAN_METRIC:g}). *Sevenfold rotation*: z / (1 + "
        "(atan2(y, x) mod 2π/7)); no rotation leaves it alone but those by sevenths of the circle, and x ∂x + y "
        "∂y does. *O(5) function*: the sine of one length, less half the cube of the other, plus the cosine of "
        "the angle. *Samples* of a density that is not told.\n\n"
        "*Functions without symmetry* are sums of eight waves in random directions; *least*: least defect of all.\n\n"
        "*Trained networks*: perceptrons of LieGG's sizes, trained as there, on the O(5) function and on MNIST's "
        "digits turned by random angles. *Variance* and *bias*: LieGG's measures of its own best field, from its "
        "matrix; *own*: of the first field that `symgen.symmetries_of` finds in the same network, by the same "
        "measures; *angle*: of the ten best to so(5). *Published*: what LieGG's repository prints of networks of "
        "its own. *Moved*: change of the outputs when inputs are moved by s = 0.1 along the first field found "
        f"(digits: along the rotation), beside *random* fields. MNIST comes from the local copy in {SOURCE}, else "
        "by name."
    ),
    presets={"smoke": _cases(few=True), "cpu": _cases(few=False)},
    seeds={"smoke": (0,), "cpu": (0, 1, 2)},
    tables={
        FOUND: Table(
            "data",
            {
                "found": "found", "exact": "exact", "true": "true", "false": "false", "angle": "angle",
                "distance": "distance", "metric": "metric (°)", "liegan": "LieGAN (°)", "last": "last", "next": "next",
                "error": "error", "fields": "fields", "note": "note", "seconds": "seconds",
            },
        ),
        NONE: Table(
            "functions",
            {
                "functions": "functions", "false": "false", "undecided": "undecided", "refused": "refused",
                "least": "least", "seconds": "seconds each",
            },
        ),
        NETWORKS: Table(
            "network",
            {
                "accuracy": "accuracy", "held_out": "error", "variance": "variance", "own_variance": "own variance",
                "liegg_variance": "published variance", "bias": "bias", "own_bias": "own bias",
                "liegg_bias": "published bias", "angle": "angle", "own_angle": "own angle", "own_found": "own found",
                "own_first": "own first",
                "moved": "moved", "random": "random", "note": "note", "seconds": "own seconds",
            },
        ),
    },
)  # fmt: skip
