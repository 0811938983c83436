"""HTML from Python: text is escaped unless it is `Html`, which only these functions and MathML make."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from html import escape

from symgen.report.mathml import broken_mathml


class Html(str):
    """Markup that is safe as it is."""

    __slots__ = ()


Content = str | Html
EMPTY = ("input", "br", "img")
"""Elements without content or an end."""


def text(content: Content) -> Html:
    """Content as markup: text is escaped."""
    return content if isinstance(content, Html) else Html(escape(content))


def join(parts: Iterable[Content], between: str = "") -> Html:
    """Parts one after the other."""
    return Html(between.join(text(part) for part in parts))


def element(name: str, /, *content: Content, **attributes: str | None) -> Html:
    """`<name attributes>content</name>`; `class_` and `data_x` are class and data-x, None is left out."""
    written = "".join(
        f' {key.rstrip("_").replace("_", "-")}="{escape(value)}"'
        for key, value in attributes.items()
        if value is not None
    )
    return Html(f"<{name}{written}>" if name in EMPTY else f"<{name}{written}>{join(content)}</{name}>")


def formula(content: str) -> Html:
    """A formula in plain notation, set as mathematics in lines that may break."""
    return Html(broken_mathml(content))


def facts(rows: Mapping[str, Content | None]) -> Html:
    """Names and what is said of each, without those that are None or empty."""
    pairs = [join([element("dt", name), element("dd", said)]) for name, said in rows.items() if said]
    return element("dl", *pairs, class_="facts") if pairs else Html("")


def table(
    header: Sequence[Content],
    rows: Iterable[Sequence[Content]],
    numbers: Sequence[int] = (),
    caption: str | None = None,
) -> Html:
    """A table whose first cells name their rows; columns in `numbers` are aligned to the right and never broken."""
    place = ["number" if column in numbers else None for column in range(len(header))]
    head = element(
        "tr", *(element("th", name, scope="col", class_=kind) for name, kind in zip(header, place, strict=True))
    )
    body = [
        element(
            "tr",
            element("th", row[0], scope="row", class_=place[0]),
            *(element("td", cell, class_=kind) for cell, kind in zip(row[1:], place[1:], strict=True)),
        )
        for row in rows
    ]
    title = element("caption", caption) if caption else ""
    whole = element("table", title, element("thead", head), element("tbody", *body))
    return element("div", whole, class_="scroll", tabindex="0", role="region", aria_label=caption or "table")


def section(name: str, title: str, *content: Content, lead: Content | None = None) -> Html:
    """A section of the page with a heading that can be linked to; none where there is no content."""
    if not any(content):
        return Html("")
    said = element("p", lead, class_="lead") if lead else ""
    return element(
        "section", element("h2", title, id=f"{name}-title"), said, *content, id=name, aria_labelledby=f"{name}-title"
    )
