"""Relativity from decays: a mass is fitted to momenta, and what leaves it alone is the Lorentz group.

A resonance that decays into two particles is simulated, so that nothing has to be downloaded. Nothing is said of
special relativity to what follows but the numbers: E, px, py, pz of both particles, and the mass of the pair.
"""

import os

os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")  # torch's idle threads would spin, and slow small problems down

import numpy as np

import symgen
from symgen.inspection.point_structure import algebra_of_points, forms_of_points

MUON = 0.1057
"""Mass in GeV."""


def decays(n, seed=0):
    """Momenta (n, 2, 4) in GeV of the muons that resonances of 3.1 or 9.5 GeV, which fly, decay into."""
    random = np.random.default_rng(seed)
    mass = random.choice([3.1, 9.5], n) * (1 + 0.05 * random.standard_normal(n))
    way = random.standard_normal((n, 3))
    way /= np.linalg.norm(way, axis=1, keepdims=True)
    own = np.sqrt(mass**2 / 4 - MUON**2)[:, None] * way  # of one muon where the resonance is at rest
    flight = random.standard_normal((n, 3)) * [3, 3, 8]  # momentum of the resonance
    energy = np.sqrt(mass**2 + (flight**2).sum(1))
    momenta = []
    for p in (own, -own):
        e = mass / 2
        along = (p * flight).sum(1)
        boosted = p + flight * (along / (mass * (energy + mass)) + e / mass)[:, None]
        momenta.append(np.concatenate([((energy * e + along) / mass)[:, None], boosted], 1))
    return np.stack(momenta, 1)


momenta = decays(2000)
total = momenta.sum(1)
mass = np.sqrt(total[:, 0] ** 2 - (total[:, 1:] ** 2).sum(1))

np.savez("decays.npz", momenta=momenta, mass=mass)  # for `symgen discover decays.npz --target mass`

found = symgen.discover(momenta, target=mass, columns=("E", "px", "py", "pz"), library="linear")
print(found)
algebra = algebra_of_points(found)
print(f"algebra: {algebra}")
print(f"invariant: {forms_of_points(found, algebra)}")

more = symgen.augment(found, momenta, mass, copies=3, scale=0.5)
moved, masses = more.batch(range(len(momenta), len(more)))
sums = moved.sum(1)
error = (sums[:, 0] ** 2 - (sums[:, 1:] ** 2).sum(1)).sqrt() - masses
print(f"{len(moved)} moved copies, of masses that are off by at most {error.abs().max():.1e} GeV")
