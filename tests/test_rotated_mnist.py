"""The field's own test: on digits turned by any angle rotation is the symmetry, on upright ones it is not."""

from __future__ import annotations

import math

import pytest

from symgen.discovery.image import discover_image_spectral
from symgen.discovery.image_settings import ImageSpectralSettings
from symgen.generators.algebra import angles_to_span
from symgen.generators.inner_product import field_matrix
from symgen.image.affine import AFFINE, affine_generators
from symgen.image.labelled import ImageData, Labelled
from symgen.image.rotated import rotated
from symgen.image.settings import TrainingSettings
from symgen.image.training import train_extractor
from symgen.validity.moved_images import at_scale

TRAINED = TrainingSettings(width=8, batch=64, stages=((0.75, 3), (1.0, 1)), lr=0.2)


def discovered(mnist, turned):
    """Of a few thousand digits: the accuracy, angles of generators to the rotation in degrees, and defects."""
    train = Labelled(mnist.train.images[::8], mnist.train.labels[::8])
    test = Labelled(mnist.test.images[::10], mnist.test.labels[::10])
    data = ImageData.of("digits", train, test, mnist.classes)
    data = rotated(data) if turned else data
    extractor = train_extractor(data, TRAINED)
    settings = ImageSpectralSettings(n_generators=4, held_out=100)
    artifact = discover_image_spectral(data, extractor, settings)
    fields = field_matrix(artifact.generators, artifact.points, weight=artifact.weight)
    affine = field_matrix(affine_generators(), artifact.points, weight=artifact.weight)
    angles = angles_to_span(fields, affine[:, [list(AFFINE).index("rotation")]]) * 180 / math.pi
    table = artifact.metadata.image.moved
    known = {name: at_scale((row,), table.scales)[0] for name, row in table.affine.items()}
    return extractor.info.accuracy, angles.tolist(), at_scale(table.generators, table.scales), known


@pytest.mark.slow
def test_rotation_is_found_in_turned_digits(mnist):
    accuracy, angles, defects, known = discovered(mnist, turned=True)
    assert accuracy > 0.8
    # all 60000 digits and twice the width: 3 degrees, and a third of the next one's defect
    assert angles[0] < min(30, *angles[1:])
    assert defects[0] < 0.9 * defects[1]
    assert known.pop("rotation") < 0.8 * min(known.values())


@pytest.mark.slow
def test_rotation_is_no_symmetry_of_upright_digits(mnist):
    accuracy, angles, _, known = discovered(mnist, turned=False)
    assert accuracy > 0.9
    assert angles[0] > 30
    assert known["rotation"] > min(known.values())
