"""Nothing crosses between processor and device where time is spent: in flows, scores, trainings and transforms."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch
from far_generators import KINDS, PLACE, SPACE, T, U, X, formulas, library, plane, points_for
from transfers import FAR, Far, crossings, near, sent

from symgen.affine_flow import AffineFlow, affine_matrices
from symgen.augmentation.images import RandomSymmetry
from symgen.discovery.flow_points import PointObjective
from symgen.discovery.flow_solutions import SolutionObjective
from symgen.discovery.flow_training import FlowTraining
from symgen.discovery.pde_problem import PdeProblem
from symgen.discovery.point_problem import PointProblem
from symgen.discovery.point_settings import PointFlowSettings
from symgen.discovery.settings import PdeFlowSettings
from symgen.extrapolated_flow import ExtrapolatedFlow
from symgen.flow import Flow, move_each
from symgen.flow_map import FlowMap
from symgen.generators.closed_form import ClosedFormGenerators
from symgen.image.model import ImageModel
from symgen.image.warp import moved_grids, pixel_grid
from symgen.pde.equation import Equation
from symgen.pde.interpolant import Interpolant
from symgen.pde.resample import resample_exact
from symgen.points.point_set import PointSet
from symgen.points.target import Target
from symgen.validity.density import Density
from symgen.validity.equivariance import Equivariance
from symgen.validity.finite import FiniteValidity
from symgen.validity.image_model import OutputValidity
from symgen.validity.points import Invariance
from symgen.validity.sampled_density import SampledDensity


class TestFarDevice:
    """The stand-in for a GPU itself."""

    @pytest.mark.parametrize(
        ("kind", "action"),
        [
            ("sent", lambda z: z * torch.tensor([1.0, 2.0], device=z.device)),
            ("sent", lambda z: z * torch.as_tensor([1.0, 2.0], device=z.device)),
            ("sent", lambda z: z * z.new_tensor([1.0, 2.0])),
            ("sent", lambda z: z * torch.as_tensor(2.0, device=z.device)),
            ("sent", lambda z: z * torch.from_numpy(np.ones(2, np.float32)).to(z.device)),
            ("sent", lambda z: z * torch.ones(2).to(z)),
            ("sent", lambda z: z[torch.tensor([0, 1])]),
            ("sent", lambda z: z[[0, 1]]),
            ("sent", lambda z: z.clone().copy_(torch.ones(2))),
            ("fetched", lambda z: z.cpu()),
            ("fetched", lambda z: torch.zeros(3, 2).copy_(z)),
            ("read", lambda z: z.sum().item()),
            ("read", lambda z: float(z[0, 0])),
            ("read", lambda z: 1 if (z > 0).all() else 0),
            ("read", lambda z: torch.equal(z, z)),
            ("fetched", lambda z: z.tolist()),
            ("waited", lambda z: z[z > 0]),
            ("waited", lambda z: z.nonzero()),
            ("waited", lambda z: z.unique()),
            ("constants", lambda z: torch.tensor([1.0, 2.0])),
        ],
    )
    def test_counts_each_kind(self, kind, action):
        z = sent(torch.ones(3, 2))
        with crossings() as counted:
            action(z)
        assert counted.kinds[kind] >= 1, counted

    def test_counts_nothing_else(self):
        z = sent(torch.ones(3, 2)).requires_grad_()
        with crossings() as counted:
            slope = torch.linspace(0, 1, 3, device=z.device)[:, None]
            moved = torch.cat([z[:, :1] * 2.0, z[:, 1:]], 1) * slope + torch.full((), 2.0, device=z.device)
            moved.square().sum().backward()
            torch.func.jvp(lambda p: p**2, (z.detach(),), (torch.ones_like(z),))
        assert counted.total == 0, counted
        assert isinstance(z.grad, Far)

    def test_refuses_two_devices(self):
        with crossings(), pytest.raises(RuntimeError, match="two devices"):
            _ = sent(torch.ones(3)) * torch.ones(3)

    def test_same_numbers(self):
        a = torch.randn(4, 4, dtype=torch.float64, generator=torch.Generator().manual_seed(0))
        with crossings():
            there = sent(a)
            there[0] = 1
            there = torch.linalg.qr(there).R @ there
        a[0] = 1
        assert there.device == FAR
        assert torch.equal(near(there), torch.linalg.qr(a).R @ a)


def on_device(generators):
    with crossings():
        return generators.to(FAR)


@pytest.mark.parametrize("kind", KINDS)
class TestGenerators:
    def test_one_is_evaluated_without_the_others(self, kind):
        alone, every = KINDS[kind](alone=True), KINDS[kind]()
        points = points_for(every)
        found = alone.one(PLACE, points)
        assert found.isfinite().all()
        assert torch.allclose(found, every(points)[PLACE], rtol=1e-12, atol=1e-13)

    def test_each_at_its_own_points(self, kind):
        every = KINDS[kind]()
        points = points_for(every, 7 * every.count).unflatten(0, (every.count, 7))
        expected = torch.stack([every(points[a])[a] for a in range(every.count)])
        assert torch.allclose(every.each(points), expected, rtol=1e-12, atol=1e-13)

    def test_nothing_crosses(self, kind):
        every, far = KINDS[kind](), on_device(KINDS[kind]())
        points = points_for(every)
        there = sent(points)
        copies = there.expand(every.count, -1, -1)
        for _ in range(2):  # the first time sends the constants
            with crossings() as counted:
                found = far(there)
                far.each(copies)
                far.one(PLACE, there)
        assert counted.total == 0, counted
        assert torch.allclose(near(found), every(points), rtol=1e-12, atol=1e-13)

    def test_nothing_crosses_in_its_flow(self, kind):
        """But for the flow's own: the longest way before it, and whether all arrived after it."""
        far = on_device(KINDS[kind]())
        there = sent(points_for(far))
        scales = sent(torch.full((far.count,), 0.05, dtype=torch.float64))
        flow = Flow(far, step=0.05)
        with crossings():
            flow(there, 0.01, PLACE)
        with crossings() as counted:
            move_each(far, there.expand(far.count, -1, -1), scales, 2)
        assert counted.total == 0, counted
        for scale in (0.04, 0.1):
            with crossings() as counted:
                flow(there, scale, PLACE)
            assert counted.kinds == {"fetched": 1, "read": 1}, counted


class TestFlows:
    def test_affine(self):
        fields = ClosedFormGenerators(SPACE, [[1, 0, 0], [T, X, U]])
        with crossings():
            flow = AffineFlow(sent(affine_matrices(fields)), SPACE.scale)
        points, weights = sent(torch.rand(4, 5, 3, dtype=torch.float64)), sent(torch.rand(4, 2, dtype=torch.float64))
        with crossings() as counted:
            flow(points, weights)
        assert counted.total == 0, counted

    @pytest.mark.parametrize("make", [formulas, library])
    def test_extrapolated(self, make):
        """Whether a step is close enough is read, and nothing sent, however many steps there are."""
        flow = ExtrapolatedFlow(on_device(make()), 1e-11)
        points = sent(points_for(make()).expand(2, -1, -1).contiguous())
        kinds = []
        for scale in (0.01, 0.01, 1.0):
            weights = sent(scale * torch.tensor([[1.0, 0, 0], [0, 1, 0]], dtype=torch.float64))
            with crossings() as counted:
                flow(points, weights)
            kinds.append(counted.kinds)
        assert kinds[1]["sent"] == kinds[2]["sent"] <= 1
        assert kinds[1]["constants"] == kinds[2]["constants"]
        assert kinds[2]["read"] > kinds[1]["read"]


@pytest.mark.parametrize("periods", [{}, {"x": 6.4}])
def test_nothing_crosses_in_the_score_of_moved_solutions(periods):
    x, t = torch.linspace(0, 6.2, 32, dtype=torch.float64), torch.linspace(0, 1, 28, dtype=torch.float64)
    t, x = torch.meshgrid(t, x, indexing="ij")
    validity = FiniteValidity(Equation.from_string("u_t + u*u_x - 0.1*u_xx").system, 4)
    graph = torch.stack([x, t, torch.sin(x - t)], -1)[None].requires_grad_()
    there = sent(graph)
    for _ in range(2):
        with crossings() as counted:
            validity(there, periods).score().sum().backward()
    assert counted.total == 0, counted
    validity(graph, periods).score().sum().backward()
    expected = 2 * graph.grad
    assert torch.allclose(near(there.grad), expected, rtol=1e-6, atol=1e-9 * float(expected.abs().max()))


@pytest.mark.parametrize("field", [[T, 0, 1], [U / 3, 0.1, 0]], ids=["projects", "graph"])
def test_resampling_reads_once_a_round(field):
    """Whether it has converged; nothing is sent."""
    x, t = torch.arange(32, dtype=torch.float64) / 16 - 1, torch.linspace(0, 1, 28, dtype=torch.float64)
    u, weights = torch.sin(torch.pi * (x - t[:, None])), torch.tensor([[0.1], [0.2]], dtype=torch.float64)
    box = (-1, 0, -2), (1, 1, 2)
    maps = FlowMap.tabulate(Flow(ClosedFormGenerators(SPACE, [field])), weights, *box)
    equation = Equation.from_string("u_t + u*u_x - 0.1*u_xx")
    expected = resample_exact(Interpolant(u, x, t, equation), maps.on_grid(x, t))
    with crossings():
        there = replace(maps, coefficients=sent(maps.coefficients)).on_grid(sent(x), sent(t))
        interpolant = Interpolant(sent(u), sent(x), sent(t), equation)
    for first in (True, False):
        with crossings() as counted:
            found = resample_exact(interpolant, there)
        assert counted.kinds["sent"] <= first, counted
        assert counted.kinds["waited"] == counted.kinds["fetched"] == 0, counted
        assert 2 <= counted.kinds["read"] <= 6, counted
    assert torch.allclose(near(found.u), expected.u, rtol=0, atol=1e-13)


class Brightness(torch.nn.Module):
    """Outputs that depend on where images are bright."""

    def __init__(self):
        super().__init__()
        self.layer = torch.nn.Conv2d(1, 3, 5)

    def forward(self, images):
        return self.layer(images).tanh().mean((2, 3))


def test_nothing_crosses_in_the_score_of_moved_images():
    """Forward and backward, however many blocks there are: one check that all grids are finite."""
    torch.manual_seed(0)
    images = torch.rand(6, 1, 12, 12)
    with crossings():
        model = ImageModel(Brightness().to(FAR), torch.float32)
        validity = OutputValidity(model, sent(images), limit=4)
        fields = on_device(plane())
        grid = pixel_grid(12, 12, device=FAR)
        scales = sent(torch.full((3, 1), 0.1)).requires_grad_()
        directions = validity.directions(sent(images))
        there = sent(images)
    for _ in range(2):
        with crossings() as counted:
            validity.scores(there, moved_grids(fields, grid, scales), directions).sum().backward()
    assert counted.kinds == {"read": 1}, counted
    assert near(scales.grad).isfinite().all()


@pytest.mark.parametrize("each", [False, True])
def test_nothing_crosses_in_the_transform_of_images(each):
    """But for the longest way, which decides on the steps; nor with masks and points."""
    with crossings():
        transform = RandomSymmetry(on_device(plane()), each=each)
        images, masks, points = (sent(torch.rand(3, *shape)) for shape in ((1, 12, 10), (12, 10), (5, 2)))
        motion = transform.motion(sent(torch.full((3, 3) if each else (3,), 0.1)), (12, 10))
    for _ in range(2):
        with crossings() as transformed:
            transform(images)
        with crossings() as marked:
            motion.mask(masks, 0)
            motion.points(points)
    assert transformed.kinds == {"read": 1}, transformed
    assert marked.total == 0, marked


SMALL = {"n_generators": 2, "width": 8, "head_width": 4, "batch": 4, "steps": 8, "flow_steps": 2, "init": "random"}


def plane_points():
    z = torch.randn(64, 2, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    with crossings():
        return replace(PointSet.from_array(z, ("x", "y")), values=sent(z[:, None]))


def radius(z):
    return z[:, 0].square().sum(-1, keepdim=True)


CONDITIONS = {
    "invariance": lambda: Invariance(Target(lambda z: torch.log1p(radius(z)), ("f",), "f"), plane_points()),
    "equivariance": lambda: Equivariance(Target(lambda z: radius(z).sqrt() * z[:, 0], ("a", "b"), "f"), plane_points()),
    "density": lambda: Density(Target(lambda z: -radius(z) / 2, ("log_p",), "log p"), plane_points()),
    "sampled density": lambda: SampledDensity(plane_points()),
}


def steps_of(objective):
    """What crosses in a step of a training, and in its scores alone."""
    training = FlowTraining(objective)
    training.advance()
    with crossings() as step:
        training.advance()
    batch = objective.draw(training.random, 0.3)
    with crossings() as scored:
        losses, _ = objective.regularisers(training.network, batch)
        (objective.moved(training.network, batch, 0).loss.sum() + sum(losses.values())).backward()
    return step, scored


class TestTraining:
    """A batch is sent and the step's figures are fetched, once."""

    @pytest.mark.parametrize("condition", CONDITIONS)
    def test_points(self, condition):
        settings = PointFlowSettings(**SMALL)
        with crossings():
            validity = CONDITIONS[condition]()
            step, scored = steps_of(PointObjective(PointProblem(validity, settings), settings))
        assert step.kinds == {"sent": 2, "fetched": 1}, step
        assert scored.total == 0, scored

    @pytest.mark.parametrize("precision", ["float32", "float64"])
    def test_solutions(self, simulated, precision):
        equation, more = Equation.from_string("u_t - 0.05*u_xx"), {"window": (16, 24), "accuracy": 4, "clamp": 1e-4}
        settings = PdeFlowSettings(**SMALL, **more, periodic=True, precision=precision, sobolev_share=0.1)
        with crossings():
            problem = PdeProblem(simulated("heat"), equation, settings, FAR)
            step, scored = steps_of(SolutionObjective(problem, settings))
        del step.kinds["constants"]  # of data that are read
        assert step.kinds == {"sent": 2, "fetched": 1}, step
        assert scored.total == 0, scored
