import numpy as np
import pytest
import torch
from torchvision import tv_tensors
from torchvision.transforms import v2

from symgen.augmentation import RandomSymmetry
from symgen.exceptions import UsageError
from symgen.flow import Flow
from symgen.generators.closed_form import ClosedFormGenerators
from symgen.image.affine import AFFINE, affine_generators
from symgen.image.fields import IMAGE_SPACE, random_fields
from symgen.image.warp import pixel_grid


def of(*names):
    return ClosedFormGenerators(IMAGE_SPACE, [AFFINE[name] for name in names])


@pytest.fixture
def image():
    """Smooth, so that bilinear sampling is close: (3, 33, 33)."""
    x, y = pixel_grid(33, 33).unbind(-1)
    return torch.stack([torch.sin(2 * x + y), torch.cos(x - 2 * y), x * y])


def test_rotation(image):
    """The moved image at z is the image at theta_s(z)."""
    transform = RandomSymmetry(of("rotation"), scale=0.3)
    torch.manual_seed(1)
    found = transform(image)
    torch.manual_seed(1)
    s = 0.3 * (2 * torch.rand(1) - 1)
    x, y = pixel_grid(33, 33).unbind(-1)
    x, y = x * s.cos() - y * s.sin(), x * s.sin() + y * s.cos()
    wanted = torch.stack([torch.sin(2 * x + y), torch.cos(x - 2 * y), x * y])
    inside = (x.abs() < 1) & (y.abs() < 1)
    assert (found - wanted)[:, inside].abs().max() < 0.01
    assert (found - image).abs().max() > 0.02


def test_the_combination_on_a_grid_is_as_good_as_the_fields_themselves():
    """Points that move by up to many pixels end within a tenth of one of where they belong."""
    grid = pixel_grid(32, 32, torch.float64)
    fields = random_fields(6, grid.flatten(0, 1))
    transform = RandomSymmetry(fields, each=True)
    weights = 0.1 * torch.randn(5, 6, dtype=torch.float64, generator=torch.Generator().manual_seed(0))
    points = grid.flatten(0, 1).expand(5, -1, -1)
    wanted = Flow(fields, step=0.01)(points, 1.0, weights[:, None]).unflatten(1, (32, 32))
    found = transform.motion(weights, (32, 32)).sources
    pixel = 2 / 31
    assert (wanted - grid).abs().max() > 5 * pixel
    assert (found - wanted).abs().max() < pixel / 10


def test_zero_scale_is_the_identity(image):
    torch.testing.assert_close(RandomSymmetry(affine_generators(), scale=0.0)(image), image, rtol=0, atol=1e-5)


def test_one_draw_for_a_call_or_one_for_each(image):
    batch = image.expand(4, -1, -1, -1)
    torch.manual_seed(0)
    alike = RandomSymmetry(affine_generators(), scale=0.2)(batch)
    torch.testing.assert_close(alike, alike[:1].expand_as(alike))
    each = RandomSymmetry(affine_generators(), scale=0.2, each=True)(batch)
    assert all((each[0] - other).abs().max() > 0.01 for other in each[1:])
    assert RandomSymmetry(affine_generators(), each=True)(image).shape == image.shape


def test_images_of_a_sample_move_together_and_labels_stay(image):
    sample = {"a": tv_tensors.Image(image), "b": tv_tensors.Image(image), "label": 3, "weight": torch.ones(2)}
    moved = RandomSymmetry(of("shear", "scaling x"), scale=0.2)(sample)
    assert isinstance(moved["a"], tv_tensors.Image)
    torch.testing.assert_close(moved["a"], moved["b"])
    assert moved["label"] == 3
    assert moved["weight"].equal(torch.ones(2))


def test_in_a_pipeline_on_whole_numbers(image):
    pipeline = v2.Compose(
        [
            RandomSymmetry(of("translation x"), scale=0.2),
            v2.RandomHorizontalFlip(),
            v2.ToDtype(torch.float32, scale=True),
        ]
    )
    numbers = ((image + 1) * 100).to(torch.uint8)
    moved = pipeline(numbers)
    assert moved.dtype == torch.float32
    assert moved.shape == image.shape
    assert RandomSymmetry(of("translation x"))(numbers).dtype == torch.uint8


def test_fields_with_weights(image):
    points = pixel_grid(9, 9).flatten(0, 1)
    transform = RandomSymmetry(random_fields(3, points), scale=0.1)
    assert "generators.generators.coefficients" in transform.state_dict()
    assert transform(image).isfinite().all()
    assert transform.double()(image.double()).dtype == torch.float64


def test_what_it_does_not_move_is_refused(image):
    transform = RandomSymmetry(affine_generators())
    with pytest.raises(TypeError, match="ToImage"):
        transform(v2.ToPILImage()(image))
    with pytest.raises(TypeError, match="ToImage"):
        transform(image.permute(1, 2, 0).numpy())
    with pytest.raises(TypeError, match="numpy"):  # the mask would move alone
        transform({"image": image.numpy(), "mask": tv_tensors.Mask(torch.zeros(33, 33))})
    assert transform(image, np.zeros((2, 2)))[1].sum() == 0  # beside an image, whatever else it is


@pytest.mark.parametrize("nothing", [[], {}, {"label": 3}, np.array(3)])
def test_nothing_to_move_is_refused(nothing):
    with pytest.raises(TypeError, match="no image"):
        RandomSymmetry(affine_generators())(nothing)


@pytest.mark.parametrize("shape", [(0, 3, 8, 8), (3, 0, 8), (2, 0, 8, 8)])
@pytest.mark.parametrize("each", [False, True])
def test_empty_batches_are_refused(shape, each):
    with pytest.raises(UsageError, match="empty batch"):
        RandomSymmetry(affine_generators(), each=each)(torch.zeros(shape))


def test_what_has_no_rows_and_columns_is_refused():
    with pytest.raises(UsageError, match="shape"):
        RandomSymmetry(affine_generators())(torch.zeros(5))


@pytest.mark.parametrize("each", [False, True])
@pytest.mark.parametrize("shape", [(33, 33), (1, 33, 33), (4, 33, 33), (2, 1, 33, 33), (2, 3, 1, 33, 33)])
def test_every_shape_of_images(image, shape, each):
    torch.manual_seed(0)
    moved = RandomSymmetry(of("rotation"), each=each)(image[0].expand(shape).contiguous())
    assert moved.shape == shape
    assert (moved - image[0]).flatten(-2).abs().amax(-1).min() > 1e-3
    if not each or len(shape) < 4:
        alone = moved.reshape(-1, 33, 33)[0]
        torch.manual_seed(0)
        torch.testing.assert_close(RandomSymmetry(of("rotation"))(image[0]), alone)


@pytest.mark.skipif(not torch.cuda.is_available(), reason="no CUDA device")
def test_on_the_device(image):
    transform = RandomSymmetry(affine_generators(), each=True)
    assert transform(image.cuda().expand(4, -1, -1, -1)).device.type == "cuda"


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"generators": "cifar10-generators.safetensors"}, "takes generators, as symgen.load gives them"),
        ({"scale": float("nan")}, "scale must be finite"),
        ({"step": 0.0}, "step positive"),
        ({"padding": "wrap"}, "padding is one of reflection, border, zeros, not 'wrap'"),
    ],
)
def test_settings_that_make_no_sense(given, said):
    with pytest.raises(UsageError, match=said):
        RandomSymmetry(**{"generators": affine_generators(), **given})
