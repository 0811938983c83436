"""The page as one file: style, script and data in it, and a policy that lets nothing else in."""

from __future__ import annotations

import base64
import hashlib
from functools import cache
from importlib.resources import files
from urllib.parse import quote

from symgen.report.html import Html, element, join

SCRIPTS = ("motion", "axes", "mesh", "panels", "field", "stage", "page")
"""In the order in which they use each other."""
ICON = "data:image/svg+xml," + quote(
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 16 16"><path d="M2 12C5 2 11 14 14 4" fill="none" '
    'stroke="#2563a8" stroke-width="2" stroke-linecap="round"/></svg>'
)


def document(title: str, body: Html, described: str, arrays: str) -> str:
    """The page: its body, the scene as JSON, and the packed arrays that the scene names."""
    script = '"use strict";\n(() => {\n' + "\n".join(_asset(f"{name}.js") for name in SCRIPTS) + "\n})();\n"
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    # nothing but the page's own script can run, and nothing at all can be fetched
    policy = f"default-src 'none'; script-src 'sha256-{digest}'; style-src 'unsafe-inline'; img-src data:"
    head = join(
        [
            Html('<meta charset="utf-8">'),
            Html(f'<meta http-equiv="Content-Security-Policy" content="{policy}">'),
            Html('<meta name="viewport" content="width=device-width, initial-scale=1">'),
            Html('<meta name="color-scheme" content="light dark">'),
            Html(f'<link rel="icon" href="{ICON}">'),
            element("title", title),
            Html(f"<style>\n{_asset('report.css')}</style>"),
        ],
        "\n",
    )
    data = Html(f'<script type="application/json" id="scene">{described}</script>')
    packed = Html(f'<script type="application/octet-stream" id="arrays">{arrays}</script>')
    run = Html(f"<script>{script}</script>")
    whole = join([body, data, packed, run], "\n")
    return f'<!DOCTYPE html>\n<html lang="en">\n<head>\n{head}\n</head>\n<body>\n{whole}\n</body>\n</html>\n'


@cache
def _asset(name: str) -> str:
    return (files("symgen.report") / "assets" / name).read_text(encoding="utf-8")
