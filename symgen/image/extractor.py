"""The frozen feature extractor: what it sees in a moved image says whether the move was a symmetry."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Literal, Self

import torch
from pydantic import BaseModel, ConfigDict, Field, ValidationError
from torch import nn

from symgen import __version__, tensor_file
from symgen.bounds import Finite, Length, Name, Seed, Settings, Share
from symgen.exceptions import DataError
from symgen.image.labelled import Labelled
from symgen.image.resnet import CifarResNet18
from symgen.image.whitened import WhitenedNet
from symgen.validation import first_fault

SCHEMA_VERSION = 1
ARCHITECTURES: dict[str, type[CifarResNet18] | type[WhitenedNet]] = {
    "resnet18-cifar": CifarResNet18,
    "whitened": WhitenedNet,
}
"""Networks that symgen trains, saves and reads, by name."""
ADVICE = "Give an extractor that symgen trained, or none to have one trained."
EVALUATED = 500
LEAST_LAST = 8
"""Channels of the first stage, from which on channels are last."""


class ExtractorInfo(BaseModel):
    """Header of an extractor file."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    schema_version: Literal[1] = 1
    symgen_version: Name = __version__
    torch_version: Name = torch.__version__
    architecture: Name = "resnet18-cifar"
    """One of `ARCHITECTURES`, or `torchvision:` and a name there; the latter kind is not saved."""
    width: int = Field(default=64, ge=1, le=1024)
    classes: tuple[Annotated[str, Field(max_length=1000)], ...] = Field(min_length=1, max_length=100_000)
    mean: tuple[Finite, Finite, Finite]
    """Of the channels, in [0, 1]; images are normalised by it and by `std`."""
    std: tuple[Length, Length, Length]
    accuracy: Share | None = None
    """Share of the test images it classifies rightly."""
    dataset: Name | None = None
    dataset_sha256: Name | None = None
    seed: Seed = 0
    settings: Settings = {}
    """How it was trained."""


class Extractor(nn.Module):
    """Images (B, 3, H, W) in [0, 1] -> features (B, F) float32: the pooled vector before the last layer.

    Normalisation is a part of it. `body` gives the features, `head` the logits. `precision` is that of the network's
    inside where it is not that of its weights.
    """

    def __init__(self, body: nn.Module, head: nn.Module, info: ExtractorInfo) -> None:
        super().__init__()
        self.body, self.head, self.info = body, head, info
        self.precision: torch.dtype | None = None
        self.register_buffer("mean", torch.tensor(info.mean)[:, None, None], persistent=False)
        self.register_buffer("std", torch.tensor(info.std)[:, None, None], persistent=False)
        self.mean: torch.Tensor
        self.std: torch.Tensor

    @classmethod
    def untrained(cls, info: ExtractorInfo) -> Extractor:
        """A network of the architecture and width with random weights, from torch's global generator."""
        body = ARCHITECTURES[info.architecture](info.width)
        return cls(body, nn.Linear(body.features, len(info.classes)), info)

    @property
    def memory_format(self) -> torch.memory_format:
        """Channels last, unless they are few: torch 2.14 writes gradients of these out of bounds, in convolutions of
        one pixel with a stride, on processors without AVX-512."""
        return torch.channels_last if self.info.width >= LEAST_LAST else torch.contiguous_format

    def freeze(self, device: str | torch.device = "cpu", precision: torch.dtype | None = None) -> Self:
        """Ready for use on a device: evaluation mode, no gradients for weights, its memory format -> itself.

        `precision`, of its inside, is by default bfloat16 on CUDA and that of the weights elsewhere.
        """
        self.eval().requires_grad_(False).to(device).to(memory_format=self.memory_format)
        self.precision = precision or (torch.bfloat16 if torch.device(device).type == "cuda" else None)
        return self

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        """Images (B, 3, H, W), in [0, 1] or uint8 -> features (B, F) float32."""
        normalised = self.normalised(images).contiguous(memory_format=self.memory_format)
        if self.precision in (None, normalised.dtype):
            return self.body(normalised)
        with torch.autocast(images.device.type, self.precision):
            return self.body(normalised).float()

    def normalised(self, images: torch.Tensor) -> torch.Tensor:
        """Images (B, 3, H, W), in [0, 1] or uint8 -> with mean 0 and deviation 1 in the channels of the dataset."""
        if not images.is_floating_point():
            images = images.to(self.mean.dtype) / 255
        return (images - self.mean) / self.std

    @contextmanager
    def exactly(self) -> Iterator[None]:
        """Inside, the network is in the precision of its weights: forward-mode derivatives need that."""
        precision, self.precision = self.precision, None
        try:
            yield
        finally:
            self.precision = precision

    def logits(self, images: torch.Tensor) -> torch.Tensor:
        """Images (B, 3, H, W), in [0, 1] or uint8 -> scores of the classes (B, C) float32."""
        return self.head(self(images))

    @torch.no_grad()
    def accuracy(self, data: Labelled) -> float:
        """Share of the images that are classified rightly."""
        device = self.mean.device
        blocks = zip(data.images.split(EVALUATED), data.labels.split(EVALUATED), strict=True)
        return sum(int((self.logits(x.to(device)).argmax(1) == y.to(device)).sum()) for x, y in blocks) / len(data)

    def save(self, path: str | Path, force: bool = False) -> Path:
        """Write the file, give its path; an existing one is replaced only with `force`, see `symgen.atomic.draft`."""
        if self.info.architecture not in ARCHITECTURES:
            raise ValueError(f"{self.info.architecture} is had by its name, not from a file")
        return tensor_file.write(path, self.info.model_dump_json(), self.state_dict(), force)


def load_extractor(path: str | Path, device: str | torch.device = "cpu") -> Extractor:
    """Read an extractor file and freeze it.

    Raises DataError for a file that is missing, damaged, foreign, of another schema version or architecture, or
    with numbers that are not finite.
    """
    found: list[ExtractorInfo] = []

    def require(text: str, claimed: Mapping[str, torch.Tensor]) -> None:
        found.append(_info(Path(path), text))
        with torch.device("meta"):
            own = Extractor.untrained(found[0]).state_dict()
        if {name: (one.shape, one.dtype) for name, one in own.items()} != {
            name: (one.shape, one.dtype) for name, one in claimed.items()
        }:
            raise DataError(f"{path}: its tensors are not those of {found[0].architecture} of its width. {ADVICE}")

    _, tensors, _ = tensor_file.read(path, ADVICE, require)
    bad = [name for name, tensor in tensors.items() if not tensor.isfinite().all()]
    if bad:
        raise DataError(f"{path}: the tensor {bad[0]!r} has numbers that are not finite. {ADVICE}")
    extractor = Extractor.untrained(found[0])
    extractor.load_state_dict(tensors)
    return extractor.freeze(device)


def _info(path: Path, text: str) -> ExtractorInfo:
    try:
        header = json.loads(text)
        version, architecture = header.get("schema_version"), header.get("architecture")
    except (json.JSONDecodeError, AttributeError, RecursionError) as error:
        raise DataError(f"{path} is damaged: its metadata are no JSON object. {ADVICE}") from error
    if architecture is None:
        raise DataError(f"{path} is a file of symgen's, but not an extractor. {ADVICE}")
    if version != SCHEMA_VERSION:
        raise DataError(f"{path} has schema version {version}; this symgen reads version {SCHEMA_VERSION}. {ADVICE}")
    if architecture not in tuple(ARCHITECTURES):
        known = " and ".join(map(repr, ARCHITECTURES))
        raise DataError(f"{path} has the architecture {architecture!r}; symgen reads {known}. {ADVICE}")
    try:
        return ExtractorInfo.model_validate_json(text)
    except ValidationError as error:
        raise DataError(f"{path}: its metadata are not valid {first_fault(error)}. {ADVICE}") from error
