"""Several processes for one task, as torchrun starts them: each has its share of the work, and all the whole result."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, TypeVar

import torch
from torch import distributed

from symgen.exceptions import ProcessLost, SymgenError, UsageError

MEETING = timedelta(minutes=10)
"""Within which all processes must have started."""
PATIENCE = timedelta(days=1)
"""Processes wait for the first to make data or train an extractor; torch's own 10 to 30 minutes are too few. One that
ends is noticed at once, as its connections close."""
FAILURE = "symgen/failure"
"""Where the first process that fails says why."""
Result = TypeVar("Result")
_TOGETHER = ContextVar[bool | None]("together", default=None)
"""Whether what follows is shared; None outside of `process_group`: a program's own group may have other plans."""


@dataclass(frozen=True)
class Place:
    """Where this process stands among those that work together."""

    rank: int
    count: int
    device: str

    @contextmanager
    def first_alone(self) -> Iterator[None]:
        """The first process runs the body before the others do: what it makes there, they find; where it fails, all
        raise what it raised.
        """
        if self.count > 1 and self.rank:
            _raise_if_any([_from_first(None)])
        try:
            with alone():
                yield
        except BaseException as error:
            if self.count > 1 and not self.rank:
                _from_first(_portable(error, 0))
            raise
        if self.count > 1 and not self.rank:
            _from_first(None)


def place_of_this_process(device: str) -> Place:
    """What torchrun's environment variables say, with a GPU for each process on CUDA; without them there is one.

    Raises UsageError for more processes than GPUs.
    """
    count = int(os.environ.get("WORLD_SIZE", "1"))
    if count == 1:
        return Place(0, 1, device)
    if "RANK" not in os.environ:
        raise UsageError(
            f"WORLD_SIZE is {count}, but there is no RANK. Start symgen with torchrun, or unset WORLD_SIZE."
        )
    rank, local = int(os.environ["RANK"]), int(os.environ.get("LOCAL_RANK", "0"))
    if not device.startswith("cuda"):
        return Place(rank, count, device)
    if local >= torch.cuda.device_count():
        raise UsageError(
            f"torchrun started process {local} here, but there are {torch.cuda.device_count()} CUDA devices. "
            "Start fewer, or use --device cpu."
        )
    return Place(rank, count, f"cuda:{local}")


@contextmanager
def alone() -> Iterator[None]:
    """Work of this process that no other has a part in."""
    with _set(False):
        yield


def go_on_alone() -> None:
    """Until the group ends what follows is this process's alone: the others have done their part."""
    if _TOGETHER.get():  # which is as before at the end of `process_group`
        _TOGETHER.set(False)


@contextmanager
def _set(together: bool) -> Iterator[None]:
    token = _TOGETHER.set(together)
    try:
        yield
    finally:
        _TOGETHER.reset(token)


def rank_and_count() -> tuple[int, int]:
    """Of this process within `process_group`; alone it is the first of one."""
    return (distributed.get_rank(), distributed.get_world_size()) if _TOGETHER.get() else (0, 1)


def share(count: int) -> range:
    """Which of `count` things, in their order, are this process's; none where there are fewer than processes."""
    rank, processes = rank_and_count()
    return range(count * rank // processes, count * (rank + 1) // processes)


def gathered(work: Callable[[], Result], what: str = "") -> list[Result]:
    """What `work` returns in every process, in their order; what it raises in one of them is raised in all.

    Raises ProcessLost where `what` it is, the function's name if not given, is not the same in all.
    """
    rank, processes = rank_and_count()
    if processes == 1:
        return [work()]
    own: Result | None = None
    failed: Exception | None = None
    try:
        own = work()
    except Exception as error:
        failed = error
    outcomes: list[Any] = [None] * processes
    what = what or getattr(work, "__qualname__", "")  # of partial functions there is none
    with _noticing_loss():
        distributed.all_gather_object(outcomes, (what, own, failed and _portable(failed, rank)))
    if any(other != what for other, _, _ in outcomes):
        raise ProcessLost("The processes of this run went different ways: their files or versions differ.")
    if failed is not None and all(error is None for _, _, error in outcomes[:rank]):
        raise failed
    _raise_if_any([error for _, _, error in outcomes])
    return [result for _, result, _ in outcomes]


def shared_out(count: int, work: Callable[[int], Result]) -> Iterator[Result]:
    """What `work` returns for 0, 1, ... count - 1, in that order.

    Several processes do one each at a time, and every one of them gets all that comes of it. What it raises in one of
    them is raised in all.
    """
    rank, processes = rank_and_count()
    name = getattr(work, "__qualname__", "")
    for start in range(0, count, processes):
        own, what = start + rank, f"{name} {start} of {count}"
        yield from gathered(lambda own=own: work(own) if own < count else None, what)[: count - start]  # type: ignore[misc]


def parts(count: int, most: int) -> list[range]:
    """`count` things in parts of at most `most`, and in one for every process at least."""
    size = max(1, min(most, -(-count // rank_and_count()[1])))
    return [range(start, min(start + size, count)) for start in range(0, count, size)]


@contextmanager
def process_group(device: str) -> Iterator[Place]:
    """Join the processes that torchrun's environment variables tell of, each with a GPU of its own on CUDA.

    What lies on a CPU goes through gloo, on CUDA through nccl. Without those variables there is one process. A program
    that has its own group keeps that, and all of its processes must come here. Where a process ends, the others raise
    ProcessLost, with what it raised.
    Raises UsageError for more processes than GPUs.
    """
    place = place_of_this_process(device)
    if distributed.is_available() and distributed.is_initialized():
        with _set(_TOGETHER.get() is not False):
            yield place
        return
    if place.count == 1:
        yield place
        return
    backends = "gloo"
    if place.device.startswith("cuda"):
        torch.cuda.set_device(place.device)
        backends = "cpu:gloo,cuda:nccl"
    store, rank, count = next(iter(distributed.rendezvous("env://", timeout=MEETING)))
    distributed.init_process_group(backends, store=store, rank=rank, world_size=count, timeout=PATIENCE)
    try:
        with _set(True):
            yield place
    except BaseException as error:
        _tell(store, rank, error)
        raise
    finally:
        distributed.destroy_process_group()


def _from_first(outcome: Exception | None) -> Exception | None:
    """What the first process hands to all."""
    box = [outcome]
    with _noticing_loss():
        distributed.broadcast_object_list(box, src=0, device=torch.device("cpu"))
    return box[0]


def _raise_if_any(errors: list[Exception | None]) -> None:
    for error in errors:
        if error is not None:
            raise error


def _portable(error: BaseException, rank: int) -> Exception:
    """An error as another process can raise it."""
    return error if isinstance(error, SymgenError) else ProcessLost(_ended(rank, error))


def _ended(rank: int, error: BaseException) -> str:
    said = f"{type(error).__name__}: {error}".rstrip(": ")
    return f"Process {rank} ended ({said}), and all others with it. Put that right and start them again."


@contextmanager
def _noticing_loss() -> Iterator[None]:
    """Raise ProcessLost where another process has ended."""
    try:
        yield
    except RuntimeError as error:  # of gloo and nccl
        raise ProcessLost(_reason()) from error


def _reason() -> str:
    store = distributed.distributed_c10d._get_default_store()
    try:
        if store.check([FAILURE]):
            return str(store.get(FAILURE).decode().partition(" ")[2])
    except RuntimeError:  # it has ended with its process
        pass
    return "A process of this run was ended from outside, and all others with it. Start them again."


def _tell(store: distributed.Store, rank: int, error: BaseException) -> None:
    """Leave for the other processes why this one ends; the error's `told` says whether another has said the same."""
    text = str(error) if isinstance(error, SymgenError) else _ended(rank, error)
    try:
        first = store.compare_set(FAILURE, "", f"{rank} {text}").decode()
    except RuntimeError:
        return
    same = isinstance(error, ProcessLost) or first.partition(" ")[2] == text
    error.told = first != f"{rank} {text}" and same  # type: ignore[attr-defined]
