"""Which places of a spectrum are symmetries, which are undecided, and which are none."""

from __future__ import annotations

from typing import Literal

from symgen.generators.metadata import UNDECIDED, Metadata

Part = Literal["exact", "approximate", "undecided", "none"]
WORDS: dict[Part, str] = {
    "exact": "exact",
    "approximate": "approximate",
    "undecided": "undecided",
    "none": "no symmetry",
}


def spectrum_parts(metadata: Metadata) -> dict[Part, range]:
    """Places from 0 of every part that there is, in their order.

    Generators are combinations of the spectrum's fields, so only how many there are of each part is known; symmetries
    of equations found in data that are undecided have no larger defects than the exact ones. Undecided fields that
    were not kept are counted by their defects.
    """
    records, found = metadata.generators, metadata.exact + metadata.approximate
    undecided = max(
        sum(record.verdict == "undecided" for record in records),
        sum(defect <= UNDECIDED for defect in metadata.spectrum[found:]),
    )
    parts: list[tuple[Part, int]] = [("approximate", metadata.approximate), ("undecided", undecided)]
    if metadata.domain.kind != "points" and any(record.undecided for record in records):
        parts.reverse()
    places, start = {}, 0
    for part, count in (("exact", metadata.exact), *parts, ("none", len(metadata.spectrum))):
        end = min(start + count, len(metadata.spectrum))
        if end > start:
            places[part] = range(start, end)
        start = end
    return places
