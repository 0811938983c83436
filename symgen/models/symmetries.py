"""What symmetries a trained model has learned."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Literal, TypeVar

import numpy as np
import torch
from pydantic import BaseModel, ValidationError

from symgen.discovery.image_model import discover_image_model
from symgen.discovery.image_model_settings import ImageModelSettings
from symgen.discovery.point_settings import PointSpectralSettings
from symgen.discovery.points import Progress, discover_points
from symgen.exceptions import UsageError
from symgen.generators.artifact import Artifact
from symgen.image.model import ImageModel
from symgen.models.inputs import as_images, as_tensor
from symgen.models.targets import target_of, target_of_arrays
from symgen.points.point_set import PointSet
from symgen.points.target import Target
from symgen.trained_model import called, device_of, evaluated, precision_of, require_function
from symgen.validity.equivariance import Equivariance
from symgen.validity.points import Invariance

Library = Literal["linear", "affine", "quadratic"]
Chosen = TypeVar("Chosen", bound=BaseModel)
KINDS = {"invariance": Invariance, "equivariance": Equivariance}


@torch.inference_mode(False)
def symmetries_of(
    model: Callable[[Any], Any],
    inputs: torch.Tensor | np.ndarray,
    symmetry: Literal["invariance", "equivariance"] = "invariance",
    library: Library = "affine",
    names: Sequence[str] | None = None,
    outputs: Sequence[str] | None = None,
    image_size: tuple[int, ...] | None = None,
    n_generators: int | None = None,
    seed: int = 0,
    progress: Progress | None = None,
    **settings: object,
) -> Artifact:
    """The vector fields along which a model's outputs stay, or move along: generators, as a file of symgen's has them.

    `model` is a torch module (evaluated as it is in use: no dropout, no statistics of batches) or a function on
    tensors that gradients go through; it is called with batches of inputs as they are given, in the precision of its
    weights and where these are. Where the inputs of a function are an array of numpy, it is called with such arrays,
    and differences stand for its gradients. `inputs` are what it is used on, not noise, and as many as a few hundred:

    - vectors (n, d), or sets of particles (n, k, d) that one field moves all alike: the artifact is that of points,
      with `names` of the d coordinates (x1, x2, ...) and of `outputs` (y1, ...). symmetry="equivariance" finds fields V
      on the inputs and W on the outputs together, J_f V = W(f).
    - images (n, c, h, w), or flattened ones (n, c h w) with `image_size` (h, w) or (c, h, w), in any range of
      values: the fields act on the plane, x to the right and y down from -1 to 1, as LieGG's do (Moskalev et al.,
      2022). They are ordered by what they do to outputs at finite scale and at best approximate, since moved images
      are interpolated. Outputs that grow without bound where a network is sure, as logits do, are best divided by
      their norm first.

    `library`: fields linear in the coordinates, affine, or of degree 2. Other `settings` are those of
    PointSpectralSettings, or of ImageModelSettings. Printed, the artifact is a table; `save` writes a file that
    `symgen inspect` reads. Raises UsageError for inputs of another shape, DataError for too few or bad ones, and for
    models without gradients, with chance in them, or that mix the inputs of a batch.

    >>> import torch
    >>> from symgen import symmetries_of
    >>> draw = torch.Generator().manual_seed(0)
    >>> inputs = torch.randn(200, 3, dtype=torch.float64, generator=draw)
    >>> def energy(q):
    ...     return (q[:, :2] ** 2).sum(1) + torch.sin(q[:, 2])
    >>> found = symmetries_of(energy, inputs, names=("x", "y", "z"))
    >>> [record.formula for record in found.metadata.generators]
    [('y', '-x', '0')]
    """
    more = {"library": library, "n_generators": n_generators, "seed": seed, **settings}
    if isinstance(inputs, np.ndarray) and not isinstance(model, torch.nn.Module) and image_size is None:
        points = PointSet.from_array(inputs, names, called(model))
        return _of_points(target_of_arrays(model, points, outputs), points, symmetry, more, progress)
    inputs = as_tensor(inputs)
    dtype, inputs = precision_of(model, inputs), inputs.to(device_of(model, inputs))
    with evaluated(model):
        images = as_images(inputs, image_size)
        if images is None:
            points = PointSet.from_array(inputs, names, called(model))
            target = target_of(model, points, inputs.ndim == 2, dtype, outputs)
            return _of_points(target, points, symmetry, more, progress)
        if symmetry != "invariance":
            raise UsageError("Of models of images only invariance is found. `invariance_error` says how equivariant.")
        seen = ImageModel(model, dtype, flattened=inputs.ndim == 2)
        require_function(seen, images)
        return discover_image_model(seen, images, _settings(ImageModelSettings, more), called(model))


def _of_points(
    target: Target, points: PointSet, symmetry: str, settings: dict[str, object], progress: Progress | None
) -> Artifact:
    if symmetry not in KINDS:
        raise UsageError(f"symmetry is {' or '.join(KINDS)}, not {symmetry!r}.")
    chosen = _settings(PointSpectralSettings, settings)
    return discover_points(KINDS[symmetry](target, points), chosen, progress)


def _settings(kind: type[Chosen], given: dict[str, object]) -> Chosen:
    try:
        return kind.model_validate(given)
    except ValidationError as error:
        first = error.errors()[0]
        raise UsageError(f"{'.'.join(map(str, first['loc']))}: {first['msg']}.") from error
