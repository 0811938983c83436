"""Least squares whose columns may depend on each other, on any device."""

from __future__ import annotations

import torch


def least_squares(columns: torch.Tensor, wanted: torch.Tensor) -> torch.Tensor:
    """x (n, k) of least |columns x - wanted|, for columns (m, n) and wanted (m, k); of those the one of least norm.

    Columns are dependent where singular values are below max(m, n) eps of the largest. The solver that CUDA has takes
    independent columns only, and gives wrong numbers for others without a word: there the columns are made triangular
    on the device, and the small rest is solved on the processor.
    """
    if columns.device.type == "cpu":
        return torch.linalg.lstsq(columns, wanted).solution
    q, r = torch.linalg.qr(columns)
    least = max(columns.shape) * torch.finfo(columns.dtype).eps
    solution = torch.linalg.lstsq(r.cpu(), (q.mT @ wanted).cpu(), rcond=least, driver="gelsy").solution
    return solution.to(columns.device)
