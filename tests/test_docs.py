from __future__ import annotations

import importlib.util
import re
from pathlib import Path

import pytest
import typer

import symgen

DOCS = Path(__file__).parents[1] / "docs"


@pytest.fixture(scope="module")
def generator():
    spec = importlib.util.spec_from_file_location("cli_reference", DOCS / "cli_reference.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_command_line_reference_is_up_to_date(generator):
    """Exactly under the typer that wrote it; another typer may word things differently, so names only."""
    committed, current = generator.PAGE.read_text(encoding="utf-8"), generator.reference()
    if f"with typer {typer.__version__};" not in committed:
        names = re.compile(r"^## .*|--[a-z][a-z-]*|^    \$ .*", re.MULTILINE)
        committed, current = (sorted(set(names.findall(text))) for text in (committed, current))
    assert committed == current, "run: python docs/cli_reference.py"


def test_pages_of_the_menu_exist():
    menu = re.findall(r": (\S+\.md)$", (DOCS / "mkdocs.yml").read_text(encoding="utf-8"), re.MULTILINE)
    assert sorted(menu) == sorted(page.name for page in (DOCS / "pages").glob("*.md"))


def test_links_between_pages_hold():
    for page in (DOCS / "pages").glob("*.md"):
        for target in re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", page.read_text(encoding="utf-8")):
            assert (page.parent / target).exists(), f"{page.name} -> {target}"


def test_changelog_tells_of_this_version():
    text = (DOCS.parent / "CHANGELOG.md").read_text(encoding="utf-8")
    assert f"## [{symgen.__version__}]" in text
