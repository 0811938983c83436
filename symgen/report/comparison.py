"""How the generators compare with known ones: alignment, angles, what is missed."""

from __future__ import annotations

import math

from symgen.generators.artifact import Artifact
from symgen.generators.domains import ImageDomain
from symgen.inspection.comparison import Comparison
from symgen.report.html import Content, Html, element, facts, formula, join, section, table
from symgen.report.numbers import scientific

MOST_COLUMNS = 12
"""Reference generators with a column each; beyond, only their angles are shown."""


def comparison_section(artifact: Artifact, found: Comparison | None) -> Html:
    """Nothing where nothing was compared."""
    if found is None:
        return Html("")
    worst = max(found.principal_angles)
    largest = f" rad; the largest of {len(found.principal_angles)} principal angles is "
    distance = join([scientific(found.distance), largest, scientific(worst), f" ({math.degrees(worst):.2g}°)"])
    said: dict[str, Content | None] = {"against": found.against, "Grassmann distance": distance}
    told = "Missed: not in the span of what was found. Outside: not in the span of the reference."
    if isinstance(artifact.metadata.domain, ImageDomain):  # whose fields are never as near to a span as that
        told = "Any ten smooth fields nearly span the affine ones: the defects say more than these angles."
    else:
        said["missed"] = ", ".join(found.missed) or "none"
        said["outside"] = ", ".join(f"V{place}" for place in found.outside) or "none"
    names: list[Content] = [_name(artifact, name) for name in found.names]
    if len(found.names) <= MOST_COLUMNS:
        rows: list[list[Content]] = [
            [f"V{place}", *(_cell(value) for value in row)] for place, row in enumerate(found.alignment, 1)
        ]
        rows.append([element("em", "angle (rad)"), *(scientific(angle) for angle in found.reference_angles)])
        shown = table(["", *names], rows, range(1, len(names) + 1), "Alignment of unit fields")
    else:
        pairs = zip(names, found.reference_angles, strict=True)
        shown = table(["reference", "angle (rad)"], [[name, scientific(angle)] for name, angle in pairs], [1], "Angles")
    return section(
        "comparison",
        "Comparison",
        facts(said),
        element("div", shown, class_="alignment"),
        element("p", told, class_="note"),
        lead="Sizes of the inner products of unit fields, V in rows and the known ones in columns; angles to the span "
        "that was found.",
    )


def _name(artifact: Artifact, name: str) -> Content:
    return formula(name) if "d/d" in name else name


def _cell(value: float) -> Html:
    """A number over a ground that is as strong as it is large."""
    return element("span", f"{value:.3f}", class_="strength", style=f"--strength:{min(1.0, value):.2f}")
