"""Discovery in a file in a process of its own, from a cold start, as a user has it: its time and its memory."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import symgen


def discovered(file: Path, destination: Path, **options: Any) -> dict[str, Any]:
    """What `symgen.discover` takes with these options, and its generators in `destination`.

    `seconds` from start to exit, `cpu` seconds of all threads, `peak` memory in GB, all with imports; whether the data
    were `refused`. RuntimeError with what the process said if it fails.
    """
    start = time.perf_counter()
    request = json.dumps({"file": file, "destination": destination, **options}, default=str)
    done = subprocess.run([sys.executable, "-m", __name__, request], capture_output=True, text=True)
    if done.returncode:
        raise RuntimeError(f"discovery in {file} failed: {done.stderr.strip()}")
    return {"seconds": time.perf_counter() - start, **json.loads(done.stdout)}


def peak_gigabytes() -> float:
    """Largest memory that this process has held so far, in GB (10^9 bytes)."""
    status = Path("/proc/self/status")
    if status.exists():  # Linux, where getrusage hands a parent's peak on to its children
        kilobytes = status.read_text().partition("VmHWM:")[2].split()[0]
        return int(kilobytes) * 1024 / 1e9
    import resource

    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e9  # bytes on macOS


def _discover(file: str, destination: str, **options: Any) -> dict[str, Any]:
    refused = False
    try:
        symgen.discover(file, **options).save(destination)
    except symgen.DataError:
        refused = True
    return {"cpu": time.process_time(), "peak": peak_gigabytes(), "refused": refused}


if __name__ == "__main__":
    print(json.dumps(_discover(**json.loads(sys.argv[1]))))
