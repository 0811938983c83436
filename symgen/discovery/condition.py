"""The linearised condition on one sample of jets, and the families of fields in which it is solved."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import sympy
import torch

from symgen.discovery.spectral import Spectrum, solve
from symgen.generators.features import Features
from symgen.generators.space import Space
from symgen.jets.sample import JetSample
from symgen.validity.linearised import LinearisedValidity


class Measure(Protocol):
    """What gives the defect of fields."""

    def of_coefficients(self, features: Features, coefficients: torch.Tensor) -> torch.Tensor:
        """Defects (n,) of fields (n, d, K), as they are."""

    def of_formula(self, field: Sequence[sympy.Expr]) -> float:
        """Defect of a field given by formulas in physical units, as it is."""


CHUNK_VALUES = 2**23
"""Of the features' series that are held at a time."""


@dataclass(frozen=True)
class Condition:
    """pr V (Delta) at the points of a sample, relative to the size of the equations' terms."""

    validity: LinearisedValidity
    space: Space
    sample: JetSample
    size: torch.Tensor
    """(R, P), or (R, 1) for the same at all points."""

    def of_features(self, features: Features) -> torch.Tensor:
        """Rows (R P, d K) for the features in every component, equation by equation."""
        chunk = max(64, CHUNK_VALUES // (features.size * self.validity.series_size))
        parts = [self.validity.residual_matrix(features, self.space, part)[0] for part in self.sample.split(chunk)]
        return (torch.cat(parts, 1) / self.size[..., None]).flatten(0, 1)

    def of_coefficients(self, features: Features, coefficients: torch.Tensor) -> torch.Tensor:
        """Defects (n,) of fields (n, d, K), as they are."""
        return _root_mean_square(self.of_features(features) @ coefficients.flatten(1).T)

    def of_formula(self, field: Sequence[sympy.Expr]) -> float:
        """Defect of a field given by formulas in physical units, as it is."""
        rows = self.validity.residuals([field], self.sample)[0] / self.size
        return float(_root_mean_square(rows.reshape(-1, 1)))


@dataclass(frozen=True)
class Family:
    """All fields that are linear in the features, or in the span of some such fields."""

    features: Features
    span: torch.Tensor | None = None
    """(n, d, K): coefficients of the fields to combine; None for all fields."""

    def restricted(self, matrix: torch.Tensor, values: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """From rows (P, d K) and values (P, K) of the features to those of the family, for `solve`."""
        if self.span is None:
            return matrix, values
        fields = torch.einsum("pk,nik->ipn", values, self.span).flatten(0, 1)
        # a row for every component: the mean over points is d times that over rows
        return matrix @ self.span.flatten(1).T, fields * self.span.shape[1] ** 0.5

    def solve(self, residual: torch.Tensor, values: torch.Tensor, without: torch.Tensor | None = None) -> Spectrum:
        """The eigenproblem for root means of rows and values; coefficients (m, d, K), or (m, 1, n) in a span."""
        dimension = residual.shape[1] // values.shape[1]
        return solve(residual, values, dimension, without)

    def fields(self, coefficients: torch.Tensor) -> torch.Tensor:
        """What `solve` gives as library fields (m, d, K)."""
        if self.span is None:
            return coefficients
        return torch.einsum("mn,nik->mik", coefficients[:, 0], self.span)


def _root_mean_square(rows: torch.Tensor) -> torch.Tensor:
    return rows.square().mean(0).sqrt()
