"""Discovery in a file of solutions of a system in a process of its own, from a cold start, as a user has it.

`python -m symgen.benchmark.system_process REQUEST` discovers, saves the generators, and prints time and memory as JSON,
or why the data are refused; `discovered` runs that.
"""

from __future__ import annotations

import json
import subprocess
import sys
import time
from pathlib import Path

from pydantic import BaseModel, ConfigDict

from symgen.benchmark.memory import peak_gigabytes
from symgen.discovery.settings import SystemSettings
from symgen.discovery.system import discover_system
from symgen.discovery.system_source import system_of
from symgen.exceptions import DataError
from symgen.pde.parameters import ParameterValue
from symgen.pde.solutions_file import load_solutions


class Request(BaseModel):
    """A discovery."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    file: Path
    equations: tuple[str, ...]
    parameters: dict[str, ParameterValue]
    settings: SystemSettings
    device: str
    destination: Path
    """Where the generators are saved."""


class Cost(BaseModel):
    """Of a discovery."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    cpu: float
    """Seconds of processor time, of all threads, imports included."""
    seconds: float
    """From opening the file to the generators."""
    peak: float
    """Largest memory of the process in GB (10^9 bytes)."""
    refusal: str | None = None
    """Why there are no generators, where the data are refused."""


def discovered(request: Request) -> Cost:
    """Run the request; RuntimeError with what the process said if it fails."""
    command = [sys.executable, "-m", "symgen.benchmark.system_process", request.model_dump_json()]
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode:
        raise RuntimeError(f"discovery in {request.file} failed: {done.stderr.strip()}")
    return Cost.model_validate_json(done.stdout)


def _discover(request: Request) -> Cost:
    start = time.perf_counter()
    data = load_solutions(request.file)
    given = system_of(data, request.equations, request.parameters)
    refusal = None
    try:
        discover_system(data, given, request.settings, request.device).save(request.destination)
    except DataError as error:
        refusal = str(error)
    seconds = time.perf_counter() - start
    return Cost(cpu=time.process_time(), seconds=seconds, peak=peak_gigabytes(), refusal=refusal)


if __name__ == "__main__":
    print(json.dumps(_discover(Request.model_validate_json(sys.argv[1])).model_dump()))
