"""Random points of jet space, on which a symmetry condition holds for the equations and not for some solutions only.

Where equations are solved for leading derivatives, the condition is an identity in all the others (Olver,
Applications of Lie Groups to Differential Equations, section 2.3). The data's own jets fill little of that space: on
one smooth trajectory u, u_x, u_xx, ... are functions of x and t, so that fields of many degrees nearly satisfy it
without being symmetries. Drawn independently, in the ranges that the data have, they leave nothing but symmetries.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import prod

import torch

from symgen.generators.space import Space
from symgen.jets.sample import JetSample, is_constant
from symgen.jets.space import Jet


def free_jets(
    space: Space, independent: int, own: JetSample, jets: Sequence[Jet], count: int, seed: int, signed: bool = False
) -> JetSample:
    """`count` points with independent coordinates: the first ones, `independent` variables, uniform in the window,
    unknowns with the data's values.

    Derivatives are normal with the root mean square of those of `own`, a sample of the data, at least that of the
    unknown divided by the window's size for every order: else one that vanishes in the data, as u_xx of straight lines,
    would not be free. Those are taken for all where `own` has no derivatives. `signed`: their signs are those of a
    random point of the data, for equations such as u_t = sqrt(u_x). Unknowns that are constant are uniform in their
    range in `space`.
    """
    draw = torch.Generator().manual_seed(seed)
    like = own.points
    lower, upper = like.new_tensor(space.lower), like.new_tensor(space.upper)
    share = torch.rand(count, space.dimension, dtype=like.dtype, generator=draw).to(like)
    points = lower + share * (upper - lower)
    deviation = dict(zip(space.names, space.scale, strict=True))
    for place in range(independent, space.dimension):
        if not is_constant(like[:, place]):
            points[:, place] = like[_some(own, count, draw), place]
            deviation[space.names[place]] = float(like[:, place].std())
    least = [deviation[j.unknown] / prod(s**k for s, k in zip(space.scale, j.orders, strict=False)) for j in jets]
    size = like.new_tensor(least)
    if len(own.derivatives):
        size = torch.maximum(own.derivatives.square().mean(1).sqrt(), size)
    derivatives = size[:, None] * torch.randn(len(jets), count, dtype=like.dtype, generator=draw).to(like)
    if signed and len(own.derivatives):
        signs = torch.stack([row[_some(own, count, draw)] for row in own.derivatives]).sign()
        derivatives = derivatives.abs() * torch.where(signs == 0, 1.0, signs)
    return JetSample(points, derivatives)


def _some(own: JetSample, count: int, draw: torch.Generator) -> torch.Tensor:
    return torch.randint(len(own.points), (count,), generator=draw).to(own.points.device)
