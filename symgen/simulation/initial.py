"""Random initial data: u0(x) = sum_j a_j sin(2 pi k_j x / L + p_j), and the like in several dimensions.

Amplitudes a_j are uniform in [-amplitude, amplitude], wave numbers k_j uniform among the integers from
lowest to highest, phases p_j uniform in [0, 2 pi). Source: Bar-Sinai et al., PNAS 2019; Brandstetter et al.,
ICML 2022.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import numpy as np
import torch

from symgen.pde.axis import Axis
from symgen.simulation.waves import Waves


def random_sines(
    samples: Iterable[int], seed: int, waves: Waves, nx: int, device: str | torch.device = "cpu"
) -> torch.Tensor:
    """Initial data of the given samples on a periodic grid of `nx` points -> (samples, nx) float64.

    Each sample has a random generator of its own, so sample i of a seed is the same however many are drawn.
    """
    drawn = []
    for sample in samples:
        random = np.random.default_rng([seed, sample])
        heights = random.uniform(-waves.amplitude, waves.amplitude, waves.count)
        numbers = random.integers(waves.lowest, waves.highest, waves.count, endpoint=True)
        drawn.append(np.stack([heights, numbers, random.uniform(0, 2 * np.pi, waves.count)]))
    amplitude, number, phase = torch.as_tensor(np.stack(drawn), device=device).unbind(1)
    angle = torch.arange(nx, dtype=torch.float64, device=device) * (2 * np.pi / nx)
    u0 = torch.zeros(len(drawn), nx, dtype=torch.float64, device=device)
    for j in range(waves.count):
        u0 += amplitude[:, j, None] * torch.sin(number[:, j, None] * angle + phase[:, j, None])
    return u0


def random_states(
    samples: Iterable[int],
    seed: int,
    state: Sequence[str],
    space: Sequence[Axis],
    amplitude: float,
    means: Mapping[str, float] | None = None,
    waves: int = 4,
    highest: int = 2,
) -> np.ndarray:
    """Smooth initial data on periodic axes, for `symgen.simulation.method_of_lines` -> (samples, len(state), *grid).

    Every part of the state is its mean, by default 0, and so many waves of up to `highest` periods along each axis,
    forth and back. Without axes it is a number: random initial values of ordinary equations. Sample i of a seed is the
    same however many are drawn.
    """
    drawn = []
    grids = np.meshgrid(*(2 * np.pi / axis.length * axis.points for axis in space), indexing="ij")
    for sample in samples:
        random = np.random.default_rng([seed, sample])
        fields = []
        for name in state:
            total = np.full([len(axis) for axis in space], (means or {}).get(name, 0.0))
            for _ in range(waves):
                height, phase = random.uniform(-amplitude, amplitude), random.uniform(0, 2 * np.pi)
                numbers = random.integers(-highest, highest, len(space), endpoint=True)
                angle = sum((k * grid for k, grid in zip(numbers, grids, strict=True)), np.zeros_like(total))
                total = total + height * np.sin(angle + phase)
            fields.append(total)
        drawn.append(np.stack(fields))
    return np.stack(drawn)
