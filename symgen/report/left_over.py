"""What is left when data are moved for good: residuals of equations, changes of functions, angles of features."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from symgen.generators.domains import ImageDomain, PointsDomain
from symgen.generators.metadata import Metadata
from symgen.report.chart import Chart
from symgen.report.html import Content, Html, element, text
from symgen.report.numbers import scientific
from symgen.validity.verification import FiniteTable

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
    logarithmic: bool = True

    @classmethod
    def of(cls, metadata: Metadata, moved: FiniteTable | None) -> LeftOver | None:
        """That of an artifact; of solutions it is `moved`, None without."""
        domain = metadata.domain
        if isinstance(domain, ImageDomain):
            return _of_images(domain)
        if isinstance(domain, PointsDomain):
            return _of_points(domain)
        return _of_solutions(moved) if moved is not None else None

    def columns(self, wanted: Sequence[float]) -> list[float]:
        """Those |s| of the `wanted` ones that there are."""
        known = {round(abs(s), 9) for s, _ in self.curves[0]} if self.curves else set()
        return [s for s in wanted if round(s, 9) in known]

    def at(self, place: int, scale: float) -> Content:
        """The larger one of moving by +s and -s, or why there is none."""
        if place >= len(self.curves):
            return "not moved"
        return _cell(self.curves[place], self.words[place], scale)

    def beside(self, scales: Sequence[float]) -> list[tuple[str, list[Content]]]:
        """Rows for what the generators are compared with."""
        return [(name, [_cell(curve, (), scale) for scale in scales]) for name, curve in self.references]

    def chart(self, place: int) -> Html:
        """What is left against s for one generator, with a line that the page moves to s."""
        if place >= len(self.curves):
            return element("p", "Only the first generators are put to the test.", class_="note")
        own = [(s, value) for s, value in self.curves[place] if value is not None]
        others = [value for _, curve in self.references for _, value in curve if value is not None]
        every = [value for curve in self.curves for _, value in curve if value is not None]
        if not own or not every:
            said = sorted({word for word in self.words[place] if word})
            return element("p", f"{self.title}: nothing can be said ({', '.join(said) or 'no value'}).", class_="note")
        scales = [s for s, _ in self.curves[place]]
        chart = Chart(420, 250, (min(scales), max(scales)), (*every, *others), self.logarithmic)
        chart.label("s", self.title)
        for name, curve in self.references:
            chart.line([(s, v) for s, v in curve if v is not None], "reference", name)
        chart.line(own, "own")
        chart.points(own, "own", "s = {:g}")
        chart.marker(both=min(scales) < 0)
        return chart.html(f"{self.title} of V{place + 1} against s")


def _cell(curve: Curve, words: Sequence[str], scale: float) -> Content:
    at = [k for k, (s, _) in enumerate(curve) if abs(abs(s) - scale) < 1e-9]
    lost = [words[k] if words else "lost" for k in at if curve[k][1] is None]
    if lost:
        return text(lost[0])
    values = [curve[k][1] or 0.0 for k in at]
    return scientific(max(values)) if values else ""


def _of_solutions(moved: FiniteTable) -> LeftOver:
    def curve(scores: Sequence) -> Curve:
        return tuple((score.scale, score.residual) for score in scores)

    scales = [score.scale for score in moved.random]
    still = ((min(scales), moved.identity), (max(scales), moved.identity))
    words = tuple(tuple("" if score.status == "ok" else score.status for score in row) for row in moved.generators)
    return LeftOver(
        tuple(curve(row) for row in moved.generators),
        words,
        (("a random smooth field", curve(moved.random)), ("the data as they are", _everywhere(scales, moved.identity))),
        "what is left of the equation",
        f"Moved s: residual of data moved by +s or −s along the unit field, relative to the terms; the data as they are "
        f"have {still[0][1]:.1e}. Fold: they are no functions any more. Outside: they leave the range of the data.",
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
        f"Moved s: change at {moved.points} held-out points moved by s along the unit field, over its own deviation. "
        "Lost: points leave every bound.",
    )


def _of_images(domain: ImageDomain) -> LeftOver:
    moved = domain.moved
    affine = tuple((name, tuple(zip(moved.scales, row, strict=True))) for name, row in moved.affine.items())
    columns = list(zip(*moved.random, strict=True))
    random = tuple(zip(moved.scales, map(_mean, columns), strict=True))
    return LeftOver(
        tuple(tuple(zip(moved.scales, row, strict=True)) for row in moved.generators),
        tuple(tuple("" for _ in row) for row in moved.generators),
        (*affine, ("random fields, on average", random)),
        domain.extractor.measure,
        "",
        logarithmic=False,
    )


def _mean(column: Sequence[float | None]) -> float | None:
    known = [value for value in column if value is not None]
    return sum(known) / len(known) if known else None
