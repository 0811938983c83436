"""Free jets of the sizes that an equation found in data was found at.

Such an equation is known to hold in averages over test functions, where noise has gone, and finer structure too: how
large a term is beside others, and so how much of a symmetry it may break, is judged there. Derivatives of the data
themselves may be those of noise, or of a shock that the averages do not see.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import cache
from math import prod

import numpy as np
import torch

from symgen.discovery.certainty.judgement import Samples
from symgen.discovery.problem import Problem
from symgen.jets.sample import JetSample
from symgen.jets.space import Jet
from symgen.pde.axis import Axis
from symgen.pde.free_jets import free_jets
from symgen.pde.readers.remembered import evenly
from symgen.pde.solution_jets import TooCoarse, sample_jets
from symgen.pde.solutions import Solutions
from symgen.pde.weak_form import bump

POINTS = 256
OWN = 4096
MOST_VALUES = 2**20
LEAST_POINTS = 24
"""Of an axis that is left by averages."""


def free_samples(problem: Problem) -> Samples:
    """Of a problem: points of the data, with independent derivatives of the size that averages of the data have."""
    names = {name for one in problem.posteriors for name in one.widths}
    widths = {name: min(one.widths.get(name, 0.0) for one in problem.posteriors) for name in names}
    averages = cache(lambda: averaged(problem.solutions, widths))

    def samples(jets: Sequence[Jet]) -> JetSample:
        own = JetSample(problem.points, problem.points.new_zeros(0, len(problem.points)))
        if jets:
            try:
                parts = list(sample_jets(averages(), problem.system.space, jets, OWN, 0, problem.device))
                derivatives = torch.cat([part.derivatives for part in parts], 1)
                own = JetSample(own.points, derivatives)
            except TooCoarse:
                pass  # then the sizes of the unknowns and of the window are all there is
        independent = len(problem.system.space.independent)
        return free_jets(problem.space, independent, own, jets, POINTS, problem.settings.seed)

    return samples


def averaged(data: Solutions, widths: Mapping[str, float]) -> Solutions:
    """Some of the solutions, averaged with the test functions of the given half-widths by axis."""
    count = max(1, min(len(data), MOST_VALUES // (prod(data.shape) * len(data.unknowns))))
    values, axes = data.read(evenly(len(data), count)), []
    for place, axis in enumerate(data.axes, 1):
        room = len(axis) // 2 if axis.periodic else (len(axis) - LEAST_POINTS) // 2
        half = min(round(widths.get(axis.name, 0.0) / axis.step), room)
        if half < 2:
            axes.append(axis)
            continue
        weights, points = bump(half, 0, 1.0), axis.points
        reach = half - 1
        if axis.periodic:
            ends = [values.take(range(-reach, 0), place), values, values.take(range(reach), place)]
            values = np.concatenate(ends, place)
        else:
            points = points[reach : len(points) - reach]
        windows = np.lib.stride_tricks.sliding_window_view(values, len(weights), place)
        values = windows @ (weights / weights.sum())
        axes.append(Axis(axis.name, points, axis.periodic))
    return replace(data, values=np.ascontiguousarray(values), axes=tuple(axes), kept=np.arange(len(values)))
