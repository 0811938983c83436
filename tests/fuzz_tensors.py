"""Files of generators and of a trained model, with sound checksums."""

from __future__ import annotations

import tempfile
from pathlib import Path

import torch
from fuzz_seeds import Files


def tensor_seeds() -> dict[str, Files]:
    from report_artifacts import particles, soliton

    from symgen.image.extractor import Extractor, ExtractorInfo

    torch.manual_seed(0)
    info = ExtractorInfo(architecture="whitened", width=1, classes=("a", "b"), mean=(0.5,) * 3, std=(0.2,) * 3)
    things = {"generators": soliton(), "generators of points": particles(), "extractor": Extractor.untrained(info)}
    found = {}
    with tempfile.TemporaryDirectory() as folder:
        for name, thing in things.items():
            path = Path(folder) / "own.safetensors"
            thing.save(path, force=True)
            found[name] = {"own.safetensors": path.read_bytes()}
    return found
