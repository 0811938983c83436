"""The symmetries of an ordinary equation of second order: orbits about the sun, integrated by scipy."""

import os

os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")  # torch's idle threads would spin, and slow small problems down

import numpy as np
from scipy.integrate import solve_ivp

import symgen


def motion(_, state):
    q, p = state[:2], state[2:]
    return [*p, *(-q / np.hypot(*q) ** 3)]


t = np.linspace(0, 6, 301)
starts = [(1, 0, 0, 0.9), (0.8, 0.3, -0.4, 1.0), (1.2, -0.2, 0.1, 0.8)]
orbits = [solve_ivp(motion, (0, 6), start, "DOP853", t, rtol=1e-12, atol=1e-12).y for start in starts]
q1, q2 = (np.stack([orbit[place] for orbit in orbits]) for place in (0, 1))  # (sample, time)

gravity = ["q1_tt = -q1/(q1^2 + q2^2)^(3/2)", "q2_tt = -q2/(q1^2 + q2^2)^(3/2)"]
print(symgen.discover(q1=q1, q2=q2, t=t, equation=gravity))
