"""A field in two space dimensions: spiral waves of a reaction-diffusion system, simulated, saved, and discovered in."""

import os

os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")  # torch's idle threads would spin, and slow small problems down

import symgen

spirals = symgen.simulate("reaction-diffusion", 4, points=32, length=6.0, duration=1.0)
spirals.save("spirals.h5", force=True)

print(symgen.load_data("spirals.h5"))  # which says what equations it solves
print(symgen.discover("spirals.h5"))
