"""Where bfloat16 is fast and right, and how many threads it bears."""

from __future__ import annotations

from contextlib import AbstractContextManager

import torch

from symgen.threads import one_thread

SMALLEST_SIDE = 16
"""Of images in pixels, for bfloat16 on a CPU: then two are left in the last stage."""


def fast_precision(device: str | torch.device, smallest: int) -> torch.dtype:
    """bfloat16 on CUDA and on processors with matrix units for it (AMX), else float32; `smallest` side in pixels.

    On processors oneDNN's gradients of convolutions in bfloat16 read memory that was never written where the images
    have shrunk to one pixel: they differ from run to run, and can be NaN.
    """
    kind = torch.device(device).type
    if kind != "cpu":
        return torch.bfloat16 if kind == "cuda" else torch.float32
    capabilities: dict[str, object] = getattr(torch.cpu, "get_capabilities", dict)()  # not in older torch
    return torch.bfloat16 if capabilities.get("amx_bf16") and smallest >= SMALLEST_SIDE else torch.float32


def threads(device: str | torch.device, precision: torch.dtype | None) -> AbstractContextManager[None]:
    """One thread for bfloat16 on a CPU.

    There oneDNN's threads wait for each other in a busy loop when they add up the gradients of a convolution:
    where cores are shared, a step has been seen to take 60 times as long. One thread of AMX does as much as two
    of float32.
    """
    return one_thread(torch.device(device).type == "cpu" and precision == torch.bfloat16)
