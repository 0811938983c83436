"""HTML from Python: text is escaped unless it is `Html`, which only these functions and MathML make."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from symgen.printable import escape
from symgen.report.mathml import broken_mathml


class Html(str):
    """Markup that is safe as it is."""


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


class Section(Html):
    """A section of the page, whose heading can be linked to; empty where there is nothing to say."""

    def __new__(cls, name: str, title: str, *content: Content) -> Section:
        """With an id, and a heading before its content."""
        if not any(content):
            return super().__new__(cls)
        heading = element("h2", title, id=f"{name}-title")
        return super().__new__(cls, element("section", heading, *content, id=name, aria_labelledby=f"{name}-title"))

    def __init__(self, name: str, title: str, *content: Content) -> None:
        self.name, self.title_text = name, title


def section(name: str, title: str, *content: Content, lead: Content | None = None) -> Section:
    """A section with a sentence on what it shows; empty where there is no content."""
    said = element("p", lead, class_="lead") if lead else ""
    return Section(name, title, *([said, *content] if any(content) else []))


def contents(sections: Iterable[Section]) -> Html:
    """Links to the sections that there are."""
    links = [element("li", element("a", one.title_text, href=f"#{one.name}")) for one in sections if one]
    return element("nav", element("ul", *links), aria_label="Sections")
