"""What every method of discovery needs of an equation and its data."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, replace

import torch

from symgen import __version__
from symgen.discovery.gap import Gap, Rule
from symgen.discovery.readable import Judge
from symgen.discovery.settings import DiscoverySettings
from symgen.discovery.spectral import Spectrum, StreamingQR, solve
from symgen.exceptions import DataError
from symgen.generators.artifact import Artifact
from symgen.generators.base import Generators
from symgen.generators.features import Features
from symgen.generators.metadata import DataRecord, GeneratorRecord, Metadata, PdeDomain
from symgen.generators.space import Space
from symgen.moments import Moments
from symgen.pde.equation import Equation
from symgen.pde.jets import VALUES, JetSample, sample_jets
from symgen.pde.residual import data_residual
from symgen.pde.trajectories import Trajectories
from symgen.validity.pde import LinearisedValidity

UNIT_DEVIATION = 0.29  # standard deviation of a uniform variable on [0, 1], as x and t have
KEPT_POINTS = 4096
CHUNK_POINTS = 4096
SEED_OF_POINTS = 1  # the points of the inner product are others than those of the condition

Progress = Callable[[int, int], None]


@dataclass(frozen=True)
class Solution:
    """The eigenproblem solved for one family of fields."""

    spectrum: Spectrum
    judge: Judge
    combinations: torch.Tensor | None = None
    """(m, n): the fields of the spectrum as combinations of those of a span; None without one."""


class PdeProblem:
    """An equation, data for it, the normalised space and the linearised condition.

    Raises DataError for data that are too coarse or too few for the equation.
    """

    def __init__(
        self, data: Trajectories, equation: Equation, settings: DiscoverySettings, device: str | torch.device = "cpu"
    ) -> None:
        self.data, self.equation, self.settings, self.device = data, equation, settings, torch.device(device)
        require_periodic(data, settings)
        self.validity = LinearisedValidity(equation)
        self.space = normalised_space(data)
        self.residual = data_residual(data, equation)
        self.points = inner_product_points(data, settings, self.device)
        """(P, 3): points of the data over which inner products are taken."""

    def jets(self, total: int) -> JetSample:
        """About `total` points of the data with the derivatives that the condition needs, in one piece."""
        parts = list(sample_jets(self.data, self.validity.jets, total, self.settings.seed, self.device))
        return JetSample(torch.cat([p.points for p in parts]), torch.cat([p.derivatives for p in parts], 1))

    def solve(
        self,
        features: Features,
        progress: Progress | None = None,
        span: torch.Tensor | None = None,
        points: int | None = None,
    ) -> Solution:
        """The orthonormal fields of least validity that are linear in the features, or in the span of some of them.

        `span` (n, d, K): coefficients of the fields to combine. `points`: how many of the data, by default those of the
        settings.
        """
        if len(self.points) < 2 * features.size:
            raise DataError(
                f"The data have {len(self.points)} usable points, too few for {features.size} features in each "
                "component. Give more data or lower the degrees."
            )
        residuals, values, size = StreamingQR(), StreamingQR(), 0.0
        total, kept = points or self.settings.points, None
        for sample in sample_jets(self.data, self.validity.jets, total, self.settings.seed, self.device):
            for part in sample.split(CHUNK_POINTS):
                matrix, squares = self.validity.residual_matrix(features, self.space, part)
                along = features.along(part.points[None])[0]
                if span is not None:
                    matrix = matrix @ span.flatten(1).T
                    along = torch.einsum("pk,nik->ipn", along, span).flatten(0, 1)
                residuals.push(matrix)
                values.push(along)
                size += float(squares.sum())
            kept = sample if kept is None or len(kept.points) < KEPT_POINTS else kept
            if progress:
                progress(min(residuals.rows, total), total)
        if size == 0 or kept is None:
            raise DataError(
                f"All terms of {self.equation} vanish on the data once it is solved for its time derivative, so any "
                "field is a symmetry of it. Check the equation and the data."
            )
        scale = (size / residuals.rows) ** 0.5
        judge = self._judge(features, scale, next(iter(kept.split(2 * KEPT_POINTS))))
        residual, norm = residuals.root_mean() / scale, values.root_mean()
        if span is None:
            return Solution(solve(residual, norm, self.space.dimension), judge)
        # a row for every component: the mean over points is d times that over rows
        spectrum = solve(residual, norm * self.space.dimension**0.5, 1)
        combinations = spectrum.coefficients[:, 0]
        fields = torch.einsum("mn,nik->mik", combinations, span)
        return Solution(replace(spectrum, coefficients=fields), judge, combinations)

    def _judge(self, features: Features, scale: float, sample: JetSample) -> Judge:
        def rms(residuals: torch.Tensor) -> torch.Tensor:
            return residuals.square().mean(0).sqrt() / scale

        def of_coefficients(coefficients: torch.Tensor) -> torch.Tensor:
            matrix, _ = self.validity.residual_matrix(features, self.space, sample)
            return rms(matrix @ coefficients.flatten(1).T)

        return Judge(
            space=self.space,
            features=features,
            points=self.points,
            of_coefficients=of_coefficients,
            of_formula=lambda field: float(rms(self.validity.residuals([field], sample).T)),
        )

    def artifact(
        self,
        generators: Generators,
        records: list[GeneratorRecord],
        spectrum: Spectrum,
        gap: Gap,
        rule: Rule,
        method: str,
        **arguments: object,
    ) -> Artifact:
        """Generators with everything that is known about them; `arguments` say how to build them again."""
        data, info, settings = self.data, self.data.info, self.settings
        metadata = Metadata(
            symgen_version=__version__,
            torch_version=torch.__version__,
            method=method,
            space=self.space,
            domain=PdeDomain(
                equation=info.equation or str(self.equation.expression),
                name=info.name,
                parameters=info.parameters,
                length=info.length,
                data_periodic=info.periodic,
                periodic_fields=settings.periodic,
            ),
            generators=tuple(records),
            spectrum=tuple(spectrum.singular_values.tolist()),
            exact=gap.exact,
            approximate=gap.approximate,
            gap=gap.ratio,
            rounding=gap.rounding,
            rule=str(rule),
            settings=settings.model_dump(),
            seed=settings.seed,
            data=DataRecord(
                source=data.source,
                sha256=data.sha256 or hashlib.sha256(data.read([0]).tobytes()).hexdigest(),
                samples=len(data),
                skipped=len(data.u) - len(data),
                times=len(data.t),
                points=len(data.x),
                residual=self.residual.relative,
                time_step_error=self.residual.time_step_error,
                grid_error=self.residual.grid_error,
                weak_residual=self.residual.weak,
                regression=data.regression,
            ),
            **arguments,  # type: ignore[arg-type]
        )
        specimen = {"u": data.read([0])[0], "x": data.x, "t": data.t}
        tensors = {name: torch.from_numpy(values).to(self.device) for name, values in specimen.items()}
        return Artifact(generators, metadata, self.points, tensors)


def require_periodic(data: Trajectories, settings: DiscoverySettings) -> None:
    """Raise DataError if periodic fields are asked for on data that are not periodic."""
    if settings.periodic and not data.info.periodic:
        raise DataError("Fields periodic in x were asked for, but the data are not periodic. Leave out --periodic.")


def inner_product_points(data: Trajectories, settings: DiscoverySettings, device: torch.device) -> torch.Tensor:
    """Points (P, 3) of the data over which inner products are taken."""
    samples = sample_jets(data, VALUES, KEPT_POINTS, settings.seed + SEED_OF_POINTS, device)
    return torch.cat([sample.points for sample in samples])


def normalised_space(data: Trajectories) -> Space:
    """x and t over the stored window, u by its standard deviation; raises DataError where u does not vary."""
    moments = Moments()
    for batch in data.batches():
        moments.push(batch.ravel())
    low, high, deviation = float(moments.low), float(moments.high), float(moments.deviation)
    if not (high - low > 1e-12 * max(abs(low), abs(high)) and deviation > 0):
        raise DataError("u is constant over all the data: nothing can be discovered in it. Give data that vary.")
    start, end = float(data.t[0]), float(data.t[-1])
    left = float(data.x[0])
    right = left + data.info.length if data.info.periodic else float(data.x[-1])
    return Space(
        names=("x", "t", "u"),
        origin=(left, start, 0.0),
        scale=(right - left, end - start, deviation / UNIT_DEVIATION),
        lower=(left, start, low),
        upper=(right, end, high),
        periodic=(data.info.periodic, False, False),
    )
