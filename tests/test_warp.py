from __future__ import annotations

import math

import pytest
import torch

from symgen.generators.inner_product import field_matrix, norms
from symgen.image.affine import AFFINE, affine_generators
from symgen.image.fields import random_fields
from symgen.image.warp import copies, image_gradient, moved_grids, pixel_grid, warp

TX, TY, SX, SY, SHEAR, ROTATION = range(6)


def smooth(points):
    """A smooth picture of one channel as a function of points (..., 2)."""
    x, y = points.unbind(-1)
    return torch.sin(2.1 * x - 0.4) * torch.cos(1.7 * y) + 0.3 * torch.sin(2 * x * y)


def moved(index, scale, grid):
    scales = torch.zeros(6, dtype=grid.dtype)
    scales[index] = scale
    return moved_grids(affine_generators(), grid, scales, steps=8)[index]


def test_grid_is_that_of_grid_sample():
    grid = pixel_grid(3, 5)
    assert grid.shape == (3, 5, 2)
    assert grid[0, 4].tolist() == [1, -1]
    assert grid[2, 0].tolist() == [-1, 1]
    assert grid[1, 1].tolist() == [-0.5, 0]


@pytest.mark.parametrize("padding", ["reflection", "border", "zeros"])
def test_identity_leaves_images_alone(padding):
    images = torch.rand(2, 3, 6, 7)
    assert warp(images, pixel_grid(6, 7).expand(2, -1, -1, -1), padding) == pytest.approx(images, abs=1e-6)


def test_translation_by_whole_pixels_is_a_shift_with_reflected_edges():
    images = torch.rand(2, 3, 5, 9, dtype=torch.float64)
    grid = moved(TX, 2 * 2 / 8, pixel_grid(5, 9, torch.float64))
    result = warp(images, grid.expand(2, -1, -1, -1))
    assert torch.allclose(result[..., :-2], images[..., 2:])
    assert torch.allclose(result[..., -2:], images[..., [7, 6]])
    grid = moved(TY, -2 * 1 / 4, pixel_grid(5, 9, torch.float64))
    assert torch.allclose(warp(images, grid.expand(2, -1, -1, -1))[..., 1:, :], images[..., :-1, :])


@pytest.mark.parametrize("index", range(6))
def test_moved_picture_is_the_function_at_moved_points(index):
    s = 0.3
    errors = []
    for size in (33, 65):
        grid = pixel_grid(size, size, torch.float64)
        target = moved(index, s, grid)[0]
        inside = (target.abs() <= 1).all(-1)
        result = warp(smooth(grid)[None, None], target[None])[0, 0]
        errors.append(float((result - smooth(target)).abs()[inside].max()))
    assert errors[1] < 2e-3
    assert errors[0] / errors[1] == pytest.approx(4, rel=0.35)  # bilinear: second order in the pixel


def test_flows_of_the_affine_generators_are_matrix_exponentials():
    grid = pixel_grid(4, 4, torch.float64)
    turn = torch.tensor([[math.cos(0.7), -math.sin(0.7)], [math.sin(0.7), math.cos(0.7)]], dtype=torch.float64)
    assert torch.allclose(moved(ROTATION, 0.7, grid)[0], grid @ turn.T, atol=1e-5)
    assert torch.allclose(moved(SX, 0.5, grid)[0], grid * torch.tensor([math.exp(0.5), 1]), atol=1e-5)
    boost = torch.tensor([[math.cosh(0.4), math.sinh(0.4)], [math.sinh(0.4), math.cosh(0.4)]], dtype=torch.float64)
    assert torch.allclose(moved(SHEAR, 0.4, grid)[0], grid @ boost, atol=1e-5)


def test_scales_of_their_own_equal_scales_in_common():
    grid, affine = pixel_grid(4, 5), affine_generators()
    common = torch.linspace(-0.3, 0.3, 6)
    shared = moved_grids(affine, grid, common)
    assert shared.shape == (6, 1, 4, 5, 2)
    each = moved_grids(affine, grid, common[:, None].expand(6, 3))
    assert torch.allclose(each, shared.expand(6, 3, -1, -1, -1), atol=1e-7)
    mixed = moved_grids(affine, grid, torch.stack([common, -common], 1))
    assert torch.allclose(mixed[:, 1:], moved_grids(affine, grid, -common), atol=1e-7)


@pytest.mark.parametrize("limit", [1, 4, 5, 100])
@pytest.mark.parametrize("batch", [1, 3])
def test_copies_cover_every_pair_once(limit, batch):
    grids = torch.rand(2, batch, 4, 4, 2)
    parts = list(copies(grids, 3, limit))
    assert max(len(part.image) for part in parts) <= limit
    assert torch.cat([part.image for part in parts]).tolist() == [0, 1, 2] * 2
    assert torch.equal(torch.cat([part.grids for part in parts]).reshape(2, 3, 4, 4, 2), grids.expand(2, 3, 4, 4, 2))


def test_gradient_of_images_has_the_coordinates_units():
    grid = pixel_grid(41, 61, torch.float64)
    x, y = grid.unbind(-1)
    by_x, by_y = image_gradient((3 * x - 2 * y)[None, None])
    assert torch.allclose(by_x, torch.full_like(by_x, 3))
    assert torch.allclose(by_y, torch.full_like(by_y, -2))
    blurred = image_gradient(torch.rand(1, 1, 41, 61, dtype=torch.float64), blur=2)
    assert blurred.abs().max() < 0.3 * image_gradient(torch.rand(1, 1, 41, 61, dtype=torch.float64)).abs().max()


def test_affine_generators_have_unit_norm_under_the_weight():
    points = pixel_grid(12, 12, torch.float64).reshape(-1, 2)
    weight = torch.exp(-points.square().sum(1))
    weight = weight / weight.mean()
    unit = affine_generators(points, weight)
    assert unit.count == len(AFFINE)
    assert norms(field_matrix(unit, points, weight=weight)) == pytest.approx([1] * 6)
    plain, scaled = affine_generators()(points), unit(points)
    assert torch.allclose(plain / plain.norm(dim=(1, 2), keepdim=True), scaled / scaled.norm(dim=(1, 2), keepdim=True))


def test_weighted_inner_product_counts_points():
    points = torch.tensor([[0.0, 0.0], [0.5, 0.0], [1.0, 0.0]], dtype=torch.float64)
    matrix = field_matrix(affine_generators(), points, weight=torch.tensor([0.0, 1.0, 2.0], dtype=torch.float64))
    assert float(matrix[:, TX] @ matrix[:, SX]) == pytest.approx((0.5 + 2) / 3)


def test_random_fields_are_orthonormal_smooth_and_repeatable():
    points = pixel_grid(16, 16).reshape(-1, 2)
    weight = 1 + 0.5 * points[:, 0]
    fields = random_fields(10, points, weight, seed=3)
    matrix = field_matrix(fields, points, weight=weight)
    assert matrix.dtype == torch.float32
    assert torch.allclose(matrix.T @ matrix, torch.eye(10), atol=1e-4)
    assert torch.equal(random_fields(10, points, weight, seed=3)(points), fields(points))
    assert not torch.equal(random_fields(10, points, weight, seed=4)(points), fields(points))
    with pytest.raises(ValueError, match="there are 18"):
        random_fields(19, points, degree=2)


def test_held_fields_keep_their_values_beyond_the_edge():
    points = pixel_grid(16, 16).reshape(-1, 2)
    fields = random_fields(4, points)
    beyond = torch.tensor([[1.0, 0.2], [7.0, 0.2]])
    assert torch.equal(fields(beyond)[:, 0], fields(beyond)[:, 1])
    assert torch.equal(fields.each(beyond.expand(4, -1, -1)), fields(beyond))
    assert moved_grids(fields, pixel_grid(16, 16), torch.full((4,), 3.0)).abs().max() < 50


def test_a_flow_to_infinity_is_an_error():
    import sympy

    from symgen.flow import FlowError
    from symgen.generators.closed_form import ClosedFormGenerators
    from symgen.image.fields import IMAGE_SPACE

    wild = ClosedFormGenerators(IMAGE_SPACE, [(10 * sympy.Symbol("x", real=True) ** 7, sympy.Integer(0))])
    with pytest.raises(FlowError, match="leaves every bound"):
        moved_grids(wild, pixel_grid(4, 4), torch.tensor([3.0]), steps=12)
