"""Arrays without an equation: the equation is found first, then its symmetries, by data and by algebra."""

import os

os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")  # torch's idle threads would spin, and slow small problems down

import numpy as np

import symgen

x = np.arange(128) * (8 / 128)
t = np.linspace(0.0, 4.0, 80)
draw = np.random.default_rng(0)
u = np.zeros((6, len(t), len(x)))  # (sample, time, x)
for k in range(1, 5):
    for speed in (-2, 2):
        size, phase = draw.uniform(-0.5, 0.5, (6, 1, 1)), draw.uniform(0, 2 * np.pi, (6, 1, 1))
        u += size * np.sin(2 * np.pi * k / 8 * (x - speed * t[:, None]) + phase)
u += 0.01 * u.std() * draw.standard_normal(u.shape)  # 1% of noise

print(symgen.regress(u, x=x, t=t))
found = symgen.discover(u, x=x, t=t, t_degree=6)  # which does the same first
print(found)
print(symgen.compare(found, "lps"))
print(symgen.algebra(found.metadata.pde.equation, degree=2))
