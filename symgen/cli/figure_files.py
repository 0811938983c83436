"""Where the figures of a command go: a folder of several, or one file; in which format, and whether they are shown."""

from __future__ import annotations

import os
import tempfile
import warnings
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, Literal, get_args

from symgen.cli.viewer import show
from symgen.exceptions import SymgenWarning, UsageError

if TYPE_CHECKING:
    from symgen.cli.output import Output
    from symgen.plots import Figure

FigureFormat = Literal["png", "pdf", "svg"]
FORMATS: tuple[FigureFormat, ...] = get_args(FigureFormat)


def require_no_figures(figures: Path | None, format: FigureFormat | None, shown: bool) -> None:
    """Raise UsageError where --no-figures was given and something that needs figures, too."""
    given = {"--figures": figures, "--format": format, "--open": shown}
    for option, value in given.items():
        if value:
            raise UsageError(f"{option} and --no-figures exclude each other. Give one of them.")


@dataclass(frozen=True)
class FigureFolder:
    """A folder for figures; `force` says whether files may be replaced, `shown` whether the desktop shows them."""

    path: Path
    format: FigureFormat
    force: bool
    shown: bool

    @classmethod
    def choose(
        cls, path: Path | None, format: FigureFormat | None, force: bool, shown: bool, *inputs: str | Path | None
    ) -> FigureFolder | None:
        """The folder that was given, or a temporary one for figures that are only to be shown; None for no figures.

        Raises UsageError where files would be lost or cannot be written, or a format is given for nothing.
        """
        if path is None and not shown:
            if format is not None:
                raise UsageError(f"--format {format} is of figures. Draw them with --figures DIR or --open.")
            return None
        folder = cls(path or Path(tempfile.mkdtemp(prefix="symgen-")), format or "png", force, shown)
        folder.require_fresh(inputs)
        return folder

    def require_fresh(self, inputs: Sequence[str | Path | None] = ()) -> None:
        """Raise UsageError if figures would replace files without --force, or have no place at all.

        They never go where they could replace one of the `inputs`, or be taken for one of a folder of images.
        """
        folder, place = self.path, self.path.resolve()
        for read in (Path(path).resolve() for path in inputs if path is not None and Path(path).exists()):
            if read.is_dir() and place.is_relative_to(read):
                raise UsageError(
                    f"{folder} lies in {read}, so its figures would be taken for data. Use another --figures."
                )
            if read.parent == place and read.suffix == f".{self.format}":
                raise UsageError(f"{read} is read, and a figure could replace it in {folder}. Use another --figures.")
        existing = next(place for place in (folder, *folder.absolute().parents) if place.exists())
        if not existing.is_dir() or not os.access(existing, os.W_OK):
            raise UsageError(f"{folder} cannot be made: {existing} is no folder that can be written to.")
        if folder.exists() and not self.force and any(folder.iterdir()):
            raise UsageError(f"{folder} exists already. Use --force to replace its figures, or --figures for others.")

    def save(self, out: Output, figures: Mapping[str, Figure]) -> list[Path]:
        """Write figures under their names, and show them where that is wanted."""
        from symgen.plots.style import save_figure

        folder = self._made()
        paths = []
        with out.progress("Drawing", "figures") as update:
            for place, (name, figure) in enumerate(figures.items()):
                update(place, len(figures))
                paths.append(save_figure(figure, folder / f"{name}.{self.format}", self.force))
        if self.shown:
            show(out, paths)
        return paths

    def _made(self) -> Path:
        """The folder, made; without `force` another one where it has got figures meanwhile, with a warning."""
        for number in count(1):
            folder = self.path if number == 1 else self.path.with_name(f"{self.path.name}-{number}")
            with suppress(FileExistsError):
                folder.mkdir(parents=True)
                break
            if folder.is_dir() and (self.force or not any(folder.iterdir())):
                break
        if folder != self.path:
            warnings.warn(
                f"{self.path} has got figures meanwhile, which are kept; these are in {folder}.", SymgenWarning, 2
            )
        return folder


@dataclass(frozen=True)
class FigureFile:
    """A file for one figure, as `FigureFolder` is a folder for several."""

    path: Path
    force: bool
    shown: bool

    @classmethod
    def choose(
        cls,
        path: Path | None,
        format: FigureFormat | None,
        force: bool,
        shown: bool,
        default: Path | None = None,
        data: Path | None = None,
    ) -> FigureFile | None:
        """The file that was given, or the `default` with the format's suffix, or a temporary one that is only shown.

        Raises UsageError where it cannot be written, has another suffix or would take the place of the `data`.
        """
        from symgen.atomic import require_writable

        if path is None and default is None and not shown:
            if format is not None:
                raise UsageError(f"--format {format} is of figures. Draw one with --figures FILE or --open.")
            return None
        if path is None:
            own = default or Path(tempfile.mkdtemp(prefix="symgen-")) / "figure"
            path = own.with_suffix(f".{format or FORMATS[0]}")
        ending = path.suffix.lower().removeprefix(".")
        if ending not in FORMATS:
            endings = ", ".join(f".{name}" for name in FORMATS)
            raise UsageError(f"--figures {path}: a picture is a file that ends in {endings}.")
        if format is not None and ending != format:
            raise UsageError(f"--figures {path} is not of --format {format}. Leave --format out.")
        if path == data:
            raise UsageError(
                f"{path} cannot be both the data and their picture. Give another --output, such as data.h5."
            )
        require_writable(path, force)
        return cls(path, force, shown)

    def save(self, out: Output, figure: Figure) -> list[Path]:
        """Write the figure, and show it where that is wanted; the list of its path."""
        from symgen.plots.style import save_figure

        path = save_figure(figure, self.path, self.force)
        if self.shown:
            show(out, [path])
        return [path]
