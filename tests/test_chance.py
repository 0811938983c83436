"""Extractors that do not know their classes are doubted."""

from __future__ import annotations

import pytest
import torch

from symgen.discovery.image import discover_image_spectral
from symgen.discovery.image_settings import ImageSpectralSettings
from symgen.image.extractor import Extractor, ExtractorInfo
from symgen.image.labelled import ImageData, Labelled
from symgen.validity.chance import chance_doubt, poor_accuracy


def noise(classes, counts, seed=0):
    draw = torch.Generator().manual_seed(seed)
    labels = torch.arange(len(counts)).repeat_interleave(torch.tensor(counts))
    images = torch.randint(0, 256, (len(labels), 3, 6, 6), generator=draw, dtype=torch.uint8)
    return ImageData.of("noise", Labelled(images, labels), Labelled(images, labels), classes)


def untrained(data, accuracy=None, **changed):
    info = {"classes": data.classes, "dataset_sha256": data.sha256, "accuracy": accuracy, **changed}
    with torch.random.fork_rng():
        torch.manual_seed(0)
        return Extractor.untrained(ExtractorInfo(width=2, mean=(0.5, 0.5, 0.5), std=(0.3, 0.3, 0.3), **info)).freeze()


@pytest.mark.parametrize(
    ("counts", "accuracy", "doubted"),
    [
        ((50, 50), 0.5, True),
        ((50, 50), 0.61, True),  # as many or more by chance: 0.018
        ((50, 50), 0.63, False),  # 0.006
        ((50, 50), 0.2, True),
        ((90, 10), 0.92, True),  # far above one half, but the larger class alone is 0.9
        ((90, 10), 0.97, False),
        ((300,) * 10, 0.105, True),
        ((300,) * 10, 0.12, False),
        ((2, 2), 1.0, True),  # 0.06: four images tell nothing
        ((4, 4), 1.0, False),
    ],
)
def test_accuracy_against_the_best_guess(counts, accuracy, doubted):
    data = noise(tuple("abcdefghij"[: len(counts)]), counts)
    doubt = chance_doubt(untrained(data, accuracy), data)
    assert (doubt is not None) == doubted
    if doubt:
        assert f"{accuracy:.1%} of {sum(counts)} test images" in doubt


def test_extractor_of_other_data_is_measured_and_of_other_classes_not_judged():
    data = noise(("a", "b"), (50, 50))
    elsewhere = untrained(data, accuracy=1.0, dataset_sha256="of other images")
    assert f"{elsewhere.accuracy(data.test):.1%}" in chance_doubt(elsewhere, data)
    assert chance_doubt(untrained(data, accuracy=0.5, classes=("cat", "dog", "eel")), data) is None


@pytest.mark.parametrize(
    ("classes", "accuracy", "poor"), [(10, 0.35, True), (10, 0.56, False), (2, 0.74, True), (2, 0.76, False)]
)
def test_poor_accuracy_is_a_warning(classes, accuracy, poor):
    data = noise(tuple("abcdefghij"[:classes]), (10,) * classes)
    doubt = poor_accuracy(untrained(data, accuracy), data)
    assert (doubt is not None) == poor
    if doubt:
        assert f"right for {accuracy:.1%} of its test images only" in doubt
    assert poor_accuracy(untrained(data, 0.2, classes=("other", *data.classes)), data) is None
    assert poor_accuracy(untrained(data), data) is None


def test_poor_extractor_of_a_discovery():
    data = noise(tuple("abcdefghij"), (40,) * 10)
    settings = ImageSpectralSettings(n_generators=2, images=16, weight_images=32, held_out=16)
    found = discover_image_spectral(data, untrained(data, accuracy=0.35), settings).metadata
    (doubt,) = found.warnings
    assert doubt.startswith("The extractor is right for 35.0% of its test images only")


def test_nothing_is_a_symmetry_for_an_extractor_at_chance():
    data = noise(("a", "b"), (20, 20))
    settings = ImageSpectralSettings(n_generators=6, images=16, weight_images=32, held_out=16)
    sure = discover_image_spectral(data, untrained(data, accuracy=0.9), settings).metadata
    unsure = discover_image_spectral(data, untrained(data, accuracy=0.55), settings).metadata
    assert not sure.warnings
    assert sure.approximate
    assert "right for 55.0% of 40 test images" in unsure.warnings[0]
    assert unsure.approximate == 0
    assert {record.status for record in unsure.generators} == {"none"}
    assert [r.defect for r in unsure.generators] == [r.defect for r in sure.generators]
