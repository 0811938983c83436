"""Runs the cases of an experiment, one file per finished case, so that an interrupted run goes on where it was."""

from __future__ import annotations

import hashlib
import os
import platform
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from pydantic import BaseModel, ConfigDict, ValidationError

from symgen import __version__
from symgen.atomic import atomic_write
from symgen.benchmark.experiment import Case, Experiment, Value
from symgen.exceptions import UsageError

Progress = Callable[[int, int, str], None]
Work = tuple[Case, int]
"""A case and a seed."""


class Hardware(BaseModel):
    """The machine that a run was made on."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    cpu: str
    cores: int
    threads: int
    """Those that torch computes with."""
    gpu: str | None
    """The CUDA device, if it was used."""

    @classmethod
    def of_this_machine(cls, device: str) -> Hardware:
        """What this process has."""
        index = torch.device(device)
        return cls(
            cpu=_cpu_model(),
            cores=len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1,
            threads=torch.get_num_threads(),
            gpu=torch.cuda.get_device_name(index) if index.type == "cuda" else None,
        )


class Configuration(BaseModel):
    """All that decides the results of a run, and so names its folder."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    command: str
    """The command line that makes it."""
    experiment: str
    preset: str
    seeds: tuple[int, ...]
    device: str
    cases: dict[str, dict[str, Any]]
    """Settings by case."""
    hardware: Hardware
    symgen: str = __version__
    torch: str = torch.__version__
    python: str = platform.python_version()

    @property
    def folder(self) -> str:
        """Name of the run's folder."""
        return f"{self.experiment}-{hashlib.sha256(self.model_dump_json().encode()).hexdigest()[:8]}"


class Finished(BaseModel):
    """A file of results: one case with one seed."""

    model_config = ConfigDict(extra="forbid", frozen=True, ser_json_inf_nan="constants")

    case: str
    seed: int
    result: dict[str, Value]


@dataclass(frozen=True)
class Run:
    """A complete run: `results[case name]` has the quantities measured with every seed."""

    experiment: Experiment
    configuration: Configuration
    folder: Path
    cases: tuple[Case, ...]
    results: dict[str, list[dict[str, Value]]]
    resumed: int
    """How many results were there already."""


def run(
    experiment: Experiment,
    preset: str,
    folder: str | Path,
    seeds: Sequence[int] | None = None,
    only: Sequence[str] = (),
    device: str = "cpu",
    force: bool = False,
    progress: Progress | None = None,
) -> Run:
    """Measure every case with every seed in `folder/NAME-HASH`; what is finished there is kept, unless `force`.

    The hash is of the whole configuration, hardware and versions included: results that differ in any of these
    do not mix. Raises UsageError for an unknown preset or case or a folder that cannot be, and what
    the cases raise.
    """
    cases = experiment.select(preset, only)
    configuration = _configuration(experiment, preset, cases, seeds, only, device)
    place = Path(folder) / configuration.folder
    try:
        place.mkdir(parents=True, exist_ok=True)
    except (FileExistsError, NotADirectoryError) as error:
        raise UsageError(f"{folder} is or goes through a file. Give a folder for the runs.") from error
    with atomic_write(place / "config.json", force=True) as temporary:
        temporary.write_text(configuration.model_dump_json(indent=2) + "\n", encoding="utf-8")
    work = _work(experiment, cases, configuration.seeds)
    files = {(case.name, seed): place / f"{case.name}-seed{seed}.json" for case, seed in work}
    if force:
        for case, seed in work:
            files[case.name, seed].unlink(missing_ok=True)
    todo = [(case, seed) for case, seed in work if _read(files[case.name, seed], case.name, seed) is None]
    resumed = len(work) - len(todo)
    for number, (case, seed) in enumerate(todo, resumed):
        if progress:
            progress(number, len(work), f"{case.name}, seed {seed}")
        result = case.measure(**case.settings, seed=seed, device=device)
        text = Finished(case=case.name, seed=seed, result=result).model_dump_json(indent=2)
        with atomic_write(files[case.name, seed], force=True) as temporary:
            temporary.write_text(text + "\n", encoding="utf-8")
    if progress:
        progress(len(work), len(work), experiment.name)
    results: dict[str, list[dict[str, Value]]] = {case.name: [] for case in cases}
    for case, seed in sorted(work, key=lambda each: configuration.seeds.index(each[1])):
        found = _read(files[case.name, seed], case.name, seed)
        assert found is not None, f"{files[case.name, seed]} was changed during the run"
        results[case.name].append(found)
    return Run(experiment, configuration, place, tuple(cases), results, resumed)


def _work(experiment: Experiment, cases: Sequence[Case], seeds: Sequence[int]) -> list[Work]:
    """All that is to be measured, in order."""
    every = [(case, seed) for case in cases for i, seed in enumerate(seeds) if not (case.once and i)]
    return sorted(every, key=lambda each: seeds.index(each[1])) if experiment.by_seed else every


def _configuration(
    experiment: Experiment,
    preset: str,
    cases: Sequence[Case],
    seeds: Sequence[int] | None,
    only: Sequence[str],
    device: str,
) -> Configuration:
    command = f"symgen benchmark {experiment.name} --preset {preset}"
    if seeds:
        command += f" --seeds {','.join(map(str, seeds))}"
    if only:
        command += f" --only {','.join(only)}"
    if device != "cpu":
        command += f" --device {device}"
    return Configuration(
        command=command,
        experiment=experiment.name,
        preset=preset,
        seeds=tuple(dict.fromkeys(seeds or experiment.seeds[preset])),
        device=device,
        cases={case.name: dict(case.settings) for case in cases},
        hardware=Hardware.of_this_machine(device),
    )


def _read(file: Path, case: str, seed: int) -> dict[str, Value] | None:
    """The result in a file; None if there is none, or the file is torn or of something else: it is made again."""
    try:
        finished = Finished.model_validate_json(file.read_bytes())
    except (FileNotFoundError, ValidationError):
        return None
    return finished.result if (finished.case, finished.seed) == (case, seed) else None


def _cpu_model() -> str:
    info = Path("/proc/cpuinfo")
    if info.exists():
        for line in info.read_text(encoding="utf-8", errors="replace").splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()
