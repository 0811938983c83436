"""How a user's function wants to be called, found by calling it, and what it must keep to."""

from __future__ import annotations

import copy
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import nn

from symgen.exceptions import DataError

TRIED = 11
"""Points of a trial call: no likely number of coordinates."""
SINGLE = 1e-6
"""Relative error of gradients in float32."""


@dataclass(frozen=True)
class Call:
    """A way to call it."""

    function: Callable[[Any], Any]
    """Itself, or a copy in float64."""
    name: str
    dtype: torch.dtype | None
    """Of tensors; None for arrays of numpy."""
    flat: bool
    """Points (B, d) rather than (B, k, d)."""
    device: torch.device | None = None
    """Where the tensors must be, if it matters."""

    def __call__(self, x: torch.Tensor) -> torch.Tensor:
        """Points (B, k, d) -> (B, p), float64, where x is."""
        result = self.raw(x)
        if result is None:
            raise DataError(f"{self.name} returns nothing. It must return a row of numbers for each point.")
        if result.is_complex() if isinstance(result, torch.Tensor) else np.iscomplexobj(result):
            raise DataError(f"{self.name} returns complex numbers. Return real and imaginary parts as components.")
        if not isinstance(result, torch.Tensor):
            try:
                result = torch.from_numpy(np.atleast_1d(np.asarray(result, np.float64)))
            except (TypeError, ValueError):
                raise DataError(f"{self.name} returns {type(result).__name__}, not an array of real numbers.") from None
        if result.ndim == 0 or len(result) != len(x) or result.ndim > 2 or 0 in result.shape:
            if result.numel() != len(x):
                raise DataError(
                    f"{self.name} returns the shape {tuple(result.shape)} for {len(x)} points of shape "
                    f"{self._shape(x)}: it must be ({len(x)},) or ({len(x)}, p), a row for each point."
                )
            result = result.reshape(len(x))
        return result.double().to(x.device).reshape(len(x), -1)

    def raw(self, x: torch.Tensor) -> Any:
        """What it returns: of a copy of x, which it may do with as it likes."""
        own = x[:, 0] if self.flat else x
        if self.dtype is None:
            return self.function(own.detach().cpu().double().numpy().copy())
        return self.function(own.to(self.dtype).to(self.device or x.device).clone())

    def _shape(self, x: torch.Tensor) -> tuple[int, ...]:
        return tuple(x[:, 0].shape if self.flat else x.shape)

    def single(self, sample: torch.Tensor) -> bool:
        """Whether it computes in float32: it does not see more digits of the points."""
        near = sample * (1 + 2.0**-30)
        with torch.no_grad():
            return self.dtype == torch.float32 or torch.equal(self(near), self(near.float().double()))


def find_call(function: Callable[[Any], Any], name: str, sample: torch.Tensor) -> Call:
    """The first way that works on a few points (B, k, d): tensors in float64, then in float32, then arrays of numpy.

    Plain vectors are given as (B, d), or else as (B, 1, d). Raises DataError if nothing works, with what it raised.
    """
    said: dict[str, None] = {}
    refused: DataError | None = None
    for call in _ways(function, name, sample):
        try:
            with torch.enable_grad(), warnings.catch_warnings():
                warnings.simplefilter("ignore")  # of calls that are not to its taste
                call(sample.detach().requires_grad_())
        except DataError as error:
            refused = refused or error
        except (Exception, SystemExit) as error:
            said[f"{type(error).__name__}: {_one_line(error)}"] = None
        else:
            return call
    if refused:
        raise refused
    raise DataError(f"{name} raised {'; and called in another way: '.join(list(said)[:2])}.")


def guarded(call: Call) -> Callable[[torch.Tensor], torch.Tensor]:
    """The same, but what it raises later on is a DataError, too."""

    def guard(x: torch.Tensor) -> torch.Tensor:
        try:
            return call(x)
        except DataError:
            raise
        except (Exception, SystemExit) as error:
            raise DataError(f"{call.name} raised {type(error).__name__}: {_one_line(error)}.") from error

    return guard


def _ways(function: Callable[[Any], Any], name: str, sample: torch.Tensor) -> Iterator[Call]:
    shapes = (True, False) if sample.shape[1] == 1 else (False,)
    device = None
    kinds: list[tuple[Callable[[Any], Any], torch.dtype | None]] = []
    if isinstance(function, nn.Module):
        device = next((p.device for p in function.parameters()), None)
        kinds.append((copy.deepcopy(function).double(), torch.float64))
    kinds += [(function, torch.float64), (function, torch.float32), (function, None)]
    for way, dtype in kinds:
        for flat in shapes:
            yield Call(way, name, dtype, flat, device)


def _one_line(error: BaseException) -> str:
    return " ".join(str(error).split())[:300] or "without a message"
