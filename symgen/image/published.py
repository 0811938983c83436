"""Datasets that are had by name, in their published form, through torchvision, which checks what it downloads."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch

from symgen.exceptions import DataError
from symgen.image import idx
from symgen.image.arrays import Images
from symgen.image.labelled import Labelled
from symgen.names import IMAGES

ROTATED = "rotated-"
"""The prefix with which every image is turned by an angle of its own."""
NAMES = IMAGES
"""What can be asked for."""
CIFAR = {"cifar10": "CIFAR10", "cifar100": "CIFAR100"}
IDX = {"mnist": "MNIST", "fashion-mnist": "FashionMNIST"}
DATASETS = CIFAR | IDX
"""torchvision's classes by name, for those with files in the format of CIFAR and for those with IDX files."""
KIN = frozenset({"MNIST", "FashionMNIST", "KMNIST", "QMNIST"})
"""Folders of datasets with files of the same names."""
LOCAL = "or give a local copy as data (--data): a folder of images or of its published files, or an .npz."


def load(name: str, root: Path, download: bool = True) -> Images:
    """One of DATASETS from `root`, or downloaded to there.

    Raises DataError where the files are neither there nor to be had, or damaged.
    """
    read = _read_idx if name in IDX else _read_cifar
    try:
        return read(name, root)
    except (RuntimeError, FileNotFoundError) as problem:  # a file is missing, or its checksum is wrong
        if not download:
            raise _unusable(name, root, "was not downloaded") from problem
        try:
            root.mkdir(parents=True, exist_ok=True)
            _dataset(name)(root, download=True)
            return read(name, root)
        except (OSError, RuntimeError) as error:
            raise _unusable(name, root, f"could not be downloaded ({' '.join(str(error).split())})") from error


def find(path: Path) -> tuple[str, Path] | None:
    """Name and root of the published files of a CIFAR, if `path` is their folder or the one around it."""
    for name in CIFAR:  # IDX files are read wherever they are
        dataset = _dataset(name)
        for folder in (path, path / dataset.base_folder):
            if all((folder / file).is_file() for file, _ in dataset.train_list + dataset.test_list):
                # torchvision looks for the folder by its published name
                if folder.name != dataset.base_folder:
                    raise DataError(f"{folder} holds the files of {name}. Rename it to {dataset.base_folder}.")
                return name, folder.parent
    return None


def within(name: str, path: Path) -> Path:
    """The folder of a dataset's published files where `path` has it beside others, else `path`.

    Raises DataError for the folder of another dataset whose files have the same names.
    """
    own = DATASETS[name]
    if path.name in KIN - {own}:
        raise DataError(f"{path} holds {path.name}, not {name}.")
    folder = path / (own if name in IDX else _dataset(name).base_folder)
    others = [other for other in sorted(KIN - {own}) if (path / other).is_dir()]
    if others and not folder.is_dir():
        raise DataError(f"{path} holds {others[0]}, not {name}.")
    return folder if folder.is_dir() else path


def under_name(name: str, images: Images, where: Path) -> Images:
    """A local copy of one of DATASETS; numbered classes get their names. Raises DataError for other images."""
    size, count = ((28, 28), 10) if name in IDX else ((32, 32), 100 if name == "cifar100" else 10)
    found = tuple(images.train.images.shape[2:])
    if (found, len(images.classes)) != (size, count):
        raise DataError(
            f"{where} is no copy of {name}: its images have {found[0]} x {found[1]} pixels and {len(images.classes)} "
            f"classes, those of {name} {size[0]} x {size[1]} and {count}. Give the path without the name."
        )
    if name == "fashion-mnist" and images.classes == tuple("0123456789"):
        return images.named(tuple(_dataset(name).classes))
    return images


def _dataset(name: str) -> Any:
    """torchvision's class, imported only here: it takes as long as torch, and most of symgen does without."""
    import torchvision.datasets

    return getattr(torchvision.datasets, DATASETS[name])


def _read_cifar(name: str, root: Path) -> Images:
    splits = [_dataset(name)(root, train=train, download=False) for train in (True, False)]
    train, test = (
        Labelled(torch.from_numpy(split.data).permute(0, 3, 1, 2).contiguous(), torch.tensor(split.targets))
        for split in splits
    )
    return Images(train, test, tuple(splits[0].classes))


def _read_idx(name: str, root: Path) -> Images:
    folder = root / DATASETS[name] / "raw"
    archives = [folder / file for file, _ in _dataset(name).resources]
    if not all(path.is_file() or path.with_suffix("").is_file() for path in archives):
        raise FileNotFoundError(folder)  # a download may have been interrupted
    return under_name(name, idx.read(folder), folder)


def _unusable(name: str, root: Path, cause: str) -> DataError:
    dataset = _dataset(name)
    if name in IDX:
        folder, source = root / DATASETS[name] / "raw", dataset.mirrors[0]
        archives = [folder / file for file, _ in dataset.resources]
        present = [path for archive in archives for path in (archive, archive.with_suffix("")) if path.exists()]
    else:
        folder, source, archives = root, dataset.url, [root / dataset.filename]
        present = [path for path in (root / dataset.base_folder, *archives) if path.exists()]
    if present:
        return DataError(
            f"{present[0]} is incomplete or damaged: its checksum does not match, or others are missing, and {name} "
            f"{cause}. Delete it and try again, {LOCAL}"
        )
    files = ", ".join(archive.name for archive in archives)
    return DataError(f"{name} {cause}. Put {files} from {source} into {folder}, {LOCAL}")
