"""Which fields each rule declares symmetries of equations that were found in pairs, and whether that is false."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch

from symgen.benchmark.certainty.defects import AffineDefects
from symgen.benchmark.certainty.examples import Example
from symgen.discovery.certainty.certify import Judgement, certified_span
from symgen.discovery.certainty.judgement import TOLERANCE
from symgen.discovery.certainty.response import Fields
from symgen.discovery.gap import find_gap
from symgen.equations.posterior import Posterior
from symgen.generators.total_degree import TotalDegreeLibrary
from symgen.jets.sample import JetSample

POINTS = 256
"""States at which defects are judged, other than those at which they are scored."""


@dataclass(frozen=True)
class Declared:
    """What a rule says: how many symmetries, and whether a combination of these has too large a defect."""

    dimension: int
    is_false: bool


class Referee:
    """One system with its truth, for any number of data sets."""

    def __init__(self, example: Example) -> None:
        self.example, self.truth, self.found = example, AffineDefects(example), AffineDefects(example, POINTS, seed=1)
        self.dimension = len(example.symmetries)
        self._fields, self._points = affine_fields(example), _states(example)

    def declared(self, posteriors: Sequence[Posterior], plain: np.ndarray) -> dict[str, Declared]:
        """By rule. `certain`: the largest span of which no combination's bound exceeds the tolerance; `published`:
        likewise by the published measure; `gap`: what symgen calls exact of the equations found, by the largest gap
        alone; `largest`: as published, before the largest gap of all for the `plain` coefficients, whatever it is.
        """
        true = self.example.coefficients
        judgements = [
            Judgement(self.example.jets, posteriors, self._fields, self._sample, plain=published)
            for published in (False, True)
        ]
        certain, published = map(certified_span, judgements)
        defects, rows = self.found.spectrum(self._used(posteriors))
        gap = rows[: find_gap(defects.tolist()).exact]
        defects, rows = self.found.spectrum(plain, published=True)
        largest = rows[: 1 + int(np.argmax(defects[1:] / defects[:-1]))]
        worst = self.truth.worst
        return {
            "certain": Declared(len(certain), worst(certain, true) > TOLERANCE),
            "published": Declared(len(published), worst(published, true, published=True) > TOLERANCE),
            "gap": Declared(len(gap), worst(gap, true) > TOLERANCE),
            "largest": Declared(len(largest), worst(largest, true, published=True) > TOLERANCE),
        }

    def _used(self, posteriors: Sequence[Posterior]) -> np.ndarray:
        """(n, K): the equations found."""
        place = {term.in_jets: k for k, term in enumerate(self.example.terms)}
        found = np.zeros_like(self.example.coefficients)
        for row, one in zip(found, posteriors, strict=True):
            row[[place[term] for term in one.terms]] = one.used
        return found

    def _sample(self, jets: Sequence[object]) -> JetSample:
        return JetSample(self._points, self._points.new_zeros(len(jets), len(self._points)))


def affine_fields(example: Example) -> Fields:
    """All that are affine in the unknowns, without d/dt, in the order and the units of `AffineDefects`."""
    library = TotalDegreeLibrary.on(example.space.lower, example.space.upper, 1)
    n = len(example.jets.dependent)
    coefficients = torch.zeros(n, n + 1, n + 1, library.size, dtype=torch.float64)
    for k in range(n + 1):
        feature = library.degrees.index(tuple(int(k > 0 and axis == k) for axis in range(n + 1)))
        for component in range(n):
            coefficients[component, k, component + 1, feature] = example.half / example.space.scale[1] if k else 1.0
    return Fields(library, coefficients.flatten(0, 1), example.space)


def _states(example: Example) -> torch.Tensor:
    draw, n = np.random.default_rng(1), len(example.jets.dependent)
    states = draw.uniform(-example.half, example.half, (POINTS, n))
    return torch.from_numpy(np.concatenate([np.zeros((POINTS, 1)), states], axis=1))
