"""Runs what the pages show: every bash and python block, in order, each page in one fresh folder.

    python docs/blocks.py [PAGE ...]            fails where a block fails or prints something else than the page says
    python docs/blocks.py --update [PAGE ...]   puts what is printed today into the pages

Rules of the pages:
- A block of `bash` is one script; blocks of `python` of a page share their names; `python title="mine.py"` is a file.
- A block of `text` after them shows what they printed on stdout, on a terminal of 100 columns, or parts of it.
- `<!-- not run: why -->` on the line before a block leaves it out.
"""

from __future__ import annotations

import argparse
import difflib
import json
import os
import re
import resource
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from checkout import ROOT, environment

PAGES = [ROOT / "README.md", *sorted((ROOT / "docs" / "pages").rglob("*.md"))]
GENERATED = {"cli.md", "catalog.md", "gallery.md"}  # written by programs of their own, with tests of their own

FENCE = re.compile(r"^(?:<!-- not run: (?P<why>.+?) -->\n)?```(?P<info>[^\n`]*)\n(?P<body>.*?)^```$", re.M | re.S)
NUMBER = re.compile(r"(?<![\w.])[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?(?!\w)")
SECONDS_OF_A_BLOCK = 300


@dataclass(frozen=True)
class Block:
    """One fenced block: where it is, in which language, and why it isn't run, if so."""

    page: Path
    line: int
    language: str
    title: str | None
    body: str
    why_not: str | None

    def __str__(self) -> str:
        page = self.page.relative_to(ROOT) if self.page.is_relative_to(ROOT) else self.page.name
        return f"{page}:{self.line}"

    @property
    def runs(self) -> bool:
        """Whether it is a program that is to be run."""
        return self.language in ("bash", "python") and self.why_not is None


class BlockFailed(Exception):
    """A block ended with an error, or does not print what the page says."""


def blocks(page: Path) -> list[Block]:
    """All fenced blocks of a page."""
    text = page.read_text(encoding="utf-8")
    found = []
    for match in FENCE.finditer(text):
        language, _, rest = match["info"].partition(" ")
        title = re.fullmatch(r'title="([\w.]+)"', rest.strip())
        line = text.count("\n", 0, match.start("info")) + 1
        name = title.group(1) if title else None
        found.append(Block(page, line, language, name, match["body"], match["why"]))
    return found


def pages_to_run() -> list[Path]:
    """README and the pages of the site that have something to run."""
    return [page for page in PAGES if page.name not in GENERATED and any(block.runs for block in blocks(page))]


def not_run() -> list[Block]:
    """All blocks that are left out, each with its reason."""
    return [block for page in PAGES for block in blocks(page) if block.why_not]


class Session:
    """A folder, a shell for blocks of bash and one Python for blocks of python."""

    READER = (
        "import contextlib, io, json, sys, traceback\n"
        "answers, names = sys.stdout, {'__name__': '__main__'}\n"
        "for line in sys.stdin:\n"
        "    printed, error = io.StringIO(), None\n"
        "    with contextlib.redirect_stdout(printed):\n"
        "        try:\n"
        "            exec(compile(json.loads(line), 'block', 'exec'), names)\n"
        "        except BaseException:\n"
        "            error = traceback.format_exc()\n"
        "    print(json.dumps([printed.getvalue(), error]), file=answers, flush=True)\n"
    )

    def __init__(self, folder: Path, cache: Path):
        self.folder = folder
        self.settings = {
            "COLUMNS": "100",
            "MPLBACKEND": "agg",
            "NO_COLOR": "1",
            "SYMGEN_CACHE": str(cache),
        }
        (folder / "examples").symlink_to(ROOT / "examples")  # pages are read in a checkout
        self.python: subprocess.Popen[str] | None = None

    def run(self, block: Block) -> str:
        """What a block prints on stdout."""
        if block.title:
            (self.folder / block.title).write_text(block.body, encoding="utf-8")
            return ""
        return self._bash(block) if block.language == "bash" else self._python(block)

    def _environment(self, *places: str) -> dict[str, str]:
        coloured = ("FORCE_COLOR", "PY_COLORS")
        return {name: value for name, value in environment(*places).items() if name not in coloured} | self.settings

    def _bash(self, block: Block) -> str:
        done = subprocess.run(
            ["bash", "-euo", "pipefail", "-c", block.body],
            cwd=self.folder,
            env=self._environment(),
            capture_output=True,
            text=True,
            timeout=SECONDS_OF_A_BLOCK,
        )
        if done.returncode:
            raise BlockFailed(f"{block}: exit code {done.returncode}\n{block.body}\n{done.stderr[-3000:]}")
        return done.stdout

    def _python(self, block: Block) -> str:
        if self.python is None:
            self.python = subprocess.Popen(
                [sys.executable, "-c", self.READER],
                cwd=self.folder,
                env=self._environment("."),
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                text=True,
            )
        assert self.python.stdin is not None
        assert self.python.stdout is not None
        self.python.stdin.write(json.dumps(block.body) + "\n")
        self.python.stdin.flush()
        answer = self.python.stdout.readline()
        if not answer:
            raise BlockFailed(f"{block}: Python ended\n{block.body}")
        printed, error = json.loads(answer)
        if error:
            raise BlockFailed(f"{block}:\n{block.body}\n{error}")
        return printed

    def __enter__(self) -> Session:
        return self

    def __exit__(self, *_: object) -> None:
        if self.python is not None:
            self.python.kill()
            self.python.communicate()


def alike(shown: str, printed: str) -> bool:
    """Whether two lines say the same: words alike, numbers close.

    Numbers written with an exponent, which are errors and defects, may differ by a factor of 5, and all below 1e-6 are
    rounding; others may differ by 5%.
    """
    if re.sub(r"\s+", " ", NUMBER.sub("#", shown)).strip() != re.sub(r"\s+", " ", NUMBER.sub("#", printed)).strip():
        return False
    return all(_close(*pair) for pair in zip(NUMBER.findall(shown), NUMBER.findall(printed), strict=True))


def _close(one: str, other: str) -> bool:
    a, b = float(one), float(other)
    if "e" in (one + other).lower():
        a, b = max(abs(a), 1e-6), max(abs(b), 1e-6)
        return max(a, b) <= 5 * min(a, b)
    return abs(a - b) <= 0.05 * max(abs(a), abs(b))


def missing_line(shown: str, printed: str) -> str | None:
    """The first line of `shown` that isn't in `printed`, after those before it; None if all are."""
    lines = iter([line for line in printed.splitlines() if line.strip()])
    for line in filter(str.strip, shown.splitlines()):
        if not any(alike(line, candidate) for candidate in lines):
            return line
    return None


def run_page(page: Path, folder: Path, cache: Path) -> Iterator[tuple[Block, str, float]]:
    """Every block that says something, with what was printed and its seconds of processor time."""
    so_far: list[str] = []
    with Session(folder, cache) as session:
        for block in blocks(page):
            if block.runs:
                start = _processor_seconds()
                so_far.append(session.run(block))
                yield block, so_far[-1], _processor_seconds() - start
            elif block.language == "text" and so_far:
                yield block, "\n".join(so_far), 0.0


def _processor_seconds() -> float:
    """Of finished programs; time on the clock would depend on what else runs."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def check_page(page: Path, folder: Path, cache: Path) -> None:
    """Raises BlockFailed where a block fails, or does not print what the page says."""
    for block, printed, _ in run_page(page, folder, cache):
        if block.language == "text" and (line := missing_line(block.body, printed)) is not None:
            raise BlockFailed(f"{block}: this is not what is printed:\n{line}\n\nprinted so far:\n{printed[-6000:]}")


def updated(shown: str, printed: str) -> str:
    """`shown` as it is printed now: each part between blank lines from its first line to its last."""
    lines = printed.splitlines()
    return "\n\n".join(_span(part.splitlines(), lines) for part in shown.rstrip("\n").split("\n\n")) + "\n"


def _span(part: list[str], lines: list[str]) -> str:
    def place(line: str, candidates: range) -> int:
        return max(candidates, key=lambda i: (difflib.SequenceMatcher(None, line, lines[i]).ratio(), i))

    first = place(part[0], range(len(lines)))
    last = place(part[-1], range(first, min(first + 2 * len(part) + 4, len(lines))))
    return "\n".join(line.rstrip() for line in lines[first : last + 1])


def write(page: Path, changes: list[tuple[Block, str]]) -> None:
    """Puts other bodies into blocks; a page that was edited meanwhile keeps what else is new in it."""
    text = page.read_text(encoding="utf-8")
    for block, body in changes:
        text = text.replace(f"```text\n{block.body}```", f"```text\n{body}```", 1)
    page.write_text(text, encoding="utf-8")


def main() -> None:
    """Checks or updates pages, with the seconds of each block."""
    parser = argparse.ArgumentParser(description="Runs what the pages show.")
    parser.add_argument("--update", action="store_true", help="put what is printed today into the pages")
    parser.add_argument("pages", nargs="*", type=Path)
    asked = parser.parse_args()
    failed = False
    with tempfile.TemporaryDirectory() as temporary:
        cache = Path(os.environ.get("SYMGEN_CACHE") or Path(temporary) / "cache")
        for page in [page.resolve() for page in asked.pages] or pages_to_run():
            folder = Path(temporary) / page.stem
            folder.mkdir()
            changes: list[tuple[Block, str]] = []
            try:
                for block, printed, seconds in run_page(page, folder, cache):
                    if block.language != "text":
                        print(f"{block}: {seconds:.1f} s", flush=True)
                    elif (line := missing_line(block.body, printed)) is not None:
                        print(f"{block}: not printed: {line}", flush=True)
                        failed = not asked.update
                        changes.append((block, updated(block.body, printed)))
            except (BlockFailed, subprocess.TimeoutExpired) as error:
                print(error, flush=True)
                failed = True
            if asked.update:
                write(page, changes)
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
