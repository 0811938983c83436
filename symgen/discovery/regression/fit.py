"""Whether equations that were found in data account for these on their own derivatives."""

from __future__ import annotations

from collections.abc import Iterator

from symgen.discovery.doubts import FAR_ABOVE, LITTLE
from symgen.generators.metadata import DataRecord


def regression_doubts(fit: DataRecord) -> Iterator[str]:
    """Sentences on the equations of a system that were found in the data, if they were."""
    explained = fit.time_step_error + (fit.grid_error or 0.0)
    for found, left in zip(fit.regressions, fit.residuals, strict=False):
        yield from found.doubts
        if not found.truncation and left > max(LITTLE, FAR_ABOVE * explained):
            yield (
                f"The equation for {found.left} leaves {left:.1e} of its terms, far more than noise and the grid "
                f"explain (about {explained:.0e}), so it approximates another one, perhaps with terms that are in no "
                "library, such as sines or quotients. Give one --equation for each unknown if you know them."
            )
