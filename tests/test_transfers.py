"""Nothing crosses between processor and device where time is spent: in flows, scores, trainings and transforms."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from transfers import FAR, Far, crossings, near, sent


class TestFarDevice:
    """The stand-in for a GPU itself."""

    @pytest.mark.parametrize(
        ("kind", "action"),
        [
            ("sent", lambda z: z * torch.tensor([1.0, 2.0], device=z.device)),
            ("sent", lambda z: z * torch.as_tensor([1.0, 2.0], device=z.device)),
            ("sent", lambda z: z * z.new_tensor([1.0, 2.0])),
            ("sent", lambda z: z * torch.as_tensor(2.0, device=z.device)),
            ("sent", lambda z: z * torch.from_numpy(np.ones(2, np.float32)).to(z.device)),
            ("sent", lambda z: z * torch.ones(2).to(z)),
            ("sent", lambda z: z[torch.tensor([0, 1])]),
            ("sent", lambda z: z[[0, 1]]),
            ("sent", lambda z: z.clone().copy_(torch.ones(2))),
            ("fetched", lambda z: z.cpu()),
            ("fetched", lambda z: torch.zeros(3, 2).copy_(z)),
            ("read", lambda z: z.sum().item()),
            ("read", lambda z: float(z[0, 0])),
            ("read", lambda z: 1 if (z > 0).all() else 0),
            ("read", lambda z: torch.equal(z, z)),
            ("fetched", lambda z: z.tolist()),
            ("waited", lambda z: z[z > 0]),
            ("waited", lambda z: z.nonzero()),
            ("waited", lambda z: z.unique()),
            ("constants", lambda z: torch.tensor([1.0, 2.0])),
        ],
    )
    def test_counts_each_kind(self, kind, action):
        z = sent(torch.ones(3, 2))
        with crossings() as counted:
            action(z)
        assert counted.kinds[kind] >= 1, counted

    def test_counts_nothing_else(self):
        z = sent(torch.ones(3, 2)).requires_grad_()
        with crossings() as counted:
            slope = torch.linspace(0, 1, 3, device=z.device)[:, None]
            moved = torch.cat([z[:, :1] * 2.0, z[:, 1:]], 1) * slope + torch.full((), 2.0, device=z.device)
            moved.square().sum().backward()
            torch.func.jvp(lambda p: p**2, (z.detach(),), (torch.ones_like(z),))
        assert counted.total == 0, counted
        assert isinstance(z.grad, Far)

    def test_refuses_two_devices(self):
        with crossings(), pytest.raises(RuntimeError, match="two devices"):
            _ = sent(torch.ones(3)) * torch.ones(3)

    def test_same_numbers(self):
        a = torch.randn(4, 4, dtype=torch.float64, generator=torch.Generator().manual_seed(0))
        with crossings():
            there = sent(a)
            there[0] = 1
            there = torch.linalg.qr(there).R @ there
        a[0] = 1
        assert there.device == FAR
        assert torch.equal(near(there), torch.linalg.qr(a).R @ a)
