"""The benchmark of systems, on small data."""

from __future__ import annotations

import json

import numpy as np
import pytest
import torch
from systems import SYSTEMS

from symgen.benchmark.systems import COUNTS, cases, coefficients, distance
from symgen.catalog.examples import EXAMPLES, example, flow
from symgen.discovery.settings import SystemSettings
from symgen.discovery.system import discover_system
from symgen.discovery.system_source import system_of
from symgen.expressions import parse_field
from symgen.pde.axis import Axis
from symgen.pde.solutions import Solutions
from symgen.pde.solutions_file import load_solutions, save_solutions
from symgen.pde.system_residual import system_residual


def given(name, data):
    return system_of(data, EXAMPLES[name].equations, EXAMPLES[name].parameters)


class TestData:
    @pytest.mark.parametrize("name", EXAMPLES)
    def test_solve_their_equations(self, name):
        """And are those of the seed, and of no other."""
        data = example(name, 1, 33, 32, 3)
        assert data.shape == (33, *(32 for _ in EXAMPLES[name].lengths))
        assert max(system_residual(data, given(name, data).system).relative) < 3e-4
        assert not data.info.equations
        assert np.abs(example(name, 1, 5, 16, 3).values - example(name, 1, 5, 16, 4).values).max() > 1e-3

    def test_noise(self):
        clean, noisy = (example("shallow water", 2, 9, 16, 0, level) for level in (0.0, 0.05))
        difference = (noisy.values - clean.values).std((0, 1, 2, 3)) / clean.values.std((0, 1, 2, 3))
        assert np.allclose(difference, 0.05, rtol=0.05)

    def test_flow(self):
        """Without divergence, losing energy; that the pressure is right is in the residual of the equations above."""
        x, y = (Axis(name, np.arange(24) * 2 * np.pi / 24, periodic=True) for name in "xy")
        t = np.linspace(0, 1, 5)
        u, v, p = np.moveaxis(flow([0], 0, t, x, y, 0.2, 0.3).values[0], -1, 0)
        assert np.abs(p.mean((1, 2))).max() < 1e-14
        grids = np.fft.fftfreq(24, 1 / 24) * 1j
        divergence = np.fft.ifft(grids[:, None] * np.fft.fft(u, axis=1), axis=1).real
        divergence += np.fft.ifft(grids * np.fft.fft(v, axis=2), axis=2).real
        assert np.abs(divergence).max() < 1e-13
        energy = (u**2 + v**2).mean((1, 2))
        assert (np.diff(energy) < 0).all()

    def test_files(self, tmp_path):
        """What is written is read, by names, with its periods."""
        data = example("shallow water", 2, 9, 16, 0)
        save_solutions(data, tmp_path / "a.h5")
        read = load_solutions(tmp_path / "a.h5")
        assert read.unknowns == ("h", "u", "v")
        assert all(axis.periodic for axis in read.space)
        assert np.array_equal(read.read([0, 1]), data.values)


class TestDistance:
    @pytest.fixture
    def artifact(self):
        data = example("kepler", 4, 33, 1, 0)
        return discover_system(data, given("kepler", data), SystemSettings())

    @staticmethod
    def fields(*texts):
        return [parse_field(text.split(), ("t", "q1", "q2")) for text in texts]

    def test_of_what_is_found(self, artifact):
        true = self.fields("1 0 0", "0 q2 -q1", "3*t 2*q1 2*q2")
        assert distance(artifact, true) < 1e-12
        mixed = self.fields("1 q2 -q1", "0 2*q2 -2*q1", "3*t+1 2*q1+q2 2*q2-q1")
        assert distance(artifact, mixed) < 1e-12

    def test_of_others(self, artifact):
        """Turned by a small angle; one too few, one too many."""
        near = self.fields("1 0 0", "0 q2+q1/1000 -q1", "3*t 2*q1 2*q2")
        assert 1e-5 < distance(artifact, near) < 1e-2
        assert distance(artifact, self.fields("1 0 0", "0 q2 -q1")) == pytest.approx(np.pi / 2)
        true = self.fields("1 0 0", "0 q2 -q1", "3*t 2*q1 2*q2", "0 1 0")
        assert distance(artifact, true) == pytest.approx(np.pi / 2)
        assert distance(artifact, []) == pytest.approx(np.pi / 2 * 3**0.5)

    def test_coefficients(self, artifact):
        """Fields from them have the values of their formulas."""
        from symgen.generators.closed_form import ClosedFormGenerators
        from symgen.generators.library import LibraryGenerators

        found = artifact.generators
        fields = self.fields("t*q1 q2^2-1 3", "0 q1*q2 t^2")
        own = LibraryGenerators(found.space, found.library, coefficients(found, fields))
        wanted = ClosedFormGenerators(found.space, fields)(artifact.points)
        assert torch.allclose(own(artifact.points), wanted, rtol=1e-10, atol=1e-12)


class TestExperiment:
    def test_noisy_data_may_be_refused_where_equations_are_not_of_evolution(self):
        noisy = {case.name: case.targets for case in cases("cpu") if case.name.endswith("noisy")}
        assert len(noisy) == len(COUNTS)
        assert noisy["navier-stokes-degree-2-noisy"]["false"] == "0 if measured"
        assert noisy["nls-degree-2-noisy"]["false"] == 0

    def test_same_systems_as_elsewhere(self):
        """The examples are the systems that the literature's dimensions are tested for."""
        values = np.random.default_rng(0).standard_normal((2, 1, 9))
        data = Solutions.from_arrays({"q1": values[0], "q2": values[1]}, {"t": np.arange(9.0)})
        assert system_of(data, SYSTEMS["kepler"][0], {}).system.rules == given("kepler", data).system.rules

    @pytest.mark.slow
    def test_smoke(self, run, terminal):
        code, out, err = run("benchmark", "systems", "--preset", "smoke", "--json", "--check")
        assert code == 0, err
        document = json.loads(out)
        assert document["missed"] == 0
        assert {row["case"] for row in document["targets"]} == {"burgers-2-d-degree-2", "kepler-degree-2"}
