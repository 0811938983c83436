from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from safetensors.torch import save_file

import symgen
from symgen.catalog import get
from symgen.discovery.pde import discover_spectral
from symgen.discovery.settings import SpectralSettings
from symgen.pde.equation import Equation
from symgen.pde.trajectories import Trajectories, TrajectoryInfo

pytestmark = pytest.mark.usefixtures("terminal")


def files(folder: Path = Path()) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def discovered(data, name=None, text=None, parameters=None, **options):
    """An artifact of an equation of the catalog, or of a formula."""
    text, parameters = text or get(name).expression, parameters or {}
    info = TrajectoryInfo(length=data.info.length, equation=text, name=name, parameters=parameters)
    data = Trajectories.from_arrays(data.u, data.x, data.t, info)
    settings = SpectralSettings(t_degree=4, points=2048, **options)
    return discover_spectral(data, Equation.from_string(text, parameters), settings)


@pytest.fixture(scope="module")
def artifacts(waves):
    """Artifacts by file name."""
    return {
        "kdv.safetensors": discovered(waves(), "kdv"),
        "noisy.safetensors": discovered(waves(1).with_noise(0.05), "kdv"),
        "two.safetensors": discovered(waves(), "kdv", n_generators=2),
        "six.safetensors": discovered(waves(), "kdv", n_generators=6),
        "burgers.safetensors": discovered(waves(), "burgers", parameters={"nu": 0.1}),
        "mkdv.safetensors": discovered(waves(), text="u_t + u**2*u_x + u_xxx"),
    }


@pytest.fixture(autouse=True)
def saved(artifacts, terminal):
    for name, artifact in artifacts.items():
        artifact.save(name)


class TestInspect:
    def test_human(self, run, artifacts):
        code, out, err = run("inspect", "kdv.safetensors")
        assert code == 0
        assert err.startswith("symgen: warning: The data fit the equation poorly")  # waves that solve no equation
        assert err.count("\n") == 1
        for text in ("d/dx", "d/dt", "t d/dx + d/du", "x d/dx + 3*t d/dt - 2*u d/du", "exact"):
            assert text in out
        assert "u_t + u*u_x + u_xxx = 0" in out
        assert "4 exact, 0 approximate" in out
        assert "before the largest gap" in " ".join(out.split())
        assert "Lie brackets" in out
        assert "All other pairs commute." in out
        assert "Grassmann" not in out
        assert "\x1b" not in out
        assert files() == sorted(artifacts)

    def test_against_the_true_algebra(self, run):
        code, out, err = run("inspect", "kdv.safetensors", "--against", "lps")
        assert (code, err.count("warning")) == (0, 1)
        assert "true symmetries of kdv" in out
        assert "Grassmann distance" in out
        assert "rad over 4 principal angles" in " ".join(out.split())
        for name in ("x-translation", "t-translation", "Galilean boost", "scaling"):
            assert name in " ".join(out.split())

    def test_against_algebra_outside_the_catalog(self, run, waves):
        document = json.loads(run("inspect", "mkdv.safetensors", "--against", "lps", "--json")[1])
        comparison = document["comparison"]
        assert comparison["names"] == ["d/dx", "d/dt", "x d/dx + 3*t d/dt - u d/du"]
        assert comparison["distance"] < 1e-9
        assert (comparison["missed"], comparison["outside"]) == ([], [])
        words = " ".join(run("inspect", "mkdv.safetensors", "--against", "lps")[1].split())
        assert "W3 x d/dx + 3*t d/dt - u d/du" in words
        assert "|<V, W>| W1 W2 W3" in words
        discovered(waves(), text="u_t = u_xx + u_x", periodic=True).save("linear.safetensors")
        comparison = json.loads(run("inspect", "linear.safetensors", "--against", "lps", "--json")[1])["comparison"]
        assert comparison["names"] == ["d/dx", "d/dt", "d/du", "u d/du"]
        assert comparison["full_distance"] < 1e-9
        out = run("inspect", "linear.safetensors", "--against", "lps")[1]
        assert "symmetries by algebra, up to degree 4" in " ".join(out.split())

    def test_json_is_one_document_and_nothing_else(self, run):
        code, out, err = run("inspect", "kdv.safetensors", "--against", "lps", "--json")
        document = json.loads(out)
        assert (code, err) == (0, "")
        assert document["file"] == "kdv.safetensors"
        assert document["exact"] == 4
        assert ["fit the equation poorly" in warning for warning in document["warnings"]] == [True]
        comparison = document["comparison"]
        assert comparison["names"] == ["x-translation", "t-translation", "Galilean boost", "scaling"]
        assert comparison["distance"] < 1e-9
        assert comparison["full_distance"] == comparison["distance"]
        assert len(comparison["principal_angles"]) == 4
        assert (comparison["missed"], comparison["outside"]) == ([], [])
        assert [row[i] for i, row in enumerate(comparison["alignment"])] == pytest.approx([1] * 4)
        brackets = {(b["first"], b["second"]): b for b in document["brackets"]}
        assert len(brackets) == 6
        assert brackets[2, 3]["constants"] == {"1": pytest.approx(1)}
        assert brackets[2, 4]["constants"] == {"2": pytest.approx(3)}
        assert brackets[1, 2]["constants"] == {}
        assert max(b["closure_error"] for b in brackets.values()) < 1e-8

    def test_without_comparison(self, run):
        document = json.loads(run("inspect", "kdv.safetensors", "--json")[1])
        assert document["comparison"] is None
        assert document["figures"] == []

    def test_quiet(self, run):
        assert run("inspect", "kdv.safetensors", "--against", "lps", "--quiet") == (0, "", "")

    def test_against_a_file(self, run):
        document = json.loads(run("inspect", "kdv.safetensors", "--against", "noisy.safetensors", "--json")[1])
        assert document["comparison"]["against"] == "noisy.safetensors"
        assert document["comparison"]["distance"] < 1e-7
        code, out, _ = run("inspect", "kdv.safetensors", "--against", "noisy.safetensors")
        assert code == 0
        assert "noisy.safetensors" in out

    def test_missed_and_outside(self, run):
        document = json.loads(run("inspect", "two.safetensors", "--against", "lps", "--json")[1])
        assert document["comparison"]["missed"] == ["Galilean boost", "scaling"]
        assert document["comparison"]["full_distance"] > 2
        out = " ".join(run("inspect", "two.safetensors", "--against", "lps")[1].split())
        assert "missed Galilean boost, scaling" in out
        document = json.loads(run("inspect", "six.safetensors", "--against", "lps", "--json")[1])
        assert document["comparison"]["outside"] == [5, 6]
        assert document["comparison"]["compared"] == 4
        assert document["comparison"]["distance"] < 1e-9
        out = run("inspect", "six.safetensors", "--against", "lps")[1]
        assert "no symmetry" in out
        assert "leaves the span" in out

    def test_one_generator(self, run, artifacts, waves):
        discovered(waves(), "kdv", n_generators=1).save("one.safetensors")
        code, out, _ = run("inspect", "one.safetensors", "--against", "lps")
        assert code == 0
        assert "no brackets" in out

    @pytest.mark.slow
    def test_figures(self, run, artifacts):
        arguments = ["inspect", "kdv.safetensors", "--against", "lps", "--figures", "pictures"]
        document = json.loads(run(*arguments, "--json")[1])
        assert sorted(Path(f).name for f in document["figures"]) == files(Path("pictures"))
        assert "alignment.png" in files(Path("pictures"))
        code, _, err = run(*arguments)
        assert code == 2
        assert "pictures exists already" in err
        code, out, _ = run(*arguments, "--force")
        assert code == 0
        assert "pictures/" in out
        assert files() == sorted([*artifacts, "pictures"])


def test_figures_never_replace_what_is_inspected(run, artifacts):
    Path("pictures").mkdir()
    shutil.copy("kdv.safetensors", "pictures/alignment.png")
    before = Path("pictures/alignment.png").read_bytes()
    for arguments in (("pictures/alignment.png",), ("kdv.safetensors", "--against", "pictures/alignment.png")):
        code, _, err = run("inspect", *arguments, "--figures", "pictures", "--force")
        assert (code, "another --figures" in err) == (2, True), err
    assert Path("pictures/alignment.png").read_bytes() == before


class TestMaxDistance:
    def test_holds(self, run):
        assert run("inspect", "kdv.safetensors", "--against", "lps", "--max-distance", "1e-6", "--quiet") == (0, "", "")

    def test_does_not_hold(self, run):
        code, out, err = run("inspect", "two.safetensors", "--against", "lps", "--max-distance", "0.01")
        assert code == 4
        assert "Grassmann distance" in out
        assert "two.safetensors is 2.22 rad from the true symmetries of kdv" in err
        assert "Galilean boost, scaling missed" in err
        assert "--max-distance allows 0.01" in err
        assert "Traceback" not in err

    def test_quiet(self, run):
        code, out, err = run("inspect", "two.safetensors", "--against", "lps", "--max-distance", "0.01", "-q")
        assert (code, out) == (4, "")
        assert err.startswith("symgen: error: ")

    def test_json_stays_one_document(self, run):
        code, out, err = run("inspect", "two.safetensors", "--against", "lps", "--max-distance", "0.01", "--json")
        assert code == 4
        assert json.loads(out)["comparison"]["missed"] == ["Galilean boost", "scaling"]
        assert "--max-distance allows" in err

    def test_against_a_file(self, run):
        arguments = ["inspect", "kdv.safetensors", "--against", "noisy.safetensors", "--max-distance"]
        assert run(*arguments, "1e-5", "-q")[0] == 0
        assert run(*arguments, "0", "-q")[0] == 4


class TestRefused:
    @pytest.mark.parametrize(
        ("arguments", "code", "said"),
        [
            ([], 2, "Give a FILE"),
            (["none.safetensors"], 3, "none.safetensors: no such file"),
            (["kdv.safetensors", "--max-distance", "1"], 2, "--max-distance needs --against"),
            (["kdv.safetensors", "--against", "lps", "--max-distance", "-1"], 2, "--max-distance"),
            (["kdv.safetensors", "--against", "lps", "--max-distance", "near"], 2, "--max-distance"),
            (["kdv.safetensors", "--against", "none.safetensors"], 2, "there is no such file"),
            (["kdv.safetensors", "--against", "lsp"], 2, "Give lps"),
            (["kdv.safetensors", "--against", "burgers.safetensors"], 3, "of another domain"),
            (["kdv.safetensors", "--agains", "lps"], 2, "--against"),
            (["kdv.safetensors", "--figures", "burgers.safetensors"], 2, "burgers.safetensors cannot be made"),
            (["kdv.safetensors", "--json", "--quiet"], 2, "exclude each other"),
        ],
    )
    def test_arguments(self, run, artifacts, arguments, code, said):
        got, out, err = run("inspect", *arguments)
        assert got == code, err
        assert said in (out if "--json" in arguments else err)
        assert "Traceback" not in err
        assert files() == sorted(artifacts)

    @pytest.mark.parametrize("place", ["file", "against"])
    def test_files(self, run, place):
        import torch

        sound = Path("kdv.safetensors").read_bytes()
        flipped = bytearray(sound)
        flipped[-100] ^= 16
        save_file({"weight": torch.ones(2)}, "foreign.bin")
        cases = {
            "truncated": sound[: len(sound) // 2],
            "no safetensors file": b"\x80\x04pickle",
            "checksum": bytes(flipped),
            "not one of symgen's": Path("foreign.bin").read_bytes(),
            "schema version 7": sound.replace(b'\\"schema_version\\":1', b'\\"schema_version\\":7'),
            "not valid at 'sped'": sound.replace(b'\\"seed\\"', b'\\"sped\\"', 1),
        }
        for said, content in cases.items():
            Path("bad.safetensors").write_bytes(content)
            arguments = ["bad.safetensors"] if place == "file" else ["kdv.safetensors", "--against", "bad.safetensors"]
            code, out, err = run("inspect", *arguments)
            assert (code, out) == (3, ""), said
            assert "bad.safetensors" in err
            assert said in err or said == "not valid at 'sped'"
            assert err.count("\n") == 1

    def test_file_of_another_equation_by_parameter(self, run, waves):
        discovered(waves(), "burgers", parameters={"nu": 0.2}).save("other.safetensors")
        code, _, err = run("inspect", "burgers.safetensors", "--against", "other.safetensors")
        assert code == 3
        assert "of another domain" in err

    def test_json_error_is_a_document_on_stdout(self, run):
        code, out, err = run("inspect", "none.safetensors", "--json")
        assert (code, err) == (3, "")
        assert json.loads(out)["error"]["kind"] == "data"


def test_python_gives_what_the_command_line_shows(run):
    gens = symgen.load("kdv.safetensors")
    document = json.loads(run("inspect", "kdv.safetensors", "--json")[1])
    assert [g["defect"] for g in document["generators"]] == gens.defects.tolist()
