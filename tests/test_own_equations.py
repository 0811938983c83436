"""Equations outside the catalog, from data to generators."""

from __future__ import annotations

import json

import pytest
from solutions import PROBLEMS

from symgen.discovery.pde import discover_spectral
from symgen.discovery.settings import SpectralSettings
from symgen.pde.equation import Equation
from symgen.pde.residual import data_residual
from symgen.pde.trajectories import Trajectories, TrajectoryInfo

pytestmark = pytest.mark.usefixtures("terminal")

FAST = ["--t-degree", "6", "--n-points", "4096", "--no-figures", "--device", "cpu"]
X_AND_T = ["d/dx", "d/dt"]
ALGEBRAS = {
    "mkdv": [*X_AND_T, "x d/dx + 3*t d/dt - u d/du"],
    "kdv-burgers": [*X_AND_T, "t d/dx + d/du"],
    "porous medium": [*X_AND_T, "x d/dx + 2*t d/dt", "x d/dx + 2*u d/du"],
    "sine-gordon": [*X_AND_T, "t d/dx + x d/dt"],
    "boussinesq": [*X_AND_T, "x d/dx + 2*t d/dt - (2*u + 1) d/du"],
    "bbm": [*X_AND_T, "t d/dt - (u + 1) d/du"],
    "wave": [
        *X_AND_T,
        "d/du",
        "t d/du",
        "u d/du",
        "x d/du",
        "t d/dx + x d/dt",
        "x d/dx + t d/dt",
        "t*x d/du",
        "(t^2 + x^2) d/du",
        "(t^3 + 3*t*x^2) d/du",
        "2*t*x d/dx + (t^2 + x^2) d/dt",
        "(t^2 + x^2) d/dx + 2*t*x d/dt",
    ],
}
"""Of the wave equation, whose algebra is infinite, what the library of degree 2 in x holds."""


def texts(artifact) -> list[str]:
    from symgen.cli.generators import formula_text

    return [formula_text(record, ("x", "t", "u")) for record in artifact.metadata.generators]


@pytest.mark.parametrize("name", ALGEBRAS)
def test_from_data_to_generators(run, solved, name):
    data = solved(name)
    data.save("mine.h5")
    code, out, err = run("discover", "--data", "mine.h5", *FAST, "--json")
    document = json.loads(out)
    assert (code, err) == (0, "")
    assert [g["text"] for g in document["generators"]] == ALGEBRAS[name]
    assert document["exact"] == len(ALGEBRAS[name])
    assert document["gap"] > 1e6
    assert document["data"]["residual"] < 1e-2


@pytest.mark.parametrize("name", ["wave", "sine-gordon", "boussinesq", "bbm"])
def test_noise_does_no_harm_where_derivatives_in_t_are_free(solved, name):
    """u_t is then a coordinate of jet space like u: any values are a sample of it."""
    data = solved(name).with_noise(0.05)
    equation = Equation.from_string(solved(name).info.equation)
    artifact = discover_spectral(data, equation, SpectralSettings(t_degree=6, points=4096))
    assert texts(artifact) == ALGEBRAS[name]
    assert artifact.metadata.data.residual > 0.1


@pytest.mark.parametrize("name", ["wave", *PROBLEMS])
def test_data_fit_their_equation(solved, name):
    data = solved(name)
    residual = data_residual(data, Equation.from_string(data.info.equation))
    assert residual.relative < 1e-2
    assert data_residual(data, Equation.from_string(data.info.equation.replace("u_xx", "3*u_xx"))).relative > 0.05


@pytest.mark.parametrize("name", ["kdv-burgers", "porous medium", "sine-gordon"])
def test_coarse_data_with_open_ends(solved, name):
    """Errors of differences do no harm either: derivatives that are a bit wrong are jets as well."""
    data = solved(name)
    info = TrajectoryInfo(length=50 / 8, periodic=False)
    piece = Trajectories.from_arrays(data.u[:, ::2, 5:55:2], data.x[5:55:2], data.t[::2], info)
    equation = Equation.from_string(data.info.equation)
    artifact = discover_spectral(piece, equation, SpectralSettings(t_degree=6, points=4096))
    count = artifact.metadata.exact
    assert texts(artifact)[:count] == ALGEBRAS[name]
    assert artifact.metadata.spectrum[count - 1] < 1e-9
    record = artifact.metadata.data
    assert record.residual < 20 * (record.grid_error + record.time_step_error)


def test_other_leading_derivatives_on_the_command_line(run, solved):
    from dataclasses import replace

    data = solved("sine-gordon")
    replace(data, info=TrajectoryInfo(length=data.info.length)).save("mine.h5")
    arguments = ["discover", "--data", "mine.h5", "--equation", "u_tt + m*sin(u) = u_xx", "--param", "m=1", *FAST]
    code, out, _ = run(*arguments)
    assert code == 0
    assert "3 symmetries found" in out
    assert "t d/dx + x d/dt" in out
