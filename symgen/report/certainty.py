"""How sure the count of symmetries is, and what exact algebra says about the same equation."""

from __future__ import annotations

from symgen.generators.metadata import Metadata
from symgen.report.html import Content, Html, facts, formula, join, section
from symgen.report.numbers import scientific


def certainty_section(metadata: Metadata) -> Html:
    """What bounds are from, and what would decide about the undecided ones."""
    said: dict[str, Content | None] = {}
    found = metadata.certainty
    if found is not None:
        if found.at_least == found.at_most:
            count = f"{found.at_least} in the library, no more and no fewer"
        else:
            most = f", at most {found.at_most}" if found.at_most is not None else "; how many more cannot be told"
            count = f"at least {found.at_least}{most}"
        said["symmetries"] = f"{count}, at {found.confidence:.0%} confidence"
        said["by"] = ", ".join(found.sources)
        if found.bound is not None and found.at_least:
            said["the certain ones together"] = join(
                ["are off by at most ", scientific(found.bound), " of what cancels in the symmetry condition"]
            )
        if found.resamples:
            said["resampled"] = f"{found.resamples} times"
        said["what would decide"] = "; ".join(found.wanted) or None
        if found.closed is False:
            off = f", by up to {found.brackets:.1g}" if found.brackets is not None else ""
            said["brackets"] = f"some are no combination of the certain ones{off}: they do not close in this library"
    algebra = metadata.algebra
    if algebra is not None:
        said["exact algebra"] = f"finds {algebra.dimension} in its ansatz, {algebra.shared} of these in common"
        if algebra.missing:
            said["not in the library"] = join((formula(field) for field in algebra.missing), ", ")
    said["infinitely many"] = metadata.infinite
    if metadata.alike:
        said["the data alone"] = (
            f"do not tell {metadata.alike} other fields from symmetries; those of the equation are counted on free jets"
        )
    return section("certainty", "How sure", facts(said))
