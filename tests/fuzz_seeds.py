"""One small valid file of every format that symgen reads, as bytes by name; those of folders with a path each."""

from __future__ import annotations

import io
import json
import pickle
import tempfile
import zipfile
from pathlib import Path

import h5py
import numpy as np

T, X = np.arange(8.0), np.linspace(0, 1, 12)
U = np.sin(6 * X + T[:, None]) + 0.1 * np.cos(9 * X)
SEVERAL = np.stack([U, -U, 2 * U])
Files = dict[str, bytes]
"""By name; one file is called `file` with an ending."""


class Canary:
    """Makes a file `canary` in the current folder, if it is ever unpickled."""

    def __reduce__(self):
        return open, ("canary", "w")


def seeds() -> dict[str, Files]:
    found: dict[str, Files] = {}
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        _hdf5(found, folder)
        _arrays(found, folder)
        _text(found)
        _equations(found)
        _images(found, folder)
        _zarr(found, folder)
    return found


def _hdf5(found: dict[str, Files], folder: Path) -> None:
    def write(name, fill, **how):
        with h5py.File(folder / "f", "w", **how) as file:
            fill(file)
        found[name] = {"file.h5": (folder / "f").read_bytes()}

    def plain(file):
        file["u"], file["x"], file["t"] = U, X, T

    def packed(file):
        plain(file)
        file.create_dataset("v", data=U, chunks=(4, 6), compression="gzip", shuffle=True, fletcher32=True)
        file["v"].dims[0].label, file["v"].dims[1].label = "t", "x"
        file["x"].attrs["units"] = "m"

    def samples(file):
        file.create_dataset("u", data=SEVERAL, chunks=(2, 4, 6), compression="gzip", fletcher32=True)
        file["x"], file["t"] = X, T

    def samples_last(file):
        file.create_dataset("u", data=SEVERAL.transpose(1, 2, 0), chunks=(4, 6, 2), compression="gzip")
        file["x"], file["t"] = X, T

    def tensor(file):
        file["tensor"], file["x-coordinate"], file["t-coordinate"] = np.stack([U, -U]), X, T
        file.attrs["beta"] = 0.1

    def groups(file):
        for sample in ("0000", "0001"):
            own = file.create_group(sample)
            own["data"] = np.stack([U, -U], -1)
            own["grid/x"], own["grid/t"] = X, T

    def lpsda(file):
        own = file.create_group("train")
        own["pde_8-12"], own["x"], own["t"] = U[None], X[None], T[None]

    def matlab(file):
        plain(file)
        for each in file.values():
            each.attrs["MATLAB_class"] = np.bytes_(b"double")
        cells = file.create_dataset("cells", (2, 1), h5py.ref_dtype)
        cells[:, 0] = [file["u"].ref, file["x"].ref]

    def well(file):
        from symgen.pde.solutions import Solutions
        from symgen.pde.solutions_file import SolutionsWriter

        data = Solutions.from_arrays({"u": U[None], "v": -U[None]}, {"t": T, "x": X}, periodic=False)
        writer = SolutionsWriter(file, data)
        writer.append(data.values)
        writer.end(data.info)

    write("hdf5", plain)
    write("hdf5 packed", packed)
    write("hdf5 latest", packed, libver="latest")
    for fill in (samples, samples_last, tensor, groups, lpsda, matlab, well):
        write(f"hdf5 {fill.__name__}", fill)
    try:
        import netCDF4
    except ImportError:
        return
    for kind in ("NETCDF4", "NETCDF3_CLASSIC", "NETCDF3_64BIT_OFFSET"):
        with netCDF4.Dataset(folder / "n", "w", format=kind) as file:
            file.createDimension("t", None), file.createDimension("x", len(X))
            for name, axes, values in (("t", ("t",), T), ("x", ("x",), X), ("u", ("t", "x"), U)):
                file.createVariable(name, "f8", axes)[:] = values
            file["u"].units = "m/s"
        found[kind.lower()] = {"file.nc": (folder / "n").read_bytes()}
        with netCDF4.Dataset(folder / "n", "w", format=kind) as file:
            for name, size in (("s", None), ("t", len(T)), ("x", len(X))):
                file.createDimension(name, size)
            for name, axes, values in (("t", ("t",), T), ("x", ("x",), X), ("u", ("s", "t", "x"), SEVERAL)):
                own = file.createVariable(name, "i2", axes, zlib=kind == "NETCDF4", fill_value=-1)
                own.scale_factor = 1e-3
                own[:] = values
        found[f"{kind.lower()} packed"] = {"file.nc": (folder / "n").read_bytes()}


def _arrays(found: dict[str, Files], folder: Path) -> None:
    import torch
    from scipy.io import savemat

    def written(save, *arguments, **named) -> bytes:
        with open(folder / "a", "wb") as file:
            save(file, *arguments, **named)
        return (folder / "a").read_bytes()

    found["npz"] = {"file.npz": written(np.savez_compressed, u=U, x=X, t=T)}
    found["npz stored"] = {"file.npz": written(np.savez, u=SEVERAL, x=X, t=T)}
    found["npz objects"] = {"file.npz": written(np.savez, u=np.array([Canary()]), x=X, t=T)}
    found["npy"] = {"file.npy": written(np.save, U), "file_x.npy": written(np.save, X)}
    found["npy objects"] = {"file.npy": written(np.save, np.array([Canary()], dtype=object))}
    named = {"u": U, "x": X, "t": T, "cells": np.array([U, "a"], dtype=object), "own": {"v": U, "w": {"x": X}}}
    found["mat"] = {"file.mat": written(savemat, named)}
    found["mat packed"] = {"file.mat": written(savemat, named, do_compression=True)}
    found["mat 4"] = {"file.mat": written(savemat, {"u": U, "x": X, "t": T}, format="4")}
    tensors = {"u": torch.tensor(U), "x": torch.tensor(X), "more": [torch.tensor(T)]}
    for name, new in (("torch", True), ("torch old", False)):
        found[name] = {
            "file.pt": written(lambda f, v, new: torch.save(v, f, _use_new_zipfile_serialization=new), tensors, new)
        }
    found["torch objects"] = {"file.pt": written(lambda f, v: torch.save(v, f), {"u": tensors["u"], "c": Canary()})}
    found["pickle"] = {"file.pkl": pickle.dumps({"u": U, "c": Canary()})}
    try:
        import pyarrow as pa
        from pyarrow import parquet
    except ImportError:
        return
    table = pa.table({"x": X, "y": X**2, "z": np.cos(9 * X)})
    found["parquet"] = {"file.parquet": written(lambda f, v: parquet.write_table(v, f), table)}


def _text(found: dict[str, Files]) -> None:
    rows = "".join(f"{x},{t},{u}\n" for t, own in zip(T, U, strict=True) for x, u in zip(X, own, strict=True))
    found["csv"] = {"file.csv": f"x,t,u\n{rows}".encode()}
    matrix = "".join(" ".join(f"{value:.3e}" for value in row) + "\n" for row in U)
    found["text"] = {"file.txt": f"# u(t, x)\n{matrix}".encode()}
    found["text wide"] = {"file.txt": "\n".join(f"{a:.4f};{b:.4f};'x'" for a, b in U[:, :2]).encode("utf-16")}
    found["config"] = {"config.toml": b'[discover]\ndegree = 2\nseed = 0\nequation = "u_t + u_x"\nparam = {nu = 0.1}\n'}


EQUATIONS = {
    "plain": "u_t + 6*u*u_x + u_xxx = a*sin(x)**2 - exp(-u)",
    "system": "u_t = a*(u*v)_x - u*(1 - u)/3\nv_t = v_xx + sqrt(u**2 + 1)",
    "mathematica": "D[u[x, t], t] == D[u[x, t], {x, 2}]",
    "latex": r"\partial_t u + u \partial_x u = \frac{a}{2} \frac{\partial^2 u}{\partial x^{2}} e^{-u}",
    "fractions": "∂u/∂t + 6u ∂u/∂x + d^3u/dx^3 = ∂ₓ(u²)",
    "languages": "Eq(Derivative(u(x, t), t), diff(u, x, 2))",
}


def _equations(found: dict[str, Files]) -> None:
    found.update({f"equation {name}": {"equation.txt": text.encode()} for name, text in EQUATIONS.items()})


def _images(found: dict[str, Files], folder: Path) -> None:
    from PIL import Image

    draw = np.random.default_rng(0)
    pixels = draw.integers(0, 255, (8, 8, 3), np.uint8)
    for kind in ("png", "jpeg", "ppm", "bmp", "tiff", "webp", "gif"):
        buffer = io.BytesIO()
        Image.fromarray(pixels).save(buffer, kind)
        whole = buffer.getvalue()
        suffix = "png" if kind == "gif" else kind
        found[f"image {kind}"] = {
            f"{split}/{name}/1.{suffix}": whole for split in ("train", "test") for name in ("a", "b")
        }
    images, labels = draw.integers(0, 255, (20, 8, 8), np.uint8), np.arange(20, dtype=np.uint8) % 2
    idx = {
        "train-images-idx3-ubyte": b"\0\0\x08\x03"
        + b"".join(n.to_bytes(4, "big") for n in images.shape)
        + images.tobytes(),
        "train-labels-idx1-ubyte": b"\0\0\x08\x01" + (20).to_bytes(4, "big") + labels.tobytes(),
    }
    found["idx"] = idx
    buffer = io.BytesIO()
    np.savez_compressed(buffer, images=images, labels=labels)
    found["npz images"] = {"file.npz": buffer.getvalue()}


def _zarr(found: dict[str, Files], folder: Path) -> None:
    try:
        import zarr
    except ImportError:
        return
    for version in (2, 3):
        root = zarr.open(str(folder / f"z{version}"), mode="w", zarr_format=version)
        for name, values in (("u", U), ("x", X), ("t", T)):
            root.create_array(name, data=values)
        where = folder / f"z{version}"
        found[f"zarr {version}"] = {
            f"file.zarr/{path.relative_to(where)}": path.read_bytes() for path in where.rglob("*") if path.is_file()
        }
    description = {
        "zarr_format": 2, "shape": [8, 12], "chunks": [8, 12], "dtype": "<f8", "compressor": {"id": "pickle"},
        "fill_value": 0, "order": "C", "filters": None,
    }  # fmt: skip
    files = {"file.zarr/.zgroup": b'{"zarr_format": 2}', "file.zarr/u/0.0": pickle.dumps(Canary())}
    found["zarr pickle"] = files | {"file.zarr/u/.zarray": json.dumps(description).encode()}


def repacked(archive: bytes, change) -> bytes:
    """A zip archive, one of whose members is what `change` makes of it, with sound checksums."""
    result = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(archive)) as old, zipfile.ZipFile(result, "w") as new:
        contents = {info.filename: old.read(info) for info in old.infolist()}
        for name, content in change(contents).items():
            new.writestr(name, content)
    return result.getvalue()
