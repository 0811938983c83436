"""CIFAR-10 and CIFAR-100 in their published form, through torchvision, which checks every file's checksum."""

from __future__ import annotations

from pathlib import Path

import torch
from torchvision.datasets import CIFAR10, CIFAR100

from symgen.exceptions import DataError
from symgen.image.labelled import Labelled

DATASETS: dict[str, type[CIFAR10]] = {"cifar10": CIFAR10, "cifar100": CIFAR100}


def load(name: str, root: Path, download: bool = True) -> tuple[Labelled, Labelled, tuple[str, ...]]:
    """Training images, test images and class names; from `root`, or downloaded to there.

    Raises DataError where the files are neither there nor to be had, or damaged.
    """
    dataset = DATASETS[name]
    try:
        splits = [dataset(root, train=train, download=False) for train in (True, False)]
    except RuntimeError as problem:  # a file is missing, or its checksum is wrong
        if not download:
            raise _unusable(dataset, root, name, "was not downloaded") from problem
        try:
            root.mkdir(parents=True, exist_ok=True)
            splits = [dataset(root, train=train, download=True) for train in (True, False)]
        except (OSError, RuntimeError) as error:
            raise _unusable(dataset, root, name, f"could not be downloaded ({error})") from error
    train, test = (
        Labelled(torch.from_numpy(split.data).permute(0, 3, 1, 2).contiguous(), torch.tensor(split.targets))
        for split in splits
    )
    return train, test, tuple(splits[0].classes)


def find(path: Path) -> tuple[str, Path] | None:
    """Name and root of the published files, if `path` is their folder or the one around it."""
    for name, dataset in DATASETS.items():
        for folder in (path, path / dataset.base_folder):
            if all((folder / file).is_file() for file, _ in dataset.train_list + dataset.test_list):
                # torchvision looks for the folder by its published name
                if folder.name != dataset.base_folder:
                    raise DataError(f"{folder} holds the files of {name}. Rename it to {dataset.base_folder}.")
                return name, folder.parent
    return None


def _unusable(dataset: type[CIFAR10], root: Path, name: str, cause: str) -> DataError:
    folder, archive = root / dataset.base_folder, root / dataset.filename
    present = [path for path in (folder, archive) if path.exists()]
    if present:
        return DataError(
            f"{present[0]} is incomplete or damaged: its checksum does not match, and {name} {cause}. "
            f"Delete it and try again, or give a folder of images with train/<class>/ and test/<class>/."
        )
    return DataError(
        f"{name} {cause}. Put {dataset.filename} from {dataset.url} into {root}, "
        "or give a folder of images with train/<class>/ and test/<class>/."
    )
