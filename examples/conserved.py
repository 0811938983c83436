"""What is conserved: by algebra, with the symmetry that gives it, and how well solutions keep it."""

import os

os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")  # torch's idle threads would spin, and slow small problems down

import symgen
from symgen.conserved.found import conserved_in_data
from symgen.discovery.conserved import conserved_by
from symgen.equations.conservation.laws import conservation_laws

waves = symgen.System.from_strings(["u_tt = u_xx - sin(u)"])
found = conservation_laws(waves)
print(f"{waves}, Lagrangian {found.lagrangian}")
for law in found.laws:
    print(f"  {law.name}: {law.density}, flux {law.flux[0]}, from {law.symmetry}")

planet = symgen.System.from_strings(["q_tt = -q/(q^2 + p^2)^(3/2)", "p_tt = -p/(q^2 + p^2)^(3/2)"])
for law in conservation_laws(planet).laws:
    print(f"  {law.name}: {law.density}")

data = symgen.simulate("nls", 16)
kept = conserved_by(data, symgen.System.from_strings(data.info.equations))
for record in kept.records:
    print(f"  {record.name}: drift {record.drift:.1e}, of {record.control_density} {record.control:.1e}")

print("without the equation:")
for record in conserved_in_data(data).records:
    print(f"  {record.verdict}: {record.density}")
