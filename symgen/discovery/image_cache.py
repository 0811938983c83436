"""Generators of images kept in the user's cache folder, keyed by what they are made from. Safe to delete."""

from __future__ import annotations

import hashlib
from pathlib import Path

import torch

from symgen import __version__
from symgen.cache import cache_folder, cached
from symgen.discovery.image import discover_image_flow, discover_image_spectral
from symgen.discovery.image_settings import ImageFlowSettings, ImageSettings, ImageSpectralSettings
from symgen.generators.artifact import Artifact, load
from symgen.image.datasets import ImageData
from symgen.image.extractor import Extractor


def cached_generators(data: ImageData, extractor: Extractor, settings: ImageSettings) -> Artifact:
    """The generators of these data, extractor and settings: from the cache if a sound file is there, else found.

    The settings' type says by which method. Raises as `discover_image_spectral` and `discover_image_flow` do.
    """
    device = extractor.mean.device

    def discover() -> Artifact:
        if isinstance(settings, ImageFlowSettings):
            return discover_image_flow(data, extractor, settings)[0]
        assert isinstance(settings, ImageSpectralSettings)
        return discover_image_spectral(data, extractor, settings)

    return cached(
        generators_path(data, extractor, settings),
        lambda path: load(path, device),
        discover,
        lambda artifact, path: artifact.save(path, force=True),
    )


def generators_path(data: ImageData, extractor: Extractor, settings: ImageSettings) -> Path:
    """Where the cache has the generators of these data, extractor and settings."""
    digest = hashlib.sha256(
        f"{__version__} {data.sha256} {type(settings).__name__} {settings.model_dump_json()}".encode()
    )
    digest.update(f"{torch.device(extractor.mean.device).type} {extractor.precision}".encode())
    for name, tensor in extractor.state_dict().items():
        digest.update(name.encode() + tensor.cpu().contiguous().numpy().tobytes())
    return cache_folder() / "generators" / f"{data.name}-{digest.hexdigest()[:16]}.safetensors"
