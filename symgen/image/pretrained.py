"""Networks that torchvision has trained on ImageNet, for larger images, by name."""

from __future__ import annotations

import torch
import torchvision
from torch import nn

from symgen.exceptions import DataError, UsageError
from symgen.image.extractor import Extractor, ExtractorInfo

PREFIX = "torchvision:"


def pretrained_extractor(name: str, size: tuple[int, int], device: str | torch.device = "cpu") -> Extractor:
    """The extractor `torchvision:NAME`, such as `torchvision:resnet18`, with torchvision's best weights; frozen.

    NAME is a classification model for images of that `size` (H, W) too. Its last linear layer is the head, what enters
    it the features. The weights are downloaded where torch's cache lacks them. Raises UsageError for an unknown or
    unsuitable name and DataError where the weights are not to be had or damaged.
    """
    model = name.removeprefix(PREFIX)
    known = torchvision.models.list_models(module=torchvision.models)
    if model not in known:
        raise UsageError(f"torchvision has no classifier {model!r}. It has, among others, resnet18 and resnet50.")
    weights = torchvision.models.get_model_weights(model).DEFAULT
    try:
        network = torchvision.models.get_model(model, weights=weights)
    except (OSError, RuntimeError) as error:  # no network, or a file whose checksum is wrong
        folder = f"{torch.hub.get_dir()}/checkpoints"
        raise DataError(
            f"The weights of {PREFIX}{model} could not be loaded ({error}). Put {weights.url} into {folder}, "
            "or leave the extractor to be trained."
        ) from error
    preset = weights.transforms()
    info = ExtractorInfo(
        architecture=PREFIX + model,
        classes=tuple(weights.meta["categories"]),
        mean=tuple(preset.mean),
        std=tuple(preset.std),
    )
    extractor = Extractor(network, _behead(network, name), info).freeze(device)
    try:
        extractor(torch.zeros(1, 3, *size, device=device))
    except (RuntimeError, AssertionError) as error:
        height, width = size
        raise UsageError(f"{name} takes no images of {height} x {width} pixels ({error}). Try resnet18.") from error
    return extractor


def _behead(network: nn.Module, architecture: str) -> nn.Linear:
    """Take the last linear layer out of a network, which then gives what entered it."""
    layers = [(name, module) for name, module in network.named_modules() if isinstance(module, nn.Linear)]
    if not layers:
        raise UsageError(f"{architecture} has no linear layer, whose input the features would be. Try resnet18.")
    name, head = layers[-1]
    network.set_submodule(name, nn.Identity())
    return head
