"""Division of labelled images that come in one piece into those for training and those for the test."""

from __future__ import annotations

from collections.abc import Sequence

import torch

from symgen.exceptions import DataError, UsageError


def divide(labels: torch.Tensor, classes: Sequence[str], test_share: float, seed: int) -> tuple[list[int], list[int]]:
    """Rows for training and for the test, class by class: `test_share` of every class, drawn with `seed`.

    `labels` (N,) are indices into `classes`, which are called so in messages. Raises UsageError for a share outside of
    (0, 1), DataError for a class too small to be divided.
    """
    if not 0 < test_share < 1:
        raise UsageError(f"The share of test images lies between 0 and 1; {test_share} does not.")
    draw = torch.Generator().manual_seed(seed)
    train: list[int] = []
    test: list[int] = []
    for label, name in enumerate(classes):
        members = (labels == label).nonzero().flatten()
        held = max(1, round(test_share * len(members)))
        if held >= len(members):
            some = f"{len(members)} image{'s' * (len(members) != 1)}"
            raise DataError(f"{name} has {some}: too few to set some aside for the test. Add images.")
        order = torch.randperm(len(members), generator=draw)
        test += members[order[:held].sort().values].tolist()
        train += members[order[held:].sort().values].tolist()
    return train, test
