"""`symgen inspect` on images: their classes, size and number."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from rich.console import Group

from symgen.cli.output import Output, facts, table

if TYPE_CHECKING:
    from symgen.cli.figure_files import FigureFolder


def inspect_images(out: Output, path: Path, folder: FigureFolder | None) -> None:
    """Print what a folder or file of images holds, and draw some of each class into a folder, if there is one."""
    from symgen.image.datasets import load_images

    with out.progress("Reading images") as update:
        data = load_images(path, progress=update)
    drawn: list[Path] = []
    if folder is not None:
        from symgen.plots.contact_sheet import contact_sheet

        drawn = folder.save(out, {"images": contact_sheet(data)})
    for note in data.notes:
        out.note(note)
    counts = {
        name: [int((part.labels == place).sum()) for part in (data.train, data.test)]
        for place, name in enumerate(data.classes)
    }
    height, width = data.size
    document = {
        "file": path,
        "name": data.name,
        "height": height,
        "width": width,
        "train": len(data.train),
        "test": len(data.test),
        "classes": {name: {"train": train, "test": test} for name, (train, test) in counts.items()},
        "notes": data.notes,
        "figures": drawn,
    }
    about = {
        "images": f"{path}, {height} x {width} pixels",
        "training": len(data.train),
        "test": len(data.test),
        "next": f"find their symmetries with `symgen discover {path}`",
    }
    rows = [[name, *numbers] for name, numbers in counts.items()]
    classes = table(("class", "training", "test"), rows, numbers=("training", "test"))
    out.result(document, lambda: Group(facts(about), "", classes, *(f"figure: {one}" for one in drawn)))
