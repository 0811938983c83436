"""Networks fitted to generators that are known already."""

from __future__ import annotations

import torch

from symgen.generators.base import Generators
from symgen.generators.network import NetworkGenerators

ITERATIONS = 400
GOOD = 1e-4


def fit(network: NetworkGenerators, targets: Generators, points: torch.Tensor, iterations: int = ITERATIONS) -> float:
    """Fit the first fields of a network, in place, to unit fields on points (P, d) -> the largest relative error.

    Both have as many fields fitted as the one with fewer has; others keep their weights. Quasi-Newton (L-BFGS) on the
    mean square error, in the precision of the network; stops early at an error of 0.01%. The heads start at zero, so
    that they take no roughness on that they would have to lose, and the fit is held to the targets on all of the range
    of the data, too: where data are few they are steep, and derivatives of the error count.
    """
    count = min(network.count, targets.count)
    space = network.space
    lower, upper = points.new_tensor(space.lower), points.new_tensor(space.upper)
    draw = torch.Generator().manual_seed(0)
    box = torch.rand(len(points) // 2, points.shape[1], generator=draw, dtype=torch.float64).to(points)
    points = torch.cat([points, lower + (upper - lower) * box])
    with torch.no_grad():
        network.heads.weights[-1][:count] = 0
        network.heads.biases[-1][:count] = 0
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
