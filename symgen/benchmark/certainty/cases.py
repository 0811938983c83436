"""How sure counts of symmetries are.

Ten polynomial systems, four with symmetries among affine fields and six without: those of Kendiukhov's certified-
symmetry-discovery. *False*: share of data sets for which a combination of the declared fields has a true defect above
0.05; *found*: share of those of symmetric systems for which as many are declared as there are. By *certainty*; by the
*gap* of the spectrum alone; before its *largest* gap, of the least-squares fit. *Pairs* of states and rates with noise,
100 to 3200 of them; *speed*: right-hand sides times 1.37; *nearly*: a Hopf form whose rotation has a defect just above
the tolerance. *Trajectories*: 2 to 64 solutions of 100 times, through all of discovery, no equation given; *undecided*:
some fields were; *refused*: no equations were found.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from symgen.benchmark.certainty.examples import EXAMPLES, NEARLY
from symgen.benchmark.certainty.pairs import measure as pairs
from symgen.benchmark.certainty.trajectories import catalog, ordinary
from symgen.benchmark.table import Case, Result

SEEDS = {"paper": (0, 1, 2, 3, 4)}
SIZES = (100, 200, 400, 800, 1600, 3200)
"""Of the published study."""
SAMPLES = (2, 4, 8, 16, 32, 64)


def cases(preset: str) -> Iterator[Case]:
    """Every kind of data with every level of noise."""
    if preset == "smoke":
        few = {"systems": ["hopf", "top", "van-der-pol"], "sizes": [100, 800], "repetitions": 1, "speed": 1.0}
        yield _case("pairs", pairs, 0.03, few)
        yield _case("ordinary", ordinary, 0.01, {"systems": ["rotation"], "samples": [8], "repetitions": 1})
        return
    names, repetitions = list(EXAMPLES), 20 if preset == "paper" else 1
    every = {"systems": names, "sizes": SIZES, "repetitions": repetitions, "speed": 1.0}
    kinds: list[tuple[str, Callable[..., Result], dict[str, Any]]] = [
        ("pairs", pairs, every),
        ("speed", pairs, {**every, "repetitions": max(1, repetitions // 5), "speed": 1.37}),
        ("nearly", pairs, {**every, "systems": [NEARLY.name]}),
        ("ordinary", ordinary, {"systems": names, "samples": SAMPLES, "repetitions": 1}),
        ("catalog", catalog, {"equations": ["kdv", "ks", "burgers"], "samples": SAMPLES[::2], "repetitions": 1}),
    ]
    for kind, measure, settings in kinds:
        yield from (_case(kind, measure, noise, settings) for noise in (0.01, 0.03, 0.1, 0.3))


def _case(kind: str, measure: Callable[..., Result], noise: float, settings: dict[str, Any]) -> Case:
    table = "Pairs of states and rates" if measure is pairs else "Trajectories without an equation"
    return Case(f"{kind}-{noise:g}", kind, table, measure, {"noise": noise, **settings}, {"false_certain": "≤ 0.05"})
