"""Generators of images without a network: the affine ones and smooth random ones, with a table that was made up."""

from __future__ import annotations

from symgen.generators.artifact import Artifact
from symgen.generators.domains import ImageDomain, ModelRecord, MovedImages
from symgen.generators.metadata import DataRecord, GeneratorRecord, Metadata, Resemblance
from symgen.image.affine import AFFINE
from symgen.image.fields import IMAGE_SPACE, random_fields
from symgen.image.warp import pixel_grid

SCALES = (-0.3, -0.1, 0.1, 0.3)
SIDE = 12


def image_artifact(count: int, symmetries: int = 2) -> Artifact:
    """So many fields on images of 12 x 12 pixels, the first of which are called symmetries, and one a rotation."""
    points = pixel_grid(SIDE, SIDE).double().reshape(-1, 2)
    weight = (-3 * points.square().sum(1)).exp()
    weight = weight / weight.mean()
    fields = random_fields(count, points, weight, 3, seed=1)
    angles = [0.1 * (k + 1) for k in range(count)]
    table = MovedImages(
        images=50,
        scales=SCALES,
        generators=tuple(tuple(abs(s) * angle for s in SCALES) for angle in angles),
        affine={name: tuple(abs(s) * (2 + k) for s in SCALES) for k, name in enumerate(AFFINE)},
        random=tuple(tuple(abs(s) * (3 + k / 10) for s in SCALES) for k in range(10)),
    )
    records = tuple(
        GeneratorRecord(
            defect=0.3 * angle,
            status="approximate" if k < symmetries else "none",
            resembles=Resemblance(name="rotation", cosine=0.97) if k == 0 else None,
        )
        for k, angle in enumerate(angles)
    )
    metadata = Metadata(
        symgen_version="0",
        torch_version="0",
        kind="closed-form",
        method="spectral",
        space=IMAGE_SPACE,
        domain=ImageDomain(
            name="blobs",
            height=SIDE,
            width=SIDE,
            classes=None,
            padding="reflection",
            extractor=ModelRecord(architecture="MLP", outputs=3, channels=3, flattened=False, precision="float32"),
            moved=table,
        ),
        generators=records,
        spectrum=tuple(angles),
        exact=0,
        approximate=symmetries,
        gap=1.0,
        rounding=0.0,
        rule="",
        data=DataRecord(source=None, sha256=None, samples=50),
        settings={},
        seed=0,
    )
    image = (points.square().sum(1) < 0.3).double().reshape(1, SIDE, SIDE).expand(3, -1, -1)
    return Artifact(fields, metadata, points, {"image": image.float()}, weight)
