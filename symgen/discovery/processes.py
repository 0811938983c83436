"""Several processes for one task, as torchrun starts them."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta

import torch
from torch import distributed

from symgen.exceptions import UsageError

PATIENCE = timedelta(days=1)
"""Processes wait for the first to make data or train an extractor; torch's own 10 to 30 minutes are too few."""


@dataclass(frozen=True)
class Place:
    """Where this process stands among those that work together."""

    rank: int
    count: int
    device: str

    @contextmanager
    def first_alone(self) -> Iterator[None]:
        """The first process runs the body before the others do: what it makes there, they find."""
        if self.rank and self.count > 1:
            distributed.barrier()
        yield
        if not self.rank and self.count > 1:
            distributed.barrier()


def place_of_this_process(device: str) -> Place:
    """What torchrun's environment variables say, with a GPU for each process on CUDA; without them there is one.

    Raises UsageError for more processes than GPUs.
    """
    count = int(os.environ.get("WORLD_SIZE", "1"))
    if count == 1:
        return Place(0, 1, device)
    rank, local = int(os.environ["RANK"]), int(os.environ.get("LOCAL_RANK", "0"))
    if not device.startswith("cuda"):
        return Place(rank, count, device)
    if local >= torch.cuda.device_count():
        raise UsageError(
            f"torchrun started process {local} here, but there are {torch.cuda.device_count()} CUDA devices. "
            "Start fewer, or use --device cpu."
        )
    return Place(rank, count, f"cuda:{local}")


def rank_and_count() -> tuple[int, int]:
    """Of this process in the group that it has joined; alone it is the first of one."""
    if distributed.is_available() and distributed.is_initialized():
        return distributed.get_rank(), distributed.get_world_size()
    return 0, 1


@contextmanager
def process_group(device: str) -> Iterator[Place]:
    """Join the processes that torchrun's environment variables tell of, each with a GPU of its own on CUDA.

    Gradients go through gloo on a CPU and nccl on CUDA. Without those variables there is one process, and a program
    that has its own group keeps that. Raises UsageError for more processes than GPUs.
    """
    place = place_of_this_process(device)
    if place.count == 1 or distributed.is_initialized():
        yield place
        return
    on_cuda = place.device.startswith("cuda")
    if on_cuda:
        torch.cuda.set_device(place.device)
    distributed.init_process_group("nccl" if on_cuda else "gloo", timeout=PATIENCE)
    try:
        yield place
    finally:
        distributed.destroy_process_group()
