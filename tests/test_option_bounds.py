"""Every numeric option of every command, far beyond what is meant: a sentence at once, and no work."""

from __future__ import annotations

import inspect
from typing import get_args

import numpy as np
import pytest
import typer
from PIL import Image

from symgen.cli import app
from symgen.exceptions import DataError

COMMANDS = typer.main.get_command(app).commands
NUMERIC = sorted(
    (name, max(parameter.opts, key=len), kind)
    for name, command in COMMANDS.items()
    for parameter in command.params
    for kind in (int, float)
    if kind in (parameter.type_descriptor.annotation, *get_args(parameter.type_descriptor.annotation))
)
NONSENSE = {int: ("-1", str(10**30)), float: ("-1", "nan", "inf", "-inf")}
"""Refused as it stands: exit code 2."""
HUGE = {int: ("1000000000",), float: ("1e9", "1e30", "1e-320")}
"""Refused, or estimated and found possible: then the work would begin, which is stopped here."""

OF_FLOW = [
    *("--width", "--steps", "--batch", "--sigma", "--learning-rate", "--validity-weight", "--orthonormality-weight"),
    *("--lipschitz-weight", "--lipschitz-bound", "--sobolev-weight"),
]
LINES = {
    "augment": ["--pde", "kdv"],
    "discover": ["kdv"],
    "inspect": ["none.safetensors", "--against", "lps"],
    "simulate": ["kdv"],
    **{("discover", option): ["kdv", "--method", "flow"] for option in OF_FLOW},
    **{("discover", f"--{name}"): ["photos"] for name in ("slots", "scale", "memory", "extractor-width")},
    ("discover", "--extractor-batch"): ["photos"],
    ("discover", "--degree"): ["nls"],
    ("discover", "--particles"): ["--points", "table.csv"],
    ("inspect", "--degree"): ["--equation", "u_t = u_xx"],
    ("inspect", "--order"): ["--equation", "u_t = u_xx", "--conserved"],
    ("simulate", "--points"): ["nls"],
}
"""Beside the command's own line, those in which an option is at home."""


@pytest.fixture
def idle(monkeypatch, terminal, tmp_path):
    """A folder with a bit of every kind of data, and a symgen that stops where work begins."""

    def stop(*arguments, **keywords):
        raise DataError("Work would begin.")

    monkeypatch.setenv("SYMGEN_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr("symgen.catalog.simulate.random_sines", stop)
    monkeypatch.setattr("symgen.catalog.simulate_system._Run.solve", stop)
    monkeypatch.setattr("symgen.image.training.cached_extractor", stop)
    np.savetxt("table.csv", np.random.default_rng(0).normal(size=(40, 2)), delimiter=",", header="a,b", comments="")
    draw = np.random.default_rng(0)
    for label in "ab":
        (tmp_path / "photos" / label).mkdir(parents=True)
        for place in range(12):
            picture = draw.integers(0, 255, (16, 16, 3), dtype=np.uint8)
            Image.fromarray(picture).save(tmp_path / "photos" / label / f"{place}.png")


def test_options_are_found():
    counted = {command: sum(name == command for name, *_ in NUMERIC) for command in LINES if isinstance(command, str)}
    assert counted["simulate"] >= 12
    assert counted["discover"] >= 24
    assert counted["augment"] >= 6
    assert counted["inspect"] >= 3
    assert {name for name, *_ in NUMERIC} == set(counted)


@pytest.mark.parametrize(("command", "option", "kind"), NUMERIC, ids=lambda value: getattr(value, "__name__", value))
def test_no_number_is_too_much(run, idle, command, option, kind):
    line = LINES.get((command, option), LINES[command])
    for value in (*NONSENSE[kind], *HUGE[kind]):
        code, out, err = run(command, *line, f"{option}={value}")
        assert code in ((2,) if value in NONSENSE[kind] else (2, 3)), (value, err)
        last = err.strip().splitlines()[-1]
        assert last.startswith("symgen: error: "), (value, err)
        assert "bug" not in err
        assert "Traceback" not in err
        assert "infinity" not in err.lower()
        if code == 2:
            assert option.strip("-") in err.lower(), (value, err)
        assert out == ""


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("kdv --sines 100000000", "B of memory"),
        ("kdv --samples 1000000000", "B of memory"),
        ("kdv --nx 100000000", "B of memory"),
        ("kdv --duration 1e9", "years"),
        ("kdv --max-step 1e-12", "years"),
        ("kdv --max-step 1e-320", "more than 1e9 years"),
        ("nls --points 100000000", "B of memory"),
        ("navier-stokes --duration 1e12", "years"),
        ("kepler --nt 1000000000", "B of memory"),
    ],
)
def test_what_cannot_be_is_told_with_its_cost(run, idle, line, said):
    code, _, err = run("simulate", *line.split())
    assert code == 2
    assert said in err
    assert "Ask for less: see --samples" in err


def test_what_takes_long_is_told_beforehand(run, idle):
    code, _, err = run("simulate", "kdv", "--samples", "4096", "--max-step", "1e-3")
    assert code == 3
    assert "This takes about " in err.splitlines()[0]


@pytest.mark.parametrize("amplitude", ["1e20", "1e30"])
def test_shocks_that_no_quadrature_resolves(run, terminal, amplitude):
    code, _, err = run("simulate", "burgers", "-n", "2", "--amplitude", amplitude, "--no-figures")
    assert code == 2
    assert "times finer than the grid" in err


def test_python_has_the_same_bounds():
    from pydantic import BaseModel, ValidationError

    from symgen.augmentation.file import AugmentationSettings
    from symgen.catalog.simulate import SimulationSettings
    from symgen.catalog.simulate_system import SystemSimulationSettings
    from symgen.discovery.image_settings import IMAGE_METHODS
    from symgen.discovery.point_settings import POINT_METHODS
    from symgen.discovery.settings import METHODS, SYSTEM_METHODS
    from symgen.image.settings import TrainingSettings

    methods = (METHODS, SYSTEM_METHODS, IMAGE_METHODS, POINT_METHODS)
    models = [kind for each in methods for kind in each.values()]
    models += [AugmentationSettings, SimulationSettings, SystemSimulationSettings, TrainingSettings]
    checked = 0
    for model in models:
        assert issubclass(model, BaseModel)
        required = {"length": 1.0, "duration": 1.0, "amplitude": 1.0}
        given = {name: required[name] for name, field in model.model_fields.items() if field.is_required()}
        assert model.model_validate(given)
        for name, field in model.model_fields.items():
            kinds = (field.annotation, *get_args(field.annotation))
            for value in (float("nan"), float("inf")) if float in kinds else (10**30,) if int in kinds else ():
                with pytest.raises(ValidationError):
                    model.model_validate({**given, name: value})
                checked += 1
    assert checked > 200


def test_a_trunk_has_fewer_features_than_a_batch_has_points():
    from symgen.discovery.settings import NetworkSettings

    assert NetworkSettings(width=1023)
    for options in ({"width": 1024}, {"width": 256, "batch": 256}, {"steps": 0}):
        with pytest.raises(ValueError, match=r"features|steps"):
            NetworkSettings(**options)


def test_no_public_function_takes_a_number_that_no_bound_is_on():
    """Keywords of Python are options of the command line, whose bounds hold."""
    import symgen

    for options in ({"n_generators": 10**30}, {"seed": -1}, {"n_points": 10**30}, {"t_degree": 10**9}):
        with pytest.raises(symgen.UsageError):
            symgen.discover("kdv", **options)
    assert "seed" in inspect.signature(symgen.discover).parameters
