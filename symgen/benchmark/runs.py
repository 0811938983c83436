"""Runs an experiment, a JSON file for every finished measurement, so that an interrupted run goes on where it was."""

from __future__ import annotations

import hashlib
import json
import os
import platform
import re
import shlex
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib import import_module
from itertools import product
from pathlib import Path
from types import ModuleType
from typing import Any

import torch

from symgen import __version__
from symgen.atomic import atomic_write
from symgen.benchmark.experiments import checked, pick
from symgen.benchmark.table import Case, Result, compared, lines, markdown, slug, targets
from symgen.exceptions import UsageError
from symgen.plots import Figure, save_figure

Progress = Callable[[int, int, str], None]
SEEDS = {"smoke": (0,), "cpu": (0, 1, 2), "paper": (0, 1, 2)}


@dataclass(frozen=True)
class Run:
    """A complete run: `results[case name]` has the quantities measured with every seed."""

    module: ModuleType
    configuration: dict[str, Any]
    folder: Path
    cases: tuple[Case, ...]
    results: dict[str, list[Result]]
    resumed: int
    """How many results were there already."""

    def rows(self) -> list[dict[str, str]]:
        """All targets, then all comparisons: case, quantity, measured, target, verdict."""
        comparisons = getattr(self.module, "comparisons", lambda preset: ())(self.configuration["preset"])
        return targets(self.cases, self.results) + compared(comparisons, self.results)

    def write(self, ending: str = "png") -> Path:
        """Write the report, its figures as files that end in `ending`, into the run's folder; the report's path."""
        path, config, rows = self.folder / "report.md", self.configuration, self.rows()
        figures: dict[str, Figure] = getattr(self.module, "figures", lambda run: {})(self)
        for name, figure in figures.items():
            save_figure(figure, self.folder / f"{name}.{ending}", force=True)
        missed = sum(row["verdict"] == "MISS" for row in rows)
        title, _, about = (self.module.__doc__ or "").strip().partition("\n\n")
        parts = [
            f"# {title.rstrip('.')}",
            f"```bash\n{config['command']}\n```",
            *([about] if about else []),
            f"{', '.join(f'{key} {value}' for key, value in config['machine'].items() if value)}. Seeds "
            f"{', '.join(map(str, config['seeds']))}: mean ± standard deviation; a target holds if it does for every "
            "seed, a comparison by the means over them.",
            markdown(self.cases, self.results),
            *(f"![{name}]({name}.{ending})" for name in figures),
            f"## Targets\n\n{len(rows) - missed} of {len(rows)} reached." if rows else "No targets in this preset.",
            *([lines(rows)] if rows else []),
        ]
        with atomic_write(path, force=True) as temporary:
            temporary.write_text("\n\n".join(parts) + "\n", encoding="utf-8")
        return path


def run(
    name: str,
    preset: str,
    folder: str | Path,
    seeds: Sequence[int] = (),
    only: Sequence[str] = (),
    device: str = "cpu",
    force: bool = False,
    progress: Progress = lambda done, total, what: None,
) -> Run:
    """Measure every case of a preset, or those about `only`, with every seed; what is finished is kept, unless `force`.

    Files are in a folder named after the preset, the machine and the versions, so that results that differ in these
    do not mix; a file whose settings were others is made again. Raises UsageError for what is not known and for a
    folder that cannot be.
    """
    module = import_module(f"symgen.benchmark.{checked(name, preset, only).module}")
    cases = tuple(module.cases(preset))
    subjects = dict.fromkeys(case.subject for case in cases)
    wanted = [pick(f"case of {name} --preset {preset}", subject, subjects) for subject in only] or subjects
    cases = tuple(case for case in cases if case.subject in wanted)
    chosen = tuple(dict.fromkeys(seeds)) or {**SEEDS, **getattr(module, "SEEDS", {})}[preset]
    machine = _machine(device)
    label = hashlib.sha256(json.dumps(machine).encode()).hexdigest()[:8]
    place = Path(folder) / f"{name}-{preset}-{label}"
    try:
        place.mkdir(parents=True, exist_ok=True)
    except (FileExistsError, NotADirectoryError) as error:
        raise UsageError(f"{folder} is or goes through a file. Give a folder for the runs.") from error
    # by seed, as cases of a seed share what is expensive
    work = []
    for seed, case in product(chosen, cases):
        file = place / f"{slug(case.name)}-seed{seed}.json"
        if force:
            file.unlink(missing_ok=True)
        identity = {"case": case.name, "seed": seed, "settings": dict(case.settings)}
        work.append((case, seed, file, identity, _read(file, identity)))
    done = resumed = sum(result is not None for *_, result in work)
    results: dict[str, list[Result]] = {case.name: [] for case in cases}
    for case, seed, file, identity, result in work:
        if result is None:
            progress(done, len(work), f"{case.name}, seed {seed}")
            result = case.measure(**case.settings, seed=seed, device=device)
            _write(file, {**identity, "result": result})
            done += 1
        results[case.name].append(result)
    progress(done, len(work), name)
    given = {"seeds": ",".join(map(str, seeds)), "only": ",".join(only), "device": device if device != "cpu" else ""}
    options = [part for option, value in given.items() if value for part in (f"--{option}", value)]
    configuration = {
        "command": shlex.join(["symgen", "benchmark", name, "--preset", preset, *options]),
        "experiment": name,
        "preset": preset,
        "seeds": list(chosen),
        "machine": machine,
        "cases": {case.name: dict(case.settings) for case in cases},
    }
    return Run(module, configuration, place, cases, results, resumed)


def _write(file: Path, document: dict[str, Any]) -> None:
    with atomic_write(file, force=True) as temporary:
        temporary.write_text(json.dumps(document, indent=2) + "\n", encoding="utf-8")


def _read(file: Path, identity: dict[str, Any]) -> Result | None:
    """The result in a file; None if there is none, or the file is torn or of something else: it is made again."""
    try:
        document = json.loads(file.read_bytes())
    except (FileNotFoundError, ValueError):
        return None
    result = document.pop("result", None) if isinstance(document, dict) else None
    same = result is not None and document == json.loads(json.dumps(identity))
    return result if same and isinstance(result, dict) else None


def _machine(device: str) -> dict[str, Any]:
    """What times, and the last digits of all else, depend on."""
    index, info = torch.device(device), Path("/proc/cpuinfo")
    found = re.search(r"^model name\s*:\s*(.+)$", info.read_text("utf-8", "replace") if info.exists() else "", re.M)
    return {
        "cpu": found[1] if found else platform.processor() or platform.machine(),
        "cores": len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1,
        "threads": torch.get_num_threads(),
        "gpu": torch.cuda.get_device_name(index) if index.type == "cuda" else None,
        "symgen": __version__,
        "torch": torch.__version__,
        "python": platform.python_version(),
    }
