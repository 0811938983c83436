"""Generators files: one safetensors file, its header a JSON document of `Metadata`. Nothing is ever pickled.

`__metadata__` has two entries: `symgen`, the JSON, and `sha256`, over the JSON and all tensors, so that a
damaged byte is refused wherever it is.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import torch
from pydantic import ValidationError

from symgen import tensor_file
from symgen.exceptions import DataError, UsageError
from symgen.expressions import parse_field
from symgen.generators.base import Generators
from symgen.generators.closed_form import ClosedFormGenerators
from symgen.generators.features import Features
from symgen.generators.library import FeatureLibrary, LibraryGenerators
from symgen.generators.metadata import SCHEMA_VERSION, Metadata
from symgen.generators.network import Heads, Trunk
from symgen.generators.text import table_text
from symgen.generators.total_degree import TotalDegreeLibrary
from symgen.pde.readers.signature import kind_of
from symgen.validation import first_fault

ADVICE = "Copy it anew, or make it with `symgen discover`."


@dataclass(frozen=True, repr=False)
class Artifact:
    """Generators with everything that is known about them. Calling it calls the generators; printed, a table."""

    generators: Generators
    metadata: Metadata
    points: torch.Tensor
    """(P, d): points of the data, physical units; inner products are means over them."""
    specimen: Mapping[str, torch.Tensor]
    """One datum to look at: every unknown on a grid, t first, and its axes, such as u (nt, nx), x (nx,), t (nt,); for
    images image (3, H, W) in [0, 1]. Files of systems that older versions wrote have none."""
    weight: torch.Tensor | None = None
    """(P,), of mean 1: of the points in the inner product, where they do not all count alike (images)."""

    def __call__(self, points: torch.Tensor) -> torch.Tensor:
        """Points (P, d) -> components (n, P, d), both in physical units."""
        return self.generators(points)

    def __repr__(self) -> str:
        return table_text(self.metadata)

    @property
    def defects(self) -> torch.Tensor:
        """Of every generator, ascending: the most valid first (n,)."""
        return torch.tensor([g.defect for g in self.metadata.generators], dtype=torch.float64)

    def save(self, path: str | Path, force: bool = False) -> Path:
        """Write the file, give its path; an existing one is replaced only with `force`, see `symgen.atomic.draft`."""
        tensors = {"points": self.points, **{f"specimen.{k}": v for k, v in self.specimen.items()}}
        tensors |= {f"generators.{k}": v for k, v in self.generators.state_dict().items()}
        tensors |= {"weight": self.weight} if self.weight is not None else {}
        return tensor_file.write(path, self.metadata.model_dump_json(), tensors, force)


def load(path: str | Path, device: str | torch.device = "cpu") -> Artifact:
    """Read a generators file.

    Raises DataError for a file that is missing, truncated, damaged, foreign, of another schema version or with
    numbers that are not finite.
    """
    path = Path(path)
    kind = kind_of(path) if path.is_file() else None
    if kind not in (None, "generators"):
        raise DataError(
            f"{path} is no safetensors file, as generators are, but {kind}. "
            f"Use data with `symgen discover --data {path}`."
        )
    text, tensors, _ = tensor_file.read(path, ADVICE, lambda text: _metadata(path, text))
    metadata = _metadata(path, text)
    bad = [name for name, tensor in tensors.items() if not tensor.is_floating_point() or not tensor.isfinite().all()]
    if bad:
        raise DataError(f"{path}: the tensor {bad[0]!r} has numbers that are not finite. Discover again.")
    tensors = {name: tensor.to(device) for name, tensor in tensors.items()}
    specimen = {k.removeprefix("specimen."): v for k, v in tensors.items() if k.startswith("specimen.")}
    try:
        generators = build_generators(metadata, tensors)
        _require_fit(metadata, generators, tensors)
        return Artifact(generators, metadata, tensors["points"], specimen, tensors.get("weight"))
    except KeyError as error:
        raise DataError(f"{path}: its tensors do not fit its metadata: {error} is missing. Discover again.") from error
    except (ValueError, RuntimeError, UsageError) as error:
        raise DataError(f"{path}: its tensors do not fit its metadata ({error}). Discover again.") from error


def build_generators(metadata: Metadata, tensors: Mapping[str, torch.Tensor]) -> Generators:
    """Generators of the kind that the metadata name; ValueError where the tensors do not fit."""
    if metadata.kind == "closed-form":
        closed = ClosedFormGenerators.of_records(metadata.space, metadata.generators)
        if closed is None:
            raise ValueError("kind closed-form without formulas and norms")
        return closed
    coefficients = tensors["generators.coefficients"]
    if metadata.kind == "network":
        if metadata.trunk is None:
            raise ValueError("kind network without a trunk")
        space, trunk, heads = metadata.space, metadata.trunk, metadata.heads
        features = Heads(space, trunk, heads) if heads else Trunk(space, trunk)
        network = LibraryGenerators(space, features.to(coefficients.device), coefficients)
        own = {name: tensor for name, tensor in tensors.items() if name.startswith("generators.")}
        network.load_state_dict({name.removeprefix("generators."): tensor for name, tensor in own.items()})
        return network.requires_grad_(False)
    if metadata.library is None:
        raise ValueError("kind library without a library")
    library: Features = FeatureLibrary(axes=metadata.library)
    if metadata.total_degree is not None:
        library = TotalDegreeLibrary(axes=metadata.library, degree=metadata.total_degree)
    return LibraryGenerators(metadata.space, library, coefficients)


def _require_fit(metadata: Metadata, generators: Generators, tensors: Mapping[str, torch.Tensor]) -> None:
    """Raise ValueError or UsageError where parts of a file that are sound in themselves contradict each other."""
    records, points = metadata.generators, tensors["points"]
    if generators.count != len(records):
        raise ValueError(f"{generators.count} generators, but {len(records)} records of them")
    if not 0 <= metadata.exact + metadata.approximate <= len(metadata.spectrum):
        raise ValueError("more symmetries than the spectrum is long")
    if points.ndim != 2 or not len(points) or points.shape[1] != metadata.space.dimension:
        raise ValueError(f"points of shape {tuple(points.shape)}")
    if not metadata.trivial <= metadata.exact:
        raise ValueError("more trivial fields than exact ones")
    metadata.domain.require_fit(metadata.space.names, len(records), tensors)
    for record in records:
        parse_field(record.formula or (), metadata.space.names)


def _metadata(path: Path, text: str) -> Metadata:
    try:
        version = json.loads(text).get("schema_version")
    except (json.JSONDecodeError, AttributeError, RecursionError) as error:
        raise DataError(f"{path} is damaged: its metadata are no JSON object. Make or copy it anew.") from error
    if version != SCHEMA_VERSION:
        raise DataError(
            f"{path} has schema version {version}; this symgen reads version {SCHEMA_VERSION}. "
            "Use the symgen that wrote it, or discover again."
        )
    try:
        return Metadata.model_validate_json(text)
    except ValidationError as error:
        raise DataError(f"{path}: its metadata are not valid {first_fault(error)}. Discover again.") from error
