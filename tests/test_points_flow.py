"""Flow training on points: invariance, equivariance, densities; checkpoints; what trained fields are called."""

import math
from itertools import count

import pytest
import torch
from point_generators import LORENTZ, MOMENTA, fields, mass2, momenta

from symgen.augmentation import AugmentedPoints
from symgen.discovery.flow_points import PointObjective, neighbours
from symgen.discovery.flow_training import train_flow
from symgen.discovery.point_flow import discover_points_flow, point_flow_objective
from symgen.discovery.point_problem import PointProblem
from symgen.discovery.point_settings import PointFlowSettings
from symgen.exceptions import DataError
from symgen.flow import Flow
from symgen.generators.artifact import load
from symgen.generators.inner_product import field_matrix
from symgen.generators.network import Heads, HeadsShape, NetworkGenerators, TrunkShape
from symgen.generators.split import SplitGenerators, merged
from symgen.points.point_set import PointSet
from symgen.points.target import Target
from symgen.validity.density import Density, WithVolume
from symgen.validity.equivariance import Equivariance
from symgen.validity.points import Invariance
from symgen.validity.sampled_density import SampledDensity

SMALL = {"width": 24, "head_width": 16, "batch": 48}


def plane(n=400):
    z = torch.randn(n, 2, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    return PointSet.from_array(z, ("x", "y"))


def radius2(points):
    return points[:, 0].square().sum(-1, keepdim=True)


def radial():
    return Invariance(Target(lambda z: torch.log1p(radius2(z)), ("f",), "f"), plane())


def turning():
    return Equivariance(Target(lambda z: radius2(z).sqrt() * z[:, 0], ("u", "v"), "f"), plane())


def gaussian():
    return Density(Target(lambda z: -radius2(z) / 2, ("log_p",), "log p"), plane())


def pairs(n=800):
    return Invariance(Target(lambda z: mass2(z)[:, None], ("m2",), "mass^2"), PointSet.from_array(momenta(n), MOMENTA))


def angle(artifact, rows):
    """The largest between the span of generators and that of known fields, in degrees."""
    known = fields(artifact.metadata.space, rows)
    bases = [torch.linalg.qr(field_matrix(some, artifact.points).detach()).Q for some in (artifact.generators, known)]
    cosines = torch.linalg.svdvals(bases[0].T @ bases[1]).clamp(max=1)
    return math.degrees(math.acos(float(cosines.min())))


def objective_of(validity, **settings):
    chosen = PointFlowSettings(**{"n_generators": 2, "init": "random", **SMALL, **settings})
    return PointObjective(PointProblem(validity, chosen), chosen)


class Known(NetworkGenerators):
    """Known fields in the place of a network's."""

    def __init__(self, network, known):
        super().__init__(network.space, network.heads)
        self.known, self.norms = known, network.norms

    def forward(self, points):
        return self.known(points.double()) / self.norms[:, None, None]

    def each(self, points):
        return self.known.each(points.double()) / self.norms[:, None, None]


def known(objective, rows):
    shape = TrunkShape(width=objective.settings.width, waves=objective.waves)
    network = NetworkGenerators(objective.space, Heads(objective.space, shape, HeadsShape(count=len(rows), width=16)))
    return Known(network, fields(objective.space, rows))


class TestObjective:
    """Known fields: symmetries lose nothing, others what their flow changes."""

    def test_invariance(self):
        objective = objective_of(radial())
        two = known(objective, [["-y", "x"], ["x", "y"]])
        objective.normalise(two)
        batch = objective.draw(torch.Generator().manual_seed(1), 0.4)
        moved = objective.moved(two, batch, 0)
        assert moved.squares[0] < 1e-6  # what two steps of Runge and Kutta leave
        z, s = batch.data[:, 0], batch.scales[1]
        rate = float(1 / two.norms[1])
        change = torch.log1p((z * (rate * s).exp()[:, None]).square().sum(1)) - torch.log1p(z.square().sum(1))
        size = objective.validity.size * float(objective.validity.deviation)
        torch.testing.assert_close(moved.squares[1], (change / s / size).square().sum(), rtol=1e-4, atol=0)
        assert not moved.folds.any()

    def test_shared_by_particles(self):
        objective = objective_of(pairs(200), n_generators=6)
        six = known(objective, LORENTZ)
        objective.normalise(six)
        assert objective.moved(six, objective.fixed(), 0).squares.max() < 1e-6

    def test_values_move_under_equivariance(self):
        """Fields on points see nothing of the values, and the other way round."""
        objective = objective_of(turning())
        two = known(objective, [["-y", "x", "-v", "u"], ["-y", "x", "v", "-u"]])
        objective.normalise(two)
        squares = objective.moved(two, objective.fixed(), 0).squares
        assert squares[0] < 1e-5
        assert squares[1] > 1

    def test_volume_under_densities(self):
        """Of x d/dx the density changes, less what the volume grows by; rotations keep both."""
        objective = objective_of(gaussian())
        two = known(objective, [["-y", "x"], ["x", "0"]])
        objective.normalise(two)
        batch = objective.draw(torch.Generator().manual_seed(1), 0.4)
        moved = objective.moved(two, batch, 0)
        assert moved.squares[0] < 1e-6
        x, s = batch.data[:, 0, 0], batch.scales[1] / two.norms[1]
        change = x.square() / 2 * (1 - (2 * s).exp()) + s
        size = objective.validity.size * float(objective.validity.deviation)
        torch.testing.assert_close(
            moved.squares[1], (change / batch.scales[1] / size).square().sum(), rtol=1e-4, atol=0
        )

    def test_divergence_of_every_field_at_its_own_points(self):
        space = plane().space
        two = fields(space, [["x**2*y", "y"], ["sin(y)", "x*y"]])
        points = torch.randn(2, 5, 3, dtype=torch.float64)
        found = WithVolume(two).each(points)[..., 2]
        x, y = points[..., 0], points[..., 1]
        torch.testing.assert_close(found, torch.stack([2 * x[0] * y[0] + 1, x[1]]))

    def test_folds(self):
        """Points that leave every bound do not count, and are counted."""
        objective = objective_of(radial())
        two = known(objective, [["1e9*x**3", "0"], ["-y", "x"]])
        moved = objective.moved(two, objective.fixed(), 0)
        assert moved.folds[0] > 0
        assert moved.folds[1] == 0
        assert moved.loss.isfinite().all()

    def test_neighbours(self):
        points = torch.tensor([[0.0, 0], [0, 0], [1, 0], [10, 0], [10, 1]]).double()
        found = neighbours(points, points)
        assert (found[:, 0] != found[:, 1]).any(1).all()  # not the same point, though it is there twice
        assert [[0, 0], [1, 0]] in found.tolist()


def test_split_networks():
    """Fields on each part depend on it alone, and one network of twice the width is the same."""
    space = PointSet.from_array(torch.randn(50, 5) + 3, tuple("abcde")).space
    heads = Heads(space, TrunkShape(width=8, waves=(False,) * 5), HeadsShape(count=3, width=6))
    network = NetworkGenerators(space, heads)
    network.norms = torch.tensor([1.0, 2.0, 3.0]).double()
    split = SplitGenerators(network, 3)
    points, others = torch.randn(2, 7, 5, dtype=torch.float64).unbind(0)
    mixed = torch.cat([points[:, :3], others[:, 3:]], 1)
    assert split(points)[..., :3].equal(split(mixed)[..., :3])
    assert split(others)[..., 3:].equal(split(mixed)[..., 3:])
    torch.testing.assert_close(merged(network, 3)(points), split(points))
    torch.testing.assert_close(split.each(points.expand(3, -1, -1)), split(points))


class TestTraining:
    def test_rotation_from_random_weights(self, tmp_path):
        """Any function times it is a symmetry, too: the direction is found everywhere, the speed nearly."""
        settings = PointFlowSettings(n_generators=1, init="random", steps=250, **SMALL)
        found, trained = discover_points_flow(radial(), settings)
        assert trained.history["defect_1"][0] > 5 * trained.history["defect_1"][-1]
        record = found.metadata.generators[0]
        assert record.status == "approximate"
        assert record.defect < 0.02
        assert angle(found, [["-y", "x"]]) < 8
        assert "times any function" in found.metadata.infinite
        found.save(tmp_path / "turn.safetensors")
        again = load(tmp_path / "turn.safetensors")
        assert again(found.points).equal(found(found.points))
        assert again.metadata.settings["lipschitz_bound"] == 1
        moved, _ = AugmentedPoints(plane().values[:, 0], again.generators, copies=1).batch(range(400, 800))
        assert (moved - plane().values[:, 0]).norm(dim=1).mean() > 0.03
        moved = Flow(again.generators)(found.points, 0.5, 0)
        assert (moved.norm(dim=1) - found.points.norm(dim=1)).abs().mean() < 0.03

    def test_lorentz_from_the_eigenproblem(self):
        """Six, with formulas; never called exact."""
        settings = PointFlowSettings(steps=20, **SMALL)
        found, trained = discover_points_flow(pairs(400), settings)
        assert trained.generators.count == 6
        assert angle(found, LORENTZ) < 1
        assert {record.status for record in found.metadata.generators} == {"approximate"}
        assert found.metadata.exact == 0
        assert all(record.formula for record in found.metadata.generators)
        assert max(record.formula_defect for record in found.metadata.generators) < 1e-12
        assert found.metadata.infinite is None
        data = momenta(20)  # moved by the formulas, which are better than what was trained
        moved, _ = AugmentedPoints(data, found, copies=1).batch(range(20, 40))
        torch.testing.assert_close(mass2(moved), mass2(data), rtol=1e-9, atol=1e-9)

    @pytest.mark.slow
    def test_lorentz_from_random_weights(self):
        settings = PointFlowSettings(n_generators=6, init="random", steps=600)
        found, _ = discover_points_flow(pairs(2000), settings)
        assert angle(found, LORENTZ) < 1
        assert found.metadata.approximate == 6

    @pytest.mark.parametrize("loss", ["log", "squared"])
    def test_equivariance(self, loss):
        settings = PointFlowSettings(n_generators=1, steps=20, loss=loss, library="linear", **SMALL)
        found, trained = discover_points_flow(turning(), settings)
        assert found.metadata.space.names == ("x", "y", "u", "v")
        assert trained.generators.heads.trunk.shape.width == 2 * SMALL["width"]
        points = found.points[:10].clone()
        points[:, 2:] += 1
        torch.testing.assert_close(found(points)[..., :2], found(found.points[:10])[..., :2])
        assert found.metadata.generators[0].defect < 0.05

    def test_densities(self):
        settings = PointFlowSettings(n_generators=1, steps=4, solving=False, **SMALL)
        found, _ = discover_points_flow(gaussian(), settings)
        assert found.metadata.generators[0].defect < 0.05
        assert "volume" in found.metadata.infinite

    def test_sampled_densities(self):
        """All points of a step are moved alike, since only their means tell something."""
        objective = objective_of(SampledDensity(plane(3000)))
        batch = objective.fixed()
        assert batch.scales.unique(dim=1).shape == (2, 1)
        two = known(objective, [["-y", "x"], ["x", "y"]])
        objective.normalise(two)
        squares = objective.moved(two, batch, 0).squares
        assert squares[1] > 10 * squares[0]
        settings = PointFlowSettings(n_generators=1, steps=5, **SMALL)
        assert discover_points_flow(SampledDensity(plane(2000)), settings)[0].metadata.domain.outputs == ()

    def test_a_function_without_symmetries(self):
        """Of a sum over particles: no field that all share leaves it alone."""
        z = torch.randn(600, 3, 1, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
        f = Target(lambda z: (z + z**2 * z[:, :1] + torch.sin(2 * z)).sum(1), ("f",), "f")
        settings = PointFlowSettings(n_generators=1, init="random", steps=60, **SMALL)
        found, _ = discover_points_flow(Invariance(f, PointSet.from_array(z, ("x",))), settings)
        assert [record.status for record in found.metadata.generators] == ["none"]
        assert found.metadata.approximate == 0

    def test_goes_on_from_a_checkpoint(self, tmp_path):
        """To the same result as if it had never stopped; not with another function."""
        settings = PointFlowSettings(n_generators=2, init="random", steps=12, **SMALL)
        whole, trained = discover_points_flow(radial(), settings)
        path, steps = tmp_path / "some.checkpoint", count(1)

        def stop(*_):
            if next(steps) == 7:
                raise KeyboardInterrupt

        objective, initial = point_flow_objective(radial(), settings)
        stopped = train_flow(objective, stop, initial, path)
        assert stopped.steps == 7
        again, resumed = discover_points_flow(radial(), settings, checkpoint=path, resume=True)
        assert resumed.history == trained.history
        assert again(whole.points).equal(whole(whole.points))
        other = Invariance(Target(radius2, ("f",), "f"), plane())
        with pytest.raises(DataError, match="other settings or data"):
            discover_points_flow(other, settings, checkpoint=path, resume=True)


def test_the_bound_admits_what_training_starts_from():
    objective = objective_of(radial())
    steep = fields(objective.space, [["-y*(x**2 + y**2)", "x*(x**2 + y**2)"]])
    objective.admit(steep)
    assert objective.bound > 3
    assert objective_of(radial()).bound == 1
