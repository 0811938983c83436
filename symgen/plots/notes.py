"""Words in figures: titles of rows, captions, what is said in an empty panel; and how wide words are."""

from __future__ import annotations

from matplotlib.axes import Axes
from matplotlib.figure import Figure, SubFigure
from matplotlib.font_manager import FontProperties
from matplotlib.textpath import text_to_path
from matplotlib.transforms import ScaledTranslation

from symgen.plots.style import FAINT, INK, NORMAL, SMALL


def text_width(text: str, size: float) -> float:
    """Width of a line in inches, mathtext included."""
    return text_to_path.get_text_width_height_descent(text, FontProperties(size=size), ismath=True)[0] / 72


def row_header(figure: SubFigure, title: str, note: str, colour: str | None = None) -> None:
    """A title at the left of a subfigure's top, a smaller note at its right."""
    figure.suptitle(title, x=0.01, ha="left", fontsize=NORMAL + 0.5, color=colour or INK)
    below = figure.transSubfigure + ScaledTranslation(0, -6 / 72, figure.dpi_scale_trans)
    figure.text(0.99, 1, note, transform=below, ha="right", va="top", fontsize=SMALL, color=FAINT)


def caption(figure: Figure | SubFigure, text: str, inches: float) -> None:
    """What there is to know to read a figure, below it, in lines of so many `inches`."""
    lines: list[str] = []
    for word in text.split(" "):
        if lines and text_width(f"{lines[-1]} {word}", SMALL) <= inches:
            lines[-1] += f" {word}"
        else:
            lines.append(word)
    figure.supxlabel("\n".join(lines), fontsize=SMALL, color=FAINT, linespacing=1.3)


def says(axes: Axes, text: str) -> None:
    """Words in the middle of a panel that has nothing to draw."""
    axes.text(
        0.5,
        0.5,
        text,
        transform=axes.transAxes,
        ha="center",
        va="center",
        fontsize=NORMAL,
        color=FAINT,
        bbox={"facecolor": "white", "edgecolor": "none", "alpha": 0.8, "pad": 3},
    )
