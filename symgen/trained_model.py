"""A user's model as a function: in evaluation mode, each input by itself, with a gradient; or a clear refusal."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import torch

from symgen.exceptions import DataError, UsageError

Model = Callable[[torch.Tensor], torch.Tensor]
ALIKE = 1e-3
"""Relative difference between outputs for the same input, from which on they are not the same."""
TRIED = 4
"""Inputs that a model is tried on."""


@contextmanager
def evaluated(model: Model) -> Iterator[None]:
    """Inside, all parts of a module are in evaluation mode: no dropout, no statistics of batches; then as before."""
    parts = list(model.modules()) if isinstance(model, torch.nn.Module) else []
    before = [part.training for part in parts]
    for part in parts:
        part.training = False
    try:
        yield
    finally:
        for part, training in zip(parts, before, strict=True):
            part.training = training


def called(model: Model) -> str:
    """The name of a module's class, or of a function."""
    return getattr(model, "__name__", type(model).__name__)


def precision_of(model: Model, inputs: torch.Tensor) -> torch.dtype:
    """The one that a module's weights have; of a function, that of the inputs, float32 if these are whole numbers."""
    weights = model.parameters() if isinstance(model, torch.nn.Module) else iter(())
    own = next((w.dtype for w in weights if w.is_floating_point()), None)
    return own or (inputs.dtype if inputs.is_floating_point() else torch.float32)


def device_of(model: Model, inputs: torch.Tensor) -> torch.device:
    """Where a module's weights are; of a function, where the inputs are."""
    weights = model.parameters() if isinstance(model, torch.nn.Module) else iter(())
    own = next(weights, None)
    return inputs.device if own is None else own.device


def rounding(dtype: torch.dtype) -> float:
    """Relative error of gradients in that precision: 0 for float64, where the rest of the work is no better."""
    return 0.0 if dtype == torch.float64 else 10 * torch.finfo(dtype).eps


def as_rows(outputs: torch.Tensor, count: int) -> torch.Tensor:
    """Outputs of `count` inputs as (count, p), whatever their shape; UsageError for what are no such outputs."""
    if not isinstance(outputs, torch.Tensor):
        raise UsageError(f"The model gives {type(outputs).__name__}, not a tensor. Give a function that picks one.")
    if outputs.ndim == 0 or len(outputs) != count:
        raise UsageError(
            f"The model makes {tuple(outputs.shape)} of {count} inputs: give one that makes ({count}, ...)"
        )
    return outputs.reshape(count, -1)


def require_function(call: Model, inputs: torch.Tensor) -> None:
    """Raise DataError for a model that is no function of single inputs with a gradient.

    `call` (B, ...) -> (B, p) is tried on some `inputs`: twice, and on one of them alone.
    """
    some = inputs[:TRIED].detach().requires_grad_()
    with torch.enable_grad():
        first = call(some)
    if not (first.is_floating_point() and first.requires_grad):
        raise DataError(
            "No gradient goes through the model: it gives whole numbers, or detaches its outputs. Give a function that "
            "returns scores, such as logits, instead of classes."
        )
    with torch.no_grad():
        # a batch of one is refused by layers with statistics of batches
        again, alone = call(inputs[:TRIED]), call(torch.cat([inputs[:1], inputs[:1]]))
    if not first.isfinite().all():
        raise DataError("The model gives numbers that are not finite.")
    size = first.abs().amax().clamp_min(torch.finfo(first.dtype).tiny)
    if (first - again).abs().amax() > ALIKE * size:
        raise DataError("The model gives different outputs for the same input. Take the chance out of it.")
    if (first[:1] - alone[:1]).abs().amax() > ALIKE * size:
        raise DataError(
            "What the model says of an input depends on the others in the batch. Give it in evaluation mode, or a "
            "function that treats every input by itself."
        )
