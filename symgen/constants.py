"""Constants on the device where they are used: sent there once, not at every evaluation.

Sending a few numbers to a GPU waits for all that it still has to do, which costs far more than computing with them.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence

import torch
from torch._C import _functorch

MOST = 4096
"""Of a few numbers each; beyond, all are made anew."""

_kept: dict[tuple[Hashable, torch.dtype, torch.device], torch.Tensor] = {}


def constant(values: Sequence[float], like: torch.Tensor) -> torch.Tensor:
    """What `like.new_tensor(values)` gives. It is shared: never change it in place."""
    values = tuple(values)
    return kept(values, lambda: torch.tensor(values, dtype=torch.float64), like)


def kept(key: Hashable, make: Callable[[], torch.Tensor], like: torch.Tensor) -> torch.Tensor:
    """What `make` gives, with the dtype and on the device of `like`; made once for a key. It is shared, too."""
    if torch.compiler.is_compiling():  # compiled code keeps its own
        return make().to(like.device, like.dtype)
    place = key, like.dtype, like.device
    found = _kept.get(place)
    if found is None:
        with torch.inference_mode(False), torch.no_grad():  # else it would be of no use outside of inference
            found = make().to(like.device, like.dtype)
        while _functorch.is_functorch_wrapped_tensor(found):  # it does not depend on what is differentiated
            found = _functorch.get_unwrapped(found)
        if hasattr(found, "fake_mode"):  # a shape without numbers
            return found
        if len(_kept) >= MOST:
            _kept.clear()
        _kept[place] = found
    return found
