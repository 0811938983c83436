"""Files of `symgen augment`, whose moved copies do not cover all times: which samples and times are read."""

from __future__ import annotations

from pathlib import Path

import h5py
import numpy as np

from symgen.exceptions import DataError


def covered_times(file: h5py.File, path: Path, samples: int, nt: int) -> tuple[list[int], slice, tuple[str, ...]]:
    """Samples and times that are read, with a note where these are not all.

    Copies cover the times that `valid` (sample, 2) says, the first and the one after the last; the window of times is
    taken that keeps most values. Files of others have no such dataset. Raises DataError where it does not fit.
    """
    if "valid" not in file or "symgen" not in file.attrs:
        return list(range(samples)), slice(0, nt), ()
    own = file["valid"]
    valid = own[()] if isinstance(own, h5py.Dataset) else np.empty(0)
    fits = valid.shape == (samples, 2) and np.issubdtype(valid.dtype, np.integer)
    if not fits or not ((valid[:, 0] >= 0) & (valid[:, 0] <= valid[:, 1]) & (valid[:, 1] <= nt)).all():
        raise DataError(f"{path}: its solutions and its dataset 'valid' do not fit each other. Make it again.")
    starts = np.zeros((nt + 1, nt + 1), dtype=int)
    np.add.at(starts, tuple(valid.astype(int).T), 1)
    covering = starts[:, ::-1].cumsum(1)[:, ::-1].cumsum(0)  # samples that start at a time or before, and end after
    ends = np.arange(nt + 1)
    first, end = np.unravel_index(int(np.argmax(covering * np.maximum(ends - ends[:, None], 0))), covering.shape)
    kept = np.flatnonzero((valid[:, 0] <= first) & (valid[:, 1] >= end)).tolist()
    partly = int((valid[:, 0] == valid[:, 1]).sum())
    note = (
        f"The file has moved copies: {len(kept)} of {samples} samples are read, at the {end - first} times of {nt} "
        "that all of these cover." + (f" {partly} cover all of space at no time." if partly else "")
    )
    return kept, slice(int(first), int(end)), (note,) if len(kept) < samples or end - first < nt else ()
