"""Use a generators file: evaluate the fields, and move a trajectory along one of them.

Run `symgen discover kdv` in this folder first.
"""

import numpy as np

import symgen

gens = symgen.load("kdv-generators.safetensors")
print(gens.metadata.domain.equation, "= 0:", *gens.formulas, sep="\n")

u, x, t = (gens.specimen[name].numpy() for name in ("u", "x", "t"))
graph = np.stack([*np.broadcast_arrays(x, t[:, None], u)], axis=-1)  # (time, x, 3): points (x, t, u)
print("components at the first points:", gens(graph[0, :2]))

moved = gens[2].flow(graph, 0.3)  # the third generator, by s = 0.3
print(f"{gens[2].formula}: the first point moves from", graph[0, 0], "to", moved[0, 0])
