"""A field in two space dimensions: spiral waves of a reaction-diffusion system, simulated, saved, and discovered in."""

import os

os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")  # torch's idle threads would spin, and slow small problems down

import numpy as np

from symgen.discovery.settings import SystemSettings
from symgen.discovery.system import discover_system
from symgen.discovery.system_source import system_of
from symgen.equations.system import System
from symgen.expressions import parse_field
from symgen.generators.closed_form import formula
from symgen.pde.axis import Axis
from symgen.pde.info import SolutionsInfo
from symgen.pde.initial import random_states
from symgen.pde.method_of_lines import solve_system
from symgen.pde.solutions_file import load_solutions, save_solutions

EQUATIONS = [
    "u_t = d*lap(u) + (1 - u^2 - v^2)*u + (u^2 + v^2)*v",
    "v_t = d*lap(v) + (1 - u^2 - v^2)*v - (u^2 + v^2)*u",
]
PARAMETERS = {"d": 0.1}

plane = [Axis(name, np.arange(32) * 6.0 / 32, periodic=True) for name in ("x", "y")]
system = System.from_strings(EQUATIONS, PARAMETERS, ["x", "y", "t"])
initial = random_states(range(4), 0, ["u", "v"], plane, amplitude=0.2)
info = SolutionsInfo(equations=tuple(EQUATIONS), parameters=PARAMETERS)
save_solutions(solve_system(system, initial, np.linspace(0, 1, 33), plane, info), "spirals.h5", force=True)

data = load_solutions("spirals.h5")  # which says what equations it solves
found = discover_system(data, system_of(data, [], {}), SystemSettings())
found.save("spirals-generators.safetensors", force=True)  # for symgen inspect

names = found.metadata.space.names
for record in found.metadata.generators:
    print(f"{record.verdict:8} {record.defect:8.1e}  {formula(parse_field(record.formula, names), names)}")
