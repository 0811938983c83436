"""The spectrum of defects with the gap that tells symmetries from other fields."""

from __future__ import annotations

from symgen.generators.domains import ImageDomain
from symgen.generators.metadata import Metadata
from symgen.report.chart import Chart, legend
from symgen.report.html import Html, element, section

SHOWN = 60
SHAPES = {"exact": "circle", "approximate": "diamond", "none": "square"}
WORDS = {"exact": "exact", "approximate": "approximate", "none": "no symmetry"}
MOST_TICKS = 12


def spectrum_section(metadata: Metadata) -> Html:
    """The chart, and the rule by which symmetries were counted; of images only the rule says what they are."""
    if isinstance(metadata.domain, ImageDomain) or len(metadata.spectrum) < 2:
        return Html("")
    tiny = 1e-4 * metadata.rounding
    values = [max(value, tiny) for value in metadata.spectrum[:SHOWN]]
    chart = Chart(1000, 320, (0.2, len(values) + 0.8), [*values, metadata.rounding], logarithmic=True)
    step = max(1, -(-len(values) // MOST_TICKS))
    chart.ticks([1, *range(step, len(values) + 1, step)] if step > 1 else list(range(1, len(values) + 1)))
    chart.label("place", "defect")
    chart.level(metadata.rounding, "smaller ones are not told apart")
    ends = [0, metadata.exact, metadata.exact + metadata.approximate, len(metadata.spectrum)]
    keys = []
    for kind, start, end in zip(WORDS, ends, ends[1:], strict=False):
        if start < min(end, len(values)):
            points = [(float(place + 1), values[place]) for place in range(start, min(end, len(values)))]
            chart.points(points, kind, shape=SHAPES[kind])
            keys.append((kind, SHAPES[kind], f"{WORDS[kind]} ({end - start})"))
        if kind != "none" and start < end < len(values):
            below = max(values[end - 1], metadata.rounding)
            if values[end] > below:
                chart.band(below, values[end], kind, f"gap: a factor of {_factor(values[end] / below)}")
    more = len(metadata.spectrum) - len(values)
    shown = f"The first {len(values)} of {len(metadata.spectrum)} orthonormal fields. " if more else ""
    said = f"{shown}Rule: {metadata.rule}."
    return section(
        "spectrum",
        "Spectrum",
        element("figure", chart.html(_words(metadata)), legend(keys), class_="wide-chart"),
        element("p", said, class_="note"),
        lead="Defects of the orthonormal fields of the family, ascending. Symmetries stand before the gap.",
    )


def _factor(value: float) -> str:
    if value < 1e4:
        return f"{value:.0f}"
    mantissa, power = f"{value:.0e}".split("e")
    raised = str(int(power)).translate(str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹"))
    return f"10{raised}" if mantissa == "1" else f"{mantissa} × 10{raised}"


def _words(metadata: Metadata) -> str:
    return (
        f"Spectrum of defects: {metadata.exact} exact, {metadata.approximate} approximate, "
        f"{len(metadata.spectrum)} fields in all"
    )
