"""What the user of `symgen discover`, or of `symgen.discover`, asks for, in the groups that the kinds of data need."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from pydantic import BaseModel

from symgen.data_files import stem_of
from symgen.discovery.requests.method_settings import method_settings, refuse

if TYPE_CHECKING:
    from symgen.pde.readers.content import Content
    from symgen.pde.solutions import Solutions

Kind = Literal["images", "equation", "system", "points"]
SETTINGS = (
    "n_generators",
    "x_degree",
    "t_degree",
    "u_degree",
    "width",
    "steps",
    "init",
    "batch",
    "sigma",
    "learning_rate",
    "validity_weight",
    "orthonormality_weight",
    "lipschitz_weight",
    "lipschitz_bound",
    "sobolev_weight",
    "periodic",
    "points",
    "confidence",
    "slots",
    "scale",
    "degree",
    "library",
    "memory_limit",
    "resume",
    "checkpoint",
)
"""Options that are settings of some method, or of no method but flow."""
COORDINATES = ("x", "y", "z", "t")
OF_EQUATIONS = ("equation", "param", "samples", "field", *COORDINATES, "boundary", "terms", "assume", "skip_bad")
OF_FILES = ("field", *COORDINATES, "boundary", "skip_bad")
"""Options that say how a file of solutions is read."""
OF_POINTS = (
    "point_file",
    "target",
    "function",
    "symmetry",
    "columns",
    "inputs",
    "shared",
    "particles",
    "classes",
)
SIMULATED, OF_A_FILE = "simulated data", "it says more about a file of data, given with --data"
GIVEN, TO_SIMULATE = "data that are given", "it is how many solutions to simulate"
"""Why options of files and of simulations exclude each other."""
SWITCHES = ("shared", "classes")
"""Options of which `--no-` is given, too: they are not, if they are None."""
OF_IMAGES = ("extractor", "extractor_width", "extractor_schedule", "extractor_batch", "to_rgb")


@dataclass(frozen=True)
class Request:
    """What is studied: a name of symgen's, a file of data, its content where it has been read, and all other options.

    Options that were not given are None or False, as `options` has them; `param` is a mapping.
    """

    kind: Kind
    name: str | None
    data: Path | None
    content: Content | None
    options: Mapping[str, Any]
    device: str
    solutions: Solutions | None = None
    """Data in memory."""

    def __getitem__(self, option: str) -> Any:
        return self.options.get(option)

    @property
    def simulated(self) -> bool:
        """Whether solutions are to be made, as none are given."""
        return self.content is None and self.solutions is None

    @property
    def stem(self) -> str:
        """What results are named after."""
        return self.name or (stem_of(self.data) if self.data else "generators")

    @property
    def parameters(self) -> dict[str, float | str]:
        """Values of the equations' parameters by name."""
        return dict(self["param"] or {})

    def given(self, name: str) -> Any:
        """The value of an option; True for a switch that was given either way."""
        return self[name] is not None or None if name in SWITCHES else self[name]

    def refuse(self, what: str, names: Sequence[str], why: str = "") -> None:
        """Raise UsageError for options of those names that were given, but make no sense for `what`."""
        refuse(what, {name: self.given(name) for name in names}, why)

    def refuse_unread(self, names: Sequence[str] = OF_FILES) -> None:
        """Raise UsageError for options of those names where data are simulated, for --samples where they are not."""
        if self.simulated:
            self.refuse(SIMULATED, names, OF_A_FILE)
        else:
            self.refuse(GIVEN, ["samples"], TO_SIMULATE)

    def settings(self, methods: Mapping[str, Any], default: str, what: str = "this kind of data") -> BaseModel:
        """Validated settings of the method that was chosen of those; see `method_settings`."""
        given = {name: self[name] for name in SETTINGS}
        return method_settings(methods, self["method"], self["preset"], default, given, self["seed"], what)

    @property
    def files_of_coordinates(self) -> list[str]:
        """Those that --x, --y, --z and --t name."""
        return [self[axis] for axis in COORDINATES if self[axis] is not None and Path(self[axis]).is_file()]
