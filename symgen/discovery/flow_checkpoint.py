"""Checkpoints of flow training: one safetensors file with weights, optimiser, random state and history."""

from __future__ import annotations

import json
import warnings
from pathlib import Path
from typing import TYPE_CHECKING

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save

from symgen.atomic import atomic_write
from symgen.exceptions import DataError, SymgenWarning, UsageError

if TYPE_CHECKING:
    from symgen.discovery.flow_training import FlowTraining

KEY = "symgen-flow-checkpoint"
MOMENTS = ("step", "exp_avg", "exp_avg_sq")


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

    Raises DataError for a file that is damaged, no checkpoint, or of a training on other data or settings.
    """
    try:
        with safe_open(path, "pt") as file:
            header = json.loads((file.metadata() or {})[KEY])
            tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118 (not a mapping)
        if header["identity"] != _identity(training):
            raise DataError(f"{path} is of a training with other settings or data. Use those, or start without it.")
        rows = tensors["history"].tolist()
        state = {name: tensors[f"network.{name}"] for name in training.network.state_dict()}
        training.network.load_state_dict(state)
        training.best = {name: tensors[f"best.{name}"].to(training.device) for name in state}
        training.random.set_state(tensors["random"])
        training.best_score = float(tensors["score"])
        training.step, training.bad, training.best_step = (int(header[key]) for key in ("step", "bad", "best_step"))
    except (KeyError, TypeError, ValueError, OSError, RuntimeError, SafetensorError) as error:
        raise DataError(f"{path} is damaged or no checkpoint of a flow training. Start without it.") from error
    training.random_state = tensors["random"]
    training.history = dict(zip(header["columns"], rows, strict=True))
    for place, parameter in enumerate(training.parameters):
        names = {moment: f"adam.{place}.{moment}" for moment in MOMENTS}
        if names["step"] in tensors:
            # Adam keeps its count of steps on the CPU
            training.optimiser.state[parameter] = {
                moment: tensors[name] if moment == "step" else tensors[name].to(training.device)
                for moment, name in names.items()
            }


def _identity(training: FlowTraining) -> dict[str, object]:
    """What must be the same for a training to go on as if it had never stopped, as JSON gives it back."""
    parts = {"settings": training.settings.model_dump(mode="json"), **training.objective.identity}
    return json.loads(json.dumps(parts))
