"""Where a discovery puts its generators, figures and checkpoint, and how it ends."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from symgen.cli.generators import require_fresh_folder
from symgen.exceptions import Interrupted, UsageError

if TYPE_CHECKING:
    from symgen.discovery.flow_training import Trained
    from symgen.generators.artifact import Artifact


@dataclass(frozen=True)
class Destination:
    """Files of one discovery; `force` says whether they may be replaced, `resume` whether a training goes on."""

    path: Path
    figures: Path | None
    force: bool
    resume: bool

    @classmethod
    def choose(
        cls,
        stem: str,
        output: Path | None,
        figures: Path | None,
        no_figures: bool,
        force: bool,
        resume: bool,
        inputs: Sequence[str | Path | None] = (),
    ) -> Destination:
        """By default STEM-generators.safetensors here and STEM-figures beside it.

        `inputs` are the files and folders that the discovery reads. Raises UsageError where one of these or something
        else would be lost or cannot be written, or there is no checkpoint to go on from.
        """
        from symgen.atomic import require_no_input, require_writable

        if no_figures and figures is not None:
            raise UsageError("--figures and --no-figures exclude each other. Give one of them.")
        path = output or Path(f"{stem}-generators.safetensors")
        folder = None if no_figures else figures or path.with_name(f"{path.stem.removesuffix('-generators')}-figures")
        chosen = cls(path, folder, force or resume, resume)
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
        require_fresh_folder(folder, chosen.force, inputs)
        return chosen

    @property
    def checkpoint(self) -> Path:
        """Of a flow training, beside the generators."""
        return self.path.with_name(f"{self.path.stem}.checkpoint.safetensors")

    def save(self, artifact: Artifact, trained: Trained | None) -> None:
        """Write the generators; raise Interrupted where the training was stopped, else remove its checkpoint."""
        artifact.save(self.path, self.force)
        if trained and trained.steps < trained.wanted:
            raise Interrupted(
                f"Interrupted at step {trained.steps} of {trained.wanted}. {self.path} has the best fields to then; "
                "the same command with --resume goes on."
            )
        self.checkpoint.unlink(missing_ok=True)


def training_progress(update: Callable[..., None]) -> Callable[[int, int, Mapping[str, float]], None]:
    """What `train_flow` calls after every step, as a bar with the live defects."""

    def report(step: int, steps: int, figures: Mapping[str, float]) -> None:
        live = [f"V{name.removeprefix('defect_')} {value:.1e}" for name, value in figures.items() if "defect" in name]
        update(step, steps, "Training  " + "  ".join(live[:4]))

    return report
