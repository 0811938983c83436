"""Discovery of the symmetries of an equation in its data: from trajectories to an artifact."""

from __future__ import annotations

import hashlib
from collections.abc import Callable

import torch

from symgen import __version__
from symgen.discovery.gap import RULE, find_gap
from symgen.discovery.readable import Judge, readable_basis
from symgen.discovery.settings import SpectralSettings
from symgen.discovery.spectral import StreamingQR, solve
from symgen.exceptions import DataError
from symgen.generators.artifact import Artifact
from symgen.generators.basis import Basis
from symgen.generators.library import FeatureLibrary, LibraryGenerators
from symgen.generators.metadata import DataRecord, Metadata, PdeDomain
from symgen.generators.space import Space
from symgen.pde.dictionary import formula_stages
from symgen.pde.equation import Equation
from symgen.pde.jets import JetSample, sample_jets
from symgen.pde.residual import data_residual
from symgen.pde.trajectories import Trajectories
from symgen.validity.pde import LinearisedValidity

UNIT_DEVIATION = 0.29  # standard deviation of a uniform variable on [0, 1], as x and t have
KEPT_POINTS = 4096
CHUNK_POINTS = 4096

Progress = Callable[[int, int], None]


def discover_spectral(
    data: Trajectories,
    equation: Equation,
    settings: SpectralSettings,
    device: str | torch.device = "cpu",
    progress: Progress | None = None,
) -> Artifact:
    """The generators of least linearised validity in a library of features, from an eigenproblem.

    Raises DataError for data that are too coarse or too few for the equation, UsageError for an equation that
    is not of evolution type.
    """
    device = torch.device(device)
    validity = LinearisedValidity(equation)
    residual = data_residual(data, equation)
    space, points = _space(data, settings, device)
    library = _library(space, data, settings)
    if len(points) < 2 * library.size:
        raise DataError(
            f"The data have {len(points)} usable points, too few for {library.size} features in each component. "
            "Give more data or lower the degrees."
        )
    rows, values, scale, sample = _reduce(validity, library, space, data, settings, device, progress)
    spectrum = solve(rows / scale, values, space.dimension)
    gap = find_gap(spectrum.singular_values.tolist())
    count = settings.n_generators or max(1, gap.exact + gap.approximate)
    if count > len(spectrum.singular_values):
        raise DataError(f"{count} generators were asked for; the library has {len(spectrum.singular_values)}.")
    judge = Judge(
        space=space,
        library=library,
        points=points,
        of_coefficients=lambda c: _rms(validity.residual_matrix(library, space, sample)[0] @ c.flatten(1).T) / scale,
        of_formula=lambda field: float(_rms(validity.residuals([field], sample).T)) / scale,
    )
    records, coefficients = readable_basis(judge, spectrum.coefficients[:count], gap, formula_stages(equation))
    metadata = Metadata(
        symgen_version=__version__,
        torch_version=torch.__version__,
        kind="library",
        method="spectral",
        space=space,
        domain=_domain(data, equation, settings),
        library=library.axes,
        generators=tuple(records),
        spectrum=tuple(spectrum.singular_values.tolist()),
        exact=gap.exact,
        approximate=gap.approximate,
        gap=gap.ratio,
        rounding=gap.rounding,
        rule=RULE,
        settings=settings.model_dump(),
        seed=settings.seed,
        data=DataRecord(
            source=data.source,
            sha256=data.sha256 or hashlib.sha256(data.read([0]).tobytes()).hexdigest(),
            samples=len(data),
            skipped=len(data.u) - len(data),
            times=len(data.t),
            points=len(data.x),
            residual=residual.relative,
            time_step_error=residual.time_step_error,
        ),
    )
    generators = LibraryGenerators(space, library, coefficients)
    specimen = {"u": torch.from_numpy(data.read([0])[0]), "x": torch.from_numpy(data.x), "t": torch.from_numpy(data.t)}
    return Artifact(generators, metadata, points, specimen)


def _rms(residuals: torch.Tensor) -> torch.Tensor:
    """Root mean square of each column."""
    return residuals.square().mean(0).sqrt()


def _reduce(
    validity: LinearisedValidity,
    library: FeatureLibrary,
    space: Space,
    data: Trajectories,
    settings: SpectralSettings,
    device: torch.device,
    progress: Progress | None,
) -> tuple[torch.Tensor, torch.Tensor, float, JetSample]:
    """Triangular factors of residuals and features, the size of the equation's terms, and some of the jets."""
    residuals, values, size = StreamingQR(), StreamingQR(), 0.0
    kept: list[JetSample] = []
    for sample in sample_jets(data, validity.highest, settings.points, settings.seed, device):
        for part in _parts(sample):
            matrix, squares = validity.residual_matrix(library, space, part)
            residuals.push(matrix)
            values.push(library.features(part.points))
            size += float(squares.sum())
        if sum(len(s.points) for s in kept) < KEPT_POINTS:
            kept.append(sample)
        if progress:
            progress(min(residuals.rows, settings.points), settings.points)
    joined = JetSample(
        torch.cat([s.points for s in kept])[: 2 * KEPT_POINTS],
        torch.cat([s.derivatives for s in kept], 1)[:, : 2 * KEPT_POINTS],
    )
    return residuals.root_mean(), values.root_mean(), (size / residuals.rows) ** 0.5, joined


def _parts(sample: JetSample) -> list[JetSample]:
    return [
        JetSample(points, derivatives)
        for points, derivatives in zip(
            sample.points.split(CHUNK_POINTS), sample.derivatives.split(CHUNK_POINTS, dim=1), strict=True
        )
    ]


def _space(data: Trajectories, settings: SpectralSettings, device: torch.device) -> tuple[Space, torch.Tensor]:
    """Normalisation of x, t, u, and a sample of points of the data."""
    count, total, squares = 0, 0.0, 0.0
    low, high = float("inf"), float("-inf")
    for batch in data.batches():
        count, total, squares = count + batch.size, total + float(batch.sum()), squares + float((batch**2).sum())
        low, high = min(low, float(batch.min())), max(high, float(batch.max()))
    deviation = max(squares / count - (total / count) ** 2, 0.0) ** 0.5
    if not deviation > 1e-12 * max(abs(low), abs(high)):
        raise DataError("u is constant over all the data: nothing can be discovered in it. Give data that vary.")
    start, end = float(data.t[0]), float(data.t[-1])
    left = float(data.x[0])
    right = left + data.info.length if data.info.periodic else float(data.x[-1])
    space = Space(
        names=("x", "t", "u"),
        origin=(left, start, 0.0),
        scale=(right - left, end - start, deviation / UNIT_DEVIATION),
        lower=(left, start, low),
        upper=(right, end, high),
        periodic=(data.info.periodic, False, False),
    )
    points = torch.cat([s.points for s in sample_jets(data, 0, KEPT_POINTS, settings.seed + 1, device)])
    return space, points


def _library(space: Space, data: Trajectories, settings: SpectralSettings) -> FeatureLibrary:
    if settings.periodic and not data.info.periodic:
        raise DataError("Fields periodic in x were asked for, but the data are not periodic. Leave out --periodic.")
    kinds = ("fourier" if settings.periodic else "chebyshev", "chebyshev", "chebyshev")
    return FeatureLibrary(
        axes=tuple(
            Basis(kind=kind, degree=degree, lower=lower, upper=upper)  # type: ignore[arg-type]
            for kind, degree, lower, upper in zip(kinds, settings.degrees, space.lower, space.upper, strict=True)
        )
    )


def _domain(data: Trajectories, equation: Equation, settings: SpectralSettings) -> PdeDomain:
    return PdeDomain(
        equation=data.info.equation or str(equation.expression),
        name=data.info.name,
        parameters=data.info.parameters,
        length=data.info.length,
        data_periodic=data.info.periodic,
        periodic_fields=settings.periodic,
    )
