"""Symmetries of models: of points and of images, with known answers; and how close models are to given ones."""

from __future__ import annotations

import math

import numpy as np
import pytest
import sympy
import torch
from soft_spots import IMAGES, blobs, normal, radial
from torch import nn

import symgen
from symgen.exceptions import DataError, UsageError
from symgen.generators.closed_form import ClosedFormGenerators
from symgen.image.affine import AFFINE
from symgen.image.fields import IMAGE_SPACE
from symgen.image.warp import pixel_grid
from symgen.points.point_set import space_of

X, Y = sympy.symbols("x y", real=True)


class TestPoints:
    def test_a_function_of_the_radius(self):
        inputs = normal(300, 3)
        found = symgen.symmetries_of(lambda z: torch.sin(z.square().sum(1)), inputs, names=("x", "y", "z"))
        assert (found.metadata.exact, found.metadata.approximate) == (3, 0)
        assert found.metadata.domain.words == "<lambda> (y1)"

    def test_single_precision_is_known_within_its_rounding(self):
        found = symgen.symmetries_of(lambda z: torch.sin(z.square().sum(1)), normal(300, 3, dtype=torch.float32))
        assert found.metadata.exact == 3
        assert found.metadata.rounding >= torch.finfo(torch.float32).eps

    def test_a_random_network_has_none(self):
        torch.manual_seed(1)
        model = nn.Sequential(nn.Linear(3, 16), nn.Tanh(), nn.Linear(16, 2))
        assert not symgen.symmetries_of(model, normal(300, 3)).defects.min() < 0.05

    @pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
    def test_a_model_that_works_in_place_changes_no_data(self, dtype):
        inputs = normal(300, 3, dtype=dtype)
        before = inputs.clone()
        found = symgen.symmetries_of(lambda z: torch.sin(z.mul_(2).square().sum(1)), inputs)
        assert found.metadata.exact == 3
        assert torch.equal(inputs, before)

    def test_batch_statistics_in_a_function_are_refused(self):
        layer = nn.BatchNorm1d(3).double().train()
        with pytest.raises(DataError, match="depends on the others in the batch"):
            symgen.symmetries_of(lambda z: layer(z).square().sum(1), normal(300, 3))

    def test_in_inference_mode(self):
        inputs = normal(300, 3)
        with torch.inference_mode():
            found = symgen.symmetries_of(lambda z: z.square().sum(1), inputs)
        assert found.metadata.exact == 3

    def test_sets_of_particles_share_a_field(self):
        def distances(z):
            return torch.stack([(z[:, 0] - z[:, 1]).norm(dim=1), (z[:, 1] - z[:, 2]).norm(dim=1)], 1)

        found = symgen.symmetries_of(distances, normal(300, 3, 2))
        assert found.metadata.exact == 3
        assert found.metadata.domain.particles == 3

    def test_equivariant_linear_maps(self):
        """A matrix that commutes with rotations of the plane, times the squared radius: rotations, and a scaling."""
        matrix = torch.tensor([[0.3, 1.0], [-1.0, 0.3]], dtype=torch.float64)
        model = lambda z: z @ matrix * z.square().sum(1, keepdim=True)  # noqa: E731
        inputs = normal(300, 2)
        found = symgen.symmetries_of(model, inputs, "equivariance", "linear", names=("x", "y"), outputs=("u", "v"))
        assert found.metadata.exact == 2
        assert found.metadata.space.names == ("x", "y", "u", "v")
        errors = symgen.invariance_error(model, inputs, found)
        assert errors.equivariance
        assert max(one.error for one in errors.fields) < 1e-9
        assert errors.control.error > 0.01

    def test_approximate_symmetries_have_short_formulas(self):
        """Digits beyond what the model keeps to would mean nothing."""
        model = lambda z: z.square().sum(1) + 0.01 * torch.sin(3 * z[:, 0]) * z[:, 1]  # noqa: E731
        found = symgen.symmetries_of(model, normal(400, 3), library="linear", names=("x", "y", "z"))
        assert (found.metadata.exact, found.metadata.approximate) == (0, 3)
        assert all(len("".join(record.formula)) <= 5 for record in found.metadata.generators)
        assert "below" not in found.metadata.rule  # what formulas may leave is not what fields may

    def test_functions_of_numpy_have_differences(self):
        found = symgen.symmetries_of(lambda z: np.sin((z**2).sum(1)), normal(200, 2).numpy(), names=("x", "y"))
        assert found.metadata.exact + found.metadata.approximate == 1
        assert found.metadata.domain.error > 0

    def test_modules_take_arrays_as_tensors(self):
        torch.manual_seed(0)
        model = nn.Linear(3, 1).double()
        found, same = (symgen.symmetries_of(model, some) for some in (normal(60, 3), normal(60, 3).numpy()))
        assert found.metadata == same.metadata
        assert found.metadata.exact >= 6  # fields across the gradient

    def test_constant_outputs_are_left_out(self):
        model = lambda z: torch.stack([z.square().sum(1), 0 * z[:, 0] + 1], 1)  # noqa: E731
        assert symgen.symmetries_of(model, normal(200, 2)).metadata.domain.outputs == ("y1",)


class TestInvarianceError:
    def test_grows_with_the_scale_and_vanishes_for_symmetries(self):
        inputs = normal(400, 2)
        fields = ClosedFormGenerators(space_of(inputs, ("x", "y")), [(-Y, X), (X, Y)])
        model = lambda z: z.square().sum(1)  # noqa: E731
        small, large = (symgen.invariance_error(model, inputs, fields, scale=s) for s in (0.01, 0.1))
        assert max(small.fields[0].error, large.fields[0].error) < 1e-6
        assert large.fields[1].error == pytest.approx(10 * small.fields[1].error, rel=0.05)
        # along the unit field (x, y) / sqrt 2 the radius grows by exp(s / sqrt 2)
        radii = inputs.square().sum(1)
        by = sum(abs(math.exp(s * math.sqrt(2)) - 1) for s in (0.1, -0.1)) / 2
        expected = by * float(radii.mean() / radii.std(correction=0))
        assert large.fields[1].error == pytest.approx(expected, rel=0.05)

    def test_of_images(self):
        fields = ClosedFormGenerators(IMAGE_SPACE, [AFFINE["rotation"], AFFINE["scaling x"]])
        found = symgen.invariance_error(radial, IMAGES, fields)
        turned, scaled = (one.error for one in found.fields)
        assert turned < 0.1 * found.control.error
        assert scaled > 0.3 * found.control.error
        assert not found.equivariance
        assert [one.name for one in found.fields] == ["-y d/dx + x d/dy", "x d/dx"]

    def test_of_models_that_make_images(self):
        """Blurring by a round kernel commutes with rotations, by an oblong one it does not."""
        grid = pixel_grid(7, 7)
        x, y = grid.unbind(-1)
        fields = ClosedFormGenerators(IMAGE_SPACE, [AFFINE["rotation"]])
        errors = []
        for kernel in (torch.exp(-3 * (x**2 + y**2)), torch.exp(-3 * (20 * x**2 + y**2 / 3))):
            blur = nn.Conv2d(1, 1, 7, padding=3, bias=False)
            blur.weight.data = (kernel / kernel.sum())[None, None]
            found = symgen.invariance_error(blur, blobs(60), fields, scale=0.3)
            assert found.equivariance
            errors.append(found.fields[0].error)
        assert errors[0] < 0.3 * errors[1]

    def test_names_and_spaces_have_to_fit(self):
        inputs = normal(50, 2)
        model = lambda z: z.square().sum(1)  # noqa: E731
        fields = ClosedFormGenerators(space_of(inputs, ("x", "y")), [(-Y, X)])
        with pytest.raises(UsageError, match="2 names for 1"):
            symgen.invariance_error(model, inputs, fields, names=("a", "b"))
        with pytest.raises(UsageError, match="Inputs have 3 coordinates, with outputs 4"):
            symgen.invariance_error(model, normal(50, 3), fields)
        with pytest.raises(UsageError, match="scale is positive"):
            symgen.invariance_error(model, inputs, fields, scale=-1)

    def test_printed_it_is_a_table(self):
        inputs = normal(50, 2)
        fields = ClosedFormGenerators(space_of(inputs, ("x", "y")), [(-Y, X)])
        lines = str(symgen.invariance_error(lambda z: z.square().sum(1), inputs, fields)).splitlines()
        assert [line.split()[0] for line in lines] == ["field", "-y", "random"]


class TestRefusals:
    POINTS = normal(60, 2)

    @pytest.mark.parametrize(
        ("model", "error", "words"),
        [
            (lambda z: (z[:, 0] > 0).long(), DataError, "No gradient"),
            (lambda z: z.square().sum(1).detach(), DataError, "No gradient"),
            (lambda z: z.square().sum(1) + torch.randn(len(z), dtype=z.dtype), DataError, "chance"),
            (lambda z: z.square().sum(1) - z.mean(), DataError, "others in the batch"),
            (lambda z: torch.log(z.sum(1) * 0 - 1), DataError, "not finite"),
            (lambda z: 0 * z.sum(1) + 1, DataError, "the same for all"),
            (lambda z: z.sum(), UsageError, "give one that makes"),
            (lambda z: [z], UsageError, "list"),
        ],
    )
    def test_what_is_no_function(self, model, error, words):
        with pytest.raises(error, match=words):
            symgen.symmetries_of(model, self.POINTS)
        with pytest.raises(error, match=words):
            symgen.symmetries_of(model, self.POINTS.repeat(1, 72), image_size=(12, 12))

    def test_modules_are_in_evaluation_mode_and_then_as_before(self):
        torch.manual_seed(0)
        model = nn.Sequential(nn.Linear(2, 8), nn.BatchNorm1d(8), nn.Dropout(0.5), nn.Tanh(), nn.Linear(8, 1)).train()
        before = model[1].running_mean.clone()
        model[2].eval()
        symgen.symmetries_of(model, self.POINTS)
        assert torch.equal(model[1].running_mean, before)
        assert [part.training for part in model] == [True, True, False, True, True]
        assert all(weight.requires_grad and weight.grad is None for weight in model.parameters())

    def test_inputs(self):
        model = lambda z: z.flatten(1).square().sum(1)  # noqa: E731
        with pytest.raises(UsageError, match="array of real numbers, not list"):
            symgen.symmetries_of(model, [[1.0, 2.0]])
        with pytest.raises(UsageError, match=r"\(n, d\)"):
            symgen.symmetries_of(model, normal(60))
        with pytest.raises(UsageError, match="no images of the size"):
            symgen.symmetries_of(model, normal(60, 10), image_size=(3, 4))
        with pytest.raises(DataError, match="not finite"):
            symgen.symmetries_of(model, normal(60, 1, 8, 8).log())
        with pytest.raises(DataError, match="too few"):
            symgen.symmetries_of(model, normal(4, 1, 8, 8))
        with pytest.raises(UsageError, match="library"):
            symgen.symmetries_of(model, normal(60, 1, 8, 8), library="cubic")
        with pytest.raises(UsageError, match="only invariance"):
            symgen.symmetries_of(model, normal(60, 1, 8, 8), "equivariance")
