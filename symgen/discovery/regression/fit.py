"""Whether equations that were found in data account for these on their own derivatives."""

from __future__ import annotations

from collections.abc import Iterator

from symgen.generators.metadata import DataRecord, Metadata

LITTLE = 1e-6
"""Residual of an equation found in data that tells nothing: polynomials come closer than this to sines of small angles,
but then it hardly matters."""


FAR_ABOVE = 100.0
"""How far a residual must be above what the grid explains to say that the equation is another."""


def regression_doubts(fit: DataRecord) -> Iterator[str]:
    """Sentences on the equations of a system that were found in the data, if they were."""
    explained = fit.time_step_error + (fit.grid_error or 0.0)
    for found, left in zip(fit.regressions, fit.residuals, strict=False):
        yield from found.doubts
        if not (found.truncation or found.differences) and left > max(LITTLE, FAR_ABOVE * explained):
            yield (
                f"The equation for {found.left} leaves {left:.1e} of its terms, far more than noise and the grid "
                f"explain (about {explained:.0e}), so it approximates another one, perhaps with terms that are in no "
                "library, such as sines or quotients; or the data were computed no more accurately. Give one "
                "--equation for each unknown if you know them."
            )


def doubt_in_brief(metadata: Metadata) -> str:
    """What stands against the equations themselves, whose symmetries are no more the data's than these are; or ""."""
    data, one = metadata.data, metadata.domain.kind == "pde"
    if data.fits_poorly:
        return f" (of the {'equation' if one else 'equations'}, which the data fit poorly)"
    if data.regression and len(metadata.warnings) > bool(data.regression.truncation):
        return " (of an equation that the data leave in doubt)"
    if any(regression_doubts(data)):
        return " (of equations that the data leave in doubt)"
    return ""
