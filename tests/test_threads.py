from __future__ import annotations

import pytest
import torch

from symgen.discovery import found
from symgen.discovery.pde import discover_spectral
from symgen.discovery.settings import SpectralSettings
from symgen.pde.equation import Equation
from symgen.threads import one_thread


@pytest.fixture
def three():
    """Three threads of torch's, and as many as before in the end."""
    before = torch.get_num_threads()
    torch.set_num_threads(3)
    yield
    torch.set_num_threads(before)


def test_as_many_as_before_even_after_an_error(three):
    with one_thread():
        assert torch.get_num_threads() == 1
    with pytest.raises(KeyError), one_thread():
        raise KeyError
    assert torch.get_num_threads() == 3
    with one_thread(False):
        assert torch.get_num_threads() == 3


@pytest.mark.parametrize(("most", "threads"), [(found.FEW_COLUMNS, {1}), (1, {3})])
def test_small_eigenproblems_take_one_thread(three, waves, monkeypatch, most, threads):
    seen = set()
    decompose = torch.linalg.qr

    def watched(*arguments, **options):
        seen.add(torch.get_num_threads())
        return decompose(*arguments, **options)

    monkeypatch.setattr(torch.linalg, "qr", watched)
    monkeypatch.setattr(found, "FEW_COLUMNS", most)
    settings = SpectralSettings(points=512, x_degree=1, t_degree=1, u_degree=1)
    discover_spectral(waves(), Equation.from_string("u_t + u*u_x + u_xxx"), settings)
    assert seen == threads
    assert torch.get_num_threads() == 3
