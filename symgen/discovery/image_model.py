"""Discovery of the symmetries that a model of images has learned: from images and their model to an artifact.

As LieGG does it (Moskalev et al., NeurIPS 2022) it is an eigenproblem: the fields on the plane along which the outputs
change least, to first order. Here it is posed in an inner product, that of the pixels that the outputs react to, so
that a field cannot be good by staying where nothing is; and what is found is put to the test at finite scale, on images
that the eigenproblem has not seen, beside random smooth fields.
"""

from __future__ import annotations

import torch

from symgen.discovery.artifact import written
from symgen.discovery.image_basis import readable
from symgen.discovery.image_model_settings import ImageModelSettings
from symgen.discovery.image_records import image_records, ranked
from symgen.discovery.spectral import Spectrum, solve
from symgen.exceptions import DataError
from symgen.generators.artifact import Artifact
from symgen.generators.base import Generators
from symgen.generators.domains import ImageDomain, ModelRecord
from symgen.generators.held import HeldGenerators
from symgen.generators.inner_product import field_matrix, norms
from symgen.generators.library import LibraryGenerators
from symgen.generators.metadata import DataRecord
from symgen.generators.total_degree import TotalDegreeLibrary
from symgen.image.fields import IMAGE_SPACE
from symgen.image.model import ImageModel
from symgen.image.specimen import recognisable
from symgen.image.warp import moved_grids, pixel_grid
from symgen.trained_model import called
from symgen.validity.image_model import MOST_OUTPUTS, OutputValidity
from symgen.validity.moved_images import JUDGED, RANDOM_FIELDS, at_scale, mean_angles, moved_images

CLEAR = 0.5
"""Share of what the least of the random fields does to outputs, and of their deviation, up to which a field is called a
symmetry. Along rotations, MLPs trained on turned digits do about 0.35 of it; along their best fields, untrained ones
0.7 and more, random functions of blurred images 0.6 and more."""
RULE = (
    f"approximate: moved by s = +-{JUDGED:g}, held-out images change the model's outputs by at most {CLEAR:g} of their "
    f"deviation and of what every one of {{count}} random smooth fields does to them; none: the rest"
)
POINTS_PER_UNKNOWN = 2
JUDGED_IMAGES = 100
BLOCK_VALUES = 2**25
"""Of gradients that are held at a time."""


def discover_image_model(
    model: ImageModel,
    images: torch.Tensor,
    settings: ImageModelSettings,
    name: str = "images",
    source: str | None = None,
) -> Artifact:
    """The fields of a small family along which a model's outputs for images (N, C, H, W) change least.

    All of an orthonormal basis are kept, unless `n_generators` says otherwise, so that it is seen what the model has
    not learned. No status is more than approximate: moved pixels are interpolated, so no model is exactly invariant.
    Raises DataError for images too small or too few, and for outputs that do not vary or do not react to moves.
    """
    problem = ModelProblem(model, images, settings)
    fields, spectrum = problem.fields()
    kept = LibraryGenerators(IMAGE_SPACE, fields.library, fields.coefficients[: settings.n_generators])
    if settings.readable and kept.count > 1:
        kept = readable(problem, kept, spectrum[: kept.count], kept)
    unit = _scaled(kept, 1 / norms(problem.matrix(kept)))
    table = moved_images(problem.validity, problem.held_out, problem.grid, problem.weight, unit)
    unit, table = ranked(unit, table)
    clear = CLEAR * min(1.0, *at_scale(table.random, table.scales))
    records = image_records(unit, problem.points, problem.weight, table, clear)
    height, width = problem.grid.shape[:2]
    library = problem.library
    return written(
        unit,
        problem.points,
        {"image": _picture(problem.held_out[recognisable(problem.held_out)])},
        settings,
        problem.weight,
        method="spectral",
        kind="library",
        library=library.axes,
        total_degree=library.degree,
        domain=ImageDomain(
            name=name,
            height=height,
            width=width,
            classes=None,
            padding=settings.padding,
            extractor=ModelRecord(
                architecture=called(model.model),
                outputs=problem.outputs,
                channels=images.shape[1],
                flattened=model.flattened,
                precision=str(model.dtype).removeprefix("torch."),
            ),
            moved=table,
        ),
        generators=tuple(records),
        spectrum=tuple(spectrum.tolist()),
        exact=0,
        approximate=sum(record.status == "approximate" for record in records),
        gap=1.0,
        rounding=0.0,
        rule=RULE.format(count=len(table.random)),
        data=DataRecord(source=source or name, sha256=None, samples=len(images)),
    )


class ModelProblem:
    """Images, their model, and the inner product that comes from what its outputs react to."""

    def __init__(self, model: ImageModel, images: torch.Tensor, settings: ImageModelSettings) -> None:
        count, _, height, width = images.shape
        if min(height, width) < 2 or 2 * height * width < RANDOM_FIELDS:
            raise DataError(f"The images have {height} x {width} pixels, too few to be moved.")
        self.settings = settings
        with torch.no_grad():
            self.outputs = model(images[:1]).shape[1]
        held = -BLOCK_VALUES // (-2 * min(self.outputs, MOST_OUTPUTS) * height * width)
        order = torch.randperm(count, generator=torch.Generator().manual_seed(settings.seed)).to(images.device)
        aside = min(settings.held_out, count // 4)
        self.library = TotalDegreeLibrary.on((-1, -1), (1, 1), settings.degree)
        self.images = images[order[aside : aside + settings.images]]
        """(B, C, H, W): those of the eigenproblem."""
        self.held_out = images[order[:aside]]
        self.validity = OutputValidity(model, images, settings.padding, max(1, min(256, held)), settings.seed)
        unknowns = 2 * self.library.size
        if not aside or len(self.images) * self.validity.mixing.shape[1] < POINTS_PER_UNKNOWN * unknowns:
            raise DataError(f"{count} images are too few for {unknowns} unknowns of the fields. Give more images.")
        self.grid = pixel_grid(height, width, device=images.device)
        self.points = self.grid.double().reshape(-1, 2)
        """(P, 2): the pixels; inner products are means over them under `weight`."""
        self.weight = self.validity.weight(self.images).flatten()

    def matrix(self, generators: Generators) -> torch.Tensor:
        """Field matrix under the weight, float64."""
        return field_matrix(generators, self.points, weight=self.weight)

    def fields(self) -> tuple[LibraryGenerators, torch.Tensor]:
        """The best orthonormal fields of the family, and root mean square derivatives of the outputs along each."""
        units = torch.eye(2 * self.library.size, dtype=torch.float64, device=self.points.device)
        units = units.reshape(-1, 2, self.library.size)
        if self.settings.library == "linear":  # none that moves the centre
            units = units[units[..., 0].sum(1) == 0]
        basis = LibraryGenerators(IMAGE_SPACE, self.library, units)
        spectrum = self._solve(basis)
        coefficients = torch.einsum("mn,nik->mik", spectrum.coefficients[:, 0], units)
        return LibraryGenerators(IMAGE_SPACE, self.library, coefficients), spectrum.singular_values

    def _solve(self, basis: Generators) -> Spectrum:
        scale = self.settings.scale
        if scale:
            held, grid = HeldGenerators(basis), self.grid.double()
            ahead, behind = (moved_grids(held, grid, grid.new_full((held.count,), s)) for s in (scale, -scale))
            rates = self.validity.differences(self.images, ahead, behind, scale)
            rows = rates.permute(1, 2, 0).flatten(0, 1).double()
        else:
            rows = self.validity.rows(self.images, basis, self.grid)
        return solve(torch.linalg.qr(rows / len(self.images) ** 0.5, mode="r").R, self.matrix(basis), 1)

    @torch.no_grad()
    def angles(self, generators: Generators) -> torch.Tensor:
        """Mean change of the outputs for images moved by s = +-JUDGED along each field, (n,) float64."""
        images, grid = self.images[:JUDGED_IMAGES], self.grid.double()
        outputs = self.validity.directions(images)
        both = [mean_angles(self.validity, images, grid, generators, s, outputs).double() for s in (-JUDGED, JUDGED)]
        return torch.stack(both).mean(0)


def _scaled(fields: LibraryGenerators, factors: torch.Tensor) -> LibraryGenerators:
    return LibraryGenerators(fields.space, fields.library, fields.coefficients * factors[:, None, None])


def _picture(image: torch.Tensor) -> torch.Tensor:
    """An image (C, H, W) of any channels and values as one to look at, (3, H, W) in [0, 1]."""
    shown = image if len(image) == 3 else image.mean(0, keepdim=True).expand(3, -1, -1)
    low, high = shown.amin(), shown.amax()
    return ((shown - low) / (high - low).clamp_min(1e-12)).float().contiguous()
