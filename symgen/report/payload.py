"""Arrays for the page: whole numbers of 16 bits with a scale each, all together in one compressed block of text."""

from __future__ import annotations

import base64
import gzip
import json
from collections.abc import Mapping
from typing import Any

import numpy as np
import torch

LARGEST = 32767
STEADY = 1e-6
"""Variation, relative to the size of all that an array is added to, below which it is one number."""


class Payload:
    """Collects arrays; each is known by what `add` gives for it, which goes into the page's JSON."""

    def __init__(self) -> None:
        self._blocks: list[bytes] = []
        self._length = 0

    def add(self, values: torch.Tensor, size: float | None = None) -> dict[str, Any]:
        """An array of any shape, finite -> a record from which the page makes a Float32Array, row-major.

        `size` is that of what it is added to; a nearly constant array is one number.
        """
        array = values.detach().cpu().double().numpy().ravel()
        low, high = float(array.min(initial=np.inf)), float(array.max(initial=-np.inf))
        if not array.size or high - low <= STEADY * (size if size is not None else max(abs(low), abs(high))):
            return {"n": array.size, "all": float(array.mean()) if array.size else 0.0}
        middle, scale = (low + high) / 2, (high - low) / (2 * LARGEST)
        whole = np.rint((array - middle) / scale).astype(np.int64)
        steps = np.diff(whole, prepend=0).astype(np.uint16)  # modulo 2^16; smooth arrays have small ones
        start = self._length
        self._blocks.append(steps.astype("<u2").tobytes())
        self._length += array.size
        return {"n": array.size, "at": start, "middle": middle, "scale": scale}

    def text(self) -> str:
        """All arrays, compressed, in base 64."""
        raw = np.frombuffer(b"".join(self._blocks), dtype=np.uint8).reshape(-1, 2)
        planes = raw.T.tobytes()  # all low bytes, then all high ones, which are mostly 0 or 255
        return base64.b64encode(gzip.compress(planes, 9, mtime=0)).decode()


def data_json(value: Mapping[str, Any]) -> str:
    """JSON that can stand in a script element: no `</script>` or `<!--` can be in it."""
    text = json.dumps(value, ensure_ascii=True, allow_nan=False, separators=(",", ":"))
    return text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")
