"""The examples of points, run as a user runs them."""

import runpy
from pathlib import Path

import pytest

EXAMPLES = Path(__file__).parents[1] / "examples"


@pytest.fixture
def output(terminal, capsys):
    """`output(name)`: what an example prints, run in an empty folder."""

    def run(name):
        runpy.run_path(str(EXAMPLES / name), run_name="__main__")
        return capsys.readouterr().out

    return run


@pytest.mark.slow
def test_own_validity(output):
    """Rigid motions are exact, and training keeps to them; figures and files are there."""
    from symgen.generators.artifact import load

    text = output("own_validity.py")
    assert "6 exact, 0 approximate" in text
    found, trained = load("molecule-generators.safetensors"), load("molecule-networks.safetensors")
    assert found.metadata.exact == 6
    assert found.defects.max() < 1e-12
    assert sorted(record.formula for record in found.metadata.generators) == sorted(
        [("1", "0", "0"), ("0", "1", "0"), ("0", "0", "1"), ("y", "-x", "0"), ("z", "0", "-x"), ("0", "z", "-y")]
    )
    assert trained.metadata.approximate == 6
    assert trained.defects.max() < 1e-2
    assert trained.metadata.domain.condition == "own"
    assert len(list(Path().glob("molecule-*.png"))) >= 2


def test_lorentz(output):
    text = output("lorentz.py")
    assert "6 exact" in text
    assert "so(1,3)" in text
    assert "E^2 - px^2 - py^2 - pz^2 (unique)" in text
    assert float(text.rsplit("at most ", 1)[1].split()[0]) < 1e-11


@pytest.mark.slow
def test_trained_model(output):
    before, after = output("trained_model.py").split("Trained to an error")
    assert "0 exact, 0 approximate" in before
    assert "0 exact, 1 approximate" in after
    assert "y d/dx - x d/dy + fy d/dfx - fx d/dfy" in after
