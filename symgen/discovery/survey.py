"""One pass over data for all that discovery needs of them: how the unknowns vary, and points with derivatives.

Several processes share the samples. What is kept is bounded by the numbers of points, however many samples there are.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass

import torch

from symgen.jets.sample import JetSample
from symgen.jets.space import Jet, JetSpace
from symgen.moments import Moments
from symgen.pde.solution_jets import Draw, TooCoarse, varies
from symgen.pde.solutions import Solutions, by_unknown
from symgen.pde.undefined import UNDEFINED
from symgen.processes import gathered, share


@dataclass(frozen=True)
class Wanted:
    """Points of the data to draw, see `Draw`; those that stay `apart` each process has of its own samples only."""

    jets: tuple[Jet, ...]
    total: int
    seed: int
    part: range | None = None
    apart: bool = False
    solved: bool = False
    """Whether the equations have a value there; else they may be undefined."""


@dataclass(frozen=True)
class Survey:
    """What a pass has gathered."""

    moments: Moments
    samples: dict[Wanted, JetSample | TooCoarse]
    """Points by what was wanted, in the order of the data; why there are none."""


@dataclass(frozen=True)
class _Part:
    """What one process has of its share."""

    moments: Moments
    samples: dict[Wanted, JetSample]
    """Those that all processes are to have."""
    counts: dict[Wanted, tuple[int, int]]
    """How many points the equations have a value at, and how many there are."""


def survey(
    data: Solutions,
    space: JetSpace,
    wanted: Collection[Wanted],
    defined: Callable[[JetSample], torch.Tensor],
    device: torch.device,
    everything: bool = True,
) -> Survey:
    """Read every sample once and gather the `wanted` points, and moments if `everything` is.

    Few points where the equations have no value by `defined` (P,) are left out; many are an error of the data, which is
    told where they are used. Raises UsageError for unknowns that are not there.
    """
    draws, samples = {}, dict[Wanted, JetSample | TooCoarse]()
    for each in wanted:
        try:
            draws[each] = Draw(data, space, each.jets, each.total, each.seed, each.part)
        except TooCoarse as error:
            samples[each] = error
    own: dict[Wanted, JetSample] = {}

    def work() -> _Part:
        moments, found = Moments(), {each: list[JetSample]() for each in draws}
        used = {each: draw.places for each, draw in draws.items()}
        places = [i for i in share(len(data)) if everything or any(i in those for those in used.values())]
        for run, batch in data.runs(places):
            if everything:
                moments.push(by_unknown(batch))
            values = torch.from_numpy(batch).to(device)
            varying = varies(values)
            for each, draw in draws.items():
                if here := [k for k, place in enumerate(run) if place in used[each]]:
                    some = (values, varying) if len(here) == len(run) else (values[here], varying[here])
                    found[each].append(draw.of(some[0], [run[k] for k in here], some[1]))
        own.update({each: _joined(parts, space, len(each.jets), device) for each, parts in found.items()})
        masks = {each: defined(sample) for each, sample in own.items() if each.solved and len(sample.points)}
        counts = {each: (int(mask.sum()), len(mask)) for each, mask in masks.items()}
        return _Part(moments, {each: sample.to("cpu") for each, sample in own.items() if not each.apart}, counts)

    parts, moments = gathered(work), Moments()
    for part in parts:
        moments.add(part.moments)
    for each in draws:
        all_of_it = [part.samples[each] for part in parts if not each.apart]
        sample = own[each] if each.apart else _joined(all_of_it, space, len(each.jets), device).to(device)
        there, total = (sum(part.counts.get(each, (0, 0))[k] for part in parts) for k in (0, 1))
        few = (1 - UNDEFINED) * total <= there < total
        samples[each] = sample.at(defined(sample).nonzero().flatten()) if few and len(sample.points) else sample
    return Survey(moments, samples)


def _joined(parts: list[JetSample], space: JetSpace, jets: int, device: torch.device) -> JetSample:
    if not parts:
        nothing = torch.zeros(0, dtype=torch.float64, device=device)
        return JetSample(nothing.reshape(0, len(space.names)), nothing.reshape(jets, 0))
    return JetSample(torch.cat([p.points for p in parts]), torch.cat([p.derivatives for p in parts], 1))
