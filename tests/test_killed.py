"""`kill -9` at any moment: what is there is whole, nothing stale is in the way, and run again a command gives the same.

SYMGEN_KILLS=50 kills each command so often; the table in docs/pages/reliability.md has what came of that.
"""

from __future__ import annotations

import os
import random
import shutil
import signal
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest
from killed import Running, contents, hidden, load, run

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not hasattr(os, "fork"), reason="processes are forked"),
    pytest.mark.filterwarnings("ignore:.*fork:DeprecationWarning"),
]
KILLS = int(os.environ.get("SYMGEN_KILLS", "2"))
COMMANDS = {
    "simulate": "simulate heat -n 4 --nx 32 --nt 20 --stored 16 -o new.h5",
    "augment": "augment --data heat.h5 --generators lps --copies 3 --min-times 4 -o new.h5",
    "network": "discover --data heat.h5 --n-points 256 --method network --steps 30 --width 8 --no-figures",
    "figures": "inspect heat.h5 --figures new",
}
LONG = {
    "spectral": "discover heat -n 1 --n-points 256 --no-figures",
    "flow": "discover --data heat.h5 --n-points 256 --method flow --steps 16 --width 8 --batch 2 --n-generators 2 "
    "--init random --no-figures",
    "benchmark": "benchmark certainty --preset smoke --only pairs --seeds 0",
}
"""Those that take too long to be run with every test."""


@dataclass(frozen=True)
class Case:
    words: str
    before: Path
    """A folder with what is read."""
    after: dict[str, str]
    """The files that there are to be."""
    seconds: float

    def begin(self, place: Path) -> Path:
        return Path(shutil.copytree(self.before, place))


@pytest.fixture(scope="module")
def before(tmp_path_factory):
    folder = tmp_path_factory.mktemp("before")
    made = run("simulate heat -n 2 --nx 32 --nt 24 --stored 16 --no-figures", folder)
    assert made.code == 0, made.said
    return folder


@pytest.fixture(scope="module", params=[*COMMANDS, *(LONG if KILLS > 2 else ())])
def case(request, before, tmp_path_factory):
    words = {**COMMANDS, **LONG}[request.param]
    load(words, Path(shutil.copytree(before, tmp_path_factory.mktemp("load") / "here")))
    folder = Path(shutil.copytree(before, tmp_path_factory.mktemp("after") / "here"))
    ended = run(words, folder)
    assert ended.code == 0, ended.said
    return Case(words, before, contents(folder), ended.seconds)


def test_killed_at_any_moment(case, tmp_path):
    draw = random.Random(0)
    killed = begun = 0
    for number in range(KILLS):
        folder = case.begin(tmp_path / str(number))
        moment = (number + draw.random()) / KILLS * case.seconds
        ended = Running(case.words, folder).signal(signal.SIGKILL, moment).end()
        killed += ended.code == -signal.SIGKILL
        assert ended.code in (0, -signal.SIGKILL), ended.said
        left = contents(folder, but=("checkpoint", "benchmarks"))
        assert left.items() <= case.after.items()
        begun += bool(hidden(folder))
        again = "--resume" if list(folder.glob("*checkpoint*")) else "--force"
        done = run(case.words if case.words.startswith("benchmark") else f"{case.words} {again}", folder)
        assert done.code == 0, done.said
        assert contents(folder) == case.after
        assert not hidden(folder)
        shutil.rmtree(folder)
    print(f"{case.words}: {killed} of {KILLS} killed, {begun} while writing", file=sys.stderr)
