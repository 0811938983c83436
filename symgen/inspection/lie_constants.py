"""Structure constants with an error: ideals, series and quotients of a Lie algebra by singular values.

Everything is for a basis of unit fields, whose constants compare with 1. Dimensions are those that a clear gap tells
(`subspaces`); errors are carried on to first order.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import torch

from symgen.inspection.subspaces import SLACK, Subspace, Unclear, clear_rank, null_space, row_space

FLOOR = 1e-11
"""Error of constants that rounding alone leaves."""
SMALL = 3e-4
"""Error, relative to the constants, up to which algebras are called nilpotent."""
TOO_LARGE = 0.3
"""Error, relative to the constants, that leaves nothing to tell."""


@dataclass(frozen=True)
class Constants:
    """[e_a, e_b] = sum_c values[a, b, c] e_c."""

    values: torch.Tensor
    """(n, n, n), antisymmetric in the first two."""
    error: float
    """Of ad e for unit elements e, in the Frobenius norm, root mean square."""

    @classmethod
    def of(cls, values: torch.Tensor, errors: torch.Tensor) -> Constants:
        """With `errors` (n, n) of the brackets, or by what they violate the Jacobi identity if that is more."""
        values = values.detach().cpu().double()
        n = max(1, len(values))
        anti = (values - values.transpose(0, 1)) / 2
        size = float(torch.linalg.vector_norm(anti))
        nested = torch.einsum("abe,ecd->abcd", anti, anti)
        jacobi = nested + nested.permute(1, 2, 0, 3) + nested.permute(2, 0, 1, 3)
        shown = float(torch.linalg.vector_norm(jacobi)) / size if size > 0 else 0.0
        given = float(torch.linalg.vector_norm(errors))
        return cls(anti, max(given, shown, FLOOR * max(1.0, size)) / n**0.5)

    @property
    def dimension(self) -> int:
        """n."""
        return len(self.values)

    @cached_property
    def size(self) -> float:
        """Of ad e for unit elements e, in the Frobenius norm, root mean square."""
        return float(torch.linalg.vector_norm(self.values)) / max(1, self.dimension) ** 0.5

    @property
    def abelian(self) -> bool:
        """Whether all brackets are 0; Unclear where the error is nearly as large as they are."""
        if self.size <= SLACK * self.error:
            return True
        if self.error > TOO_LARGE * self.size:
            raise Unclear("brackets are hardly larger than their error")
        return False

    @property
    def all(self) -> Subspace:
        """The whole algebra."""
        return Subspace(torch.eye(self.dimension, dtype=torch.float64), 0.0)

    def bracket(self, left: Subspace, right: Subspace) -> Subspace:
        """The span of all [x, y]."""
        vectors = torch.einsum("ka,lb,abc->klc", left.basis, right.basis, self.values).flatten(0, 1)
        return row_space(vectors, self.error + self.size * (left.error + right.error), self.size)

    @cached_property
    def derived(self) -> Subspace:
        """The span of all brackets."""
        return self.all if not self.signature[2] else self.bracket(self.all, self.all)

    @cached_property
    def centre(self) -> Subspace:
        """What commutes with everything."""
        if not self.signature[2]:
            return self.all.complement()
        return null_space(self.values.permute(1, 2, 0).flatten(0, 1), self.error, self.size)

    @cached_property
    def killing(self) -> torch.Tensor:
        """(n, n): tr(ad x ad y)."""
        return torch.einsum("abc,dcb->ad", self.values, self.values)

    @property
    def _killing_error(self) -> float:
        # one factor is off by the error, the other is as large as the largest singular value of all ad together
        return 2 * self.error * float(torch.linalg.matrix_norm(self.values.flatten(1), ord=2))

    @cached_property
    def signature(self) -> tuple[int, int, int]:
        """How many squares of the Killing form are positive, negative, and 0."""
        values = torch.linalg.eigvalsh(self.killing)
        order = values.abs().argsort(descending=True)
        rank = clear_rank(values.abs()[order], self._killing_error, self.size**2)
        positive = int((values[order][:rank] > 0).sum())
        return positive, rank - positive, self.dimension - rank

    @cached_property
    def radical(self) -> Subspace:
        """The largest solvable ideal: what the Killing form makes orthogonal to all brackets (Cartan)."""
        if not self.signature[2]:
            return self.all.complement()
        size = float(torch.linalg.matrix_norm(self.killing, ord=2))
        return null_space(
            self.derived.basis @ self.killing, self._killing_error + size * self.derived.error, self.size**2
        )

    @property
    def nilpotent(self) -> bool:
        """Whether brackets of brackets of ... end at 0.

        Algebras that are not come near it in skew bases, so that it takes a small error to say so.
        """
        if self.error > SMALL * self.size:
            raise Unclear(f"an error of {self.error:.0e} beside {self.size:.0e}")
        lower = self.derived
        while lower.dimension:
            following = self.bracket(self.all, lower)
            if following.dimension == lower.dimension:
                return False
            lower = following
        return True

    def on(self, part: Subspace, ideal: Subspace | None = None) -> Constants:
        """Of a subalgebra, in its basis; or of the quotient by an `ideal` that is orthogonal to that `part`."""
        basis = part.basis
        values = torch.einsum("ka,lb,abc,mc->klm", basis, basis, self.values, basis)
        off = part.error + (ideal.error if ideal else 0.0)
        return Constants(values, self.error + 3 * self.size * off)

    def action(self, on: Subspace) -> tuple[torch.Tensor, float]:
        """Matrices (n, d, d) of all ad e_a on an ideal of dimension d, and their error."""
        values = torch.einsum("abc,lb,mc->aml", self.values, on.basis, on.basis)
        return values, self.error + 2 * self.size * on.error
