"""Files that claim more than they hold, unpack to more than memory, lead elsewhere, or would run code."""

import errno
import gzip
import io
import os
import pickle
import struct
import subprocess
import sys
import textwrap
import zipfile
from contextlib import suppress

import h5py
import numpy as np
import pytest
import torch
from fuzz_seeds import Canary, T, U, X, seeds
from PIL import Image

from symgen.exceptions import DataError, SymgenError
from symgen.image.datasets import load_images
from symgen.pde.readers import size, zarr_store
from symgen.pde.solutions import Solutions
from symgen.pde.solutions_file import load_solutions
from symgen.points.rows import read_rows


@pytest.fixture
def small(monkeypatch):
    """What any file may hold, made small, so that the bombs can be."""
    monkeypatch.setattr(size, "SMALL", 100_000)


def hdf5(path, fill):
    with h5py.File(path, "w") as file:
        file["x"], file["t"] = X, T
        fill(file)
    return path


def virtual(source):
    def fill(file):
        layout = h5py.VirtualLayout(U.shape, "f8")
        layout[:] = h5py.VirtualSource(source, "u", U.shape)
        file.create_virtual_dataset("u", layout)

    return fill


ELSEWHERE = {
    "of itself": (virtual("."), "is a virtual dataset"),
    "of another": (virtual("other.h5"), "is a virtual dataset"),
    "external link": (lambda f: f.__setitem__("u", h5py.ExternalLink("other.h5", "u")), "is a link to another file"),
    "deep link": (lambda f: f.__setitem__("a/b/u", h5py.ExternalLink("/etc/passwd", "u")), "is a link to another file"),
    "external storage": (
        lambda f: f.create_dataset("u", U.shape, "f8", external=[("/etc/passwd", 0, U.nbytes)]),
        "are in other files",
    ),
}


@pytest.mark.parametrize("kind", ELSEWHERE)
def test_hdf5_that_leads_to_other_files(kind, tmp_path):
    fill, said = ELSEWHERE[kind]
    hdf5(tmp_path / "other.h5", lambda f: f.__setitem__("u", U))
    path = hdf5(tmp_path / "a.h5", fill)
    for read in (load_solutions, read_rows):
        with pytest.raises(DataError, match=rf"a\.h5: .*{said}.*Copy its values"):
            read(path)


def test_links_within_a_file_are_followed(tmp_path):
    def fill(file):
        file["deep/u"] = U
        file["u"] = h5py.SoftLink("/deep/u")
        file["dangling"] = h5py.SoftLink("/nowhere")
        file["deep/round"] = file["deep"]
        file["same"] = file["deep/u"]

    assert load_solutions(hdf5(tmp_path / "a.h5", fill)).shape == U.shape


CLAIMS = {
    "8 TB": {"shape": (2**20, 2**20), "chunks": (1024, 1024)},
    "10^18 samples": {"shape": (10**18, 8, 12), "chunks": (1, 8, 12)},
    "unwritten": {"shape": (2**20, 2**10)},
}


@pytest.mark.parametrize("kind", CLAIMS)
@pytest.mark.parametrize("name", ["u", "tensor", "t0_fields/u"])
def test_hdf5_that_claims_more_than_it_has(kind, name, tmp_path):
    path = hdf5(tmp_path / "a.h5", lambda f: f.create_dataset(name, dtype="f8", **CLAIMS[kind]))
    with pytest.raises(DataError, match=r"a\.h5 says that it holds .* but has .*kB: it is damaged"):
        load_solutions(path)


def test_chunks_that_must_be_unpacked_whole(tmp_path):
    shape = (2**9, 2**9, 2**9)
    path = hdf5(tmp_path / "a.h5", lambda f: f.create_dataset("u", shape, "f8", chunks=shape, compression="gzip"))
    with open(path, "ab") as file:
        file.truncate(2**32)  # so that there is enough for what it claims
    with pytest.raises(DataError, match=r"'u' is compressed in chunks of 1\.1 GB, .* Write it anew with smaller ones"):
        load_solutions(path)
    small = hdf5(tmp_path / "b.h5", lambda f: f.create_dataset("u", data=U, chunks=U.shape, compression="gzip"))
    assert load_solutions(small).shape == U.shape


def test_files_larger_than_memory_are_read_sample_by_sample(monkeypatch, tmp_path):
    monkeypatch.setattr(size, "machine_memory", lambda: 3 * U.nbytes)
    data = Solutions.from_arrays({"u": np.stack([U] * 9)}, {"t": T, "x": X}, periodic=False)
    data.save(tmp_path / "a.h5")
    assert len(load_solutions(tmp_path / "a.h5")) == 9
    np.savez(tmp_path / "a.npz", u=np.stack([U] * 9), t=T, x=X)
    with pytest.raises(DataError, match=r"a\.npz has .* more than the memory of this machine.* in HDF5"):
        load_solutions(tmp_path / "a.npz")
    hdf5(tmp_path / "b.h5", lambda f: f.__setitem__("u", np.stack([U] * 9)))
    with pytest.raises(DataError, match=r"b\.h5 has .* more than the memory of this machine"):
        load_solutions(tmp_path / "b.h5")


@pytest.mark.skipif(sys.platform != "linux", reason="locks of HDF5")
def test_hdf5_open_for_writing_elsewhere(tmp_path):
    path = hdf5(tmp_path / "a.h5", lambda f: f.__setitem__("u", U))
    program = f"import h5py, sys; f = h5py.File({str(path)!r}, 'a'); print('open', flush=True); sys.stdin.read()"
    with subprocess.Popen([sys.executable, "-c", program], stdin=-1, stdout=-1, text=True) as other:
        other.stdout.readline()
        with pytest.raises(DataError, match="is open for writing in another program"):
            load_solutions(path)
        other.communicate("")
    assert load_solutions(path).shape == U.shape


@pytest.mark.parametrize("number", [errno.ENOLCK, errno.ENOSYS, 524])
def test_disks_without_locks(number, tmp_path, monkeypatch):
    """As network disks are."""
    path, opened = hdf5(tmp_path / "a.h5", lambda f: f.__setitem__("u", U)), h5py.File

    def without(*arguments, locking=None):
        if locking is not False:
            raise OSError(number, f"Unable to open file (unable to lock file, errno = {number})")
        return opened(*arguments)

    monkeypatch.setattr(h5py, "File", without)
    assert load_solutions(path).shape == U.shape


def test_parts_of_zarr_on_another_disk(tmp_path, small):
    zarr = pytest.importorskip("zarr")
    root = zarr.open(str(tmp_path / "a.zarr"), mode="w")
    values = np.random.default_rng(0).normal(size=(40, *U.shape))
    for name, array in (("u", values), ("x", X), ("t", T)):
        root.create_array(name, data=array)
    (tmp_path / "a.zarr/u").rename(tmp_path / "elsewhere")
    (tmp_path / "a.zarr/u").symlink_to(tmp_path / "elsewhere")
    (tmp_path / "a.zarr/round").symlink_to(tmp_path / "a.zarr")
    assert zarr_store._stored(tmp_path / "a.zarr") == zarr_store._stored(tmp_path / "elsewhere") + sum(
        file.stat().st_size for name in "xt" for file in (tmp_path / "a.zarr" / name).rglob("*") if file.is_file()
    ) + sum(file.stat().st_size for file in (tmp_path / "a.zarr").iterdir() if file.is_file())


@pytest.mark.parametrize("factor", [1e300, 1e101, 1e-101, 1e-310])
def test_values_beyond_what_can_be_squared(factor, tmp_path):
    np.savez(tmp_path / "a.npz", u=U * factor, x=X, t=T)
    with pytest.raises(DataError, match=r"0 \(its values go to .*, use other units\)"):
        load_solutions(tmp_path / "a.npz")
    np.savez(tmp_path / "b.npz", u=U, x=X, t=T * factor)
    if factor > 1:
        with pytest.raises(DataError, match=r"'t' goes to .*, beyond 1e\+100. Use other units"):
            load_solutions(tmp_path / "b.npz")


@pytest.mark.parametrize("factor", [1e60, 1e-60])
def test_large_and_small_units_are_fine(factor, tmp_path):
    np.savez(tmp_path / "a.npz", u=U * factor, x=X * factor, t=T / factor)
    assert load_solutions(tmp_path / "a.npz").shape == U.shape


def npy(shape, dtype="<f8", content=b""):
    header = io.BytesIO()
    np.lib.format.write_array_header_1_0(header, {"descr": dtype, "fortran_order": False, "shape": shape})
    return header.getvalue() + content


@pytest.mark.parametrize("shape", [(2**40,), (2**20, 2**20), (2**31, 2**31, 4), (-1, 8), (100,)])
def test_headers_of_numpy_that_lie(shape, tmp_path):
    (tmp_path / "a.npy").write_bytes(npy(shape, content=U.tobytes()[:400]))
    with zipfile.ZipFile(tmp_path / "a.npz", "w") as file:
        file.writestr("u.npy", npy(shape, content=U.tobytes()[:400]))
        file.writestr("images.npy", npy(shape, content=U.tobytes()[:400]))
        file.writestr("labels.npy", npy((2,), "|u1", b"\0\1"))
    for name in ("a.npy", "a.npz"):
        for read in (load_solutions, read_rows, load_images):
            with pytest.raises(DataError, match=name):
                read(tmp_path / name)


def bomb_npz(path):
    np.savez_compressed(path, u=np.zeros((8, 10**5)), x=X, t=T)


def bomb_torch(path):
    torch.save({"u": torch.zeros(1).expand(10**5, 10**4), "x": torch.tensor(X)}, path)


def bomb_sparse_torch(path):
    torch.save({"u": torch.sparse_coo_tensor([[0], [0]], [1.0], (10**6, 10**6))}, path)


def bomb_torch_lists(path):
    value = [torch.tensor(X)]
    for _ in range(14):
        value = [value] * 10
    torch.save(value, path)


def bomb_torch_in_itself(path):
    value = [torch.tensor(X)]
    value.append(value)
    torch.save(value, path)


def bomb_mat(path):
    from scipy.io import savemat

    savemat(path, {"u": np.zeros((8, 10**5))}, do_compression=True)


def bomb_sparse_mat(path):
    from scipy import sparse
    from scipy.io import savemat

    savemat(path, {"u": sparse.csc_matrix(([1.0], ([0], [0])), shape=(10**6, 10**4))})


def bomb_sparse_mat4(path):
    from scipy import sparse
    from scipy.io import savemat

    savemat(path, {"u": sparse.csc_matrix(([1.0], ([0], [0])), shape=(10**6, 10**6))}, format="4")


def bomb_hdf5(path):
    with h5py.File(path, "w") as file:
        file.create_dataset("u", data=np.zeros((8, 10**5)), chunks=(8, 10**5), compression="gzip")


def bomb_zarr(path):
    zarr = pytest.importorskip("zarr")
    root = zarr.open(str(path), mode="w")
    root.create_array("u", data=np.zeros((8, 10**5)))
    root.create_array("v", shape=(10**9, 10**9), chunks=(10**4, 10**4), dtype="f8")


def bomb_parquet(path):
    pa = pytest.importorskip("pyarrow")
    from pyarrow import parquet

    parquet.write_table(pa.table({"x": np.zeros(10**6)}), path)


BOMBS = {name.removeprefix("bomb_"): make for name, make in sorted(globals().items()) if name.startswith("bomb_")}


@pytest.mark.parametrize("kind", BOMBS)
def test_bombs_are_refused_by_what_they_say_of_themselves(kind, tmp_path, small):
    path = tmp_path / ("bomb.mat" if "mat" in kind else f"bomb.{kind}")
    BOMBS[kind](path)
    for read in (read_rows,) if kind == "parquet" else (load_solutions, read_rows):
        with pytest.raises(DataError, match=r"bomb\.\w+ (says that it holds|has more than)"):
            read(path)


def test_bombs_of_images(tmp_path, small, monkeypatch):
    header = b"\0\0\x08\x03" + struct.pack(">3I", 10**4, 28, 28)
    (tmp_path / "train-images-idx3-ubyte.gz").write_bytes(gzip.compress(header + bytes(10**4 * 28**2)))
    (tmp_path / "train-labels-idx1-ubyte").write_bytes(b"\0\0\x08\x01" + struct.pack(">I", 10**4) + bytes(10**4))
    with pytest.raises(DataError, match="says that it holds"):
        load_images(tmp_path)
    for name in ("a", "b"):
        folder = tmp_path / "images" / name
        folder.mkdir(parents=True)
        for place in range(3):
            Image.new("L", (2000, 2000)).save(folder / f"{place}.png")
    monkeypatch.setenv("SYMGEN_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(size, "machine_memory", lambda: 10**8)
    with pytest.raises(DataError, match="with '6 images', more than the memory"):
        load_images(tmp_path / "images")


def test_only_formats_of_photographs_are_decoded(tmp_path, monkeypatch):
    """Pillow runs Ghostscript for PostScript, whatever the file is called."""
    monkeypatch.setenv("SYMGEN_CACHE", str(tmp_path / "cache"))
    for name in ("a", "b"):
        (tmp_path / "images" / name).mkdir(parents=True)
        for place in range(4):
            Image.new("RGB", (8, 8)).save(tmp_path / "images" / name / f"{place}.png", "EPS")
    with pytest.raises(DataError, match="cannot be read as an image"):
        load_images(tmp_path / "images", test_share=0.5)


def test_text_larger_than_memory(monkeypatch, tmp_path):
    (tmp_path / "a.csv").write_text("x,y\n" + "1,2\n" * 1000)
    monkeypatch.setattr(size, "machine_memory", lambda: 10**4)
    for read in (load_solutions, read_rows):
        with pytest.raises(DataError, match="more than the memory of this machine"):
            read(tmp_path / "a.csv")


STARTS = (b"", b"x,y\n1,2\n", npy((2**33,)), b"PK\x03\x04", b"MATLAB 5.0", b"\x89HDF\r\n\x1a\n")


def test_sparse_files_of_100_GB(tmp_path):
    for place, start in enumerate(STARTS):
        (tmp_path / f"{place}.mat").write_bytes(start)
        os.truncate(tmp_path / f"{place}.mat", 100 * 10**9)
    program = f"""
        import resource, sys
        from pathlib import Path
        from symgen.exceptions import DataError
        from symgen.pde.solutions_file import open_content
        from symgen.pde.readers import Choice
        from symgen.points.rows import read_rows
        import scipy.io, torch

        used = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
        resource.setrlimit(resource.RLIMIT_AS, (used + 2**30, used + 2**30))
        for read in (lambda path: open_content(path, Choice()), read_rows):
            for path in sorted(Path({str(tmp_path)!r}).iterdir()):
                try:
                    read(path)
                except DataError as error:
                    print("refused")
                else:
                    print(path, read)
    """
    done = subprocess.run([sys.executable, "-c", textwrap.dedent(program)], capture_output=True, text=True, timeout=200)
    assert done.stdout == "refused\n" * 2 * len(STARTS), done.stderr


EXECUTABLE = [kind for kind, files in seeds().items() if any(b"canary" in content for content in files.values())]


@pytest.mark.parametrize("kind", EXECUTABLE)
def test_nothing_in_a_file_is_executed(kind, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for name, content in seeds()[kind].items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes(content)
    path = next(path for path in tmp_path.iterdir() if path.name.startswith("file"))
    for read in (load_solutions, read_rows):
        with suppress(SymgenError):  # arrays beside what is pickled can be read
            read(path)
    assert not (tmp_path / "canary").exists()
    pickle.loads(pickle.dumps(Canary())).close()
    assert (tmp_path / "canary").exists(), "the canary itself works"


def test_the_kinds_that_can_be_executed_are_tried():
    assert {"pickle", "npy objects", "npz objects", "torch objects"} <= set(EXECUTABLE)
