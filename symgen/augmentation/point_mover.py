"""Points moved by combinations of generators: one element of the group for all particles of a datum."""

from __future__ import annotations

import torch

from symgen.affine_flow import AffineFlow, affine_matrices
from symgen.augmentation.selection import Selection, of_artifact
from symgen.exceptions import UsageError
from symgen.extrapolated_flow import ExtrapolatedFlow
from symgen.flow import Flow, FlowError
from symgen.generators.artifact import Artifact
from symgen.generators.base import Generators, require_floating
from symgen.generators.closed_form import ClosedFormGenerators
from symgen.generators.domains import PointsDomain

TOLERANCE = 1e-11
"""Of the flows of formulas that are not affine, relative."""
STEP = 0.02
"""Of the flows of fitted fields, which have kinks where they are held: high orders gain nothing there."""


def of_points(artifact: Artifact, max_defect: float | None = None) -> Selection:
    """The symmetries among generators of points, see `of_artifact`; UsageError for those that act on anything else."""
    points_domain(artifact)
    return of_artifact(artifact, max_defect)


def points_domain(artifact: Artifact) -> PointsDomain:
    """What generators of points act on; UsageError for others."""
    domain = artifact.metadata.domain
    if not isinstance(domain, PointsDomain):
        raise UsageError(f"These generators act on {domain.acts_on}, not on {PointsDomain.acts_on}.")
    return domain


class PointMover(torch.nn.Module):
    """exp(sum_a c_a V_a) of data of k particles, and of what belongs to them under equivariance.

    `generators`: a generators file, of which the symmetries are used (exact and approximate ones, or all of at most
    `max_defect`); a selection of them; or any generators, used as they are. Of their space's coordinates the last
    `outputs` are those of a function's values (by default what the file says, else none): they move with the points.

    Affine fields move points exactly, by the matrix exponential, others by integration. Everything is computed in
    float64 and on the points' device, and given back in their dtype. Raises DataError where no generator is valid.
    """

    matrices: torch.Tensor | None

    def __init__(
        self,
        generators: Generators | Artifact | Selection,
        outputs: int | None = None,
        max_defect: float | None = None,
    ) -> None:
        super().__init__()
        self.particles: int | None = None
        """Of a datum, where the generators are known to be about so many."""
        if isinstance(generators, Artifact):
            domain = points_domain(generators)
            self.particles = domain.particles
            if outputs is None and domain.condition == "equivariance":
                outputs = len(domain.outputs)
            generators = of_points(generators, max_defect)
        selection = generators if isinstance(generators, Selection) else None
        fields = selection.generators if selection else generators
        if not isinstance(fields, Generators):
            raise UsageError(f"Points are moved by generators, as symgen.load gives them, not by {type(generators)}.")
        self.generators = fields
        self.names = selection.names if selection else tuple(f"V{a}" for a in range(1, fields.count + 1))
        """Formulas or places, such as `V2`, of those that are used."""
        self.left_out = selection.left_out if selection else ()
        """Names of those that are not, and why."""
        self.outputs = outputs or 0
        self.dimension = fields.space.dimension - self.outputs
        """d: coordinates of a particle."""
        if self.outputs < 0 or self.dimension < 1:
            raise UsageError(f"{self.outputs} outputs, of {fields.space.dimension} coordinates, leave none to move.")
        self.register_buffer("matrices", affine_matrices(fields), persistent=False)

    def forward(
        self, points: torch.Tensor, weights: torch.Tensor, outputs: torch.Tensor | None = None
    ) -> tuple[torch.Tensor, torch.Tensor | None]:
        """Points (B, d) or (B, k, d), each by its own combination, weights (B, n) -> the same shape.

        `outputs` (B, p) are moved too where the generators act on them, else given back as they are. Raises UsageError
        for other shapes, FlowError where points leave every bound.
        """
        self.check(points, outputs)
        particles = (points if points.ndim == 3 else points[:, None]).double()
        moved = self.flow(self._joint(particles, outputs), weights.to(particles))
        if not moved.isfinite().all():
            raise FlowError("Points leave every bound within the flow. Use a smaller scale.")
        places = moved[..., : self.dimension].reshape(points.shape).to(points.dtype)
        if not self.outputs or outputs is None:
            return places, outputs
        return places, moved[:, 0, self.dimension :].to(outputs.dtype)

    def flow(self, points: torch.Tensor, weights: torch.Tensor) -> torch.Tensor:
        """Of points on the generators' space (B, k, D), weights (B, n), both float64."""
        if self.matrices is not None:
            return AffineFlow(self.matrices, self.generators.space.scale)(points, weights)
        if isinstance(self.generators, ClosedFormGenerators) and len(points):
            return ExtrapolatedFlow(self.generators, TOLERANCE)(points, weights)
        return Flow(self.generators, step=STEP)(points, 1.0, weights[:, None])

    def check(self, points: torch.Tensor, outputs: torch.Tensor | None = None) -> None:
        """Raise TypeError for points that are no floating-point tensor, UsageError for shapes that do not fit."""
        require_floating(points)
        names, shape = ", ".join(self.generators.space.names[: self.dimension]), tuple(points.shape)
        if points.ndim not in (2, 3) or points.shape[-1] != self.dimension:
            raise UsageError(
                f"Points have the shape (n, {self.dimension}) or (n, k, {self.dimension}), with {names} last, not "
                f"{shape}."
            )
        if self.particles is not None and (points.shape[1] if points.ndim == 3 else 1) != self.particles:
            many = "particles" if self.particles > 1 else "particle"
            raise UsageError(
                f"The symmetries are of {self.particles} {many} with {names}: points have the shape "
                f"(n, {self.particles}, {self.dimension}), not {shape}."
            )
        if not self.outputs:
            return
        if outputs is None:
            raise UsageError("The generators act on outputs, too: give them with the points.")
        require_floating(outputs)
        if outputs.shape != (len(points), self.outputs):
            raise UsageError(
                f"Outputs of {len(points)} points have the shape ({len(points)}, {self.outputs}), not "
                f"{tuple(outputs.shape)}."
            )

    def _joint(self, particles: torch.Tensor, outputs: torch.Tensor | None) -> torch.Tensor:
        """Particles (B, k, d), each with the outputs of its datum: these move alike with all of them."""
        if not self.outputs or outputs is None:
            return particles
        shared = outputs.to(particles)[:, None].expand(-1, particles.shape[1], -1)
        return torch.cat([particles, shared], -1)
