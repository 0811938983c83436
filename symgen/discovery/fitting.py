"""Networks fitted to generators that are known already."""

from __future__ import annotations

import torch

from symgen.generators.base import Generators
from symgen.generators.network import NetworkGenerators

ITERATIONS = 400
GOOD = 1e-3


def fit(network: NetworkGenerators, targets: Generators, points: torch.Tensor, iterations: int = ITERATIONS) -> float:
    """Fit the first fields of a network, in place, to unit fields on points (P, d) -> the largest relative error.

    Both have as many fields fitted as the one with fewer has; others keep their weights. Quasi-Newton (L-BFGS) on the
    mean square error, in the precision of the network; stops early at an error of 0.1%.
    """
    count = min(network.count, targets.count)
    with torch.no_grad():
        wanted = network.space.normalise_fields(targets(points)[:count])
        wanted = wanted / wanted.square().sum(-1).mean(-1).sqrt()[:, None, None]
    network.norms.fill_(1)

    def errors() -> torch.Tensor:
        fields = network.space.normalise_fields(network(points)[:count])
        return (fields - wanted).square().sum(-1).mean(-1)

    optimiser = torch.optim.LBFGS(
        network.parameters(), max_iter=20, history_size=30, line_search_fn="strong_wolfe", tolerance_change=0
    )

    def closure() -> torch.Tensor:
        optimiser.zero_grad()
        loss = errors().sum()
        loss.backward()
        return loss

    for _ in range(0, iterations, 20):
        optimiser.step(closure)
        with torch.no_grad():
            worst = float(errors().max().sqrt())
        if worst < GOOD:
            break
    return worst
