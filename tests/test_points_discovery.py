"""Symmetries of functions of points and of densities: closed-form answers, and what must not be called a symmetry."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch

from symgen.discovery.point_counting import count_points
from symgen.discovery.point_settings import PointSpectralSettings
from symgen.discovery.points import discover_points
from symgen.exceptions import DataError, UsageError
from symgen.expressions import parse_field
from symgen.generators.algebra import principal_angles
from symgen.generators.artifact import load
from symgen.generators.closed_form import ClosedFormGenerators, formula
from symgen.generators.inner_product import field_matrix
from symgen.points.point_set import PointSet
from symgen.points.target import Target
from symgen.validity.density import Density
from symgen.validity.equivariance import Equivariance
from symgen.validity.points import Invariance, PointValidity
from symgen.validity.resolution import Resolution
from symgen.validity.sampled_density import SampledDensity


def normal(*shape, seed=0):
    return torch.randn(*shape, dtype=torch.float64, generator=torch.Generator().manual_seed(seed))


def found(function, data, names=("f",), kind=Invariance, error=0.0, **settings):
    target = Target(function, tuple(names), "f", error)
    return discover_points(kind(target, data), PointSpectralSettings(**settings))


def formulas(artifact):
    names, records = artifact.metadata.space.names, artifact.metadata.generators
    return [formula(parse_field(r.formula, names), names) for r in records if r.status == "exact"]


def distance(artifact, fields):
    """Largest principal angle to the span of fields given as strings."""
    space = artifact.metadata.space
    true = ClosedFormGenerators(space, [parse_field(field, space.names) for field in fields])
    count = artifact.metadata.domain.found(artifact.metadata.exact, artifact.metadata.approximate)
    mine = field_matrix(artifact.generators, artifact.points)[:, :count]
    return float(principal_angles(mine, field_matrix(true, artifact.points, space)).max())


PLANE = PointSet.from_array(normal(600, 2), ("x", "y"))
LORENTZ = [
    ("px", "E", "0", "0"), ("py", "0", "E", "0"), ("pz", "0", "0", "E"),
    ("0", "-py", "px", "0"), ("0", "-pz", "0", "px"), ("0", "0", "-pz", "py"),
]  # fmt: skip


def mass(z):
    total = z.sum(1)
    return total[:, :1].square() - total[:, 1:].square().sum(1, keepdim=True)


def decays(n=300):
    momenta = 5 * normal(n, 2, 3)
    energy = (momenta.square().sum(-1, keepdim=True) + 0.01).sqrt()
    return PointSet.from_array(torch.cat([energy, momenta], -1), ("E", "px", "py", "pz"))


@pytest.mark.parametrize("library", ["linear", "affine", "quadratic"])
def test_lorentz(library):
    artifact = found(mass, decays(), library=library)
    assert (artifact.metadata.exact, artifact.metadata.approximate) == (6, 0)
    assert distance(artifact, LORENTZ) < 1e-9
    assert all(change < 1e-9 for row in artifact.metadata.domain.moved.generators for change in row)
    assert all(row[1] > 1e-3 for row in artifact.metadata.domain.moved.random)


@pytest.mark.parametrize(
    ("function", "library", "expected"),
    [
        (lambda z: z.square().sum(2).exp(), "affine", ["y d/dx - x d/dy"]),
        (lambda z: z[..., 0].square() + 4 * z[..., 1].square(), "linear", ["4*y d/dx - x d/dy"]),
        (lambda z: (z[..., 0] - 3).square() + z[..., 1].square(), "affine", ["y d/dx - (x - 3) d/dy"]),
        (lambda z: (2 * z[..., 0] - z[..., 1]).sin(), "linear", ["x d/dx + 2*x d/dy", "y d/dx + 2*y d/dy"]),
        (lambda z: z[..., 0] * z[..., 1], "affine", ["x d/dx - y d/dy"]),
        (lambda z: z[..., 1] - z[..., 0].square(), "affine", ["d/dx + 2*x d/dy"]),
        (lambda z: z[..., 0].pow(3) + z[..., 0] * z[..., 1] + z[..., 1].sin(), "affine", []),
        (lambda z: z[..., 0].square() + z[..., 1].pow(4) + z[..., 0] * z[..., 1], "quadratic", []),
    ],
)
def test_functions_of_the_plane(function, library, expected):
    artifact = found(function, PLANE, library=library)
    assert sorted(formulas(artifact)) == sorted(expected)
    assert artifact.metadata.approximate == 0


def test_translations_of_particles():
    """Of a pair potential in the plane: rigid motions, the same for both."""
    pairs = PointSet.from_array(normal(400, 2, 2), ("x", "y"))
    artifact = found(lambda z: (z[:, 0] - z[:, 1]).square().sum(1, keepdim=True).exp(), pairs)
    assert sorted(formulas(artifact)) == ["d/dx", "d/dy", "y d/dx - x d/dy"]


def test_discrete_rotations_leave_the_radial_scaling():
    """z / (1 + atan2(y, x) mod 2 pi / 7): sevenfold rotations are no flow, but the radius does not matter."""
    points = PointSet.from_array(normal(2000, 3), ("x", "y", "z"))

    def function(p):
        x, y, z = p[:, 0].unbind(1)
        return (z / (1 + torch.remainder(torch.atan2(y, x), 2 * math.pi / 7)))[:, None]

    artifact = found(function, points)
    assert formulas(artifact) == ["x d/dx + y d/dy"]
    assert artifact.metadata.approximate == 0


def test_what_holds_for_gradients_only_is_not_exact():
    """A step does not change the gradient: d/dx keeps y + floor(2 x) to first order, and not when points are moved."""
    artifact = found(lambda z: z[..., 1] + (2 * z[..., 0]).floor(), PLANE)
    assert artifact.metadata.exact == 0
    assert "jumps" in artifact.metadata.warnings[0]
    assert artifact.metadata.approximate == 0  # as much as along random fields
    assert {record.status for record in artifact.metadata.generators} == {"none"}


@pytest.mark.parametrize("height", [0.02, 50.0])
def test_what_fails_beyond_the_points_is_not_exact(height):
    """A rotation keeps r^2 + height [x > 3] at all of the points, and not where they are moved to."""
    points = PointSet.from_array(normal(1000, 2).clamp(-2.9, 2.9), ("x", "y"))
    artifact = found(lambda z: z.square().sum(2) + height * (z[..., 0] > 3), points)
    assert artifact.metadata.exact == 0
    assert artifact.metadata.approximate == (height < 1)
    assert "V1 leave the gradient's condition" in artifact.metadata.warnings[0]


def test_what_is_small_only_beside_the_steepest_places_is_not_exact():
    """exp(x) + y depends on y, though hardly beside its largest slopes."""
    z = normal(1000, 2)
    points = PointSet.from_array(torch.stack([20 + 8 * z[:, 0].clamp(-2.4, 2.4), z[:, 1]], 1), ("x", "y"))
    artifact = found(lambda z: z[..., 0].exp() + z[..., 1], points)
    assert artifact.metadata.exact == 0
    assert "steepest" in artifact.metadata.warnings[0]
    assert found(lambda z: z[..., 0].exp(), points).metadata.exact == 3


def test_few_points_held_out_do_not_make_symmetries():
    """relu(x - 1)^2 + y: a single point held out may lie where nothing depends on x."""
    for seed in range(8):
        points = PointSet.from_array(normal(120, 2, seed=seed), ("x", "y"))
        artifact = found(lambda z: (z[..., 0] - 1).relu().square() + z[..., 1], points, held_out=0.001, seed=seed)
        assert artifact.metadata.exact == 0


def test_points_said_twice_are_one_condition():
    points = PointSet.from_array(normal(5, 2).repeat(20, 1), ("x", "y"))
    with pytest.raises(DataError, match=r"100 points .5 different ones to fit to. are too few for 6 unknowns"):
        found(lambda z: z[..., 0].square() + z[..., 1] ** 3, points)


def test_single_precision_tells_more_than_its_rounding():
    """Of r^2 + 1e-5 x^3, whose gradient is known within 1e-6, one rotation is left; the others are approximate."""
    points = PointSet.from_array(normal(600, 3), ("x", "y", "z"))
    artifact = found(lambda p: p.square().sum(2) + 1e-5 * p[..., 0] ** 3, points, error=1e-6)
    assert (artifact.metadata.exact, artifact.metadata.approximate) == (1, 2)


def test_formulas_of_fields_on_points_have_no_values_in_them():
    """Of a linear function values are linear in the points, and may be written instead of them where these are."""
    points = PointSet.from_array(normal(400, 3), ("x", "y", "z"))
    matrix = normal(3, 2, seed=1)
    artifact = found(lambda p: p[:, 0] @ matrix, points, ("u", "v"), Equivariance)
    for record in artifact.metadata.generators:
        if record.formula:
            assert not any(name in part for part in record.formula[:3] for name in "uv")
            assert not any(name in part for part in record.formula[3:] for name in "xyz")


def test_equivariance_finds_both_fields():
    def function(z):
        x, y = z[:, 0].unbind(1)
        r = x.square() + y.square()
        return torch.stack([r * x - y, r * y + x], 1)

    artifact = found(function, PLANE, ("a", "b"), Equivariance)
    assert formulas(artifact) == ["y d/dx - x d/dy + b d/da - a d/db"]
    linear = found(lambda z: z[:, 0] @ torch.tensor([[1.0, 2], [0, 3]]).double(), PLANE, ("a", "b"), Equivariance)
    assert linear.metadata.exact == 6  # any affine motion of the plane goes with one of the values
    homogeneous = found(lambda z: z[..., 0].square() * z[..., 1], PLANE, ("a",), Equivariance, library="linear")
    assert homogeneous.metadata.exact == 2


def test_two_bodies_a_step_later():
    """The motion of two bodies is equivariant under rotations, the same of all positions and velocities."""

    def step(z):
        q, p = z[..., :2], z[..., 2:]
        force = -(q[:, 0] - q[:, 1]) / (0.5 + (q[:, 0] - q[:, 1]).square().sum(1, keepdim=True)).pow(1.5)
        p = p + 0.3 * torch.stack([force, -force], 1)
        return torch.cat([q + 0.3 * p, p], 2).flatten(1)

    bodies = PointSet.from_array(normal(800, 2, 4), ("x", "y", "vx", "vy"))
    artifact = found(
        step, bodies, [f"{n}{j}" for j in (1, 2) for n in ("a", "b", "va", "vb")], Equivariance, library="linear"
    )
    names = artifact.metadata.space.names
    fields = [dict(zip(names, record.formula, strict=True)) for record in artifact.metadata.generators]
    rotation = {"x": "y", "y": "-x", "vx": "vy", "vy": "-vx", "a1": "b1", "b2": "-a2"}
    assert any(rotation.items() <= field.items() for field in fields)


def test_density_by_its_logarithm():
    artifact = found(
        lambda z: -0.5 * (z[..., 0].square() + 2 * z[..., 1].square()), PLANE, ("logp",), Density, library="linear"
    )
    assert formulas(artifact) == ["2*y d/dx - x d/dy"]
    # shears along x keep volumes, not the density; the scaling changes both
    squeezed = found(lambda z: -(z[..., 0] * z[..., 1]).square(), PLANE, ("logp",), Density, library="linear")
    assert formulas(squeezed) == ["x d/dx - y d/dy"]
    power = found(lambda z: -2 * z.square().sum(2).sqrt().log(), PLANE, ("logp",), Density, library="linear")
    assert sorted(formulas(power)) == ["x d/dx + y d/dy", "y d/dx - x d/dy"]


@pytest.mark.parametrize("seed", range(3))
def test_density_of_samples(seed):
    """Nothing is fitted, so that a square is not taken for a disc, as it would be by a Gaussian fit."""

    def verdict(points):
        data = PointSet.from_array(points)
        m = discover_points(SampledDensity(data), PointSpectralSettings()).metadata
        return m.exact, m.approximate

    draw = torch.Generator().manual_seed(seed)
    assert verdict(normal(4000, 2, seed=seed)) == (0, 1)
    assert verdict(torch.rand(4000, 2, dtype=torch.float64, generator=draw)) == (0, 0)
    assert verdict(normal(4000, 2, seed=seed).abs()) == (0, 0)
    assert verdict(torch.rand(4000, 3, dtype=torch.float64, generator=draw)) == (0, 0)


def test_few_samples_decide_nothing():
    """So few that they could not tell a square from a disc: neither has a symmetry then."""
    draw = torch.Generator().manual_seed(0)
    for points in (normal(800, 2), torch.rand(800, 2, dtype=torch.float64, generator=draw)):
        metadata = discover_points(SampledDensity(PointSet.from_array(points)), PointSpectralSettings()).metadata
        assert (metadata.exact, metadata.approximate) == (0, 0)
    assert discover_points(SampledDensity(PLANE), PointSpectralSettings()).metadata.generators[0].verdict == "undecided"


@pytest.mark.parametrize("seed", range(3))
def test_heavy_tails_are_not_taken_for_symmetries(seed):
    """Of two independent Cauchy variables, nearly all of which lie in the middle of the largest ones' width."""
    draw = torch.Generator().manual_seed(seed)
    points = PointSet.from_array((math.pi * (torch.rand(2000, 2, dtype=torch.float64, generator=draw) - 0.5)).tan())
    metadata = discover_points(SampledDensity(points), PointSpectralSettings()).metadata
    assert metadata.exact == metadata.approximate == 0


def test_files_keep_everything(tmp_path):
    artifact = found(mass, decays())
    artifact.save(tmp_path / "lorentz.safetensors")
    again = load(tmp_path / "lorentz.safetensors")
    assert again.metadata == artifact.metadata
    assert torch.equal(again.points, artifact.points)
    kept, saved = again.generators.state_dict(), artifact.generators.state_dict()
    assert kept.keys() == saved.keys()
    assert all(torch.equal(kept[name], saved[name]) for name in saved)
    # their values not to the bit: kernels differ with where memory lies
    torch.testing.assert_close(again(again.points), artifact(artifact.points), rtol=1e-14, atol=1e-14)
    assert again.specimen["values"].shape == (75, 1)
    sampled = discover_points(SampledDensity(PLANE), PointSpectralSettings())
    sampled.save(tmp_path / "density.safetensors")
    assert load(tmp_path / "density.safetensors").specimen["values"].shape == (256, 0)


def test_a_score_of_ones_own():
    class Area(PointValidity):
        outputs = ("area",)

        def score(self, points):
            a, b = points[:, 1] - points[:, 0], points[:, 2] - points[:, 0]
            return a[:, 0] * b[:, 1] - a[:, 1] * b[:, 0]

    data = PointSet.from_array(normal(300, 3, 2), ("x", "y"))
    artifact = discover_points(Area(data), PointSpectralSettings())
    assert artifact.metadata.exact == 5  # all affine motions that keep areas
    assert artifact.metadata.domain.condition == "own"


@pytest.mark.parametrize(
    ("function", "said"),
    [
        (lambda z: z[..., 0] * 0 + 3, "f is constant"),
        (lambda z: (z[..., 0] * 4).floor() + 0 * z[..., 0], "no gradient"),
        (lambda z: z[..., 0].log(), "not finite at"),
    ],
)
def test_functions_that_say_nothing(function, said):
    with pytest.raises(DataError, match=said):
        found(function, PLANE)


@pytest.mark.parametrize(
    ("values", "error", "said"),
    [
        (np.full((5, 2), np.nan), DataError, "5 of 5 points"),
        (np.ones((5, 2)), DataError, "x1 is constant"),
        (np.ones((2, 2)), DataError, "too few"),
        (np.ones(5), DataError, "shape"),
        (np.ones((5, 2), complex), DataError, "complex"),
        (np.array([["a", "b"]] * 5), DataError, "Give numbers"),
    ],
)
def test_points_that_are_refused(values, error, said):
    with pytest.raises(error, match=said):
        PointSet.from_array(values)


def test_names_that_are_refused():
    for names in (("x",), ("x", "x"), ("x", "2y"), ("x", "lambda")):
        with pytest.raises(UsageError):
            PointSet.from_array(normal(9, 2), names)
    with pytest.raises(UsageError, match="different names"):
        found(lambda z: z[..., 0], PLANE, ("x",), Equivariance)


def test_fewer_points_than_unknowns():
    data = PointSet.from_array(normal(12, 4))
    with pytest.raises(DataError, match="too few for 20 unknowns"):
        found(lambda z: z.square().sum(2), data)


def test_counting_needs_to_know_what_it_counts():
    """The same spectrum is exact of a known function, approximate of a good fit and nothing of a poor one."""
    spectrum = [1e-12, 1e-12, 0.3, 0.5]
    assert count_points(spectrum, Resolution(0)).exact == 2
    good = count_points(spectrum, Resolution(0.01))
    assert good.resolution.within == 3  # whatever was counted
    assert not good.undecided(0.04)
    assert (good.exact, good.approximate) == (0, 2)
    poor = count_points(spectrum, Resolution(0.3))
    assert (poor.exact, poor.approximate) == (0, 0)
    assert poor.undecided(spectrum[0])
    assert not poor.undecided(1.0)
    assert count_points([0.02, 0.04, 0.07, 0.1], Resolution(0.01)).approximate == 0
