"""Images with their classes."""

from __future__ import annotations

from dataclasses import dataclass

import torch

from symgen.exceptions import UsageError


@dataclass(frozen=True)
class Labelled:
    """`images` uint8 (N, C, H, W) and the indices of their classes, `labels` int64 (N,)."""

    images: torch.Tensor
    labels: torch.Tensor

    def __post_init__(self) -> None:
        if self.images.ndim != 4 or self.images.dtype != torch.uint8 or self.labels.shape != self.images.shape[:1]:
            raise ValueError(
                f"{self.images.dtype} images {tuple(self.images.shape)}, labels {tuple(self.labels.shape)}"
            )

    def __len__(self) -> int:
        return len(self.images)

    def to(self, device: str | torch.device) -> Labelled:
        """The same on another device."""
        return Labelled(self.images.to(device), self.labels.to(device))

    def balanced(self, per_class: int, seed: int = 0) -> Labelled:
        """`per_class` images of every class, drawn without replacement with `seed`, classes interleaved.

        Raises UsageError if a class has fewer.
        """
        draw = torch.Generator().manual_seed(seed)
        chosen = []
        for label in self.labels.unique().tolist():
            members = (self.labels == label).nonzero().flatten()
            if len(members) < per_class:
                raise UsageError(f"{per_class} images per class were asked for; class {label} has {len(members)}.")
            order = torch.randperm(len(members), generator=draw)[:per_class]
            chosen.append(members[order.to(members.device)])
        index = torch.stack(chosen, 1).flatten()
        return Labelled(self.images[index], self.labels[index])
