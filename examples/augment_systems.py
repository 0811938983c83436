"""Train on moved solutions of a system: a Dataset that augments on the fly, in the plane.

With generators that were discovered, `symgen.load(path)` takes the place of "lps", the true symmetries.
"""

import os

os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")  # torch's idle threads would spin, and slow small problems down

import logging

import torch

import symgen

logging.basicConfig(format="%(message)s")
logging.getLogger("symgen").setLevel(logging.INFO)  # says which generators are left out

data = symgen.simulate("reaction-diffusion", 4, points=32)
dataset = symgen.augment("lps", data, scale=0.1, original=0.5)
torch.manual_seed(0)
for values, covered in torch.utils.data.DataLoader(dataset, batch_size=2, shuffle=True):
    known = covered.flatten(2).all(2).sum(1)  # a translation in t carries the first or last times out of the window
    print("batch", tuple(values.shape), "(solution, time, x, y, unknown); times known:", known.tolist())
