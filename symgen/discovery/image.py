"""Discovery of the symmetries of images: from a dataset and an extractor to an artifact."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch

from symgen.discovery.artifact import written
from symgen.discovery.flow_image import ImageObjective
from symgen.discovery.flow_training import Progress, Trained, train_flow
from symgen.discovery.image_basis import readable, ritz
from symgen.discovery.image_problem import ImageProblem
from symgen.discovery.image_records import image_records, ranked
from symgen.discovery.image_settings import ImageFlowSettings, ImageSpectralSettings
from symgen.exceptions import DataError
from symgen.generators.artifact import Artifact
from symgen.generators.domains import ExtractorRecord, ImageDomain
from symgen.generators.inner_product import norms
from symgen.generators.library import LibraryGenerators
from symgen.generators.metadata import DataRecord
from symgen.image.datasets import ImageData
from symgen.image.extractor import Extractor
from symgen.image.fields import IMAGE_SPACE, chebyshev_library
from symgen.image.precision import threads
from symgen.image.specimen import recognisable
from symgen.validity.chance import chance_doubt, other_classes, poor_accuracy
from symgen.validity.moved_images import JUDGED, at_scale, moved_images

RULE = (
    f"approximate: moved by s = +-{JUDGED:g}, held-out images turn their features less than along every one of "
    "{count} random smooth fields; none: the rest"
)

UNJUDGED = "none: the extractor may not know its classes, so that nothing is called a symmetry"


def discover_image_spectral(
    data: ImageData,
    extractor: Extractor,
    settings: ImageSpectralSettings,
    progress: Callable[[int, int], None] | None = None,
) -> Artifact:
    """The orthonormal polynomial fields along which features change least at a finite scale, from an eigenproblem.

    Raises DataError for an extractor to whose features nothing that moves in the images matters.
    """
    with threads(extractor.mean.device, extractor.precision):
        problem = ImageProblem(data, extractor, settings)
        fields, spectrum = spectral_fields(problem, settings.n_generators)
        if settings.readable:
            fields = readable(problem, fields, spectrum[: settings.n_generators], fields)
        library = chebyshev_library(settings.library_degree(settings.n_generators))
        return _artifact(problem, fields, spectrum, "spectral", progress, kind="library", library=library.axes)


def discover_image_flow(
    data: ImageData,
    extractor: Extractor,
    settings: ImageFlowSettings,
    progress: Progress | None = None,
    checkpoint: Path | None = None,
    resume: bool = False,
) -> tuple[Artifact, Trained]:
    """Generator networks trained on the angle between features of images and of their moved copies (Ko et al. 2024).

    With init="spectral" they start from the fields of the eigenproblem. Of the combinations of what is trained, those
    are kept along which features change least. Raises as `discover_image_spectral` and `train_flow` do.
    """
    with threads(extractor.mean.device, extractor.precision):
        problem = ImageProblem(data, extractor, settings)
        initial = spectral_fields(problem, settings.count)[0] if settings.init == "spectral" else None
        trained = train_flow(ImageObjective(problem, settings), progress, initial, checkpoint, resume)
        network = trained.generators
        fields, spectrum = ritz(problem, LibraryGenerators(IMAGE_SPACE, network.heads, network.coefficients))
        _require_room(problem, settings.n_generators, fields.count)
        kept = LibraryGenerators(IMAGE_SPACE, network.heads, fields.coefficients[: settings.n_generators])
        if settings.readable:
            kept = readable(problem, kept, spectrum[: settings.n_generators], network)
        shape = {"trunk": network.heads.trunk.shape, "heads": network.heads.shape}
        return _artifact(problem, kept, spectrum, "flow", None, kind="network", **shape), trained


def spectral_fields(problem: ImageProblem, count: int) -> tuple[LibraryGenerators, torch.Tensor]:
    """The `count` best fields of the eigenproblem, orthonormal, and its whole spectrum.

    Raises DataError where the images have too few pixels for as many.
    """
    library = chebyshev_library(problem.settings.library_degree(count))
    units = torch.eye(2 * library.size, dtype=torch.float64, device=problem.device).reshape(-1, 2, library.size)
    basis = LibraryGenerators(IMAGE_SPACE, library, units)
    with problem.extractor.exactly():  # as above
        spectrum = problem.solve(basis, problem.images, problem.settings.scale)
    _require_room(problem, count, len(spectrum.singular_values))
    coefficients = spectrum.coefficients[:count, 0].reshape(-1, 2, library.size)
    return LibraryGenerators(IMAGE_SPACE, library, coefficients), spectrum.singular_values


def _require_room(problem: ImageProblem, wanted: int, found: int) -> None:
    """Raise DataError for fewer independent fields than were asked for."""
    if found < wanted:
        height, width = problem.data.size
        raise DataError(
            f"{wanted} generators were asked for; images of {height} x {width} pixels have room for {found}."
        )


def _artifact(
    problem: ImageProblem,
    fields: LibraryGenerators,
    spectrum: torch.Tensor,
    method: str,
    progress: Callable[[int, int], None] | None,
    **arguments: Any,
) -> Artifact:
    """Fields in the order of their defect on held-out images, with everything that is known about them."""
    data, settings, info = problem.data, problem.settings, problem.extractor.info
    size = norms(problem.matrix(fields))
    coefficients = fields.coefficients / size[:, None, None]
    unit = LibraryGenerators(IMAGE_SPACE, fields.library, coefficients)
    table = moved_images(problem.validity, problem.held_out, problem.grid, problem.weight, unit, progress=progress)
    unit, table = ranked(unit, table)
    doubt = chance_doubt(problem.extractor, data)
    told = (doubt or poor_accuracy(problem.extractor, data), other_classes(problem.extractor, data))
    # an extractor that may not know its classes calls nothing a symmetry
    least = min(at_scale(table.random, table.scales)) if doubt is None else 0.0
    records = image_records(unit, problem.points, problem.weight, table, least)
    height, width = data.size
    return written(
        unit,
        problem.points,
        {"image": problem.held_out[_surest(problem)]},
        settings,
        problem.weight,
        method=method,
        domain=ImageDomain(
            name=data.name,
            height=height,
            width=width,
            classes=len(data.classes),
            padding=settings.padding,
            extractor=ExtractorRecord.model_validate(info.model_dump(include=set(ExtractorRecord.model_fields))),
            moved=table,
        ),
        generators=tuple(records),
        spectrum=tuple(spectrum.tolist()),
        exact=0,
        approximate=sum(record.status == "approximate" for record in records),
        gap=1.0,
        rounding=0.0,
        rule=RULE.format(count=len(table.random)) if doubt is None else UNJUDGED,
        warnings=tuple(filter(None, told)),
        data=DataRecord(source=data.name, sha256=data.sha256, samples=len(data.train), notes=data.notes),
        **arguments,
    )


@torch.no_grad()
def _surest(problem: ImageProblem) -> int:
    """A held-out image whose class the extractor is sure of, and that a person recognises, too."""
    logits = [problem.extractor.logits(block) for block in problem.held_out.split(problem.validity.limit)]
    return recognisable(problem.held_out, torch.cat(logits).softmax(1).amax(1))
