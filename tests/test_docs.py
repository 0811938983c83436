from __future__ import annotations

import json
import re

import pytest
import typer
from docs_scripts import DOCS, script

import symgen
from symgen.catalog import all_names, system_names

PAGES = sorted([*(DOCS / "pages").rglob("*.md"), *(DOCS / "pages").rglob("*.ipynb")])


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
    menu = re.findall(r": (\S+\.(?:md|ipynb))$", (DOCS / "mkdocs.yml").read_text(encoding="utf-8"), re.MULTILINE)
    assert sorted(menu) == sorted(str(page.relative_to(DOCS / "pages")) for page in PAGES)


@pytest.mark.parametrize("page", [DOCS.parent / "README.md", *PAGES], ids=lambda page: page.stem)
def test_links_between_pages_hold(page):
    """The files, and in them the headings."""
    for target, _, anchor in re.findall(r"\]\(([^)#:]*)(#([^)\s]+))?\)", prose(page)):
        linked = page.parent / target if target else page
        assert linked.exists(), f"{page.name} -> {target}"
        if anchor and linked.suffix == ".md" and linked.name not in ("api.md", "cli.md"):
            assert anchor in anchors(linked), f"{page.name} -> {target}#{anchor}"


def prose(page):
    """The text of a page; of a notebook that of its cells."""
    text = page.read_text(encoding="utf-8")
    if page.suffix == ".md":
        return text
    cells = json.loads(text)["cells"]
    return "\n".join("".join(cell["source"]) for cell in cells if cell["cell_type"] == "markdown")


def anchors(page):
    """Of the headings of a page, as the site makes them."""
    headings = re.findall(r"^#+ (.+)$", page.read_text(encoding="utf-8"), re.MULTILINE)
    return {
        re.sub(r"[-\s]+", "-", re.sub(r"[^\w\s-]", "", title.replace("`", "")).strip().lower()) for title in headings
    }


def test_gallery_is_up_to_date():
    """The page is what its program writes, and has a picture of bearable size for each entry."""
    gallery = script("gallery")
    assert gallery.PAGE.read_text(encoding="utf-8") == gallery.page(), "run: python docs/gallery.py"
    pictures = {picture.stem: picture.stat().st_size for picture in gallery.PICTURES.glob("*.png")}
    assert sorted(pictures) == sorted(entry.name for entry in gallery.ENTRIES)
    assert max(pictures.values()) < 300_000
    small = {picture.stem: picture.stat().st_size for picture in gallery.README_PICTURES.glob("*.png")}
    assert sorted(small) == sorted(gallery.README_SOURCES)
    assert max(small.values()) < 60_000


def test_first_screen_of_the_readme_says_what_it_is():
    """A sentence, pictures of an equation, a system and images, and how to install it."""
    first = "\n".join((DOCS.parent / "README.md").read_text(encoding="utf-8").splitlines()[:25])
    assert "symmetries" in first.splitlines()[2]
    assert all(f"images/small/{name}.png" in first for name in ("kdv", "spirals", "cifar10"))
    assert "pip install" in first


def test_changelog_tells_of_this_version():
    text = (DOCS.parent / "CHANGELOG.md").read_text(encoding="utf-8")
    version = "Unreleased" if ".dev" in symgen.__version__ else symgen.__version__
    assert f"## [{version}]" in text
