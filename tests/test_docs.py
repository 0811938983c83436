from __future__ import annotations

import importlib.util
import json
import re
from pathlib import Path

import pytest
import typer

import symgen
from symgen.catalog import all_names, system_names

DOCS = Path(__file__).parents[1] / "docs"


def script(name: str):
    spec = importlib.util.spec_from_file_location(name, DOCS / f"{name}.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def generator():
    return script("cli_reference")


def test_command_line_reference_is_up_to_date(generator):
    """Exactly under the typer that wrote it; another typer may word things differently, so names only."""
    committed, current = generator.PAGE.read_text(encoding="utf-8"), generator.reference()
    if f"with typer {typer.__version__};" not in committed:
        names = re.compile(r"^## .*|--[a-z][a-z-]*|^    \$ .*", re.MULTILINE)
        committed, current = (sorted(set(names.findall(text))) for text in (committed, current))
    assert committed == current, "run: python docs/cli_reference.py"


def test_page_of_the_catalog_is_up_to_date():
    """With a small picture of each, and what was measured as good as it is meant to be."""
    writer = script("catalog_page")
    assert writer.PAGE.read_text(encoding="utf-8") == writer.page(), "run: python docs/catalog_page.py"
    names = all_names()
    assert sorted(picture.stem for picture in writer.PICTURES.glob("*.png")) == sorted(names)
    assert max(picture.stat().st_size for picture in writer.PICTURES.glob("*.png")) < 60_000
    accuracy = json.loads(writer.ACCURACY.read_text(encoding="utf-8"))
    assert sorted(accuracy) == sorted(names)
    for name in system_names():
        assert (accuracy[name]["error"] or 0) <= 1e-6
        assert max(accuracy[name]["drifts"].values(), default=0) <= 1e-10


def test_pages_of_the_menu_exist():
    menu = re.findall(r": (\S+\.md)$", (DOCS / "mkdocs.yml").read_text(encoding="utf-8"), re.MULTILINE)
    assert sorted(menu) == sorted(page.name for page in (DOCS / "pages").glob("*.md"))


def test_links_between_pages_hold():
    for page in (DOCS / "pages").glob("*.md"):
        for target in re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", page.read_text(encoding="utf-8")):
            assert (page.parent / target).exists(), f"{page.name} -> {target}"


def test_changelog_tells_of_this_version():
    text = (DOCS.parent / "CHANGELOG.md").read_text(encoding="utf-8")
    version = "Unreleased" if ".dev" in symgen.__version__ else symgen.__version__
    assert f"## [{version}]" in text
