"""Named arrays, as a file without a layout of its own has them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from symgen.pde.readers.size import Room
from symgen.pde.readers.stored import Array, Stored

MOST_LISTED = 12
PICKLED = "it holds Python objects, which are never unpickled"


@dataclass(frozen=True)
class Table:
    """Numeric arrays by name; nested ones have dotted names, or paths in HDF5 and zarr."""

    path: Path
    layout: str
    arrays: Mapping[str, Array]
    refused: Mapping[str, str] = field(default_factory=dict)
    """Arrays that were not read, and why."""
    axes: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Names of the axes of arrays, where the file gives them."""
    units: Mapping[str, str] = field(default_factory=dict)
    attribute: object = None
    """The root attribute `symgen`, if there is one."""
    notes: tuple[str, ...] = ()
    """What was assumed or changed."""
    complex: Mapping[str, tuple[int, ...]] = field(default_factory=dict)
    """Shapes of complex arrays, which are in `arrays` by their real and imaginary parts."""
    small_imaginary: Mapping[str, str] = field(default_factory=dict)
    """Complex arrays that are in `arrays` without their imaginary part, and how large it is."""

    def in_memory(self) -> dict[str, np.ndarray]:
        """All arrays, read or mapped to memory; DataError where there is no room for them."""
        room = Room(self.path) if any(isinstance(array, Stored) for array in self.arrays.values()) else None
        for name, array in self.arrays.items():
            if room and isinstance(array, Stored) and not array.is_mapped:
                room.take(name, array.nbytes)
        return {name: np.asarray(array) for name, array in self.arrays.items()}

    def forms(self) -> dict[str, np.ndarray]:
        """All arrays by shape and type; of those that stay in their files the values are 0."""
        return {
            name: np.broadcast_to(np.zeros((), array.dtype), array.shape) if isinstance(array, Stored) else array
            for name, array in self.arrays.items()
        }

    @property
    def seen(self) -> str:
        """Its arrays for people: names with shapes, and why some were not read."""
        listed = [f"{name} {array.shape}" for name, array in self.arrays.items() if array.size > 1]
        text = ", ".join(listed[:MOST_LISTED]) + (" ..." if len(listed) > MOST_LISTED else "") or "no arrays of numbers"
        why = "; ".join(f"{name!r}: {reason}" for name, reason in list(self.refused.items())[:4])
        return f"{text} (not read: {why})" if why else text


def is_numeric(dtype: np.dtype) -> bool:
    """Whether values are numbers, real or complex; truth values are not."""
    return dtype.kind in "iufc"


POSITION = (
    "x xs xx xi xgrid gridx xcoordinate xcoordinates xcoord xcoords coordx xvec xvals xvalues xstar xmesh xpts xpoints "
    "xlin xaxis xspan space position pos location distance spatial spatialgrid lon longitude"
)
TIME = (
    "t ts tt ti tgrid gridt tcoordinate tcoordinates tcoord tcoords coordt tvec tvals tvalues tstar tmesh tpts tpoints "
    "tlin taxis tspan time times timegrid timesteps timestamps temporal tsol"
)
SECOND = "y ys yy yi ygrid gridy ycoordinate ycoordinates ycoord ycoords coordy yvec ystar ymesh lat latitude"
THIRD = "z zs zz zi zgrid gridz zcoordinate zcoordinates zcoord zcoords coordz zvec zstar zmesh height altitude"
FIELD = (
    "u usol uu us uexact exact exactsolution sol solution solutions usolution ustar utrue ureal unum udata ufield uxt "
    "utx uall uout uvals uvalues tensor data field fields values"
)
NAMES = {
    role: frozenset(names.split())
    for role, names in (("x", POSITION), ("t", TIME), ("y", SECOND), ("z", THIRD), ("u", FIELD))
}
ROLES = ("t", "x", "y", "z")
SAMPLE = frozenset(
    "sample samples run trajectory traj simulation sim case realization realisation experiment".split()  # noqa: SIM905
)
"""Names of what counts samples."""

OF_WAVES = frozenset("k kx ks wavenumber wavenumbers omega freq freqs frequency frequencies".split())  # noqa: SIM905
VERSIONS = "noise|noisy|clean|pred|predicted|prediction|true|exact|num|numerical|reference|ref|error|err|mean|std"
STEPS = {
    "t": frozenset(("dt", "deltat", "timestep", "stept")),
    **{role: frozenset((f"d{role}", f"delta{role}", f"step{role}")) for role in "xyz"},
}


def last(name: str) -> str:
    """The last part of a dotted name or a path; the number of a cell is no part of its own."""
    parts = [part for part in re.split(r"[./]", name) if not part.isdigit()]
    return parts[-1] if parts else ""


def key(name: str) -> str:
    """The last part in lower case, letters only and without a unit: 'run/x_grid', 'X-Grid [m]' are the same."""
    return re.sub(r"[^a-z]", "", re.sub(r"[\[({].*", "", last(name).lower()))


def has_role(name: str, role: str) -> bool:
    """Whether a name is a usual one for x, t, u, or y and z (more dimensions of space), such as x2 beside x1."""
    numbered = re.fullmatch(r"x_?([2-9])", last(name).lower())
    if role in "xyz" and numbered:
        return role == ("y" if numbered[1] == "2" else "z")
    return key(name) in NAMES[role]


def named(table: Table, role: str) -> list[str]:
    """Arrays that by their name are coordinates of x, t, y or z, the most usual name first.

    Of a list such as the cells xs{1}, xs{2} the last one is t; those between are y and z.
    """
    found = []
    for name in table.arrays:
        stem, _, number = name.rpartition(".")
        cells = [other for other in table.arrays if other.rpartition(".")[0] == stem] if number.isdigit() else []
        if len(cells) > 1 and has_role(stem, "x"):
            place = cells.index(name)
            own = "t" if place == len(cells) - 1 else "xyz"[min(place, 2)]
        else:
            own = next((r for r in ("x", "t", "y", "z") if has_role(name, r)), "")
        if own == role:
            found.append(name)
    return sorted(found, key=lambda name: (len(key(name)), name != name.lower(), name))


def is_version(name: str, of: str) -> bool:
    """Whether a name says that it is another version of the same unknown: u_noisy, u_pred beside u."""
    return last(name) != last(of) and bool(re.fullmatch(rf"{key(of)}({VERSIONS})", key(name)))


def is_derivative(name: str, of: str) -> bool:
    """Whether a name says that it is a derivative of another: du, u_t, uxx, du_dx, udot."""
    base = key(of)
    pattern = rf"d+{base}(d[xyzt]+)?|{base}(x+y*z*t*|y+z*t*|z+t*|t+|dot|ddot)|d{base}(d[xyzt]+)+"
    return key(name) != base and bool(re.fullmatch(pattern, key(name)))
