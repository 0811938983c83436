"""Files of named arrays, as people have them: which array is u, x and t, and which axis is which."""

from __future__ import annotations

import json
import os
import pickle
import zipfile

import h5py
import numpy as np
import pytest
import scipy.io
import torch

from symgen.discovery.axis_order import in_order
from symgen.discovery.source import find_source, with_equation
from symgen.exceptions import DataError, SymgenError, UsageError
from symgen.pde.trajectories import load_trajectories

pytestmark = pytest.mark.usefixtures("terminal")

NT, NX, LENGTH = 24, 40, 4.0
X, T = np.arange(NX) * (LENGTH / NX), np.linspace(0.5, 2.0, NT)


def heat(x=X, t=T, nu=0.1):
    """(nt, nx): a solution of u_t = nu u_xx that is periodic in x."""
    k = 2 * np.pi / LENGTH * np.arange(1, 4)[:, None, None]
    return (np.exp(-nu * k**2 * t[:, None]) * np.cos(k * x + k)).sum(0)


U = heat()
FAST = ["--no-figures", "--t-degree", "3", "--n-points", "2048", "--u-degree", "1"]


def mat(path, **arrays):
    scipy.io.savemat(path, arrays)
    return path


def cell(*items):
    """A cell array of MATLAB."""
    result = np.empty((1, len(items)), dtype=object)
    for place, item in enumerate(items):
        result[0, place] = item
    return result


def mat73(path, **arrays):
    """As MATLAB 7.3 writes it: HDF5 behind a header of text, arrays transposed, cells as references to #refs#."""
    with h5py.File(path, "w", userblock_size=512) as file:
        for name, value in arrays.items():
            if isinstance(value, list):
                references = np.empty((len(value), 1), dtype=h5py.ref_dtype)
                for place, item in enumerate(value):
                    file[f"#refs#/{name}{place}"] = np.asarray(item, dtype=float).T
                    references[place, 0] = file[f"#refs#/{name}{place}"].ref
                file.create_dataset(name, data=references, dtype=h5py.ref_dtype)
                file[name].attrs["MATLAB_class"] = np.bytes_("cell")
            elif isinstance(value, dict):
                for field, item in value.items():
                    file[f"{name}/{field}"] = np.asarray(item).T
                file[name].attrs["MATLAB_class"] = np.bytes_("struct")
            else:
                value = np.asarray(value)
                if np.iscomplexobj(value):
                    pairs = np.empty(value.T.shape, dtype=[("real", "f8"), ("imag", "f8")])
                    pairs["real"], pairs["imag"] = value.T.real, value.T.imag
                    value = pairs.T
                file[name] = value.T
                file[name].attrs["MATLAB_class"] = np.bytes_("double")
    with open(path, "r+b") as handle:
        handle.write(b"MATLAB 7.3 MAT-file, Platform: GLNXA64".ljust(128))
    return path


def npz(path, **arrays):
    with open(path, "wb") as handle:  # of a path numpy changes the suffix
        np.savez(handle, **arrays)
    return path


def hdf5(path, **arrays):
    with h5py.File(path, "w") as file:
        for name, value in arrays.items():
            file[name] = value
    return path


def pt(path, **arrays):
    torch.save({name: torch.from_numpy(np.array(value)) for name, value in arrays.items()}, path)
    return path


def same(data, u=U, x=X, t=T):
    assert np.allclose(data.read([0])[0], u, rtol=0, atol=1e-12)
    assert np.allclose(data.x, x)
    assert np.allclose(data.t, t)
    return data


WRITERS = {"mat": mat, "mat73": mat73, "npz": npz, "h5": hdf5, "pt": pt}


class TestKinds:
    @pytest.mark.parametrize("kind", WRITERS)
    @pytest.mark.parametrize(
        "names", [("u", "x", "t"), ("usol", "X", "tt"), ("U_exact", "x_grid", "Time"), ("y", "xs", "T")]
    )
    def test_any_names_and_the_other_order(self, tmp_path, kind, names):
        u, x, t = names
        path = WRITERS[kind](tmp_path / "data.bin", **{u: U.T.copy(), x: X, t: T})
        data = same(load_trajectories(path))
        assert f"'{u}' (40, 24) is u(x, t)" in data.origin.reading
        assert data.info.periodic

    @pytest.mark.parametrize("kind", WRITERS)
    def test_complex_without_imaginary_part(self, tmp_path, kind):
        for imaginary, said in ((0, "of zero"), (1e-9, "of at most 1.0e-09")):
            path = WRITERS[kind](tmp_path / f"{said[-1]}", u=U + 1j * imaginary, x=X, t=T)
            data = same(load_trajectories(path))
            assert f"'u' is complex with an imaginary part {said}, which is left out." in data.origin.notes
        path = WRITERS[kind](tmp_path / "nls", u=U * np.exp(0.1j), x=X, t=T)
        with pytest.raises(DataError, match=r"is complex, which is a system of two real unknowns. Here one unknown"):
            load_trajectories(path)

    @pytest.mark.parametrize("kind", WRITERS)
    def test_two_unknowns(self, tmp_path, kind):
        path = WRITERS[kind](tmp_path / "a", Ca=U, Cb=U**2, x=X, t=T)
        with pytest.raises(DataError, match=r"Ca \(24, 40\), Cb \(24, 40\). Here one unknown .* --u NAME"):
            load_trajectories(path)
        data = same(load_trajectories(path, field="ca"))
        assert data.origin.warnings[0].startswith("Of several unknowns only 'Ca' is read; left out: Cb (24, 40).")

    @pytest.mark.parametrize("kind", WRITERS)
    def test_two_dimensions_of_space(self, tmp_path, kind):
        u = np.random.default_rng(0).normal(size=(7, 5, 6))
        path = WRITERS[kind](tmp_path / "a", u=u, x=np.arange(7.0), y=np.arange(5.0), t=np.arange(6.0))
        with pytest.raises(DataError, match=r"'u' \(7, 5, 6\) has two or more dimensions of space"):
            load_trajectories(path)

    @pytest.mark.parametrize("kind", WRITERS)
    def test_samples_last(self, tmp_path, kind):
        u = np.stack([U, 2 * U, 3 * U], -1)
        data = load_trajectories(WRITERS[kind](tmp_path / "a", u=u, x=X, t=T))
        assert np.array_equal(data.read([1]), 2 * U[None])
        assert "is u(t, x, sample)" in data.origin.reading

    def test_zarr(self, tmp_path):
        zarr = pytest.importorskip("zarr")
        group = zarr.open_group(str(tmp_path / "a.zarr"), mode="w")
        for name, value in {"u": U.T.copy(), "x": X, "t": T}.items():
            group.create_array(name, data=value)
        data = same(load_trajectories(tmp_path / "a.zarr"))
        assert len(data.sha256) == 64

    def test_zarr_is_not_there(self, tmp_path, monkeypatch):
        (tmp_path / "a.zarr").mkdir()
        (tmp_path / "a.zarr" / ".zgroup").write_text("{}")
        monkeypatch.setitem(__import__("sys").modules, "zarr", None)
        with pytest.raises(UsageError, match=r"needs the package zarr: pip install 'symgen\[zarr\]'"):
            load_trajectories(tmp_path / "a.zarr")

    @pytest.mark.filterwarnings("ignore:Duplicate dimension names")
    def test_netcdf_with_the_same_dimension_twice(self, tmp_path):
        xarray = pytest.importorskip("xarray")
        xarray.Dataset({"u": (("x", "x"), np.ones((5, 5)))}).to_netcdf(tmp_path / "a.nc")
        with pytest.raises(DataError, match="'u': two of its dimensions have the same name: x, x"):
            load_trajectories(tmp_path / "a.nc")

    def test_netcdf_in_any_order(self, tmp_path):
        xarray = pytest.importorskip("xarray")
        square = heat(x=X[:NT])
        data = xarray.Dataset({"theta": (("x", "time"), square.T)}, {"x": X[:NT], "time": T})
        data.to_netcdf(tmp_path / "a.nc")
        loaded = same(load_trajectories(tmp_path / "a.nc"), square, X[:NT])
        assert loaded.alternative is None  # the names of dimensions say it
        plane = np.random.default_rng(0).normal(size=(4, 5, 6))
        for dims in (("time", "y", "x"), ("time", "lat", "lon")):
            xarray.Dataset({"theta": (dims, plane)}).to_netcdf(tmp_path / f"{dims[1]}.nc")
            with pytest.raises(DataError, match="two or more dimensions of space"):
                load_trajectories(tmp_path / f"{dims[1]}.nc")


class TestMatlab:
    def test_cells(self, tmp_path):
        for path in (
            mat(tmp_path / "a.mat", U_exact=cell(U.T), xs=cell(X, T), lhs=[0, 1], note="text", T=4),
            mat73(tmp_path / "b.mat", U_exact=[U.T], xs=[X[None], T[None]]),
        ):
            data = same(load_trajectories(path))
            assert "x is 'xs.1' (1, 40), t is 'xs.2' (1, 24)" in data.origin.reading

    def test_structs(self, tmp_path):
        nested = {"sol": {"u": U, "grid": {"x": X, "t": T}}}
        same(load_trajectories(mat(tmp_path / "a.mat", **nested)))
        same(load_trajectories(mat73(tmp_path / "b.mat", sol={"u": U, "x": X[None], "t": T[:, None]})))
        assert "'sol.u'" in load_trajectories(tmp_path / "a.mat", field="u").origin.reading

    def test_cells_of_two_unknowns_and_of_a_plane(self, tmp_path):
        with pytest.raises(DataError, match=r"U_exact.1 \(24, 40\), U_exact.2 \(24, 40\). Here"):
            load_trajectories(mat(tmp_path / "a.mat", U_exact=cell(U, U + 1), xs=cell(X, T)))
        u = np.random.default_rng(0).normal(size=(7, 5, 6))
        path = mat(tmp_path / "b.mat", U_exact=cell(u), xs=cell(np.arange(7.0), np.arange(5.0), np.arange(6.0)))
        with pytest.raises(DataError, match="two or more dimensions of space"):
            load_trajectories(path)

    def test_damaged(self, tmp_path):
        content = mat(tmp_path / "a.mat", u=U, x=X, t=T).read_bytes()
        for end in (130, 500, 5000):
            (tmp_path / "b.mat").write_bytes(content[:end])
            with pytest.raises(DataError, match=r"b\.mat"):
                load_trajectories(tmp_path / "b.mat")


class TestCoordinates:
    @pytest.mark.parametrize("shape", [(-1,), (-1, 1), (1, -1)])
    def test_vectors(self, tmp_path, shape):
        same(load_trajectories(npz(tmp_path / "a.npz", u=U, x=X.reshape(shape), t=T.reshape(shape))))

    @pytest.mark.parametrize("kind", WRITERS)
    def test_meshgrids(self, tmp_path, kind):
        for turned, indexing in ((U, "xy"), (U.T.copy(), "ij")):
            x, t = np.meshgrid(X, T, indexing=indexing)
            same(load_trajectories(WRITERS[kind](tmp_path / indexing, u=turned, X=x, T=t)))

    def test_meshgrids_tell_the_order_of_a_square(self, tmp_path):
        square = heat(x=X[:NT])
        x, t = np.meshgrid(X[:NT], T, indexing="ij")
        data = same(load_trajectories(npz(tmp_path / "a.npz", u=square.T, x=x, t=t)), square, X[:NT])
        assert data.alternative is None

    def test_meshgrids_beside_vectors(self, tmp_path):
        """The vectors alone would leave the order of a square open."""
        square = heat(x=X[:NT])
        x, t = np.meshgrid(X[:NT], T, indexing="ij")
        data = same(load_trajectories(npz(tmp_path / "a.npz", u=square.T, x=X[:NT], t=T, X=x, T=t)), square, X[:NT])
        assert data.alternative is None

    def test_steps_alone(self, tmp_path):
        path = mat(tmp_path / "a.mat", u=U, dx=X[1], dt=T[1] - T[0])
        data = same(load_trajectories(path), t=T - T[0])
        assert "x is from 0 in steps of 'dx', 0.1" in data.origin.reading

    def test_groups(self, tmp_path):
        """Sets of data in groups are no unknowns of a system, and each has its own coordinates."""
        with h5py.File(tmp_path / "a.h5", "w") as file:
            for name, u, x in (("train", 2 * U, 2 * X), ("test", U, X)):
                file[f"{name}/u"], file[f"{name}/x"], file[f"{name}/t"] = u, x, T
        with pytest.raises(
            DataError, match=r"several arrays that can be u: test/u .*, train/u .*\. Choose one with --u"
        ):
            load_trajectories(tmp_path / "a.h5")
        assert same(load_trajectories(tmp_path / "a.h5", field="test/u")).origin.warnings == ()
        same(load_trajectories(tmp_path / "a.h5", field="train/u"), 2 * U, 2 * X)
        with pytest.raises(DataError, match=r"'u' can be test/u, train/u. Give the whole name"):
            load_trajectories(tmp_path / "a.h5", field="u")

    def test_scattered_points_of_a_plane(self, tmp_path):
        draw = np.random.default_rng(0)
        arrays = {"X_star": draw.random((50, 2)), "U_star": draw.random((50, 2, 20)), "p_star": draw.random((50, 20))}
        with pytest.raises(DataError, match=r"two or more dimensions of space.*The file has X_star \(50, 2\)"):
            load_trajectories(mat(tmp_path / "a.mat", **arrays, t=np.arange(20.0)))

    def test_two_unknowns_of_a_plane(self, tmp_path):
        u = np.random.default_rng(0).normal(size=(7, 5, 6))
        path = npz(tmp_path / "a.npz", u=u, v=u + 1, x=np.arange(7.0), y=np.arange(5.0), t=np.arange(6.0))
        for chosen in (None, "v"):
            with pytest.raises(
                DataError, match=r"dimensions of space.*u \(7, 5, 6\), v \(7, 5, 6\), x \(7,\), y \(5,\)"
            ):
                load_trajectories(path, field=chosen)

    def test_numbered_coordinates_of_a_plane(self, tmp_path):
        u = np.random.default_rng(0).normal(size=(7, 5, 6))
        path = npz(tmp_path / "a.npz", u=u, x1=np.arange(7.0), x2=np.arange(5.0), t=np.arange(6.0))
        with pytest.raises(DataError, match="two or more dimensions of space"):
            load_trajectories(path)

    def test_wave_numbers_are_no_points(self, tmp_path):
        with pytest.raises(DataError, match="where x begins and ends"):
            load_trajectories(npz(tmp_path / "a.npz", u=U, k=np.arange(NX) - NX / 2, t=T))

    def test_axes_of_length_one(self, tmp_path):
        for place, axes in enumerate((0, 1, 2, (0, 3))):
            same(load_trajectories(npz(tmp_path / f"{place}.npz", u=np.expand_dims(U, axes), x=X, t=T)))

    def test_decreasing(self, tmp_path):
        data = same(load_trajectories(npz(tmp_path / "a.npz", u=U[:, ::-1], x=X[::-1], t=T)))
        assert "x is decreasing in the file; it is turned round, and u with it." in data.origin.notes
        same(load_trajectories(npz(tmp_path / "b.npz", u=U[::-1], x=X, t=T[::-1])))

    def test_single_precision(self, tmp_path):
        single = {name: value.astype("f4") for name, value in {"u": U, "x": X, "t": T}.items()}
        data = load_trajectories(npz(tmp_path / "a.npz", **single))
        assert np.abs(data.read([0])[0] - U).max() < 1e-6

    def test_names_that_say_nothing(self, tmp_path):
        data = same(load_trajectories(npz(tmp_path / "a.npz", arr_0=U, arr_1=X, arr_2=T)))
        assert "'arr_1' is taken as x, by its length. --x says otherwise." in data.origin.notes
        same(load_trajectories(npz(tmp_path / "b.npz", u=U, depth=X, t=T)))

    def test_temperature_is_no_time(self, tmp_path):
        same(load_trajectories(npz(tmp_path / "a.npz", T=U, x=X, t=T)))

    def test_derivatives_are_no_unknowns(self, tmp_path):
        data = same(load_trajectories(npz(tmp_path / "a.npz", u=U, du=U, u_xx=U, uxt=U, du_dt=U, x=X, t=T)))
        assert data.origin.notes[0] == (
            "Not read, as derivatives or other versions of u by their names: du, u_xx, uxt, du_dt. --u chooses."
        )

    def test_other_versions_are_no_unknowns(self, tmp_path):
        data = same(load_trajectories(npz(tmp_path / "a.npz", u=U, u_noisy=U + 1, u_pred=U - 1, x=X, t=T)))
        assert "by their names: u_noisy, u_pred. --u chooses." in data.origin.notes[0]
        same(load_trajectories(tmp_path / "a.npz", field="u_noisy"), U + 1)

    def test_lengths_that_do_not_fit(self, tmp_path):
        with pytest.raises(
            DataError, match=r"'u' has shape \(24, 39\), but there are 24 times and 40 points.*--u, --x or --t"
        ):
            load_trajectories(npz(tmp_path / "a.npz", u=U[:, 1:], x=X, t=T))


class TestWhatTheUserSays:
    @pytest.mark.parametrize("kind", [*WRITERS, "npy"])
    def test_ranges(self, tmp_path, kind):
        path = tmp_path / "a.npy"
        np.save(path, U) if kind == "npy" else WRITERS[kind](path, u=U)
        with pytest.raises(
            DataError, match=r"'u' has shape \(24, 40\).*Add --x FROM:TO --t FROM:TO with the first and the last"
        ):
            load_trajectories(path)
        data = load_trajectories(path, x=f"0:{X[-1]}", t="0.5:2")
        assert data.alternative is not None
        same(data)
        same(load_trajectories(path, x="0:2*pi", t="1/2:2"), x=np.linspace(0, 2 * np.pi, NX))
        same(load_trajectories(path, x=f"{X[-1]}:0", t="0.5:2"), U[:, ::-1])

    def test_files(self, tmp_path):
        np.save(tmp_path / "mine_u.npy", U)
        np.save(tmp_path / "grid.npy", X)
        np.savetxt(tmp_path / "times.txt", T)
        same(load_trajectories(tmp_path / "mine_u.npy", x=str(tmp_path / "grid.npy"), t=str(tmp_path / "times.txt")))
        np.save(tmp_path / "mine_x.npy", X)
        np.save(tmp_path / "mine_t.npy", T)
        data = same(load_trajectories(tmp_path / "mine_u.npy"))
        assert "x is read from mine_x.npy beside it." in data.origin.notes
        np.save(tmp_path / "mine_CI.npy", U)
        same(load_trajectories(tmp_path / "mine_CI.npy"))
        np.save(tmp_path / "mine_x.npy", X[1:])  # of something else
        with pytest.raises(DataError, match="where x begins and ends"):
            load_trajectories(tmp_path / "mine_u.npy")
        np.savez(tmp_path / "both.npz", x=X, t=T)
        both = str(tmp_path / "both.npz")
        same(load_trajectories(tmp_path / "mine_u.npy", x=both, t=both))

    def test_names(self, tmp_path):
        path = npz(tmp_path / "a.npz", u=U, x=2 * X, x_physical=X, t=T)
        same(load_trajectories(path, x="x_physical"))
        same(load_trajectories(path, x="X_PHYSICAL"))
        with pytest.raises(DataError, match=r"'u' .* has no points of x on a line"):
            load_trajectories(path, x="u")
        with pytest.raises(DataError, match=r"has no array 'w'. It has u \(24, 40\)"):
            load_trajectories(path, field="w")
        for wrong in ("nowhere.npy", "0:", "a:b", "0:1:2"):
            with pytest.raises(UsageError, match=r"--x .*: neither an array of .*, nor a file, nor FROM:TO"):
                load_trajectories(path, x=wrong)
        with pytest.raises(UsageError, match="the first point is the last"):
            load_trajectories(path, x="1:1")

    def test_several_arrays(self, tmp_path):
        path = npz(tmp_path / "a.npz", first=U, second=U[:, :20], long=X, short=X[:20], t=T)
        with pytest.raises(
            DataError, match=r"several arrays that can be u: first \(24, 40\), second .* Choose one with --u"
        ):
            load_trajectories(path)
        data = same(load_trajectories(path, field="second"), U[:, :20], X[:20])
        assert data.origin.warnings == ()  # the other one is on another grid


class TestDamage:
    """Bits that are flipped and files that are cut: refused with the file's name, or read as finite numbers."""

    @pytest.mark.filterwarnings("ignore::RuntimeWarning")
    @pytest.mark.parametrize("kind", [*WRITERS, "npy", "csv"])
    def test_of_every_kind(self, tmp_path, kind):
        path = tmp_path / f"a.{kind}"
        if kind == "npy":
            np.save(path, U)
        elif kind == "csv":
            np.savetxt(path, U, delimiter=",")
        else:
            WRITERS[kind](path, u=U, x=X, t=T)
        sound = path.read_bytes()
        draw = np.random.default_rng(0)
        head = min(len(sound), 2000)
        for case in range(60):
            content = bytearray(sound)
            if case % 3 == 0:
                content = content[: draw.integers(len(content))]
            else:
                for place in draw.integers(head if case % 3 == 1 else len(content), size=3):
                    content[place] ^= 1 << draw.integers(8)
            path.write_bytes(content)
            try:
                data = load_trajectories(path, x=f"0:{X[-1]}", t="0.5:2")
            except SymgenError as error:
                assert path.name in str(error)  # noqa: PT017
            else:
                assert np.isfinite(data.read(range(len(data)))).all()


class TestOtherArchives:
    def test_a_sheet(self, tmp_path):
        with zipfile.ZipFile(tmp_path / "a.xlsx", "w") as file:
            file.writestr("xl/workbook.xml", "<xml/>")
        with pytest.raises(DataError, match=r"is a zip archive without arrays of numpy. Save a sheet as CSV"):
            load_trajectories(tmp_path / "a.xlsx")

    def test_the_same_array_twice(self, tmp_path):
        path = npz(tmp_path / "a.npz", u=U, x=X, t=T)
        with zipfile.ZipFile(path, "a") as file, pytest.warns(UserWarning, match="Duplicate name"):
            file.writestr("x.npy", file.read("x.npy"))
        with pytest.raises(DataError, match="has the array 'x' twice"):
            load_trajectories(path)


class TestSquares:
    """Equal lengths of x and t: the file does not say which axis is which."""

    SQUARE = heat(x=(x := np.arange(40) * LENGTH / 40), t=(t := np.linspace(0, 1, 40)))

    @pytest.mark.parametrize("stored", ["(t, x)", "(x, t)"])
    @pytest.mark.parametrize("equation", ["u_t = 0.1*u_xx", None])
    def test_by_the_equation(self, tmp_path, stored, equation):
        path = npz(tmp_path / "a.npz", u=self.SQUARE if stored == "(t, x)" else self.SQUARE.T, x=self.x, t=self.t)
        data, _ = find_source(None, path, equation, {})
        same(data, self.SQUARE, self.x, self.t)
        assert data.alternative is None
        assert f"'u' (40, 40) is u{stored}" in data.origin.notes[-1]
        assert "Which axis is x and which is t is not in the file" in data.origin.notes[-1]

    def test_by_kept_ends(self, tmp_path):
        """A standing wave is one of first order in t to regression, and solves u_tt = c u_xx either way round."""
        x, t = np.linspace(0, 1, 41), np.linspace(0, 1.3, 41)
        u = sum(np.sin(k * np.pi * x) * np.cos(0.4 * k * np.pi * t[:, None]) / k for k in (1, 2, 3))
        for stored in (u, u.T):
            data = in_order(load_trajectories(npz(tmp_path / "a.npz", u=stored, x=x, t=t)))
            same(data, u, x, t)
            assert "u is kept at both ends of x" in data.origin.notes[-1]
            (tmp_path / "a.npz").unlink()

    def test_what_is_assumed_is_a_warning(self, tmp_path):
        noise = np.random.default_rng(0).normal(size=(40, 40)).cumsum(0).cumsum(1)
        data = in_order(load_trajectories(npz(tmp_path / "a.npz", u=noise, x=self.x, t=self.t)))
        assert np.array_equal(data.read([0])[0], noise)
        assert "the data do not tell" in data.origin.warnings[-1]

    def test_ranges_for_either_axis(self, tmp_path):
        """Without coordinates no length says which axis they belong to."""
        np.save(tmp_path / "a.npy", U.T)
        data = load_trajectories(tmp_path / "a.npy", x=f"0:{X[-1]}", t="0.5:2")
        same(in_order(with_equation(data, None, "u_t = 0.1*u_xx", {})))

    def test_samples(self, tmp_path):
        u = np.stack([self.SQUARE.T, 2 * self.SQUARE.T])
        path = npz(tmp_path / "a.npz", u=u, x=self.x, t=self.t)
        data, _ = find_source(None, path, "u_t = 0.1*u_xx", {})
        assert np.allclose(data.read([1])[0], 2 * self.SQUARE)


class Canary:
    """Leaves a file behind where it is unpickled."""

    def __init__(self, path):
        self.path = str(path)

    def __reduce__(self):
        return (os.mkdir, (self.path,))


class TestNothingIsUnpickled:
    @pytest.mark.parametrize("kind", ["npy", "npz", "pt", "list.pt", "pkl", "mat", "h5", "array.pt"])
    def test_refused_with_its_reason(self, tmp_path, kind):
        canary, path = Canary(tmp_path / "unpickled"), tmp_path / "data.bin"
        objects = np.array([[canary, canary], [canary, canary]], dtype=object)
        said = "Python objects, which are never unpickled"
        if kind == "npy":
            np.save(tmp_path / "a.npy", objects)
            path = tmp_path / "a.npy"
        elif kind == "npz":
            np.savez(tmp_path / "a.npz", u=objects, x=X, t=T)
            path = tmp_path / "a.npz"
        elif kind == "pt":
            torch.save({"u": torch.ones(3, 4), "canary": canary}, path)
        elif kind == "list.pt":
            torch.save([canary], path, _use_new_zipfile_serialization=False)
        elif kind == "array.pt":
            torch.save({"u": objects}, path)
        elif kind == "pkl":
            path.write_bytes(pickle.dumps({"u": U, "canary": canary}))
        elif kind == "mat":
            text = np.frombuffer(pickle.dumps(canary), dtype=np.uint8)
            scipy.io.savemat(path, {"u": cell("text", text), "x": X})
            said = "no array of two dimensions"
        else:
            with h5py.File(path, "w") as file:
                file["u"] = np.void(pickle.dumps(objects))
                file["x"], file["t"] = X, T
            said = "no array of two dimensions .* not numbers"
        if kind in ("pt", "list.pt", "array.pt", "pkl"):
            said = "pickled and holds other objects than tensors, which are never unpickled"
        with pytest.raises(DataError, match=said):
            load_trajectories(path)
        assert not (tmp_path / "unpickled").exists()

    def test_other_arrays_of_the_file_are_read(self, tmp_path):
        canary = Canary(tmp_path / "unpickled")
        same(load_trajectories(npz(tmp_path / "a.npz", u=U, x=X, t=T, about=np.array([canary], dtype=object))))
        path = npz(tmp_path / "b.npz", u=np.array([canary], dtype=object), v=U, x=X, t=T)
        with pytest.raises(DataError, match=r"'u' cannot be read: it holds Python objects.* choose it with --u"):
            load_trajectories(path)
        same(load_trajectories(path, field="v"))
        with pytest.raises(DataError, match="'u' cannot be read: it holds Python objects"):
            load_trajectories(path, field="u")
        assert not (tmp_path / "unpickled").exists()


class TestCommandLine:
    def test_inspect_says_what_was_understood(self, run, tmp_path):
        mat(tmp_path / "a.mat", usol=U.T + 0j, x=X[::-1, None], t=T)
        code, out, err = run("inspect", "a.mat")
        assert code == 0
        assert "'usol' (40, 24) is u(x, t); x is 'x' (40, 1), t is 't' (1, 24)" in " ".join(out.split())
        assert "x is decreasing in the file" in err
        assert "imaginary part of zero" in err
        document = json.loads(run("inspect", "a.mat", "--json")[1])
        assert document["reading"].startswith("'usol' (40, 24) is u(x, t)")

    def test_warnings_are_seen(self, run, tmp_path):
        npz(tmp_path / "a.npz", a=U, b=U + 1, x=X, t=T)
        assert [own["name"] for own in json.loads(run("inspect", "a.npz", "--json")[1])["unknowns"]] == ["a", "b"]
        code, _, err = run("inspect", "a.npz", "--u", "a")
        assert code == 0
        assert "symgen: warning: Of several unknowns only 'a' is read; left out: b (24, 40)" in err
        warnings = json.loads(run("inspect", "a.npz", "--field", "a", "--json")[1])["warnings"]
        assert "Of several unknowns" in warnings[0]
        code, out, _ = run("discover", "a.npz", "--u", "a", "--json", *FAST, "--equation", "u_t=0.1*u_xx")
        assert code == 0
        assert "Of several unknowns" in json.loads(out)["warnings"][0]
        code, _, err = run("augment", "--data", "a.npz", "-o", "b.h5")
        assert code == 3
        assert "--equation" in err  # two unknowns are a system

    def test_a_path_for_a_name(self, run, tmp_path):
        (tmp_path / "void").mkdir()
        npz(tmp_path / "mine.npz", u=U)
        code, out, _ = run(
            "discover", "mine.npz", "--x", f"0:{X[-1]}", "--t", "0.5:2", "--equation", "u_t=0.1*u_xx", *FAST
        )
        assert code == 0
        assert "d/dx" in out
        assert (tmp_path / "mine-generators.safetensors").is_file()
        for arguments, code, said in (
            (["missing.npz"], 3, "missing.npz: no such file."),
            (["./kdvv"], 3, "./kdvv: no such file."),
            (["mine.npz", "--data", "mine.npz"], 2, "Give one file of data"),
            (["mine-generators.safetensors"], 2, "look at it with `symgen inspect"),
            (["--data", "void"], 3, "void is a folder without images"),
            (["kdv", "--data", "void"], 3, "is a folder"),
            (["kdvv"], 2, "kdv"),
            (["kdv", "--x", "0:1"], 2, "given with --data"),
            (["cifar10", "--x", "0:1"], 2, "--x makes no sense for images"),
            (["cifar10", "--u", "a"], 2, "--u makes no sense for images"),
        ):
            got, _, err = run("discover", *arguments)
            assert (got, said in err) == (code, True), err

    def test_no_one_is_told_to_make_data_with_discover(self, run, tmp_path):
        mat(tmp_path / "a.mat", z=1.0)
        (tmp_path / "empty.csv").write_bytes(b"")
        (tmp_path / "notes.txt").write_text("no numbers here")
        np.save(tmp_path / "v.npy", X)
        for name in ("a.mat", "empty.csv", "notes.txt", "v.npy", ".", "missing.mat"):
            code, _, err = run("inspect", name)
            assert code in (2, 3)
            assert "symgen discover`" not in err
            assert ("no such file" in err) == (name == "missing.mat")
