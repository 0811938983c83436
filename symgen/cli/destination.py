"""Where a discovery puts its generators, figures and checkpoint, and how it ends."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from symgen.cli.figure_files import FORMATS, FigureFolder, FigureFormat, require_no_figures
from symgen.cli.invocation import invocation
from symgen.cli.report import report_path, require_page, write
from symgen.discovery.requests.listener import Checkpoint
from symgen.exceptions import Interrupted, UsageError

if TYPE_CHECKING:
    from symgen.cli.output import Output
    from symgen.discovery.flow_training import Trained
    from symgen.discovery.requests.request import Request
    from symgen.generators.artifact import Artifact
    from symgen.validity.verification import FiniteTable


@dataclass(frozen=True)
class Destination:
    """Files of one discovery; `force` says whether they may be replaced, `resume` whether a training goes on."""

    path: Path
    figures: FigureFolder | None
    force: bool
    resume: bool
    report: Path | None = None
    """A page about what was found."""

    @classmethod
    def choose(
        cls,
        stem: str,
        output: Path | None,
        figures: Path | None,
        no_figures: bool,
        format: FigureFormat | None,
        shown: bool,
        force: bool,
        resume: bool,
        inputs: Sequence[str | Path | None] = (),
        report: Path | bool | None = None,
    ) -> Destination:
        """By default STEM-generators.safetensors here and STEM-figures beside it, and with `report` a page.

        `inputs` are the files and folders that the discovery reads. Raises UsageError where one of these or something
        else would be lost or cannot be written, or there is no checkpoint to go on from.
        """
        from symgen.atomic import require_no_input, require_writable

        if no_figures:
            require_no_figures(figures, format, shown)
        path = output or Path(f"{stem}-generators.safetensors")
        folder = None if no_figures else figures or path.with_name(f"{path.stem.removesuffix('-generators')}-figures")
        drawn = None if folder is None else FigureFolder(folder, format or FORMATS[0], force or resume, shown)
        page = report_path(path) if report is True else report or None
        chosen = cls(path, drawn, force or resume, resume, page)
        checkpoint = chosen.checkpoint
        require_no_input(checkpoint, inputs)
        if resume and not checkpoint.exists():
            raise UsageError(f"--resume: there is no checkpoint {checkpoint}. Start without it.")
        if checkpoint.exists() and not chosen.force:
            raise UsageError(
                f"{checkpoint} is of a training that was not finished. Use --resume to go on from it, or --force to "
                "start over."
            )
        require_writable(path, chosen.force, inputs)
        if drawn:
            drawn.require_fresh(inputs)
        if page:
            require_page(page)
            require_writable(page, chosen.force, [*inputs, path])
        return chosen

    @classmethod
    def of(cls, request: Request, stem: str, others: Sequence[str | Path | None] = ()) -> Destination:
        """Where the result of a request goes, beside the data and `others` that are read; see `choose`."""
        figures = (request["figures"], request["no_figures"], request["format"], request["open"])
        where = (request["output"], *figures, request["force"], request["resume"], [request.data, *others])
        return cls.choose(stem, *where, report=request["report_file"] or request["report"])

    @property
    def checkpoint(self) -> Path:
        """Of a flow training, beside the generators."""
        return self.path.with_name(f"{self.path.stem}.checkpoint.safetensors")

    @property
    def of_training(self) -> Checkpoint:
        """The checkpoint, and whether a training goes on from it."""
        return Checkpoint(self.checkpoint, self.resume)

    def save(self, artifact: Artifact, trained: Trained | None) -> None:
        """Write the generators; raise Interrupted where the training was stopped, else remove its checkpoint."""
        recorded(artifact).save(self.path, self.force)
        if trained and trained.steps < trained.wanted:
            raise Interrupted(
                f"Interrupted at step {trained.steps} of {trained.wanted}. {self.path} has the best fields to then; "
                "the same command with --resume goes on."
            )
        self.checkpoint.unlink(missing_ok=True)

    def write_report(self, out: Output, artifact: Artifact, moved: FiniteTable | None = None) -> Path | None:
        """The page about what was found, where one is wanted; `moved` are data that were moved already."""
        return write(out, recorded(artifact), self.report, self.force, moved=moved) if self.report else None


def recorded(artifact: Artifact) -> Artifact:
    """With the command that found it."""
    return replace(artifact, metadata=artifact.metadata.model_copy(update={"command": invocation()}))
