"""More data from the symmetries of few: solutions, images and points moved by random combinations of generators."""

from __future__ import annotations

from typing import Any

__all__ = [
    "AugmentedPoints",
    "AugmentedSolutions",
    "AugmentedTrajectories",
    "RandomFlipAndCrop",
    "RandomPointSymmetry",
    "RandomSymmetry",
]


def __getattr__(name: str) -> Any:
    """The classes, imported when they are asked for: those of images need torchvision, those of trajectories h5py."""
    if name == "RandomSymmetry":
        from symgen.augmentation.images import RandomSymmetry

        return RandomSymmetry
    if name == "RandomFlipAndCrop":
        from symgen.augmentation.crop import RandomFlipAndCrop

        return RandomFlipAndCrop
    if name == "AugmentedTrajectories":
        from symgen.augmentation.trajectories import AugmentedTrajectories

        return AugmentedTrajectories
    if name == "AugmentedSolutions":
        from symgen.augmentation.solutions import AugmentedSolutions

        return AugmentedSolutions
    if name in ("AugmentedPoints", "RandomPointSymmetry"):
        from symgen.augmentation import points

        return getattr(points, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
