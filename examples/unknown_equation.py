"""Arrays without an equation: the equation is found first, then its symmetries, by data and by algebra."""

import os

os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")  # torch's idle threads would spin, and slow small problems down

import numpy as np

from symgen.discovery.pde import discover_spectral
from symgen.discovery.regression import with_regression
from symgen.discovery.settings import SpectralSettings
from symgen.generators.closed_form import formula
from symgen.inspection.comparison import compare
from symgen.inspection.reference import reference
from symgen.pde.equation import Equation
from symgen.pde.symmetry_algebra import symmetry_algebra
from symgen.pde.trajectories import Trajectories, TrajectoryInfo

x = np.arange(128) * (8 / 128)
t = np.linspace(0.0, 4.0, 80)
draw = np.random.default_rng(0)
u = np.zeros((6, len(t), len(x)))  # (sample, time, x)
for k in range(1, 5):
    for speed in (-2, 2):
        size, phase = draw.uniform(-0.5, 0.5, (6, 1, 1)), draw.uniform(0, 2 * np.pi, (6, 1, 1))
        u += size * np.sin(2 * np.pi * k / 8 * (x - speed * t[:, None]) + phase)
u += 0.01 * u.std() * draw.standard_normal(u.shape)  # 1% of noise

data = with_regression(Trajectories.from_arrays(u, x, t, TrajectoryInfo(length=8.0)))
found = data.regression
print(f"{found.equation} = 0, noise {found.noise:.1%}")
for term in found.terms:
    print(f"  {term.text}: {term.coefficient:.5f} +- {term.error:.1g}")

equation = Equation.from_string(found.equation)
generators = discover_spectral(data, equation, SpectralSettings(t_degree=6, points=16384))
print(f"{generators.metadata.exact} symmetries found in the data")
comparison = compare(generators, reference(generators, "lps"))
print(f"{comparison.distance:.1e} rad from those that algebra finds:")
for field in symmetry_algebra(equation, degree=2).fields:
    print(f"  {formula(field, ('x', 't', 'u'))}")
