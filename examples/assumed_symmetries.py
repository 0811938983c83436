"""An equation from one noisy solution, without and with a symmetry that is known beforehand."""

import os

os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")  # torch's idle threads would spin, and slow small problems down

import numpy as np

from symgen.catalog.simulate import SimulationSettings, simulate
from symgen.discovery.pde import discover_spectral
from symgen.discovery.regression import with_regression
from symgen.discovery.settings import SpectralSettings
from symgen.pde.equation import Equation
from symgen.pde.trajectories import Trajectories, TrajectoryInfo

clean = simulate("kdv", SimulationSettings.for_equation("kdv", n=1))
u = clean.read([0])
u = u + 0.2 * u.std() * np.random.default_rng(0).standard_normal(u.shape)
noisy = Trajectories.from_arrays(u, clean.x, clean.t, TrajectoryInfo(length=clean.info.length))

for assumed in ((), ("d/dx, d/dt", "t*d/dx + d/du")):  # frames that move see the same equation
    data = with_regression(noisy, assume=assumed)
    print(f"assumed {', '.join(assumed) or 'nothing'}: {data.regression.equation} = 0")
    for term in data.regression.terms:
        print(f"  {term.text}: {term.coefficient:.4f} +- {term.error:.1g}")
    generators = discover_spectral(data, Equation.from_string(data.regression.equation), SpectralSettings())
    certainty = generators.metadata.certainty
    print(f"  at least {certainty.at_least} and at most {certainty.at_most} symmetries, bound {certainty.bound:.1e}")
