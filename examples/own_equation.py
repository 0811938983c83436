"""The symmetries of your own equation in your own arrays: advection with diffusion, from numpy to formulas."""

import os

os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")  # torch's idle threads would spin, and slow small problems down

import numpy as np

from symgen.discovery.pde import discover_spectral
from symgen.discovery.settings import SpectralSettings
from symgen.expressions import parse_field
from symgen.generators.closed_form import formula
from symgen.pde.equation import Equation
from symgen.pde.trajectories import Trajectories, TrajectoryInfo

x = np.arange(128) * (2 * np.pi / 128)
t = np.linspace(0.0, 2.0, 60)
k = np.array([1.0, 2.0, 3.0])[:, None, None]
phase = np.array([0.2, 1.0, 2.5])[:, None, None]
u = np.exp(-0.1 * k**2 * t[:, None]) * np.cos(k * (x - 0.5 * t[:, None]) + phase)  # (sample, time, x)

info = TrajectoryInfo(equation="u_t + u_x/2 - nu*u_xx", parameters={"nu": 0.1}, length=2 * np.pi)
data = Trajectories.from_arrays(u, x, t, info)
found = discover_spectral(data, Equation.from_string(info.equation, info.parameters), SpectralSettings(points=16384))

names = found.metadata.space.names
for record in found.metadata.generators:
    text = formula(parse_field(record.formula, names), names) if record.formula else "no closed form"
    print(f"{record.status:12} {record.defect:8.1e}  {text}")
