"""Discovery in a file in a process of its own, from a cold start, as a user has it: its time and its memory."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from symgen.discovery.pde import discover_spectral
from symgen.discovery.settings import SpectralSettings, SystemSettings
from symgen.discovery.system import discover_system
from symgen.discovery.system_source import system_of
from symgen.exceptions import DataError
from symgen.pde.equation import Equation
from symgen.pde.solutions_file import load_solutions
from symgen.pde.trajectories import load_trajectories


def discovered(file: Path, seed: int, device: str, **system: Any) -> dict[str, Any]:
    """Discover; of a system `equations`, `parameters`, and among polynomials of `degree`: save it to `destination`.

    `process` is from start to exit; without start and imports `seconds`; `cpu` of all threads, imports included; `peak`
    memory and that after imports, `baseline`, in GB; `refusal`, why there are no generators. RuntimeError with what the
    process said if it fails.
    """
    start = time.perf_counter()
    request = json.dumps({"file": file, "seed": seed, "device": device, **system}, default=str)
    done = subprocess.run([sys.executable, "-m", __name__, request], capture_output=True, text=True)
    if done.returncode:
        raise RuntimeError(f"discovery in {file} failed: {done.stderr.strip()}")
    return {"process": time.perf_counter() - start, **json.loads(done.stdout)}


def peak_gigabytes() -> float:
    """Largest memory that this process has held so far, in GB (10^9 bytes)."""
    status = Path("/proc/self/status")
    if status.exists():  # Linux, where getrusage hands a parent's peak on to its children
        kilobytes = status.read_text().partition("VmHWM:")[2].split()[0]
        return int(kilobytes) * 1024 / 1e9
    import resource

    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e9  # bytes on macOS


def _discover(file: str, seed: int, device: str, **system: Any) -> dict[str, Any]:
    baseline, start, refusal = peak_gigabytes(), time.perf_counter(), None
    if not system:
        data = load_trajectories(file)
        equation = Equation.from_string(data.info.equation or "", data.info.parameters)
        discover_spectral(data, equation, SpectralSettings.model_validate({"seed": seed}), device)
    else:
        solutions = load_solutions(file)
        settings = SystemSettings.model_validate({"degree": system["degree"], "seed": seed})
        try:
            given = system_of(solutions, system["equations"], system["parameters"])
            discover_system(solutions, given, settings, device).save(system["destination"])
        except DataError as error:
            refusal = str(error)
    seconds = time.perf_counter() - start
    spent = {"seconds": seconds, "cpu": time.process_time(), "peak": peak_gigabytes()}
    return {**spent, "baseline": baseline, "refusal": refusal}


if __name__ == "__main__":
    print(json.dumps(_discover(**json.loads(sys.argv[1]))))
