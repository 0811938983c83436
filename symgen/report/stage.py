"""The part of the page that moves: controls and the places that its script draws into."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from symgen.generators.domains import ImageDomain, PointsDomain
from symgen.generators.metadata import Metadata
from symgen.report.chart import legend
from symgen.report.fields import cards
from symgen.report.html import Content, Html, Section, element, join, section
from symgen.report.left_over import LeftOver

OF_POINTS = {
    "invariance": "Their colours, what is to stay as it is, go with them.",
    "equivariance": "The values of the function move with them; their colours are the values that they had.",
    "density": "Their colours are the density that they had, which a symmetry changes by the change of volumes only.",
    "own": "Their colours, what is to stay as it is, go with them.",
}
"""What a function has to do with the moved points, by the condition."""
_DATA = ("data", "stroke", "the data")


def stage_section(metadata: Metadata, scene: Mapping[str, Any], left: LeftOver | None) -> Section:
    """Generators to choose from, the slider for s, the moved datum, the field, and what is left."""
    if scene["kind"] == "none":
        said = "The file has no datum to move: an older symgen wrote it. Give the data with --data, or discover again."
        return section("move", "Move it", element("p", said, class_="note"))
    count = len(scene["generators"])
    stage = element(
        "div",
        element("div", cards(metadata, count), class_="choice"),
        element("div", _slider(), _panels(scene), _lower(metadata, scene, left), class_="view"),
        id="stage",
        hidden="hidden",
    )
    old = "This browser cannot unpack the pictures that move. A browser of 2023 or later can."
    broken = element("p", old, id="no-stage", hidden="hidden", class_="note")
    script = element(
        "noscript",
        element("p", "The pictures that move need JavaScript; all else on this page does not.", class_="note"),
    )
    return section("move", "Move it", script, broken, stage, element("div", id="printed"), lead=_lead(metadata))


def _lead(metadata: Metadata) -> str:
    domain = metadata.domain
    if isinstance(domain, ImageDomain):
        return "An image moved along each generator by s: every pixel is taken from where the flow carries it."
    if isinstance(domain, PointsDomain) and not domain.outputs:
        return "Points moved along each generator by s. A symmetry leaves them as dense as they are everywhere."
    if isinstance(domain, PointsDomain):
        return f"Points moved along each generator by s. {OF_POINTS[domain.condition]}"
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


def _panels(scene: Mapping[str, Any]) -> Html:
    """Where the moved datum goes, and what its lines and colours mean."""
    place = element("div", id="panels", class_=f"panels {scene['kind']}")
    if scene["kind"] == "curve":
        return join([place, legend([_DATA, ("moved", "stroke", "moved; the dot is where it begins")])])
    told: list[Content] = []
    if scene["kind"] == "mesh":
        told = ["Dashed: the window of the data. ", element("span", id="held") if scene["held"] else ""]
    elif scene["kind"] == "dots":
        coloured = f", coloured by {scene['value']}" if "value" in scene else ""
        told = [f"Small grey dots: the points as they are. Large ones: moved{coloured}."]
    return join([place, element("p", *told, class_="note") if told else "", _section(scene)])


def _section(scene: Mapping[str, Any]) -> Html:
    """Through a solution of two variables, at a place that can be moved."""
    if scene["kind"] != "mesh" or scene["independent"] != 2:
        return Html("")
    up, unknown = scene["names"][1], scene["names"][2]
    told = f"Section at one {up}: {unknown} of the data and of the moved ones"
    at = element("span", "Section at ", element("output", id="section-value", for_="section-at"))
    slider = element("input", type="range", id="section-at", step="any", aria_label=f"{up} of the section")
    return element(
        "figure",
        element("canvas", id="section", role="img", aria_label=told),
        element("figcaption", at, slider, legend([_DATA, ("moved", "stroke", "moved")])),
        class_="section",
    )


def _lower(metadata: Metadata, scene: Mapping[str, Any], left: LeftOver | None) -> Html:
    """The field, and the chart of what is left."""
    parts = [_field(scene["names"], isinstance(metadata.domain, ImageDomain))]
    if left is not None:
        charts = [
            element("div", left.chart(place), data_generator=str(place), hidden="hidden")
            for place in range(len(scene["generators"]))
        ]
        parts.append(element("figure", *charts, class_="left-over square"))
    return element("div", *parts, class_="panels lower")


def _field(names: Sequence[str], image: bool) -> Html:
    turns = len(names) > 2
    keys = " Drag it, or use the arrow keys, to turn it; plus and minus zoom, Home resets." if turns else ""
    told = f"Arrows of the vector field at points of the data.{keys}"
    role = "application" if turns else "img"
    canvas = element("canvas", id="field", role=role, aria_label=told, tabindex="0" if turns else None)
    axes: Content = ""
    if len(names) > 3:
        options = [element("option", name, value=str(place)) for place, name in enumerate(names)]
        menus = (element("select", *options, aria_label=f"Axis {axis} of the field") for axis in (1, 2, 3))
        axes = element("span", *menus, id="axes")
    caption = "The field; drag it, or use arrow keys" if turns else "The field"
    if image:
        caption = "The field: the picture at the start of an arrow is taken from along it"
    return element("figure", canvas, element("figcaption", caption, " ", axes), class_="field square")
