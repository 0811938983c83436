"""Whether data contradict symmetries that were assumed: other equations fit better, or other coefficients.

Terms are fitted once more with all their coefficients free: those of the equation that was found under the assumption,
and those that the equation found without it has, with all that the symmetries tie to them. Tied coefficients must come
out as the symmetries have them, within their errors.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from symgen.discovery.regression.choice import CLEAR, COMPARABLE, NOTHING, WORTH, Model
from symgen.discovery.regression.restricted import Restricted

PERHAPS = 3.0
"""Errors that a coefficient may be off before a word is said."""
SLIGHT, NEGLIGIBLE = 1e-3, 1e-5
"""Shares of a coefficient that it may be off: as of what a solver does, which is told, and without a word."""
LITTLE = 1e-4
"""What equations with the symmetries may leave without being refused, however little others leave."""


@dataclass(frozen=True)
class Free:
    """The best equation of an unknown without the assumption."""

    unknown: str
    model: Model
    found: bool
    """Whether it fits the data."""
    places: tuple[int, ...] | None
    """Of its terms among the plain ones of the equation with the assumption; None if that has not all of them."""


def contradiction(model: Model, left: Sequence[float], others: Sequence[Free]) -> str | None:
    """Why the data do not have what was assumed; `left` is what the model leaves of the left-hand sides of `others`."""
    reasons = [reason for reason, much in _worse(model, left, others) if much > LITTLE]
    reasons = reasons or [text for text, errors, share in _off(model, others) if errors > CLEAR and share > SLIGHT]
    if reasons:
        return f"The data contradict --assume: {'; '.join(reasons)}. Leave out what the data do not have."
    return None


def suspicions(model: Model, left: Sequence[float], others: Sequence[Free]) -> Iterator[str]:
    """Sentences about what speaks against the assumption, but not clearly."""
    off = [text for text, errors, share in _off(model, others) if errors > PERHAPS and share > NEGLIGIBLE]
    if reasons := [*(reason for reason, _ in _worse(model, left, others)), *off]:
        yield f"The data speak against what was assumed, though not clearly: {'; '.join(dict.fromkeys(reasons))}."


def _worse(model: Model, left: Sequence[float], others: Sequence[Free]) -> Iterator[tuple[str, float]]:
    for much, other in zip(left, others, strict=True):
        free = other.model
        if other.found and much > WORTH * max(free.residual, NOTHING) and not model.is_noise:
            left_hand = f"{other.unknown}_{'t' * free.system.order}"
            reason = (
                f"equations with these symmetries leave {much:.1g} of {left_hand} at best ({_sum(model)}), and "
                f"{left_hand} = {_sum(free)} leaves {free.residual:.1g}"
            )
            yield reason, much


def _off(model: Model, others: Sequence[Free]) -> Iterator[tuple[str, float, float]]:
    """Of tied coefficients what the data say of each, how many errors it is off, and which share of it that is."""
    system = model.system
    if not isinstance(system, Restricted):
        return
    yield from _tied(model, system, model.places)
    if all(other.places is not None for other in others):
        terms = [place for other in others for place in other.places or ()]
        fixed = range(len(system.exact))
        tied = [*fixed, *(n for n in range(len(fixed), len(system.terms)) if system.matrix[terms, n].any())]
        windows = [other.model.system.window for other in others]
        same = next((s for s in model.search.systems if s.window == windows[0]), system)
        assert isinstance(same, Restricted)
        yield from _tied(model, same, tied, terms)


def _tied(
    model: Model, system: Restricted, columns: Sequence[int], terms: Sequence[int] = ()
) -> Iterator[tuple[str, float, float]]:
    """Those of some terms and of what columns hold, fitted freely, beside the columns' own fit."""
    places = np.union1d(np.flatnonzero(system.matrix[:, list(columns)].any(axis=1)), np.array(terms, dtype=int))
    if len(places) <= len(system.free(columns)):
        return  # nothing is tied
    wanted = system.in_plain(columns, system.fit(columns)[0])[places]
    values, errors = _freed(model, system, [int(place) for place in places])
    for place, value, error, own in zip(places, values, errors, wanted, strict=True):
        off = float(abs(value - own))
        text = f"{system.plain.terms[place].text} has {value:.6g} ± {error:.1g}, and with them {own:.6g}"
        yield text, off / (float(error) + 1e-300), off / max(abs(float(own)), abs(float(value)))


def _freed(model: Model, system: Restricted, places: Sequence[int]) -> tuple[np.ndarray, np.ndarray]:
    """The coefficients of plain terms, and their errors, in the window of a system."""
    plain = system.plain
    least = plain.contrast(places) / COMPARABLE
    each = (other.plain for other in model.search.systems if isinstance(other, Restricted) and other is not system)
    others = tuple(other for other in each if other.contrast(places) >= least)
    floor, disturbed = model.search.disturbed(plain, places, plain.fit(places)[0])
    freed = Model(model.search, plain, tuple(places), others, floor, disturbed)
    return freed.coefficients, freed.errors


def _sum(model: Model) -> str:
    texts = (model.system.terms[place].text for place in model.places)
    parts = zip(model.coefficients, texts, strict=True)
    return " + ".join(f"{value:.3g} {text}" for value, text in parts).replace("+ -", "- ")
