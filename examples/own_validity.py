"""A score of your own: the energy of a small molecule, and the motions that leave it as it is.

A Validity says what must not change when points are moved: here a class of a few lines, with torch. Everything else
comes with it: the eigenproblem, flow training of networks, files that `symgen inspect` reads, figures.
"""

import os

os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")  # torch's idle threads would spin, and slow small problems down

import torch

import symgen
from symgen.discovery.point_flow import discover_points_flow
from symgen.discovery.point_settings import PointFlowSettings
from symgen.plots import all_figures, save_figure
from symgen.points.point_set import PointSet
from symgen.validity.points import PointValidity

REST = torch.tensor([[0, 0, 0], [1.5, 0, 0], [2.1, 1.3, 0], [3.2, 1.4, 1.1]], dtype=torch.float64)
"""Where four atoms are at rest, in angstrom."""


class Energy(PointValidity):
    """Springs along the bonds of a chain of four atoms, and the Coulomb energy of their partial charges."""

    outputs = ("energy",)
    first, second = torch.triu_indices(4, 4, 1)
    rest = (REST[first] - REST[second]).norm(dim=1)
    springs = torch.tensor([30.0, 0, 0, 25, 0, 20])  # eV per square angstrom, of bonds 0-1, 1-2 and 2-3
    charges = torch.tensor([0.4, -0.5, 0.3, -0.2])

    def score(self, points: torch.Tensor) -> torch.Tensor:
        """Energy in eV of positions (B, 4, 3) in angstrom -> (B,)."""
        distances = (points[:, self.first] - points[:, self.second]).norm(dim=2)
        bonds = (self.springs * (distances - self.rest) ** 2).sum(1) / 2
        return bonds + (14.4 * self.charges[self.first] * self.charges[self.second] / distances).sum(1)


random = torch.Generator().manual_seed(0)
turns = torch.linalg.qr(torch.randn(600, 3, 3, dtype=torch.float64, generator=random)).Q
shaken = REST + 0.15 * torch.randn(600, 4, 3, dtype=torch.float64, generator=random)
places = torch.randn(600, 1, 3, dtype=torch.float64, generator=random)
molecules = PointSet.from_array(shaken @ turns.mT + places, ("x", "y", "z"), source="molecules")

print("Eigenproblem: one affine field that moves all atoms")
found = symgen.discover(Energy(molecules))
print(found)
found.save("molecule-generators.safetensors", force=True)

print("\nFlow training: networks, from there")
settings = PointFlowSettings(steps=60, width=32, head_width=16, batch=64)
trained, training = discover_points_flow(Energy(molecules), settings)
print(trained)
trained.save("molecule-networks.safetensors", force=True)
for title, figure in all_figures(trained, history=training.history).items():
    save_figure(figure, f"molecule-{title}.png", force=True)
    print(f"molecule-{title}.png")
