"""What a user gives to be studied, as a request that the command line makes of a file, too."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from symgen.api.arrays_given import range_of, solutions_of
from symgen.api.options import KEYWORDS, OPTIONS
from symgen.discovery.requests.find import find_request
from symgen.discovery.requests.method_settings import refuse
from symgen.discovery.requests.request import COORDINATES, OF_FILES, OF_POINTS, Kind, Request
from symgen.discovery.requests.subject import of_several
from symgen.exceptions import UsageError
from symgen.pde.readers.in_memory import as_array
from symgen.pde.readers.table import is_numeric

if TYPE_CHECKING:
    from symgen.image.labelled import ImageData
    from symgen.pde.solutions import Solutions
    from symgen.points.rows import Rows
    from symgen.validity.points import PointValidity

UNKNOWN, POINTS, TARGET = "u", "points", "target"
"""Names of arrays that are given without one."""
WHAT = (
    "An array alone does not say what it is. Solutions have t= and x=, each an array or a range such as t=(0, 1); "
    'images labels=; points target=, function= or symmetry="density".'
)


@dataclass(frozen=True)
class Subject:
    """What a request is about, where it is in memory."""

    request: Request
    rows: Rows | None = None
    images: ImageData | None = None
    validity: PointValidity | None = None


def request_of_solutions(data: Solutions, name: str | None, options: Mapping[str, Any], device: str) -> Request:
    """Solutions in memory, of one u(x, t) or of a system."""
    formulas: Sequence[str] = options.get("equation") or []
    axes = [axis.name for axis in data.axes]
    kind: Kind = "system" if of_several(data.is_scalar, data.unknowns, axes, name, formulas) else "equation"
    return Request(kind, name, None, None, options, device, data)


def find_subject(
    subject: Any, labels: Any, unknowns: Mapping[str, Any], data: Any, options: dict[str, Any], device: str
) -> Subject:
    """What is meant by the arguments of `symgen.discover`; `options` are by the names of the command line."""
    from symgen.image.labelled import ImageData
    from symgen.pde.solutions import Solutions
    from symgen.pde.trajectories import Trajectories
    from symgen.points.point_set import PointSet
    from symgen.validity.points import PointValidity

    _require_arrays(unknowns)
    if isinstance(subject, Path | str) or (subject is None and isinstance(data, Path | str)):
        if unknowns or labels is not None:
            raise UsageError(f"{subject or data} is a name or a path: it says itself what it holds. Give no arrays.")
        if isinstance(data, Solutions | Trajectories):
            _refuse_reading(options)
            held = data if isinstance(data, Solutions) else data.solutions
            return Subject(request_of_solutions(held, str(subject), options, device))
        if data is not None and not isinstance(data, Path | str):
            raise UsageError(f"data is `Solutions` or a path, not {type(data).__name__}. Give arrays without a name.")
        return _of_path(subject, data, options, device)
    if data is not None:
        raise UsageError("data= goes with a name, such as discover('kdv', data='kdv.h5'). Give the data alone.")
    if isinstance(subject, Trajectories):
        subject = subject.solutions
    if isinstance(subject, Solutions):
        _refuse_reading({**options, **unknowns}, [*unknowns])
        return Subject(request_of_solutions(subject, None, options, device))
    if isinstance(subject, PointValidity):
        refuse("a validity, which has its points", {name: options.get(name) for name in (*OF_POINTS, "skip_bad")})
        return Subject(Request("points", None, None, None, options, device), validity=subject)
    if labels is not None or isinstance(subject, ImageData):
        refuse("images in memory", {"to_rgb": options.get("to_rgb")}, "give them 3 channels where these are needed")
    if isinstance(subject, ImageData):
        return Subject(Request("images", subject.name, None, None, options, device), images=subject)
    if labels is not None:
        images = _images(subject, labels, options)
        return Subject(Request("images", images.name, None, None, options, device), images=images)
    asked = any(options.get(option) is not None for option in (*OF_POINTS, "library"))
    if isinstance(subject, PointSet):
        subject, options["columns"] = subject.values, options.get("columns") or subject.names
        asked = True
    if asked:
        request = Request("points", None, None, None, options, device)
        return Subject(request, rows=_rows(subject, unknowns, options))
    return Subject(_of_arrays(subject, unknowns, options, device))


def _refuse_reading(options: Mapping[str, Any], others: Sequence[str] = ()) -> None:
    """Raise UsageError for what says how solutions are read or made, beside solutions that are there."""
    for name in (*OF_FILES, "samples", *others):
        if (value := options.get(name)) is not None and value is not False:
            raise UsageError(f"{name} makes no sense for solutions, which say themselves what it is.")


def _of_path(subject: str | Path | None, data: str | Path | None, options: Mapping[str, Any], device: str) -> Subject:
    """A name, a path, or a name with a path."""
    path = Path(subject) if isinstance(subject, Path) else None
    name = subject if isinstance(subject, str) else None
    target = options.get("target")
    if target is not None and not _are_names(target, named=True):
        raise UsageError("target of a file is the name of one of its arrays or columns, or an expression of these.")
    ranged = {axis: range_of(axis, options[axis]) for axis in COORDINATES if options.get(axis) is not None}
    found = find_request(
        name if path is None else str(path), None if data is None else Path(data), None, {**options, **ranged}, device
    )
    return Subject(found)


def _of_arrays(subject: Any, unknowns: Mapping[str, Any], options: dict[str, Any], device: str) -> Request:
    """Solutions in arrays: one, or several by name."""
    coordinates = {axis: options.pop(axis) for axis in COORDINATES if options.get(axis) is not None}
    named = dict(unknowns)
    if hasattr(subject, "data_vars"):  # a Dataset of xarray, with its coordinates
        subject = subject.variables
    if isinstance(subject, Mapping):
        named = {**{str(name): own for name, own in subject.items()}, **named}
    elif subject is not None:
        if UNKNOWN in named:
            raise UsageError("u is given twice: as the first argument and by name.")
        if not coordinates:
            raise UsageError(WHAT)
        named = {UNKNOWN: subject, **named}
    elif not named and not coordinates:
        raise UsageError(f"What is to be studied? Give a name, a path, data or arrays. {WHAT}")
    if options.get("samples") is not None:
        raise UsageError("samples is how many solutions are simulated, and arrays are given.")
    data = solutions_of(named, coordinates, options, explicit=bool(named))
    return request_of_solutions(data, None, options, device)


def _images(images: Any, labels: Any, options: Mapping[str, Any]) -> ImageData:
    """Images (N, H, W), or with 1 or 3 channels, with a label each; a fifth of every class is set aside."""
    from symgen.image.arrays import Part, from_arrays
    from symgen.image.labelled import ImageData

    part = Part(as_array("images", images), as_array("labels", labels), "images", "labels")
    found = from_arrays([part], 0.2, 0)
    return ImageData.of("images", found.train, found.test, found.classes, found.notes)


def _rows(subject: Any, unknowns: Mapping[str, Any], options: dict[str, Any]) -> Rows:
    """Points and what is known at them, as a file of named arrays would hold them."""
    from symgen.points.rows import in_memory

    if hasattr(subject, "columns") and hasattr(subject, "to_dict"):  # a table of pandas or polars
        subject = {str(name): np.asarray(subject[name]) for name in subject.columns}
    named = dict(subject) if isinstance(subject, Mapping) else {} if subject is None else {POINTS: subject}
    named = {**{str(name): own for name, own in named.items()}, **unknowns}
    target = options.get("target")
    if target is not None and not _are_names(target, isinstance(subject, Mapping)):
        if TARGET in named:
            raise UsageError("An array is called target already. Name the target, or rename that array.")
        named[TARGET] = target
        options["target"] = [TARGET]
    return in_memory({name: as_array(name, own) for name, own in named.items()})


def _are_names(target: Any, named: bool) -> bool:
    """Whether a target names arrays; text in a list names them where these have names, and else is the target."""
    several = isinstance(target, list | tuple) and bool(target) and all(isinstance(name, str) for name in target)
    return several and (named or len(target) == 1)


def _require_arrays(unknowns: Mapping[str, Any]) -> None:
    """Raise UsageError for a keyword that is none of the function's, and no array of an unknown."""
    for name, value in unknowns.items():
        near = get_close_matches(name, KEYWORDS, n=1)
        hint = f" Did you mean {near[0]}?" if near else ""
        if name in OPTIONS:
            hint = f" It is one of the settings: settings={{{name!r}: {value!r:.40}}}."
        if isinstance(value, str) or np.ndim(value) == 0 or not is_numeric(as_array(name, value).dtype):
            raise UsageError(f"There is no keyword {name!r}, and {value!r:.60} is no array of an unknown.{hint}")
