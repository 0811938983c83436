"""Lie algebras of matrices, their structure constants, and general bases of them."""

from __future__ import annotations

import torch

KW = {"dtype": torch.float64}


def unit(d, i, j):
    matrix = torch.zeros(d, d, **KW)
    matrix[i, j] = 1
    return matrix


def so(p, q=0):
    metric = torch.diag(torch.tensor([1.0] * p + [-1.0] * q, **KW))
    d = p + q
    return torch.stack([metric @ (unit(d, i, j) - unit(d, j, i)) for i in range(d) for j in range(i)])


def gl(d):
    return torch.stack([unit(d, i, j) for i in range(d) for j in range(d)])


def sl(d):
    off = [unit(d, i, j) for i in range(d) for j in range(d) if i != j]
    return torch.stack([*off, *(unit(d, i, i) - unit(d, i + 1, i + 1) for i in range(d - 1))])


def flat(k):
    return torch.stack([unit(k, i, i) for i in range(k)])


def moving(maps):
    """With all translations."""
    d = maps.shape[-1]
    extended = torch.nn.functional.pad(maps, (0, 1, 0, 1))
    return torch.cat([extended, torch.stack([unit(d + 1, i, d) for i in range(d)])])


def scaled(maps):
    return torch.cat([maps, torch.eye(maps.shape[-1], **KW)[None]])


def direct(*parts):
    size, start, found = sum(p.shape[-1] for p in parts), 0, []
    for part in parts:
        d = part.shape[-1]
        found.append(torch.nn.functional.pad(part, (start, size - start - d, start, size - start - d)))
        start += d
    return torch.cat(found)


def real(a, b):
    """The complex matrix a + i b as a real one."""
    return torch.cat([torch.cat([a, -b], -1), torch.cat([b, a], -1)], -2)


def complexified(maps):
    nothing = torch.zeros_like(maps)
    return torch.cat([real(maps, nothing), real(nothing, maps)])


def su(p, q=0):
    d, metric = p + q, torch.diag(torch.tensor([1.0] * p + [-1.0] * q, **KW))
    zero, found = torch.zeros(d, d, **KW), []
    for i in range(d):
        for j in range(i):
            found.append(real(metric @ (unit(d, i, j) - unit(d, j, i)), zero))
            found.append(real(zero, metric @ (unit(d, i, j) + unit(d, j, i))))
    return torch.stack([*found, *(real(zero, unit(d, i, i) - unit(d, i + 1, i + 1)) for i in range(d - 1))])


def heisenberg(m):
    d = m + 2
    steps = [matrix for i in range(1, m + 1) for matrix in (unit(d, 0, i), unit(d, i, d - 1))]
    return torch.stack([*steps, unit(d, 0, d - 1)])


def independent(maps, noise=0.0, seed=0, spread=3.0):
    """An orthonormal basis of their span, after a random change of coordinates; each off by `noise`."""
    random = torch.Generator().manual_seed(seed)
    d = maps.shape[-1]
    change = torch.linalg.qr(torch.randn(d, d, generator=random, **KW)).Q @ torch.diag(torch.linspace(1, 2, d, **KW))
    maps = change @ maps @ torch.linalg.inv(change)
    mixing = torch.linalg.qr(torch.randn(len(maps), len(maps), generator=random, **KW)).Q
    mixing = mixing * torch.linspace(1, spread, len(maps), **KW)
    flattened = torch.linalg.qr((mixing @ maps.flatten(1)).T).Q.T
    turned = torch.linalg.qr(torch.randn(len(maps), len(maps), generator=random, **KW)).Q @ flattened
    return (turned + noise * torch.randn(turned.shape, generator=random, **KW)).reshape(maps.shape)


def brackets(maps):
    """Structure constants of matrices, and the size of what leaves their span."""
    n, span = len(maps), maps.flatten(1).T
    products = torch.einsum("aij,bjk->abik", maps, maps)
    targets = (products - products.transpose(0, 1)).reshape(n * n, -1).T
    constants = torch.linalg.lstsq(span, targets).solution
    return constants.T.reshape(n, n, n), (targets - span @ constants).norm(dim=0).reshape(n, n)
