"""Where to compute."""

from __future__ import annotations

import os
import re

from symgen.exceptions import UsageError

PATTERN = r"auto|cpu|cuda(:\d+)?"
WORKSPACE = "CUBLAS_WORKSPACE_CONFIG"
"""What CUDA reads when it starts, and must find for products of matrices to be the same from run to run."""
REPEATABLE = (":4096:8", ":16:8")
"""Its values that say so: with these, symgen asks torch for deterministic algorithms on CUDA. The command line does."""


def pick_device(text: str) -> str:
    """The device for torch that --device asks for; UsageError if there is no such thing, or not on this machine."""
    import torch

    if not re.fullmatch(PATTERN, text):
        raise UsageError(f"{text!r} is not a device: give auto, cpu, cuda or cuda:k.")
    count = torch.cuda.device_count()
    if text == "auto":
        text = "cuda" if count else "cpu"
    index = int(text.partition(":")[2] or 0)
    if text != "cpu" and index >= count:
        found = f"{count} CUDA device{'s' * (count != 1)}" if count else "no CUDA device"
        raise UsageError(f"--device {text}: there is {found} here. Use --device auto or cpu.")
    if text.startswith("cuda") and os.environ.get(WORKSPACE) in REPEATABLE:
        # what has no deterministic version, as the gradient of sampled images, still runs
        torch.use_deterministic_algorithms(True, warn_only=True)
    return text
