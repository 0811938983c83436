"""The benchmark on points: its truths, LieGG's measures, and all of it in small forms."""

from __future__ import annotations

import json
import math

import pytest
import torch
from conftest import DATA

from symgen.benchmark import points, points_found
from symgen.benchmark.liegg import (
    BLUR,
    DEVIATION,
    MEAN,
    best_matrices,
    bias,
    classifier,
    measure_digits,
    polarization_of_images,
    polarization_of_vectors,
    prepared,
    regression,
    variance,
)
from symgen.benchmark.points_data import DIMUON, FUNCTIONS, orbits, ring, two_body_step, without_symmetry
from symgen.benchmark.table import met
from symgen.expressions import parse_field
from symgen.flow import Flow
from symgen.generators.closed_form import ClosedFormGenerators
from symgen.image.labelled import Labelled
from symgen.image.warp import pixel_grid
from symgen.points.point_set import PointSet


def normal(*shape, seed=0):
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


class TestTruth:
    @pytest.mark.parametrize("name", FUNCTIONS)
    def test_fields_leave_their_functions_alone(self, name):
        function = FUNCTIONS[name]
        drawn, values = function.draw(50, seed=1)
        space = PointSet.from_array(drawn, function.names).space
        fields = ClosedFormGenerators(space, [parse_field(field, space.names) for field in function.symmetries])
        for place in range(fields.count):
            moved = Flow(fields, step=0.01)(drawn, 0.3, place)
            assert torch.allclose(function.call(moved), values, rtol=1e-7, atol=1e-9)

    def test_the_step_of_two_bodies_turns_with_them_and_keeps_their_energy(self):
        state = orbits(40, seed=0)
        later = two_body_step(state)
        quarter = torch.tensor([[0.0, 1.0], [-1.0, 0.0]], dtype=torch.float64)
        turn = torch.block_diag(quarter, quarter)
        assert torch.allclose(two_body_step(state @ turn), later @ turn)

        def energy(some):
            q, p = some.split(2, -1)
            return p.square().sum(-1) / 2 - 1 / q.norm(dim=-1)

        before = energy(state[:, 0])
        assert before.max() < 0
        assert torch.allclose(energy(later), before, rtol=1e-2)

    def test_noise_has_its_size(self):
        function = FUNCTIONS["square"]
        clean, noisy = (function.draw(5000, seed=0, noise=noise)[1] for noise in (0.0, 0.1))
        assert float((noisy - clean).std() / clean.std()) == pytest.approx(0.1, rel=0.05)

    def test_samples_of_a_ring_have_no_clusters(self):
        for turned, limit in ((True, 0.03), (False, 0.5)):
            x, y = ring(20000, 0, turned)[:, 0].unbind(1)
            fourfold = torch.polar(torch.ones_like(x), 4 * torch.atan2(y, x)).mean().abs()
            assert (fourfold < limit) == turned

    def test_functions_without_symmetry_differ(self):
        some = normal(20, 1, 3)
        first, second = (without_symmetry(seed)(some) for seed in (0, 1))
        assert first.shape == (20, 1)
        assert not torch.allclose(first, second)


class TestLieGG:
    def test_matrix_of_vectors_is_the_derivative_along_linear_fields(self):
        inputs, matrix = normal(30, 2, 3), normal(3, 3, seed=1)
        function = lambda z: torch.sin(z.prod(1)).sum(1) + z[:, 0].norm(dim=1)  # noqa: E731
        found = polarization_of_vectors(function, inputs) @ matrix.flatten()
        moved = torch.func.jvp(function, (inputs,), (inputs @ matrix.T,))[1]
        assert torch.allclose(found, moved)

    def test_rotations_of_vectors(self):
        found = polarization_of_vectors(lambda z: z.square().sum((1, 2)), normal(200, 2, 3))
        matrices = best_matrices(found)
        assert [variance(found, m) for m in matrices[:3]] == pytest.approx([0, 0, 0], abs=1e-20)
        assert variance(found, matrices[3]) > 0.1
        assert max(bias(m) for m in matrices[:3]) < 1e-12

    def test_rotations_of_images(self):
        """Of smooth images under radial weights; coordinates are half a pixel off, as LieGG's are."""
        side = 28
        grid = pixel_grid(side, side, torch.float64)
        draw = torch.Generator().manual_seed(0)
        centres = torch.rand(200, 3, 2, generator=draw, dtype=torch.float64) - 0.5
        apart = (grid - centres[:, :, None, None]).square().sum(-1)
        images = torch.exp(-apart / 2 / 0.15**2).sum(1)
        weights = torch.exp(-grid.square().sum(-1) / 2 / 0.4**2)
        found = polarization_of_images(lambda some: (some * weights).sum((1, 2)).square(), images)
        best = best_matrices(found)[0]
        assert bias(best) < 0.05
        assert variance(found, best) < 0.01 * variance(found, torch.eye(2, dtype=torch.float64))

    def test_bias_is_the_distance_to_skew_matrices(self):
        assert bias(torch.eye(2)) == pytest.approx(1)
        assert bias(torch.tensor([[0.0, -2.0], [2.0, 0.0]])) == 0
        assert bias(torch.tensor([[0.0, 1.0], [0.0, 0.0]])) == pytest.approx(math.sqrt(0.5))

    def test_regression_learns(self):
        inputs, values = (one.float() for one in FUNCTIONS["square"].draw(2000, seed=0))
        model = regression(inputs, values, 0, seen=40_000, batch=50)
        assert float((model(inputs) - values).square().mean() / values.var()) < 0.1
        again = regression(inputs, values, 0, seen=40_000, batch=50)
        assert torch.equal(model(inputs), again(inputs))

    def test_classification_learns_and_gives_directions(self):
        labels = torch.arange(200) % 10
        images = torch.zeros(200, 8, 8)
        images[torch.arange(200), labels // 4, labels % 4] = 1.0
        images += 0.1 * normal(200, 8, 8).float()
        model = classifier(images, labels, (images, labels), 0, epochs=60, batch=50)
        assert float((model(images).argmax(1) == labels).float().mean()) > 0.9
        assert torch.allclose(model(images).norm(dim=1), torch.ones(200))

    def test_digits_are_blurred_and_normalised(self):
        images = torch.zeros(2, 3, 28, 28, dtype=torch.uint8)
        images[:, :, 14, 14] = 255
        ready, _ = prepared(Labelled(images, torch.zeros(2, dtype=torch.int64)))
        back = ready * DEVIATION + MEAN
        assert ready.shape == (2, 28, 28)
        assert float(back.sum()) == pytest.approx(2, rel=1e-4)
        assert float(back.max()) == pytest.approx(1 / (2 * math.pi * BLUR**2), rel=0.1)


class TestExperiment:
    @pytest.mark.slow
    def test_smoke(self, run, tmp_path, monkeypatch):
        monkeypatch.setenv("SYMGEN_CACHE", str(tmp_path / "cache"))
        code, out, _ = run("benchmark", "points", "--preset", "smoke", "--check", "--json", "-o", str(tmp_path))
        assert code == 0
        document = json.loads(out)
        assert document["missed"] == 0
        report = next(tmp_path.glob("points-*/report.md")).read_text()
        assert "x d/dx + y d/dy" in report  # what the sevenfold rotation has for a symmetry

    def test_absent_data_are_said_to_be_absent(self, monkeypatch, tmp_path):
        monkeypatch.setenv(DIMUON, str(tmp_path / "none.npz"))
        assert points_found.lorentz(0, "cpu") == {"note": points_found.ABSENT}
        case = next(case for case in points.cases("cpu") if case.name == "lorentz")
        assert all(met(target, None) for target in case.targets.values())
        monkeypatch.setenv("SYMGEN_MNIST", str(tmp_path / "none.npz"))
        found = measure_digits("mnist", 10, 5, {}, 0, "cpu")
        assert found == {"note": points_found.ABSENT}

    def test_lorentz_from_real_events(self, monkeypatch):
        path = DATA / "dimuon.npz"
        if not path.is_file():
            pytest.skip("no dimuon.npz")
        monkeypatch.setenv(DIMUON, str(path))
        found = points_found.lorentz(0, "cpu")
        assert found["found"] == 6
        assert found["distance"] < 1e-6
        assert found["metric"] < 1e-4

    def test_labels_that_are_not_predicted_are_refused(self):
        found = points_found.given("discrete", "affine", 40, 0, "cpu", noise=3.0, fit={"kind": "polynomial"})
        assert found["note"] == "refused: not predicted"
        assert found["false"] == 0


def test_functions_without_symmetry_follow_their_points():
    """In precision, and so on devices."""
    points = torch.randn(5, 1, 3, generator=torch.Generator().manual_seed(0))
    function = without_symmetry(0)
    values = function(points)
    assert values.dtype == torch.float32
    assert torch.allclose(values.double(), function(points.double()), atol=1e-5)
