"""Small generators files of every kind, and how their content is changed with the checksum made right again."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import torch
from report_artifacts import ARTIFACTS, soliton
from safetensors import safe_open
from safetensors.torch import save_file

from symgen.generators.artifact import Artifact
from symgen.generators.features import Features
from symgen.generators.inner_product import field_matrix, norms
from symgen.generators.library import LibraryGenerators
from symgen.generators.network import Heads, HeadsShape, Trunk, TrunkShape
from symgen.generators.total_degree import TotalDegreeLibrary
from symgen.tensor_file import digest

Place = tuple[str | int, ...]


def library() -> Artifact:
    """The generators of a soliton as polynomials."""
    space = soliton().metadata.space
    made = TotalDegreeLibrary.on(space.lower, space.upper, 2)
    return _linear_in(made, "library", library=made.axes, total_degree=2)


def trunk() -> Artifact:
    """Some fields of a trunk."""
    shape = TrunkShape(width=6, waves=(False,) * 3)
    draw = torch.Generator().manual_seed(0)
    return _linear_in(Trunk(soliton().metadata.space, shape, draw), "network", trunk=shape)


def heads() -> Artifact:
    """Some fields of heads on a trunk."""
    shape, own = TrunkShape(width=6, waves=(False,) * 3), HeadsShape(count=4, width=5)
    draw = torch.Generator().manual_seed(0)
    return _linear_in(Heads(soliton().metadata.space, shape, own, draw), "network", trunk=shape, heads=own)


KINDS: dict[str, Callable[[], Artifact]] = {**ARTIFACTS, "library": library, "trunk": trunk, "heads": heads}


def _linear_in(features: Features, kind: str, **more: Any) -> Artifact:
    """Four unit fields with random coefficients, of a soliton's data."""
    made = soliton()
    space, points = made.metadata.space, made.points
    draw = torch.Generator().manual_seed(1)
    coefficients = torch.randn(4, 3, features.size, generator=draw, dtype=torch.float64)
    size = norms(field_matrix(LibraryGenerators(space, features, coefficients), points))
    generators = LibraryGenerators(space, features, (coefficients / size[:, None, None]).detach())
    records = tuple(
        record.model_copy(update={"formula": None, "formula_error": None, "norm": None})
        for record in made.metadata.generators
    )
    metadata = made.metadata.model_copy(update={"kind": kind, "generators": records, **more})
    return Artifact(generators.requires_grad_(False), metadata, points, made.specimen)


def opened(path: Path) -> tuple[dict[str, str], dict[str, torch.Tensor]]:
    """Header and tensors of a file, read as they are."""
    with safe_open(path, "pt") as file:
        return file.metadata(), {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118


def forge(
    path: Path,
    change: Callable[[dict[str, Any]], object] = lambda document: None,
    change_tensors: Callable[[dict[str, torch.Tensor]], object] = lambda tensors: None,
) -> None:
    """Change a file and make its checksum right again; a text that `change` gives takes the metadata's place."""
    header, tensors = opened(path)
    tensors = {name: tensor.clone() for name, tensor in tensors.items()}
    document = json.loads(header["symgen"])
    text = change(document)
    text = text if isinstance(text, str) else json.dumps(document)
    change_tensors(tensors)
    save_file(tensors, path, {"symgen": text, "sha256": digest(text, tensors)})


def leaves(document: Any, place: Place = ()) -> Iterator[Place]:
    """Places of values in a document; of long lists those at both ends."""
    if isinstance(document, dict) and document:
        for key, value in document.items():
            yield from leaves(value, (*place, key))
    elif isinstance(document, list) and document:
        for index in sorted({0, len(document) - 1}):
            yield from leaves(document[index], (*place, index))
    else:
        yield place


def value_at(document: Any, place: Place) -> Any:
    """What stands at a place."""
    for part in place:
        document = document[part]
    return document


def with_value(document: Any, place: Place, value: Any) -> Any:
    """A copy of a document with another value at a place."""
    changed = json.loads(json.dumps(document))
    value_at(changed, place[:-1])[place[-1]] = value
    return changed
