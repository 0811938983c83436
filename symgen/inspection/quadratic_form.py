"""The quadratic forms that affine fields leave alone: from Lorentz transformations the Minkowski metric."""

from __future__ import annotations

import math
from collections.abc import Sequence

import torch
from pydantic import BaseModel, ConfigDict

from symgen.generators.formulas import eliminate
from symgen.generators.space import Space
from symgen.inspection.invariant_tensors import invariance_of_forms, invariance_of_functionals
from symgen.inspection.linear_parts import AffineParts

INVARIANT = 1e-6
"""Singular values up to this share of the largest are 0, unless a larger tolerance is given."""
GAP = 10.0
"""Those that are not must be larger by this factor."""
FIXED = 1e-6
"""What fields leave at a fixed point, relative to their size over a unit of each scale."""

NOTHING = 1e-9
"""Size of fields, relative to the largest, that are 0 but for rounding."""


class QuadraticForm(BaseModel):
    """z^T Q z, for z from a fixed point; or of differences of points, where there is none."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    matrix: tuple[tuple[float, ...], ...]
    """Q, in physical units: its entry largest in size is 1 or -1, and its first one that is not 0 is positive."""
    signature: tuple[int, int, int]
    """How many squares are positive, negative, and 0."""
    angle: float
    """Angle (rad) of Q to the nearest diagonal matrix of 1, -1 and 0."""

    @property
    def diagonal(self) -> tuple[int, ...]:
        """That nearest matrix's."""
        return _nearest(torch.tensor(self.matrix, dtype=torch.float64))


class InvariantForms(BaseModel):
    """All quadratic forms that are invariant but for factors and sums: `dimension` of them."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    names: tuple[str, ...]
    """Of the coordinates."""
    dimension: int
    clear: bool
    """Whether a gap tells the dimension."""
    forms: tuple[QuadraticForm, ...]
    """A basis, as sparse as elimination makes it."""
    residual: float
    """Largest singular value of those that count as 0, over the largest of all."""
    gap: float | None
    """Factor from there to the next one; None where no other is left."""
    centre: tuple[float, ...] | None
    """The fixed point of all fields, of many the one nearest to 0, in units of the scales; None where there is none."""
    functionals: tuple[tuple[float, ...], ...]
    """A basis of the linear functions w . z that are invariant, scaled as the forms are."""

    @property
    def only(self) -> QuadraticForm | None:
        """The form, if there is one but for factors."""
        return self.forms[0] if self.clear and self.dimension == 1 else None

    def __str__(self) -> str:
        if not self.clear:
            return "invariant quadratic forms cannot be told: no clear gap"
        if not self.forms:
            return "no invariant quadratic form"
        # digits beyond what holds say nothing
        digits = min(4, max(1, math.floor(-math.log10(max(2 * self.residual, 1e-300)))))
        written = ";  ".join(form_text(form.matrix, self.names, digits) for form in self.forms)
        known = "unique" if self.dimension == 1 else f"{self.dimension} independent ones"
        return f"{written}{self.of_what} ({known})"

    @property
    def of_what(self) -> str:
        """What the forms are of, behind them, unless that is the coordinates as they are."""
        if self.centre is None:
            return " of differences of points"
        if not any(self.centre):
            return ""
        places = (f"{name} = {value:.4g}" for name, value in zip(self.names, self.centre, strict=True) if value)
        return f" about {', '.join(places)}"


def form_text(matrix: Sequence[Sequence[float]], names: Sequence[str], digits: int = 4) -> str:
    """A form as a polynomial: `E^2 - px^2`; entries near whole numbers are rounded, and near 0 left out."""
    text = ""
    for i, left in enumerate(names):
        for j in range(i, len(names)):
            value = matrix[i][j] * (1 if i == j else 2)
            value = float(round(value)) if abs(value - round(value)) < 10.0**-digits else value
            if value == 0:
                continue
            product = f"{left}^2" if i == j else f"{left} {names[j]}"
            size = f"{abs(value):.{digits}g} " if abs(value) != 1 else ""
            sign = (" - " if value < 0 else " + ") if text else ("-" if value < 0 else "")
            text += f"{sign}{size}{product}"
    return text or "0"


def invariant_forms(parts: AffineParts, space: Space, tolerance: float = INVARIANT) -> InvariantForms:
    """All Q with A_a^T Q + Q A_a = 0, and w with w A_a = 0, w . b_a = 0, by singular values in normalised coordinates.

    `tolerance` is the relative error of the fields. Raises ValueError without any field that is not 0.
    """
    if not parts.maps.any() and not parts.shifts.any():
        raise ValueError("no fields to leave a form alone")
    scale = torch.tensor(space.scale, dtype=torch.float64)
    origin = torch.tensor(space.origin, dtype=torch.float64)
    maps = parts.maps.cpu().double() / scale[:, None] * scale
    about_zero = parts.shifts.cpu().double() / scale
    shifts = about_zero + maps @ (origin / scale)
    sizes = (maps.square().sum((1, 2)) + shifts.square().sum(1)).sqrt()
    some = sizes > NOTHING * sizes.max()
    maps = maps[some] / sizes[some, None, None]
    shifts, about_zero = (one[some] / sizes[some, None] for one in (shifts, about_zero))
    rows, basis = invariance_of_forms(maps)
    null, clear, residual, gap = _null(rows, tolerance)
    unit = torch.einsum("rk,kij->rij", null, basis)
    found = unit / scale[:, None] / scale
    upper = torch.triu_indices(len(scale), len(scale))
    if len(found) > 1:
        sparse = eliminate(found[:, upper[0], upper[1]] / found.abs().amax())
        found = torch.zeros_like(found)
        found[:, upper[0], upper[1]] = sparse
        found[:, upper[1], upper[0]] = sparse
    centre = _fixed_point(maps, about_zero, origin / scale, tolerance)
    functionals = _null(invariance_of_functionals(maps, shifts), tolerance)[0] / scale
    return InvariantForms(
        names=space.names,
        dimension=len(found),
        clear=clear,
        forms=tuple(_form(form, scale, tolerance) for form in found) if clear else (),
        residual=residual,
        gap=gap,
        centre=None if centre is None else tuple((scale * centre).tolist()),
        functionals=tuple(tuple(_scaled(w[None])[0].tolist()) for w in functionals),
    )


def _null(rows: torch.Tensor, tolerance: float) -> tuple[torch.Tensor, bool, float, float | None]:
    """An orthonormal basis of what the rows send to 0; whether a gap tells it; the residual, and the gap."""
    _, singular, right = torch.linalg.svd(rows, full_matrices=True)
    values = torch.cat([singular, singular.new_zeros(rows.shape[1] - len(singular))])
    # what is known to rounding is known relative to the maps, however small these are beside the shifts
    top = max(float(values[0]), 1.0 if tolerance > INVARIANT else tolerance)
    rank = int((values > tolerance * top).sum())
    rest = float(values[rank]) / top if rank < len(values) else 0.0
    if not rank:
        return right, True, rest, None
    gap = float(values[rank - 1]) / top / max(rest, tolerance)
    return right[rank:], gap >= GAP, rest, gap


def _form(matrix: torch.Tensor, scale: torch.Tensor, tolerance: float) -> QuadraticForm:
    matrix = _scaled(matrix)
    values = torch.linalg.eigvalsh(matrix * scale[:, None] * scale)
    least = max(tolerance, 1e-9) * GAP * values.abs().max()
    nearest = torch.diag(torch.tensor(_nearest(matrix), dtype=torch.float64))
    cosine = float((matrix * nearest).sum() / (matrix.norm() * nearest.norm()).clamp_min(1e-300))
    off = float((matrix / matrix.norm() - nearest / nearest.norm().clamp_min(1e-300)).norm())
    return QuadraticForm(
        matrix=tuple(tuple(row) for row in matrix.tolist()),
        signature=(
            int((values > least).sum()),
            int((values < -least).sum()),
            int((values.abs() <= least).sum()),
        ),
        angle=2 * math.asin(min(1.0, off / 2)) if cosine > 0 else math.pi / 2,
    )


def _scaled(matrix: torch.Tensor) -> torch.Tensor:
    """Times a factor that makes the entry largest in size 1 or -1, and the first one that is not 0 positive."""
    matrix = matrix / matrix.abs().max()
    first = matrix.flatten()[matrix.flatten().abs() > 1e-6][0]
    return matrix * first.sign() + 0.0


def _nearest(matrix: torch.Tensor) -> tuple[int, ...]:
    """Signs of the diagonal; 0 where including the entry would turn further from the matrix."""
    diagonal = matrix.diagonal()
    order = diagonal.abs().argsort(descending=True)
    sums = diagonal.abs()[order].cumsum(0) / torch.arange(1, len(order) + 1).sqrt()
    kept = order[: int(sums.argmax()) + 1]
    signs = torch.zeros(len(diagonal))
    signs[kept] = diagonal[kept].sign().to(signs)
    return tuple(int(v) for v in signs)


def _fixed_point(
    maps: torch.Tensor, shifts: torch.Tensor, origin: torch.Tensor, tolerance: float
) -> torch.Tensor | None:
    """Where all fields A w + b of unit size are 0, (d,), of many points the one nearest to 0; w is in units of the
    scales, and `origin` the middle of the data.
    """
    limit = max(FIXED, tolerance)
    stacked = maps.flatten(0, 1)
    error = tolerance if tolerance > INVARIANT else 0.0
    point = -torch.linalg.pinv(stacked, atol=error, rtol=limit) @ shifts.flatten()
    away = max(1.0, float((point - origin).norm()))
    if float((stacked @ point + shifts.flatten()).norm()) > limit * away:
        return None
    return torch.where(point.abs() <= limit, 0.0, point)
