"""Images with their classes."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace

import torch

from symgen import tensor_file
from symgen.exceptions import UsageError

SCHEMA_VERSION = 1


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

    def balanced(self, per_class: int, seed: int = 0, fewer: bool = False) -> Labelled:
        """`per_class` images of every class, drawn without replacement with `seed`, classes interleaved.

        Where a class has fewer, all of it with `fewer`, else UsageError is raised.
        """
        draw = torch.Generator().manual_seed(seed)
        chosen = []
        for label in self.labels.unique().tolist():
            members = (self.labels == label).nonzero().flatten()
            if len(members) < per_class and not fewer:
                raise UsageError(f"{per_class} images per class were asked for; class {label} has {len(members)}.")
            order = torch.randperm(len(members), generator=draw)[:per_class]
            chosen.append(members[order.to(members.device)])
        rounds = torch.nn.utils.rnn.pad_sequence(chosen, padding_value=-1).flatten()
        index = rounds[rounds >= 0]
        return Labelled(self.images[index], self.labels[index])


@dataclass(frozen=True)
class ImageData:
    """Training and test images of the same classes and size, RGB."""

    name: str
    train: Labelled
    test: Labelled
    classes: tuple[str, ...]
    sha256: str
    """Over the images, labels and class names."""
    notes: tuple[str, ...] = ()
    """What was assumed in reading them."""

    @property
    def size(self) -> tuple[int, int]:
        """Height and width in pixels."""
        return self.train.images.shape[2], self.train.images.shape[3]

    @property
    def header(self) -> str:
        """What a file of them says besides the tensors, JSON."""
        return json.dumps({"schema_version": SCHEMA_VERSION, "classes": self.classes})

    @property
    def tensors(self) -> dict[str, torch.Tensor]:
        """What a file of them holds, by name."""
        return {
            f"{split}.{kind}": tensor.contiguous()
            for split, part in (("train", self.train), ("test", self.test))
            for kind, tensor in (("images", part.images), ("labels", part.labels))
        }

    @classmethod
    def of(
        cls, name: str, train: Labelled, test: Labelled, classes: tuple[str, ...], notes: tuple[str, ...] = ()
    ) -> ImageData:
        """A dataset in memory."""
        data = cls(name, train, test, classes, "", notes)
        return replace(data, sha256=tensor_file.digest(data.header, data.tensors))
