"""Which image shows best what moving does: one of a thing that a person recognises."""

from __future__ import annotations

import torch
import torch.nn.functional as F

SUREST = 4
"""Of the images, one in so many is a candidate where a network says how sure it is of them."""


@torch.no_grad()
def recognisable(images: torch.Tensor, sureness: torch.Tensor | None = None) -> int:
    """Number of the image (B, C, H, W) whose middle differs most from an even edge, of those with most `sureness` (B,).

    A thing before a plain ground is recognised by its outline, and that is what moves.
    """
    candidates = torch.arange(len(images), device=images.device)
    if sureness is not None:
        candidates = sureness.topk(max(1, len(images) // SUREST)).indices
    return int(candidates[_prominence(images[candidates]).argmax()])


def _prominence(images: torch.Tensor) -> torch.Tensor:
    """How far the middle of each image is from its edge, over how much that varies, (B,)."""
    smooth = F.avg_pool2d(images.float(), 3, 1, 1, count_include_pad=False)
    height, width = smooth.shape[-2:]
    top, left = max(1, height // 8), max(1, width // 8)
    sides = (smooth[..., :top, :], smooth[..., -top:, :], smooth[..., :left], smooth[..., -left:])
    edge = torch.cat([side.flatten(2) for side in sides], -1)
    middle = smooth[..., height // 4 : height - height // 4, width // 4 : width - width // 4].flatten(2)
    away = (middle - edge.mean(-1, keepdim=True)).square().mean((1, 2)).sqrt()
    least = 0.1 * smooth.flatten(1).std() + 1e-12  # an even edge must not decide alone
    return away / (edge.std(-1).mean(1) + least)
