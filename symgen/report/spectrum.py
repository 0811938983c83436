"""The spectrum of defects with the gap that tells symmetries from other fields."""

from __future__ import annotations

from symgen.generators.domains import ImageDomain
from symgen.generators.metadata import Metadata
from symgen.inspection.spectrum_parts import WORDS, Part, spectrum_parts
from symgen.report.chart import Chart, legend
from symgen.report.html import Section, element, section

SHOWN = 60
SHAPES: dict[Part, str] = {"exact": "circle", "approximate": "diamond", "undecided": "circle", "none": "square"}
MOST_TICKS = 12


def spectrum_section(metadata: Metadata) -> Section:
    """The chart, and the rule by which symmetries were counted; of images only the rule says what they are."""
    if isinstance(metadata.domain, ImageDomain) or len(metadata.spectrum) < 2:
        return section("spectrum", "Spectrum")
    tiny = 1e-4 * metadata.rounding
    values = [max(value, tiny) for value in metadata.spectrum[:SHOWN]]
    chart = Chart(1000, 320, (0.2, len(values) + 0.8), [*values, metadata.rounding], logarithmic=True)
    step = max(1, -(-len(values) // MOST_TICKS))
    chart.ticks([1, *range(step, len(values) + 1, step)] if step > 1 else list(range(1, len(values) + 1)))
    chart.label("place", "defect")
    chart.level(metadata.rounding, "smaller ones are not told apart")
    keys = []
    for part, every in spectrum_parts(metadata).items():
        if drawn := every[: max(0, len(values) - every.start)]:
            chart.points([(float(place + 1), values[place]) for place in drawn], part, shape=SHAPES[part])
            keys.append((part, SHAPES[part], f"{WORDS[part]} ({len(every)})"))
        if part in ("exact", "approximate") and every.stop < len(values):
            below = max(values[every.stop - 1], metadata.rounding)
            if values[every.stop] > below:
                chart.band(below, values[every.stop], part, f"gap: a factor of {_factor(values[every.stop] / below)}")
    more = len(metadata.spectrum) - len(values)
    shown = f"The first {len(values)} of {len(metadata.spectrum)} orthonormal fields. " if more else ""
    said = f"{shown}Rule: {metadata.rule}."
    return section(
        "spectrum",
        "Spectrum",
        element("figure", chart.html(_words(metadata)), legend(keys), class_="wide-chart"),
        element("p", said, class_="note"),
        lead="Defects of the orthonormal fields of the family, ascending."
        + (" Symmetries stand before the gap." if "gap" in metadata.rule and metadata.exact else ""),
    )


def _factor(value: float) -> str:
    if value < 1e4:
        return f"{value:.0f}"
    mantissa, power = f"{value:.0e}".split("e")
    raised = str(int(power)).translate(str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹"))
    return f"10{raised}" if mantissa == "1" else f"{mantissa} × 10{raised}"


def _words(metadata: Metadata) -> str:
    counts = ", ".join(f"{len(places)} {WORDS[part]}" for part, places in spectrum_parts(metadata).items())
    return f"Spectrum of defects of {len(metadata.spectrum)} fields: {counts}"
