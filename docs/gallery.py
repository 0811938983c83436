"""Write docs/pages/gallery.md: `python docs/gallery.py`; with `--draw [NAME ...]` its pictures first, from real runs.

Drawing takes minutes; `--draw pages` draws those of other pages and of README. tests/test_docs.py checks
that page and pictures belong together.
"""

from __future__ import annotations

import argparse
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path

from checkout import ROOT, environment
from PIL import Image

HERE = Path(__file__).parent
PAGE = HERE / "pages" / "gallery.md"
PICTURES = HERE / "pages" / "images" / "gallery"
README_PICTURES = HERE / "pages" / "images" / "small"
WIDTH, COLOURS = 1100, 128
README_WIDTH = 420
README_SOURCES = ("kdv", "spirals", "cifar10")
INTRODUCTION = """\
# Gallery

<!-- written by docs/gallery.py; do not edit -->

What comes out, in pictures. Every one is drawn by the command beside it (`symgen catalog` shows more equations to try).
"""


@dataclass(frozen=True)
class Entry:
    """A picture: the commands that draw it, the file among what they write, and a word on what is to be seen."""

    name: str
    title: str
    commands: tuple[str, ...]
    figure: str
    words: str


ENTRIES = (
    Entry(
        "burgers",
        "Burgers' equation",
        ("symgen discover burgers",),
        "burgers-figures/overview.png",
        "Five symmetries of one scalar equation: two translations, a boost, a scaling, and the projective one, which "
        "no one guesses. Left the data, in the middle the data moved along each field, with the window that they had "
        "as a dashed line, right the gap between symmetries and other fields.",
    ),
    Entry(
        "ks-moved",
        "Moved solutions",
        ("symgen discover ks --periodic",),
        "ks-figures/moved.png",
        "A chaotic solution of Kuramoto-Sivashinsky's equation, moved along each of its symmetries at finite scale: "
        "what comes out solves the equation as well as before.",
    ),
    Entry(
        "nls",
        "Nonlinear Schroedinger equation",
        ("symgen discover nls",),
        "nls-figures/fields.png",
        "A system of two unknowns, the real and imaginary part of psi: translations, the turn of the phase, Galilei's "
        "boost, and a scaling.",
    ),
    Entry(
        "kepler",
        "Kepler's problem",
        ("symgen discover kepler",),
        "kepler-figures/moved.png",
        "Ordinary equations. An orbit, an earlier or later one, a turned one, and one that is larger and slower, as "
        "Kepler's third law has it.",
    ),
    Entry(
        "conserved",
        "What is conserved",
        ("symgen discover wave2d",),
        "wave2d-figures/conserved.png",
        "Integrals of densities against time, with their errors, beside densities that are not conserved.",
    ),
    Entry(
        "lorentz",
        "The Lorentz group in particle data",
        ("python examples/lorentz.py", "symgen discover decays.npz --target mass --columns E,px,py,pz"),
        "decays-figures/fields.png",
        "Boosts and rotations, from momenta and masses of pairs of particles alone; the curves are orbits of the data.",
    ),
    Entry(
        "spectrum",
        "The gap",
        ("symgen discover shallow-water",),
        "shallow-water-figures/spectrum.png",
        "Why nine and not ten: the defects of all fields of the library, in order. What lies before the gap is a "
        "symmetry.",
    ),
)

OF_PAGES = (
    Entry("kdv", "", ("symgen discover kdv",), "kdv-figures/overview.png", ""),
    Entry("conserved", "", ("symgen discover kdv",), "kdv-figures/conserved.png", ""),
    Entry(
        "spirals",
        "",
        (
            "symgen simulate reaction-diffusion -n 2 --points 32 --length 6 --duration 1 -o spirals.h5",
            "symgen discover spirals.h5",
        ),
        "spirals-figures/fields.png",
        "",
    ),
    Entry("kepler-moved", "", ("symgen discover kepler",), "kepler-figures/moved.png", ""),
    Entry("lorentz", "", ENTRIES[5].commands, ENTRIES[5].figure, ""),
)
"""Pictures of other pages and of README, in docs/pages/images; that of CIFAR-10 takes a trained network."""


def page() -> str:
    """The page, without drawing anything."""
    sections = [INTRODUCTION]
    for entry in ENTRIES:
        commands = ", then ".join(f"`{command}`" for command in entry.commands)
        sections.append(f"\n## {entry.title}\n\n{commands}\n\n{entry.words}\n")
        sections.append(f"\n![{entry.title}](images/gallery/{entry.name}.png)\n")
    sections.append(
        "\n## Images\n\n`symgen discover cifar10 --n-generators 10`, after a network was trained on the images "
        "([tutorial](tutorials/images.ipynb) on images that are made in seconds).\n\nThe first three are close to the "
        "translations and the rotation. The grey background is the weight that says where features react to moves.\n"
        "\n![Ten generators found in CIFAR-10](images/cifar10.png)\n"
    )
    return "".join(sections)


def draw(entry: Entry, folder_of_pictures: Path) -> None:
    """Runs the commands in a fresh folder and keeps the picture, smaller."""
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "examples").symlink_to(ROOT / "examples")
        for command in entry.commands:
            shell = ["bash", "-c", command]
            subprocess.run(shell, cwd=folder, env=environment(), check=True, stdout=subprocess.DEVNULL)
        shrink(Path(folder) / entry.figure, folder_of_pictures / f"{entry.name}.png", WIDTH)


def shrink(source: Path, target: Path, width: int) -> None:
    """A copy that is at most so wide, with few colours."""
    target.parent.mkdir(parents=True, exist_ok=True)
    picture = Image.open(source).convert("RGB")
    if picture.width > width:
        picture = picture.resize((width, round(picture.height * width / picture.width)), Image.Resampling.LANCZOS)
    picture.quantize(COLOURS, Image.Quantize.MAXCOVERAGE, kmeans=2).save(target, optimize=True)


def main() -> None:
    """Draws what is named, then writes the page."""
    parser = argparse.ArgumentParser(description="Write the gallery.")
    parser.add_argument("--draw", nargs="*", metavar="NAME", help="draw these first; all without names")
    asked = parser.parse_args()
    if asked.draw is not None:
        for entry in ENTRIES:
            if not asked.draw or entry.name in asked.draw:
                print(entry.name, flush=True)
                draw(entry, PICTURES)
        if not asked.draw or "pages" in asked.draw:
            for entry in OF_PAGES:
                print(entry.name, flush=True)
                draw(entry, PAGE.parent / "images")
            for name in README_SOURCES:
                shrink(HERE / "pages" / "images" / f"{name}.png", README_PICTURES / f"{name}.png", README_WIDTH)
    PAGE.write_text(page(), encoding="utf-8")


if __name__ == "__main__":
    main()
