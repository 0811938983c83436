"""Time and peak memory of a discovery in a process of its own, from a cold start, as a user has it.

`python -m symgen.benchmark.memory FILE SEED DEVICE` prints them as JSON; `measured` runs that.
"""

from __future__ import annotations

import json
import subprocess
import sys
import time
from pathlib import Path

from symgen.discovery.pde import discover_spectral
from symgen.discovery.settings import SpectralSettings
from symgen.pde.equation import Equation
from symgen.pde.trajectories import load_trajectories


def peak_gigabytes() -> float:
    """Largest memory that this process has held so far, in GB (10^9 bytes)."""
    status = Path("/proc/self/status")
    if status.exists():  # Linux, where getrusage hands a parent's peak on to its children
        kilobytes = status.read_text().partition("VmHWM:")[2].split()[0]
        return int(kilobytes) * 1024 / 1e9
    import resource

    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e9  # bytes on macOS


def measured(path: str | Path, seed: int, device: str) -> dict[str, float]:
    """Discovery on a trajectory file: `process` and `seconds` (without start and imports), `peak` and `baseline` in GB.

    Raises RuntimeError with what the process said if it fails.
    """
    start = time.perf_counter()
    command = [sys.executable, "-m", "symgen.benchmark.memory", str(path), str(seed), device]
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode:
        raise RuntimeError(f"discovery on {path} failed: {done.stderr.strip()}")
    return {"process": time.perf_counter() - start, **json.loads(done.stdout)}


def _discover(path: str, seed: int, device: str) -> dict[str, float]:
    baseline = peak_gigabytes()
    start = time.perf_counter()
    data = load_trajectories(path)
    equation = Equation.from_string(data.info.equation or "", data.info.parameters)
    discover_spectral(data, equation, SpectralSettings.model_validate({"seed": seed}), device)
    return {"seconds": time.perf_counter() - start, "peak": peak_gigabytes(), "baseline": baseline}


if __name__ == "__main__":
    print(json.dumps(_discover(sys.argv[1], int(sys.argv[2]), sys.argv[3])))
