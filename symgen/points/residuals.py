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
    some = z[:NEIGHBOURS]
    if len(some) > 1:
        distances = torch.cdist(some, some)
        distances.fill_diagonal_(float("inf"))
        pairs.append((torch.arange(len(some), device=z.device), distances.argmin(1)))
    return any(_correlated(left[one], left[two]) for one, two in pairs)


def _correlated(one: torch.Tensor, two: torch.Tensor) -> bool:
    products = one * two
    return bool((products.mean(0) > SIGNIFICANT * products.std(0) / len(products) ** 0.5).any())
