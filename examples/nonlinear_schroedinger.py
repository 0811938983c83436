"""The symmetries of a system: a complex field in your own arrays, from numpy to formulas."""

import os

os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")  # torch's idle threads would spin, and slow small problems down

import numpy as np

import symgen

x, t = np.linspace(-12, 12, 161), np.linspace(0, 1, 41)
height, speed, start = (np.array(values)[:, None, None] for values in ([1.0, 1.4], [0.5, -1.0], [-2.0, 1.0]))
moving = x - start - speed * t[:, None]
phase = speed * x / 2 + (height**2 - speed**2 / 4) * t[:, None]
psi = height / np.cosh(height * moving) * np.exp(1j * phase)  # two solitons: (sample, time, x), complex

# of psi_r and psi_i from here on
print(symgen.discover(psi=psi, x=x, t=t, boundary="open", equation="I*psi_t + psi_xx + 2*abs(psi)^2*psi = 0"))
