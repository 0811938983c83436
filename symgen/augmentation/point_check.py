"""Whether what is copied with moved points still belongs to them, as far as fits to it tell.

Only what generators were found to leave alone, or move, is known of copies. A file can have more: columns that follow
from the coordinates and change with them would be false where they are copied as they are.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import torch

from symgen.exceptions import DataError
from symgen.points.point_set import PointSet
from symgen.surrogates.fit import SurrogateSettings, fit_surrogate

CHECKED = 2048
"""Copies that are looked at."""
MOST_ARRAYS, MOST_COMPONENTS = 16, 16
PREDICTED = 0.2
"""Largest error of a fit, over the deviation, that says anything."""


def changes_of_labels(
    points: np.ndarray, moved: np.ndarray, source: np.ndarray, labels: Mapping[str, np.ndarray]
) -> dict[str, float | None]:
    """Root mean square change of every array of labels (n, ...) from points (n, k, d) to copies `moved` (m, k, d).

    Over their deviation, by polynomials fitted to the points; `source` (m,) are the points that copies come from. None
    for what polynomials do not predict, and where the points bear no fit.
    """
    found: dict[str, float | None] = dict.fromkeys(labels)
    try:
        data = PointSet.from_array(points)
    except DataError:
        return found
    some = np.linspace(0, len(moved) - 1, min(len(moved), CHECKED)).round().astype(int)
    still, there = (torch.from_numpy(np.ascontiguousarray(part[some])) for part in (points[source], moved))
    for name, values in list(labels.items())[:MOST_ARRAYS]:
        if values.dtype.kind in "fiub" and 0 < values[0].size <= MOST_COMPONENTS:
            columns = torch.from_numpy(values.reshape(len(values), -1).astype(np.float64)).split(1, 1)
            changes = [_change(data, column, still, there) for column in columns]
            known = [change for change in changes if change is not None]
            found[name] = max(known) if len(known) == len(changes) else None
    return found


def _change(data: PointSet, values: torch.Tensor, still: torch.Tensor, there: torch.Tensor) -> float | None:
    """Of one column (n, 1), which a polynomial of its square may predict where it does not predict itself."""
    try:
        fit = fit_surrogate(data, values, ["y"], settings=SurrogateSettings(kind="polynomial"))
    except DataError:  # nothing that depends on the points smoothly
        return None
    if fit.error > PREDICTED:
        return None
    before, after = fit.values(still), fit.values(there)
    deviation = fit.values(data.values).std(0, correction=0)
    change = float(((after - before) / deviation).square().mean().sqrt())
    return change if np.isfinite(change) else None
