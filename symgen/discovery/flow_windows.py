"""Random pieces of trajectories for flow training."""

from __future__ import annotations

import torch

from symgen.discovery.flow_objective import Batch, draw_scales
from symgen.discovery.settings import PdeFlowSettings
from symgen.pde.derivatives import refine
from symgen.pde.trajectories import Trajectories


class Windows:
    """Draws graphs (B, nt, nx, 3), x, t, u in physical units, of open windows from the data."""

    def __init__(self, data: Trajectories, settings: PdeFlowSettings, device: torch.device) -> None:
        self.data, self.settings, self.device = data, settings, device
        self.factor = settings.refine if data.info.periodic else 1
        count = len(data.x) * self.factor
        step = (
            data.period if data.info.periodic else float(data.x[-1] - data.x[0]) / (len(data.x) - 1) * len(data.x)
        ) / count
        self.x = float(data.x[0]) + step * torch.arange(count, dtype=torch.float64)
        self.t = torch.as_tensor(data.t, dtype=torch.float64)

    def draw(self, random: torch.Generator, sigma: float) -> Batch:
        """Windows of random trajectories (no one twice, if there are enough)."""
        settings, total = self.settings, len(self.data)
        order = torch.cat([torch.randperm(total, generator=random) for _ in range(-(-settings.batch // total))])
        picked = order[: settings.batch]
        u = refine(torch.from_numpy(self.data.read(picked.numpy())), self.factor)
        rows, columns = (min(most, size) for size, most in zip(u.shape[1:], settings.window, strict=True))
        graphs = []
        for sample in u:
            top = int(torch.randint(sample.shape[0] - rows + 1, (), generator=random))
            left = int(torch.randint(sample.shape[1] - columns + 1, (), generator=random))
            piece = sample[top : top + rows, left : left + columns]
            x, t = self.x[left : left + columns], self.t[top : top + rows, None]
            graphs.append(torch.stack([x.expand_as(piece), t.expand_as(piece), piece], -1))
        scales = draw_scales(settings, settings.batch, sigma, random)
        return Batch(torch.stack(graphs).to(self.device), scales.to(self.device))

    def rows(self, random: torch.Generator) -> torch.Tensor:
        """Points of whole periods at random times, (B, nx, 3)."""
        picked = torch.randint(len(self.data), (self.settings.batch,), generator=random)
        times = torch.randint(len(self.t), (self.settings.batch,), generator=random)
        u = torch.from_numpy(self.data.read(picked.numpy()))[torch.arange(len(times)), times]
        x, t = torch.as_tensor(self.data.x, dtype=torch.float64).expand_as(u), self.t[times, None].expand_as(u)
        return torch.stack([x, t, u], -1).to(self.device)
