"""Train on moved trajectories: a Dataset that augments on the fly, with the true symmetries of Burgers' equation.

With generators that were discovered, `of_artifact(symgen.load(path))` takes the place of `of_equation(data)`.
"""

import os

os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")  # torch's idle threads would spin, and slow small problems down

import torch

from symgen.augmentation import AugmentedTrajectories
from symgen.augmentation.selection import of_equation
from symgen.catalog.simulate import SimulationSettings, simulate
from symgen.pde.equation import Equation

data = simulate("burgers", SimulationSettings.for_equation("burgers", n=8))
symmetries = of_equation(data).without_shifting_period(data)
print("moved by", ", ".join(symmetries.names))
for name, why in symmetries.left_out:
    print("left out", name, "-", why)

equation = Equation.from_string(data.info.equation, data.info.parameters)
dataset = AugmentedTrajectories(data, symmetries.generators, equation, scale=0.1, original=0.5)

torch.manual_seed(0)
for u, valid in torch.utils.data.DataLoader(dataset, batch_size=4, shuffle=True):
    # a training window of 40 times that all of the batch cover
    first, end = int(valid[:, 0].max()), int(valid[:, 1].min())
    start = int(torch.randint(first, end - 40 + 1, ()))
    window = u[:, start : start + 40]
    print("batch", tuple(window.shape), "from time", start, "- finite:", bool(window.isfinite().all()))
