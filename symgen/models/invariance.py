"""How far a model is from being invariant, or equivariant, under the flows of given generators."""

from __future__ import annotations

from collections.abc import Sequence
from copy import deepcopy

import torch

from symgen.exceptions import UsageError
from symgen.generators.artifact import Artifact
from symgen.generators.base import Generators
from symgen.generators.closed_form import ClosedFormGenerators, formula
from symgen.generators.held import HeldGenerators
from symgen.generators.inner_product import field_matrix, norms
from symgen.generators.library import LibraryGenerators
from symgen.generators.text import components_text
from symgen.generators.total_degree import TotalDegreeLibrary
from symgen.image.warp import Padding
from symgen.models.errors import InvarianceError, InvarianceErrors
from symgen.models.inputs import as_images, as_tensor
from symgen.models.moved_images import image_errors
from symgen.models.targets import target_of
from symgen.points.point_set import PointSet
from symgen.trained_model import Model, device_of, evaluated, precision_of
from symgen.validity.equivariance import Equivariance
from symgen.validity.points import Invariance

CONTROLS = 8
DEGREE = 2
"""Of the random fields."""


@torch.inference_mode(False)
@torch.no_grad()
def invariance_error(
    model: Model,
    inputs: torch.Tensor,
    generators: Generators | Artifact,
    scale: float = 0.1,
    samples: int = 512,
    controls: int = CONTROLS,
    names: Sequence[str] = (),
    image_size: tuple[int, ...] | None = None,
    padding: Padding = "reflection",
    seed: int = 0,
) -> InvarianceErrors:
    """How much a model's outputs change when inputs are moved along fields, beside random smooth fields.

    `model` is a module or function, and is called where its weights are; inputs are vectors (n, d), sets of particles
    (n, k, d), or images (n, c, h, w), also flattened, with `image_size` (h, w) or (c, h, w). What is asked depends on
    what the generators act on:

    - the d coordinates, or the plane of images: the outputs are to stay (invariance). A model that makes images of
      images (n, c', h', w') is to make moved images of moved ones (equivariance);
    - the d coordinates and then the p outputs, as generators of `symmetries_of(..., symmetry="equivariance")` do: the
      outputs are to move along (equivariance).

    The first `samples` inputs are moved by +`scale` and -`scale` along every field, taken with norm 1 in the inner
    product of the inputs: in units of their deviations for points, weighted by what the outputs react to for images.
    `names` are those of the fields in the table, by default formulas. Raises UsageError for generators or names that
    do not fit, DataError for a model that is no function of single inputs, and whose outputs are constant.

    >>> import torch
    >>> from symgen import invariance_error
    >>> from symgen.generators.closed_form import ClosedFormGenerators
    >>> from symgen.points.point_set import space_of
    >>> import sympy
    >>> draw = torch.Generator().manual_seed(0)
    >>> inputs = torch.randn(400, 2, dtype=torch.float64, generator=draw)
    >>> x, y = sympy.symbols("x y", real=True)
    >>> fields = ClosedFormGenerators(space_of(inputs, ("x", "y")), [(-y, x), (x, y)])
    >>> found = invariance_error(lambda z: (z**2).sum(1), inputs, fields)
    >>> [one.name for one in found.fields]
    ['-y d/dx + x d/dy', 'x d/dx + y d/dy']
    >>> [round(one.error, 3) for one in found.fields]
    [0.0, 0.146]
    """
    fields = generators.generators if isinstance(generators, Artifact) else generators
    names = tuple(names) or _names(generators)
    if len(names) != fields.count:
        raise UsageError(f"There are {len(names)} names for {fields.count} generators.")
    if not (samples >= 2 and controls >= 1 and 0 < scale < float("inf")):
        raise UsageError("samples are at least 2, controls at least 1, and the scale is positive.")
    inputs = as_tensor(inputs)
    dtype, inputs = precision_of(model, inputs), inputs[:samples].to(device_of(model, inputs))
    fields = deepcopy(fields).to(inputs.device)
    with evaluated(model):
        images = as_images(inputs, image_size)
        if images is not None:
            if fields.space.dimension != 2:
                raise UsageError(f"The generators act on {', '.join(fields.space.names)}, not on the plane of images.")
            flat = inputs.ndim == 2
            found, equivariance = image_errors(model, images, fields, scale, controls, padding, flat, dtype, seed)
        else:
            found, equivariance = _of_points(model, inputs, fields, scale, controls, dtype, seed)
    own = zip(names, found[: fields.count].tolist(), strict=True)
    rows = tuple(InvarianceError.of(name, errors) for name, errors in own)
    control = InvarianceError.of("random smooth fields", found[fields.count :].flatten().tolist())
    return InvarianceErrors(rows, control, equivariance, len(inputs), scale)


def _of_points(
    model: Model, inputs: torch.Tensor, fields: Generators, scale: float, controls: int, dtype: torch.dtype, seed: int
) -> tuple[torch.Tensor, bool]:
    """Errors (n + controls, 2 B) of moved points, and whether outputs moved with them."""
    data = PointSet.from_array(inputs)
    target = target_of(model, data, inputs.ndim == 2, dtype)
    given, d, p = fields.space.dimension, data.dimension, len(target.names)
    if given not in (d, d + p):
        raise UsageError(
            f"The generators act on {', '.join(fields.space.names)}. Inputs have {d} coordinates, with outputs {d + p}."
        )
    validity = Invariance(target, data) if given == d else Equivariance(target, data)
    still = validity.joint(data.values)
    places = still.flatten(0, 1)
    errors = []
    for family in (fields, HeldGenerators(_random(validity, controls, seed))):
        sizes = norms(field_matrix(family, places, validity.space)).clamp_min(1e-300)
        for place in range(family.count):
            for s in (scale, -scale):
                moved = validity.moved(family, place, s / float(sizes[place]), still)
                errors.append(validity.difference(moved, still).square().mean(1).sqrt())
    return torch.stack(errors).reshape(-1, 2 * data.count), given != d


def _random(validity: Invariance, count: int, seed: int) -> LibraryGenerators:
    """Fields to compare with: polynomials of degree 2 with normal coefficients."""
    space = validity.space
    library = TotalDegreeLibrary.on(space.lower, space.upper, DEGREE)
    draw = torch.Generator().manual_seed(seed)
    drawn = torch.randn(count, space.dimension, library.size, generator=draw, dtype=torch.float64)
    drawn = drawn.to(validity.data.values.device)
    allowed = validity.allowed(library)
    return LibraryGenerators(space, library, drawn if allowed is None else drawn * allowed.to(drawn))


def _names(generators: Generators | Artifact) -> tuple[str, ...]:
    if isinstance(generators, Artifact):
        records, names = generators.metadata.generators, generators.metadata.space.names
        return tuple(
            record.called or (components_text(record.formula, names) if record.formula else f"V{place}")
            for place, record in enumerate(records, 1)
        )
    if isinstance(generators, ClosedFormGenerators):
        return tuple(formula(field, generators.space.names) for field in generators.fields)
    return tuple(f"V{place}" for place in range(1, generators.count + 1))
