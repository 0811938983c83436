"""Large arrays of every kind of file stay there: what is read is what was read at once, and each chunk seldom."""

from __future__ import annotations

import gc
import os
from collections import Counter
from itertools import product

import h5py
import numpy as np
import pytest

from symgen.exceptions import DataError
from symgen.pde.readers import blocks, named_arrays, read, size, stored
from symgen.pde.readers.content import samples_at
from symgen.pde.readers.stored import Stored
from symgen.pde.solutions import bad_samples
from symgen.pde.solutions_file import load_solutions
from symgen.points.rows import read_rows

pytestmark = pytest.mark.filterwarnings("error:overflow")  # of data in single precision
SAMPLES, X, T = 30, np.arange(12) / 12 * 2 * np.pi, np.linspace(0, 1, 8)
U = np.random.default_rng(0).normal(size=(SAMPLES, len(T), len(X))).astype(np.float32)
V = U[::-1].copy()


def hdf5(chunks=None, order=(0, 1, 2), u=U, x=X, t=T, **more):
    def write(path):
        with h5py.File(path, "w") as file:
            for name, array in {"u": u, **more}.items():
                own = chunks and tuple(chunks[axis] for axis in order)
                compressed = {"compression": "gzip", "fletcher32": True} if chunks else {}
                file.create_dataset(name, data=array.transpose(order), chunks=own, **compressed)
            file["x"], file["t"] = x, t

    return write


def matlab(chunks, **arrays):
    """MATLAB's arrays, of which HDF5 has the axes in the other order."""

    def write(path):
        with h5py.File(path, "w", userblock_size=512) as file:
            for name, array in arrays.items():
                if np.iscomplexobj(array):
                    array = array.astype(complex).view([("real", "f8"), ("imag", "f8")])
                own = {"chunks": chunks, "compression": "gzip"} if array.ndim > 2 else {}
                file.create_dataset(name, data=array, **own).attrs["MATLAB_class"] = np.bytes_("double")
        with open(path, "r+b") as handle:
            handle.write(b"MATLAB 7.3 MAT-file".ljust(124) + b"\0\2IM")

    return write


def netcdf(path, form="NETCDF4", **encoding):
    xarray = pytest.importorskip("xarray")
    u = U.copy()
    u[3, 2, 1] = np.nan
    data = xarray.Dataset({"u": (("sample", "t", "x"), u)}, {"t": T, "x": X})
    data.to_netcdf(path, format=form, encoding={"u": encoding})


PACKED = {"dtype": "i2", "scale_factor": 1e-3, "add_offset": 0.25, "_FillValue": -9999}


def npz(order):
    def write(path):
        np.savez(path, u=np.asarray(U, order=order), v=V, x=X, t=T)

    return write


def zarr(path):
    root = pytest.importorskip("zarr").open(str(path), mode="w")
    for name, values in (("u", U), ("x", X), ("t", T)):
        root.create_array(name, data=values, chunks=(7, 3, 5) if name == "u" else "auto")


KINDS = {
    "one piece": ("h5", hdf5()),
    "one piece, samples last": ("h5", hdf5(order=(1, 2, 0))),
    "a chunk for each sample": ("h5", hdf5((1, 8, 12))),
    "chunks of several samples": ("h5", hdf5((7, 3, 5))),
    "chunks of all samples": ("h5", hdf5((SAMPLES, 2, 2))),
    "samples last": ("h5", hdf5((7, 3, 5), (2, 1, 0))),
    "samples between": ("h5", hdf5((7, 3, 5), (1, 0, 2))),
    "two unknowns": ("h5", hdf5((7, 3, 5), v=V)),
    "the same twice": ("h5", hdf5((7, 3, 5), v=U)),
    "x decreasing": ("h5", hdf5((7, 3, 5), x=X[::-1])),
    "complex": ("h5", hdf5((7, 3, 5), u=U + 1j * V)),
    "complex without imaginary part": ("h5", hdf5((7, 3, 5), u=U + 0j)),
    "big-endian": ("h5", hdf5((7, 3, 5), u=U.astype(">f4"))),
    "an axis of length one": ("h5", hdf5((7, 1, 3, 5), (0, 1, 2, 3), u=U[:, None])),
    "a single solution": ("h5", hdf5((1, 3, 5), u=U[:1])),
    "meshgrids": ("h5", hdf5((7, 3, 5), T=np.broadcast_to(T[:, None], U.shape))),
    "MATLAB": ("mat", matlab((7, 3, 5), u=U.astype(float), x=X[:, None], t=T[:, None])),
    "MATLAB, complex": ("mat", matlab((7, 3, 5), u=U + 1j * V, x=X[:, None], t=T[:, None])),
    "NetCDF-4": ("nc", lambda path: netcdf(path, zlib=True, chunksizes=(7, 3, 5))),
    "NetCDF-4, packed": ("nc", lambda path: netcdf(path, zlib=True, chunksizes=(7, 3, 5), **PACKED)),
    "NetCDF-4, packed in one piece": ("nc", lambda path: netcdf(path, contiguous=True, **PACKED)),
    "NetCDF-3": ("nc", lambda path: netcdf(path, "NETCDF3_CLASSIC")),
    "NetCDF-3, packed": ("nc", lambda path: netcdf(path, "NETCDF3_64BIT", **PACKED)),
    "npz": ("npz", npz("C")),
    "npz in the order of Fortran": ("npz", npz("F")),
    "zarr": ("zarr", zarr),
}


@pytest.fixture
def all_stay(monkeypatch):
    """All arrays of several axes are large; blocks have five samples."""

    def now():
        monkeypatch.setattr(stored, "LARGE", 0)
        monkeypatch.setattr(blocks, "BLOCK", 5 * U[0].nbytes)
        monkeypatch.setattr(blocks, "KEPT", 5 * U[0].nbytes)

    return now


@pytest.mark.parametrize("kind", KINDS)
def test_what_is_read_is_what_was_read_at_once(tmp_path, all_stay, kind):
    suffix, write = KINDS[kind]
    write(path := tmp_path / f"a.{suffix}")
    assert not any(isinstance(array, Stored) for array in named_arrays(path).arrays.values())
    at_once, rows = load_solutions(path, skip_bad=True), read_rows(path)
    every = np.arange(len(at_once))
    values = at_once.read(every)
    all_stay()
    staying = named_arrays(path).arrays["u"]
    assert isinstance(staying, Stored | np.memmap)
    now = load_solutions(path, skip_bad=True)
    assert (now.unknowns, now.origin, now.info) == (at_once.unknowns, at_once.origin, at_once.info)
    np.testing.assert_array_equal(now.kept, at_once.kept)
    for one, other in zip(now.axes, at_once.axes, strict=True):
        np.testing.assert_array_equal(one.points, other.points)
    np.testing.assert_array_equal(now.read(every), values)
    np.testing.assert_array_equal(now.read(every[::-1]), values[::-1])
    for name, array in read_rows(path).arrays.items():
        np.testing.assert_array_equal(array, rows.arrays[name])
    shapes = {name: array.shape for name, array in read_rows(path, values=False).arrays.items()}
    assert shapes == {name: array.shape for name, array in rows.arrays.items()}


@pytest.mark.parametrize("kind", ["one piece", "samples last", "NetCDF-3", "npz", "npz in the order of Fortran"])
@pytest.mark.parametrize("smaller", [False, True])
def test_a_file_that_is_written_anew_while_it_is_in_use(tmp_path, all_stay, kind, smaller):
    suffix, write = KINDS[kind]
    write(path := tmp_path / f"a.{suffix}")
    all_stay()
    values = read(path).values
    os.replace(path, tmp_path / "old")
    write(path)
    np.testing.assert_array_equal(values[2][..., 0], U[2])  # the old file is still there
    values = read(path).values
    content = path.read_bytes()
    path.write_bytes(content[:100] if smaller else bytes(len(content)))
    with pytest.raises(DataError, match=r"a\.\w+ was written anew while it was in use"):
        values[2]


def test_types_that_numpy_does_not_have(tmp_path, all_stay):
    """HDF5 makes others of them, so they cannot be mapped to memory: here bfloat16."""
    kind = h5py.h5t.IEEE_F32LE.copy()
    kind.set_fields(15, 7, 8, 0, 7)
    kind.set_size(2)
    hdf5(u=U[:0])(path := tmp_path / "a.h5")
    with h5py.File(path, "r+") as file:
        del file["u"]
        space = h5py.h5s.create_simple(U.shape)
        h5py.h5d.create(file.id, b"u", kind, space).write(h5py.h5s.ALL, h5py.h5s.ALL, U)
        expected = file["u"][()]
    assert 0 < abs(expected - U).max() < 0.02
    all_stay()
    np.testing.assert_array_equal(load_solutions(path, periodic=True).read([3])[0, ..., 0], expected[3])


@pytest.fixture
def unpacked(monkeypatch):
    """How often each chunk of u is unpacked, by its place: as often as something of it is read."""
    counted, get = Counter(), h5py.Dataset.__getitem__

    def counting(data, index, *others):
        if data.name == "/u":
            index = index if isinstance(index, tuple) else (index,)
            index = (*index, *[slice(None)] * (data.ndim - len(index)))
            places = [
                range(*each.indices(size)) if isinstance(each, slice) else range(each, each + 1)
                for each, size in zip(index, data.shape, strict=True)
            ]
            counted.update(product(*({i // size for i in own} for own, size in zip(places, data.chunks, strict=True))))
        return get(data, index, *others)

    monkeypatch.setattr(h5py.Dataset, "__getitem__", counting)
    return counted


@pytest.mark.parametrize(
    ("chunks", "fitting", "most"),
    [((1, 8, 12), 5, 1), ((5, 3, 5), 5, 1), ((10, 3, 5), 5, 2), ((SAMPLES, 2, 2), 10, 3), ((SAMPLES, 2, 2), 60, 1)],
)
@pytest.mark.parametrize("order", [(0, 1, 2), (1, 2, 0)])
def test_how_often_a_chunk_is_unpacked(tmp_path, monkeypatch, all_stay, unpacked, chunks, fitting, most, order):
    """In a pass: once, or as often as there are blocks that fit in the samples that share it.

    Before, to see what is what, lines through few chunks are read.
    """
    hdf5(chunks, order)(tmp_path / "a.h5")
    all_stay()
    monkeypatch.setattr(blocks, "BLOCK", fitting * U[0].nbytes)
    values = read(tmp_path / "a.h5").values
    every = np.prod([-(-size // own) for size, own in zip(U.shape, chunks, strict=True)])
    assert len(unpacked) < every
    for _ in range(2):
        unpacked.clear()
        assert not bad_samples(values)
        assert len(unpacked) == every
        assert set(unpacked.values()) == {most}
        monkeypatch.setattr(blocks, "_last", blocks._Last())


def test_what_arrays_are_is_found_once(tmp_path, all_stay, unpacked):
    """However many there are, each is looked at."""
    hdf5((SAMPLES, 8, 12), v=V, w=U + V)(tmp_path / "a.h5")
    all_stay()
    read(tmp_path / "a.h5")
    assert 0 < max(unpacked.values()) <= 5  # a few points along each axis, and whether others are the same


def test_arrays_in_memory_are_looked_at_in_large_parts():
    rows = np.zeros((100_000, 2))
    assert len(list(blocks.blocks(rows, rows))) == 1
    assert sum(len(part) for part, _ in blocks.blocks(np.zeros((3, 2**20)), np.ones((3, 2**20)))) == 3


def test_few_data_are_found_again(tmp_path, monkeypatch, all_stay, unpacked):
    """Where learned symmetries take samples here and there."""
    hdf5((7, 3, 5))(tmp_path / "a.h5")
    all_stay()
    monkeypatch.setattr(blocks, "KEPT", U.nbytes)
    values = read(tmp_path / "a.h5").values
    for i in range(SAMPLES):
        values[i]
    unpacked.clear()
    for i in (3, 29, 3, 14, 29, 0):
        np.testing.assert_array_equal(values[i][..., 0], U[i])
    assert not unpacked
    monkeypatch.setattr(blocks, "KEPT", 0)
    monkeypatch.setattr(blocks, "_last", blocks._Last())
    places = np.array([29, 3, 28, 1, 3])
    np.testing.assert_array_equal(samples_at(values, places)[..., 0], U[places])
    assert set(unpacked.values()) == {1}


@pytest.mark.parametrize("kind", ["chunks of several samples", "samples last", "complex", "one piece, samples last"])
def test_blocks_are_forgotten_with_what_they_are_of(tmp_path, all_stay, kind):
    """And keep nothing else in memory."""
    KINDS[kind][1](tmp_path / "a.h5")
    all_stay()
    before = blocks._last.size
    data = load_solutions(tmp_path / "a.h5", periodic=True)
    assert blocks._last.size > before
    for part in next(reversed(blocks._last.blocks.values())):
        assert part.base is None or part.base.nbytes == part.nbytes
    del data
    gc.collect()
    assert blocks._last.size <= before


def harmed_chunk(path, name="u"):
    with h5py.File(path) as file:
        found = file[name].id.get_chunk_info(file[name].id.get_num_chunks() - 1)
    with open(path, "r+b") as handle:
        handle.seek(found.byte_offset + found.size // 2)
        handle.write(b"\xff\0\xff")


def cut(path):
    path.write_bytes(path.read_bytes()[: -path.stat().st_size // 4])


def harmed_member(path):
    content = bytearray(path.read_bytes())
    content[len(content) // 3] ^= 1
    path.write_bytes(content)


def harmed_zarr(path):
    for part in sorted(path.glob("u/c/**/*"))[-1:]:
        part.write_bytes(b"\x28\xb5\x2f\xfd no such frame")


def pdebench(name, first=(), u=U):
    def write(path):
        with h5py.File(path, "w") as file:
            file.create_dataset(name, data=u.reshape(*first, *u.shape), chunks=(*first, 7, 3, 5), compression="gzip")
            place = "{}-coordinate" if name == "tensor" else "train/{}"
            grids = {"x": X, "t": T} if name == "tensor" else {"x": [X] * SAMPLES, "t": [T] * SAMPLES}
            for axis, points in grids.items():
                file[place.format(axis)] = points

    return write


@pytest.mark.parametrize(
    ("dataset", "write"),
    [
        ("/tensor", pdebench("tensor")),
        ("/tensor", pdebench("tensor", (1,))),
        ("/train/pde_8-12", pdebench("train/pde_8-12")),
    ],
)
def test_chunks_in_layouts_of_others(tmp_path, monkeypatch, dataset, write):
    """Are unpacked once too, be the data large or not."""
    write(tmp_path / "a.h5")
    read_parts, get = [], h5py.Dataset.__getitem__

    def counting(data, index, *others):
        read_parts.extend([index] * (data.name == dataset))
        return get(data, index, *others)

    monkeypatch.setattr(h5py.Dataset, "__getitem__", counting)
    values = read(tmp_path / "a.h5").values
    for i in range(SAMPLES):
        np.testing.assert_array_equal(values[i][..., 0], U[i])
    assert len(read_parts) == -(-SAMPLES // 7)


HARMED = {
    "HDF5, a chunk": ("chunks of several samples", harmed_chunk),
    "HDF5, samples last": ("samples last", harmed_chunk),
    "HDF5, cut": ("chunks of several samples", cut),
    "HDF5 in one piece, cut": ("one piece", cut),
    "complex": ("complex", harmed_chunk),
    "the same twice": ("the same twice", harmed_chunk),
    "MATLAB, a chunk": ("MATLAB", harmed_chunk),
    "MATLAB, cut": ("MATLAB", cut),
    "NetCDF-4, a chunk": ("NetCDF-4, packed", harmed_chunk),
    "NetCDF-4, cut": ("NetCDF-4", cut),
    "NetCDF-3, cut": ("NetCDF-3", cut),
    "npz": ("npz", harmed_member),
    "npz, cut": ("npz", cut),
    "zarr": ("zarr", harmed_zarr),
}


@pytest.mark.parametrize("kind", HARMED)
@pytest.mark.parametrize("read", [load_solutions, read_rows])
def test_damage_is_told_in_a_sentence(tmp_path, all_stay, kind, read):
    of, harm = HARMED[kind]
    suffix, write = KINDS[of]
    write(path := tmp_path / f"a.{suffix}")
    harm(path)
    all_stay()
    with pytest.raises(DataError, match=rf"^\S*a\.{suffix} (is damaged|is truncated|cannot be read as NetCDF)") as told:
        read(path)
    assert str(told.value).count("damaged") <= 1


@pytest.mark.parametrize("kind", ["one piece", "chunks of several samples", "samples last", "MATLAB", "zarr"])
def test_a_sample_must_fit_into_memory(tmp_path, monkeypatch, all_stay, kind):
    suffix, write = KINDS[kind]
    write(path := tmp_path / f"a.{suffix}")
    all_stay()
    monkeypatch.setattr(size, "machine_memory", lambda: 3 * U[0].nbytes)
    assert len(load_solutions(path, periodic=True)) == SAMPLES
    monkeypatch.setattr(size, "machine_memory", lambda: U[0].nbytes / 2)
    with pytest.raises(DataError, match="in each sample, more than the memory of this machine"):
        load_solutions(path)
