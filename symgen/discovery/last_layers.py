"""The last layers of trained heads, solved for: Rayleigh and Ritz among the hidden units of all heads.

Some changes of a field, as a wave in x, raise its defect a hundred times more than others, as a slow change in time.
Gradients from few moved data are then mostly noise along the former, and training hardly moves along the latter: a
slot can stay a mixture of a symmetry with fields that are nearly one. But in the last layers fields are linear and
the squared defect is quadratic, so an eigenproblem finds its minima at once.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch

from symgen.discovery.condition import Family
from symgen.discovery.problem import Problem
from symgen.discovery.spectral import Spectrum
from symgen.generators.network import HiddenUnits, NetworkGenerators

RIDGE = 1e-3
"""Defect that last weights of length 1 count as: large ones that nearly cancel on the data do not beyond."""


@dataclass(frozen=True)
class LastLayers(Family):
    """All fields that are linear in the features, where large coefficients cost."""

    def solve(self, residual: torch.Tensor, values: torch.Tensor, without: torch.Tensor | None = None) -> Spectrum:
        """The eigenproblem with another row for each coefficient."""
        ridge = RIDGE * torch.eye(residual.shape[1], dtype=residual.dtype, device=residual.device)
        return super().solve(torch.cat([residual, ridge]), values, without)


@torch.no_grad()
def solve_last_layers(problem: Problem, network: NetworkGenerators, points: int) -> NetworkGenerators:
    """As many orthonormal fields as a float64 network has, of least linearised defect at `points` of the data.

    Every new head has the hidden units of all heads. The fields' norms are near 1, and yet to be set.
    """
    heads = network.heads
    spectrum = problem.on_own_jets(LastLayers(HiddenUnits(heads)), points=points)
    return NetworkGenerators(network.space, heads.combined(spectrum.coefficients[: network.count]))
