"""HDF5 files, opened for reading once it is clear that all their data are in them, and as many as they say.

Virtual datasets, external links and external storage lead to other files, or to the file itself, on which HDF5 crashes;
no layout that is read here has any.
"""

from __future__ import annotations

import errno
import math
from pathlib import Path

import h5py
import numpy as np

from symgen.exceptions import DataError
from symgen.pde.readers.size import MOST_CHUNK, Room
from symgen.pde.readers.stored import Array, Decode, Stored, as_it_is, damaged, stays
from symgen.readable import require_readable
from symgen.words import in_bytes

LOCKED = (errno.EAGAIN, errno.EWOULDBLOCK, errno.EACCES)
COPY = "Copy its values into one file first: h5repack, or h5py"


def open_hdf5(path: Path) -> h5py.File:
    """The open file; DataError for one that is not HDF5, is being written, or holds what cannot be read safely."""
    require_readable(path)
    try:
        file = _opened(path)
    except Exception as error:  # h5py raises almost anything for damage
        raise DataError(f"{path} {_cause(error)}") from error
    try:
        _require_own_data(file, path)
    except DataError:
        file.close()
        raise
    except Exception as error:
        file.close()
        raise damaged(path, error) from error
    return file


def _opened(path: Path) -> h5py.File:
    try:
        return h5py.File(path, "r")
    except OSError as error:
        if "unable to lock file" not in str(error) or error.errno in LOCKED:
            raise
    return h5py.File(path, "r", locking=False)  # on network disks that have no locks


def is_scale(data: h5py.Dataset) -> bool:
    """Whether a dataset is the coordinate of a dimension.

    This and what follows is asked of attributes: the functions of HDF5 for dimensions crash where these are damaged.
    """
    kind = data.attrs.get("CLASS")
    return (kind.decode("latin-1") if isinstance(kind, bytes) else kind) == "DIMENSION_SCALE"


def axis_labels(data: h5py.Dataset) -> list[str]:
    """What each axis is called, empty where it is not."""
    found = data.attrs.get("DIMENSION_LABELS")
    if not isinstance(found, np.ndarray) or found.shape != (data.ndim,):
        return [""] * data.ndim
    return [each.decode("utf-8", "replace") if isinstance(each, bytes) else str(each or "") for each in found]


def axis_scales(data: h5py.Dataset) -> list[str]:
    """The first dataset with the coordinates of each axis by its path without the first stroke, empty where none is."""
    found = data.attrs.get("DIMENSION_LIST")
    if not isinstance(found, np.ndarray) or found.shape != (data.ndim,) or found.dtype != object:
        return [""] * data.ndim
    scales = [next((one for one in np.atleast_1d(each) if isinstance(one, h5py.Reference)), None) for each in found]
    return [(data.file[one].name or "").removeprefix("/") if one else "" for one in scales]


def read_whole(data: h5py.Dataset, room: Room) -> np.ndarray:
    """All values of a dataset, if there is room for them."""
    room.take(data.name, math.prod(data.shape) * data.dtype.itemsize)
    return np.asarray(data[()])


def values_of(data: h5py.Dataset, room: Room, decode: Decode = as_it_is) -> Array:
    """All values of a dataset, decoded; large ones stay in the file."""
    if not stays(data.shape, data.nbytes):
        return decode(read_whole(data, room))
    as_numpy = data.id.get_type() == h5py.h5t.py_create(data.dtype)  # not so bfloat16, which h5py makes float32
    offset = data.id.get_offset() if data.chunks is None and as_numpy else None
    source = data if offset is None else np.memmap(room.path, data.dtype, "r", offset, data.shape)
    return Stored.of(room.path, source, decode)


def _cause(error: Exception) -> str:
    text = str(error)
    if ("lock" in text and "sblock" not in text) or "already open" in text:  # a superblock is none
        return (
            "is open for writing in another program, or was when that ended. Wait until it is closed; if no program "
            "has it open, `h5clear -s` makes it readable."
        )
    cause = "is truncated" if "truncated" in text else "is not an HDF5 file that can be read"
    return f"{cause}. Make it again with `symgen simulate`, or copy it anew."


def _require_own_data(file: h5py.File, path: Path) -> None:
    room = Room(path)
    links = file.id.links

    def fault(name: bytes) -> str | Exception | None:
        """What is wrong with what a link leads to; soft ones lead to what has another."""
        try:
            return found(name)
        except Exception as error:  # HDF5 calls this, and loses what is raised
            return error

    def found(name: bytes) -> str | None:
        own = name.decode("utf-8", "replace")
        kind = links.get_info(name).type
        if kind == h5py.h5l.TYPE_SOFT:
            return None
        if kind != h5py.h5l.TYPE_HARD:
            return f"{own!r} is a link to another file, which is not followed. {COPY}."
        item = h5py.h5o.open(file.id, name)
        return _fault(item, own, room) if isinstance(item, h5py.h5d.DatasetID) else None

    wrong = links.visit(fault)
    if isinstance(wrong, Exception):
        raise wrong
    if wrong:
        raise DataError(f"{path}: {wrong}")


def _fault(data: h5py.h5d.DatasetID, name: str, room: Room) -> str | None:
    created = data.get_create_plist()
    layout = created.get_layout()
    if layout == h5py.h5d.VIRTUAL:
        return f"{name!r} is a virtual dataset, made of others. {COPY}."
    if created.get_external_count():
        return f"the values of {name!r} are in other files. {COPY}."
    size = data.get_type().get_size()
    room.claim(name, math.prod(data.shape or ()) * size)
    if layout == h5py.h5d.CHUNKED and created.get_nfilters():
        chunk = math.prod(created.get_chunk()) * size
        if chunk > MOST_CHUNK:
            return (
                f"{name!r} is compressed in chunks of {in_bytes(chunk)}, each of which is unpacked whole; at most "
                f"{in_bytes(MOST_CHUNK)} are. Write it anew with smaller ones, such as one for each sample."
            )
    return None
