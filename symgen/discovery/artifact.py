"""Generators as an artifact, with everything that is known about them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch
from pydantic import BaseModel

from symgen import __version__
from symgen.generators.artifact import Artifact
from symgen.generators.base import Generators
from symgen.generators.metadata import Metadata


def written(
    fields: Generators,
    points: torch.Tensor,
    specimen: Mapping[str, torch.Tensor],
    settings: BaseModel,
    weight: torch.Tensor | None = None,
    **record: Any,
) -> Artifact:
    """The artifact of generators `fields` found in any domain with some settings, which have a seed.

    `points` (P, d) and `weight` (P,) are those of the inner product; `record` are the other entries of `Metadata`.
    """
    metadata = Metadata(
        symgen_version=__version__,
        torch_version=torch.__version__,
        space=fields.space,
        settings=settings.model_dump(mode="json"),
        seed=settings.seed,  # type: ignore[attr-defined]
        **record,
    )
    return Artifact(fields, metadata, points, specimen, weight)
