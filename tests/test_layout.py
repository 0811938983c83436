"""Tables at any width: no number is broken, whatever is shown."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from rich.console import Console
from rich.text import Text

from symgen.cli import main
from symgen.cli.benchmark import render as of_benchmark
from symgen.cli.layout import wrap
from symgen.cli.output import Output, facts, table

NUMBER = re.compile(r"(?<![\w.])\d[\d.]*(?:e[+-]\d+)?(?![\w.])|(?<!\w)< \d+e-\d+")
"""Numbers that stand alone, among them those of formulas."""
SMALL = ("--nx", "64", "--nt", "70", "--stored", "70", "-n", "2", "--length", "32", "--duration", "10")
KEPT = ("--no-figures", "--device", "cpu")


def printed(renderable, width):
    """The lines at that width."""
    console = Console(width=width, no_color=True, highlight=False)
    with console.capture() as capture:
        console.print(renderable)
    return capture.get().rstrip("\n").split("\n")


@pytest.fixture(scope="module")
def shown(tmp_path_factory, module_cache):
    """What commands of all kinds would print, by command."""
    found = {}
    folder = tmp_path_factory.mktemp("tables")
    random = np.random.default_rng(0)
    points = random.normal(size=(300, 4))
    mass = points**2 @ np.array([1.0, -1.0, -1.0, -1.0])
    phase, t = np.linspace(0.1, 1.5, 4), np.linspace(0, 6, 61)
    q1, q2 = np.cos(t + phase[:, None]), np.linspace(0.5, 1.2, 4)[:, None] * np.cos(t + phase[::-1, None] + 1)
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        np.savez("events.npz", x=points, y=mass)
        np.savez("oscillator.npz", q1=q1, q2=q2, t=t)
        oscillator = ("--equation", "q1_tt = -q1", "--equation", "q2_tt = -q2")
        for line in (
            ("catalog",),
            ("catalog", "shallow-water"),
            ("simulate", "kdv", *SMALL, "--no-figures"),
            ("simulate", "kepler", "-n", "2", "--nt", "33", "--no-figures"),
            ("discover", "kdv.h5", *KEPT),
            ("inspect", "kdv.h5", "--conserved"),
            ("inspect", "kdv-generators.safetensors", "--against", "lps"),
            ("augment", "--data", "kdv.h5", "--generators", "lps", "--copies", "1"),
            ("discover", "--data", "oscillator.npz", *oscillator, *KEPT),
            ("inspect", "oscillator-generators.safetensors", "--against", "lps"),
            ("inspect", "oscillator.npz", *oscillator),
            ("inspect", "--equation", "u_t + u*u_x + u_xxx"),
            ("inspect", "--equation", "u_t + u*u_x + u_xxx", "--conserved", "--degree", "2"),
            ("discover", "--points", "events.npz", "--target", "y", *KEPT),
            ("inspect", "events-generators.safetensors", "--against", "lorentz"),
        ):
            patch.setattr(Output, "result", lambda self, _, render, line=line: found.update({line: render()}))
            with pytest.raises(SystemExit) as end:
                main(line)
            assert end.value.code == 0, line
    row = {
        "case": "kdv, 32 trajectories",
        "quantity": "angle (rad)",
        "measured": "1.2e-12 ± 3e-13",
        "target": "≤ 1e-06",
    }
    found["benchmark",] = of_benchmark([{**row, "verdict": "pass"}] * 4, Path("report.md"))
    return found


@pytest.mark.parametrize("width", [60, 80, 100])
def test_numbers_are_whole_at_every_width(shown, width):
    for line, renderable in shown.items():
        lines = printed(renderable, width)
        assert max(map(len, lines)) <= width, line
        wide, narrow = ("\n".join(own) for own in (printed(renderable, 1000), lines))
        lost = Counter(NUMBER.findall(wide)) - Counter(NUMBER.findall(narrow))
        assert not lost, (line, narrow)
        assert len(NUMBER.findall(wide)) > 3 or line[:1] == ("catalog",), line


def test_no_blanks_at_the_ends_and_no_stars(shown, capsys):
    from symgen.cli.output import _print

    for line, renderable in shown.items():
        _print(renderable)
        out = capsys.readouterr().out
        assert not re.search(r"[ \t]$", out, re.MULTILINE), line
        assert "**" not in out, line


ROWS = [
    ["V1", "x d/dx + 2*t d/dt - psi_r d/dpsi_r - psi_i d/dpsi_i", "< 5e-13", "1.3e-10", "approximate"],
    ["", "a random smooth field", "2.8e-01", "", ""],
]
HEADER = ["", "generator", "defect", "moved 0.1", "is"]


class TestColumns:
    def test_formulas_wrap_at_signs(self):
        lines = printed(table(HEADER, ROWS, numbers=("defect", "moved 0.1")), 60)
        assert "V1  x d/dx + 2*t d/dt" in lines[2]
        assert lines[3].startswith("    - psi_r d/dpsi_r")
        assert lines[4].strip() == "- psi_i d/dpsi_i"

    def test_what_does_not_fit_comes_below_with_its_labels(self):
        rows = [[*ROWS[0][:-1], "exact"], ROWS[1]]
        lines = printed(table(HEADER, rows, numbers=("defect", "moved 0.1")), 39)
        blank = lines.index("")
        assert "moved" not in "".join(lines[:blank])
        assert "moved 0.1" in lines[blank + 1]
        assert lines[blank + 2].split() == ["V1", "1.3e-10", "exact"]
        assert lines[blank + 3] == "a random smooth field"

    def test_headers_wrap_before_text(self):
        lines = printed(table(["a", "one two"], [["words that fill", "1.5"]], numbers=("one two",)), 20)
        assert lines == ["a                one", "                 two", "words that fill  1.5"]

    def test_facts(self):
        lines = printed(facts({"equation": "u_t + u*u_x + u_xxx = 0", "left out": None, "n": 3}), 25)
        assert lines == ["equation  u_t + u*u_x", "          + u_xxx = 0", "n         3"]

    def test_lines_of_a_cell_stay(self):
        assert printed(table(["name", "what"], [["kdv", "a\nb"]]), 40)[1:] == ["kdv   a", "      b"]


@settings(suppress_health_check=[HealthCheck.too_slow], deadline=None, max_examples=50)
@given(
    st.lists(st.sampled_from(["u_xx", "3.25e-10*u", "+", "-", "sin(x)*exp(-t)", "d/dx", "0.5", "word"]), max_size=12),
    st.integers(1, 50),
)
def test_wrapping_loses_nothing_and_breaks_no_number(words, width):
    text = " ".join(words)
    lines = [line.plain for line in wrap(Text(text), width)]
    assert "".join("".join(lines).split()) == "".join(words)
    assert Counter(re.findall(r"3\.25e-10|0\.5", " ".join(lines))) == Counter(re.findall(r"3\.25e-10|0\.5", text))
    longest = max(map(len, [*words, ""]))
    assert all(len(line) <= max(width, longest) for line in lines)
