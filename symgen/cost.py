"""What a request costs in memory and time, roughly, and whether this machine can do it: told before work begins."""

from __future__ import annotations

import os
import shutil
from dataclasses import dataclass
from pathlib import Path

from symgen.exceptions import UsageError
from symgen.words import in_bytes

LONG = 600.0
"""Seconds beyond which a user is told beforehand."""
ABSURD = 365 * 86400.0
"""Seconds that nobody waits."""
UNITS = ((86400 * 365, "years"), (86400, "days"), (3600, "h"), (60, "min"), (1, "s"))
CGROUPS = (Path("/sys/fs/cgroup/memory.max"), Path("/sys/fs/cgroup/memory/memory.limit_in_bytes"))


@dataclass(frozen=True)
class Cost:
    """An estimate, right to a factor of some."""

    memory: float
    """Bytes."""
    seconds: float
    """On one core."""

    @property
    def is_possible(self) -> bool:
        """Whether this machine has the memory, and somebody the time."""
        return self.memory <= machine_memory() and self.seconds <= ABSURD

    @property
    def is_long(self) -> bool:
        """Whether it is worth telling beforehand."""
        return self.seconds > LONG

    def __str__(self) -> str:
        return f"{_time(self.seconds)} and about {in_bytes(self.memory)} of memory"


def require_affordable(what: str, cost: Cost, cure: str) -> None:
    """Raise UsageError where `what` takes more memory than this machine has, or years."""
    available = machine_memory()
    if cost.memory > available:
        raise UsageError(
            f"{what} would take about {in_bytes(cost.memory)} of memory, and there are {in_bytes(available)} here. "
            f"{cure}"
        )
    if cost.seconds > ABSURD:
        raise UsageError(f"{what} would take {_time(cost.seconds)}. {cure}")


def require_room(path: str | Path, size: float, what: str, cure: str) -> None:
    """Raise UsageError where a file of that size in bytes has no room on the disk of `path`."""
    folder = Path(path).resolve().parent
    free = shutil.disk_usage(folder).free if folder.is_dir() else size
    if size > free:
        raise UsageError(f"{what} would take {in_bytes(size)}, and there are {in_bytes(free)} free in {folder}. {cure}")


def machine_memory() -> float:
    """Bytes that a process may have here: of the machine, its container, or the limit of the process."""
    return min(_physical(), _limit_of_process(), *map(_limit_of, CGROUPS))


def _physical() -> float:
    """Infinite where the system does not tell."""
    try:
        return float(os.sysconf("SC_PAGE_SIZE")) * os.sysconf("SC_PHYS_PAGES")
    except (AttributeError, ValueError, OSError):
        return float("inf")


def _limit_of_process() -> float:
    try:
        import resource  # not everywhere
    except ImportError:
        return float("inf")
    limit = resource.getrlimit(resource.RLIMIT_AS)[0]
    return float("inf") if limit == resource.RLIM_INFINITY else float(limit)


def _limit_of(path: Path) -> float:
    """That of a control group; infinite where there is none."""
    try:
        return float(path.read_text())
    except (OSError, ValueError):  # of another system, or `max`
        return float("inf")


def _time(seconds: float) -> str:
    size, unit = next((pair for pair in UNITS if seconds >= pair[0]), UNITS[-1])
    return f"about {seconds / size:.2g} {unit}" if seconds < 1e9 * UNITS[0][0] else "more than 1e9 years"
