"""Memory does not grow with the data: in processes that may not have more than some."""

from __future__ import annotations

import itertools
import os
import subprocess
import sys
import zlib

import h5py
import numpy as np
import pytest
from scipy.io import netcdf_file

LINUX = pytest.mark.skipif(not os.path.exists("/proc/self/statm"), reason="needs the accounts of Linux")
X, T = np.arange(256) / 256 * 2 * np.pi, np.linspace(0, 1, 256)
SAMPLES = 64

SCRIPT = """
import resource, sys
import symgen
little = dict(equation="u_t = u_xx/10", boundary="periodic", device="cpu", n_points=512)
little |= dict(x_degree=1, t_degree=1, u_degree=1)
from symgen.pde import trajectories
from symgen.pde.readers import blocks, remembered, stored
remembered.WHOLE_BYTES = 0  # less of what is bounded, so that few data take all of it
remembered.SOME_BYTES = 8 * 2**20
trajectories.SOME_SAMPLES = 2
blocks.BLOCK, blocks.KEPT = 16 * 2**20, 32 * 2**20
stored.LARGE = 2**20
few, many = sys.argv[1:]
symgen.discover(few, **little)
now = int(open("/proc/self/statm").read().split()[5]) * resource.getpagesize()
resource.setrlimit(resource.RLIMIT_DATA, (now + 128 * 2**20,) * 2)
assert len(symgen.load_data(many, boundary="periodic")) > 1000
found = symgen.discover(many, **little)
print(found.metadata.data.samples)
"""


def solutions(n):
    """(n, times, points) of u_t = u_xx / 10."""
    draw = np.random.default_rng(0)
    modes = np.arange(1, 4)[:, None]
    a, b = draw.normal(size=(2, n, 1, 3))
    decay = np.exp(-0.1 * modes.T**2 * T[:, None])
    return (a * decay) @ np.sin(modes * X) + (b * decay) @ np.cos(modes * X)


def many_files(folder):
    """Of 512 kB a sample: 1 GB, of which most are links to one."""
    for name, copies in (("few", 1), ("many", 32)):
        (folder / name).mkdir()
        with h5py.File(folder / name / "00.h5", "w") as file:
            file["tensor"], file["x-coordinate"], file["t-coordinate"] = solutions(SAMPLES), X, T
        for copy in range(1, copies):
            os.link(folder / name / "00.h5", folder / name / f"{copy:02}.h5")
    return folder / "few", folder / "many", SAMPLES * 32


def one_npy(folder):
    """Of 1 GB, with x and t beside it."""
    found = []
    for name, copies in (("few", 1), ("many", 32)):
        shape = (SAMPLES * copies, len(T), len(X))
        u = np.lib.format.open_memmap(folder / f"{name}_u.npy", "w+", np.float32, shape)
        for copy in range(copies):
            u[copy * SAMPLES : (copy + 1) * SAMPLES] = solutions(SAMPLES)
        np.save(folder / f"{name}_x.npy", X)
        np.save(folder / f"{name}_t.npy", T)
        found.append(folder / f"{name}_u.npy")
    return *found, SAMPLES * 32


def chunks_of_samples(folder):
    """Of 537 MB, samples last, 64 in each chunk; nearly all chunks are written without being packed anew."""
    found = []
    u = np.ascontiguousarray(solutions(SAMPLES).astype(np.float32).transpose(1, 2, 0))
    for name, copies in (("few", 1), ("many", 32)):
        with h5py.File(folder / f"{name}.h5", "w") as file:
            packed(file, "u", u, (64, 256, SAMPLES), 2, copies)
            file["x"], file["t"] = X, T
        found.append(folder / f"{name}.h5")
    return *found, SAMPLES * 32


def packed(file, name, array, chunks, axis, copies):
    """A dataset with an array again and again along an axis, whose chunks are packed once."""
    shape = tuple(size * copies if place == axis else size for place, size in enumerate(array.shape))
    data = file.create_dataset(name, shape, array.dtype, chunks=chunks, compression="gzip", compression_opts=1)
    for start in itertools.product(*(range(0, size, own) for size, own in zip(array.shape, chunks, strict=True))):
        part = array[tuple(slice(at, at + own) for at, own in zip(start, chunks, strict=True))]
        content = zlib.compress(np.ascontiguousarray(part).tobytes(), 1)
        for copy in range(copies):
            own = tuple(at + copy * array.shape[axis] * (place == axis) for place, at in enumerate(start))
            data.id.write_direct_chunk(own, content)
    return data


@pytest.mark.slow
@LINUX
@pytest.mark.parametrize("make", [many_files, one_npy, chunks_of_samples])
def test_memory_does_not_grow_with_the_samples(tmp_path, make):
    """A GB, within 128 MB more than some data take."""
    few, many, samples = make(tmp_path)
    done = subprocess.run([sys.executable, "-c", SCRIPT, few, many], capture_output=True, text=True, timeout=900)
    assert done.returncode == 0, done.stderr[-2000:]
    assert int(done.stdout) == samples


PASS = """
import resource, sys
from symgen.pde.readers import blocks, remembered, stored
from symgen.pde.solutions_file import load_solutions

blocks.BLOCK, blocks.KEPT = 8 * 2**20, 16 * 2**20  # less of what is bounded
remembered.WHOLE_BYTES, remembered.SOME_BYTES, stored.LARGE = 0, 4 * 2**20, 2**20

def look(path):
    data, size = load_solutions(path, periodic=True), 0.0
    for batch in data.batches():
        size += (batch**2).sum()
    return len(data), size / len(data)

few = look(sys.argv[1])
now = int(open("/proc/self/statm").read().split()[5]) * resource.getpagesize()
resource.setrlimit(resource.RLIMIT_DATA, (now + 128 * 2**20,) * 2)
many = look(sys.argv[2])
assert abs(many[1] - few[1]) <= 1e-9 * few[1]
print(few[0], many[0])
"""


def in_chunks(path, copies, mark=lambda file: None, **how):
    """A file of HDF5, 20 samples in a chunk."""
    with h5py.File(path, "w", **how) as file:
        file["x"], file["t"] = X, T
        packed(file, "u", LITTLE, (20, 64, 64), 0, copies)
        mark(file)


def matlab(path, copies):
    def mark(file):
        for own in file.values():
            own.attrs["MATLAB_class"] = np.bytes_("double")

    in_chunks(path, copies, mark, userblock_size=512)
    with open(path, "r+b") as handle:
        handle.write(b"MATLAB 7.3 MAT-file".ljust(128))


def netcdf4(path, copies):
    """Packed, as by xarray."""

    def mark(file):
        file.attrs["_NCProperties"] = np.bytes_("version=2")
        file["u"].attrs.update({"scale_factor": 0.5, "add_offset": 0.25, "_FillValue": np.int16(-9999)})

    in_chunks(path, copies, mark)


def netcdf3(path, copies):
    with netcdf_file(path, "w", version=2) as file:
        for name, values in (("sample", None), ("t", T), ("x", X)):
            file.createDimension(name, len(LITTLE) * copies if values is None else len(values))
            if values is not None:
                file.createVariable(name, "f8", (name,))[:] = values
        own = file.createVariable("u", "i2", ("sample", "t", "x"))
        own[:] = np.tile(LITTLE, (copies, 1, 1))
        own.scale_factor, own.missing_value = 0.5, np.int16(-9999)


def npz(path, copies):
    np.savez(path, u=np.tile(LITTLE, (copies, 1, 1)), x=X, t=T)


def zarr(path, copies):
    root = pytest.importorskip("zarr").open(str(path), mode="w")
    u = root.create_array("u", shape=(len(LITTLE) * copies, len(T), len(X)), chunks=(20, 64, 64), dtype="i2")
    for copy in range(copies):
        u[copy * len(LITTLE) : (copy + 1) * len(LITTLE)] = LITTLE
    for name, values in (("x", X), ("t", T)):
        root.create_array(name, data=values)


LITTLE = np.round(4 * solutions(20)).astype(np.int16)
"""Samples of 128 kB."""
COPIES = 80
"""210 MB, and more in double precision."""


@LINUX
@pytest.mark.parametrize(
    ("write", "suffix"),
    [
        (in_chunks, "h5"),
        (netcdf3, "nc"),
        (npz, "npz"),
        pytest.param(matlab, "mat", marks=pytest.mark.slow),
        pytest.param(netcdf4, "nc", marks=pytest.mark.slow),
        pytest.param(zarr, "zarr", marks=pytest.mark.slow),
    ],
)
def test_files_of_every_kind_are_read_in_little_memory(tmp_path, write, suffix):
    few, many = tmp_path / f"few.{suffix}", tmp_path / f"many.{suffix}"
    write(few, 1)
    write(many, COPIES)
    done = subprocess.run([sys.executable, "-c", PASS, few, many], capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr[-2000:]
    assert done.stdout.split() == ["20", str(20 * COPIES)]
