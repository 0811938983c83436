"""What a generators file says about itself, validated."""

from __future__ import annotations

from typing import Annotated, Literal, Self, TypeVar

from pydantic import AliasChoices, Field, model_validator

from symgen.bounds import (
    Angle,
    AtLeastOne,
    Count,
    Factor,
    Finite,
    Formula,
    Length,
    Name,
    Seed,
    Settings,
    Share,
    Size,
    Text,
)
from symgen.exceptions import UsageError
from symgen.generators.basis import Basis
from symgen.generators.domains import Domain, ImageDomain, PdeDomain, PointsDomain, Record, SystemDomain
from symgen.generators.drift_record import DriftRecord
from symgen.generators.network import HeadsShape, TrunkShape
from symgen.generators.space import MOST_COORDINATES, Space

SCHEMA_VERSION = 1
MOST_GENERATORS = 1024
"""In one file: brackets are taken of every pair of them."""
MOST_DEFECTS = 100_000
"""In a spectrum: no machine solves the eigenproblem of more fields."""


Texts = Annotated[tuple[Text, ...], Field(max_length=1000)]
Components = Annotated[tuple[Formula, ...], Field(min_length=1, max_length=MOST_COORDINATES)]
"""Of one field, as expressions of the coordinates."""

Kind = TypeVar("Kind", bound=Domain)


class RegressedTerm(Record):
    """One term of an equation that was found in data."""

    text: Formula
    """Such as (u^2)_x."""
    coefficient: Finite
    error: Size
    """Of the coefficient: standard error by the jackknife, or what other windows differ by, if this is more."""
    share: Factor
    """Size of the term relative to the left-hand side."""


Terms = Annotated[tuple[RegressedTerm, ...], Field(max_length=1000)]


class RunnerUp(Record):
    """The best of the other equations with no more terms."""

    text: Formula
    """Such as u_t = 0.05 u_xx."""
    residual: Size
    factor: Factor
    """How many times more it leaves."""


class Regression(Record):
    """An equation that was found in data."""

    equation: Formula
    """A string that equals zero; coefficients rounded within their errors."""
    left: Name
    """u_t or u_tt, which the terms add up to."""
    terms: Terms
    residual: Size
    """What the terms leave of the left-hand side, in weak form; relative."""
    noise: Size
    """Estimated noise of u, at most; relative to its standard deviation."""
    window: tuple[Count, Count]
    """Half-widths of the test functions in space and t, in grid steps."""
    rows: Count
    """Test functions."""
    library: Literal["plain", "all", "products"] = "plain"
    """Which terms were tried: derivatives of powers of u, or also coefficients in x and t, and u_x^2; or derivatives of
    products of the unknowns of a system."""
    runner_up: RunnerUp | None = None
    truncation: Terms = ()
    """Terms of the solver and not of its equation, found beside the others and left out."""
    differences: bool = False
    """Whether it was found with central differences in place of derivatives in space, which the data satisfy better."""
    assumed: Texts = ()
    """Symmetries to which the equations that were tried were restricted; what these fix has no error."""
    equivalents: Texts = ()
    """Equations with another term that fit these data as well."""
    doubts: Texts = ()
    """What is uncertain about the equation, in sentences."""


POOR_FIT = 0.1
"""Misfit above which an equation is hardly that of the data."""


class DataRecord(Record):
    """The data that the generators were found in; the fields from `skipped` on are of trajectories."""

    source: Text | None
    """Where they were read from: a path, a glob, or a list of many files."""
    sha256: Name | None
    samples: Count
    skipped: Count = 0
    """Samples left out because they were bad."""
    times: Count = 0
    points: Count = 0
    residual: Size = 0.0
    """Root mean square of the equation's residual, relative to its terms: how well the data fit the equation."""
    time_step_error: Size = 0.0
    """The share of the residual that the coarse time step explains."""
    grid_error: Size | None = None
    """The share that the grid in x explains."""
    weak_residual: Size | None = None
    """The residual in weak form, where noise is averaged out; None for equations that have none."""
    regression: Regression | None = None
    """How the equation was found, where the data came without one."""
    regressions: Annotated[tuple[Regression, ...], Field(max_length=MOST_COORDINATES)] = ()
    """Of a system: how each of its equations was found, where the data came without any."""
    notes: Texts = ()
    """What was assumed about their file."""
    grid: Annotated[dict[Name, AtLeastOne], Field(max_length=MOST_COORDINATES)] = Field(default_factory=dict)
    """Of solutions of a system: points along every axis."""
    residuals: Annotated[tuple[Size, ...], Field(max_length=MOST_COORDINATES)] = ()
    """Of a system: the residual of each of its equations; `residual` is the largest."""

    @property
    def misfit(self) -> float:
        """How badly the data fit the equation, noise aside as far as can be told."""
        regressions = (self.regression, *self.regressions) if self.regression else self.regressions
        found = max((one.residual for one in regressions), default=None)
        return min(r for r in (self.residual, self.weak_residual, found) if r is not None)

    @property
    def fits_poorly(self) -> bool:
        """Whether the equation is hardly that of the data."""
        return self.misfit > POOR_FIT


class AlgebraRecord(Record):
    """Symmetries of the same equation in exact arithmetic, within an ansatz of its own."""

    dimension: Count
    """Of what algebra finds."""
    shared: Count
    """Dimension of what was found both ways."""
    missing: Texts
    """Formulas that algebra finds and discovery does not."""


class Certainty(Record):
    """How sure the count of symmetries is."""

    confidence: float = Field(gt=0, lt=1)
    """With which bounds hold."""
    tolerance: Size
    """Largest relative bound with which a symmetry is certain."""
    at_least: Count
    """How many symmetries there are, those along the flow of ordinary differential equations left out: certain ones."""
    at_most: Count | None = None
    """Those, and all of the library that are not ruled out; None where this cannot be told."""
    bound: Size | None = None
    """Relative, of the worst combination of the certain ones; None where none was judged by data."""
    sources: Texts
    """What bounds are from: `algebra of the given equation`, `resampled trajectories`, and so on."""
    resamples: Count
    wanted: Texts = ()
    """What would decide about those that are undecided."""
    brackets: Size | None = None
    """How far Lie brackets of the certain ones are from their span, at most, relative to the sizes of both."""
    closed: bool | None = None
    """Whether that is within the bounds of the fields; None where there are no brackets."""


UNDECIDED = 1e-3
"""Defect of fields of an equation, neither exact nor approximate, up to which nothing is said against them."""


CLOSE = 0.9
"""Cosine from which on a field is called what it is like."""


class Resemblance(Record):
    """The field with a name that a generator is most like."""

    name: Name
    cosine: Share
    """Without sign, in the data's inner product."""

    @property
    def close(self) -> bool:
        """Whether the generator may be called by that name."""
        return self.cosine >= CLOSE


class GeneratorRecord(Record):
    """One generator."""

    defect: Size = Field(validation_alias=AliasChoices("defect", "validity"))
    """Of the unit field. Equations: root mean square of the linearised residual, relative to the equation's terms.
    Images: mean angle of the features of held-out images moved by s = +-0.3, in radians.
    Points: root mean square rate of change of what is invariant, relative to its gradient."""
    status: Literal["exact", "approximate", "none"]
    bound: Size | None = None
    """Upper bound of the defect at the confidence of `Metadata.certainty`; None where none is known. Of equations found
    in data: under all that these allow. It counts the defect on free derivatives, `defect` may be on the data's own."""
    relative_bound: Size | None = None
    """The same relative to what cancels in the symmetry condition, see `symgen.discovery.certainty.judgement`: this
    decides whether a symmetry of an equation found in data is certain."""
    formula: Components | None = None
    """In physical units."""
    formula_error: Angle | None = None
    """Angle between the field and its formula, in radians."""
    formula_defect: Size | None = Field(
        default=None, validation_alias=AliasChoices("formula_defect", "formula_validity")
    )
    """Defect of the formula itself, scaled to a unit field."""
    norm: Length | None = None
    """Norm of the formula's field in the data's inner product: the generator is formula / norm."""
    near: Components | None = None
    """Where there is no formula: one that is near, though not nearly as valid."""
    near_error: Angle | None = None
    """Angle between the field and that one, in radians."""

    trivial: bool = False
    """Whether it moves every solution along itself, as fields along the flow of an ODE do."""
    resembles: Resemblance | None = None
    """Images: which of the affine fields."""
    undecided: bool = False
    """Whether what was differentiated, or the equations that were found, are too inexact to tell it from a symmetry."""

    @model_validator(mode="after")
    def _formulas_have_errors(self) -> Self:
        for what, formula, error in (
            ("formula", self.formula, self.formula_error),
            ("near", self.near, self.near_error),
        ):
            if formula is not None and error is None:
                raise ValueError(f"{what} without {what}_error would be taken for exact")
        return self

    @property
    def called(self) -> str | None:
        """The name of the field that it is close to, and the cosine: `rotation, 0.99`."""
        like = self.resembles
        return f"{like.name}, {like.cosine:.2f}" if like is not None and like.close else None

    @property
    def verdict(self) -> str:
        """The status in words; one of hardly any defect that no gap tells from others is undecided, not refuted."""
        if self.trivial:
            return "trivial"
        if self.status == "none":
            return "undecided" if self.undecided or self.defect <= UNDECIDED else "no symmetry"
        return self.status


class Metadata(Record):
    """Header of a generators file."""

    schema_version: Literal[1] = 1
    symgen_version: Name
    torch_version: Name
    kind: Literal["library", "network", "closed-form"]
    method: Name
    space: Space
    domain: Annotated[PdeDomain | SystemDomain | ImageDomain | PointsDomain, Field(discriminator="kind")]
    library: Annotated[tuple[Basis, ...], Field(min_length=1, max_length=MOST_COORDINATES)] | None = None
    """Arguments of the feature library, for kind library."""
    total_degree: int | None = Field(None, ge=0, le=12)
    """Largest total degree of the library's products; None where it has all of them."""
    trunk: TrunkShape | None = None
    """Arguments of the trunk whose features the generators are linear in, for kind network."""
    heads: HeadsShape | None = None
    """Arguments of the heads on it, where the generators are combinations of trained heads."""
    generators: tuple[GeneratorRecord, ...] = Field(min_length=1, max_length=MOST_GENERATORS)
    """Ascending in defect."""
    spectrum: tuple[Size, ...] = Field(min_length=1, max_length=MOST_DEFECTS)
    """Defect of every orthonormal field of the family, ascending."""
    exact: Count
    approximate: Count
    trivial: Count = 0
    """How many of the exact ones, the last, move every solution along itself."""
    gap: Factor
    """Factor across the gap after the exact ones."""
    rounding: Size
    """Defects are not told apart below this; smaller ones are given as this."""
    rule: Text
    """How exact, approximate and no symmetry were told apart."""
    ranked_on: Literal["data", "free"] = "data"
    """Jets on which the fields after the exact ones were ranked: the data's own, or free ones."""
    alike: Count = 0
    """Fields that the data's own jets do not tell from symmetries, though the equation has none of them."""
    algebra: AlgebraRecord | None = None
    """What algebra says about the same equation, where it was asked."""
    certainty: Certainty | None = None
    """How sure the count is; None in files of older versions."""
    infinite: Text | None = None
    """Why the equation has infinitely many symmetries, where that is known."""
    conserved: Annotated[tuple[DriftRecord, ...], Field(max_length=1000)] = ()
    """How well the data keep what the equation conserves, and what else stays constant in them."""
    conserved_notes: Texts = ()
    """What could not be told about that, and why."""
    warnings: Texts = ()
    """What there is to doubt about the result."""
    settings: Settings
    seed: Seed
    command: Text | None = None
    """What was typed to find them, without where results go; None for those found in Python."""
    data: DataRecord

    @property
    def pde(self) -> PdeDomain:
        """The domain of generators of one equation for u(x, t); UsageError for others."""
        return self._only(PdeDomain)

    @property
    def solved(self) -> PdeDomain | SystemDomain:
        """The domain of generators of an equation or a system; UsageError for those of images."""
        return self.domain if isinstance(self.domain, SystemDomain) else self._only(PdeDomain)

    @property
    def image(self) -> ImageDomain:
        """The domain of generators of images; UsageError for those of an equation."""
        return self._only(ImageDomain)

    @property
    def of_points(self) -> PointsDomain:
        """The domain of generators of points; UsageError for others."""
        return self._only(PointsDomain)

    def _only(self, kind: type[Kind]) -> Kind:
        if not isinstance(self.domain, kind):
            raise UsageError(f"These generators act on {self.domain.acts_on}, not on {kind.acts_on}.")
        return self.domain
