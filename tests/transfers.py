"""A device far from the processor, in place of a GPU where there is none: what crosses over to it is counted.

Its tensors say that they are on `FAR` and have their numbers in tensors of the processor, so that everything on it can
be run anywhere; like CUDA it refuses to mix its tensors with others. Autograd and torch.func work on it.
"""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import torch
from torch.overrides import TorchFunctionMode
from torch.utils._python_dispatch import TorchDispatchMode

FAR = torch.device("lazy")
aten = torch.ops.aten
READS = (aten._local_scalar_dense, aten.equal, aten.is_nonzero)
SIZED = (
    aten.nonzero,
    aten.masked_select,
    aten._unique2,
    aten.unique_consecutive,
    aten.unique_dim,
    aten.unique_dim_consecutive,
    aten.bincount,
    aten.repeat_interleave,
)
"""What waits for the device to know the shape of its result."""
INDEXED = (aten.index, aten.index_put, aten.index_put_, aten._index_put_impl_, aten._unsafe_index)
MADE = (torch.tensor, torch.as_tensor, torch.asarray, torch.Tensor.new_tensor)


class Crossings:
    """How often what happened: `sent` and `fetched` tensors, numbers that were `read`, sizes that were `waited` for,
    and `constants` made on the processor from Python's numbers.
    """

    def __init__(self) -> None:
        self.kinds: Counter[str] = Counter()
        self.places: Counter[str] = Counter()

    def count(self, kind: str) -> None:
        """One more, and where in symgen (for people who look for it)."""
        self.kinds[kind] += 1
        frame = sys._getframe()
        while frame.f_back and "/symgen/" not in frame.f_code.co_filename:
            frame = frame.f_back
        self.places[f"{kind} at {frame.f_code.co_filename}:{frame.f_lineno}"] += 1

    @property
    def total(self) -> int:
        """All of them."""
        return sum(self.kinds.values())

    def __str__(self) -> str:
        return "\n".join(f"{count:5} {place}" for place, count in self.places.most_common()) or "nothing"


class Far(torch.Tensor):
    """A tensor on the far device."""

    near: torch.Tensor

    @staticmethod
    def __new__(cls, near: torch.Tensor) -> Far:
        """With these numbers."""
        made = torch.Tensor._make_wrapper_subclass(
            cls,
            near.size(),
            strides=near.stride(),
            storage_offset=near.storage_offset(),
            dtype=near.dtype,
            device=FAR,
            requires_grad=False,
        )
        made.near = near.detach()
        return made

    def __repr__(self) -> str:
        return f"Far({self.near!r})"

    @classmethod
    def __torch_dispatch__(cls, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        """Outside of the counting, too."""
        return _run(func, args, kwargs or {}, Crossings())


def near(values: torch.Tensor) -> torch.Tensor:
    """The numbers of a tensor, to compare with others."""
    own = values.detach()
    return own.near if isinstance(own, Far) else own


def _run(func: Any, args: Any, kwargs: dict[str, Any], crossings: Crossings) -> Any:
    packet, flat = func.overloadpacket, _tensors((*args, *kwargs.values()))
    far = [t for t in flat if isinstance(t, Far)]
    if any(t.device == FAR and not isinstance(t, Far) for t in flat):
        raise RuntimeError(f"{func}: a tensor without numbers; it was made where this does not look")
    device = kwargs.get("device")
    there = bool(far) if device is None else torch.device(device) == FAR
    if device is not None and torch.device(device) == FAR:
        kwargs = kwargs | {"device": torch.device("cpu")}
    if packet is aten._to_copy or packet is aten.copy_:
        source = flat[-1]
        target = isinstance(flat[0], Far) if packet is aten.copy_ else there
        if target != isinstance(source, Far):
            crossings.count("sent" if target else "fetched")
    elif packet in READS:
        if far:
            crossings.count("read")
    elif packet is aten.lift_fresh:
        if not far:
            crossings.count("constants")
    elif far:
        if packet in SIZED and kwargs.get("output_size") is None:
            crossings.count("waited")
        indices = [t for t in args[1] if t is not None] if packet in INDEXED else []
        if isinstance(flat[0], Far):
            for index in indices:
                if not isinstance(index, Far):
                    crossings.count("sent")
            if any(index.dtype in (torch.bool, torch.uint8) for index in indices):
                crossings.count("waited")
        strangers = [t for t in flat if not isinstance(t, Far) and t.ndim and not any(t is i for i in indices)]
        if strangers:
            raise RuntimeError(f"{func} on two devices: a tensor {tuple(strangers[0].shape)} is still on the processor")
    if packet is aten._efficientzerotensor:  # it has no numbers, either
        func, packet = aten.zeros.default, aten.zeros
    result = func(*map(_near, args), **{name: _near(value) for name, value in kwargs.items()})
    if func._schema.is_mutable and flat:  # in place
        return flat[0]
    return _far(result) if there else result


def _tensors(values: Any) -> list[torch.Tensor]:
    found = []
    for value in values:
        if isinstance(value, torch.Tensor):
            found.append(value)
        elif isinstance(value, list | tuple):
            found += _tensors(value)
    return found


def _near(value: Any) -> Any:
    if isinstance(value, list | tuple):
        return type(value)(map(_near, value))
    return value.near if isinstance(value, Far) else value


def _far(value: Any) -> Any:
    if isinstance(value, list | tuple):
        return type(value)(map(_far, value))
    if not isinstance(value, torch.Tensor):
        return value
    return Far(value.resolve_conj().resolve_neg())  # those bits would be seen twice


class _Dispatched(TorchDispatchMode):
    def __init__(self, crossings: Crossings) -> None:
        super().__init__()
        self.crossings = crossings

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        return _run(func, args, kwargs or {}, self.crossings)


class _Constructed(TorchFunctionMode):
    """torch.tensor(numbers, device=...) sends them without a word to the other mode; here it sends them aloud."""

    def __torch_function__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        kwargs = dict(kwargs or {})
        if func is torch.Tensor.tolist and args[0].device == FAR:
            return args[0].cpu().tolist()
        if func in (torch.Tensor.__getitem__, torch.Tensor.__setitem__) and args[0].device == FAR:
            args = (args[0], _indices(args[1]), *args[2:])
        if func not in MADE:
            return func(*args, **kwargs)
        device = kwargs.get("device")
        if func is torch.Tensor.new_tensor:
            like, *args = args
            kwargs = {"dtype": like.dtype, "device": like.device} | kwargs
            device, func = kwargs["device"], torch.tensor
        if device is None or torch.device(device) != FAR or isinstance(args[0], torch.Tensor):
            return func(*args, **kwargs)
        kwargs["device"] = "cpu"
        return func(*args, **kwargs).to(FAR)


def _indices(index: Any) -> Any:
    """With tensors for lists of numbers, which torch would send without a word."""
    whole = index if isinstance(index, tuple) else (index,)
    found = tuple(torch.tensor(part) if isinstance(part, list | tuple) else part for part in whole)
    return found if isinstance(index, tuple) else found[0]


@contextmanager
def crossings() -> Iterator[Crossings]:
    """Counts what crosses between processor and far device inside."""
    counted = Crossings()
    before = torch.__future__.get_overwrite_module_params_on_conversion()
    torch.__future__.set_overwrite_module_params_on_conversion(True)  # a new tensor has new numbers
    try:
        with _Constructed(), _Dispatched(counted):
            yield counted
    finally:
        torch.__future__.set_overwrite_module_params_on_conversion(before)


def sent(values: torch.Tensor) -> torch.Tensor:
    """Values on the far device, with the same numbers; a leaf if they are one."""
    with crossings():
        return values.detach().clone().to(FAR).requires_grad_(values.requires_grad)
