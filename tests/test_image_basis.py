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


def problem():
    return SimpleNamespace(
        points=POINTS, weight=WEIGHT, matrix=lambda fields: field_matrix(fields, POINTS, weight=WEIGHT)
    )


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
    basis = readable(problem(), found, torch.tensor([0.5, 0.5, 0.9, 1.0], dtype=torch.float64))
    names = nearest_names(basis, POINTS, WEIGHT)
    assert {name for name, _ in names[:2]} == {"rotation", "zoom"}
    assert all(cosine == pytest.approx(1, abs=1e-6) for _, cosine in names[:2])


def test_the_span_and_the_inner_product_stay():
    found = turned(orthonormal("rotation", "zoom", "translation x"))
    basis = readable(problem(), found, torch.linspace(0.3, 0.9, 5, dtype=torch.float64))
    before, after = problem().matrix(found), problem().matrix(basis)
    assert torch.allclose(after.T @ after, torch.eye(5, dtype=torch.float64), atol=1e-9)
    assert torch.allclose(after @ after.T, before @ before.T, atol=1e-9)


def test_a_far_better_mixture_stays():
    found = turned(orthonormal("rotation", "zoom"))
    basis = readable(problem(), found, torch.tensor([0.1, 0.5, 0.9, 1.0], dtype=torch.float64))
    overlap = problem().matrix(basis).T @ problem().matrix(found)
    assert overlap[0, 0].abs() == pytest.approx(1, abs=1e-9)


def test_what_is_not_in_the_span_is_not_made_up():
    found = random_fields(3, POINTS, WEIGHT, degree=2, seed=3).generators
    lengths = problem().matrix(found).T @ problem().matrix(named_fields(POINTS, WEIGHT))
    assert torch.linalg.vector_norm(lengths, dim=0).max() < 0.9
    rates = torch.tensor([0.5, 0.6, 0.7], dtype=torch.float64)
    overlap = problem().matrix(readable(problem(), found, rates)).T @ problem().matrix(found)
    assert torch.allclose(overlap.abs(), torch.eye(3, dtype=torch.float64), atol=1e-9)


def test_every_named_field_has_its_name():
    names = nearest_names(named_fields(POINTS, WEIGHT), POINTS, WEIGHT)
    assert [name for name, _ in names] == list(NAMED)
    assert all(cosine == pytest.approx(1) for _, cosine in names)
