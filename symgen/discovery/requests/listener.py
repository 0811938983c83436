"""Who hears of a discovery while it runs: a terminal, or a program."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from symgen.pde.solutions import Solutions
    from symgen.pde.trajectories import Trajectories

Update = Callable[..., None]
"""`update(done, total, what=None)`: how far something is, and what it is from now on."""


class Listener(Protocol):
    """What a discovery says on its way."""

    def note(self, message: str) -> None:
        """Something was assumed, or is going on."""

    def warning(self, message: str) -> None:
        """Something may make the result wrong."""

    def part(self, name: str) -> AbstractContextManager[None]:
        """The time within is spent on that."""

    def progress(self, what: str, part: str | None = None) -> AbstractContextManager[Update]:
        """Something begins, which ends with the context; its time is spent on `part`, or on what it is."""


@dataclass(frozen=True)
class Checkpoint:
    """Where a training keeps its state, if it does, and whether it goes on from there."""

    path: Path | None = None
    resume: bool = False


def tell_origin(listener: Listener, data: Trajectories | Solutions) -> None:
    """Say what was assumed about the data, and warn of what may make results wrong."""
    if data.origin:
        for note in data.origin.notes:
            listener.note(note)
        for warning in data.origin.warnings:
            listener.warning(warning)


def training_progress(update: Update) -> Callable[[int, int, Mapping[str, float]], None]:
    """What `train_flow` calls after every step, as a bar with the live defects."""

    def report(step: int, steps: int, figures: Mapping[str, float]) -> None:
        live = [f"V{name.removeprefix('defect_')} {value:.1e}" for name, value in figures.items() if "defect" in name]
        update(step, steps, "Training  " + "  ".join(live[:4]))

    return report
