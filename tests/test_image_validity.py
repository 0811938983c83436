from __future__ import annotations

import copy
import math
from contextlib import nullcontext

import pytest
import torch
from torch import nn

from symgen.image.affine import affine_generators
from symgen.image.extractor import Extractor, ExtractorInfo
from symgen.image.warp import image_gradient, moved_grids, pixel_grid, warp
from symgen.validity.image import ImageValidity, angle, images_within


class Linear(nn.Module):
    """Features that are a fixed linear function of the pixels."""

    def __init__(self, matrix):
        super().__init__()
        self.matrix = nn.Parameter(matrix, requires_grad=False)

    def forward(self, images):
        return images.flatten(1) @ self.matrix

    def exactly(self):
        return nullcontext()


@pytest.fixture(scope="module")
def extractor():
    info = ExtractorInfo(width=4, classes=("a", "b"), mean=(0.5, 0.5, 0.5), std=(0.25, 0.25, 0.25))
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        return Extractor.untrained(info).freeze()


@pytest.fixture(scope="module")
def images():
    grid = pixel_grid(16, 16).movedim(-1, 0)
    draw = torch.Generator().manual_seed(1)
    waves = 3 * torch.randn(5, 3, 2, generator=draw)
    return 0.5 + 0.4 * torch.sin(torch.einsum("bci,ihw->bchw", waves, grid) + waves.sum(-1)[..., None, None])


def test_angle_of_known_vectors():
    turns = torch.tensor([0, 1e-6, 1e-4, 0.1, math.pi / 2, 3, math.pi - 1e-6])
    left = torch.stack([torch.ones_like(turns), torch.zeros_like(turns)], -1)
    right = torch.stack([turns.double().cos(), turns.double().sin()], -1).float()
    assert angle(left, right).tolist() == pytest.approx(turns.tolist(), rel=1e-4, abs=1e-9)
    draw = torch.randn(2, 50, 8, dtype=torch.float64, generator=torch.Generator().manual_seed(0))
    a, b = draw / draw.norm(dim=-1, keepdim=True)
    assert torch.allclose(angle(a, b), torch.arccos((a * b).sum(-1)))


def test_angle_has_a_finite_gradient_everywhere():
    for turn in (0, 1e-7, math.pi):
        vector = torch.tensor([math.cos(turn), math.sin(turn)], requires_grad=True)
        (gradient,) = torch.autograd.grad(angle(torch.tensor([1.0, 0.0]), vector), vector)
        assert gradient.isfinite().all()
        assert gradient.norm() <= 1.01


def test_scores_vanish_without_a_move_and_are_angles_of_the_features(extractor, images):
    validity, grid = ImageValidity(extractor), pixel_grid(16, 16)
    affine = affine_generators()
    assert validity.scores(images, moved_grids(affine, grid, torch.zeros(6))).max() < 1e-5
    scales = torch.full((6,), 0.2)
    scores = validity.scores(images, moved_grids(affine, grid, scales))
    grids = moved_grids(affine, grid, scales)
    for a in (0, 5):
        moved = extractor(warp(images, grids[a].expand(5, -1, -1, -1)))
        cosine = nn.functional.cosine_similarity(extractor(images).double(), moved.double())
        assert scores[a].tolist() == pytest.approx(cosine.arccos().tolist(), rel=1e-3)


@pytest.mark.parametrize("limit", [3, 7, 1000])
@pytest.mark.parametrize("batch", [1, 5])
def test_gradients_in_blocks_equal_plain_ones(extractor, images, limit, batch):
    grid, scales = pixel_grid(16, 16), torch.full((6, batch), 0.1)
    weights = torch.linspace(1, 2, 30).reshape(6, 5)
    gradients, values = [], []
    for blocked in (True, False):
        variable = moved_grids(affine_generators(), grid, scales).requires_grad_()
        if blocked:
            scores = ImageValidity(extractor, limit=limit).scores(images, variable)
        else:
            own = variable.expand(-1, 5, -1, -1, -1).flatten(0, 1)
            moved = nn.functional.normalize(extractor(warp(images.repeat(6, 1, 1, 1), own)))
            still = nn.functional.normalize(extractor(images))
            scores = angle(moved, still.repeat(6, 1)).reshape(6, 5)
        values.append(scores.detach())
        gradients.append(torch.autograd.grad((weights * scores).sum(), variable)[0])
    assert torch.allclose(*values, rtol=1e-3, atol=1e-6)
    assert torch.allclose(*gradients, rtol=1e-3, atol=1e-3 * float(gradients[1].abs().max()))


def test_gradient_reaches_the_generators_and_is_finite_at_the_identity(extractor, images):
    from symgen.generators.network import Heads, HeadsShape, NetworkGenerators, TrunkShape
    from symgen.image.fields import IMAGE_SPACE

    heads = Heads(IMAGE_SPACE, TrunkShape(width=8, waves=(False, False)), HeadsShape(count=2))
    generators = NetworkGenerators(IMAGE_SPACE, heads).float()
    for scale in (0.0, 0.2):
        grids = moved_grids(generators, pixel_grid(16, 16), torch.full((2,), scale))
        ImageValidity(extractor).scores(images, grids).mean().backward()
        assert all(p.grad.isfinite().all() for p in generators.parameters())
    assert float(heads.weights[1].grad.abs().max()) > 0


def test_derivatives_are_those_of_finite_differences(extractor, images):
    validity = ImageValidity(copy.deepcopy(extractor).double(), limit=2)
    images = images.double()
    fields = affine_generators()(pixel_grid(16, 16, torch.float64).reshape(-1, 2)).reshape(6, 16, 16, 2)
    rows = validity.derivatives(images, fields)
    assert rows.shape == (6, 5, 32)
    by_x, by_y = image_gradient(images)
    for row, field in zip(rows, fields, strict=True):
        step = 1e-6 * (field[..., 0] * by_x + field[..., 1] * by_y)
        expected = (validity.directions(images + step) - validity.directions(images - step)) / 2e-6
        assert torch.allclose(row, expected, rtol=1e-4, atol=1e-6)


def test_derivatives_do_not_depend_on_the_precision_inside(extractor, images):
    fields = affine_generators()(pixel_grid(16, 16).reshape(-1, 2)).reshape(6, 16, 16, 2)
    rough = copy.deepcopy(extractor).freeze(precision=torch.bfloat16)
    plain, same = (ImageValidity(e).derivatives(images, fields) for e in (extractor, rough))
    assert torch.equal(plain, same)
    assert rough.precision == torch.bfloat16


def test_derivatives_of_smooth_images_are_the_limit_of_differences(images):
    draw = torch.Generator().manual_seed(2)
    fine = pixel_grid(48, 48, torch.float64)
    x, y = fine.unbind(-1)
    pictures = torch.stack([torch.stack([torch.sin(x + k * y), torch.cos(k * x), x * y]) for k in (1, 2)])
    window = ((1 - x**2) * (1 - y**2)).clamp_min(0)[None, :, :, None]  # linear features that no edge reaches
    matrix = (window * torch.randn(3, 1, 1, 4, dtype=torch.float64, generator=draw)).expand(3, 48, 48, 4)
    validity = ImageValidity(Linear(matrix.reshape(-1, 4)))
    affine, s = affine_generators(), 0.02
    ahead, behind = (moved_grids(affine, fine, torch.full((6,), k)) for k in (s, -s))
    finite = validity.differences(pictures, ahead, behind, s)
    exact = validity.derivatives(pictures, affine(fine.reshape(-1, 2)).reshape(6, 48, 48, 2))
    assert torch.allclose(finite, exact, atol=0.02 * float(exact.abs().max()))


def test_saliency_is_the_trace_over_features(images):
    draw = torch.Generator().manual_seed(0)
    validity = ImageValidity(Linear(torch.randn(3 * 16 * 16, 6, generator=draw)), limit=2)
    jacobian = torch.func.vmap(torch.func.jacrev(lambda image: validity._unit(image[None])[0]))(images)
    gradient = image_gradient(images)  # (2, B, C, H, W) against (B, F, C, H, W)
    exact = torch.einsum("ibchw,bfchw->ibfhw", gradient, jacobian).square().sum((0, 1, 2))
    estimate = validity.saliency(images, probes=400, sigma=0.3)
    assert torch.allclose(estimate, exact / exact.mean(), atol=0.15 * float(estimate.max()))
    assert torch.equal(validity.saliency(images, seed=1), validity.saliency(images, seed=1))


def test_saliency_sees_only_what_the_features_see(images):
    mask = torch.zeros(3, 16, 16)
    mask[:, :, :6] = 1
    matrix = torch.randn(3 * 16 * 16, 6, generator=torch.Generator().manual_seed(0)) * mask.flatten()[:, None]
    weight = ImageValidity(Linear(matrix)).saliency(images, sigma=0.5)
    assert weight.shape == (16, 16)
    assert float(weight.mean()) == pytest.approx(1)
    assert float(weight[:, 9:].max()) < 1e-6
    smooth = ImageValidity(Linear(matrix)).saliency(images, sigma=3)
    assert smooth.max() < weight.max()


def test_images_within_memory(extractor):
    one = images_within(2**24, extractor, 16, 16)
    assert one > 10
    assert images_within(2**26, extractor, 16, 16) == pytest.approx(4 * one, abs=4)
    assert images_within(2**26, extractor, 32, 32) == pytest.approx(one, rel=0.1)
    assert images_within(1, extractor, 16, 16) == 1
    with pytest.raises(ValueError, match="at least one"):
        ImageValidity(extractor, limit=0)
