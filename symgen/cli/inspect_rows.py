"""`symgen inspect --points`: which arrays a file of points has, and what is in them."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from rich.console import Group

from symgen.cli.output import Output, facts, table

if TYPE_CHECKING:
    import numpy as np

    from symgen.cli.figure_files import FigureFolder


def inspect_rows(out: Output, path: Path, folder: FigureFolder | None) -> None:
    """Print the arrays of a file with a row for every point, and draw their columns into a folder, if there is one."""
    from symgen.points.rows import read_rows

    rows = read_rows(path)
    for note in rows.notes:
        out.note(note)
    for name, why in rows.refused.items():
        out.note(f"The array {name!r} was not read: {why}.")
    arrays = {name: _about(array) for name, array in rows.arrays.items()}
    drawn: list[Path] = []
    if folder is not None:
        from symgen.plots.columns import columns_figure

        figure = columns_figure(path.name, rows.arrays)
        if figure is None:
            out.warning("No array has numbers that could be drawn.")
        else:
            drawn = folder.save(out, {"points": figure})
    document = {"file": path, "arrays": arrays, "not_read": rows.refused, "figures": drawn}
    numbers = ("least", "greatest", "mean", "deviation")
    cells = [
        [name, " x ".join(map(str, one["shape"])), *(f"{one[key]:.4g}" if key in one else "" for key in numbers)]
        for name, one in arrays.items()
    ]
    about = {"file": path, "next": f"symgen discover --points {path} --target NAME"}
    listed = table(("array", "shape", *numbers), cells, numbers=numbers)
    out.result(document, lambda: Group(facts(about), "", listed, *(f"figure: {one}" for one in drawn)))


def _about(array: np.ndarray) -> dict[str, Any]:
    """Its shape, and of real numbers where they are; what is not finite is counted and left out."""
    import numpy as np

    found: dict[str, Any] = {"shape": array.shape, "type": str(array.dtype)}
    if array.dtype.kind not in "fiub":
        return found
    values = array[np.isfinite(array)].astype(np.float64)
    if len(values) < array.size:
        found["not_finite"] = array.size - len(values)
    if len(values):
        found |= {
            "least": float(values.min()),
            "greatest": float(values.max()),
            "mean": float(values.mean()),
            "deviation": float(values.std()),
        }
    return found
