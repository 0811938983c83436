"""What `symgen augment` draws: an original beside copies of it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from symgen.cli.figure_files import FigureFile
from symgen.cli.output import Output

if TYPE_CHECKING:
    from symgen.augmentation.point_arrays import PointArrays
    from symgen.pde.solutions import Solutions

COPIES = 3


def draw_augmented(out: Output, picture: FigureFile | None, path: Path, of_system: bool) -> list[Path]:
    """Draw the first original that has copies, and some of these, from a file of solutions that was just written."""
    if picture is None:
        return []
    with out.part("figure"):
        import numpy as np

        from symgen.augmentation.file import load_augmented
        from symgen.augmentation.solution_file import load_augmented_solutions
        from symgen.plots.solutions import solutions_figure

        data: Solutions
        if of_system:
            read = load_augmented_solutions(path)
            data, source, coefficients = read.data, read.source, read.coefficients
        else:
            found = load_augmented(path)
            data, source, coefficients = found.data.solutions, found.source, found.coefficients
        moved = np.flatnonzero(coefficients.any(1))
        if not len(moved):
            out.warning("There are no copies, so none is drawn.")
            return []
        original = int(source[moved[0]])
        copies = moved[source[moved] == original][:COPIES]
        shown = replace(data, kept=data.kept[[original, *copies.tolist()]])
        titles = [f"solution {original}", *(f"moved copy {place}" for place in range(1, len(copies) + 1))]
        return picture.save(out, solutions_figure(shown, titles))


def draw_moved_points(out: Output, picture: FigureFile | None, path: Path, data: PointArrays) -> list[Path]:
    """Draw points and their copies, from a file of points that was just written."""
    if picture is None:
        return []
    with out.part("figure"):
        import numpy as np

        from symgen.plots.point_copies import point_copies_figure

        with np.load(path) as written:
            source, particles = written["source"], data.points.shape[1]
            parts = [written[name].reshape(len(source), particles, -1) for name in data.inputs.arrays]
        return picture.save(out, point_copies_figure(np.concatenate(parts, 2), source, data.inputs.names))
