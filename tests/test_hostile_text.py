"""Text from a file that would control a terminal, turn the reading order or be markup is shown, never obeyed."""

import json
import sys
import traceback
import warnings
from dataclasses import replace

import h5py
import numpy as np
import pytest
from point_artifacts import points_artifact
from rich.text import Text

import symgen
from symgen.exceptions import DataError, SymgenWarning
from symgen.printable import HOSTILE, escape, in_json, printable

HOSTILE_PARTS = {
    "controls": "\x1b]0;owned\x07\x1b[2J\x9b31m\x90q\x9c\rsymgen: all is well\x08\x08\u202egnp\u2066x\u2069\u200f",
    "bytes": "\udcff",
    "markup": r"[bold red]loud[/bold red] :smiley: <script>alert(1)</script>&amp; $\frac{a}$ $x",
}


def assert_harmless(text, part):
    found = HOSTILE.search(text)
    assert not found, repr(found)
    if part == "markup":
        assert "[bold red]" in text
        assert ":smiley:" in text


def files(part, folder):
    """Files with that text in the names of arrays and columns, their attributes, and a file that is called so."""
    draw = np.random.default_rng(0)
    t, x, u = np.arange(24.0), np.linspace(0, 1, 64), draw.normal(size=(24, 64))
    with h5py.File(folder / "u.h5", "w") as file:
        name = part.replace("/", "|") if "\udcff" not in part else part.replace("\udcff", "").encode() + b"u\xff"
        file[name] = u
        file["t"], file["x"] = t, x
        file["t"].attrs["units"] = part.encode("utf-8", "surrogateescape").decode("utf-8", "replace")
    with h5py.File(folder / "attribute.h5", "w") as file:
        file["u"], file["t"], file["x"] = u, t, x
        file.attrs["symgen"] = np.bytes_(part.encode("utf-8", "surrogateescape"))
    named = part.encode("utf-8", "surrogateescape").decode("utf-8", "replace").replace("/", "|")
    np.savez(folder / "u.npz", **{named: u, "x": x, "t": t, f"{named}2": np.array(["a"])})
    columns = "\t".join(["a", named.replace("\r", ""), "b"])
    rows = "\n".join([columns, *(f"{a}\t{b}\t{a * b}" for a, b in u[:, :2])])
    (folder / "rows.csv").write_text(rows, encoding="utf-8")
    own = part.replace("/", "|")
    (folder / f"{own}.txt").write_text(part.replace("\udcff", ""), encoding="utf-8")
    (folder / f"{own}.npz").write_bytes((folder / "u.npz").read_bytes())
    return own


@pytest.mark.parametrize("kind", HOSTILE_PARTS)
def test_nothing_in_a_file_controls_the_terminal(kind, run, terminal, tmp_path):
    part = HOSTILE_PARTS[kind]
    own = files(part, tmp_path)
    commands = [
        ("inspect", "u.h5", "--x", "x", "--t", "t"),
        ("inspect", "u.h5", "--u", "none"),
        ("inspect", "attribute.h5"),
        ("inspect", "u.npz", "--figures", "u-figures", "--format", "svg"),
        ("inspect", "--points", "rows.csv", "--figures", "rows-figures", "--format", "svg"),
        ("inspect", "--points", "u.npz"),
        ("inspect", f"{own}.txt"),
        ("inspect", f"{own}.npz"),
        ("inspect", f"{own}.safetensors"),
        ("inspect", f"{own}.txt", "--debug"),
        ("discover", "u.h5", "--u", part),
        ("discover", own),
        ("discover", "--points", "rows.csv", "--target", own),
    ]
    codes = []
    for command in commands:
        for mode in ((), ("--json",)) if command[0] == "inspect" else ((),):
            code, out, err = run(*command, *mode, *(["--force"] if "--figures" in command else []))
            codes.append(code)
            if "--debug" not in command:
                assert "bug in symgen" not in out + err, (command, err)
            assert_harmless(out, "")
            assert_harmless(err, "")
            if mode:
                json.loads(out)
    assert 0 in codes
    assert 3 in codes
    assert len([*tmp_path.glob("*-figures/*.svg")]) == 2 - (kind == "controls")  # that table is no text
    for figure in tmp_path.glob("*-figures/*.svg"):
        assert_harmless(figure.read_text(encoding="utf-8"), "")


def test_markup_of_rich_is_text(run, terminal, tmp_path):
    own = files(HOSTILE_PARTS["markup"], tmp_path)
    _, _, err = run("inspect", f"{own}.txt")
    assert_harmless(err, "markup")


@pytest.mark.parametrize("stderr", [True, False])
def test_whatever_is_printed_is_made_safe(stderr, capsys):
    from rich.console import Group

    from symgen.cli.output import console, table

    part = "".join(HOSTILE_PARTS.values())
    console(stderr).print(part, Text(part), Group(part, table([part], [[part, part]])))
    shown = "".join(capsys.readouterr())
    assert_harmless(shown, "")
    assert shown.count("\N{SYMBOL FOR ESCAPE}") >= 4
    assert shown.count("loud") >= 4


def test_rich_keeps_its_own_escapes(monkeypatch):
    import io

    from symgen.cli.output import console

    monkeypatch.setattr(sys, "stdout", io.StringIO())
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.setenv("TERM", "xterm-256color")
    console().print(Text("\x1b[5m", style="bold"))
    assert sys.stdout.getvalue() == "\x1b[1m\N{SYMBOL FOR ESCAPE}[5m\x1b[0m\n"


def test_errors_and_warnings_in_python_are_printable():
    part = "".join(HOSTILE_PARTS.values())
    assert_harmless(str(DataError(part)), "markup")
    assert_harmless("".join(traceback.format_exception(DataError(part))), "markup")
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        warnings.warn(part, SymgenWarning, stacklevel=1)
    assert_harmless(str(caught[0].message), "markup")


def test_json_is_the_same_document():
    document = {"a": "".join(HOSTILE_PARTS.values()), "b\x9b": ["\u202e"]}
    text = in_json(json.dumps(document, ensure_ascii=False, indent=2))
    assert json.loads(text) == document
    assert_harmless(text, "")


def test_each_character_stays_one_character_and_ordinary_ones_stay():
    part = "".join(map(chr, [*range(0x100), 0x200B, 0x202E, 0x2069, 0x1F600, 0xDCFF]))
    assert len(printable(part)) == len(part)
    for ordinary in ("tab\tline\n", "Größe µ ψ 速度", "x² · ∂u/∂t ± 0.1", "👩\u200d🚀"):
        assert printable(ordinary) == ordinary
    assert escape("<\x1b>") == "&lt;\N{SYMBOL FOR ESCAPE}&gt;"


def test_a_message_cannot_begin_another(run, terminal, tmp_path):
    path = tmp_path / "a\nsymgen: note: all is well"
    path.write_text("no table")
    _, _, err = run("inspect", str(path))
    assert "\nsymgen" not in err


@pytest.mark.parametrize("kind", HOSTILE_PARTS)
def test_reports_and_tables_of_hostile_metadata(kind, run, terminal, tmp_path):
    part = HOSTILE_PARTS[kind].replace("\udcff", "\x9b")
    artifact = points_artifact(["a", "b"], [["1", "0"], ["-b", "a"]], words=part)
    m = artifact.metadata
    data = m.data.model_copy(update={"source": part})
    hostile = m.model_copy(update={"warnings": (part,), "rule": part, "data": data, "settings": {"seed": part}})
    replace(artifact, metadata=hostile).save("g.safetensors")
    for command in (("inspect", "g.safetensors"), ("inspect", "g.safetensors", "--json"), ("report", "g.safetensors")):
        code, out, err = run(*command)
        assert_harmless(out + err, "")
        assert code == 0 or (code == 3 and kind != "markup"), err
    if code:
        return
    (page,) = tmp_path.glob("*.html")
    text = page.read_text(encoding="utf-8")
    assert_harmless(text, "")
    assert "<script>alert" not in text
    loaded = symgen.load("g.safetensors")
    for shown in (repr(loaded), str(loaded), loaded._repr_html_()):
        assert_harmless(shown, "")
        assert "<script>alert" not in shown or shown == repr(loaded)
