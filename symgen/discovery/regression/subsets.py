"""Which few columns fit a target best: all subsets of few columns, and the most promising ones of many.

A beam search: of each size the best subsets are kept, and every one of them is extended by every column. While no more
subsets of a size exist than are kept, the search is exhaustive. Least squares by orthogonal projection, so residuals far
below the square root of rounding are told apart.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

DEPENDENT = 1e-11
"""A unit column of which less is left than this adds nothing to the others."""


@dataclass(frozen=True)
class Subsets:
    """Subsets of one size, the best first."""

    places: np.ndarray
    """(subsets, size): which columns, ascending."""
    residuals: np.ndarray
    """(subsets,): what they leave of the target, relative to it."""


def best_subsets(columns: np.ndarray, target: np.ndarray, most: int, width: int) -> list[Subsets]:
    """The best subsets of 1, 2, ... `most` columns (rows, terms), at most `width` of each size."""
    columns, target = _reduced(columns, target)
    found = []
    places = np.zeros((1, 0), dtype=int)
    for _ in range(min(most, columns.shape[1])):
        residuals = _extended(columns, target, places)
        left, added = np.nonzero(np.isfinite(residuals))
        if not len(left):
            break
        larger = np.sort(np.concatenate([places[left], added[:, None]], axis=1), axis=1)
        codes = larger @ (columns.shape[1] ** np.arange(larger.shape[1]))  # one number for each subset
        _, first = np.unique(codes, return_index=True)
        values = residuals[left, added][first]
        order = np.argsort(values, kind="stable")[:width]
        places = larger[first[order]]
        found.append(Subsets(places, values[order]))
    return found


def _reduced(columns: np.ndarray, target: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Unit columns and target in coordinates of the space that they span."""
    both = np.concatenate([columns, target[:, None]], axis=1)
    triangle = np.linalg.qr(both / (np.linalg.norm(both, axis=0) + 1e-300), mode="r")
    return triangle[:, :-1], triangle[:, -1]


def _extended(columns: np.ndarray, target: np.ndarray, places: np.ndarray) -> np.ndarray:
    """(subsets, terms): what each subset leaves of the target with each column more; infinite where it adds nothing."""
    basis = np.linalg.qr(columns[:, places].transpose(1, 0, 2))[0] if places.shape[1] else np.zeros((1, len(target), 0))
    across = basis.transpose(0, 2, 1)
    free = columns - basis @ (across @ columns)
    rest = target - (basis @ (across @ target)[..., None])[..., 0]
    sizes = np.linalg.norm(free, axis=1)
    free /= np.maximum(sizes, DEPENDENT)[:, None]
    left = rest[..., None] - free * np.einsum("bn,bnm->bm", rest, free)[:, None]
    return np.where(sizes > DEPENDENT, np.linalg.norm(left, axis=1), np.inf)
