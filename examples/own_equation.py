"""The symmetries of your own equation in your own arrays: advection with diffusion, from numpy to formulas."""

import os

os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")  # torch's idle threads would spin, and slow small problems down

import numpy as np

import symgen

x = np.arange(128) * (2 * np.pi / 128)
t = np.linspace(0.0, 2.0, 60)
k = np.array([1.0, 2.0, 3.0])[:, None, None]
phase = np.array([0.2, 1.0, 2.5])[:, None, None]
u = np.exp(-0.1 * k**2 * t[:, None]) * np.cos(k * (x - 0.5 * t[:, None]) + phase)  # (sample, time, x)

found = symgen.discover(u, x=x, t=t, equation="u_t + u_x/2 = nu*u_xx", parameters={"nu": 0.1})
print(found)
