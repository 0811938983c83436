"""How wrong the gradients of a fit may be.

Two parts add up. What fits to parts of the points differ by shows how far the points determine the fit (jackknife over
folds: Efron, The Jackknife, the Bootstrap and Other Resampling Plans, 1982). What no fit of this kind can follow is
left of held-out points, and its gradient is larger than itself by as much as it is rougher than the target: so rough as
the difference to another fit, or, where it follows the points, as neighbours differ. Noise of the labels cannot be told
from it, and counts.
"""

from __future__ import annotations

import torch

from symgen.surrogates.candidates import Candidate, Fit
from symgen.surrogates.residuals import steepness, structured

LOOKED_AT = 2000
"""Points at which gradients are compared."""


def gradient_error(z: torch.Tensor, chosen: Candidate, other: Candidate | None) -> float:
    """Estimated root mean square error of the gradient at normalised points z (n, m), over the gradient's own."""
    some = z[:LOOKED_AT]
    main, members = chosen.fits()
    own = gradients(main, some)
    size = own.square().mean((0, 2)).clamp_min(torch.finfo(z.dtype).tiny)
    parts = torch.stack([(gradients(member, some) - own).square().mean((0, 2)) / size for member in members])
    share = 1.0 if chosen.averaged else (len(members) - 1.0) ** 2 / len(members)
    spread = share * parts.mean().item()
    rough = _roughness(main, other.fits()[0], some, size) if other else 1.0
    if structured(z, chosen.left):
        rough = max(rough, steepness(z, chosen.left) / (size.mean().item() * z.shape[1]))
    return (spread + rough * chosen.left.square().mean().item()) ** 0.5


def _roughness(main: Fit, other: Fit, z: torch.Tensor, size: torch.Tensor) -> float:
    """Square of how much more the gradient of two fits' difference is, beside the fit's, than the difference."""
    with torch.no_grad():
        apart = (main(z) - other(z)).square().mean(0)
        values = main(z).var(0, correction=0)
    rows = (gradients(main, z) - gradients(other, z)).square().mean((0, 2))
    known = (apart > 0) & (values > 0)
    if not known.any():
        return 1.0
    return ((rows / size)[known] / (apart / values)[known]).mean().item()


def gradients(fit: Fit, z: torch.Tensor) -> torch.Tensor:
    """Of z (B, m) -> (B, p), by autograd: (B, p, m)."""
    with torch.enable_grad():
        own = z.detach().requires_grad_()
        values = fit(own)
        found = [
            torch.autograd.grad(values[:, q].sum(), own, retain_graph=True, materialize_grads=True)[0]
            for q in range(values.shape[1])
        ]
    return torch.stack(found, 1)
