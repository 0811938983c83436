"""Symmetries of models of images, with known answers."""

from __future__ import annotations

import pytest
import sympy
import torch
from soft_spots import IMAGES, SIDE, approximate, blobs, levels, normal, radial, radial_network
from torch import nn

import symgen
from symgen.generators.closed_form import ClosedFormGenerators
from symgen.image.affine import AFFINE
from symgen.image.fields import IMAGE_SPACE
from symgen.image.model import ImageModel
from symgen.image.warp import moved_grids, pixel_grid
from symgen.validity.image_model import MOST_OUTPUTS, OutputValidity

X, Y = sympy.symbols("x y", real=True)


class TestImages:
    @pytest.mark.parametrize("model", [radial, radial_network])
    def test_radial_models_have_the_rotation_and_nothing_else(self, model):
        found = symgen.symmetries_of(model, IMAGES)
        first, *others = found.metadata.generators
        assert approximate(found) == {"rotation"}
        assert first.resembles.cosine > 0.999
        assert first.defect < 0.1
        assert all(record.status == "none" and record.defect > 0.4 for record in others)
        assert found.metadata.exact == 0  # moved images are interpolated

    def test_linear_fields_alone(self):
        found = symgen.symmetries_of(radial, IMAGES, library="linear", readable=False)
        assert len(found.metadata.generators) == 4
        assert approximate(found) == {"rotation"}
        assert found(torch.zeros(1, 2, dtype=torch.float64)).abs().max() < 1e-12

    def test_a_histogram_is_moved_by_all_that_keeps_areas(self):
        found = symgen.symmetries_of(levels, IMAGES)
        assert {"translation x", "translation y", "rotation"} <= approximate(found)
        assert found.metadata.generators[-1].resembles.name == "zoom"
        assert found.metadata.generators[-1].status == "none"

    @pytest.mark.parametrize("seed", range(5))
    def test_random_models_have_none(self, seed):
        torch.manual_seed(seed)
        inputs = nn.Flatten(), nn.Linear(SIDE * SIDE, 24)
        filters = nn.Conv2d(1, 6, 5), nn.ReLU(), nn.MaxPool2d(4), nn.Flatten()
        for model in (nn.Sequential(*inputs, nn.Tanh(), nn.Linear(24, 4)), nn.Sequential(*filters, nn.Linear(150, 4))):
            assert symgen.symmetries_of(model, IMAGES).metadata.approximate == 0

    def test_flattened_images_and_whole_ones_are_the_same(self):
        whole = symgen.symmetries_of(radial, IMAGES)
        flat = symgen.symmetries_of(
            lambda rows: radial(rows.reshape(-1, 1, SIDE, SIDE)), IMAGES.flatten(1), image_size=(SIDE, SIDE)
        )
        assert flat.metadata.generators == whole.metadata.generators
        assert flat.metadata.image.extractor.flattened
        assert not whole.metadata.image.extractor.flattened

    def test_channels_and_ranges_of_values(self):
        images = 255 * blobs(120, channels=3, side=16)
        weights = torch.exp(-pixel_grid(16, 16).square().sum(-1) / 0.3)
        model = lambda some: (some * weights).sum((2, 3)).square()  # noqa: E731
        found = symgen.symmetries_of(model, images.to(torch.uint8))
        assert approximate(found) == {"rotation"}
        picture = found.specimen["image"]
        assert picture.shape == (3, 16, 16)
        assert picture.min() == 0
        assert picture.max() == 1

    def test_the_file_is_read_again_and_shown(self, tmp_path, run):
        found = symgen.symmetries_of(radial, IMAGES)
        path = tmp_path / "model.safetensors"
        found.save(path)
        again = symgen.load(path)
        assert again.metadata == found.metadata
        assert torch.equal(again(found.points[:9]), found(found.points[:9]))
        code, out, _ = run("inspect", str(path), "--against", "affine", "--figures", str(tmp_path / "figures"))
        assert code == 0
        assert "radial with 3 outputs" in out
        assert "mean change of the outputs" in out
        assert len(list((tmp_path / "figures").iterdir())) >= 3

    def test_printed_it_is_a_table(self):
        lines = str(symgen.symmetries_of(radial, IMAGES)).splitlines()
        assert lines[0] == "6 generators on x, y: 0 exact, 1 approximate (images)"
        assert lines[2].startswith("V1")
        assert "rotation" in lines[2]
        assert len(lines) == 8


class TestOutputValidity:
    def test_rows_are_derivatives_of_moved_images(self):
        """Differences across a pixel's two sides are what bilinear sampling gives to first order."""
        images = blobs(6, side=14, dtype=torch.float64)
        matrix = normal(14 * 14, 5)
        model = ImageModel(lambda some: torch.tanh(some.flatten(1) @ matrix / 10), torch.float64)
        validity = OutputValidity(model, images, padding="border")
        grid = pixel_grid(14, 14, torch.float64)
        edge = (1 - X**2) * (1 - Y**2)  # there is one side only at the edge, where fields are to vanish
        fields = ClosedFormGenerators(IMAGE_SPACE, [(edge * a, edge * b) for a, b in AFFINE.values()])
        rows = validity.rows(images, fields, grid)
        step = 1e-6
        ahead, behind = (moved_grids(fields, grid, grid.new_full((6,), s)) for s in (step, -step))
        wanted = validity.differences(images, ahead, behind, step).permute(1, 2, 0).flatten(0, 1)
        assert torch.allclose(rows, wanted, rtol=1e-5, atol=1e-7 * float(wanted.abs().max()))

    def test_many_outputs_are_combined_and_keep_their_size(self):
        images, matrix = blobs(80, side=12), normal(144, 400, dtype=torch.float32)
        validity = OutputValidity(ImageModel(lambda some: some.flatten(1) @ matrix, torch.float32), images)
        changes = validity.directions(images) - validity.directions(images).mean(0)
        assert changes.shape[1] == MOST_OUTPUTS
        assert float(changes.square().sum(1).mean()) == pytest.approx(1, rel=0.3)

    def test_constant_outputs_are_left_out(self):
        images = blobs(40, side=12)
        full = OutputValidity(ImageModel(lambda some: some.sum((1, 2, 3))[:, None], torch.float32), images)
        more = OutputValidity(
            ImageModel(lambda s: torch.stack([s.sum((1, 2, 3)), 0 * s.sum((1, 2, 3)) + 3], 1), torch.float32), images
        )
        assert more.kept.tolist() == [0]
        assert torch.equal(full.directions(images), more.directions(images))
