"""Move images by random combinations of generators, in a pipeline of torchvision and on whole batches.

The fields here are known ones, rotation and shear. Those of a file do as well: `symgen.augment(path, scale=0.2)`.
"""

import os

os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")  # torch's idle threads would spin, and slow small problems down

import torch
from torchvision.transforms import v2

from symgen.augmentation import RandomSymmetry
from symgen.generators.closed_form import ClosedFormGenerators
from symgen.image.affine import AFFINE
from symgen.image.fields import IMAGE_SPACE

generators = ClosedFormGenerators(IMAGE_SPACE, [AFFINE["rotation"], AFFINE["shear"]])

torch.manual_seed(0)
pipeline = v2.Compose(
    [
        v2.RandomHorizontalFlip(),
        RandomSymmetry(generators, scale=0.2),  # coefficients uniform in +-0.2, anew for every call
        v2.ToDtype(torch.float32, scale=True),
    ]
)
image = torch.randint(0, 256, (3, 32, 32), dtype=torch.uint8)
moved = pipeline(image)
print("one image:", tuple(moved.shape), moved.dtype)

device = "cuda" if torch.cuda.is_available() else "cpu"
batch = torch.rand(128, 3, 32, 32, device=device)
every = RandomSymmetry(generators, scale=0.2, each=True).to(device)  # every image of the batch its own coefficients
print("a batch:", tuple(every(batch).shape), "on", every(batch).device.type)
