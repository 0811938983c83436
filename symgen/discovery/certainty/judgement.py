"""Bounds of the defects of fields, under all equations that the data allow.

Whether a field is called a symmetry should not depend on how the window scales the unit field. So defects are relative
here to what cancels in the condition, pr V of the left-hand side and of the right-hand side, and to the field:

    |pr V (u_t - F)| / (|V|^2 + |pr V (u_t)|^2 + |pr V (F)|^2)^(1/2) ,

with root mean squares over free jets, of the condition relative to the equations' terms, which are of one size for each
equation as in `Problem.own`, and of V in the space's units. Without |V| it would be the relative equivariance defect,
which is 0 / 0 for d/dx. The defect of the unit field is |pr V (u_t - F)| / |V|.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache

import numpy as np
import sympy
import torch

from symgen.discovery.certainty.response import Fields, Prolonged, Terms
from symgen.discovery.regression.subsets import triangle
from symgen.equations.posterior import Posterior, heavy_tails
from symgen.generators.inner_product import field_matrix
from symgen.generators.library import LibraryGenerators
from symgen.generators.space import Space
from symgen.jets.sample import JetSample
from symgen.jets.space import Jet, JetSpace
from symgen.pde.axis import TIME

DRAWS = 400
TOLERANCE = 0.05
"""Bound up to which a symmetry is certain."""
WORST = 8
"""Of the terms left out, those that are looked at closely."""
TILTED = 1e-3
"""Fields whose d/dt depends on more than t by less than this are taken not to."""
SAME = 1e-7
"""Relative size of what is left of a term, less others, that is the same as these."""

Samples = Callable[[Sequence[Jet]], JetSample]
"""Points of jet space with these derivatives."""


@dataclass(frozen=True)
class Bound:
    """Of the defect of fields, at some confidence."""

    value: float
    """Of the worst combination."""
    without: float
    """As if the terms that the equations have were all there are."""
    term: str | None
    """Of those left out, the one that it is largest for."""


class Judgement:
    """What the equations' posteriors say about some fields and all their combinations."""

    def __init__(
        self,
        space: JetSpace,
        posteriors: Sequence[Posterior],
        fields: Fields,
        samples: Samples,
        draws: int = DRAWS,
        seed: int = 0,
        plain: bool = False,
    ) -> None:
        """`plain`: defects relative to what cancels alone, in the space's units, for comparison with others."""
        draw = np.random.default_rng(seed)
        (order,) = {one.order for one in posteriors}
        terms = tuple(
            dict.fromkeys(
                term for one in posteriors for term in (*one.terms, *(t for left in one.left_out for t in left.terms))
            )
        )
        place = {term: k for k, term in enumerate(terms)}
        library = _library(space, order, terms, bool((tilts(space, fields) > TILTED).any()))
        values = library.at(samples(library.jets))
        equations: list[dict[int, float]] = []
        for one in posteriors:
            equations.append({})
            for term, used in zip(one.terms, one.used, strict=True):
                equations[-1][place[term]] = equations[-1].get(place[term], 0.0) + float(used)
        prolonged = Prolonged(values, fields, equations)
        size = _sizes(space, fields.space, order, values.terms, equations, plain)
        points = values.sample.points

        def rows(responses: torch.Tensor) -> np.ndarray:
            """(n, R P), scaled so that sums of squares are mean squares."""
            rows = (responses / size[:, None]).flatten(1).numpy()
            return np.asarray(rows / np.sqrt(rows.shape[1]))

        self.count = len(fields.coefficients)
        halves = [rows(prolonged.left()), rows(prolonged.right())]
        own = [halves[0] - halves[1]]
        self._other: list[tuple[str, np.ndarray, float, float]] = []
        for equation, one in enumerate(posteriors):
            response = cache(lambda term, equation=equation: rows(prolonged.by(equation, place[term])))
            kept = [response(term) for term in one.terms]
            own += kept
            for left in one.left_out:
                parts = [w * response(term) for w, term in zip(left.weights, left.terms, strict=True)]
                parts += [s * part for s, part in zip(left.shift, kept, strict=True)]
                change = np.sum(parts, axis=0)
                if np.linalg.norm(change) > SAME * sum(float(np.linalg.norm(part)) for part in parts):
                    text = f"{left.text} in the equation for {space.dependent[equation]}"
                    self._other.append((text, change, left.value, left.error))
        self._own = np.stack(own)
        """(1 + K, n, rows): the condition as it is, and its changes with every coefficient."""
        shifts = [one.draws(draws, draw) for one in posteriors]
        self._draws = np.concatenate([np.ones((draws, 1)), *shifts], axis=1)
        self._single = draw.standard_normal(draws) * heavy_tails(min(one.degrees for one in posteriors), draws, draw)
        matrix = field_matrix(LibraryGenerators(fields.space, fields.features, fields.coefficients), points).numpy()
        self.norms = matrix.T @ matrix
        """(n, n): the fields' inner products over the points."""
        cancelling = sum(half @ half.T for half in halves)
        self.scale = cancelling if plain else self.norms + cancelling
        """(n, n): what defects are relative to."""

    def spectrum(self) -> tuple[np.ndarray, np.ndarray]:
        """Defects of combinations (n,), ascending, as the equations are, and these as rows (n, n), of unit norm."""
        root = _root(self.scale)
        reduced = triangle((root @ self._own[0]).T).T  # turned, which leaves the spectrum as it is
        left, sizes, _ = np.linalg.svd(reduced, full_matrices=True)
        sizes = np.concatenate([np.zeros(self.count - len(sizes)), sizes[::-1]])
        return sizes, left.T[::-1] @ root

    def length(self, row: np.ndarray) -> float:
        """What a relative defect of a combination (n,) is multiplied by to be that of the unit field."""
        return float(np.sqrt((row @ self.scale @ row) / (row @ self.norms @ row)))

    def defect(self, row: np.ndarray) -> float:
        """Of a combination (n,) of the fields, as the equations are."""
        return float(np.linalg.norm(row @ self._own[0]) / np.sqrt(row @ self.scale @ row))

    def bound(self, span: np.ndarray, confidence: float, change: bool = False) -> Bound:
        """For the worst combination of the rows of `span` (m, n), combinations of the fields.

        `change`: of how far the condition may be from what it is with the equations as they are.
        """
        draws = self._draws * ([0.0] + [1.0] * (self._draws.shape[1] - 1)) if change else self._draws
        root = _root(span @ self.scale @ span.T) @ span
        own = np.einsum("mn,knr->kmr", root, self._own)
        flat = own.transpose(1, 0, 2).reshape(len(root), len(own), -1)
        gram = np.einsum("akr,blr->abkl", flat, flat, optimize=True)
        square = np.einsum("dk,abkl,dl->dab", draws, gram, draws, optimize=True)
        without = float(np.quantile(_largest(square), confidence))
        value, worst = without, None
        changes = [(text, root @ rows, at, error) for text, rows, at, error in self._other]
        values, errors = (np.array([other[k] for other in self._other])[:, None] for k in (2, 3))
        most = np.quantile(np.abs(values + errors * self._single), confidence, axis=1)
        sizes = most * [np.linalg.norm(rows) for _, rows, _, _ in changes]
        for k in np.argsort(sizes)[::-1][:WORST]:
            text, rows, at, error = changes[k]
            c = at + error * self._single
            cross = np.einsum("dk,akr,br->dab", draws, flat, rows, optimize=True)
            whole = square + c[:, None, None] * (cross + cross.swapaxes(1, 2)) + (c**2)[:, None, None] * (rows @ rows.T)
            found = float(np.quantile(_largest(whole), confidence))
            if found > value:
                value, worst = found, text
        return Bound(value, without, worst)


def _largest(squares: np.ndarray) -> np.ndarray:
    """(draws,): roots of the largest eigenvalues of (draws, m, m)."""
    if squares.shape[1] == 1:
        return np.asarray(np.sqrt(np.maximum(squares[:, 0, 0], 0)))
    return np.asarray(np.sqrt(np.maximum(np.linalg.eigvalsh(squares)[:, -1], 0)))


def _root(norms: np.ndarray) -> np.ndarray:
    """Of the inverse: combinations of unit norm, orthogonal to each other, from inner products (m, m)."""
    lengths = np.sqrt(np.diag(norms))
    sizes, vectors = np.linalg.eigh(norms / np.outer(lengths, lengths))
    return np.asarray((vectors / np.sqrt(np.maximum(sizes, 1e-300))).T / lengths)


@lru_cache(64)
def _library(space: JetSpace, order: int, terms: tuple[sympy.Expr, ...], tilted: bool) -> Terms:
    return Terms(space, order, terms, tilted)


def _sizes(
    space: JetSpace, units: Space, order: int, values: torch.Tensor, equations: Sequence[dict[int, float]], plain: bool
) -> torch.Tensor:
    """(R,): root mean squares of the terms of every equation, as in `Problem.own`; in units of the space where there
    are none, or `plain` ones are wanted.
    """
    scale = dict(zip(units.names, units.scale, strict=True))
    sizes = []
    for name, right in zip(space.dependent, equations, strict=True):
        parts = [c * values[k] for k, c in right.items()]
        whole = torch.stack([*parts, torch.stack(parts).sum(0)]) if parts else values.new_zeros(1, 1)
        squares = whole.square().sum(0)
        natural = scale[name] / scale[TIME] ** order
        sizes.append(natural if plain or not squares.any() else float(squares.mean().sqrt()))
    return values.new_tensor(sizes)


def tilts(space: JetSpace, fields: Fields) -> torch.Tensor:
    """(n,): by how much the fields' d/dt depends on more than t, at random points, relative to the fields' size."""
    time = space.independent.index(TIME)
    lower, upper = (fields.coefficients.new_tensor(end) for end in (fields.space.lower, fields.space.upper))
    share = torch.rand(16, len(lower), dtype=lower.dtype, generator=torch.Generator().manual_seed(0)).to(lower)
    points = lower + share * (upper - lower)
    points[:, time] = lower[time]
    found = LibraryGenerators(fields.space, fields.features, fields.coefficients)(points)
    along = fields.space.normalise_fields(found)[..., time]
    size = fields.space.normalise_fields(found).abs().amax((1, 2))
    return (along - along[:, :1]).abs().amax(1) / size
