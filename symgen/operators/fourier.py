"""Fourier neural operators that carry solutions forward in time, and how wrong they are: any number of unknowns, on
periodic grids of any number of space dimensions.

Li et al., Fourier Neural Operator for Parametric Partial Differential Equations, ICLR 2021, in the form that Ko, Kim
and Lee (2024) have from Brandstetter, Welling and Worrall, Lie Point Symmetry Data Augmentation for Neural PDE Solvers,
ICML 2022: times are channels, and so are unknowns and the grid's steps.
"""

from __future__ import annotations

import torch
from torch import nn
from torch.nn import functional

from symgen.exceptions import DataError

HIDDEN = 128
"""Channels between the last layer and the output."""
RESAMPLES = 1000
"""Of the bootstrap."""


class SpectralConvolution(nn.Module):
    """Mixes the channels of the lowest Fourier modes, each mode by a complex matrix of its own.

    Modes are those with fewer than `modes` waves along each of `dimensions` axes, forth and back; of each pair with
    opposite wave numbers, whose amplitudes are conjugates, those with waves along the last axis are kept once.
    """

    def __init__(self, width: int, modes: int, dimensions: int = 1) -> None:
        super().__init__()
        self.modes = modes
        self.kept = (*(2 * modes - 1,) * (dimensions - 1), modes)
        """Modes along each axis."""
        count = (2 * modes - 1) ** (dimensions - 1) * modes
        self.weight = nn.Parameter(torch.rand(2, count, width, width) / width**2)
        """Real and imaginary parts."""

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """x (width, B, *grid) -> the same."""
        grid, axes = x.shape[2:], tuple(range(2, x.ndim))
        spectrum = torch.view_as_real(self._low(torch.fft.rfftn(x, dim=axes))).flatten(2, -2)
        real, imaginary = self.weight
        # the product of complex matrices as one of real ones, since batches of complex ones are slow
        parts = [torch.cat([real, imaginary], 2), torch.cat([-imaginary, real], 2)]
        mixed = torch.bmm(spectrum.permute(2, 1, 3, 0).flatten(2), torch.cat(parts, 1))
        mixed = mixed.unflatten(2, (2, -1)).permute(3, 1, 0, 2).contiguous()
        low = torch.view_as_complex(mixed).unflatten(2, self.kept)
        return torch.fft.irfftn(self._padded(low, grid), s=grid, dim=axes)

    def _low(self, spectrum: torch.Tensor) -> torch.Tensor:
        """The modes kept, (width, B, *kept): along all axes but the last 0, 1, ... and then ..., -2, -1 waves."""
        low = spectrum[..., : self.modes]
        for axis in range(2, low.ndim - 1):
            count = low.shape[axis]
            ends = low.narrow(axis, 0, self.modes), low.narrow(axis, count - self.modes + 1, self.modes - 1)
            low = torch.cat(ends, axis)
        return low

    def _padded(self, low: torch.Tensor, grid: torch.Size) -> torch.Tensor:
        """The inverse of `_low`, with zeros for the other modes; those of the last axis are left to the transform."""
        for axis in range(2, low.ndim - 1):
            shape = list(low.shape)
            shape[axis] = grid[axis - 2] - shape[axis]
            ends = low.narrow(axis, 0, self.modes), low.narrow(axis, self.modes, self.modes - 1)
            low = torch.cat([ends[0], low.new_zeros(shape), ends[1]], axis)
        return low


class FourierNeuralOperator(nn.Module):
    """The next `future` times of fields from the last `history` ones, on any periodic grid.

    The grid has `dimensions` axes, of 2 `modes` points or more each.
    """

    def __init__(
        self,
        history: int = 20,
        future: int = 20,
        width: int = 256,
        modes: int = 32,
        layers: int = 5,
        centred: bool = False,
        dimensions: int = 1,
        unknowns: int = 1,
    ) -> None:
        """With `centred`, fields are seen around their means over the history, which are channels more, and predicted
        so."""
        super().__init__()
        self.history, self.future, self.centred = history, future, centred
        self.dimensions, self.unknowns = dimensions, unknowns
        constants = 1 + dimensions + unknowns * centred
        self.lift = nn.Linear(history * unknowns + constants, width)
        self.spectral = nn.ModuleList(SpectralConvolution(width, modes, dimensions) for _ in range(layers))
        self.pointwise = nn.ModuleList(nn.Linear(width, width) for _ in range(layers))
        self.widen, self.project = nn.Linear(width, HIDDEN), nn.Linear(HIDDEN, future * unknowns)

    def forward(self, u: torch.Tensor, steps: torch.Tensor) -> torch.Tensor:
        """Fields u (B, history, *grid, unknown) and the steps of the grid, in the axes of space and then in t,
        (B, dimensions + 1) -> (B, future, *grid, unknown)."""
        if not self.centred:
            return self._predict(u, steps)
        mean = u.mean(tuple(range(1, u.ndim - 1)))
        around = mean.reshape(len(mean), *(1,) * (u.ndim - 2), self.unknowns)
        return self._predict(u - around, torch.cat([steps, mean], 1)) + around

    def _predict(self, u: torch.Tensor, constants: torch.Tensor) -> torch.Tensor:
        # channels come first throughout: every layer is then one product of matrices
        grid = u.shape[2:-1]
        channels = u.movedim(-1, 2).flatten(1, 2).transpose(0, 1)
        same = constants.T.reshape(*constants.T.shape, *(1,) * len(grid)).expand(-1, -1, *grid)
        x = _linear(self.lift, torch.cat([channels, same]))
        for spectral, pointwise in zip(self.spectral, self.pointwise, strict=True):
            assert isinstance(pointwise, nn.Linear)
            x = functional.gelu(spectral(x) + _linear(pointwise, x))
        found = _linear(self.project, functional.gelu(_linear(self.widen, x))).transpose(0, 1)
        return found.unflatten(1, (self.future, self.unknowns)).movedim(2, -1)


def _linear(layer: nn.Linear, x: torch.Tensor) -> torch.Tensor:
    return (layer.weight @ x.flatten(1) + layer.bias[:, None]).unflatten(1, x.shape[1:])


def relative_errors(predicted: torch.Tensor, wanted: torch.Tensor) -> torch.Tensor:
    """mean(error^2) / mean(u^2) of every window (B, times, *grid, unknown), (B,); all unknowns are of one unit."""
    rest = tuple(range(1, wanted.ndim))
    return (predicted - wanted).square().mean(rest) / wanted.square().mean(rest)


def unrolled_errors(
    operator: FourierNeuralOperator, u: torch.Tensor, steps: torch.Tensor, batch: int = 64
) -> torch.Tensor:
    """Normalised errors (N,) of trajectories u (N, nt, *grid, unknown), from their first `history` times alone.

    The prediction is fed back until the times are used up; the error is the sum over these windows of
    mean(error^2) / mean(u^2) (Ko, Kim and Lee 2024). `steps` as in `FourierNeuralOperator`.
    """
    return _errors(operator, u, steps, batch, fed_back=True).sum(1)


def window_errors(
    operator: FourierNeuralOperator, u: torch.Tensor, steps: torch.Tensor, batch: int = 64
) -> torch.Tensor:
    """As `unrolled_errors`, but each window is predicted from the true times before it; the mean over them.

    On trajectories that were trained on and on others, they tell whether there are data enough.
    """
    return _errors(operator, u, steps, batch, fed_back=False).mean(1)


@torch.no_grad()
def _errors(
    operator: FourierNeuralOperator, u: torch.Tensor, steps: torch.Tensor, batch: int, fed_back: bool
) -> torch.Tensor:
    """(N, windows): `relative_errors` of each."""
    history, future = operator.history, operator.future
    if u.shape[1] < history + future:
        raise DataError(f"Trajectories have {u.shape[1]} times, fewer than the {history + future} of a window.")
    errors = []
    for true, step in zip(u.split(batch), steps.split(batch), strict=True):
        known, windows = true[:, :history], []
        for start in range(history, true.shape[1] - future + 1, future):
            next_, wanted = operator(known, step), true[:, start : start + future]
            windows.append(relative_errors(next_, wanted))
            known = torch.cat([known, next_ if fed_back else wanted], 1)[:, -history:]
        errors.append(torch.stack(windows, 1))
    return torch.cat(errors)


def bootstrap_error(values: torch.Tensor, seed: int = 0) -> float:
    """Standard error of the mean of values (N,), from RESAMPLES draws of N with replacement (Efron 1979)."""
    draw = torch.Generator().manual_seed(seed)
    chosen = torch.randint(len(values), (RESAMPLES, len(values)), generator=draw)
    return float(values.cpu()[chosen].mean(1).std())
