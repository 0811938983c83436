"""What a family of generators that is linear in its parameters is made of."""

from __future__ import annotations

from typing import Protocol

import torch


class Features(Protocol):
    """K scalar functions psi_k on a space of dimension d, with their derivatives along curves."""

    @property
    def size(self) -> int:
        """K."""

    def along(self, curve: torch.Tensor) -> torch.Tensor:
        """Taylor coefficients (m + 1, P, K) of psi_k(z(h)) for those of curves z(h), (m + 1, P, d)."""
