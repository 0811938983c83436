"""The benchmark on the data of others, in small forms."""

from __future__ import annotations

import json
import math

import numpy as np
import pytest
import torch

from symgen.benchmark import peers
from symgen.benchmark.peers import distances, linear_fields, true_coefficients
from symgen.benchmark.peers_data import PEERS, grid, initial, laplacian, second, slope, solutions, solved, third
from symgen.benchmark.peers_operators import BATCH, PUBLISHED, ZERO, _training_windows, counted_errors
from symgen.equations.local_solutions import TOLERANCE, LocalSolutions
from symgen.equations.symmetry_algebra import symmetry_algebra
from symgen.equations.system import System
from symgen.expressions import parse_field
from symgen.generators.space import Space
from symgen.operators.fourier import FourierNeuralOperator
from symgen.plots.dots import FLOOR, dots_figure

KDV = ("1 0 0", "0 1 0", "t 0 1", "x 3*t -2*u")


def space(names="xtu", reach=(10.0, 2.0, 5.0)):
    size = len(names)
    lower, upper = tuple(-r for r in reach), tuple(reach)
    return Space(
        names=tuple(names), origin=(0.0,) * size, scale=reach, lower=lower, upper=upper, periodic=(False,) * size
    )


@pytest.mark.parametrize("name", PEERS)
class TestTruth:
    @pytest.fixture
    def system(self, name):
        peer = PEERS[name]
        return System.from_strings(peer.equations, peer.parameters, [*peer.waves, "t"])

    def test_symmetries(self, system, name):
        """Each is one, by power series of random solutions; together they are all of degree 2 that algebra finds."""
        names = [c.name for c in system.space.coordinates]
        solutions = LocalSolutions(system)
        rows = PEERS[name].symmetries
        assert max(solutions.defect(parse_field(row.split(), names)) for row in rows) <= TOLERANCE
        unknowns = dict.fromkeys(names, 3.0)
        algebra = symmetry_algebra(system, 2)
        polynomial = [f for f in algebra.fields if all(c.is_polynomial(*system.space.coordinates) for c in f)]
        box = space("".join(names), tuple(unknowns.values()))
        found = true_coefficients([" ".join(str(c).replace(" ", "") for c in f) for f in polynomial], box)
        assert len(found) == len(rows)
        assert max(distances(found, true_coefficients(rows, box))) < 1e-12

    def test_linear_fields(self, system, name):
        """As many as the published table compares."""
        rows = PEERS[name].symmetries
        box = space("".join(c.name for c in system.space.coordinates), (3.0,) * len(system.space.coordinates))
        published = {"potential-burgers": 2, "wave": 8, "schroedinger": 3, "heat": 3, "kdv": 1, "reaction-diffusion": 2}
        assert linear_fields(true_coefficients(rows, box)).shape[1] == published[name]

    def test_initial_data(self, name):
        """Periodic, of few waves, those of their seed, and the same samples at any resolution."""
        fine, coarse = initial(name, 2, 3, 40), initial(name, 2, 3, 20)
        shape = (2, len(PEERS[name].state), *(40,) * len(PEERS[name].waves))
        assert fine.shape == shape
        every = (..., slice(None, None, 2)) if len(PEERS[name].waves) == 1 else (..., *(slice(None, None, 2),) * 2)
        assert np.allclose(fine[every], coarse)
        assert not np.allclose(fine, initial(name, 2, 4, 40))
        spectrum = np.abs(np.fft.fft(fine)).max(tuple(range(fine.ndim - 1)))
        waves = PEERS[name].waves["x"]
        assert spectrum[waves + 1 : 40 - waves].max(initial=0.0) < 1e-9 * spectrum.max()


class TestData:
    def test_differences(self):
        """Exact for polynomials of low degree, away from the seam, and of second order for waves."""
        h = 0.1
        x = torch.arange(40, dtype=torch.float64) * h
        inside = slice(3, -3)
        assert torch.allclose(slope(x**2, h)[inside], 2 * x[inside])
        assert torch.allclose(second(x**3, h)[inside], 6 * x[inside])
        assert torch.allclose(third(x**4, h)[inside], 24 * x[inside])
        y, x = torch.meshgrid(x, x, indexing="ij")
        assert torch.allclose(laplacian(x**2 - 3 * y**2 + x * y, h)[inside, inside], torch.tensor(-4.0).double())

    def test_steps(self):
        """Of the heat equation: every wave by the factor of the scheme, in float32."""
        n, k = 20, 3
        x = grid(n)
        wave = np.cos(2 * np.pi * k * x / 20)[None, None]
        t, states = solved("heat", wave, steps=200, every=50)
        assert np.allclose(t, [0.0, 0.1, 0.2, 0.3])
        assert states.dtype == np.float32
        rate = (2 - 2 * math.cos(2 * math.pi * k / n)) / (20 / n) ** 2
        assert np.allclose(states[0, :, 0], np.exp(-rate * t)[:, None] * wave[0], atol=1e-6)

    def test_third_difference_is_stable(self):
        """Runge and Kutta's steps are, up to 2.8 on the imaginary axis."""
        n, h = 100, 0.2
        matrix = third(torch.eye(n, dtype=torch.float64), h)
        largest = torch.linalg.eigvals(matrix).abs().max()
        assert 0.002 * float(largest) < 2.8

    def test_solutions(self):
        data = solutions("wave", 0, samples=2, points=20, steps=30)
        assert data.shape == (3, 20, 20)
        assert data.unknowns == ("u",)
        assert [axis.name for axis in data.axes] == ["t", "y", "x"]
        assert all(axis.periodic and axis.length == pytest.approx(20) for axis in data.space)
        assert not data.info.equations


class TestSpans:
    def test_of_the_same(self):
        mixed = ("1 1 0", "2 -1 0", "t+3 0 1", "x+t 3*t+1 1-2*u")
        linear, full = distances(true_coefficients(mixed, space()), true_coefficients(KDV, space()))
        assert linear < 1e-12
        assert full < 1e-12

    def test_known_angles(self):
        """x d/dx + 3 t d/dt - 2 u d/du against one with 3 t turned by a small angle, in coefficients."""
        near = (*KDV[:3], "x 3*t+u/100 -2*u")
        linear, full = distances(true_coefficients(near, space()), true_coefficients(KDV, space()))
        assert linear == pytest.approx(math.atan(0.01 / math.sqrt(14)), rel=1e-9)
        assert full == pytest.approx(linear, rel=1e-9)

    def test_quadratic_errors_are_none_of_linear_fields(self):
        near = (*KDV[:3], "x+u^2/1000 3*t -2*u")
        linear, full = distances(true_coefficients(near, space()), true_coefficients(KDV, space()))
        assert linear < 1e-6
        assert full > 2e-4

    def test_missing_dimensions(self):
        linear, full = distances(true_coefficients(KDV[:3], space()), true_coefficients(KDV, space()))
        assert linear == full == pytest.approx(math.pi / 2)
        linear, full = distances(true_coefficients(KDV, space())[:0], true_coefficients(KDV, space()))
        assert linear == pytest.approx(math.pi / 2)
        assert full == pytest.approx(math.pi)

    def test_quadratic_fields_are_not_linear(self):
        assert linear_fields(true_coefficients(("t*x 0 0", "0 u 1"), space())).shape[1] == 0


class TestErrors:
    class Guess(FourierNeuralOperator):
        def __init__(self, factor):
            super().__init__(width=2, modes=2, layers=1)
            self.factor = factor

        def forward(self, u, steps):
            return self.factor * u

    def test_count(self):
        """Data that do not change: a factor leaves (1 - f)^2, (1 - f^2)^2 ... in the windows; 0 leaves 1 in each."""
        u = 1 + torch.rand(2, 1, 10, 1).expand(-1, 80, -1, -1)
        steps = torch.ones(2, 2)
        assert counted_errors(self.Guess(1.0), u, steps) == 0
        assert counted_errors(self.Guess(0.0), u, steps) == pytest.approx(ZERO)
        expected = sum((1 - 0.9**n) ** 2 for n in (1, 2, 3)) * 2 * 20 / BATCH
        assert counted_errors(self.Guess(0.9), u, steps) == pytest.approx(expected, rel=1e-5)


class TestOperators:
    def test_copies(self):
        """The originals come first; what is learned without an equation moves them, as it is seen at ten points."""
        plain, learned = (_training_windows("heat", arm, 2, "cpu") for arm in ("none", "learned"))
        assert plain.u.shape == (10, 1, 100, 10, 1)
        assert learned.u.shape == (10, 3, 100, 10, 1)
        assert torch.equal(plain.u[:, 0], learned.u[:, 0])
        first, end = learned.valid.unbind(-1)
        assert bool((end - first >= 60).all())
        inside = learned.u[:, 1:, 40:60]  # valid whatever the draw: shifts in t are small
        assert float((inside - learned.u[:, :1, 40:60]).square().mean()) > 1e-3
        assert torch.allclose(learned.steps[0, 0], torch.tensor([0.2, 0.02]))

    @pytest.mark.slow
    @pytest.mark.parametrize("name", PUBLISHED)
    def test_what_is_learned_moves_every_solution(self, name):
        """However sure it is."""
        moved = _training_windows(name, "learned", 1, "cpu").u[:, 1]
        assert moved.isfinite().all()
        assert float((moved - _training_windows(name, "none", 1, "cpu").u[:, 0]).abs().max()) > 1e-3

    def test_counting(self):
        """Of the published table: 0 as prediction would be better than any augmentation for KdV."""
        assert pytest.approx(0.117, abs=1e-3) == ZERO
        assert min(PUBLISHED["kdv"].values()) > ZERO


class TestExperiment:
    def test_found_as_given(self):
        """What data without equations lead to is what their equations do."""
        results = [peers.measure("heat", source, 4, 50, 1000, 1, "cpu") for source in ("given", "found")]
        for result in results:
            assert result["found"] == 8
            assert result["linear_found"] == 3
            assert result["linear"] < 1e-9
            assert result["full"] < 1e-9

    def test_refused(self):
        """Too few times to find an equation in."""
        assert peers.measure("kdv", "found", 2, 20, 100, 0, "cpu")["found"] == "refused"

    def test_figure(self):
        """A dot for every method of a row that has values, 0 at the floor."""
        rows = {"a": {"one": [0.0, 1e-3], "two": [0.1]}, "b": {"one": [], "two": [0.2]}}
        (axes,) = dots_figure(rows, "distance", ("band", 1.0, 2.0)).axes
        dots = {line.get_label(): line.get_xdata() for line in axes.lines if line.get_marker() not in ("None", None)}
        assert list(dots["one"]) == [5e-4]
        assert list(dots["two"]) == [0.1, 0.2]
        assert min(min(line.get_xdata()) for line in axes.lines) == FLOOR
        assert [text.get_text() for text in axes.get_yticklabels()] == ["a", "b"]

    @pytest.mark.slow
    def test_smoke(self, run, terminal, monkeypatch, tmp_path):
        monkeypatch.setenv("SYMGEN_CACHE", str(tmp_path / "cache"))
        code, out, err = run("benchmark", "peers", "--preset", "smoke", "--json", "--check")
        assert code == 0, err
        document = json.loads(out)
        assert document["missed"] == 0
        folder = next((tmp_path / "benchmarks").iterdir())
        assert {path.name for path in folder.glob("*.png")} == {"linear.png"}
        assert "| counted |" in (folder / "report.md").read_text()
