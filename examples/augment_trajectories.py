"""Train on moved trajectories: a Dataset that augments on the fly, with the true symmetries of Burgers' equation.

With generators that were discovered, `symgen.load(path)` takes the place of "lps", the true symmetries.
"""

import os

os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")  # torch's idle threads would spin, and slow small problems down

import torch

import symgen

data = symgen.simulate("burgers", 8)
dataset = symgen.augment("lps", data, scale=0.1, original=0.5, least_times=60)

torch.manual_seed(0)
for values, covered in torch.utils.data.DataLoader(dataset, batch_size=4, shuffle=True):
    whole = covered.all(2).all(0).nonzero().flatten()  # times that all of the batch cover
    start = int(whole[torch.randint(0, len(whole) - 39, ())])  # a training window of 40 of them
    window = values[:, start : start + 40, :, 0]
    print("batch", tuple(window.shape), "from time", start, "- finite:", bool(window.isfinite().all()))
