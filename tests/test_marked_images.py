"""Masks, keypoints and boxes move with their image: against torchvision's affine, and against the image itself."""

from __future__ import annotations

import math

import pytest
import sympy
import torch
from torchvision import tv_tensors
from torchvision.transforms import v2
from torchvision.transforms.v2 import functional

from symgen.augmentation import RandomSymmetry
from symgen.exceptions import UsageError
from symgen.generators.closed_form import ClosedFormGenerators
from symgen.image.affine import AFFINE, X, Y, affine_generators
from symgen.image.fields import IMAGE_SPACE, random_fields
from symgen.image.warp import pixel_grid

pytestmark = pytest.mark.skipif(not hasattr(tv_tensors, "KeyPoints"), reason="needs the marks of torchvision 0.23")

SIZE = 33
MIDDLE = [(SIZE - 1) / 2] * 2
FIELDS = {
    "translation": (sympy.Integer(1), sympy.Integer(0)),
    "rotation": AFFINE["rotation"],
    "scaling": (X, Y),
}
FORMATS = ["XYXY", "XYWH", "CXCYWH", "XYWHR", "CXCYWHR", "XYXYXYXY"]


def by(kind, **options):
    """The transform along one affine field, in steps that make it exact."""
    return RandomSymmetry(ClosedFormGenerators(IMAGE_SPACE, [FIELDS[kind]]), scale=0.4, step=0.01, **options).double()


def drawn():
    return float(0.4 * (2 * torch.rand(1) - 1))


def affine(kind, s, value, **options):
    """What torchvision makes of the same move: what is at z goes to theta_(-s)(z)."""
    shift = -s * (SIZE - 1) / 2 if kind == "translation" else 0.0
    angle = -math.degrees(s) if kind == "rotation" else 0.0
    scale = math.exp(-s) if kind == "scaling" else 1.0
    return functional.affine(value, angle=angle, translate=[shift, 0.0], scale=scale, shear=[0.0, 0.0], **options)


def keypoints(values):
    return tv_tensors.KeyPoints(torch.tensor(values, dtype=torch.float64), canvas_size=(SIZE, SIZE))


def boxes(kind, **options):
    """Three boxes, and in rotated formats turned ones, in the format `kind`; no clamping unless asked for."""
    upright = kind in FORMATS[:3]
    values = [[16.0, 14.0, 10.0, 6.0], [8.0, 20.0, 3.0, 9.0], [24.0, 9.0, 4.0, 4.0]]
    angles = [30.0, -70.0, 10.0]
    given = torch.tensor(values if upright else [[*v, a] for v, a in zip(values, angles, strict=True)]).double()
    options = {"clamping_mode": None} | options
    made = tv_tensors.BoundingBoxes(
        given, format="CXCYWH" if upright else "CXCYWHR", canvas_size=(SIZE, SIZE), **options
    )
    return functional.convert_bounding_box_format(made, new_format=kind)


@pytest.mark.parametrize("kind", FIELDS)
def test_keypoints_as_by_torchvision(kind):
    """Pixels have their centres at whole numbers, so that the middle of the image is at (SIZE - 1) / 2."""
    points = keypoints([[[7.25, 10.0], [16.0, 16.0]], [[22.0, 7.5], [16.0, 25.0]]])
    torch.manual_seed(3)
    found = by(kind)(points)
    torch.manual_seed(3)
    s = drawn()
    wanted = affine(kind, s, points, center=MIDDLE)
    assert isinstance(found, tv_tensors.KeyPoints)
    assert found.canvas_size == (SIZE, SIZE)
    assert (wanted - points).abs().max() > 1
    torch.testing.assert_close(found, wanted, rtol=0, atol=1e-6)


@pytest.mark.parametrize("dtype", [torch.uint8, torch.int64, torch.bool, torch.float32])
@pytest.mark.parametrize("kind", FIELDS)
def test_masks_as_by_torchvision(kind, dtype):
    draw = torch.Generator().manual_seed(0)
    mask = tv_tensors.Mask(torch.randint(0, 5, (2, SIZE, SIZE), generator=draw).to(dtype))
    torch.manual_seed(5)
    found = by(kind)(mask)
    torch.manual_seed(5)
    wanted = affine(kind, drawn(), mask)
    assert isinstance(found, tv_tensors.Mask)
    assert found.dtype == dtype
    assert torch.equal(found, wanted)
    assert not torch.equal(found, mask)


@pytest.mark.parametrize("name", FORMATS)
@pytest.mark.parametrize("kind", FIELDS)
def test_boxes_as_by_torchvision(kind, name):
    given = boxes(name)
    torch.manual_seed(5)
    found = by(kind)(given)
    torch.manual_seed(5)
    wanted = affine(kind, drawn(), given)
    assert isinstance(found, tv_tensors.BoundingBoxes)
    assert (found.format, found.canvas_size) == (given.format, (SIZE, SIZE))
    torch.testing.assert_close(found, wanted, rtol=0, atol=1e-5)


@pytest.mark.parametrize("mode", ["soft", "hard", None])
@pytest.mark.parametrize("name", FORMATS)
def test_boxes_are_clamped_as_by_torchvision(name, mode):
    given = boxes(name, clamping_mode=mode)
    far = ClosedFormGenerators(IMAGE_SPACE, [(sympy.Integer(1), sympy.Integer(0))])
    torch.manual_seed(5)
    found = RandomSymmetry(far, scale=3.0).double()(given)
    torch.manual_seed(5)
    wanted = affine("translation", float(3 * (2 * torch.rand(1) - 1)), given)
    torch.testing.assert_close(found, wanted, rtol=0, atol=1e-4, equal_nan=True)


def test_whole_numbers_are_rounded_and_zero_scale_is_the_identity():
    still = RandomSymmetry(affine_generators(), scale=0.0)
    points = tv_tensors.KeyPoints(torch.randint(0, SIZE, (50, 2)), canvas_size=(SIZE, SIZE))
    assert torch.equal(still(points), points)
    for name in FORMATS[:3]:
        given = tv_tensors.BoundingBoxes([[14, 15, 18, 17], [13, 13, 18, 16]], format=name, canvas_size=(SIZE, SIZE))
        assert given.dtype == torch.int64
        assert torch.equal(still(given), given)
    for name in FORMATS:
        torch.testing.assert_close(still(boxes(name)), boxes(name), rtol=0, atol=1e-9)
    mask = tv_tensors.Mask(torch.randint(0, 200, (SIZE, SIZE)))
    assert torch.equal(still(mask), mask)


def test_a_bright_spot_stays_under_its_keypoint():
    """And under its mask and box, by fields that bend: all in one call."""
    size = 65
    points = torch.tensor([[20.0, 30.5], [40.25, 44.0], [33.0, 18.0]])
    grid = torch.stack(torch.meshgrid(torch.arange(size), torch.arange(size), indexing="xy"), -1)
    square = (grid - points[:, None, None]).square().sum(-1)
    image = torch.exp(-square / (2 * 2.0**2))
    sample = {
        "image": tv_tensors.Image(image),
        "mask": tv_tensors.Mask(square < 6**2),
        "points": tv_tensors.KeyPoints(points, canvas_size=(size, size)),
        "boxes": tv_tensors.BoundingBoxes(
            torch.cat([points - 6, points + 7], 1), format="XYXY", canvas_size=(size, size)
        ),
        "label": torch.tensor([1, 2]),
    }
    transform = RandomSymmetry(random_fields(6, pixel_grid(17, 17).flatten(0, 1)), scale=0.15)
    for seed in range(5):
        torch.manual_seed(seed)
        moved = transform(sample)
        weight = moved["image"] / moved["image"].sum((1, 2), keepdim=True)
        centres = (weight[..., None] * grid).sum((1, 2))
        assert (moved["points"] - points).abs().max() > 2
        assert (centres - moved["points"]).abs().max() < 0.3
        for mask, box in zip(moved["mask"], moved["boxes"], strict=True):
            row, column = mask.nonzero().unbind(1)
            inside = torch.tensor([column.min(), row.min(), -column.max() - 1, -row.max() - 1])
            slack = inside - box * torch.tensor([1, 1, -1, -1])
            assert slack.min() > -0.5
            assert slack.max() < 8  # a circle in a moved square
        assert torch.equal(moved["label"], sample["label"])


def test_a_box_holds_what_was_in_it_when_its_edges_bend():
    """Corners alone would miss the middle of an edge."""
    bend = ClosedFormGenerators(IMAGE_SPACE, [(Y**2, sympy.Integer(0))])
    given = tv_tensors.BoundingBoxes([[0.0, 0.0, 65.0, 65.0]], format="XYXY", canvas_size=(65, 65), clamping_mode=None)
    turned = tv_tensors.wrap(torch.tensor([[32.5, 32.5, 65.0, 65.0, 0.0]]), like=given, format="CXCYWHR")
    transform = RandomSymmetry(bend, scale=0.3)
    for seed in range(4):
        torch.manual_seed(seed)
        s = float(0.3 * (2 * torch.rand(1) - 1))
        torch.manual_seed(seed)
        found = transform(given)
        width = float(found[0, 2] - found[0, 0])
        assert width == pytest.approx(65 + abs(s) * 32, abs=0.2)
        torch.manual_seed(seed)
        rotated = transform(turned)
        assert float(rotated[0, 2]) == pytest.approx(65 + abs(s) * 32, abs=0.2)
        assert float(rotated[0, 4]) == pytest.approx(0, abs=1e-3)


def test_what_lies_beyond_is_as_asked_for():
    mask = tv_tensors.Mask(torch.ones(SIZE, SIZE, dtype=torch.uint8))
    torch.manual_seed(5)
    s = drawn()
    torch.manual_seed(5)
    found = by("translation", mask_fill=255)(tv_tensors.Image(torch.zeros(3, SIZE, SIZE)), mask)[1]
    columns = (found == 255).all(0).sum()
    assert int(columns) == round(abs(s) * (SIZE - 1) / 2)
    assert set(found.unique().tolist()) == {1, 255}


@pytest.mark.parametrize("fill", [0.5, -1, 300])
def test_a_fill_that_masks_cannot_hold_is_refused(fill):
    mask = tv_tensors.Mask(torch.ones(SIZE, SIZE, dtype=torch.uint8))
    with pytest.raises(UsageError, match=r"no value of a mask of torch\.uint8"):
        by("translation", mask_fill=fill)(tv_tensors.Image(torch.zeros(3, SIZE, SIZE)), mask)


def test_marks_of_nothing_stay_nothing():
    sample = (
        tv_tensors.Image(torch.rand(3, SIZE, SIZE)),
        tv_tensors.Mask(torch.zeros(0, SIZE, SIZE)),
        tv_tensors.KeyPoints(torch.zeros(0, 2), canvas_size=(SIZE, SIZE)),
        tv_tensors.BoundingBoxes(torch.zeros(0, 4), format="XYWH", canvas_size=(SIZE, SIZE)),
    )
    for each in (False, True):
        for before, after in zip(sample, RandomSymmetry(affine_generators(), each=each)(sample), strict=True):
            assert type(after) is type(before)
            assert after.shape == before.shape


def test_a_batch_takes_its_masks_and_keypoints_along():
    batch = torch.rand(3, 1, SIZE, SIZE)
    mask = tv_tensors.Mask((batch[:, 0] > 0.5).long())
    points = tv_tensors.KeyPoints(torch.rand(3, 4, 2) * SIZE, canvas_size=(SIZE, SIZE))
    transform = RandomSymmetry(affine_generators(), scale=0.2, each=True, step=0.01)
    params = transform.make_params([batch, mask, points])
    alone = [transform.motion(weights, (SIZE, SIZE)) for weights in params["weights"]]
    assert (params["weights"][0] - params["weights"][1]).abs().max() > 0.01
    for value in (batch, mask, points):
        found = transform.transform(value, params)
        for k, motion in enumerate(alone):
            wanted = transform.transform(tv_tensors.wrap(value[k], like=value), {"motion": motion})
            torch.testing.assert_close(found[k], wanted, rtol=0, atol=1e-3)


def test_batches_that_cannot_be_told_apart_are_refused():
    batch = tv_tensors.Image(torch.rand(3, 1, SIZE, SIZE))
    each = RandomSymmetry(affine_generators(), each=True)
    with pytest.raises(UsageError, match="one by one"):
        each(batch, boxes("XYXY"))
    with pytest.raises(UsageError, match="begin with the shape of the batch"):
        each(batch, tv_tensors.Mask(torch.zeros(2, SIZE, SIZE)))
    with pytest.raises(UsageError, match="KeyPoints"):
        each(batch, keypoints([[3.0, 4.0]]))
    with pytest.raises(UsageError, match="batches of one shape"):
        each(batch, tv_tensors.Image(torch.rand(2, 1, SIZE, SIZE)))
    with pytest.raises(UsageError, match="an image"):
        each(tv_tensors.Mask(torch.zeros(3, SIZE, SIZE)))
    assert each(batch[0], boxes("XYXY"))[1].shape == (3, 4)
    assert RandomSymmetry(affine_generators())(batch, boxes("XYXY"))[1].shape == (3, 4)


def test_sizes_that_do_not_fit_are_refused():
    image = tv_tensors.Image(torch.rand(3, SIZE, SIZE))
    for other in (
        tv_tensors.Mask(torch.zeros(SIZE, SIZE + 1)),
        tv_tensors.KeyPoints(torch.zeros(1, 2), canvas_size=(SIZE, 2)),
        tv_tensors.BoundingBoxes(torch.ones(1, 4), format="XYXY", canvas_size=(3, SIZE)),
        tv_tensors.Image(torch.rand(3, 8, 8)),
    ):
        with pytest.raises(UsageError, match="33 x 33"):
            RandomSymmetry(affine_generators())(image, other)


def test_in_a_detection_pipeline():
    pipeline = v2.Compose(
        [
            RandomSymmetry(affine_generators(), scale=0.1),
            v2.RandomHorizontalFlip(),
            v2.SanitizeBoundingBoxes(),
            v2.ToDtype({tv_tensors.Image: torch.float32, "others": None}, scale=True),
        ]
    )
    image = torch.randint(0, 255, (3, SIZE, SIZE), dtype=torch.uint8)
    found = pipeline({"image": tv_tensors.Image(image), "boxes": boxes("XYXY"), "labels": torch.arange(3)})
    assert found["boxes"].shape == (3, 4)
    assert found["image"].dtype == torch.float32
    assert found["labels"].tolist() == [0, 1, 2]
