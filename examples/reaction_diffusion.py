"""A field in two space dimensions: spiral waves of a reaction-diffusion system, simulated, saved, and discovered in."""

import os

os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")  # torch's idle threads would spin, and slow small problems down

from symgen.catalog.simulate_system import SystemSimulationSettings, simulate_system
from symgen.discovery.settings import SystemSettings
from symgen.discovery.system import discover_system
from symgen.discovery.system_source import system_of
from symgen.expressions import parse_field
from symgen.generators.closed_form import formula
from symgen.pde.solutions_file import load_solutions, save_solutions

settings = SystemSimulationSettings.for_system("reaction-diffusion", n=4, points=32, lengths=6.0, duration=1.0)
save_solutions(simulate_system("reaction-diffusion", settings), "spirals.h5", force=True)

data = load_solutions("spirals.h5")  # which says what equations it solves
found = discover_system(data, system_of(data, [], {}), SystemSettings())

names = found.metadata.space.names
for record in found.metadata.generators:
    print(f"{record.verdict:8} {record.defect:8.1e}  {formula(parse_field(record.formula, names), names)}")
