"""What a network has learned: a model of a force is trained on examples, and asked for its symmetries.

The force is that of a charge in a plane, which turns when the place turns. No layer knows that, so the network has it
from the examples alone: as well as it has learned, and where there were some.
"""

import os

os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")  # torch's idle threads would spin, and slow small problems down

import torch

import symgen

torch.manual_seed(0)
places = 2 * torch.rand(3000, 2) - 1
force = 4 * places * torch.exp(-2 * places.square().sum(1, keepdim=True))
model = torch.nn.Sequential(
    torch.nn.Linear(2, 64), torch.nn.SiLU(), torch.nn.Linear(64, 64), torch.nn.SiLU(), torch.nn.Linear(64, 2)
)


def symmetries():
    """Linear fields on places and forces, that the model takes from ones to the others."""
    return symgen.symmetries_of(model, places, "equivariance", "linear", ("x", "y"), ("fx", "fy"))


print("Before training:")
print(symmetries())

optimiser = torch.optim.Adam(model.parameters(), 1e-2)
schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimiser, 1500)
for _ in range(1500):
    optimiser.zero_grad()
    loss = (model(places) - force).square().mean()
    loss.backward()
    optimiser.step()
    schedule.step()

print(f"\nTrained to an error of {loss.detach().sqrt() / force.std():.1e} of the force's deviation:")
print(symmetries())
