"""Train on moved solutions of a system: a Dataset that augments on the fly, in the plane.

With generators that were discovered, `of_artifact(symgen.load(path))` takes the place of `of_system(data, given)`.
"""

import os

os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")  # torch's idle threads would spin, and slow small problems down

import torch

from symgen.augmentation import AugmentedSolutions
from symgen.augmentation.solution_selection import keeping_periods, of_system
from symgen.catalog.simulate_system import SystemSimulationSettings, simulate_system
from symgen.discovery.system_source import system_of

data = simulate_system("reaction-diffusion", SystemSimulationSettings.for_system("reaction-diffusion", n=4, points=32))
given = system_of(data, [], {})  # the equations that the data say they solve
symmetries = keeping_periods(of_system(data, given), data)
print("moved by", ", ".join(symmetries.names))
for name, why in symmetries.left_out:
    print("left out", name, "-", why)

dataset = AugmentedSolutions(data, symmetries.generators, given.system, scale=0.1, original=0.5)
torch.manual_seed(0)
for values, covered in torch.utils.data.DataLoader(dataset, batch_size=2, shuffle=True):
    known = covered.flatten(2).all(2).sum(1)  # a translation in t carries the first or last times out of the window
    print("batch", tuple(values.shape), "(solution, time, x, y, unknown); times known:", known.tolist())
