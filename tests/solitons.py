"""The two-soliton solution of the Korteweg-de Vries equation, for tests."""

from __future__ import annotations

import torch


def two_solitons(
    x: torch.Tensor, t: torch.Tensor, k: tuple[float, float] = (0.35, 0.25), start: tuple[float, float] = (-25.0, 5.0)
) -> torch.Tensor:
    """u = 12 (log tau)_xx solves u_t + u u_x + u_xxx = 0 (Hirota 1971), tau = 1 + e^a + e^b + A e^(a + b)."""
    a, b = (2 * (ki * (x - xi) - 4 * ki**3 * t) for ki, xi in zip(k, start, strict=True))
    exponents = torch.stack([torch.zeros_like(a), a, b, a + b])
    factors = a.new_tensor([1, 1, 1, ((k[0] - k[1]) / (k[0] + k[1])) ** 2])
    rates = 2 * a.new_tensor([0, k[0], k[1], k[0] + k[1]])
    terms = factors[:, None, None] * torch.exp(exponents - exponents.amax(0))
    share = terms / terms.sum(0)  # the mean and the spread of the rates: tau itself overflows
    mean, square = ((rates**power)[:, None, None].mul(share).sum(0) for power in (1, 2))
    return 12 * (square - mean**2)
