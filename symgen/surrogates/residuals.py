"""Whether what a fit leaves of held-out points is noise, or follows the points."""

from __future__ import annotations

import torch

SIGNIFICANT = 4.0
"""Standard errors of a correlation that noise has not, with as many chances as there are coordinates."""
NEIGHBOURS = 4000
"""Points among which neighbours are sought."""


def structured(z: torch.Tensor, left: torch.Tensor) -> bool:
    """Whether residuals `left` (n, p) at normalised points z (n, m) are alike where points are near each other.

    Correlated are those next to each other along each coordinate (von Neumann, Ann. Math. Stat. 12, 1941) and those of
    nearest neighbours. Noise that is independent from point to point has no correlation, whatever its size.
    """
    orders = [z[:, i].argsort() for i in range(z.shape[1])]
    pairs = [(order[:-1], order[1:]) for order in orders]
    one, two, _ = _neighbours(z)
    return any(_correlated(left[i], left[j]) for i, j in [*pairs, (one, two)])


def steepness(z: torch.Tensor, left: torch.Tensor) -> float:
    """Mean square gradient of residuals, over their own mean square, if all that neighbours differ by is a slope."""
    one, two, distances = _neighbours(z)
    apart = (left[one] - left[two]).square().sum(1)
    return (z.shape[1] * (apart.mean() / distances.square().mean()) / left.square().sum(1).mean()).item()


def _neighbours(z: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """Points, the nearest other point of each, and how far it is."""
    distances = torch.cdist(z[:NEIGHBOURS], z[:NEIGHBOURS])
    distances.fill_diagonal_(float("inf"))
    nearest = distances.min(1)
    return torch.arange(len(distances), device=z.device), nearest.indices, nearest.values


def _correlated(one: torch.Tensor, two: torch.Tensor) -> bool:
    products = one * two
    return bool((products.mean(0) > SIGNIFICANT * products.std(0) / len(products) ** 0.5).any())
