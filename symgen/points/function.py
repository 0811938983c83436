"""A user's own function as what is differentiated: of torch, with its own gradients, or of numpy, by differences."""

from __future__ import annotations

import importlib
import inspect
import os
import sys
from collections.abc import Callable
from typing import Any

import torch

from symgen.exceptions import DataError, UsageError
from symgen.points.calling import SINGLE, TRIED, Call, find_call, guarded
from symgen.points.differences import differentiated
from symgen.points.point_set import PointSet
from symgen.points.target import CHUNK, Function, Target

LOOKED_AT = 200
"""Points at which gradients are compared with differences."""
MOST_DIFFERENCES = 4000
"""Of as many coordinates in all the error of differences is estimated, but at the FEWEST points at least."""
FEWEST = 16
AGREES = 1e-3
"""Of gradients and differences, relative, at half of these."""
AGAIN = 1e-2
"""Share of what others in the batch may change by rounding, that the same call may."""
TOO_WRONG = 0.1
"""Relative error of differences that are of no use."""


def load_function(where: str) -> Callable[[Any], Any]:
    """What `package.module:name` names, in the current folder or installed; it is imported, so its code runs.

    Raises UsageError if there is no such thing, or it cannot be called; DataError if the import fails.
    """
    module_name, colon, name = where.partition(":")
    if not colon or not name or not module_name or module_name.startswith("."):
        raise UsageError(f"{where!r} does not name a function: write package.module:name, as in mine:energy.")
    if module_name.endswith(".py") or os.sep in module_name:
        guess = module_name.removesuffix(".py").replace(os.sep, ".").strip(".")
        raise UsageError(f"{module_name!r} is a file: name the module, as in {guess}:{name}.")
    folder = os.getcwd()
    if sys.path[:1] != [folder]:
        sys.path.insert(0, folder)
        importlib.invalidate_caches()
    try:
        module = importlib.import_module(module_name)
    except (Exception, SystemExit) as error:
        missing = isinstance(error, ModuleNotFoundError) and error.name
        if missing and (module_name == missing or module_name.startswith(f"{missing}.")):
            raise UsageError(f"There is no module {missing!r} in {folder} or installed.") from None
        message = " ".join(str(error).split())[:300]
        raise DataError(f"Importing {module_name} raised {type(error).__name__}: {message}.") from error
    found: Any = module
    for part in name.split("."):
        if not hasattr(found, part):
            raise UsageError(f"{module_name} ({getattr(module, '__file__', 'built in')}) has no {name!r}.")
        found = getattr(found, part)
    if not callable(found) or inspect.isclass(found):
        raise UsageError(f"{where} is {'a class' if inspect.isclass(found) else type(found).__name__}, not a function.")
    return found


def as_target(function: Callable[[Any], Any], points: PointSet, name: str) -> Target:
    """A function of points (n, k, d), or (n, d) where k is 1, that returns (n,) or (n, p), as a Target.

    It may take tensors, in float64 or float32, whose gradients are autograd's, or arrays of numpy, whose gradients are
    central differences; modules are run as a copy in float64 if that works. Raises DataError for a function that
    raises, that returns another shape or numbers that are not finite, or that is constant, random, of no gradient, or
    different for a point when others are different.
    """
    x = points.values
    draw = torch.Generator().manual_seed(0)
    some = x[torch.randperm(len(x), generator=draw).to(x.device)]
    sample = some[torch.arange(TRIED, device=x.device) % len(x)]
    call = find_call(function, name, sample)
    run = guarded(call)
    single = call.single(sample)
    _require_rows(run, name, some, 1e-3 if single else 1e-7)
    with torch.no_grad():
        values = torch.cat([run(part) for part in x.split(CHUNK)])
    _require_values(values, name)
    stem = name.rpartition(":")[2].rpartition(".")[2]
    stem = stem if stem.isidentifier() else "f"
    names = (stem,) if values.shape[1] == 1 else tuple(f"{stem}{i}" for i in range(1, values.shape[1] + 1))
    while set(names) & set(points.names):
        names = tuple(f"{own}_" for own in names)
    return _differentiable(run, call, name, names, x, some[:LOOKED_AT], single)


def _differentiable(
    run: Function, call: Call, name: str, names: tuple[str, ...], x: torch.Tensor, some: torch.Tensor, single: bool
) -> Target:
    spread = x.std(0, correction=0).clamp_min(x.flatten(0, 1).std(0, correction=0) * 1e-6)
    own = Target(run, names, name, SINGLE if single else 0.0)
    has_own = call.dtype is not None and _has_gradient(run, some)
    if has_own:
        gradients = own.gradients(some) * spread
        if _agree(run, some, gradients, spread):
            _require_gradient(gradients, name)
            return own
    few = some[: max(FEWEST, MOST_DIFFERENCES // spread.numel())]
    by_differences, error = differentiated(run, few, spread)
    if not error < TOO_WRONG:
        raise DataError(
            f"The gradient of {name} cannot be had by differences: they change by {error:.0%} with their step. "
            "Write it with torch, so that its gradients are exact, or make it smooth."
        )
    _require_gradient(by_differences.jacobian(few), name)
    why = ", as its own gradients are others" if has_own else ""
    return Target(by_differences, names, f"{name}, by differences{why}", max(error, own.error))


def _has_gradient(run: Function, some: torch.Tensor) -> bool:
    with torch.enable_grad():
        return run(some.detach().requires_grad_()).requires_grad


def _agree(run: Function, some: torch.Tensor, gradients: torch.Tensor, spread: torch.Tensor) -> bool:
    """Whether normalised gradients at points (B, k, d) are what differences along a direction of each are.

    At half of the points: not at all of them, as functions may have kinks.
    """
    draw = torch.Generator().manual_seed(1)
    directions = torch.randn(some.shape, generator=draw, dtype=torch.float64).to(some.device)
    directions = directions / directions.flatten(1).norm(dim=1)[:, None, None]
    start = some.new_zeros(len(some), 1, 1)
    along, _ = differentiated(lambda s: run(some + s * directions * spread), start, some.new_ones(1, 1))
    wanted = along.jacobian(start)[..., 0, 0]
    apart = ((gradients * directions[:, None]).sum((2, 3)) - wanted).square().mean(1).sqrt()
    size = gradients.square().sum((1, 2, 3)).sqrt() + wanted.square().mean(1).sqrt()
    known = apart.isfinite()
    return bool((apart <= AGREES * size)[known].double().mean() >= 0.5) if known.any() else True


def _require_rows(run: Function, name: str, some: torch.Tensor, tolerance: float) -> None:
    """The same for the same points, whatever else is in the batch."""
    half = max(1, min(TRIED, len(some) // 2))
    first, second, third = some[:half], some[half : 2 * half], some[-half:].flip(0)
    with torch.no_grad():
        once, again = run(torch.cat([first, second])), run(torch.cat([first, second]))
        beside = run(torch.cat([first, first.flip(0) if len(some) <= 2 * half else third]))
    size = once.abs().max()
    if ((once - again).abs() > tolerance * AGAIN * size).any():
        raise DataError(
            f"{name} returns other numbers when it is called again. Take the chance out of it; "
            "of a module in training, call eval()."
        )
    if ((once[:half] - beside[:half]).abs() > tolerance * size).any():
        raise DataError(
            f"What {name} returns for a point depends on the other points of the batch: every row must be computed by "
            "itself. Of a module in training, call eval()."
        )


def _require_values(values: torch.Tensor, name: str) -> None:
    bad = ~values.isfinite().all(1)
    if bad.any():
        raise DataError(
            f"{name} is not finite at {int(bad.sum())} of {len(values)} points, the first is number "
            f"{int(bad.nonzero()[0])}. Remove these points."
        )
    if not (values.std(0, correction=0) > 1e-12 * values.abs().amax(0)).any():
        raise DataError(f"{name} is constant over all points: every field leaves it as it is.")


def _require_gradient(gradients: torch.Tensor, name: str) -> None:
    if not (gradients != 0).any():
        raise DataError(
            f"The gradient of {name} is zero everywhere: it changes by jumps only. Of a classifier, return the logits."
        )
