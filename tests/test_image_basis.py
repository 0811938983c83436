"""A readable basis: affine fields where they lie in the span and are about as valid."""

import math
from types import SimpleNamespace

import pytest
import torch

from symgen.discovery.image_basis import readable
from symgen.generators.inner_product import field_matrix
from symgen.generators.library import LibraryGenerators
from symgen.image.affine import NAMED, named_fields, nearest_names
from symgen.image.fields import IMAGE_SPACE, chebyshev_library, random_fields
from symgen.image.warp import pixel_grid

POINTS = pixel_grid(12, 12, torch.float64).reshape(-1, 2)
WEIGHT = torch.exp(-POINTS.square().sum(1))
WEIGHT /= WEIGHT.mean()
LIBRARY = chebyshev_library(2)


def problem(found=None, rates=None):
    """What a basis asks of a problem, where features turn as the rates of `found` say."""

    def matrix(fields):
        return field_matrix(fields, POINTS, weight=WEIGHT)

    def angles(fields):
        return torch.linalg.vector_norm(rates[:, None] * (matrix(found).T @ matrix(fields)), dim=0)

    return SimpleNamespace(points=POINTS, weight=WEIGHT, matrix=matrix, angles=angles)


def basis_of(found, *rates):
    rates = torch.tensor(rates, dtype=torch.float64)
    return readable(problem(found, rates), found, rates, found)


def orthonormal(*names):
    """The named fields and two others, orthonormal, as fields of a library."""
    units = torch.eye(2 * LIBRARY.size, dtype=torch.float64).reshape(-1, 2, LIBRARY.size)
    basis = problem().matrix(LibraryGenerators(IMAGE_SPACE, LIBRARY, units))
    named = problem().matrix(named_fields(POINTS, WEIGHT))[:, [list(NAMED).index(name) for name in names]]
    draw = torch.Generator().manual_seed(0)
    others = basis @ torch.randn(2 * LIBRARY.size, 2, generator=draw, dtype=torch.float64)
    wanted = torch.linalg.qr(torch.cat([named, others], 1)).Q
    coefficients = torch.linalg.lstsq(basis, wanted).solution.T
    return LibraryGenerators(IMAGE_SPACE, LIBRARY, coefficients.reshape(-1, 2, LIBRARY.size))


def turned(fields, angle=0.6):
    """The first two mixed."""
    c, s = math.cos(angle), math.sin(angle)
    mixing = torch.eye(fields.count, dtype=torch.float64)
    mixing[:2, :2] = torch.tensor([[c, -s], [s, c]], dtype=torch.float64)
    mixed = torch.einsum("mn,nik->mik", mixing, fields.coefficients)
    return LibraryGenerators(IMAGE_SPACE, LIBRARY, mixed)


def test_a_mixture_of_equals_is_taken_apart():
    found = turned(orthonormal("rotation", "zoom"))
    assert max(c for _, c in nearest_names(found, POINTS, WEIGHT)[:2]) < 0.9
    basis = basis_of(found, 0.5, 0.5, 0.9, 1.0)
    names = nearest_names(basis, POINTS, WEIGHT)
    assert {name for name, _ in names[:2]} == {"rotation", "zoom"}
    assert all(cosine == pytest.approx(1, abs=1e-6) for _, cosine in names[:2])


def test_the_span_and_the_inner_product_stay():
    found = turned(orthonormal("rotation", "zoom", "translation x"))
    basis = basis_of(found, 0.3, 0.45, 0.6, 0.75, 0.9)
    before, after = problem().matrix(found), problem().matrix(basis)
    assert torch.allclose(after.T @ after, torch.eye(5, dtype=torch.float64), atol=1e-9)
    assert torch.allclose(after @ after.T, before @ before.T, atol=1e-9)


def test_a_far_better_mixture_stays():
    found = turned(orthonormal("rotation", "zoom"))
    basis = basis_of(found, 0.1, 0.5, 0.9, 1.0)
    overlap = problem().matrix(basis).T @ problem().matrix(found)
    assert overlap[0, 0].abs() == pytest.approx(1, abs=1e-9)


def test_what_is_not_in_the_span_is_not_made_up():
    found = random_fields(3, POINTS, WEIGHT, degree=2, seed=3).generators
    lengths = problem().matrix(found).T @ problem().matrix(named_fields(POINTS, WEIGHT))
    assert torch.linalg.vector_norm(lengths, dim=0).max() < 0.9
    overlap = problem().matrix(basis_of(found, 0.5, 0.6, 0.7)).T @ problem().matrix(found)
    assert torch.allclose(overlap.abs(), torch.eye(3, dtype=torch.float64), atol=1e-9)


def test_every_named_field_has_its_name():
    names = nearest_names(named_fields(POINTS, WEIGHT), POINTS, WEIGHT)
    assert [name for name, _ in names] == list(NAMED)
    assert all(cosine == pytest.approx(1) for _, cosine in names)


def cosines(basis):
    """Of every field with every named one (m, 8), with their signs."""
    named = problem().matrix(named_fields(POINTS, WEIGHT))
    return problem().matrix(basis).T @ named


def test_nameless_fields_keep_clear_of_the_named_ones():
    found = turned(orthonormal("shear"), 0.3)  # the shear and another field, mixed; the shear is far worse
    basis = basis_of(found, 1.6, 0.95, 1.0)
    shear = cosines(basis)[:, list(NAMED).index("shear")]
    assert sorted(shear.abs().tolist()) == pytest.approx([0, 0, 1], abs=1e-6)


@pytest.mark.parametrize(("rate", "mixed"), [(0.85, False), (0.7, True)])
def test_a_mixture_must_be_better_by_a_tenth(rate, mixed):
    found = turned(orthonormal("rotation", "zoom"), math.pi / 4)
    basis = basis_of(found, rate, 1.0, 1.5, 1.6)  # of the mixtures; each alone turns sqrt((rate^2 + 1) / 2)
    first = cosines(basis)[0].abs().max()
    assert first == pytest.approx(0.5**0.5 if mixed else 1.0, abs=1e-6)


def test_a_trained_field_that_is_nearly_affine_and_better_is_taken():
    found = orthonormal("translation x")
    combination = torch.tensor([[0.97, (1 - 0.97**2) ** 0.5, 0.0]], dtype=torch.float64)
    coefficients = torch.einsum("mn,nik->mik", combination, found.coefficients)
    trained = LibraryGenerators(IMAGE_SPACE, LIBRARY, 3 * coefficients)  # of any size
    made = problem()
    wanted = made.matrix(trained)[:, 0] / 3
    made.angles = lambda fields: 1.5 - (made.matrix(fields).T @ wanted).abs()
    rates = torch.ones(3, dtype=torch.float64)
    basis = readable(made, found, rates, trained)
    assert float((made.matrix(basis)[:, 0] @ wanted).abs()) == pytest.approx(1, abs=1e-6)


def test_what_is_left_is_measured_again():
    found = orthonormal("translation x", "rotation")
    made, seen = problem(found, torch.ones(4, dtype=torch.float64)), []
    angles = made.angles

    def count(fields):
        seen.append(fields.count)
        return angles(fields)

    made.angles = count
    readable(made, found, torch.tensor([0.5, 0.6, 0.9, 1.0], dtype=torch.float64), found)
    # the first time the named fields and the two that are them; then what is left of these did not change
    assert seen[0] == 2 + 2 + 2
    assert all(some <= 2 for some in seen[1:])


def test_every_field_has_the_sense_of_the_named_one():
    names = ("translation x", "rotation", "zoom")
    found = orthonormal(*names)
    negative = LibraryGenerators(IMAGE_SPACE, LIBRARY, -found.coefficients[:3])
    for some in (negative, LibraryGenerators(IMAGE_SPACE, LIBRARY, -found.coefficients[:1])):
        sides = cosines(basis_of(some, *[0.5, 0.6, 0.7][: some.count]))
        assert (sides.gather(1, sides.abs().argmax(1, keepdim=True)) > 0.99).all()
