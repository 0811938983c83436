"""The exact solution of Burgers' equation u_t + u u_x = nu u_xx, periodic in x, by the Cole-Hopf transform.

    u(x, t) = <(x - y) / t>  under the weights exp(-Phi(y) / (2 nu) - (x - y)^2 / (4 nu t)),  Phi' = u0.

The usual way, a heat flow of psi0 = exp(-Phi / (2 nu)) by FFT, is useless here: psi0 spans tens of decades and
the FFT loses its small values. The mean above, summed over equally spaced y, has positive terms only, so
nothing cancels, and the trapezoid rule is spectrally accurate for it.

Sources: E. Hopf, Comm. Pure Appl. Math. 3 (1950) 201; J. Cole, Quart. Appl. Math. 9 (1951) 225.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

import torch

from symgen.cost import Cost, require_affordable
from symgen.exceptions import UsageError

LOST = 40.0  # exp(-LOST) is nothing beside 1
TILT = 150.0  # largest exponent of a tilt: far from the limits of float64, even twice
CHUNK = 2**22  # weights held at a time


@torch.no_grad()
def solve_cole_hopf(
    u0: torch.Tensor,
    t: Sequence[float],
    length: float,
    nu: float,
    report: Callable[[float], None] | None = None,
) -> torch.Tensor:
    """Solution at the times `t` >= 0 from u0 (n, nx), of mean zero and resolved by its grid -> (n, len(t), nx).

    `report` is told the fraction done. Raises UsageError if nu is not positive or u0 has a mean.
    """
    if not nu > 0:
        raise UsageError(f"Burgers' equation needs a positive viscosity nu, not {nu}.")
    nx = u0.shape[-1]
    speed = float(u0.abs().amax())
    if float(u0.mean(-1).abs().amax()) > 1e-10 * speed:
        raise UsageError("Cole-Hopf needs initial data of mean zero: subtract the mean (a Galilean boost).")
    k = torch.arange(nx // 2 + 1, dtype=u0.dtype, device=u0.device) * (2 * math.pi / length)
    spectrum = torch.fft.rfft(u0)
    spectrum[:, 0] = 0
    if nx % 2 == 0:
        spectrum[:, -1] = 0  # this mode has no derivative on the grid
    slope = float(torch.fft.irfft(1j * k * spectrum, n=nx).amax())
    potential = spectrum / (1j * k.clamp(min=2 * math.pi / length))
    out = u0.new_empty(len(u0), len(t), nx)
    for frame, time in enumerate(t):
        out[:, frame] = _at(float(time), potential, nx, length, nu, speed, slope) if time > 0 else u0
        if report:
            report((frame + 1) / len(t))
    return out


def _at(
    time: float, potential: torch.Tensor, nx: int, length: float, nu: float, speed: float, slope: float
) -> torch.Tensor:
    """The solution (n, nx) at one time from the spectrum of Phi; |u0| <= speed, du0/dx <= slope.

    Targets x0 + d go in blocks around centres x0: the weights of x0 times a tilt exp(d (y - x0) / (2 nu t)),
    which is one matrix for all samples and blocks.
    """
    dx = length / nx
    # Near its peaks the weight is no narrower than this Gaussian; at 0.7 of its width the rule errs by exp(-40).
    width = math.sqrt(2 * nu / (slope + 1 / time))
    ratio = dx / (0.7 * width)
    require_affordable(
        f"A quadrature {ratio:.2g} times finer than the grid",
        Cost(8.0 * 12 * len(potential) * nx * ratio, 1e-8 * len(potential) * (nx * ratio) ** 1.5),
        "Take smaller initial data, a shorter duration or a larger viscosity.",
    )
    finer = math.ceil(ratio)
    h = dx / finer
    phi = torch.fft.irfft(potential, n=nx * finer) * finer
    depth = float((phi.amax(-1) - phi.amin(-1)).amax())
    # Two bounds on |x - y| beyond which weights are lost: from the slope of Phi, and from its depth.
    near = speed * time + math.sqrt((speed * time) ** 2 + 4 * nu * time * LOST)
    far = math.sqrt(min(2 * time * depth, length**2 / 4) + 4 * nu * time * LOST)
    reach = min(near, far)
    block = max(
        b for b in range(1, nx + 1) if nx % b == 0 and (b // 2) * dx * (reach + (b // 2) * dx) <= TILT * 2 * nu * time
    )
    offset = (torch.arange(block, dtype=phi.dtype, device=phi.device) - block // 2) * dx
    half = math.ceil((reach + (block // 2) * dx) / h)
    j = torch.arange(-half, half + 1, device=phi.device)
    y = j.to(phi.dtype) * h
    tilt = torch.exp(y[:, None] * offset / (2 * nu * time))
    moments = torch.cat([tilt, tilt * y[:, None]], 1)
    centre = (torch.arange(nx // block, device=phi.device) * block + block // 2) * finer
    u = []
    for part in centre.split(max(1, CHUNK // (len(phi) * len(y)))):
        weight = phi[:, (part[:, None] + j) % (nx * finer)].mul_(-1 / (2 * nu)).sub_(y**2 / (4 * nu * time))
        # What is lost even under the steepest tilt is floored, as denormal numbers are slow.
        weight.sub_(weight.amax(-1, keepdim=True)).clamp_(min=-2 * TILT - 2 * LOST).exp_()
        total, first = (weight @ moments).split(block, -1)
        u.append((offset - first / total) / time)
    return torch.cat(u, 1).flatten(1)
