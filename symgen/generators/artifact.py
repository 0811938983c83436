"""Generators files: one safetensors file, its header a JSON document of `Metadata`. Nothing is ever pickled.

`__metadata__` has two entries: `symgen`, the JSON, and `sha256`, over the JSON and all tensors, so that a
damaged byte is refused wherever it is.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import torch
from pydantic import ValidationError

from symgen import tensor_file
from symgen.exceptions import DataError, UsageError
from symgen.generators.base import Generators
from symgen.generators.border import MOST_BYTES, features_of, require_claims, require_numbers
from symgen.generators.closed_form import ClosedFormGenerators
from symgen.generators.library import LibraryGenerators
from symgen.generators.metadata import SCHEMA_VERSION, Metadata
from symgen.generators.text import table_text
from symgen.pde.readers.signature import kind_of
from symgen.readable import require_readable
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
    require_readable(path)
    kind = kind_of(path) if path.is_file() else None
    if kind not in (None, "generators"):
        raise DataError(
            f"{path} is no safetensors file, as generators are, but {kind}. "
            f"Use data with `symgen discover --data {path}`."
        )
    found: list[Metadata] = []

    def require(text: str, claimed: Mapping[str, torch.Tensor]) -> None:
        found.append(_metadata(path, text))
        with _fitting(path):
            require_claims(found[0], claimed)

    _, tensors, _ = tensor_file.read(path, ADVICE, require, MOST_BYTES)
    bad = [name for name, tensor in tensors.items() if not tensor.isfinite().all()]
    if bad:
        raise DataError(f"{path}: the tensor {bad[0]!r} has numbers that are not finite. Discover again.")
    metadata = found[0]
    with _fitting(path):
        generators = build_generators(metadata, tensors)
        require_numbers(metadata, generators, tensors)
    tensors = {name: tensor.to(device) for name, tensor in tensors.items()}
    specimen = {k.removeprefix("specimen."): v for k, v in tensors.items() if k.startswith("specimen.")}
    return Artifact(generators.to(device), metadata, tensors["points"], specimen, tensors.get("weight"))


@contextmanager
def _fitting(path: Path) -> Iterator[None]:
    """Turn what is wrong with a file's content, sound as its parts are, into a DataError."""
    try:
        yield
    except KeyError as error:
        raise DataError(f"{path}: its tensors do not fit its metadata: {error} is missing. Discover again.") from error
    except (ValueError, RuntimeError, UsageError) as error:
        why = first_fault(error) if isinstance(error, ValidationError) else error
        raise DataError(f"{path}: its tensors do not fit its metadata ({why}). Discover again.") from error


def build_generators(metadata: Metadata, tensors: Mapping[str, torch.Tensor]) -> Generators:
    """Generators of the kind that the metadata name; ValueError where the tensors do not fit."""
    if metadata.kind == "closed-form":
        closed = ClosedFormGenerators.of_records(metadata.space, metadata.generators)
        if closed is None:
            raise ValueError("kind closed-form without formulas and norms")
        return closed
    coefficients = tensors["generators.coefficients"]
    features = features_of(metadata, coefficients.device)
    generators = LibraryGenerators(metadata.space, features, coefficients)
    if isinstance(features, torch.nn.Module):
        own = {name: tensor for name, tensor in tensors.items() if name.startswith("generators.")}
        generators.load_state_dict({name.removeprefix("generators."): tensor for name, tensor in own.items()})
        generators.requires_grad_(False)
    return generators


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
