"""What is left when data are moved for good: residuals of equations, changes of functions, angles of features."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from symgen.generators.domains import ImageDomain, PointsDomain
from symgen.generators.metadata import GeneratorRecord, Metadata
from symgen.report.chart import Chart, legend
from symgen.report.html import Content, Html, element, join, text
from symgen.report.numbers import scientific
from symgen.validity.verification import FiniteTable, MovedScore

KINDS = ("reference", "still")
"""Of the lines of references, in their order."""
Curve = tuple[tuple[float, float | None], ...]
"""Pairs of s and what is left there, ascending in s; None where nothing can be said."""


@dataclass(frozen=True)
class LeftOver:
    """For every generator that was put to the test, and for comparison."""

    curves: tuple[Curve, ...]
    words: tuple[tuple[str, ...], ...]
    """Of every value: why there is none, or nothing."""
    references: tuple[tuple[str, Curve], ...]
    """Random fields, named ones, the data as they are."""
    title: str
    legend: str
    band: tuple[str, Curve, Curve] | None = None
    """Least and largest of random fields."""
    alike: tuple[str | None, ...] = ()
    """For each generator the only reference that its chart shows, where these are too many to tell apart."""
    angles: bool = False
    """Whether values are angles, shown as decimals and averaged over both signs of s."""

    @classmethod
    def of(cls, metadata: Metadata, moved: FiniteTable | None) -> LeftOver | None:
        """That of an artifact; of solutions it is `moved`, None without."""
        domain = metadata.domain
        if isinstance(domain, ImageDomain):
            return _of_images(domain, metadata.generators)
        if isinstance(domain, PointsDomain):
            return _of_points(domain)
        return _of_solutions(moved) if moved is not None else None

    def columns(self, wanted: Sequence[float]) -> list[float]:
        """Those |s| of the `wanted` ones that there are."""
        known = {round(abs(s), 9) for s, _ in self.curves[0]} if self.curves else set()
        return [s for s in wanted if round(s, 9) in known]

    def at(self, place: int, scale: float) -> Content:
        """What is left at +s and -s, the larger one or the mean, or why there is nothing to say."""
        if place >= len(self.curves):
            return "not moved"
        return self._cell(self.curves[place], self.words[place], scale)

    def beside(self, scales: Sequence[float]) -> list[tuple[str, list[Content]]]:
        """Rows for what the generators are compared with."""
        return [(name, [self._cell(curve, (), scale) for scale in scales]) for name, curve in self.references]

    def chart(self, place: int) -> Html:
        """What is left against s for one generator, with a line that the page moves to s, and what its lines mean."""
        if place >= len(self.curves):
            return element("p", "Only the first generators are put to the test.", class_="note")
        own = _known(self.curves[place])
        if not own:
            said = sorted({word for word in self.words[place] if word})
            return element("p", f"{self.title}: nothing can be said ({', '.join(said)}).", class_="note")
        shown = [
            (name, _known(curve)) for name, curve in self.references if not self.alike or name == self.alike[place]
        ]
        edges = [_known(edge) for edge in self.band[1:]] if self.band else []
        every = [value for curve in (*map(_known, self.curves), *edges, *(c for _, c in shown)) for _, value in curve]
        scales = [s for s, _ in self.curves[place]]
        chart = Chart(420, 270, (min(scales), max(scales)), every, logarithmic=not self.angles)
        chart.label("s", self.title)
        keys = [("own", "stroke", f"V{place + 1}")]
        if self.band:
            chart.between(edges[0], edges[1], self.band[0])
            keys.append(("between", "square", self.band[0]))
        for kind, (name, curve) in zip(KINDS, shown, strict=False):
            chart.line(curve, kind, name)
            keys.append((kind, "stroke", name))
        chart.line(own, "own")
        chart.points(own, "own", "s = {:g}")
        chart.marker(both=min(scales) < 0)
        return join([chart.html(f"{self.title} of V{place + 1} against s"), legend(keys)])

    def _cell(self, curve: Curve, words: Sequence[str], scale: float) -> Content:
        at = [k for k, (s, _) in enumerate(curve) if abs(abs(s) - scale) < 1e-9]
        lost = [words[k] if words else "lost" for k in at if curve[k][1] is None]
        if lost:
            return text(lost[0])
        values = [curve[k][1] or 0.0 for k in at]
        if not values:
            return ""
        return text(f"{sum(values) / len(values):.3f}") if self.angles else scientific(max(values))


def _known(curve: Curve) -> list[tuple[float, float]]:
    return [(s, value) for s, value in curve if value is not None and math.isfinite(value)]


def _of_solutions(moved: FiniteTable) -> LeftOver:
    def curve(scores: Sequence[MovedScore]) -> Curve:
        return tuple((score.scale, score.residual) for score in scores)

    scales = [score.scale for score in moved.random]
    words = tuple(tuple("" if score.status == "ok" else score.status for score in row) for row in moved.generators)
    return LeftOver(
        tuple(curve(row) for row in moved.generators),
        words,
        (("a random smooth field", curve(moved.random)), ("the data as they are", _everywhere(scales, moved.identity))),
        "what is left of the equation",
        "Moved s: residual of data moved by +s or −s along the unit field, relative to the terms. Fold: they are no "
        "functions any more. Outside: they leave the range of the data.",
    )


def _everywhere(scales: Sequence[float], value: float) -> Curve:
    return tuple((s, value) for s in scales)


def _of_points(domain: PointsDomain) -> LeftOver:
    moved = domain.moved
    references: list[tuple[str, Curve]] = []
    if moved.random:
        columns = list(zip(*moved.random, strict=True))
        references.append(("random fields, on average", tuple(zip(moved.scales, map(_mean, columns), strict=True))))
    if domain.surrogate is not None:
        references.append(("error of the fit", _everywhere(moved.scales, domain.surrogate.error)))
    return LeftOver(
        tuple(tuple(zip(moved.scales, row, strict=True)) for row in moved.generators),
        tuple(tuple("lost" if value is None else "" for value in row) for row in moved.generators),
        tuple(references),
        "what changes",
        f"Moved s: {domain.measure} at {moved.points} held-out points moved by s along the unit field, over its own "
        "deviation. Lost: points leave every bound.",
    )


def _of_images(domain: ImageDomain, records: Sequence[GeneratorRecord]) -> LeftOver:
    moved = domain.moved
    affine = tuple((name, tuple(zip(moved.scales, row, strict=True))) for name, row in moved.affine.items())
    columns = list(zip(*moved.random, strict=True))
    random = tuple(zip(moved.scales, map(_mean, columns), strict=True))
    least, most = (tuple(zip(moved.scales, map(pick, columns), strict=True)) for pick in (min, max))
    return LeftOver(
        tuple(tuple(zip(moved.scales, row, strict=True)) for row in moved.generators),
        tuple(tuple("" for _ in row) for row in moved.generators),
        (*affine, ("random fields, on average", random)),
        domain.extractor.measure,
        "",
        band=("random fields", least, most) if columns else None,
        alike=tuple(record.resembles.name if record.called and record.resembles else None for record in records),
        angles=True,
    )


def _mean(column: Sequence[float | None]) -> float | None:
    known = [value for value in column if value is not None]
    return sum(known) / len(known) if known else None
