from __future__ import annotations

import json
import urllib.error

import pytest
import torch
import torchvision
from safetensors.torch import save_file
from torch import nn

from symgen import tensor_file
from symgen.exceptions import DataError, UsageError
from symgen.image.datasets import ImageData
from symgen.image.extractor import ARCHITECTURES, Extractor, ExtractorInfo, load_extractor
from symgen.image.labelled import Labelled
from symgen.image.precision import SMALLEST_SIDE
from symgen.image.pretrained import pretrained_extractor
from symgen.image.resnet import CifarResNet18
from symgen.image.schedule import default_training
from symgen.image.settings import TrainingSettings
from symgen.image.training import cached_extractor, train_extractor
from symgen.image.whitened import LEAST, WhitenedNet

QUICK = TrainingSettings(width=4, batch=16, stages=((0.5, 1), (1.0, 3)), lr=0.1)


@pytest.fixture(scope="module")
def data():
    """Dark and bright images of noise."""
    draw = torch.Generator().manual_seed(0)

    def split(n):
        labels = torch.arange(n) % 2
        return Labelled(
            (torch.randint(0, 120, (n, 3, 8, 8), generator=draw) + 120 * labels[:, None, None, None]).byte(), labels
        )

    return ImageData.of("shades", split(320), split(40), ("dark", "bright"))


@pytest.fixture(params=list(ARCHITECTURES))
def extractor(request):
    moments = {"mean": (0.5, 0.4, 0.3), "std": (0.2, 0.2, 0.3)}
    info = ExtractorInfo(architecture=request.param, width=2, classes=("a", "b", "c"), accuracy=0.5, **moments)
    return Extractor.untrained(info).freeze()


def test_network_is_torchvisions_with_another_stem():
    theirs = torchvision.models.resnet18(num_classes=10)
    theirs.conv1, theirs.maxpool = nn.Conv2d(3, 64, 3, padding=1, bias=False), nn.Identity()
    head, theirs.fc = theirs.fc, nn.Identity()
    ours = CifarResNet18(64)
    ours.load_state_dict(theirs.state_dict())
    images = torch.rand(2, 3, 16, 16)
    assert torch.allclose(ours.eval()(images), theirs.eval()(images), atol=1e-4)
    assert ours.features == head.in_features
    narrow = CifarResNet18(16)
    assert narrow(images).shape == (2, 128)


def test_features_are_of_normalised_images_whatever_their_type(extractor):
    images = torch.randint(0, 256, (4, 3, 8, 8)).byte()
    scaled = images.float() / 255
    mean, std = (torch.tensor(v)[:, None, None] for v in (extractor.info.mean, extractor.info.std))
    expected = extractor.body((scaled - mean) / std)
    assert torch.allclose(extractor(images), expected, atol=1e-6)
    assert torch.allclose(extractor(scaled), expected, atol=1e-6)
    assert torch.allclose(extractor.logits(images), extractor.head(expected), atol=1e-6)
    rough = extractor.freeze(precision=torch.bfloat16)(images)
    assert rough.dtype == torch.float32
    assert torch.allclose(rough, expected, atol=0.05 * float(expected.abs().max()))


def test_saved_and_loaded(extractor, tmp_path):
    path = tmp_path / "extractor.safetensors"
    extractor.save(path)
    again = load_extractor(path)
    images = torch.rand(3, 3, 8, 8)
    assert again.info == extractor.info
    assert torch.equal(again(images), extractor(images))
    assert not again.training
    assert not any(p.requires_grad for p in again.parameters())
    with pytest.raises(UsageError, match="exists already"):
        extractor.save(path)


@pytest.mark.parametrize("at", [3, 200, -5])
def test_damage_is_refused(extractor, tmp_path, at):
    path = tmp_path / "extractor.safetensors"
    extractor.save(path)
    content = bytearray(path.read_bytes())
    content[at] ^= 4
    path.write_bytes(content)
    with pytest.raises(DataError, match=r"damaged|not one of symgen's"):
        load_extractor(path)
    path.write_bytes(content[: len(content) // 2])
    with pytest.raises(DataError, match="truncated"):
        load_extractor(path)


def test_unsuitable_files_are_refused(extractor, tmp_path):
    path = tmp_path / "extractor.safetensors"
    with pytest.raises(DataError, match="no such file"):
        load_extractor(path)
    save_file({"weight": torch.ones(2)}, path)
    with pytest.raises(DataError, match="not one of symgen's"):
        load_extractor(path)
    header, tensors = extractor.info.model_dump(mode="json"), dict(extractor.state_dict())

    def refused(changes, tensors, match):
        text = json.dumps({k: v for k, v in {**header, **changes}.items() if v is not ...})
        tensor_file.write(path, text, tensors, force=True)
        with pytest.raises(DataError, match=match):
            load_extractor(path)

    own, other = (a for a in sorted(ARCHITECTURES, key=lambda a: a != header["architecture"]))
    refused({"architecture": "vit"}, tensors, "architecture 'vit'; symgen reads 'resnet18-cifar' and 'whitened'")
    refused({"architecture": [own]}, tensors, "architecture .*; symgen reads 'resnet18-cifar'")
    refused({"architecture": other}, tensors, f"not those of {other}")
    refused({"architecture": ...}, tensors, "not an extractor")
    refused({"schema_version": 9}, tensors, "schema version 9")
    refused({"width": 3}, tensors, f"not those of {own} of its width")
    refused({"width": "wide"}, tensors, "not valid at 'width'")
    refused({}, {**tensors, "head.bias": torch.tensor([0, float("nan"), 0])}, r"'head\.bias' has numbers that are not")
    refused({}, {k: v for k, v in tensors.items() if k != "head.bias"}, f"not those of {own}")


def test_whitened_patches_are_uncorrelated():
    """As smooth images have them: of variances that differ by orders of magnitude."""
    draw = torch.Generator().manual_seed(0)
    images = nn.functional.avg_pool2d(torch.randn(200, 3, 20, 20, generator=draw), 5, 1) * torch.ones(3, 1, 1).cumsum(0)
    network = WhitenedNet(2)
    network.whiten(images.split(7))
    outputs = network.patches(nn.functional.pad(images, (0, 1, 0, 1), mode="replicate"))
    positive, negative = outputs.chunk(2, dim=1)
    assert torch.equal(positive, -negative)
    values = positive.transpose(0, 1).flatten(1).double()
    moments = values @ values.T / values.shape[1]
    kept = moments.diagonal()
    assert (moments - kept.diag()).abs().max() < 1e-4
    assert (kept < 1).all()
    variance = kept * LEAST / (1 - kept)  # solves kept = variance / (variance + LEAST)
    assert float(variance.sum()) == pytest.approx(4 * float(images.square().mean((0, 2, 3)).sum()), rel=0.05)
    assert variance.min() < 0.1 * LEAST
    assert variance.max() > 10 * LEAST


@pytest.mark.parametrize("size", [(1, 1), (2, 3), (17, 40), (28, 28)])
def test_images_of_any_size(extractor, size):
    features = extractor(torch.rand(2, 3, *size))
    assert features.shape == (2, extractor.body.features)
    assert features.isfinite().all()


def test_features_have_forward_derivatives(extractor):
    draw = torch.Generator().manual_seed(0)
    extractor = extractor.double()
    images, moves = (torch.rand(2, 3, 12, 12, generator=draw, dtype=torch.float64) for _ in range(2))
    _, found = torch.func.jvp(extractor.body, (images,), (moves,))
    h = 1e-7
    expected = (extractor.body(images + h * moves) - extractor.body(images - h * moves)) / (2 * h)
    torch.testing.assert_close(found, expected, rtol=1e-5, atol=1e-8)
    images.requires_grad_()
    (gradient,) = torch.autograd.grad(extractor.body(images).sum(), images)
    assert float((gradient * moves).sum()) == pytest.approx(float(expected.sum()), rel=1e-5)


@pytest.mark.parametrize("architecture", ARCHITECTURES)
@pytest.mark.parametrize("side", [SMALLEST_SIDE, SMALLEST_SIDE + 1])
def test_gradients_in_bfloat16_where_it_is_allowed(architecture, side):
    torch.manual_seed(0)
    network = ARCHITECTURES[architecture](16).to(memory_format=torch.channels_last)
    images = torch.randn(16, 3, side, side).contiguous(memory_format=torch.channels_last)

    def gradients(enabled):
        network.zero_grad()
        with torch.autocast("cpu", torch.bfloat16, enabled=enabled):
            features = network(images)
        (features.float() * torch.linspace(-1, 1, network.features)).sum().backward()
        return [p.grad.clone() for p in network.parameters() if p.requires_grad]

    network.eval()
    exact, rough, again = gradients(False), gradients(True), gradients(True)
    for a, b, c in zip(exact, rough, again, strict=True):
        assert torch.equal(b, c)
        assert torch.cosine_similarity(a.flatten(), b.flatten(), dim=0) > 0.9


def test_training_learns_reports_and_repeats(data):
    reports = []
    threads = torch.get_num_threads()
    trained = train_extractor(data, QUICK, progress=reports.append)
    assert trained.info.accuracy == trained.accuracy(data.test) > 0.9
    assert (trained.info.dataset_sha256, trained.info.classes) == (data.sha256, ("dark", "bright"))
    assert TrainingSettings.model_validate(trained.info.settings) == QUICK
    assert trained.info.mean == pytest.approx([float(data.train.images.float().mean() / 255)] * 3, abs=0.01)
    assert (reports[-1].step, reports[-1].steps, reports[-1].epoch, reports[-1].epochs) == (80, 80, 4, 4)
    assert reports[-1].accuracy > 0.9
    assert torch.get_num_threads() == threads
    state = torch.random.get_rng_state()
    again = train_extractor(data, QUICK)
    assert torch.equal(torch.random.get_rng_state(), state)
    assert all(torch.equal(a, b) for a, b in zip(trained.parameters(), again.parameters(), strict=True))
    other = train_extractor(data, QUICK.model_copy(update={"seed": 1}))
    assert not torch.equal(trained.head.weight, other.head.weight)


def test_whitened_network_learns_all_but_its_first_layer(data):
    settings = TrainingSettings.whitened(2).model_copy(update={"batch": 16, "lr": 0.05, "stages": QUICK.stages})
    trained = train_extractor(data, settings)
    assert trained.info.accuracy == trained.accuracy(data.test) > 0.9
    assert trained.info.architecture == "whitened"
    slow = train_extractor(data, settings.model_copy(update={"bias_rate": 1.0}))
    assert torch.equal(trained.body.patches.weight, slow.body.patches.weight)
    torch.manual_seed(settings.seed)
    before = dict(Extractor.untrained(trained.info).named_parameters())
    assert not torch.equal(trained.body.patches.weight, before.pop("body.patches.weight"))  # but whitened
    for name, start in before.items():
        assert not torch.equal(dict(trained.named_parameters())[name], start)
    drift = [(e.body.stages[2].bn2.bias - 0).norm() for e in (trained, slow)]
    assert drift[0] > 2 * drift[1]


def test_trained_once_and_again_if_the_cache_is_damaged(data, tmp_path, monkeypatch):
    monkeypatch.setenv("SYMGEN_CACHE", str(tmp_path))
    first = cached_extractor(data, QUICK)
    reports = []
    assert torch.equal(cached_extractor(data, QUICK, progress=reports.append).head.weight, first.head.weight)
    assert not reports
    (path,) = (tmp_path / "extractors").iterdir()
    path.write_bytes(path.read_bytes()[:-1])
    cached_extractor(data, QUICK, progress=reports.append)
    assert reports
    load_extractor(path)


def test_training_that_diverges_says_so(data):
    with pytest.raises(DataError, match=r"diverged in epoch 1: .* smaller learning rate"):
        train_extractor(data, QUICK.model_copy(update={"lr": 1e30}))


def test_batches_larger_than_the_data_shrink_with_their_rate(data):
    trained = train_extractor(data, QUICK.model_copy(update={"batch": 1000, "lr": 1.0}))
    assert (trained.info.settings["batch"], trained.info.settings["lr"]) == (80, pytest.approx(0.08))


def test_default_training_fits_the_images(data):
    usual, few = TrainingSettings(), default_training(data, 4, seed=0)
    cheap = default_training(data, 4, seed=0, kind=TrainingSettings.whitened)
    assert (cheap.architecture, cheap.batch, cheap.bias_rate) == ("whitened", 80, 16)
    assert few.batch == 80
    assert few.lr / few.batch == pytest.approx(usual.lr / usual.batch)
    assert 400 <= few.epochs * 4 < 450
    assert default_training(data, 4, seed=0, batch=32).batch == 32
    digits = Labelled(torch.zeros(60_000, 1, 28, 28, dtype=torch.uint8).expand(-1, 3, -1, -1), torch.arange(60_000) % 2)
    many = ImageData("digits", digits, digits, ("a", "b"), "")
    assert default_training(many, 4, seed=0).epochs < usual.epochs
    assert default_training(many, 4, seed=0).batch == usual.batch


def test_flips_are_seen(data):
    plain, flipped = (train_extractor(data, QUICK.model_copy(update={"flips": f})) for f in (False, True))
    assert not torch.equal(plain.head.weight, flipped.head.weight)


def test_schedules():
    paper = TrainingSettings.paper()
    assert (paper.width, paper.epochs, paper.lr, paper.batch) == (64, 200, 0.1, 128)
    assert (paper.momentum, paper.weight_decay, paper.label_smoothing, paper.flips) == (0.9, 5e-4, 0, False)
    rates = [paper.lr * paper.rate(epoch * 10, 10) for epoch in (0, 59, 60, 119, 120, 159, 160, 199)]
    assert rates == pytest.approx([0.1, 0.1, 0.02, 0.02, 0.004, 0.004, 0.0008, 0.0008])
    cycle = TrainingSettings(stages=((1.0, 4),))
    rates = [cycle.rate(step, 100) for step in range(400)]
    assert max(rates) == rates[99] == 1
    assert rates[0] == pytest.approx(0.2, abs=0.01)
    assert rates[-1] == 0
    assert rates == sorted(rates[:99]) + sorted(rates[99:], reverse=True)
    for stages in ((), ((0.5, 3),), ((1.0, 0),), ((2.0, 1), (1.0, 1))):
        with pytest.raises(ValueError, match="stage"):
            TrainingSettings(stages=stages)


def test_pretrained_networks_by_name(monkeypatch):
    with pytest.raises(UsageError, match="no classifier 'nonsense'"):
        pretrained_extractor("torchvision:nonsense", (40, 40))

    def offline(*_, **__):
        raise urllib.error.URLError("no route to host")

    monkeypatch.setattr("torchvision._internally_replaced_utils.load_state_dict_from_url", offline)
    monkeypatch.setattr("torchvision.models._api.load_state_dict_from_url", offline)
    with pytest.raises(DataError, match=r"weights of torchvision:resnet18 could not be loaded .*no route.*Put "):
        pretrained_extractor("torchvision:resnet18", (40, 40))
    network = torchvision.models.mobilenet_v3_small().eval()
    monkeypatch.setattr("torchvision.models.get_model", lambda *_, **__: network)
    images = torch.rand(2, 3, 40, 40)
    extractor = pretrained_extractor("torchvision:mobilenet_v3_small", (40, 40))
    assert extractor.info.mean == (0.485, 0.456, 0.406)
    assert len(extractor.info.classes) == 1000
    assert extractor(images).shape == (2, 1024)
    assert extractor.logits(images).shape == (2, 1000)
    with pytest.raises(ValueError, match="by its name"):
        extractor.save("anywhere.safetensors")


@pytest.mark.parametrize(
    ("name", "reason"), [("squeezenet1_1", "no linear layer"), ("alexnet", "no images of 32 x 24")]
)
def test_unsuitable_pretrained_networks(monkeypatch, name, reason):
    network = torchvision.models.get_model(name).eval()
    monkeypatch.setattr("torchvision.models.get_model", lambda *_, **__: network)
    with pytest.raises(UsageError, match=rf"torchvision:{name} .*{reason}.*Try resnet18"):
        pretrained_extractor(f"torchvision:{name}", (32, 24))
