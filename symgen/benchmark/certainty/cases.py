"""Certainty: how often symmetries are declared that are not, and how often all are found."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from symgen.benchmark.certainty.examples import EXAMPLES, NEARLY
from symgen.benchmark.certainty.pair_rates import measure as pairs
from symgen.benchmark.certainty.trajectories import catalog, ordinary
from symgen.benchmark.experiment import Case, Experiment, Result, Table, Target

PAIRS, TRAJECTORIES = "Pairs of states and rates", "Trajectories without an equation"
NOISE = (0.01, 0.03, 0.1, 0.3)
SIZES = (100, 200, 400, 800, 1600, 3200)
"""Of the published study."""
SAMPLES = (2, 4, 8, 16, 32, 64)
SPEED = 1.37
ERRORS = 0.05
"""Rate of false declarations that the confidence allows."""
CATALOG = ("kdv", "ks", "burgers")


def _case(
    kind: str, label: str, measure: Callable[..., Result], table: str, noise: float, settings: dict[str, Any]
) -> Case:
    return Case(
        name=f"{kind}-{noise:g}",
        subject=kind,
        label=f"{label}, {noise:.0%}",
        measure=measure,
        settings={"noise": noise, **settings},
        tables=(table,),
        targets={"false_certain": Target(ERRORS, at_most=True)},
    )


def _cases(repetitions: int, few: int) -> Iterator[Case]:
    """`few`: repetitions where each takes seconds."""
    names = tuple(EXAMPLES)
    every = {"systems": names, "sizes": SIZES, "repetitions": repetitions, "speed": 1.0}
    for noise in NOISE:
        yield _case("pairs", "ten systems", pairs, PAIRS, noise, every)
    for noise in NOISE:
        fewer = {"repetitions": max(1, repetitions // 5), "speed": SPEED}
        yield _case("speed", "other coefficients", pairs, PAIRS, noise, {**every, **fewer})
    for noise in NOISE:
        yield _case("nearly", "Hopf, nearly", pairs, PAIRS, noise, {**every, "systems": (NEARLY.name,)})
    samples = {"samples": SAMPLES, "repetitions": few}
    for noise in NOISE:
        yield _case("ordinary", "ten systems", ordinary, TRAJECTORIES, noise, {"systems": names, **samples})
    for noise in NOISE:
        on_grids = {"equations": CATALOG, "samples": SAMPLES[::2], "repetitions": few}
        yield _case("catalog", ", ".join(CATALOG), catalog, TRAJECTORIES, noise, on_grids)


def _smoke() -> Iterator[Case]:
    few = {"systems": ("hopf", "top", "van-der-pol"), "sizes": (100, 800), "repetitions": 1, "speed": 1.0}
    yield _case("pairs", "three systems", pairs, PAIRS, 0.03, few)
    one = {"systems": ("rotation",), "samples": (8,), "repetitions": 1}
    yield _case("ordinary", "rotation", ordinary, TRAJECTORIES, 0.01, one)


EXPERIMENT = Experiment(
    name="certainty",
    title="How sure counts of symmetries are",
    about=(
        "Ten polynomial systems of ordinary equations with rational coefficients, four with symmetries among the "
        "affine fields and six without: those of the study of Kendiukhov (certified-symmetry-discovery). *False*: "
        "share of data sets for which a combination of the declared fields has a true defect above 0.05, the "
        "tolerance; truth is by exact algebra. *Found*: share of data sets of symmetric systems for which as many are "
        "declared as there are. Declared are: by *certainty*, the first columns, fields of which no combination has a "
        "bound above the tolerance at 95% confidence; likewise in the *study's measure*, where defects are relative to "
        "the two parts of the bracket alone; by the *gap*, what the spectrum of the equation found shows by its "
        "largest gap and limits; before the *largest gap* of the least-squares fit, however small it is, as in the "
        "study, in its measure.\n\n"
        "*Pairs*: states uniform in a box, exact, and rates with normal noise relative to their size, 100 to 3200 of "
        "them. *Other coefficients*: right-hand sides times 1.37, so that none is 1. *Nearly*: the Hopf normal form "
        "with u^2/8 more in the first equation, so that its rotation has a defect just above the tolerance, and "
        "whatever is declared is false. The study has, over 240 settings of 300 repetitions: false 0 and found 48% by "
        "its certificate, false 65% and found 84% by the largest gap; there the degree of the equations is known, and "
        "found is what declares at least as many as there are.\n\n"
        "*Trajectories*: 2 to 64 solutions of 100 times from random states, with noise relative to each unknown's "
        "deviation, through all of discovery with no equation given; and of the catalog's equations, on 128 points and "
        "100 times. There fields may depend on t, and time translation counts. *Undecided*: some fields were; "
        "*refused*: no equations were found, so nothing is declared. Rates have binomial errors beside the spread."
    ),
    presets={
        "smoke": tuple(_smoke()),
        "cpu": tuple(_cases(1, 1)),
        "paper": tuple(_cases(20, 1)),
    },
    seeds={"smoke": (0,), "cpu": (0, 1, 2), "paper": (0, 1, 2, 3, 4)},
    tables={
        PAIRS: Table(
            "pairs, noise",
            {
                "false_certain": "false", "found_certain": "found",
                **{f"found_{size}": f"of {size}" for size in SIZES},
                "false_published": "study's measure: false", "found_published": "found",
                "false_gap": "gap: false", "found_gap": "found",
                "false_largest": "largest gap: false", "found_largest": "found",
                "seconds": "seconds each",
            },
        ),
        TRAJECTORIES: Table(
            "solutions of, noise",
            {
                "false_certain": "false", "found_certain": "found", "undecided": "undecided", "refused": "refused",
                "false_gap": "gap: false", "found_gap": "found", "seconds": "seconds each",
            },
        ),
    },
    by_seed=True,
)  # fmt: skip
