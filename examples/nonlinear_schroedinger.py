"""The symmetries of a system: a complex field in your own arrays, from numpy to formulas."""

import os

os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")  # torch's idle threads would spin, and slow small problems down

import numpy as np

from symgen.discovery.settings import SystemSettings
from symgen.discovery.system import discover_system
from symgen.discovery.system_source import system_of
from symgen.expressions import parse_field
from symgen.generators.closed_form import formula
from symgen.pde.solutions import Solutions

x, t = np.linspace(-12, 12, 161), np.linspace(0, 1, 41)
height, speed, start = (np.array(values)[:, None, None] for values in ([1.0, 1.4], [0.5, -1.0], [-2.0, 1.0]))
moving = x - start - speed * t[:, None]
phase = speed * x / 2 + (height**2 - speed**2 / 4) * t[:, None]
psi = height / np.cosh(height * moving) * np.exp(1j * phase)  # two solitons: (sample, time, x), complex

data = Solutions.from_arrays({"psi": psi}, {"t": t, "x": x}, periodic=False)
given = system_of(data, ["I*psi_t + psi_xx + 2*abs(psi)^2*psi = 0"], {})  # of psi_r and psi_i from here on
found = discover_system(data, given, SystemSettings(degree=2))

names = found.metadata.space.names
for record in found.metadata.generators:
    print(f"{record.verdict:8} {record.defect:8.1e}  {formula(parse_field(record.formula, names), names)}")
