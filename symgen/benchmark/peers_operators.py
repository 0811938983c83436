"""Neural operators on ten trajectories, the task by which LieNLSD measures what symmetries are worth.

Operators see ten neighbouring points and every tenth step; two trajectories pick the epoch and two test, predicted from
t = 0.8 to 2 in three windows. Copies, fifteen of each (scale 0.1), are moved over the whole period and cut then.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from functools import lru_cache
from typing import Any

import torch

from symgen.benchmark.operator_data import (
    SMALL,
    Arm,
    copies_of,
    inputs,
    mover_of,
    no_worse,
    thinned,
    trained_operator,
    windows,
)
from symgen.benchmark.peers_data import PEERS, SAMPLES, solutions
from symgen.benchmark.table import Case, Comparison, Result
from symgen.discovery.regression import with_regression
from symgen.discovery.source import with_equation
from symgen.operators.fourier import FourierNeuralOperator
from symgen.operators.training import OperatorSettings, Windows
from symgen.pde.trajectories import Trajectories

TRAIN, VALIDATION, TEST, OTHERS = 0, 1, 2, 3
"""Seeds of the initial data: those of LieNLSD's repository, and one for more trajectories to test on."""
HELD_OUT = 2
"""Trajectories to validate and to test on, as published."""
PLACES = slice(1, 11)
"""The points of the grid in x that operators see."""
BATCH = 1024
"""Errors are summed over trajectories and times and divided by this, the published batch size, however few they are."""
ZERO = 3 * HELD_OUT * 20 / BATCH
"""What u = 0 as prediction has, for any data: 1 in each of three windows of 20 times."""
PUBLISHED: dict[str, dict[str, float]] = {
    "kdv": {"none": 0.174, "true": 0.148, "ko": 0.151, "lienlsd": 0.142},
    "heat": {"none": 0.108, "true": 0.060, "ko": 0.073, "lienlsd": 0.060},
    "potential-burgers": {"none": 2.3e-4, "true": 1.75e-4, "ko": 1.9e-4, "lienlsd": 1.8e-4},
}
"""NMSE by the augmentation, means of three seeds."""
NARROW = SMALL | {"width": 48, "modes": 5, "centred": True, "learning_rate": 3e-3, "epochs": 20}


def cases(preset: str) -> Iterator[Case]:
    """Every equation with every arm; no more errors than those of the best published one of the sort."""
    copies, others = (2, 2) if preset == "smoke" else (15, 64)
    for name in ("heat",) if preset == "smoke" else PUBLISHED:
        # published passes are updates, 200 in an epoch, as ten trajectories are less than a batch; so are 320 here
        training: dict[str, Any] = {"modes": 5, "epochs": 40, "passes": 320}
        if preset == "smoke":
            training = {**NARROW, "width": 8, "epochs": 2, "passes": 8}
        elif preset == "cpu":
            training = {**NARROW, "passes": 240 if name == "potential-burgers" else 120}
        for arm in ("none", "true", "learned"):
            published = PUBLISHED[name]
            limit = published["none"] if arm == "none" else min(published.values())
            whole = OperatorSettings.model_validate(training).model_dump(exclude={"seed"})
            settings = {"name": name, "arm": arm, "copies": copies, "others": others, "training": whole}
            known = {"ko": published["ko"], "lienlsd": published["lienlsd"], "zero": ZERO}
            known["same"] = published[arm if arm != "learned" else "lienlsd"]
            wanted = {} if preset == "smoke" else {"counted": f"≤ {limit:g}"}
            label, table = f"operator-{name}", "Operators on ten trajectories"
            yield Case(f"{label}-{arm}", label, table, measure, settings, wanted, known)


def comparisons(preset: str) -> Iterator[Comparison]:
    """Of all errors."""
    for name in () if preset == "smoke" else PUBLISHED:
        yield from no_worse(f"operator-{name}", "median")


@lru_cache(8)
def _training_windows(name: str, arm: Arm, copies: int, device: str) -> Windows:
    """The ten published trajectories, with copies moved over the whole period; cut to the points that operators see."""
    data, moved = Trajectories.of(solutions(name, TRAIN, SAMPLES, device=device)), None
    if arm != "none":
        if arm == "learned":  # as if it were given: asked is what its symmetries do, not how sure they are
            known = replace(with_regression(data), regression=None, posterior=None)
        else:
            known = with_equation(data, None, PEERS[name].equations[0], {})
        moved = copies_of(mover_of(known, arm, device), (slice(None), PLACES), copies, scale=0.1)
    return windows(data.solutions, SAMPLES, 0, (slice(None), PLACES), moved, device)


@lru_cache(8)
def _held_out(name: str, samples: int, seed: int, device: str) -> tuple[torch.Tensor, torch.Tensor]:
    """(N, times, points, 1), without the times before the first history, and the steps of the grid (N, 2)."""
    return inputs(thinned(solutions(name, seed, samples, device=device), (slice(20, None), PLACES)), device)


@torch.no_grad()
def counted_errors(operator: FourierNeuralOperator, u: torch.Tensor, steps: torch.Tensor) -> float:
    """NMSE as LieNLSD counts: of windows of `future` times, the prediction fed back, trajectories u (N, nt, nx, 1).

    Sum over all trajectories and times of mean(error^2) / mean(u^2), the means over x alone; divided by BATCH.
    """
    history, future, total = operator.history, operator.future, 0.0
    known = u[:, :history]
    for start in range(history, u.shape[1] - future + 1, future):
        predicted, wanted = operator(known, steps), u[:, start : start + future]
        squares, sizes = (part.square().mean((2, 3)) for part in (predicted - wanted, wanted))
        total += float((squares / sizes).sum())
        known = torch.cat([known, predicted], 1)[:, -history:]
    return total / BATCH


def measure(name: str, arm: Arm, copies: int, others: int, training: dict[str, Any], seed: int, device: str) -> Result:
    """Train an operator on ten trajectories and their copies; its error on the two published ones and on others."""
    validation, test = (_held_out(name, HELD_OUT, split, device) for split in (VALIDATION, TEST))
    settings, data = OperatorSettings(**training, seed=seed), _training_windows(name, arm, copies, device)
    operator, found = trained_operator(data, validation, _held_out(name, others, OTHERS, device), settings)
    shown = ("nmse", "bootstrap", "median", "epoch", "updates", "seconds")
    return {"counted": counted_errors(operator, *test)} | {key: found[key] for key in shown}
