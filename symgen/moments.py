"""Mean, deviation and range of values that arrive in blocks, exact also where the mean far exceeds the deviation.

Mean square less squared mean would lose all digits there. Blocks are merged by their means and sums of squared
deviations instead (Chan, Golub and LeVeque, The American Statistician 37 (1983) 242).
"""

from __future__ import annotations

import numpy as np


class Moments:
    """Of variables (...), each seen in blocks of values (..., N); of one variable all results are of shape ()."""

    def __init__(self) -> None:
        self.count = 0
        self.mean: np.ndarray = np.zeros(())
        self.squares: np.ndarray = np.zeros(())
        """Sum of the squared deviations from the mean."""
        self.low: np.ndarray = np.array(np.inf)
        self.high: np.ndarray = np.array(-np.inf)

    def push(self, values: np.ndarray) -> None:
        """Add a block (..., N); one without values changes nothing."""
        if not values.shape[-1]:
            return
        block = Moments()
        block.count, block.mean = values.shape[-1], values.mean(-1, dtype=np.float64)
        block.squares = ((values - block.mean[..., None]) ** 2).sum(-1)
        block.low, block.high = values.min(-1), values.max(-1)
        self.add(block)

    def add(self, other: Moments) -> None:
        """Add all that others have seen of the same variables."""
        if not other.count:
            return
        total, distance = self.count + other.count, other.mean - self.mean
        self.squares = self.squares + other.squares + distance**2 * (self.count * other.count / total)
        self.mean = self.mean + distance * (other.count / total)
        self.low, self.high = np.minimum(self.low, other.low), np.maximum(self.high, other.high)
        self.count = total

    @property
    def deviation(self) -> np.ndarray:
        """Standard deviation (...), of all values (divided by their number)."""
        return np.sqrt(self.squares / max(self.count, 1))
