from __future__ import annotations

import json
import os
import pty
import select
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from typer.testing import CliRunner

import symgen
from symgen.cli import app
from symgen.cli.errors import failure
from symgen.cli.output import Output, print_json
from symgen.exceptions import CheckFailed, DataError, UsageError

FAST = ["simulate", "heat", "-n", "2", "--nx", "32", "--nt", "6", "--stored", "4", "--device", "cpu"]
COMMANDS = [command.callback.__name__ for command in app.registered_commands]


pytestmark = pytest.mark.usefixtures("terminal")


def files(folder: Path = Path()) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


class TestSimulate:
    def test_human(self, run):
        code, out, err = run(*FAST)
        assert code == 0
        assert "u_t - nu*u_xx = 0" in out
        assert "4 times x 32 points" in out
        assert "heat.h5 (" in out
        assert err == ""
        assert "\x1b" not in out
        assert files() == ["heat.h5", "heat.png"]

    def test_json_is_one_document_and_nothing_else(self, run):
        code, out, err = run(*FAST, "--json", "-o", "a.h5")
        document = json.loads(out)
        assert (code, err) == (0, "")
        assert document["file"] == "a.h5"
        assert document["bytes"] == Path("a.h5").stat().st_size
        assert (document["samples"], document["nt"], document["nx"]) == (2, 4, 32)
        assert document["equation"] == "u_t - nu*u_xx"
        assert document["warnings"] == []

    def test_summary_agrees_with_the_file(self, run):
        from symgen.pde.trajectories import load_trajectories

        document = json.loads(run(*FAST, "--json", "--param", "nu=0.3", "--seed", "7")[1])
        data = load_trajectories("heat.h5")
        assert document["parameters"] == data.info.parameters == {"nu": 0.3}
        assert document["seed"] == data.info.seed == 7
        assert document["x"] == [data.x[0], data.x[-1]]
        assert document["t"] == [data.t[0], data.t[-1]]
        assert document["u_std"] == pytest.approx(data.read([0, 1]).std())

    def test_quiet(self, run):
        assert run(*FAST, "--quiet") == (0, "", "")
        assert files() == ["heat.h5", "heat.png"]

    def test_seed_repeats(self, run):
        stds = [
            json.loads(run(*FAST, "--json", "-o", f"{i}.h5", "--seed", seed)[1])["u_std"]
            for i, seed in enumerate("112")
        ]
        assert stds[0] == stds[1] != stds[2]

    def test_waves_and_sines(self, run):
        run(*FAST, "--waves", "2-3", "--sines", "4", "--amplitude", "0.1", "--quiet")
        from symgen.pde.trajectories import load_trajectories

        used = load_trajectories("heat.h5").info.settings
        assert [used[key] for key in ("lowest", "highest", "waves", "amplitude")] == [2, 3, 4, 0.1]

    def test_unresolved_data_are_warned_of(self, run):
        coarse = ("simulate", "burgers", "-n", "1", "--nx", "32", "--nt", "4", "--stored", "2")
        code, _, err = run(*coarse, "--param", "nu=0.005")
        assert code == 0
        assert err.startswith("symgen: warning: burgers is not resolved on 32 points.")
        document = json.loads(run(*coarse, "--param", "nu=0.005", "--json", "--force")[1])
        assert document["resolution"] > 1e-6
        assert len(document["warnings"]) == 1


class TestErrors:
    @pytest.mark.parametrize(
        ("arguments", "code", "said"),
        [
            (["simulat", "kdv"], 2, "Did you mean 'simulate'?"),
            (["simulate", "kdb"], 2, "Did you mean 'kdv'?"),
            (["simulate"], 2, "Missing argument 'NAME'. See `symgen simulate --help`."),
            (["simulate", "heat", "--nxx", "3"], 2, "--nx"),
            (["simulate", "heat", "--nx", "many"], 2, "'--nx'"),
            (["simulate", "heat", "--nx", "4"], 2, "--nx 4: input should be greater than or equal to 8."),
            (["simulate", "heat", "-n", "0"], 2, "--samples"),
            (["simulate", "heat", "--sines", "0"], 2, "--sines 0:"),
            (["simulate", "heat", "--stored", "999"], 2, "999"),
            (["simulate", "heat", "--param", "nu"], 2, "NAME=NUMBER"),
            (["simulate", "heat", "--param", "mu=1"], 2, "mu"),
            (["simulate", "heat", "--waves", "a"], 2, "wave numbers"),
            (["simulate", "heat", "--device", "tpu"], 2, "give auto, cpu, cuda or cuda:k"),
            (["simulate", "heat", "--device", "cuda:99"], 2, "--device cuda:99"),
            (["simulate", "heat", "--json", "--quiet"], 2, "exclude each other"),
            (["simulate", "heat", "-o", "no/such/folder.h5"], 2, "does not exist"),
            (["simulate", "heat", "--config", "none.toml"], 3, "none.toml"),
        ],
    )
    def test_one_sentence_and_an_exit_code(self, run, arguments, code, said):
        got, out, err = run(*arguments)
        assert got == code
        text = out if "--json" in arguments else err
        assert said in text
        if "--json" not in arguments:
            assert out == ""
            assert err.startswith("symgen: error: ")
            assert err.count("\n") == 1
        assert "Traceback" not in err
        assert files() == []

    def test_existing_file_is_kept_without_force(self, run):
        Path("heat.h5").write_text("precious")
        code, _, err = run(*FAST)
        assert (code, Path("heat.h5").read_text()) == (2, "precious")
        assert "--force" in err
        assert run(*FAST, "--force", "--quiet")[0] == 0
        assert Path("heat.h5").read_bytes().startswith(b"\x89HDF")

    def test_json_error_is_a_document_on_stdout(self, run):
        code, out, err = run("simulate", "kdb", "--json")
        error = json.loads(out)["error"]
        assert (code, err) == (2, "")
        assert (error["kind"], error["exit_code"]) == ("usage", 2)
        assert "kdv" in error["message"]

    def test_quiet_still_prints_errors(self, run):
        assert run("simulate", "kdb", "--quiet")[2].startswith("symgen: error: ")

    def test_blow_up_is_bad_data(self, run):
        wild = ["--amplitude", "100", "--max-step", "0.5", "--nx", "32", "--nt", "5", "--stored", "2"]
        code, _, err = run("simulate", "kdv", "-n", "2", *wild)
        assert code == 3
        assert "--max-step" in err
        assert files() == []

    def test_traceback_only_with_debug(self, run, monkeypatch):
        monkeypatch.setattr("symgen.catalog.simulate.simulate", lambda *_, **__: 1 / 0)
        code, _, err = run(*FAST)
        assert code == 1
        assert "--debug" in err
        assert "Traceback" not in err
        assert "Traceback" in run(*FAST, "--debug")[2]

    def test_kinds(self):
        kinds = {
            UsageError("u"): ("usage", 2),
            DataError("d"): ("data", 3),
            CheckFailed("c"): ("check", 4),
            PermissionError(13, "Permission denied", "a.h5"): ("data", 3),
            MemoryError(): ("memory", 1),
            RuntimeError("r"): ("internal", 1),
            KeyboardInterrupt(): ("interrupted", 130),
        }
        for error, expected in kinds.items():
            reported = failure(error)
            assert (reported.kind, reported.exit_code) == expected
        assert failure(PermissionError(13, "Permission denied", "a.h5")).message == "a.h5: Permission denied."


class TestConfig:
    def test_options_win_over_the_file(self, run):
        Path("c.toml").write_text('[simulate]\nnx = 24\nnt = 5\nmax_step = 1\noutput = "b.h5"\nparam = {nu = 0.3}')
        code, out, _ = run("simulate", "heat", "-n", "1", "--stored", "4", "--nx", "32", "--config", "c.toml", "--json")
        document = json.loads(out)
        assert code == 0
        assert (document["nx"], document["t"][1] > 0, document["file"]) == (32, True, "b.h5")
        assert document["parameters"] == {"nu": 0.3}

    def test_settings_at_the_top(self, run):
        Path("c.toml").write_text("nx = 24\nskip-bad = true\nlength = 3")
        document = json.loads(run("simulate", "heat", "-n", "1", "--config", "c.toml", "--json")[1])
        assert (document["nx"], document["length"]) == (24, 3.0)

    @pytest.mark.parametrize(
        ("text", "code", "said"),
        [
            ("lenght = 3", 2, "Did you mean 'length'?"),
            ("zzz = 3", 2, "It has amplitude, "),
            ("json = true", 2, "no setting 'json'"),
            ("nx = 'many'", 2, "--nx"),
            ("nx = = 3", 3, "cannot be read as TOML"),
        ],
    )
    def test_refused(self, run, text, code, said):
        Path("c.toml").write_text(text)
        got, _, err = run("simulate", "heat", "--config", "c.toml")
        assert (got, said in err) == (code, True), err


class TestOutput:
    def test_modes(self, capsys):
        for mode in ("human", "json", "quiet"):
            out = Output(mode)
            out.note("a note")
            out.warning("a [warning]")
            with out.progress("Working") as update:
                update(1, 2, "Still working")
            out.result({"value": float("nan"), "path": Path("a")}, lambda: "rendered [bold]")
            stdout, stderr = capsys.readouterr()
            if mode == "human":
                assert (stdout, stderr) == ("rendered [bold]\n", "a note\nsymgen: warning: a [warning]\n")
            elif mode == "json":
                assert json.loads(stdout) == {"value": None, "path": "a", "warnings": ["a [warning]"]}
                assert stderr == ""
            else:
                assert (stdout, stderr) == ("", "")

    def test_json_of_numpy_and_torch(self, capsys):
        import numpy as np
        import torch

        print_json(
            {
                "a": np.array([1.0, np.inf]),
                "b": torch.ones(2, dtype=torch.int64),
                "c": np.float32(2),
                "d": (1,),
            }
        )
        assert json.loads(capsys.readouterr().out) == {"a": [1.0, None], "b": [1, 1], "c": 2.0, "d": [1]}


class TestHelp:
    def test_every_command_ends_with_examples(self):
        for name in ("", *COMMANDS):
            result = CliRunner().invoke(app, [*name.split(), "--help"])
            assert result.exit_code == 0
            assert f"$ symgen {name}".rstrip() in result.stdout.split("Examples:")[1]
            assert "\x1b" not in result.stdout

    def test_without_arguments_shows_help(self, run):
        code, out, _ = run()
        assert code == 0
        assert "Usage: symgen" in out

    def test_version(self, run):
        assert run("--version") == (0, f"symgen {symgen.__version__}\n", "")

    def test_imports_nothing_heavy(self):
        script = (
            "import sys\nfrom symgen.cli import main\n"
            f"for command in {['', *COMMANDS]}:\n"
            "    try: main([*command.split(), '--help'])\n    except SystemExit: pass\n"
            "heavy = {'torch', 'numpy', 'h5py', 'sympy', 'matplotlib', 'safetensors'} & set(sys.modules)\n"
            "sys.exit(' '.join(sorted(heavy)) or 0)"
        )
        done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)
        assert done.stderr == ""

    def test_python_m(self):
        done = subprocess.run([sys.executable, "-m", "symgen", "--version"], capture_output=True, text=True)
        assert (done.returncode, done.stdout) == (0, f"symgen {symgen.__version__}\n")


class TestInterrupt:
    def test_while_writing(self, run, monkeypatch):
        def interrupted(self, size=None):
            assert len(files()) == 1  # the temporary file
            raise KeyboardInterrupt
            yield

        monkeypatch.setattr("symgen.pde.trajectories.Trajectories.batches", interrupted)
        assert run(*FAST) == (130, "", "symgen: error: Interrupted.\n")
        assert files() == []

    def test_signal_during_a_long_run_on_a_terminal(self):
        terminal, stderr = pty.openpty()
        command = [sys.executable, "-m", "symgen", "simulate", "kdv", "-n", "4", "--max-step", "1e-6"]
        process = subprocess.Popen(
            command,
            stdout=subprocess.PIPE,
            stderr=stderr,
            env={**os.environ, "TERM": "xterm", "NO_COLOR": "1"},
            preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),  # if pytest runs in the background
        )
        os.close(stderr)
        shown = b""
        try:
            shown += read_until(terminal, b"Solving kdv")
            time.sleep(0.3)
            process.send_signal(signal.SIGINT)
            shown += read_until(terminal, None)
            assert process.wait(timeout=30) == 130
        finally:
            process.kill()
            stdout = process.communicate()[0]
            os.close(terminal)
        assert stdout == b""
        assert shown.count(b"symgen: error: Interrupted.") == 1
        assert b"Traceback" not in shown
        assert b"\x1b[3" not in shown  # no colour
        assert files() == []


def read_until(terminal: int, text: bytes | None, seconds: float = 40) -> bytes:
    """What a program writes to its terminal, until `text` appears or, without a text, until it ends."""
    shown = b""
    deadline = time.monotonic() + seconds
    while text is None or text not in shown:
        ready, _, _ = select.select([terminal], [], [], max(0.0, deadline - time.monotonic()))
        assert ready, f"nothing more after {shown!r}"
        try:
            piece = os.read(terminal, 4096)
        except OSError:  # Linux reports the other end's closing so
            piece = b""
        if not piece:
            assert text is None, f"ended after {shown!r}"
            break
        shown += piece
    return shown
