"""Random points of jet space, on which a symmetry condition holds for the equation and not for some solutions only.

Where an equation is solved for a leading derivative, the condition is an identity in all the others (Olver,
Applications of Lie Groups to Differential Equations, section 2.3). The data's own jets fill little of that space: on
one smooth trajectory u, u_x, u_xx, ... are functions of x and t, so that fields of many degrees nearly satisfy it
without being symmetries. Drawn independently, in the ranges that the data have, they leave nothing but symmetries.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch

from symgen.generators.space import Space
from symgen.pde.grammar import Jet
from symgen.pde.jets import JetSample


def free_jets(
    space: Space, own: JetSample, jets: Sequence[Jet], count: int, seed: int, signed: bool = False
) -> JetSample:
    """`count` points with independent coordinates: x and t uniform in the window, u one of the data's values.

    Derivatives are normal with the root mean square of those of `own`, a sample of the data, at least that of u divided
    by the window's size for every order: else one that vanishes in the data, as u_xx of straight lines, would not be
    free. `signed`: their signs are those of a random point of the data, for equations such as u_t = sqrt(u_x).
    """
    draw = torch.Generator().manual_seed(seed)
    like = own.points
    share = torch.rand(count, 2, dtype=like.dtype, generator=draw).to(like)
    lower, upper = like.new_tensor(space.lower), like.new_tensor(space.upper)
    points = torch.empty(count, 3, dtype=like.dtype, device=like.device)
    points[:, :2] = lower[:2] + share * (upper - lower)[:2]
    points[:, 2] = own.points[_some(own, count, draw), 2]
    found = own.derivatives.square().mean(1).sqrt()
    deviation = float(own.points[:, 2].std()) or space.scale[2]
    least = like.new_tensor([deviation / (space.scale[0] ** i * space.scale[1] ** j) for i, j in jets])
    size = torch.maximum(found, least)[:, None]
    derivatives = size * torch.randn(len(jets), count, dtype=like.dtype, generator=draw).to(like)
    if signed:
        signs = torch.stack([row[_some(own, count, draw)] for row in own.derivatives]).sign()
        derivatives = derivatives.abs() * torch.where(signs == 0, 1.0, signs)
    if (0, 0) in jets:
        derivatives[list(jets).index((0, 0))] = points[:, 2]
    return JetSample(points, derivatives)


def _some(own: JetSample, count: int, draw: torch.Generator) -> torch.Tensor:
    return torch.randint(len(own.points), (count,), generator=draw).to(own.points.device)
