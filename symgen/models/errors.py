"""How far a model is from being invariant, or equivariant, under given generators: the record of it."""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from dataclasses import dataclass

from symgen.generators.text import aligned


@dataclass(frozen=True)
class InvarianceError:
    """Of one field, over inputs that were each moved forth and back."""

    name: str
    error: float
    """Mean of |f(g z) - g f(z)|, where g f(z) is f(z) for an invariant model: root mean square over the outputs, each
    in units of its deviation over the inputs."""
    spread: float
    """Its standard deviation."""

    @classmethod
    def of(cls, name: str, measured: Sequence[float]) -> InvarianceError:
        """The mean over moved inputs."""
        return cls(name, statistics.fmean(measured), statistics.pstdev(measured))


@dataclass(frozen=True)
class InvarianceErrors:
    """What `invariance_error` found; printed, a table."""

    fields: tuple[InvarianceError, ...]
    control: InvarianceError
    """Of random smooth fields together."""
    equivariance: bool
    """Whether the outputs were to move, too."""
    inputs: int
    scale: float

    def __str__(self) -> str:
        rows = [["field", "error", "spread", "of the random fields'"]]
        for one in (*self.fields, self.control):
            share = f"{one.error / self.control.error:.0%}" if self.control.error else ""
            rows.append([one.name, f"{one.error:.2e}", f"{one.spread:.2e}", share])
        return aligned(rows)
