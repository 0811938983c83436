"""A file in every layout, with the quirks of each, and back."""

from __future__ import annotations

import json
import math

import h5py
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from symgen.exceptions import DataError, SymgenError
from symgen.pde.readers import read
from symgen.pde.readers.common_grid import lagrange_matrix
from symgen.pde.seam import seam_of
from symgen.pde.trajectories import Trajectories, TrajectoryInfo, load_trajectories

pytestmark = pytest.mark.usefixtures("terminal")

NT, NX, LENGTH = 20, 32, 4.0
X, T = np.arange(NX) * (LENGTH / NX), np.linspace(1.0, 3.0, NT)
K = 2 * np.pi / LENGTH
U = np.stack([np.sin(K * (X - 0.5 * T[:, None]) + phase) + phase for phase in (0.3, 1.0, 2.0)])


def h5(path, datasets, attributes=None, **groups):
    """An HDF5 file of datasets, attributes of the root, and attributes by group or dataset."""
    with h5py.File(path, "w") as file:
        for name, value in datasets.items():
            file[name] = value
        file.attrs.update(attributes or {})
        for name, values in groups.items():
            file.require_group(name) if name not in file else None
            file[name].attrs.update(values)
    return path


def pdebench(path, u=U, t=T, attributes=None, **more):
    return h5(path, {"tensor": u, "x-coordinate": X, "t-coordinate": t, **more}, attributes)


def well(path, u=U, bc="PERIODIC", dims=("x",), varying=True, extra=None, time=T, x=X):
    datasets = {"dimensions/time": time, "dimensions/x": x, "t0_fields/u": u, **(extra or {})}
    with h5py.File(h5(path, datasets, {"dataset_name": "waves", "n_spatial_dims": len(dims)}), "a") as file:
        file["dimensions"].attrs["spatial_dims"] = list(dims)
        for name, item in file["t0_fields"].items():
            item.attrs.update({"sample_varying": varying, "time_varying": name != "speed", "dim_varying": [True]})
        if bc:
            file.require_group("boundary_conditions/ends").attrs["bc_type"] = bc
    return path


def lpsda(path, u=U, x=None, t=None, group="train", **more):
    x = np.tile(X, (len(u), 1)) if x is None else x
    t = np.tile(T, (len(u), 1)) if t is None else t
    datasets = {f"pde_{NT}-{NX}": u, "x": x, "t": t, "dx": np.full(len(u), X[1]), "dt": np.full(len(u), T[1] - T[0])}
    return h5(path, {f"{group}/{name}": value for name, value in {**datasets, **more}.items() if value is not None})


def grouped(path, u=U, channels=1):
    datasets = {}
    for i, sample in enumerate(u):
        group = {"data": np.stack([sample] * channels, -1), "grid/x": X, "grid/t": T}
        datasets |= {f"{i:04d}/{name}": value for name, value in group.items()}
    return h5(path, datasets, None, **{"0000": {"config": "sim: {}"}})


def npz(path, **arrays):
    np.savez(path, **{"u": U, "x": X, "t": T, **arrays})
    return path


def netcdf(path, u=U, dims=("sample", "time", "x"), attributes=None, coordinates=True, **more):
    xarray = pytest.importorskip("xarray")
    coords = {"x": ("x", X, {"units": "m"}), "time": ("time", T, {"units": "s"})} if coordinates else {}
    variables = {"velocity": (dims, u, {"units": "m/s"}), **more}
    xarray.Dataset(variables, coords, attributes or {}).to_netcdf(path)
    return path


LAYOUTS = {
    "pdebench": pdebench,
    "the well": well,
    "lpsda": lpsda,
    "groups": grouped,
    "npz": npz,
    "netcdf": netcdf,
}
SUFFIXES = {"npz": "npz", "netcdf": "nc"}


class TestRoundTrips:
    @pytest.mark.parametrize("layout", LAYOUTS)
    def test_what_was_written(self, tmp_path, layout):
        path = LAYOUTS[layout](tmp_path / f"data.{SUFFIXES.get(layout, 'h5')}")
        renamed = path.rename(tmp_path / "data.bin")  # by content, not by name
        data = load_trajectories(renamed)
        assert np.array_equal(data.read([0, 1, 2]), U)
        assert np.array_equal(data.x, X)
        assert np.array_equal(data.t, T)
        assert data.info.length == pytest.approx(LENGTH)
        assert data.info.periodic == (layout != "groups")
        said = layout in ("the well", "groups")
        assert len(data.origin.notes) == (0 if said else 1)
        assert len(data.sha256) == 64

    @pytest.mark.parametrize("layout", LAYOUTS)
    def test_bad_samples(self, tmp_path, layout):
        """All-zero samples are failed solves."""
        u = U.copy()
        u[1] = 0
        u[2, 3, 4] = np.nan
        path = tmp_path / f"data.{SUFFIXES.get(layout, 'h5')}"
        LAYOUTS[layout](path, u=u)
        with pytest.raises(DataError, match=r"2 of 3 samples are bad .*: 1 \(all zero\), 2 \(not finite\)"):
            load_trajectories(path)
        data = load_trajectories(path, skip_bad=True)
        assert np.array_equal(data.read([0]), U[:1])
        assert "2 bad samples are left out" in data.origin.notes[0]

    @pytest.mark.parametrize("layout", LAYOUTS)
    def test_not_uniform(self, tmp_path, layout, monkeypatch):
        monkeypatch.setitem(globals(), "T", T**2)
        path = tmp_path / f"data.{SUFFIXES.get(layout, 'h5')}"
        arguments = {"pdebench": {"t": T}, "the well": {"time": T}, "npz": {"t": T}}.get(layout, {})
        LAYOUTS[layout](path, **arguments)
        with pytest.raises(DataError, match="is not equally spaced and increasing"):
            load_trajectories(path)

    def test_one_trajectory(self, tmp_path):
        for path in (
            npz(tmp_path / "a.npz", u=U[0]),
            well(tmp_path / "b.h5", u=U[0], varying=False),
            netcdf(tmp_path / "c.nc", u=U[0], dims=("time", "x")),
        ):
            assert np.array_equal(load_trajectories(path).read([0]), U[:1])


class TestPDEBench:
    def test_one_time_too_many(self, tmp_path):
        t = np.append(T, T[-1] + T[1] - T[0])
        assert np.array_equal(load_trajectories(pdebench(tmp_path / "a.h5", t=t)).t, T)

    def test_leading_axis(self, tmp_path):
        data = load_trajectories(pdebench(tmp_path / "a.h5", u=U[None].astype("f4")))
        assert np.allclose(data.read([2]), U[2:], atol=1e-6)
        assert len(data) == 3

    @pytest.mark.parametrize(
        ("attributes", "equation", "parameters"),
        [
            ({"beta": 0.4}, "u_t + beta*u_x", {"beta": 0.4}),
            ({"beta": np.array([0.4])}, "u_t + beta*u_x", {"beta": 0.4}),
            ({"Nu": 0.01}, "u_t + u*u_x - nu*u_xx", {"nu": 0.01 / math.pi}),
            ({"Nu": 0.5, "rho": 2.0}, "u_t - nu*u_xx - rho*u*(1 - u)", {"nu": 0.5, "rho": 2.0}),
            ({"Nu": "much"}, None, {}),
            ({"rho": 1.0}, None, {}),
            ({}, None, {}),
        ],
    )
    def test_equation_of_the_attributes(self, tmp_path, attributes, equation, parameters):
        info = load_trajectories(pdebench(tmp_path / "a.h5", attributes=attributes)).info
        assert (info.equation, info.parameters) == (equation, parameters)

    def test_fields_of_a_system(self, tmp_path):
        path = h5(tmp_path / "a.h5", {"density": U, "Vx": 2 * U, "x-coordinate": X, "t-coordinate": T})
        with pytest.raises(
            DataError,
            match=r"several fields that can be u: Vx, density. Here one unknown .*choose it with --u",
        ):
            load_trajectories(path)
        data = load_trajectories(path, field="Vx")
        assert np.array_equal(data.read([0]), 2 * U[:1])
        assert data.origin.warnings[0].startswith("Of several unknowns only 'Vx' is read; left out: density.")
        with pytest.raises(DataError, match="no field 'Vy'"):
            load_trajectories(path, field="Vy")

    def test_groups(self, tmp_path):
        path = grouped(tmp_path / "a.h5", channels=2)
        with pytest.raises(DataError, match="several channels that can be u: 0, 1"):
            load_trajectories(path)
        assert np.array_equal(load_trajectories(path, field="1").read([1]), U[1:2])
        with h5py.File(grouped(path), "a") as file:
            file["0001/grid/x"][...] = 2 * X
        with pytest.raises(DataError, match=r"1 \(on another grid than the first\)"):
            load_trajectories(path)
        assert len(load_trajectories(path, skip_bad=True)) == 2
        with h5py.File(path, "a") as file:
            del file["0000/grid/x"]
        with pytest.raises(DataError, match="group '0000' has no dataset 'grid/x'"):
            load_trajectories(path)


class TestTheWell:
    @pytest.mark.parametrize(
        ("bc", "periodic"), [("periodic", True), ("WALL", False), ("Open", False), (b"OPEN", False)]
    )
    def test_boundary_conditions(self, tmp_path, bc, periodic):
        data = load_trajectories(well(tmp_path / "a.h5", bc=bc))
        assert (data.info.periodic, data.origin.notes) == (periodic, ())

    def test_missing_boundary_conditions_are_measured(self, tmp_path):
        data = load_trajectories(well(tmp_path / "a.h5", bc=None))
        assert data.info.periodic
        assert "does not say whether its data are periodic" in data.origin.notes[0]

    def test_fields(self, tmp_path):
        path = well(tmp_path / "a.h5", extra={"t0_fields/speed": X, "t1_fields/v": U[..., None]})
        with pytest.raises(DataError, match="several fields that can be u: u, v"):
            load_trajectories(path)
        assert np.array_equal(load_trajectories(path, field="v").read([0]), U[:1])
        assert np.array_equal(load_trajectories(path, field="u").read([0]), U[:1])

    def test_refused(self, tmp_path):
        plane = {"u": U[..., None] * np.ones(5), "dims": ("x", "y"), "extra": {"dimensions/y": np.arange(5.0)}}
        with pytest.raises(DataError, match=r"u of \(sample, t, x, y\), with 2 space dimensions \(x, y\)"):
            load_trajectories(well(tmp_path / "a.h5", **plane))
        with pytest.raises(DataError, match="20 times, 31 points"):
            load_trajectories(well(tmp_path / "a.h5", x=X[1:]))

    def test_times_by_sample(self, tmp_path):
        data = load_trajectories(well(tmp_path / "a.h5", time=np.stack([T, T, T + 0.5])))
        assert (data.t[0], data.t[-1]) == pytest.approx((1.5, 3.0), abs=0.11)
        assert not data.info.periodic
        same = load_trajectories(well(tmp_path / "b.h5", time=np.stack([T, T, T])))
        assert np.array_equal(same.t, T)
        assert same.info.periodic


class TestLPSDA:
    def test_domains_that_vary(self, tmp_path):
        """As they do in these files; the solution on the common window is known."""
        lengths, starts = np.array([4.0, 4.3, 3.8]), np.array([0.0, 0.1, 0.05])
        x, t = lengths[:, None] * np.arange(NX) / NX, T + starts[:, None]
        u = np.sin(2 * np.pi / lengths[:, None, None] * (x[:, None] - 0.5 * t[:, :, None]))
        u[1] = 0  # a failed solve
        failed = lpsda(tmp_path / "b.h5", u=u, x=x * [[1], [0], [1]], t=t)
        with pytest.raises(DataError, match=r"1 of 3 samples are bad .* 1 \(no grid\)"):
            load_trajectories(failed)
        assert len(load_trajectories(failed, skip_bad=True)) == 2
        path = lpsda(tmp_path / "a.h5", u=u, x=x, t=t)
        with pytest.raises(DataError, match=r"1 of 3 samples are bad .* 1 \(all zero\)"):
            load_trajectories(path)
        data = load_trajectories(path, skip_bad=True)
        assert len(data) == 2
        assert (data.x[0], data.t[0]) == (0.0, 1.1)
        assert data.x[-1] <= 3.8
        assert data.x[1] == pytest.approx(4.3 / NX)
        exact = np.sin(2 * np.pi / lengths[:, None, None] * (data.x - 0.5 * data.t[:, None]))
        assert np.abs(data.read([0, 1]) - exact[[0, 2]]).max() < 1e-6
        assert not data.info.periodic
        assert any("grids of their own" in note for note in data.origin.notes)

    @pytest.mark.parametrize("wrong", [X**2, X + 100, X * np.nan])
    def test_domains_that_do_not_fit(self, tmp_path, wrong):
        with pytest.raises(DataError, match=r"not equally spaced|no common window"):
            load_trajectories(lpsda(tmp_path / "a.h5", x=np.stack([X, wrong, X])))

    def test_rounding_is_no_other_grid(self, tmp_path):
        path = lpsda(tmp_path / "a.h5", x=np.stack([X, X * (1 + 1e-8), X]))
        assert np.array_equal(load_trajectories(path).read([1]), U[1:2])

    def test_steps_for_coordinates(self, tmp_path):
        with h5py.File(lpsda(tmp_path / "a.h5"), "a") as file:
            del file["train/x"], file["train/t"]
        data = load_trajectories(tmp_path / "a.h5")
        assert np.allclose(data.x, X)
        assert np.allclose(data.t, T - T[0])

    def test_without_coordinates(self, tmp_path):
        path = h5(tmp_path / "a.h5", {f"train/pde_{NT}-{NX}": U})
        with pytest.raises(DataError, match="neither 'x' nor 'dx', so its grid is not known"):
            load_trajectories(path)

    def test_several_sets(self, tmp_path):
        with h5py.File(lpsda(tmp_path / "a.h5"), "a") as file:
            file.copy("train", "test")
        with pytest.raises(DataError, match="several datasets: train/pde_20-32, test/pde_20-32"):
            load_trajectories(tmp_path / "a.h5")
        assert len(load_trajectories(tmp_path / "a.h5", field="test/pde_20-32")) == 3


class TestNumpy:
    @pytest.mark.parametrize(
        ("arrays", "said"),
        [
            ({"u": U[0, 0]}, r"no array of two dimensions or more that can be u .* It has u \(32,\)"),
            ({"u": U * (1 + 1e-3j)}, r"'u' \(3, 20, 32\) is complex, which is a system of two real unknowns"),
            ({"u": U[:, 1:]}, r"shape \(3, 19, 32\), but there are 20 times and 32 points"),
            (
                {"x": np.array(["a"] * NX)},
                r"where x begins and ends. Add --x FROM:TO .*not read: 'x': it is <U1, not numbers",
            ),
            ({"u": U[None, None, 0] * np.ones((2, 2, 1, 1))}, r"two or more dimensions of space, or several unknowns"),
        ],
    )
    def test_shapes(self, tmp_path, arrays, said):
        with pytest.raises(DataError, match=said):
            load_trajectories(npz(tmp_path / "a.npz", **arrays))

    def test_missing_arrays(self, tmp_path):
        np.savez(tmp_path / "a.npz", v=U, x=X)
        with pytest.raises(DataError, match=r"'v' has shape \(3, 20, 32\).*Add --t FROM:TO"):
            load_trajectories(tmp_path / "a.npz")

    def test_another_array(self, tmp_path):
        assert np.array_equal(load_trajectories(npz(tmp_path / "a.npz", v=3 * U), field="v").read([0]), 3 * U[:1])

    def test_integers(self, tmp_path):
        assert load_trajectories(npz(tmp_path / "a.npz", u=(100 * U).astype(int))).read([0]).dtype == np.float64

    def test_nothing_is_unpickled(self, tmp_path):
        class Trap:
            def __reduce__(self):
                return (pytest.fail, ("unpickled",))

        with pytest.raises(DataError, match="'u': it holds Python objects, which are never unpickled"):
            load_trajectories(npz(tmp_path / "a.npz", u=np.array([Trap()], dtype=object)))

    def test_one_array_alone(self, tmp_path):
        np.save(tmp_path / "a.npy", U)
        with pytest.raises(
            DataError, match=r"'u' has shape \(3, 20, 32\), taken as \(sample, time, x\): .* --x FROM:TO --t FROM:TO"
        ):
            load_trajectories(tmp_path / "a.npy")

    @given(st.floats(0, 1, exclude_max=True), st.integers(0, 7), st.booleans())
    @settings(max_examples=60, deadline=None)
    def test_damage(self, tmp_path_factory, fraction, bit, cut):
        path = npz(tmp_path_factory.getbasetemp() / "damage.npz")
        content = bytearray(path.read_bytes())
        content = content[: int(fraction * len(content))] if cut else content
        if not cut:
            content[int(fraction * len(content))] ^= 1 << bit
        path.write_bytes(content)
        try:
            data = load_trajectories(path)
        except SymgenError as error:
            assert str(path) in str(error)  # noqa: PT017
        else:
            assert np.isfinite(data.read([0])).all()


class TestNetCDF:
    def test_order_of_dimensions(self, tmp_path):
        path = netcdf(tmp_path / "a.nc", u=U.transpose(2, 1, 0), dims=("x", "time", "sample"))
        assert np.array_equal(load_trajectories(path).read([1]), U[1:2])

    def test_what_xarray_users_write(self, tmp_path):
        data = load_trajectories(netcdf(tmp_path / "a.nc"))
        assert data.origin.units == {"x": "m", "t": "s", "u": "m/s"}
        assert data.origin.layout == "NetCDF"

    def test_attribute(self, tmp_path):
        info = TrajectoryInfo(equation="u_t + u_x", length=LENGTH)
        path = netcdf(tmp_path / "a.nc", attributes={"symgen": info.model_dump_json()})
        assert load_trajectories(path).info == info

    def test_refused(self, tmp_path):
        path = netcdf(tmp_path / "a.nc", pressure=(("time", "x"), U[0]))
        with pytest.raises(
            DataError, match=r"several arrays that can be u: velocity \(3, 20, 32\), pressure \(20, 32\)"
        ):
            load_trajectories(path)
        assert len(load_trajectories(path, field="pressure")) == 1
        with pytest.raises(DataError, match="where x and t begin and end"):
            load_trajectories(netcdf(tmp_path / "b.nc", coordinates=False))
        xarray = pytest.importorskip("xarray")
        xarray.Dataset({"u": (("sample", "time", "y"), U)}).to_netcdf(tmp_path / "c.nc")
        with pytest.raises(DataError, match="where x and t begin and end"):
            load_trajectories(tmp_path / "c.nc")

    @pytest.mark.parametrize("form", ["NETCDF4", "NETCDF3_CLASSIC", "NETCDF3_64BIT"])
    def test_scaled_and_missing_values(self, tmp_path, form):
        xarray = pytest.importorskip("xarray")
        variable = xarray.Variable(("time", "x"), U[0], {"units": "m"})
        data = xarray.Dataset({"u": variable}, {"x": X, "time": T})
        packed = {"dtype": "i4", "scale_factor": 2.0**-20, "add_offset": 0.5, "_FillValue": -99}
        data.to_netcdf(tmp_path / "a.nc", format=form, encoding={"u": packed})
        assert np.allclose(load_trajectories(tmp_path / "a.nc").read([0])[0], U[0], atol=2e-6)
        data.where(data["u"] < 1).to_netcdf(tmp_path / "b.nc", format=form, encoding={"u": packed})
        with pytest.raises(DataError, match="not finite"):
            load_trajectories(tmp_path / "b.nc")

    def test_xarray_is_not_needed(self, tmp_path, monkeypatch):
        path = netcdf(tmp_path / "a.nc")
        monkeypatch.setitem(__import__("sys").modules, "xarray", None)
        assert np.array_equal(load_trajectories(path).read([1]), U[1:2])

    def test_damaged(self, tmp_path):
        for content in (b"CDF\x01" + bytes(100), b"CDF\x01" + bytes(range(100)), b"CDF\x01"):
            (tmp_path / "a.nc").write_bytes(content)
            with pytest.raises(DataError, match=r"a\.nc"):
                load_trajectories(tmp_path / "a.nc")


class TestOtherFiles:
    def test_unknown_layout(self, tmp_path):
        with pytest.raises(
            DataError, match=r"'a' has shape .* where x and t begin and end.* It has|The file has a .*, b"
        ):
            read(h5(tmp_path / "a.h5", {"a": U, "b": X}))


class TestInterpolation:
    @given(st.integers(0, 9), st.floats(0, 1))
    @settings(max_examples=30, deadline=None)
    def test_polynomials_are_exact(self, degree, place):
        old = np.linspace(-1, 2, 25)
        new = np.array([-1.0, 3 * place - 1, 2.0])
        assert np.allclose(lagrange_matrix(old, new) @ old**degree, new**degree, rtol=1e-9, atol=1e-9)

    def test_order(self):
        """Ten points: half the step, 1024 times less."""
        errors = []
        for n in (40, 80):
            old, new = np.linspace(0, 6, n + 1), np.linspace(1, 5, 500)
            errors.append(np.abs(lagrange_matrix(old, new) @ np.sin(3 * old) - np.sin(3 * new)).max())
        assert errors[0] / errors[1] == pytest.approx(1024, rel=0.3)


class TestSeam:
    def test_ends_of_waves(self):
        assert seam_of(U).periodic
        assert seam_of(U).ratio == pytest.approx(1, rel=0.1)
        assert not seam_of(U[..., :20]).periodic
        both_ends = seam_of(np.concatenate([U, U[..., :1]], -1))
        assert both_ends.repeated
        assert both_ends.periodic
        assert "once the last point is left out" in str(both_ends)

    @pytest.mark.parametrize("level", [0.01, 0.1])
    def test_noise(self, level):
        noise = level * np.random.default_rng(0).standard_normal(U.shape)
        assert seam_of(U + noise).periodic
        assert not seam_of((X - X.mean()) * (1 + 0 * U) + noise).periodic

    @given(st.integers(0, NX - 1))
    @settings(max_examples=10, deadline=None)
    def test_does_not_depend_on_where_a_period_begins(self, shift):
        assert seam_of(np.roll(U, shift, -1)).periodic

    def test_boundary_says_otherwise(self, tmp_path):
        path = npz(tmp_path / "a.npz")
        assert load_trajectories(path).info.periodic
        data = load_trajectories(path, periodic=False)
        assert (data.info.periodic, data.origin.notes) == (False, ())


class TestCommandLine:
    def test_inspect_data(self, run, tmp_path):
        path = str(pdebench(tmp_path / "a.h5", attributes={"beta": 0.5}))
        code, out, err = run("inspect", path)
        assert code == 0
        assert "does not say whether its data are periodic in x" in err
        for text in ("PDEBench", "20 times x 32 points", "periodic with length 4", "u_t + beta*u_x = 0, beta = 0.5"):
            assert text in " ".join(out.split())
        document = json.loads(run("inspect", path, "--json")[1])
        assert document["residual"]["relative"] < 1e-6
        assert document["resolution"] < 1e-20
        assert document["seam"] == pytest.approx(1, rel=0.1)
        assert (document["periodic"], document["layout"]) == (True, "PDEBench")
        assert "does not say" in document["notes"][0]

    def test_inspect_with_an_equation(self, run, tmp_path):
        path = str(npz(tmp_path / "a.npz"))
        assert "unknown: give --equation" in run("inspect", path)[1]
        arguments = ["inspect", path, "--equation", "u_t + c*u_x", "--param"]
        right, wrong = (json.loads(run(*arguments, f"c={c}", "--json")[1])["residual"]["relative"] for c in (0.5, 1))
        assert right < 1e-6 < 0.1 < wrong

    def test_inspect_open_data_with_bad_samples(self, run, tmp_path):
        u = U[..., :20].copy()
        u[0] = 0
        path = str(npz(tmp_path / "a.npz", u=u, x=X[:20]))
        code, out, err = run("inspect", path)
        assert code == 0
        assert "not periodic, length 2.375" in out
        assert "2, 1 bad ones left out" in out
        assert "0 (all zero)" in err

    @pytest.mark.parametrize("layout", ["the well", "npz"])
    def test_discover(self, run, tmp_path, layout):
        path = LAYOUTS[layout](tmp_path / f"mine.{SUFFIXES.get(layout, 'h5')}")
        fast = ["--t-degree", "3", "--n-points", "2048", "--no-figures", "--u-degree", "1", "--x-degree", "1"]
        code, out, err = run("discover", "--data", str(path), "--equation", "u_t + u_x/2 + u_xx - u_xx", *fast)
        assert code == 0
        assert "d/dx" in out
        assert ("does not say whether" in err) == (layout not in ("the well", "groups"))

    def test_options_for_data(self, run, tmp_path):
        path = str(npz(tmp_path / "a.npz", v=2 * U))
        document = json.loads(run("inspect", path, "--field", "v", "--boundary", "open", "--json")[1])
        assert not document["periodic"]
        assert document["u"][1] == pytest.approx(2 * U.max())
        code, _, err = run("discover", "--data", path, "--field", "w", "--equation", "u_t + u_x")
        assert code == 3
        assert "has no array 'w'" in err
        assert run("inspect", path, "--boundary", "round")[0] == 2
        assert run("inspect", path, "--against", "lps")[0] == 2

    def test_save_and_load_keeps_the_source(self, tmp_path):
        Trajectories.from_arrays(U, X, T, TrajectoryInfo(length=LENGTH)).save(tmp_path / "a.h5")
        data = load_trajectories(tmp_path / "a.h5")
        assert (data.origin.layout, data.origin.notes) == ("symgen", ())
