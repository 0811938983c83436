"""What a user writes with symgen's public functions; tests/test_packaging.py has mypy check all strict_*.py."""

from pathlib import Path

import torch
from torch import nn

import symgen
from symgen import Artifact


def weakest(file: Path, points: torch.Tensor) -> tuple[list[float], torch.Size]:
    generators: Artifact = symgen.load(file)
    components: torch.Tensor = generators(points)
    return [float(defect) for defect in generators.defects], components.shape


def learned(model: nn.Module, inputs: torch.Tensor) -> list[tuple[str, ...] | None]:
    version: str = symgen.__version__
    found: Artifact = symgen.symmetries_of(model, inputs, library="affine", seed=1)
    print(version, found)
    return [generator.formula for generator in found.metadata.generators]
