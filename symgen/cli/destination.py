"""Where a discovery puts its generators, figures and checkpoint, and how it ends."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from symgen.cli.afterwards import afterwards
from symgen.cli.figure_files import FORMATS, FigureFolder, require_no_figures
from symgen.cli.generators import draw
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
    def of(cls, request: Request, stem: str, others: Sequence[str | Path | None] = ()) -> Destination:
        """As a request has it: by default STEM-generators.safetensors here, STEM-figures and the report beside it.

        `others` are files and folders that are read beside the request's data. Raises UsageError where one of these or
        something else would be lost or cannot be written, or there is no checkpoint to go on from.
        """
        from symgen.atomic import require_no_input, require_writable

        many = request.content.files if request.content else ()
        inputs, resume = [request.data, *many, *others], bool(request["resume"])
        force, shown = bool(request["force"] or resume), bool(request["open"])
        path = request["output"] or Path(f"{stem}-generators.safetensors")
        drawn = None
        if request["no_figures"]:
            require_no_figures(request["figures"], request["format"], shown)
        else:
            folder = request["figures"] or path.with_name(f"{path.stem.removesuffix('-generators')}-figures")
            drawn = FigureFolder(folder, request["format"] or FORMATS[0], force, shown)
        page = request["report_file"] or (report_path(path) if request["report"] else None)
        chosen = cls(path, drawn, force, resume, page)
        checkpoint = chosen.checkpoint
        require_no_input(checkpoint, inputs)
        if resume and not checkpoint.exists():
            raise UsageError(f"--resume: there is no checkpoint {checkpoint}. Start without it.")
        if checkpoint.exists() and not force:
            raise UsageError(
                f"{checkpoint} is of a training that was not finished. Use --resume to go on from it, or --force to "
                "start over."
            )
        require_writable(path, force, inputs)
        if drawn:
            drawn.require_fresh(inputs)
        if page:
            require_page(page)
            if page.resolve() == path.resolve():
                raise UsageError(f"{page} cannot be both the generators and their report. Give another --output.")
            require_writable(page, force, [*inputs, path])
        return chosen

    @property
    def checkpoint(self) -> Path:
        """Of a flow training, beside the generators."""
        return self.path.with_name(f"{self.path.stem}.checkpoint.safetensors")

    @property
    def of_training(self) -> Checkpoint:
        """The checkpoint, and whether a training goes on from it."""
        return Checkpoint(self.checkpoint, self.resume)

    def put(
        self,
        out: Output,
        artifact: Artifact,
        trained: Trained | None,
        move: Callable[[Artifact], FiniteTable | None] = lambda artifact: None,
    ) -> tuple[dict[str, Any], FiniteTable | None]:
        """Save what was found, move the data by it, draw and report it -> the files, by what they are, and data moved.

        Raises Interrupted where the training was stopped, or what comes after it.
        """
        later = [name for name, one in (("figures", self.figures), ("report", self.report)) if one]
        with afterwards(self.path, " and the ".join(later)) as result:
            placed = self._save(artifact, trained)
            result.path = placed.path
            moved = move(artifact)
            history = trained.history if trained else None
            drawn = draw(artifact, placed.figures, out, moved=moved, history=history)
            page = write(out, placed.path, placed.report, placed.force, moved=moved) if placed.report else None
        return {"file": placed.path, "figures": drawn, "report": page}, moved

    def _save(self, artifact: Artifact, trained: Trained | None) -> Destination:
        """Write the generators and, if the training was not stopped, remove its checkpoint -> where all goes."""
        recorded = artifact.metadata.model_copy(update={"command": invocation()})
        path = replace(artifact, metadata=recorded).save(self.path, self.force)
        if trained and trained.steps < trained.wanted:
            raise Interrupted(
                f"Interrupted at step {trained.steps} of {trained.wanted}. {path} has the best fields to then; the "
                "same command with --resume goes on."
            )
        self.checkpoint.unlink(missing_ok=True)
        if path == self.path:
            return self
        # the figures and the report of what took its place are there, or to come
        number = path.stem.removeprefix(self.path.stem)
        figures = self.figures and replace(
            self.figures, path=self.figures.path.with_name(self.figures.path.name + number)
        )
        report = self.report and self.report.with_stem(self.report.stem + number)
        return replace(self, path=path, figures=figures, report=report)
