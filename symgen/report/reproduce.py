"""How to get the same again: command, seed, versions, checksum, settings, and the file in Python."""

from __future__ import annotations

import base64
import json
from pathlib import Path

from symgen import __version__
from symgen.generators.metadata import Metadata
from symgen.report.html import Content, Html, element, facts, join, section, table


def reproduce_section(metadata: Metadata, file: Path | None) -> Html:
    """The command is what the file says; files of older versions have none, and so have those made in Python."""
    said: dict[str, Content | None] = {
        "made by": f"symgen {metadata.symgen_version} with torch {metadata.torch_version}",
        "method": metadata.method,
        "seed": str(metadata.seed),
        "data": element("code", f"sha256:{metadata.data.sha256}", class_="hash") if metadata.data.sha256 else None,
        "this page": f"symgen {__version__}",
    }
    parts: list[Html] = []
    if metadata.command:
        parts.append(_code("command", metadata.command))
    parts.append(facts(said))
    if file is not None:
        parts.append(element("p", "In Python:", class_="note"))
        parts.append(_code("python", f"import symgen\n\ngenerators = symgen.load({file.name!r})\nprint(generators)"))
    rows: list[list[Content]] = [[name, json.dumps(value)] for name, value in metadata.settings.items()]
    settings = element(
        "details", element("summary", "All settings"), table(["setting", "value"], rows, caption="Settings")
    )
    record = base64.b64encode(metadata.model_dump_json(indent=1).encode()).decode()
    download = element(
        "a",
        "All of this as JSON",
        href=f"data:application/json;base64,{record}",
        download=f"{(file or Path('generators')).stem}.json",
    )
    return section("reproduce", "How to reproduce", *parts, settings, element("p", download, class_="note"))


def _code(name: str, text: str) -> Html:
    button = element("button", "Copy", type="button", class_="copy", data_of=name, hidden="hidden")
    return element("div", join([element("pre", element("code", text, id=name)), button]), class_="code")
