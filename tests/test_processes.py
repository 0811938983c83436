"""Processes that work together: each has its share, and what happens to one all hear of."""

from __future__ import annotations

import json
import os
import signal
from functools import partial
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from together import together

from symgen.cli.errors import stop
from symgen.exceptions import DataError, UsageError
from symgen.processes import gathered, go_on_alone, process_group, share, shared_out


def work_of(what, place):
    if place.rank == place.count - 1:
        match what:
            case "killed":
                os.kill(os.getpid(), signal.SIGKILL)
            case "exits":
                os._exit(9)
            case "bad data":
                raise DataError("b.h5 is damaged.")
            case "bug":
                raise ZeroDivisionError("by zero")
    return place.rank, [*share(5)]


def body(what):
    try:
        with process_group("cpu") as place:
            if what == "outside" and place.rank == 1:
                raise DataError("b.h5 is damaged.")
            if what == "first fails":
                with place.first_alone():
                    if place.rank == 0:
                        raise DataError("b.h5 is damaged.")
                    print("ran on")
            print(json.dumps(gathered(partial(work_of, what, place))))
    except Exception as error:
        return stop(error, False, False)


def test_alone_everything_is_ones_own():
    assert [*share(3)] == [0, 1, 2]
    assert gathered(lambda: "all") == ["all"]


@pytest.mark.parametrize("count", [2, 7])
def test_shares_are_gathered_in_order(tmp_path, count):
    ended = together(tmp_path, count, partial(body, "nothing"))
    found = [json.loads(out) for code, out, _ in ended if code == 0]
    assert found == found[:1] * count
    assert [rank for rank, _ in found[0]] == [*range(count)]
    assert [place for _, own in found[0] for place in own] == [*range(5)]


@pytest.mark.parametrize(
    ("what", "code", "said"),
    [
        ("killed", 1, "A process of this run was ended from outside"),
        ("exits", 1, "A process of this run was ended from outside"),
        ("bad data", 3, "b.h5 is damaged."),
        ("bug", 1, "by zero"),
        ("first fails", 3, "b.h5 is damaged."),
        ("outside", 1, "b.h5 is damaged."),
    ],
)
def test_what_ends_one_ends_all_and_is_said_once(tmp_path, what, code, said):
    ended = together(tmp_path, 3, partial(body, what))
    codes = [own for own, _, _ in ended]
    assert codes[0] == code
    assert 0 not in codes
    assert "".join(err for _, _, err in ended).count(said) == 1
    assert all("Traceback" not in err for _, _, err in ended)
    assert not any(out for _, out, _ in ended)


def test_gradients_of_processes_are_aligned(monkeypatch):
    """A parameter without a gradient, as that of a process without a piece of the batch, counts as zeros."""
    from symgen.discovery.flow_training import FlowTraining

    parameters = [torch.zeros(2, requires_grad=True), torch.zeros(1, requires_grad=True), torch.zeros(3)]
    for parameter in parameters[1:]:
        parameter.grad = torch.ones_like(parameter)
    training = SimpleNamespace(parameters=parameters, settings=SimpleNamespace(clip=1e9))
    gradient = FlowTraining._reduced(training)
    assert gradient.tolist() == [0, 0, 1, 1, 1, 1]
    assert [parameter.grad.tolist() for parameter in parameters] == [[0, 0], [1], [1, 1, 1]]


def different_work(kind):
    try:
        with process_group("cpu") as place:
            other = place.rank if kind == "work" else 0
            count = 3 + 2 * place.rank if kind == "count" else 3
            work = (lambda number: number), (lambda number: str(number))
            work[1].__qualname__ = "other work"
            print(list(shared_out(count, work[other])))
    except Exception as error:
        return stop(error, False, False)


@pytest.mark.parametrize("kind", ["work", "count"])
def test_what_is_shared_out_must_be_the_same(tmp_path, kind):
    ended = together(tmp_path, 2, partial(different_work, kind))
    assert [each.out for each in ended] == ["", ""]
    assert "went different ways" in "".join(each.err for each in ended)


def own_group(path):
    """A program that has a group for plans of its own: what one of its processes reads is its own affair."""
    from torch import distributed

    from symgen.pde.solutions_file import load_solutions

    go_on_alone()  # as a command did before
    distributed.init_process_group("gloo")
    if distributed.get_rank() == 1:
        print(load_solutions(path).shape)
    with process_group("cpu"):
        print(len(gathered(lambda: None)))
    distributed.destroy_process_group()


def test_a_program_with_a_group_of_its_own(tmp_path):
    np.savez(tmp_path / "a.npz", u=np.random.default_rng(0).normal(size=(12, 16)), x=np.arange(16), t=np.arange(12))
    ended = together(tmp_path, 2, partial(own_group, tmp_path / "a.npz"))
    assert [(each.code, each.out) for each in ended] == [(0, "2\n"), (0, "(12, 16)\n2\n")], ended[1].err


def alone_for_a_while():
    go_on_alone()  # of no group
    with process_group("cpu"):
        together = len(gathered(lambda: None))
        go_on_alone()
        print(together, len(gathered(lambda: None)))


def test_going_on_alone_ends_with_the_group(tmp_path):
    assert [each.out for each in together(tmp_path, 2, alone_for_a_while)] == ["2 1\n"] * 2


def test_half_of_what_torchrun_says(monkeypatch):
    monkeypatch.setenv("WORLD_SIZE", "2")
    monkeypatch.delenv("RANK", raising=False)
    with pytest.raises(UsageError, match="WORLD_SIZE is 2, but there is no RANK"), process_group("cpu"):
        pass


def in_the_cache():
    """Solutions that are simulated for a discovery, as `symgen discover kepler` has them made."""
    from symgen.catalog.cache import simulated_system
    from symgen.catalog.simulate_system import SystemSimulationSettings
    from symgen.pde.solutions_file import load_solutions

    with process_group("cpu"):
        path = simulated_system("kepler", SystemSimulationSettings.for_system("kepler", n=3, times=20))
        print(path, float(abs(load_solutions(path).read(range(3))).sum()))


def test_what_is_simulated_for_the_cache_all_make_together(tmp_path, monkeypatch):
    monkeypatch.setenv("SYMGEN_CACHE", str(tmp_path / "cache"))
    ended = together(tmp_path, 2, in_the_cache)
    assert [each.code for each in ended] == [0, 0], ended[0].err
    assert ended[0].out == ended[1].out != ""
    assert len(list((tmp_path / "cache" / "trajectories").iterdir())) == 1
