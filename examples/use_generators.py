"""Use a generators file: evaluate the fields, and move a trajectory along one of them.

Run `symgen discover kdv` in this folder first.
"""

import torch

import symgen
from symgen.flow import Flow

gens = symgen.load("kdv-generators.safetensors")
print(gens.metadata.domain.equation, "= 0, defects", gens.defects.tolist())

u, x, t = (gens.specimen[name] for name in ("u", "x", "t"))
graph = torch.stack([x.expand_as(u), t[:, None].expand_as(u), u], dim=-1)  # (time, x, 3): points (x, t, u)
print("components at the first points:", gens(graph[0, :2]))

flow = Flow(gens.generators)
moved = flow(graph.flatten(0, 1), 0.3, generator=2).reshape(graph.shape)  # the third generator, by s = 0.3
print("the first point moves from", graph[0, 0].tolist(), "to", moved[0, 0].tolist())
