"""Surrogates: what polynomials and networks make of labelled points, and what is said of how well."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from conftest import DATA

from symgen.discovery.point_settings import PointSpectralSettings
from symgen.discovery.points import discover_points
from symgen.exceptions import DataError
from symgen.points.point_set import PointSet
from symgen.points.target import Target
from symgen.surrogates.fit import SurrogateSettings, fit_surrogate
from symgen.surrogates.network import TrainingPlan, squared_error, train_ensemble
from symgen.surrogates.polynomial import PolynomialFit
from symgen.surrogates.residuals import structured
from symgen.validity.points import Invariance


def normal(n, k, d, seed=0):
    return torch.randn(n, k, d, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


def noise(n, seed=1):
    return torch.randn(n, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


def fit(x, y, classes=None, names=("y",), **arguments):
    return fit_surrogate(PointSet.from_array(x), y, names, classes, SurrogateSettings(**arguments))


def slopes(function, x):
    x = x.clone().requires_grad_()
    return torch.autograd.grad(function(x).sum(), x)[0]


def relative(found, true):
    return ((found - true).norm() / true.norm()).item()


def angles_to_rotations(target, x):
    """Principal angles of the fields A x that change the target least to the rotations."""
    d = x.shape[2]
    rows = torch.einsum("nki,nkj->nij", target.gradients(x)[:, 0], x).flatten(1)
    found = torch.linalg.svd(rows, full_matrices=False)[2][-(d * (d - 1) // 2) :].view(-1, d, d)
    symmetric = ((found + found.mT) / 2).flatten(1)  # what is not antisymmetric
    return torch.arcsin(torch.linalg.svdvals(symmetric).clamp_max(1))


@pytest.mark.parametrize(("power", "transform"), [(1, "none"), (0.5, "square")])
def test_quadratic_forms_and_their_roots_are_recovered_exactly(power, transform):
    form = torch.tensor([[2.0, 0.5, 0], [0.5, 1, -0.3], [0, -0.3, 3]], dtype=torch.float64)
    x = normal(400, 1, 3) * torch.tensor([1.0, 20, 0.05]) + torch.tensor([1.0, -3, 0.1])
    q = torch.einsum("nki,ij,nkj->n", x, form, x)
    target = fit(x, q**power, names=("q",))
    record = target.surrogate
    assert (record.kind, record.degree, record.transform) == ("polynomial", 2, transform)
    assert record.error < 1e-12
    assert target.error == record.error
    assert target.gradient_error == record.gradient_error < 1e-11
    assert record.explained == pytest.approx(1)
    assert relative(target.gradients(x)[:, 0], 2 * x @ form) < 1e-11
    torch.testing.assert_close(target.values(x)[:, 0], q, rtol=1e-10, atol=0)
    assert target.words == ("q^2" if power != 1 else "q") + ", fitted by a polynomial of degree 2"


def test_the_logarithm_of_a_target_is_tried():
    x = normal(400, 2, 2)
    exponent = (x[:, 0] * x[:, 1]).sum(1)
    target = fit(x, exponent.exp())
    assert (target.surrogate.degree, target.surrogate.transform) == (2, "log")
    assert target.error < 1e-9
    assert relative(target.gradients(x)[:, 0], x.flip(1)) < 1e-9
    assert fit(x, exponent.exp(), transforms=False, kind="polynomial").surrogate.transform == "none"


def test_several_components_are_fitted_together():
    x = normal(300, 1, 2)
    y = torch.stack([x[:, 0, 0] ** 2 - x[:, 0, 1], 1e4 * x[:, 0, 0] * x[:, 0, 1] + 7], 1)
    target = fit(x, y, names=("a", "b"))
    assert target.names == ("a", "b")
    assert target.surrogate.degree == 2
    assert target.surrogate.transform == "none"
    torch.testing.assert_close(target.values(x), y, rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize("size", [0.01, 0.2])
def test_noise_is_what_is_left(size):
    x = normal(1500, 1, 4)
    y = x.square().sum((1, 2))
    target = fit(x, y + size * y.std() * noise(1500), kind="polynomial")
    assert target.surrogate.degree == 2
    assert target.surrogate.error == pytest.approx(size / (1 + size**2) ** 0.5, rel=0.1)
    assert target.surrogate.explained == pytest.approx(1 - target.surrogate.error**2)
    wrong = relative(target.gradients(x)[:, 0], 2 * x)
    assert wrong < size / 2
    assert wrong < target.gradient_error < 2 * size


def test_no_network_is_trained_beside_a_polynomial_that_suffices():
    x = normal(1500, 1, 3)
    y = x.square().sum((1, 2))
    steps = []
    for values in (y, y + 0.05 * noise(1500)):
        target = fit_surrogate(PointSet.from_array(x), values, ("y",), progress=lambda *step: steps.append(step))
        assert target.surrogate.kind == "polynomial"
    assert not steps


def test_polynomials_by_themselves_say_what_they_miss():
    """A quadratic form has an orthogonal group whatever it was fitted to, so its error must bound what is claimed."""
    x = normal(1500, 1, 3)
    y = x[:, 0, 0].abs() + x[:, 0, 1] ** 2
    target = fit(x, y, kind="polynomial", degree=2)
    true = torch.stack([x[:, 0, 0].sign(), 2 * x[:, 0, 1], 0 * x[:, 0, 0]], 1)[:, None]
    wrong = relative(slopes(lambda q: target.function(q), x), true)
    assert target.surrogate.transform == "none"
    assert wrong > 0.2
    assert target.gradient_error > 0.5 * wrong


def test_networks_have_gradients():
    x = normal(1500, 1, 2)
    y = x[:, 0, 0] ** 2 + torch.sin(x[:, 0, 1])
    target = fit(x, y, kind="network", steps=600, widths=(32, 32))
    record = target.surrogate
    assert (record.kind, record.degree, record.widths) == ("network", None, (32, 32))
    assert "5 networks" in target.words
    assert target.error < 0.1
    true = torch.stack([2 * x[:, 0, 0], x[:, 0, 1].cos()], 1)[:, None]
    wrong = relative(target.gradients(x)[:, 0], true)
    assert wrong < 0.15
    assert 0.3 * wrong < target.gradient_error < 10 * wrong


@pytest.mark.slow
def test_a_network_follows_what_polynomials_do_not():
    x = normal(2000, 1, 2)
    r = x.norm(dim=-1, keepdim=True)
    target = fit(x, torch.sin(2 * r[:, 0, 0]), steps=1500, widths=(64, 64))
    assert target.surrogate.kind == "network"
    assert target.error < 0.3
    wrong = relative(target.gradients(x)[:, 0], 2 * torch.cos(2 * r) * x / r)
    assert wrong < 0.5
    assert target.gradient_error > 0.5 * wrong


@pytest.mark.slow
def test_rotations_in_five_dimensions_from_noisy_values():
    """sin|x1| - |x2|^3/2 + cos of the angle between them: the example of LieGG (Moskalev et al., 2022), with noise."""
    x = normal(6000, 2, 5)
    r = x.norm(dim=-1)
    y = torch.sin(r[:, 0]) - r[:, 1] ** 3 / 2 + (x[:, 0] * x[:, 1]).sum(1) / r.prod(1)
    target = fit(x, y + 0.01 * y.std() * noise(6000), kind="polynomial", degree=4)
    angles = angles_to_rotations(target, x)
    assert angles.max() < 0.05
    assert 0 < target.error < 0.1
    y = x[:, :1].square().sum((1, 2))
    target = fit(x[:, :1], y + 0.01 * y.std() * noise(6000))
    assert target.surrogate.degree == 2
    assert angles_to_rotations(target, x[:, :1]).max() < 0.005


def test_waves_below_the_noise_limit_are_not_taken_for_noise():
    """Polynomials leave 7% of it, and more degrees no less: but it follows the points, so networks are asked."""
    x = normal(3000, 1, 3)
    wave = x.square().sum((1, 2)) + 0.25 * torch.sin(6 * x[:, 0, 0])
    z = x[:, 0]
    for y, expected in ((wave, True), (x.square().sum((1, 2)) + 0.25 * noise(3000), False)):
        fitted = PolynomialFit(z, y[:, None], torch.arange(3000) % 5)
        fitted.raise_degree()
        fitted.raise_degree()
        assert structured(z, y[:, None] - fitted.held_out(2)) is expected
    steps = []
    points = PointSet.from_array(x)
    short = SurrogateSettings(steps=50, widths=(8,))
    target = fit_surrogate(points, wave, ("y",), settings=short, progress=lambda *step: steps.append(step))
    assert steps[-1] == (50, 50)
    assert target.surrogate.degree == 2
    true = 2 * x + 1.5 * torch.cos(6 * x) * torch.tensor([1.0, 0, 0])
    wrong = relative(target.gradients(x)[:, 0], true)
    assert wrong > 0.25
    assert target.gradient_error > 0.7 * wrong


def test_members_are_trained_on_their_own_points():
    z = normal(400, 1, 2)[:, 0]
    parts = [torch.nonzero(z[:, 0] > 0)[:, 0], torch.nonzero(z[:, 0] <= 0)[:, 0]]
    y = torch.where(z[:, :1] > 0, 1.0, -1.0) * z[:, 1:]
    model = train_ensemble(z, y, 1, parts, squared_error, TrainingPlan(widths=(16,), steps=300, step_size=2e-2))
    own = torch.linspace(-1, 1, 9, dtype=torch.float64)[:, None] * torch.tensor([[0.0, 1.0]], dtype=torch.float64)
    with torch.no_grad():
        first, second = (member(own)[:, 0] for member in model.members())
        torch.testing.assert_close(model(own)[0, :, 0], first)
        torch.testing.assert_close(model.mean(own)[:, 0], (first + second) / 2)
    assert (first - own[:, 1]).abs().max() < 0.3
    assert (second + own[:, 1]).abs().max() < 0.3


def test_the_same_seed_gives_the_same_surrogate():
    x = normal(300, 1, 3)
    y = x[:, 0, 0] + x[:, 0, 1].sin()
    one, two, other = (fit(x, y, kind="network", steps=60, widths=(16,), seed=seed).values(x) for seed in (0, 0, 1))
    assert torch.equal(one, two)
    assert not torch.equal(one, other)


def test_a_particle_that_never_moves_tells_nothing():
    x = normal(100, 2, 2)
    x[:, 1, 0] = 3.0
    with pytest.raises(DataError, match="x1 of particle 2 is the same at all points"):
        fit(x, x[:, 0, 0])


@pytest.mark.parametrize(
    ("symmetry", "transforms"), [("invariance", True), ("equivariance", False), ("density", False)]
)
def test_only_invariances_are_those_of_a_transformed_target(run, terminal, monkeypatch, symmetry, transforms):
    given = []

    def spy(*arguments):
        given.append(arguments[4])
        raise DataError("seen")

    monkeypatch.setattr("symgen.surrogates.fit.fit_surrogate", spy)
    x = normal(50, 1, 2)[:, 0]
    np.savez("some.npz", X=x.numpy(), y=x.square().sum(1).numpy())
    assert run("discover", "--points", "some.npz", "--target", "y", "--symmetry", symmetry)[0] == 3
    assert [settings.transforms for settings in given] == [transforms]


def test_invariant_mass_of_muons_is_exact():
    path = DATA / "dimuon.npz"
    if not path.is_file():
        pytest.skip("needs shared/data/dimuon.npz")
    with np.load(path) as file:
        x, mass = torch.from_numpy(file["momenta"]), torch.from_numpy(file["mass"])
    target = fit(x, mass, names=("mass",))
    assert target.words == "mass^2, fitted by a polynomial of degree 2"
    assert target.uncertainty < 1e-10
    single = fit(x.float(), mass.float(), names=("mass",))
    assert single.surrogate.degree == 2
    assert single.uncertainty < 1e-5  # its own relation E^2 - p^2 holds to single precision only, and is no pitfall


def test_copies_of_points_do_not_predict_each_other():
    """Sixty points of pure noise, each of them ten times."""
    points = normal(60, 1, 2, seed=1).repeat_interleave(10, 0)
    labels = normal(60, 1, 1, seed=2).flatten().repeat_interleave(10)
    with pytest.raises(DataError, match="cannot be predicted"):
        fit_surrogate(PointSet.from_array(points), labels, ["y"], settings=SurrogateSettings(kind="polynomial"))


def test_fields_keep_to_the_sphere_of_the_points():
    """On it z^2 is 1 - x^2 - y^2, and which of the two is fitted is chance; only the rotation keeps to the sphere."""
    points = PointSet.from_array(normal(500, 1, 3) / normal(500, 1, 3).norm(dim=2, keepdim=True), ("x", "y", "z"))
    target = fit_surrogate(points, points.values[:, 0, 2].square(), ["t"])
    metadata = discover_points(Invariance(target, points), PointSpectralSettings()).metadata
    assert (metadata.exact, metadata.approximate, len(metadata.spectrum)) == (1, 0, 3)
    assert metadata.generators[0].formula in {("y", "-x", "0"), ("-y", "x", "0")}
    assert "surface" in metadata.of_points.library
    free = discover_points(
        Invariance(Target(lambda z: z[..., 2].square(), ("t",), "z^2"), points), PointSpectralSettings()
    )
    assert free.metadata.exact > 1  # a function is known off the sphere, too


def test_momenta_of_particles_keep_to_their_masses():
    """As one vector of eight coordinates, on two mass shells: the fit is one of many, its symmetries are not."""
    draw = normal(600, 2, 3)
    momenta = torch.cat([(draw.square().sum(2, keepdim=True) + 0.5).sqrt(), draw], 2).flatten(1)[:, None]
    points = PointSet.from_array(momenta, [f"{name}{j}" for j in "12" for name in ("E", "px", "py", "pz")])
    total = momenta[:, 0, :4] + momenta[:, 0, 4:]
    mass = total[:, 0].square() - total[:, 1:].square().sum(1)
    target = fit_surrogate(points, mass, ["mass"])
    metadata = discover_points(Invariance(target, points), PointSpectralSettings(library="linear")).metadata
    assert (metadata.exact, metadata.approximate) == (6, 0)


def test_a_surface_that_no_field_keeps_to():
    """A circle that does not lie about the origin, which matrices alone would turn."""
    angle = normal(400, 1, 1).flatten()
    points = PointSet.from_array(torch.stack([angle.cos() + 2, angle.sin()], 1), ("x", "y"))
    target = fit_surrogate(points, (2 * angle).sin(), ["t"])
    with pytest.raises(DataError, match="none of the fields keeps"):
        discover_points(Invariance(target, points), PointSpectralSettings(library="linear"))
