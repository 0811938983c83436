"""`symgen report` and `symgen discover --report`: files, exit codes, and the command that is on record."""

from __future__ import annotations

import json
import shlex
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
import sympy
from report_artifacts import ARTIFACTS, soliton, spiral

import symgen
from symgen.exceptions import DataError, UsageError
from symgen.generators.closed_form import ClosedFormGenerators
from symgen.generators.domains import SurrogateRecord
from symgen.generators.metadata import RegressedTerm, Regression
from symgen.pde.solutions import Solutions
from symgen.pde.solutions_file import file_sha256, save_solutions
from symgen.report.data import data_section
from symgen.report.page import report_html, write_report
from symgen.report.subject import headline

pytestmark = pytest.mark.usefixtures("terminal", "module_cache")


@pytest.fixture
def file():
    soliton().save("kdv-generators.safetensors")
    return Path("kdv-generators.safetensors")


def test_page_is_beside_the_generators(run, file):
    code, out, _ = run("report", str(file))
    assert code == 0
    assert "kdv-report.html" in out
    assert Path("kdv-report.html").read_text().startswith("<!DOCTYPE html>")


def test_json(run, file):
    code, out, _ = run("report", str(file), "-o", "page.htm", "--json")
    told = json.loads(out)
    assert code == 0
    assert told["report"] == "page.htm"
    assert told["bytes"] == Path("page.htm").stat().st_size


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (["missing.safetensors"], 3, "no such file"),
        (["kdv-generators.safetensors", "-o", "there.html"], 2, "--force"),
        (["kdv-generators.safetensors", "-o", "page.pdf"], 2, ".html"),
        (["kdv-generators.safetensors", "-o", "nowhere/page.html"], 2, "does not exist"),
        (["kdv-generators.safetensors", "--data", "missing.h5"], 3, "no such file"),
        (["kdv-generators.safetensors", "--against", "affine"], 2, "affine"),
        (["damaged.safetensors"], 3, "safetensors"),
    ],
)
def test_what_cannot_be_done_leaves_nothing(run, file, arguments, code, words):
    Path("there.html").write_text("precious")
    Path("damaged.safetensors").write_bytes(file.read_bytes()[:-7])
    before = sorted(Path().iterdir())
    got, _, err = run("report", *arguments)
    assert got == code
    assert words in err
    assert sorted(Path().iterdir()) == before
    assert Path("there.html").read_text() == "precious"


def test_force_replaces(run, file):
    Path("there.html").write_text("old")
    assert run("report", str(file), "-o", "there.html", "--force")[0] == 0
    assert Path("there.html").stat().st_size > 10_000


def test_what_is_read_is_not_written(file):
    file.rename("kdv.html")
    for options in ({"generators": "kdv.html"}, {"generators": soliton(), "data": "kdv.html"}):
        with pytest.raises(UsageError, match="is read"):
            write_report(**options, output="kdv.html", force=True)
    assert len(symgen.load("kdv.html").metadata.generators) == 4


def test_other_data_are_told(run, file):
    Path("mine.h5").write_bytes(b"other data")
    code, _, err = run("report", str(file), "--data", "mine.h5")
    assert code == 0
    assert "not the data" in err
    assert "not the data" in Path("kdv-report.html").read_text()


def test_the_same_data_are_told(run):
    Path("mine.h5").write_bytes(b"the data")
    artifact = soliton()
    data = artifact.metadata.data.model_copy(update={"sha256": file_sha256("mine.h5")})
    replace(artifact, metadata=artifact.metadata.model_copy(update={"data": data})).save("g.safetensors")
    code, _, err = run("report", "g.safetensors", "--data", "mine.h5")
    assert code == 0
    assert "warning" not in err
    assert "these are the data" in Path("g-report.html").read_text()


def test_data_stand_in_for_a_datum_that_old_files_lack():
    artifact = spiral()
    old = replace(artifact, specimen={})
    assert 'id="stage"' not in report_html(old)
    held = artifact.specimen
    unknowns = {name: held[name].numpy()[None] for name in ("u", "v")}
    data = Solutions.from_arrays(unknowns, {name: held[name].numpy() for name in "txy"}, periodic=False)
    save_solutions(data, "data.h5")
    page = write_report(old, "page.html", "data.h5")
    assert 'id="stage"' in page.read_text()
    save_solutions(replace(data, unknowns=("u", "w")), "other.h5")
    with pytest.raises(DataError, match="act on u, v over x, y, t"):
        write_report(old, "other.html", "other.h5")


@pytest.mark.parametrize("kind", ["system", "image"])
def test_same_generators_give_the_same_page(kind):
    assert report_html(ARTIFACTS[kind]()) == report_html(ARTIFACTS[kind]())


def test_sections_have_what_is_known(run, file):
    assert run("report", str(file), "--against", "lps")[0] == 0
    page = Path("kdv-report.html").read_text()
    for name in ("generators", "spectrum", "algebra", "comparison", "conserved", "certainty", "data", "reproduce"):
        assert f' id="{name}" aria-labelledby="{name}-title">' in page
    assert "Grassmann" in page
    assert "4 in the library, no more and no fewer, at 95% confidence" in page
    assert "sha256:" + "ab" * 32 in page


def test_reports_of_points_name_the_algebra():
    page = report_html(ARTIFACTS["points"]())
    assert "so(1,2)" in page or "so(2,1)" in page
    assert "left alone" in page


def test_doubts_stand_on_the_page():
    assert 'class="doubts"' not in report_html(soliton())
    assert "the data fit poorly" in report_html(soliton(warnings=("the data fit poorly",)))


def test_doubts_about_an_equation_that_was_found_are_in_the_headline():
    """As on the terminal."""
    artifact = soliton(warnings=("Another equation fits as well.",))
    assert "in doubt)" not in headline(artifact.metadata)
    found = Regression(equation="u_t + u*u_x", left="u_t", terms=(), residual=1e-3, noise=0.1, window=(4, 4), rows=9)
    data = artifact.metadata.data.model_copy(update={"regression": found})
    doubted = artifact.metadata.model_copy(update={"data": data})
    assert headline(doubted) == "4 symmetries found (of an equation that the data leave in doubt)"


def test_coefficients_that_assumed_symmetries_fix_have_no_error():
    terms = tuple(RegressedTerm(text=text, coefficient=-1.0, error=0.0, share=0.5) for text in ("u u_x", "u_xxx"))
    told = {"terms": terms, "residual": 1e-3, "noise": 0.1, "window": (4, 4), "rows": 9, "assumed": ("t*d/dx + d/du",)}
    found = Regression(equation="u_t + u*u_x + u_xxx", left="u_t", **told)
    data = soliton().metadata.data.model_copy(update={"regression": found})
    page = str(data_section(soliton().metadata.model_copy(update={"data": data}), None))
    assert page.count(">fixed</td>") == 2
    assert "t*d/dx + d/du: the equation has these by construction" in page


def test_undecided_fields_are_not_said_to_be_found():
    artifact = soliton()
    first, *others = artifact.metadata.generators
    undecided = tuple(record.model_copy(update={"status": "none", "undecided": True}) for record in others)
    update = {"generators": (first, *undecided), "exact": 1, "spectrum": (1e-13,) * 4 + (0.2, 0.5)}
    metadata = artifact.metadata.model_copy(update=update)
    assert headline(metadata) == "1 symmetry found and 3 undecided"
    page = report_html(replace(artifact, metadata=metadata))
    assert "6 fields: 1 exact, 3 undecided, 2 no symmetry" in page
    assert "undecided (3)" in page


def test_fits_of_classes_are_told_by_what_they_classify():
    """Not by the error of their logits."""
    artifact = ARTIFACTS["points"]()
    fit = SurrogateRecord(kind="network", widths=(8,), error=0.17, explained=0.9, accuracy=0.997, folds=5, points=99)
    domain = artifact.metadata.domain.model_copy(update={"surrogate": fit})
    page = report_html(replace(artifact, metadata=artifact.metadata.model_copy(update={"domain": domain})))
    assert "classify 99.7% of held-out points rightly" in page


def test_brackets_that_leave_the_span_are_measured():
    """Networks that were trained leave it a little, and may be of an algebra nevertheless."""
    artifact = soliton()
    bent = [[*field[:2], field[2] + 0.01 * sympy.Symbol("x", real=True) ** 2] for field in artifact.generators.fields]
    fields = ClosedFormGenerators(artifact.metadata.space, bent)
    page = report_html(replace(artifact, generators=fields))
    assert "are no combinations of these fields, by " in page
    assert "no algebra" not in page


def test_solutions_too_small_to_be_moved_are_said_to_be():
    artifact = soliton()
    few = {name: artifact.specimen[name][:6] for name in ("t", "u")} | {"x": artifact.specimen["x"]}
    page = report_html(replace(artifact, specimen=few))
    assert "Not put to the test at finite scale" in page
    assert "Not put to the test" not in report_html(artifact)


def test_defects_on_the_page_are_not_finer_than_what_is_known():
    """Nor is a range of how many symmetries there may be called certain."""
    artifact = soliton()
    certain = artifact.metadata.certainty.model_copy(update={"at_least": 1, "at_most": 12})
    update = {"exact": 0, "spectrum": (0.022, 0.5), "rounding": 0.17, "certainty": certain}
    page = report_html(replace(artifact, metadata=artifact.metadata.model_copy(update=update)))
    assert "<b>&lt;&thinsp;0.2</b><span>least defect</span>" in page
    assert "<b>1 to 12</b><span>in the library, at 95% confidence</span>" in page


def test_artifacts_of_single_precision():
    artifact = ARTIFACTS["pde"]()
    single = {name: tensor.float() for name, tensor in artifact.specimen.items()}
    page = report_html(replace(artifact, points=artifact.points.float(), specimen=single))
    assert 'id="stage"' in page


@pytest.mark.parametrize("shown", [["--report"], ["--report-file", "found.html"]])
def test_discover_writes_a_report_with_its_command(run, shown):
    given = ["discover", "kepler", "-n", "1", "--degree", "1", "--no-figures", "--seed", "3", "-o", "k.safetensors"]
    code, out, _ = run(*given, *shown, "--json")
    path = Path("k-report.html" if shown == ["--report"] else "found.html")
    assert code == 0
    assert json.loads(out)["report"] == str(path)
    command = symgen.load("k.safetensors").metadata.command
    first, *options = shlex.split(command)[2:]
    assert shlex.split(command)[:2] == ["symgen", "discover"]
    assert first == "kepler"
    assert set(batched(options)) == {("--degree", "1"), ("--samples", "1"), ("--seed", "3")}
    assert command in path.read_text()
    code, _, err = run(*given, *shown)  # before any work is done
    assert code == 2
    assert "--force" in err


def test_the_command_is_complete(run):
    """Options of a file of settings, switches and repeated ones; and quotes where a shell needs them."""
    Path("set.toml").write_text('[discover]\nseed = 2\nn-points = 512\nequation = "u_t + u_x"\n')
    x, t = np.arange(32) * np.pi / 16, np.linspace(0, 2, 24)
    np.savez("my data.npz", u=np.sin(x - t[:, None])[None] + 0.3 * np.cos(2 * (x - t[:, None])), x=x, t=t)
    options = ["--data", "my data.npz", "--periodic", "--config", "set.toml", "--no-figures", "-o", "g.safetensors"]
    code, _, err = run("discover", *options)
    assert code == 0, err
    words = shlex.split(symgen.load("g.safetensors").metadata.command)
    assert words[:2] == ["symgen", "discover"]
    assert "--periodic" in words
    pairs = list(pairwise(words))
    for pair in (("--data", "my data.npz"), ("--equation", "u_t + u_x"), ("--seed", "2"), ("--n-points", "512")):
        assert pair in pairs
    assert "--config" not in words


def batched(words):
    """Pairs of an option and its value."""
    return zip(words[::2], words[1::2], strict=True)


def test_generators_found_in_python_have_no_command(file):
    assert symgen.load(file).metadata.command is None
    assert 'id="command"' not in report_html(symgen.load(file))
