"""The symmetries of an ordinary equation of second order: orbits about the sun, integrated by scipy."""

import os

os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")  # torch's idle threads would spin, and slow small problems down

import numpy as np
from scipy.integrate import solve_ivp

from symgen.discovery.settings import SystemSettings
from symgen.discovery.system import discover_system
from symgen.discovery.system_source import system_of
from symgen.expressions import parse_field
from symgen.generators.closed_form import formula
from symgen.pde.solutions import Solutions


def motion(_, state):
    q, p = state[:2], state[2:]
    return [*p, *(-q / np.hypot(*q) ** 3)]


t = np.linspace(0, 6, 301)
starts = [(1, 0, 0, 0.9), (0.8, 0.3, -0.4, 1.0), (1.2, -0.2, 0.1, 0.8)]
orbits = [solve_ivp(motion, (0, 6), start, "DOP853", t, rtol=1e-12, atol=1e-12).y for start in starts]
q1, q2 = (np.stack([orbit[place] for orbit in orbits]) for place in (0, 1))  # (sample, time)

data = Solutions.from_arrays({"q1": q1, "q2": q2}, {"t": t})
given = system_of(data, ["q1_tt = -q1/(q1^2 + q2^2)^(3/2)", "q2_tt = -q2/(q1^2 + q2^2)^(3/2)"], {})
found = discover_system(data, given, SystemSettings())

names = found.metadata.space.names
for record in found.metadata.generators:
    print(f"{record.verdict:8} {record.defect:8.1e}  {formula(parse_field(record.formula, names), names)}")
