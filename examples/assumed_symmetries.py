"""An equation from one noisy solution, without and with a symmetry that is known beforehand."""

import os

os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")  # torch's idle threads would spin, and slow small problems down

import warnings

import numpy as np

import symgen

warnings.simplefilter("ignore", symgen.SymgenWarning)  # what is in doubt is looked at below
clean = symgen.simulate("kdv", 1)
u = clean["u"]
u = u + 0.2 * u.std() * np.random.default_rng(0).standard_normal(u.shape)

for assumed in ((), ("d/dx, d/dt", "t*d/dx + d/du")):  # frames that move see the same equation
    print(f"assumed {', '.join(assumed) or 'nothing'}: {symgen.regress(u, x=clean['x'], t=clean['t'], assume=assumed)}")
    found = symgen.discover(u, x=clean["x"], t=clean["t"], assume=assumed)
    certainty = found.metadata.certainty
    print(f"  at least {certainty.at_least} and at most {certainty.at_most} symmetries, bound {certainty.bound:.1e}")
