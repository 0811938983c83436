"""What files of solutions say about themselves, and what is said about them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field

from symgen import __version__
from symgen.pde.parameters import ParameterValue

Length = Annotated[float, Field(gt=0, allow_inf_nan=False)]


class TrajectoryInfo(BaseModel):
    """What a file of trajectories u(x, t) says about itself."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    equation: str | None = None
    """The equation as a string that equals zero, e.g. `u_t + u*u_x + u_xxx`; None where it is not known."""
    name: str | None = None
    """Name in the catalog, if it is from there."""
    parameters: dict[str, ParameterValue] = {}
    length: Length
    """Length of the domain in x."""
    periodic: bool = True
    """Measured by `Trajectories.from_arrays` where it is not given."""
    seed: int | None = None
    solver: str | None = None
    settings: dict[str, Any] = {}
    """Everything else needed to make the data again."""
    version: str = __version__


class SolutionsInfo(BaseModel):
    """What a file of solutions of any number of variables says about itself, but for its axes and unknowns."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    equations: tuple[str, ...] = ()
    """The system, as strings that equal zero; empty where it is not known."""
    name: str | None = None
    """Name in the catalog, if it is from there."""
    parameters: dict[str, ParameterValue] = {}
    complex: tuple[str, ...] = ()
    """Complex unknowns: `psi` stands for psi_r + I*psi_i, of the unknowns psi_r and psi_i."""
    lengths: dict[str, Length] = {}
    """Of the domain along axes where it is known from elsewhere than the points, as where these are cell centres."""
    seed: int | None = None
    solver: str | None = None
    settings: dict[str, Any] = {}
    """Everything else needed to make the data again."""
    version: str = __version__


@dataclass(frozen=True)
class Source:
    """The file that solutions were read from, or the arrays."""

    path: str | None
    sha256: str | None
    layout: str
    units: dict[str, str]
    """Of axes and unknowns, where the file gives them; the unknown of trajectories u(x, t) is u."""
    notes: tuple[str, ...] = ()
    """What was assumed about it."""
    warnings: tuple[str, ...] = ()
    """What about it may make results wrong."""
    reading: str | None = None
    """Which of its arrays are unknowns and coordinates, where its layout does not say."""
