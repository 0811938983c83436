"""What generators act on, as their files say it: solutions of one equation or of a system, images, or points."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from typing import Annotated, ClassVar, Literal, Self

import torch
from pydantic import BaseModel, ConfigDict, Field, model_validator

from symgen.bounds import AtLeastOne, Count, Finite, Formula, Length, Name, Seed, Share, Size, Text
from symgen.generators.space import MOST_COORDINATES, Space
from symgen.pde.axis import grid_order
from symgen.pde.parameters import ParameterValue

Names = Annotated[tuple[Name, ...], Field(max_length=MOST_COORDINATES)]
SLACK = 1000.0
"""Times the range of a coordinate by which points of the data may be out of it, and a library's range may differ."""
MOST_ROWS, MOST_SCALES = 1024, 100
"""Of a table of what was moved."""
Scales = Annotated[tuple[Finite, ...], Field(max_length=MOST_SCALES)]
Row = Annotated[tuple[Size, ...], Field(max_length=MOST_SCALES)]
OpenRow = Annotated[tuple[Size | None, ...], Field(max_length=MOST_SCALES)]
"""A number for every scale."""
Parameters = Annotated[dict[Name, ParameterValue], Field(max_length=1000)]


class Record(BaseModel):
    """A part of the metadata: unknown keys are refused, values do not change."""

    model_config = ConfigDict(extra="forbid", frozen=True)


def require_within(what: str, points: torch.Tensor, space: Space) -> None:
    """Raise ValueError where points (P, d), in the first d coordinates, are far out of the range of the data."""
    d = points.shape[-1]
    lower, upper = points.new_tensor(space.lower[:d]), points.new_tensor(space.upper[:d])
    out = torch.maximum(lower - points, points - upper) > SLACK * (upper - lower)
    if out.any():
        name = space.names[int(out.any(0).byte().argmax())]
        raise ValueError(f"{what} far out of the range of the data in {name}")


def _require_grid(axes: Sequence[str], unknowns: Sequence[str], tensors: Mapping[str, torch.Tensor]) -> None:
    """Raise ValueError where a specimen is not on a grid of two points or more along every axis."""
    shape = [tensors[f"specimen.{name}"].shape for name in axes]
    if any(len(own) != 1 or own[0] < 2 for own in shape):
        raise ValueError("a specimen without a grid")
    if any(tensors[f"specimen.{name}"].shape != tuple(own[0] for own in shape) for name in unknowns):
        raise ValueError("a specimen that is not on its grid")


def _has_specimen(tensors: Mapping[str, torch.Tensor]) -> bool:
    """Those of older versions have none."""
    return any(name.startswith("specimen.") for name in tensors)


def _require_solution(
    axes: Sequence[str], unknowns: Sequence[str], tensors: Mapping[str, torch.Tensor], space: Space
) -> None:
    """Raise ValueError where a specimen has an axis that does not ascend, or is of another size than the data."""
    for name in axes:
        if not bool((tensors[f"specimen.{name}"].diff() > 0).all()):
            raise ValueError(f"a specimen whose {name} does not ascend")
    for name in (*axes, *unknowns):
        place = space.names.index(name)
        only = space.model_copy(update={key: (getattr(space, key)[place],) for key in ("names", "lower", "upper")})
        require_within("a specimen", tensors[f"specimen.{name}"].reshape(-1, 1), only)


def _require_width(scales: Sequence[float], rows: Sequence[Sequence[object]]) -> None:
    """Raise ValueError where a table has rows that are not as wide as its scales."""
    if any(len(row) != len(scales) for row in rows):
        raise ValueError(f"a table of {len(scales)} scales has a row of another width")


class Domain(Record, ABC):
    """What the generators act on."""

    acts_on: ClassVar[str]
    """In words."""

    @abstractmethod
    def require_fit(self, names: tuple[str, ...], count: int, tensors: Mapping[str, torch.Tensor]) -> None:
        """Raise ValueError where a file's tensors, the `names` of its coordinates or the `count` of its generators
        contradict the domain.
        """

    @abstractmethod
    def require_sense(self, tensors: Mapping[str, torch.Tensor], space: Space) -> None:
        """Raise ValueError where the numbers of a file's specimen cannot be those of a datum."""

    def found(self, exact: int, approximate: int) -> int:
        """How many of the generators are what is compared with known symmetries: the exact ones that say something."""
        return exact


class PdeDomain(Domain):
    """The equation whose solutions the generators act on."""

    acts_on = "solutions u(x, t) of one equation"

    kind: Literal["pde"] = "pde"
    equation: Formula
    """A string that equals zero, parameters included by name."""
    name: Name | None
    """Name in the catalog, if it is from there."""
    parameters: Parameters
    length: Length
    """Length of the data's domain in x."""
    data_periodic: bool
    periodic_fields: bool
    """Whether only fields periodic in x were looked at."""

    def require_fit(self, names: tuple[str, ...], count: int, tensors: Mapping[str, torch.Tensor]) -> None:
        """The coordinates are x, t and u, and the specimen is on its grid."""
        if names != ("x", "t", "u"):
            raise ValueError("a space with other coordinates than x, t and u")
        _require_grid(("t", "x"), ("u",), tensors)

    def require_sense(self, tensors: Mapping[str, torch.Tensor], space: Space) -> None:
        """Ascending axes, and values of about the size of the data."""
        _require_solution(("t", "x"), ("u",), tensors, space)


class SystemDomain(Domain):
    """The system of equations whose solutions the generators act on, in any number of variables."""

    acts_on = "solutions of a system in any number of variables"

    kind: Literal["system"] = "system"
    equations: tuple[Formula, ...] = Field(min_length=1, max_length=MOST_COORDINATES)
    """As they were given: strings that equal zero or have an equals sign, parameters included by name."""
    name: Name | None = None
    parameters: Parameters
    independent: Names
    unknowns: Names
    """Real ones, in the order of coordinates."""
    complex: Names = ()
    """`psi`, if the equations are about a complex psi: it stands for psi_r + I*psi_i."""
    lengths: Annotated[dict[Name, Length], Field(max_length=MOST_COORDINATES)]
    """Of the data's domain along every axis."""
    periodic: Names
    """Axes along which the data are periodic."""
    consequences: Annotated[tuple[Text, ...], Field(max_length=1000)] = ()
    """Equations that follow from those given by differentiation, and hold with them."""
    gaps: Annotated[tuple[Text, ...], Field(max_length=1000)] = ()
    """Why there may be further consequences, if there may."""

    @property
    def equation(self) -> str:
        """All equations in one line."""
        return ", ".join(self.equations)

    def require_fit(self, names: tuple[str, ...], count: int, tensors: Mapping[str, torch.Tensor]) -> None:
        """The coordinates are those of the equations, and the specimen, if there is one, is on its grid."""
        if names != (*self.independent, *self.unknowns):
            raise ValueError("a space with other coordinates than its equations")
        if not set(self.periodic) <= set(self.independent) & set(self.lengths):
            raise ValueError("periodic axes that it does not have, or of no length")
        if _has_specimen(tensors):
            _require_grid(grid_order(self.independent), self.unknowns, tensors)

    def require_sense(self, tensors: Mapping[str, torch.Tensor], space: Space) -> None:
        """Ascending axes, and values of about the size of the data."""
        if _has_specimen(tensors):
            _require_solution(grid_order(self.independent), self.unknowns, tensors, space)


class ExtractorRecord(Record):
    """The frozen network whose features say what an image shows."""

    called: ClassVar[str] = "extractor"
    measure: ClassVar[str] = "mean angle (rad) of the features"
    """What the defects of generators and the table of moved images are."""

    architecture: Name
    width: AtLeastOne
    accuracy: Share | None
    """Share of its dataset's test images that it classifies rightly."""
    dataset: Name | None
    seed: Seed

    @property
    def words(self) -> str:
        """For people."""
        if self.architecture.startswith("torchvision:"):
            return self.architecture
        right = f", {self.accuracy:.1%} right" if self.accuracy is not None else ""
        return f"{self.architecture}, width {self.width}, seed {self.seed}{right}"


class ModelRecord(Record):
    """A model whose own outputs say what an image shows, in the extractor's place."""

    called: ClassVar[str] = "model"
    measure: ClassVar[str] = "mean change of the outputs over their deviation"

    architecture: Name
    """Name of its class or function."""
    outputs: AtLeastOne
    channels: AtLeastOne
    flattened: bool
    """Whether it takes every image as one vector."""
    precision: Name
    """Such as float32."""

    @property
    def words(self) -> str:
        """For people."""
        flat = ", of images as vectors" if self.flattened else ""
        return f"{self.architecture} with {self.outputs} output{'s' * (self.outputs != 1)}{flat}, {self.precision}"


class MovedImages(Record):
    """How far held-out images and their moved copies are apart for the extractor, or the model: see its `measure`."""

    images: Count
    """How many, of all classes in equal numbers."""
    scales: Scales
    """s of the unit fields, ascending; a column of the rows below each."""
    generators: Annotated[tuple[Row, ...], Field(max_length=MOST_ROWS)]
    affine: Annotated[dict[Name, Row], Field(max_length=MOST_ROWS)]
    """The six generators of the affine group, by name."""
    random: Annotated[tuple[Row, ...], Field(max_length=MOST_ROWS)]
    """Smooth orthonormal fields with random coefficients."""

    @model_validator(mode="after")
    def _same_scales(self) -> Self:
        _require_width(self.scales, (*self.generators, *self.affine.values(), *self.random))
        return self


class ImageDomain(Domain):
    """Images, and how it was measured that they stay what they are."""

    acts_on = "images"

    kind: Literal["image"] = "image"
    name: Name
    """Of the dataset."""
    height: AtLeastOne
    width: AtLeastOne
    classes: Count | None
    """None where a model says what they show."""
    padding: Name
    """What there is beyond the edges of an image."""
    extractor: ExtractorRecord | ModelRecord
    moved: MovedImages

    def require_fit(self, names: tuple[str, ...], count: int, tensors: Mapping[str, torch.Tensor]) -> None:
        """The image, the weight and the table of moved images are of the same size and generators."""
        if names != ("x", "y"):
            raise ValueError("a space with other coordinates than x and y")
        if tensors["specimen.image"].shape != (3, self.height, self.width):
            raise ValueError("an image that is not on the grid")
        if tensors["weight"].shape != (len(tensors["points"]),):
            raise ValueError("a weight that is not on the grid")
        if len(self.moved.generators) != count:
            raise ValueError("a table of moved images with other generators")

    def require_sense(self, tensors: Mapping[str, torch.Tensor], space: Space) -> None:
        """Pixels are shown as they are, whatever they are."""

    def found(self, exact: int, approximate: int) -> int:
        """The symmetries of images are approximate ones."""
        return approximate


class SurrogateRecord(Record):
    """A differentiable function that was fitted to labelled points, and how well it predicts those held out."""

    kind: Literal["polynomial", "network"]
    degree: Count | None = None
    """Of a polynomial."""
    widths: Annotated[tuple[AtLeastOne, ...], Field(max_length=100)] = ()
    """Of a network's hidden layers."""
    transform: Literal["none", "square", "log"] = "none"
    """Of the target that is fitted: as monotone functions of it have the same symmetries."""
    error: Size
    """Root mean square error of held-out points over the deviation of the target; of classes, of the logits."""
    explained: Annotated[Finite, Field(le=1)]
    """Share of the variance of held-out targets, as they were given, that is predicted."""
    gradient_error: Size | None = None
    """By how much gradients of fits to parts of the points differ, relative to them."""
    accuracy: Share | None = None
    """Classes: share of the held-out points that are classified rightly."""
    chance: Share | None = None
    """Share of the most frequent class."""
    folds: AtLeastOne
    points: AtLeastOne
    """That it was fitted to."""

    @property
    def words(self) -> str:
        """What was fitted, and how well it predicts points that were held out, for people."""
        one = self.kind == "polynomial"
        if one:
            what = f"a polynomial of degree {self.degree}"
        else:
            what = f"networks with hidden layers of {', '.join(map(str, self.widths))}"
        what += {"none": "", "square": " of the square", "log": " of the logarithm"}[self.transform]
        if self.accuracy is not None:
            chance = f" (the most frequent class: {self.chance:.1%})" if self.chance is not None else ""
            return (
                f"{what} {'classifies' if one else 'classify'} {self.accuracy:.1%} of held-out points rightly{chance}"
            )
        share = 1 - self.explained
        explained = f"{self.explained:.2%}" if share >= 1e-4 else f"all but {share:.0e}" if share >= 1e-15 else "all"
        error = self.gradient_error
        gradients = f"; its gradients are known within {error:.1e}" if error is not None else ""
        return (
            f"{what} {'explains' if one else 'explain'} {explained} of the variance of held-out points, with an error "
            f"of {self.error:.1e} of the deviation{gradients}"
        )


class MovedPoints(Record):
    """Root mean square change of what is to stay as it is when held-out points are moved, over its deviation."""

    points: Count
    """How many data."""
    scales: Scales
    """s of the unit fields, ascending; a column of the rows below each."""
    generators: Annotated[tuple[OpenRow, ...], Field(max_length=MOST_ROWS)]
    """None where points leave every bound."""
    random: Annotated[tuple[OpenRow, ...], Field(max_length=MOST_ROWS)]
    """Fields of the same family with random coefficients."""

    @model_validator(mode="after")
    def _same_scales(self) -> Self:
        _require_width(self.scales, (*self.generators, *self.random))
        return self


class PointsDomain(Domain):
    """Points, labelled or not, and what must not change when they are moved."""

    acts_on = "points"

    kind: Literal["points"] = "points"
    condition: Literal["invariance", "equivariance", "density", "own"]
    name: Name
    """Of the data, the function or the model."""
    words: Text
    """What is invariant, for people: mass^2, fitted by a polynomial of degree 2."""
    columns: tuple[Name, ...] = Field(min_length=1, max_length=MOST_COORDINATES)
    """Coordinates of one particle."""
    outputs: Names = ()
    """Components of the function. Under equivariance the fields act on them, too: their coordinates are the columns and
    then these."""
    particles: AtLeastOne = 1
    """That the same field acts on."""
    library: Text
    """The family of fields in words."""
    error: Size
    """Of what is differentiated, relative: smaller defects are not told apart."""
    surrogate: SurrogateRecord | None = None
    moved: MovedPoints

    @property
    def judged(self) -> str:
        """The condition; `samples` where the density is that of the points themselves, which no function gives."""
        return "samples" if self.condition == "density" and not self.outputs else self.condition

    @property
    def measure(self) -> str:
        """What the table of moved points is of."""
        return {
            "samples": "change of the density",
            "density": "change of the density's logarithm",
            "equivariance": "how far the function of moved points is from the moved function",
        }.get(self.judged, "change of what stays")

    def require_fit(self, names: tuple[str, ...], count: int, tensors: Mapping[str, torch.Tensor]) -> None:
        """The coordinates are the columns, and the specimen and the table are of them and of the generators."""
        outputs = self.outputs if self.condition == "equivariance" else ()
        if names != (*self.columns, *outputs):
            raise ValueError("a space with other coordinates than its columns")
        points, values = tensors["specimen.points"], tensors["specimen.values"]
        if points.shape[1:] != (self.particles, len(self.columns)):
            raise ValueError("a specimen with other columns or particles")
        if values.shape != (len(points), len(self.outputs)):
            raise ValueError("a specimen whose values are not those of its points")
        if len(self.moved.generators) != count:
            raise ValueError("a table of moved points with other generators")

    def require_sense(self, tensors: Mapping[str, torch.Tensor], space: Space) -> None:
        """The points of the specimen are about where the data are."""
        require_within("a specimen", tensors["specimen.points"].flatten(0, 1), space)

    def found(self, exact: int, approximate: int) -> int:
        """Exact symmetries where there are any; what is fitted to data has approximate ones only."""
        return exact or approximate
