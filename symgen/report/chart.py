"""Small charts as SVG whose colours are the page's, so that they follow its theme and print sharply."""

from __future__ import annotations

import math
from collections.abc import Sequence

from symgen.report.html import Html, element, join, text

LEFT, RIGHT, TOP, BOTTOM = 62, 12, 12, 40
TINY = 1e-17
Point = tuple[float, float]


class Chart:
    """Axes over a range of x and over the values that are to be shown, linear or logarithmic in y (and x)."""

    def __init__(
        self, width: int, height: int, across: tuple[float, float], values: Sequence[float], logarithmic: bool
    ) -> None:
        self.width, self.height, self.logarithmic = width, height, logarithmic
        self.low, self.high = across
        if logarithmic:
            known = [max(value, TINY) for value in values]
            self.bottom, self.top = math.log10(min(known)) - 0.4, math.log10(max(known)) + 0.4
        else:
            self.bottom, self.top = min(0.0, *values), 1.05 * max(values)
        if self.top - self.bottom < 1e-12:
            self.bottom, self.top = self.bottom - 0.5, self.top + 0.5
        self.parts: list[Html] = []
        self.attributes: dict[str, str] = {}
        self._y_ticks()

    def x(self, value: float) -> float:
        """In the units of the picture."""
        inside = self.width - LEFT - RIGHT
        return round(LEFT + inside * (value - self.low) / ((self.high - self.low) or 1.0), 2)

    def y(self, value: float) -> float:
        """In the units of the picture, downward."""
        level = math.log10(max(value, TINY)) if self.logarithmic else value
        inside = self.height - TOP - BOTTOM
        return round(TOP + inside * (self.top - level) / (self.top - self.bottom), 2)

    def label(self, across: str, up: str) -> None:
        """Names of the axes."""
        middle = (LEFT + self.width - RIGHT) / 2
        self.parts.append(_text(middle, self.height - 4, across, "axis italic"))
        at = (TOP + self.height - BOTTOM) / 2
        self.parts.append(_text(12, at, up, "axis", transform=f"rotate(-90 12 {at})"))

    def ticks(self, values: Sequence[float]) -> None:
        """Marks along x."""
        for value in values:
            at = self.x(value)
            self.parts.append(_line(at, self.height - BOTTOM, at, self.height - BOTTOM + 4, "tick"))
            self.parts.append(_text(at, self.height - BOTTOM + 16, f"{value:.4g}".replace("-", "−"), "tick"))

    def line(self, points: Sequence[Point], kind: str, title: str | None = None) -> None:
        """A line through points."""
        if len(points) < 2:
            return
        path = " ".join(f"{self.x(x)},{self.y(y)}" for x, y in points)
        said = [element("title", title)] if title else []
        self.parts.append(element("polyline", *said, points=path, class_=f"line {kind}"))

    def between(self, lower: Sequence[Point], upper: Sequence[Point], title: str) -> None:
        """A shaded area between two lines."""
        path = " ".join(f"{self.x(x)},{self.y(y)}" for x, y in (*lower, *reversed(upper)))
        self.parts.append(element("polygon", element("title", title), points=path, class_="between"))

    def points(self, points: Sequence[Point], kind: str, title: str = "place {:g}", shape: str = "circle") -> None:
        """Marks with their values as tooltips; `title` says where."""
        for x, y in points:
            said = element("title", f"{title.format(x)}: {y:.2e}")
            at, up = self.x(x), self.y(y)
            if shape == "circle":
                self.parts.append(element("circle", said, cx=str(at), cy=str(up), r="3.6", class_=f"mark {kind}"))
                continue
            turned = f"rotate(45 {at} {up})" if shape == "diamond" else None
            self.parts.append(
                element(
                    "rect", said, x=f"{at - 3.1:.2f}", y=f"{up - 3.1:.2f}", width="6.2", height="6.2", transform=turned,
                    class_=f"mark {kind}",
                )
            )  # fmt: skip

    def band(self, low: float, high: float, kind: str, said: str) -> None:
        """A shaded range of y with words in it."""
        top, bottom = self.y(high), self.y(low)
        across = self.width - LEFT - RIGHT
        box = element(
            "rect", x=str(LEFT), y=str(top), width=str(across), height=f"{bottom - top:.2f}", class_=f"band {kind}"
        )
        self.parts += [box, _text(LEFT + across / 2, (top + bottom) / 2 + 4, said, f"said {kind}")]

    def level(self, value: float, said: str) -> None:
        """A dashed line at one y with words at its right end."""
        at = self.y(value)
        self.parts.append(_line(LEFT, at, self.width - RIGHT, at, "level"))
        self.parts.append(_text(self.width - RIGHT - 4, at - 5, said, "tick end"))

    def marker(self, both: bool) -> None:
        """A vertical line that the page moves to s; without `both` signs to |s|."""
        at = self.x(0.0 if both else self.low)
        self.parts.append(_line(at, TOP, at, self.height - BOTTOM, "now"))
        self.attributes = {
            "data_left": str(LEFT),
            "data_width": str(self.width - LEFT - RIGHT),
            "data_low": f"{self.low:g}",
            "data_high": f"{self.high:g}",
        } | ({} if both else {"data_sizes": "1"})
        step = self.high / 2
        self.ticks([-self.high, -step, 0, step, self.high] if both else [self.low, self.high])

    def html(self, said: str) -> Html:
        """The picture; `said` is what it shows, for who does not see it."""
        axes = [
            _line(LEFT, TOP, LEFT, self.height - BOTTOM, "edge"),
            _line(LEFT, self.height - BOTTOM, self.width - RIGHT, self.height - BOTTOM, "edge"),
        ]
        size = f"0 0 {self.width} {self.height}"
        marks = {"viewBox": size, "role": "img", "aria_label": said, "class_": "chart", **self.attributes}
        return element("svg", *axes, *self.parts, **marks)

    def _y_ticks(self) -> None:
        if self.logarithmic:
            every = max(1, math.ceil((self.top - self.bottom) / 6))
            powers = range(math.ceil(self.bottom), math.floor(self.top) + 1)
            shown = [(10.0**power, _power(power)) for power in powers if power % every == 0]
        else:
            step = _round_step((self.top - self.bottom) / 5)
            count = range(math.ceil(self.bottom / step), math.floor(self.top / step) + 1)
            shown = [(k * step, text(f"{k * step:.6g}".replace("-", "−"))) for k in count]
        for value, said in shown:
            at = self.y(value)
            self.parts.append(_line(LEFT, at, self.width - RIGHT, at, "grid"))
            self.parts.append(_text(LEFT - 7, at + 4, said, "tick end"))


def legend(entries: Sequence[tuple[str, str, str]]) -> Html:
    """What marks stand for: kind, shape and words of each."""
    return element(
        "ul",
        *(element("li", element("i", class_=f"key {kind} {shape}"), said) for kind, shape, said in entries),
        class_="legend",
    )


def _round_step(raw: float) -> float:
    power = 10.0 ** math.floor(math.log10(raw))
    return next(factor * power for factor in (1, 2, 5, 10) if factor * power >= raw * 0.999)


def _power(exponent: int) -> Html:
    if exponent == 0:
        return text("1")
    raised = element("tspan", str(exponent).replace("-", "−"), dy="-5", font_size="8")
    return join(["10", raised])


def _text(x: float, y: float, said: str | Html, kind: str, transform: str | None = None) -> Html:
    return element("text", said, x=f"{x:.2f}", y=f"{y:.2f}", class_=kind, transform=transform)


def _line(x1: float, y1: float, x2: float, y2: float, kind: str) -> Html:
    return element("line", x1=f"{x1:g}", y1=f"{y1:g}", x2=f"{x2:g}", y2=f"{y2:g}", class_=kind)
