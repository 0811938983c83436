"""Where to compute."""

from __future__ import annotations

import re

from symgen.exceptions import UsageError

PATTERN = r"auto|cpu|cuda(:\d+)?"


def pick_device(text: str) -> str:
    """The device for torch that --device asks for; UsageError if there is no such thing, or not on this machine."""
    import torch

    if not re.fullmatch(PATTERN, text):
        raise UsageError(f"{text!r} is not a device: give auto, cpu, cuda or cuda:k.")
    count = torch.cuda.device_count()
    if text == "auto":
        return "cuda" if count else "cpu"
    index = int(text.partition(":")[2] or 0)
    if text != "cpu" and index >= count:
        found = f"{count} CUDA device{'s' * (count != 1)}" if count else "no CUDA device"
        raise UsageError(f"--device {text}: there is {found} here. Use --device auto or cpu.")
    return text
