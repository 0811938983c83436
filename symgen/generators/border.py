"""What a generators file has to fulfil before anything is computed with it.

`require_claims` looks at what the header claims, types and shapes, before a number is read; `require_numbers` at the
numbers. Both raise ValueError, or UsageError for formulas, that says what is wrong.
"""

from __future__ import annotations

import math
from collections.abc import Mapping

import torch

from symgen.bounds import LARGEST
from symgen.expressions import parse_field
from symgen.generators.base import Generators
from symgen.generators.domains import SLACK, require_within
from symgen.generators.library import FeatureLibrary
from symgen.generators.metadata import Metadata
from symgen.generators.network import Heads, Trunk
from symgen.generators.total_degree import TotalDegreeLibrary
from symgen.words import numbered

MOST_BYTES = 2_000_000_000
"""Of a file."""
MOST_FEATURES = 50_000
"""Of a library, in each component."""
WIDE = 1e9
"""Largest factor between the unit and the range of a coordinate."""
LONGEST_FIELD = 1e6
"""Norm that a field may have at some points of the data, where unit fields have 1 over all of them, or a part of it."""
TRIED = 256
"""Points on which fields are evaluated, where these suffice."""


def features_of(
    metadata: Metadata, device: str | torch.device = "meta"
) -> FeatureLibrary | TotalDegreeLibrary | Trunk | Heads:
    """What the generators are linear in, networks with any weights; ValueError where metadata do not say it."""
    space = metadata.space
    if metadata.kind == "network":
        if metadata.trunk is None:
            raise ValueError("kind network without a trunk")
        if len(metadata.trunk.waves) != space.dimension:
            raise ValueError("a trunk on other coordinates than its space")
        with torch.device(device):
            return Heads(space, metadata.trunk, metadata.heads) if metadata.heads else Trunk(space, metadata.trunk)
    if metadata.library is None:
        raise ValueError("kind library without a library")
    if len(metadata.library) != space.dimension:
        raise ValueError("a library on other coordinates than its space")
    for name, axis, lower, upper in zip(space.names, metadata.library, space.lower, space.upper, strict=True):
        width = axis.upper - axis.lower
        if axis.kind == "chebyshev" and not max(axis.lower - lower, upper - axis.upper) <= SLACK * width:
            raise ValueError(f"a library whose range of {name} is not that of the data")
    library: FeatureLibrary | TotalDegreeLibrary = FeatureLibrary(axes=metadata.library)
    if metadata.total_degree is not None:
        library = TotalDegreeLibrary(axes=metadata.library, degree=metadata.total_degree)
    if library.size > MOST_FEATURES:
        raise ValueError(f"a library of {library.size} functions; at most {MOST_FEATURES} are read")
    return library


def require_claims(metadata: Metadata, tensors: Mapping[str, torch.Tensor]) -> None:
    """Raise where the types and shapes of tensors, which may be without numbers, contradict the metadata."""
    space, records = metadata.space, metadata.generators
    count = len(records)
    wanted = _states(metadata)
    for name, tensor in tensors.items():
        known = name in wanted or name in ("points", "weight") or name.startswith("specimen.")
        if not known:
            raise ValueError(f"a tensor {name!r}, which is none of theirs")
        kinds = (torch.float64, torch.float32) if name == "specimen.image" else (torch.float64,)
        if tensor.dtype not in kinds:
            kind = str(tensor.dtype).removeprefix("torch.")
            raise ValueError(f"{name!r} has numbers of type {kind}, where symgen writes float64")
        if name in wanted and tuple(tensor.shape) != wanted[name]:
            raise ValueError(f"{name!r} has the shape {tuple(tensor.shape)}, not {wanted[name]}")
    missing = [name for name in (*wanted, "points") if name not in tensors]
    if missing:
        raise ValueError(f"{missing[0]!r} is missing")
    points = tensors["points"]
    if points.ndim != 2 or not len(points) or points.shape[1] != space.dimension:
        raise ValueError(f"points of shape {tuple(points.shape)}")
    if "weight" in tensors and tensors["weight"].shape != (len(points),):
        raise ValueError("a weight that is not of the points")
    if metadata.exact + metadata.approximate > len(metadata.spectrum):
        raise ValueError("more symmetries than the spectrum is long")
    if metadata.trivial > metadata.exact:
        raise ValueError("more trivial fields than exact ones")
    metadata.domain.require_fit(space.names, count, tensors)
    for place, record in enumerate(records, 1):
        for formula in (record.formula, record.near):
            if formula is not None and len(formula) != space.dimension:
                raise ValueError(
                    f"V{place} has a formula of {len(formula)} components in {space.dimension} coordinates"
                )
            parse_field(formula or (), space.names)


def require_numbers(metadata: Metadata, generators: Generators, tensors: Mapping[str, torch.Tensor]) -> None:
    """Raise where numbers are not finite, beyond all bounds or of no use: fields of norm 0, an axis without order."""
    space = metadata.space
    for name, lower, upper, scale in zip(space.names, space.lower, space.upper, space.scale, strict=True):
        if not 1 / WIDE <= scale / (upper - lower) <= WIDE:
            raise ValueError(f"the unit {scale:g} of {name}, whose data are in {lower:g} to {upper:g}")
    for name, tensor in tensors.items():
        if not bool((tensor.abs() <= LARGEST).all()):
            raise ValueError(f"{name!r} has numbers beyond {LARGEST:g}")
    require_within("points", tensors["points"], space)
    if "weight" in tensors and not (bool((tensors["weight"] >= 0).all()) and bool((tensors["weight"] > 0).any())):
        raise ValueError("a weight that is negative, or 0 everywhere")
    metadata.domain.require_sense(tensors, space)
    _require_unit_fields(metadata, generators, tensors["points"])


def _states(metadata: Metadata) -> dict[str, tuple[int, ...]]:
    """The shapes of the tensors that make up the generators."""
    if metadata.kind == "closed-form":
        return {}
    features = features_of(metadata)
    shapes: dict[str, tuple[int, ...]] = {
        "generators.coefficients": (len(metadata.generators), metadata.space.dimension, features.size)
    }
    if isinstance(features, torch.nn.Module):
        shapes |= {f"generators.library.{name}": tuple(own.shape) for name, own in features.state_dict().items()}
    return shapes


@torch.no_grad()
def _require_unit_fields(metadata: Metadata, generators: Generators, points: torch.Tensor) -> None:
    """Raise for a field that is 0, not finite or huge on the points (P, d), where unit fields are of norm 1.

    On some of them, which suffice for most fields; on all before one is refused: it may be large on a few alone.
    """
    for some in (points[:: max(1, math.ceil(len(points) / TRIED))], points):
        sizes = metadata.space.normalise_fields(generators(some)).flatten(1).abs().amax(1)
        bad = ~((sizes >= 1 / LONGEST_FIELD) & (sizes <= LONGEST_FIELD))
        if not bad.any():
            return
    place = int(bad.byte().argmax())
    size, count = float(sizes[place]), int(bad.sum())
    what = "0" if size == 0 else f"of size {size:.0e}" if math.isfinite(size) else "not finite"
    others = f", and so {'is' if count == 2 else 'are'} {numbered(count - 1, 'other')}" if count > 1 else ""
    raise ValueError(f"the generator V{place + 1} is {what} on the data, and no unit field{others}")
