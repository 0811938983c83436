"""The part of the page that moves: controls and the places that its script draws into."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from symgen.generators.domains import ImageDomain, PointsDomain, SystemDomain
from symgen.generators.metadata import Metadata
from symgen.report.chart import legend
from symgen.report.fields import cards
from symgen.report.html import Html, element, join
from symgen.report.left_over import LeftOver


def stage_section(metadata: Metadata, scene: Mapping[str, Any], left: LeftOver | None) -> Html:
    """Generators to choose from, the slider for s, the moved datum, the field, and what is left."""
    if scene["kind"] == "none":
        said = "The file has no datum to move: an older symgen wrote it. Give the data with --data, or discover again."
        return element("p", said, class_="note")
    count = len(scene["generators"])
    stage = element(
        "div",
        element("div", cards(metadata, count), class_="choice"),
        element("div", _slider(), _panels(metadata, scene), _lower(metadata, scene, left, count), class_="view"),
        id="stage",
        hidden="hidden",
    )
    broken = element(
        "p", "This browser cannot unpack the pictures that move. A browser of 2023 or later can.", id="no-stage", hidden="hidden", class_="note"
    )  # fmt: skip
    script = element(
        "noscript",
        element("p", "The pictures that move need JavaScript; all else on this page does not.", class_="note"),
    )
    lead = element("p", _lead(metadata), class_="lead")
    return element(
        "section",
        element("h2", "Move it", id="move-title"),
        lead,
        script,
        broken,
        stage,
        element("div", id="printed"),
        id="move",
        aria_labelledby="move-title",
    )


def _lead(metadata: Metadata) -> str:
    domain = metadata.domain
    if isinstance(domain, ImageDomain):
        return "An image moved along each generator by s: the picture at every pixel is taken from where the flow carries it."
    if isinstance(domain, PointsDomain):
        return "Points moved along each generator by s. Their colours, what is to stay as it is, go with them."
    return "A solution moved along each generator by s. A symmetry makes another solution of it."


def _slider() -> Html:
    play = element("button", element("span", "Play"), type="button", id="play", aria_pressed="false")
    zero = element("button", "s = 0", type="button", id="zero", title="Back to the data as they are")
    slider = element("input", type="range", id="s", min="-1", max="1", step="any", value="0", aria_describedby="reach")
    said = element("output", id="s-value", for_="s")
    return element(
        "div",
        element("label", "How far: s", for_="s", class_="hear"),
        play,
        slider,
        said,
        zero,
        element("span", id="s-formula", class_="as-formula"),
        element("p", id="reach", class_="note"),
        class_="slider",
    )


def _panels(metadata: Metadata, scene: Mapping[str, Any]) -> Html:
    told = []
    if scene["kind"] == "mesh":
        held = element("span", id="held") if scene["held"] else ""
        told = ["Dashed: the window of the data.", " ", held]
    elif scene["kind"] == "curve":
        keys = [("data", "stroke", "the data"), ("moved", "stroke", "moved; the dot is where it begins")]
        return join([element("div", id="panels", class_="panels curve"), legend(keys)])
    elif scene["kind"] == "dots":
        coloured = f", coloured by {scene['value']}" if "value" in scene else ""
        told = [f"Small grey: the points as they are. Large: moved{coloured}."]
    return join(
        [
            element("div", id="panels", class_=f"panels {scene['kind']}"),
            element("p", *told, class_="note") if told else "",
        ]
    )


def _lower(metadata: Metadata, scene: Mapping[str, Any], left: LeftOver | None, count: int) -> Html:
    """The section, the field, and the chart of what is left."""
    parts = []
    if scene["kind"] == "mesh" and scene["independent"] == 2 and not scene["held"]:
        across, up = scene["names"][:2]
        slider = element("input", type="range", id="section-at", step="any", aria_label=f"{up} of the section")
        parts.append(
            element(
                "figure",
                element("canvas", id="section", role="img", aria_label=f"Section at one {up}: the data and the moved ones"),
                element("figcaption", "Section at ", element("output", id="section-value"), ": ", _key("data"), " data, ", _key("moved"), " moved"),
                slider,
                class_="square",
            )
        )  # fmt: skip
    parts.append(_field(metadata, scene))
    if left is not None:
        charts = [
            element("div", left.chart(place), data_generator=str(place), hidden="hidden") for place in range(count)
        ]
        keys = [("own", "stroke", "this generator"), ("reference", "stroke", _references(left))]
        parts.append(element("figure", *charts, legend(keys), class_="left-over square"))
    return element("div", *parts, class_="panels lower")


def _references(left: LeftOver) -> str:
    names = [name for name, _ in left.references]
    return "affine and random fields" if len(names) > 3 else "; ".join(names)


def _key(kind: str) -> Html:
    return element("i", class_=f"key {kind} stroke")


def _field(metadata: Metadata, scene: Mapping[str, Any]) -> Html:
    names = scene["names"]
    turns = len(names) > 2
    keys = " Drag it, or use the arrow keys, to turn it; plus and minus zoom, Home resets." if turns else ""
    said = f"Arrows of the vector field at points of the data.{keys}"
    canvas = element(
        "canvas", id="field", role="application" if turns else "img", aria_label=said, tabindex="0" if turns else None
    )
    menus: list[Html] = []
    if len(names) > 3:
        options = [element("option", name, value=str(place)) for place, name in enumerate(names)]
        menus = [element("select", *options, aria_label=f"Axis {axis} of the field") for axis in (1, 2, 3)]
    caption = ["The field" + (": drag, or arrow keys, to turn" if turns else "")]
    axes = element("span", " Axes: ", *menus, id="axes") if menus else ""
    kind = "square" if not isinstance(metadata.domain, SystemDomain) else "square"
    return element("figure", canvas, element("figcaption", *caption, axes), class_=f"field {kind}")
