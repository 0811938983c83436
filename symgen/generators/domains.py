"""What generators act on, as their files say it: solutions of one equation or of a system, images, or points."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import ClassVar, Literal

import torch
from pydantic import BaseModel, ConfigDict, Field

from symgen.pde.axis import grid_order
from symgen.pde.parameters import ParameterValue


class Record(BaseModel):
    """A part of the metadata: unknown keys are refused, values do not change."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Domain(Record, ABC):
    """What the generators act on."""

    acts_on: ClassVar[str]
    """In words."""

    @abstractmethod
    def require_fit(self, names: tuple[str, ...], count: int, tensors: Mapping[str, torch.Tensor]) -> None:
        """Raise ValueError where a file's tensors, the `names` of its coordinates or the `count` of its generators
        contradict the domain.
        """

    def found(self, exact: int, approximate: int) -> int:
        """How many of the generators are what is compared with known symmetries: the exact ones that say something."""
        return exact


class PdeDomain(Domain):
    """The equation whose solutions the generators act on."""

    acts_on = "solutions u(x, t) of one equation"

    kind: Literal["pde"] = "pde"
    equation: str
    """A string that equals zero, parameters included by name."""
    name: str | None
    """Name in the catalog, if it is from there."""
    parameters: dict[str, ParameterValue]
    length: float
    """Length of the data's domain in x."""
    data_periodic: bool
    periodic_fields: bool
    """Whether only fields periodic in x were looked at."""

    def require_fit(self, names: tuple[str, ...], count: int, tensors: Mapping[str, torch.Tensor]) -> None:
        """The specimen is on its grid."""
        if tensors["specimen.u"].shape != (len(tensors["specimen.t"]), len(tensors["specimen.x"])):
            raise ValueError("a specimen that is not on its grid")


class SystemDomain(Domain):
    """The system of equations whose solutions the generators act on, in any number of variables."""

    acts_on = "solutions of a system in any number of variables"

    kind: Literal["system"] = "system"
    equations: tuple[str, ...] = Field(min_length=1)
    """As they were given: strings that equal zero or have an equals sign, parameters included by name."""
    name: str | None = None
    parameters: dict[str, ParameterValue]
    independent: tuple[str, ...]
    unknowns: tuple[str, ...]
    """Real ones, in the order of coordinates."""
    complex: tuple[str, ...] = ()
    """`psi`, if the equations are about a complex psi: it stands for psi_r + I*psi_i."""
    lengths: dict[str, float]
    """Of the data's domain along every axis."""
    periodic: tuple[str, ...]
    """Axes along which the data are periodic."""
    consequences: tuple[str, ...] = ()
    """Equations that follow from those given by differentiation, and hold with them."""
    gaps: tuple[str, ...] = ()
    """Why there may be further consequences, if there may."""

    @property
    def equation(self) -> str:
        """All equations in one line."""
        return ", ".join(self.equations)

    def require_fit(self, names: tuple[str, ...], count: int, tensors: Mapping[str, torch.Tensor]) -> None:
        """The coordinates are those of the equations, and the specimen, if there is one, is on its grid."""
        if names != (*self.independent, *self.unknowns):
            raise ValueError("a space with other coordinates than its equations")
        if not any(name.startswith("specimen.") for name in tensors):
            return  # as those of older versions
        shape = tuple(len(tensors[f"specimen.{name}"]) for name in grid_order(self.independent))
        if any(tensors[f"specimen.{name}"].shape != shape for name in self.unknowns):
            raise ValueError("a specimen that is not on its grid")


class ExtractorRecord(Record):
    """The frozen network whose features say what an image shows."""

    called: ClassVar[str] = "extractor"
    measure: ClassVar[str] = "mean angle (rad) of the features"
    """What the defects of generators and the table of moved images are."""

    architecture: str
    width: int
    accuracy: float | None
    """Share of its dataset's test images that it classifies rightly."""
    dataset: str | None
    seed: int

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

    architecture: str
    """Name of its class or function."""
    outputs: int
    channels: int
    flattened: bool
    """Whether it takes every image as one vector."""
    precision: str
    """Such as float32."""

    @property
    def words(self) -> str:
        """For people."""
        flat = ", of images as vectors" if self.flattened else ""
        return f"{self.architecture} with {self.outputs} output{'s' * (self.outputs != 1)}{flat}, {self.precision}"


class MovedImages(Record):
    """How far held-out images and their moved copies are apart for the extractor, or the model: see its `measure`."""

    images: int
    """How many, of all classes in equal numbers."""
    scales: tuple[float, ...]
    """s of the unit fields, ascending; a column of the rows below each."""
    generators: tuple[tuple[float, ...], ...]
    affine: dict[str, tuple[float, ...]]
    """The six generators of the affine group, by name."""
    random: tuple[tuple[float, ...], ...]
    """Smooth orthonormal fields with random coefficients."""


class ImageDomain(Domain):
    """Images, and how it was measured that they stay what they are."""

    acts_on = "images"

    kind: Literal["image"] = "image"
    name: str
    """Of the dataset."""
    height: int
    width: int
    classes: int | None
    """None where a model says what they show."""
    padding: str
    """What there is beyond the edges of an image."""
    extractor: ExtractorRecord | ModelRecord
    moved: MovedImages

    def require_fit(self, names: tuple[str, ...], count: int, tensors: Mapping[str, torch.Tensor]) -> None:
        """The image, the weight and the table of moved images are of the same size and generators."""
        if tensors["specimen.image"].shape != (3, self.height, self.width):
            raise ValueError("an image that is not on the grid")
        if tensors["weight"].shape != (len(tensors["points"]),):
            raise ValueError("a weight that is not on the grid")
        if len(self.moved.generators) != count:
            raise ValueError("a table of moved images with other generators")

    def found(self, exact: int, approximate: int) -> int:
        """The symmetries of images are approximate ones."""
        return approximate


class SurrogateRecord(Record):
    """A differentiable function that was fitted to labelled points, and how well it predicts those held out."""

    kind: Literal["polynomial", "network"]
    degree: int | None = None
    """Of a polynomial."""
    widths: tuple[int, ...] = ()
    """Of a network's hidden layers."""
    transform: Literal["none", "square", "log"] = "none"
    """Of the target that is fitted: as monotone functions of it have the same symmetries."""
    error: float = Field(ge=0, allow_inf_nan=False)
    """Root mean square error of held-out points over the deviation of the target; of classes, of the logits."""
    explained: float = Field(le=1, allow_inf_nan=False)
    """Share of the variance of held-out targets, as they were given, that is predicted."""
    gradient_error: float | None = Field(None, ge=0, allow_inf_nan=False)
    """By how much gradients of fits to parts of the points differ, relative to them."""
    accuracy: float | None = Field(None, ge=0, le=1)
    """Classes: share of the held-out points that are classified rightly."""
    chance: float | None = Field(None, ge=0, le=1)
    """Share of the most frequent class."""
    folds: int = Field(ge=1)
    points: int = Field(ge=1)
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

    points: int
    """How many data."""
    scales: tuple[float, ...]
    """s of the unit fields, ascending; a column of the rows below each."""
    generators: tuple[tuple[float | None, ...], ...]
    """None where points leave every bound."""
    random: tuple[tuple[float | None, ...], ...]
    """Fields of the same family with random coefficients."""


class PointsDomain(Domain):
    """Points, labelled or not, and what must not change when they are moved."""

    acts_on = "points"

    kind: Literal["points"] = "points"
    condition: Literal["invariance", "equivariance", "density", "own"]
    name: str
    """Of the data, the function or the model."""
    words: str
    """What is invariant, for people: mass^2, fitted by a polynomial of degree 2."""
    columns: tuple[str, ...] = Field(min_length=1)
    """Coordinates of one particle."""
    outputs: tuple[str, ...] = ()
    """Components of the function. Under equivariance the fields act on them, too: their coordinates are the columns and
    then these."""
    particles: int = Field(1, ge=1)
    """That the same field acts on."""
    library: str
    """The family of fields in words."""
    error: float = Field(ge=0, allow_inf_nan=False)
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

    def found(self, exact: int, approximate: int) -> int:
        """Exact symmetries where there are any; what is fitted to data has approximate ones only."""
        return exact or approximate
