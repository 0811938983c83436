"""Points moved by random combinations of their symmetries: a Dataset and a transform for batches."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from torch.utils.data import Dataset

from symgen.augmentation.mover import random_weights, require_scale
from symgen.augmentation.point_mover import PointMover
from symgen.augmentation.selection import Selection
from symgen.exceptions import DataError, UsageError
from symgen.generators.artifact import Artifact
from symgen.generators.base import Generators


class AugmentedPoints(Dataset[Any]):
    """Points (n, d) or (n, k, d), then `copies` moved ones of each, which are computed when they are asked for.

    Item i is (point, label), or the point alone without `labels`: i < n are the originals, then all copies of the
    first, all of the second, and so on. A copy is moved by sum_a c_a V_a with coefficients uniform in +-scale, in units
    of unit fields, all its particles by the same; they depend on nothing but the seed, the original and which of its
    copies it is. Labels (n, ...) stay as they are, since the function that they are values of does not change; under
    equivariance they are the outputs (n, p) and move with the points. Which generators move what: see `PointMover`.

    Points are moved in float64 on `device` and given in `dtype` (by default their own), labels that move likewise.
    Raises DataError for numbers that are not finite and where no generator is a symmetry, UsageError for shapes that do
    not fit.
    """

    def __init__(
        self,
        points: torch.Tensor | np.ndarray,
        generators: Generators | Artifact | Selection,
        labels: torch.Tensor | np.ndarray | None = None,
        copies: int = 1,
        scale: float = 0.1,
        seed: int = 0,
        outputs: int | None = None,
        max_defect: float | None = None,
        dtype: torch.dtype | None = None,
        device: str | torch.device = "cpu",
    ) -> None:
        if copies < 0:
            raise UsageError(f"The number of copies cannot be {copies}.")
        require_scale(scale)
        self.mover = PointMover(generators, outputs, max_defect).to(device)
        self.points = torch.as_tensor(points).to(device)
        self.labels = None if labels is None else torch.as_tensor(labels).to(device)
        self.copies, self.scale, self.seed = copies, scale, seed
        self.dtype = dtype or self.points.dtype
        if self.labels is not None and self.labels.shape[:1] != self.points.shape[:1]:
            raise UsageError(f"There are {len(self.points)} points, but labels of {tuple(self.labels.shape)}.")
        self.mover.check(self.points, self.labels)
        moving = [self.points, *([self.labels] if self.mover.outputs and self.labels is not None else [])]
        if not all(tensor.isfinite().all() for tensor in moving):
            raise DataError("The points have numbers that are not finite, which cannot be moved. Leave those out.")

    def __len__(self) -> int:
        return len(self.points) * (1 + self.copies)

    def __getitem__(self, index: int) -> Any:
        """(point, label), or the point alone."""
        if not -len(self) <= index < len(self):
            raise IndexError(f"there are {len(self)} points, none with the index {index}")
        return self.__getitems__([index])[0]

    def __getitems__(self, indices: Sequence[int]) -> list[Any]:
        """Many at once, as the loaders of torch ask for them."""
        points, labels = self.batch(indices)
        return list(points) if labels is None else list(zip(points, labels, strict=True))

    def batch(self, indices: Sequence[int]) -> tuple[torch.Tensor, torch.Tensor | None]:
        """Points (B, d) or (B, k, d) and labels (B, ...) with these indices."""
        places = [index % len(self) for index in indices]
        origin = torch.tensor([self.source(place) for place in places], dtype=torch.long, device=self.points.device)
        points = self.points[origin]
        labels = None if self.labels is None else self.labels[origin]
        weights = torch.from_numpy(np.stack([self.coefficients(place) for place in places]))
        moved, outputs = self.mover(points.double(), weights, self._precise(labels))
        # what is not moved is not rounded either: exp(0) may be
        still = torch.tensor([place < len(self.points) for place in places], device=points.device)
        points = torch.where(still.reshape(-1, *[1] * (points.ndim - 1)), points.double(), moved)
        if labels is not None and outputs is not None and self.mover.outputs:
            labels = torch.where(still[:, None], labels.double(), outputs).to(dtype=self.dtype)
        return points.to(self.dtype), labels

    def source(self, index: int) -> int:
        """The original that an item comes from."""
        count = len(self.points)
        return index if index < count else (index - count) // self.copies

    def coefficients(self, index: int) -> np.ndarray:
        """Those that move an item (n,), float64; 0 for originals."""
        count = len(self.points)
        generators = self.mover.generators.count
        if index < count:
            return np.zeros(generators)
        source, copy = divmod(index - count, self.copies)
        return random_weights(copy + 1, generators, self.scale, self.seed, source)[copy].numpy()

    def _precise(self, labels: torch.Tensor | None) -> torch.Tensor | None:
        return labels.double() if labels is not None and self.mover.outputs else labels


class RandomPointSymmetry(torch.nn.Module):
    """Moves batches of points (B, d) or (B, k, d), every datum by a random combination of generators of its own.

    `transform(points)`, or under equivariance `transform(points, outputs)` -> both moved. Coefficients are uniform in
    +-scale, in units of unit fields, and the same for all particles of a datum. Random numbers are torch's own, drawn
    on the points' device. Points of any floating dtype and device; generators with tensors, as those of files, must be
    on that device: `transform.to(device)`. Which generators move what, and errors: see `PointMover`.
    """

    def __init__(
        self,
        generators: Generators | Artifact | Selection,
        scale: float = 0.1,
        outputs: int | None = None,
        max_defect: float | None = None,
    ) -> None:
        super().__init__()
        require_scale(scale)
        self.mover = PointMover(generators, outputs, max_defect)
        self.scale = scale

    def forward(self, points: torch.Tensor, outputs: torch.Tensor | None = None) -> Any:
        """Moved points, of the same shape and dtype; with `outputs` (B, p) the pair of both."""
        self.mover.check(points, outputs)
        shape = len(points), self.mover.generators.count
        weights = self.scale * (2 * torch.rand(shape, dtype=torch.float64, device=points.device) - 1)
        moved, others = self.mover(points, weights, outputs)
        return moved if outputs is None else (moved, others)
