"""The training of one operator as the result of a case, whatever its data are of."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any

import torch

from symgen.benchmark.table import Result
from symgen.operators.fourier import FourierNeuralOperator, bootstrap_error, unrolled_errors, window_errors
from symgen.operators.training import OperatorSettings, Windows, train_operator

NARROW = {"layers": 3, "loss": "relative", "schedule": "one-cycle", "memory": 0.95}
"""What trainings of the presets smoke and cpu differ in from the published one."""


def settings_of(training: Mapping[str, Any], seed: int, n: int, updates: int | None) -> OperatorSettings:
    """Settings for n trajectories: with `updates` about as many (whole passes), in place of the settings' passes."""
    settings = OperatorSettings(**training, seed=seed)
    passes = max(1, round((updates or 0) * settings.batch / (n * settings.epochs)))
    return settings if updates is None else settings.model_copy(update={"passes": passes})


def trained_operator(
    windows: Windows,
    validation: tuple[torch.Tensor, torch.Tensor],
    test: tuple[torch.Tensor, torch.Tensor],
    settings: OperatorSettings,
) -> tuple[FourierNeuralOperator, Result]:
    """The operator, and its errors on test trajectories: fields and steps, as those that pick the epoch."""
    wall, cpu = time.perf_counter(), time.process_time()
    trained = train_operator(windows, *validation, settings)
    seconds, cpu = time.perf_counter() - wall, time.process_time() - cpu
    errors = unrolled_errors(trained.operator, *test)
    seen = window_errors(trained.operator, windows.u[:, 0], windows.steps[:, 0])
    return trained.operator, {
        "nmse": float(errors.mean()),
        "bootstrap": bootstrap_error(errors),
        "median": float(errors.median()),
        "seen": float(seen.mean()),
        "unseen": float(window_errors(trained.operator, *test).mean()),
        "validation": min(trained.validation),
        "epoch": trained.epoch,
        "updates": trained.updates,
        "seconds": seconds,
        "cpu": cpu,
    }
