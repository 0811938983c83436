"""Checkpoints of flow training: one safetensors file with weights, optimiser, random state and history."""

from __future__ import annotations

import json
import warnings
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save

from symgen.atomic import atomic_write
from symgen.exceptions import DataError, SymgenWarning, UsageError
from symgen.readable import require_readable
from symgen.tensor_file import DTYPES

if TYPE_CHECKING:
    from symgen.discovery.flow_training import FlowTraining

KEY = "symgen-flow-checkpoint"
MOMENTS = ("step", "exp_avg", "exp_avg_sq")
COUNTS = ("step", "bad", "best_step")


def write_checkpoint(path: Path, training: FlowTraining) -> None:
    """Write the state of a training; an older checkpoint is replaced whole.

    Where it cannot be written, as on a full disk, the older one stays and the training goes on, with a SymgenWarning.
    """
    columns = list(training.history)
    rows = [training.history[name] for name in columns]
    tensors = {f"network.{name}": tensor for name, tensor in training.network.state_dict().items()}
    tensors |= {f"best.{name}": tensor for name, tensor in training.best.items()}
    tensors |= {"random": training.random_state, "history": torch.tensor(rows, dtype=torch.float64)}
    tensors["score"] = torch.tensor(training.best_score, dtype=torch.float64)
    for place, parameter in enumerate(training.parameters):
        for moment, value in training.optimiser.state.get(parameter, {}).items():
            tensors[f"adam.{place}.{moment}"] = value
    header = {
        "identity": _identity(training),
        "step": training.step,
        "bad": training.bad,
        "best_step": training.best_step,
        "columns": columns,
    }
    tensors = {name: tensor.detach().cpu().clone().contiguous() for name, tensor in tensors.items()}
    content = save(tensors, {KEY: json.dumps(header)})
    try:
        with atomic_write(path, force=True) as temporary:
            temporary.write_bytes(content)
    except (DataError, UsageError) as error:
        warnings.warn(f"{error} The training goes on without this checkpoint.", SymgenWarning, stacklevel=2)


def read_checkpoint(path: Path, training: FlowTraining) -> None:
    """Put the state of a checkpoint into a training.

    Raises DataError for a file that is damaged, no checkpoint, or of a training on other data or settings; the training
    is then what it was.
    """
    require_readable(path)
    try:
        with safe_open(path, "pt") as file:
            header = json.loads((file.metadata() or {})[KEY])
            if header["identity"] != _identity(training):
                raise DataError(f"{path} is of a training with other settings or data. Use those, or start without it.")
            columns = _columns(header, training)
            wanted = _wanted(training, file.keys(), len(columns), header["step"])
            for name, like in wanted.items():
                entry = file.get_slice(name)
                kind = DTYPES[entry.get_dtype()]  # norms become more precise while a network of float32 is trained
                if entry.get_shape() != list(like.shape) or kind.is_floating_point != like.dtype.is_floating_point:
                    raise ValueError(f"{name} is {entry.get_dtype()} {entry.get_shape()}")
            tensors = {name: file.get_tensor(name) for name in wanted}
        weights = [name for name in wanted if name.startswith(("network.", "best.", "adam."))]
        if not all(bool(tensors[name].isfinite().all()) for name in weights):
            raise ValueError("weights that are not finite")
        torch.Generator().set_state(tensors["random"])
    except (KeyError, TypeError, ValueError, OSError, RuntimeError, AttributeError, SafetensorError) as error:
        raise DataError(f"{path} is damaged or no checkpoint of a flow training. Start without it.") from error
    names = list(training.network.state_dict())
    training.network.load_state_dict({name: tensors[f"network.{name}"] for name in names})
    training.best = {name: tensors[f"best.{name}"].to(training.device) for name in names}
    training.best_score = float(tensors["score"])
    training.random.set_state(tensors["random"])
    training.random_state = tensors["random"]
    training.step, training.bad, training.best_step = (header[key] for key in COUNTS)
    training.history = dict(zip(columns, tensors["history"].tolist(), strict=True))
    for place, parameter in enumerate(training.parameters):
        if f"adam.{place}.step" in tensors:
            # Adam keeps its count of steps on the CPU
            training.optimiser.state[parameter] = {
                moment: tensors[name] if moment == "step" else tensors[name].to(training.device)
                for moment in MOMENTS
                for name in [f"adam.{place}.{moment}"]
            }


def _columns(header: Mapping[str, Any], training: FlowTraining) -> list[str]:
    """The names of the figures in a history; ValueError for a header that cannot be one of this training."""
    columns = header["columns"]
    if not isinstance(columns, list) or not all(isinstance(name, str) for name in columns):
        raise ValueError("no names of columns")
    counts = [header[key] for key in COUNTS]
    if any(type(count) is not int or not 0 <= count <= training.settings.steps for count in counts) or not counts[0]:
        raise ValueError(f"counts {counts}")
    return columns


def _wanted(training: FlowTraining, present: Collection[str], columns: int, steps: int) -> dict[str, torch.Tensor]:
    """Tensors of the types and shapes that a checkpoint of this training has, by name."""
    state = training.network.state_dict()
    wanted = {f"network.{name}": tensor for name, tensor in state.items()}
    wanted |= {f"best.{name}": tensor for name, tensor in state.items()}
    wanted |= {"random": training.random_state, "score": torch.empty((), dtype=torch.float64, device="meta")}
    wanted["history"] = torch.empty((columns, steps), dtype=torch.float64, device="meta")
    if any(name.startswith("adam.") for name in present):
        for place, parameter in enumerate(training.parameters):
            wanted |= {f"adam.{place}.{moment}": parameter for moment in MOMENTS}
            wanted[f"adam.{place}.step"] = torch.empty((), dtype=torch.float32, device="meta")
    return wanted


def _identity(training: FlowTraining) -> dict[str, object]:
    """What must be the same for a training to go on as if it had never stopped, as JSON gives it back."""
    parts = {"settings": training.settings.model_dump(mode="json"), **training.objective.identity}
    return json.loads(json.dumps(parts))
