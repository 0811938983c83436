"""Find the symmetry of images from Python: a set whose classes are invariant under rotations, and what comes out.

Takes a minute on a CPU: a small extractor is trained, then an eigenproblem solved.
"""

import math

from symgen.discovery.image import discover_image_spectral
from symgen.discovery.image_settings import ImageSpectralSettings
from symgen.generators.algebra import angles_to_span
from symgen.generators.inner_product import field_matrix
from symgen.image.settings import TrainingSettings
from symgen.image.synthetic import synthetic
from symgen.image.training import train_extractor

made = synthetic("rotation", per_class=70, test_per_class=5)  # or load_images("cifar10"), load_images("path/to/folder")
extractor = train_extractor(made.data, TrainingSettings(width=8, batch=64, lr=0.2, stages=((1.0, 9),)))
print(f"the extractor classifies {extractor.info.accuracy:.0%} of the test images rightly")

found = discover_image_spectral(made.data, extractor, ImageSpectralSettings(n_generators=4))
moved = found.metadata.domain.moved
print("mean angle of the features at s =", moved.scales)
for place, row in enumerate(moved.generators, 1):
    print(f"V{place}", *(f"{angle:.2f}" for angle in row))
for name, row in moved.affine.items():
    print(name, *(f"{angle:.2f}" for angle in row))

first, rotation = (field_matrix(g, found.points, weight=found.weight) for g in (found.generators, made.generator))
print(f"V1 is {math.degrees(float(angles_to_span(first[:, :1], rotation))):.1f} degrees from the rotation")
found.save("rotation-generators.safetensors", force=True)
