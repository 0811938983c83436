"""Fourier neural operators that carry solutions of 1-D equations forward in time, and how wrong they are.

Li et al., Fourier Neural Operator for Parametric Partial Differential Equations, ICLR 2021, in the form that Ko, Kim
and Lee (2024) have from Brandstetter, Welling and Worrall, Lie Point Symmetry Data Augmentation for Neural PDE Solvers,
ICML 2022: times are channels, the grid's steps two more.
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
    """Mixes the channels of the lowest Fourier modes, each mode by a complex matrix of its own."""

    def __init__(self, width: int, modes: int) -> None:
        super().__init__()
        self.modes = modes
        self.weight = nn.Parameter(torch.rand(2, modes, width, width) / width**2)
        """Real and imaginary parts."""

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """x (width, B, nx) -> the same."""
        spectrum = torch.view_as_real(torch.fft.rfft(x)[..., : self.modes])
        real, imaginary = self.weight
        # the product of complex matrices as one of real ones, since batches of complex ones are slow
        parts = [torch.cat([real, imaginary], 2), torch.cat([-imaginary, real], 2)]
        mixed = torch.bmm(spectrum.permute(2, 1, 3, 0).flatten(2), torch.cat(parts, 1))
        mixed = mixed.unflatten(2, (2, -1)).permute(3, 1, 0, 2).contiguous()
        return torch.fft.irfft(torch.view_as_complex(mixed), n=x.shape[-1])


class FourierNeuralOperator(nn.Module):
    """The next `future` times of u from the last `history` ones, on any periodic grid of 2 `modes` points or more."""

    def __init__(
        self,
        history: int = 20,
        future: int = 20,
        width: int = 256,
        modes: int = 32,
        layers: int = 5,
        centred: bool = False,
    ) -> None:
        """With `centred`, u is seen around its mean over the history, which is one channel more, and predicted so."""
        super().__init__()
        self.history, self.future, self.centred = history, future, centred
        self.lift = nn.Linear(history + 2 + centred, width)
        self.spectral = nn.ModuleList(SpectralConvolution(width, modes) for _ in range(layers))
        self.pointwise = nn.ModuleList(nn.Linear(width, width) for _ in range(layers))
        self.widen, self.project = nn.Linear(width, HIDDEN), nn.Linear(HIDDEN, future)

    def forward(self, u: torch.Tensor, steps: torch.Tensor) -> torch.Tensor:
        """u (B, history, nx) and the steps of the grid in x and t, (B, 2) -> (B, future, nx)."""
        if not self.centred:
            return self._predict(u, steps)
        mean = u.mean((1, 2))
        return self._predict(u - mean[:, None, None], torch.cat([steps, mean[:, None]], 1)) + mean[:, None, None]

    def _predict(self, u: torch.Tensor, constants: torch.Tensor) -> torch.Tensor:
        # channels come first throughout: every layer is then one product of matrices
        same = constants.T[:, :, None].expand(-1, -1, u.shape[-1])
        x = _linear(self.lift, torch.cat([u.transpose(0, 1), same]))
        for spectral, pointwise in zip(self.spectral, self.pointwise, strict=True):
            assert isinstance(pointwise, nn.Linear)
            x = functional.gelu(spectral(x) + _linear(pointwise, x))
        return _linear(self.project, functional.gelu(_linear(self.widen, x))).transpose(0, 1)


def _linear(layer: nn.Linear, x: torch.Tensor) -> torch.Tensor:
    return (layer.weight @ x.flatten(1) + layer.bias[:, None]).unflatten(1, x.shape[1:])


def relative_errors(predicted: torch.Tensor, wanted: torch.Tensor) -> torch.Tensor:
    """mean(error^2) / mean(u^2) of every window (B, times, nx), (B,)."""
    return (predicted - wanted).square().mean((1, 2)) / wanted.square().mean((1, 2))


def unrolled_errors(
    operator: FourierNeuralOperator, u: torch.Tensor, steps: torch.Tensor, batch: int = 64
) -> torch.Tensor:
    """Normalised errors (N,) of trajectories u (N, nt, nx) predicted from their first `history` times alone.

    The prediction is fed back until the times are used up; the error is the sum over these windows of
    mean(error^2) / mean(u^2) (Ko, Kim and Lee 2024). `steps` (N, 2) as in `FourierNeuralOperator`.
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
