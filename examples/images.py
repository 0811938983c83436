"""Find the symmetry of images from Python: a set whose classes are invariant under rotations, and what comes out.

Takes a minute on a CPU: a small extractor is trained (and kept in the cache), then an eigenproblem solved.
"""

import math

import symgen
from symgen.generators.algebra import angles_to_span
from symgen.generators.inner_product import field_matrix
from symgen.image.synthetic import synthetic

made = synthetic("rotation", per_class=70, test_per_class=5)
# or your own: symgen.discover(images, labels), symgen.discover("path/to/folder"), symgen.discover("cifar10")
found = symgen.discover(made.data, method="spectral", n_generators=4, extractor_width=8)
print(f"the extractor classifies {found.metadata.image.extractor.accuracy:.0%} of the test images rightly")

moved = found.metadata.image.moved
print("mean angle of the features at s =", moved.scales)
for place, row in enumerate(moved.generators, 1):
    print(f"V{place}", *(f"{angle:.2f}" for angle in row))
for name, row in moved.affine.items():
    print(name, *(f"{angle:.2f}" for angle in row))

first, rotation = (field_matrix(g, found.points, weight=found.weight) for g in (found.generators, made.generator))
print(f"V1 is {math.degrees(float(angles_to_span(first[:, :1], rotation))):.1f} degrees from the rotation")
found.save("rotation-generators.safetensors", force=True)
