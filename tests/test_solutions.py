"""Solutions of any number of variables: from arrays and files in every layout, and back."""

from __future__ import annotations

import json
import re
from itertools import permutations

import h5py
import numpy as np
import pytest
import scipy.io
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from symgen.exceptions import DataError, SymgenError, UsageError
from symgen.pde.axis import Axis
from symgen.pde.info import SolutionsInfo
from symgen.pde.solutions import Solutions
from symgen.pde.solutions_file import load_solutions, save_solutions
from symgen.pde.trajectories import Trajectories, load_trajectories

pytestmark = pytest.mark.usefixtures("terminal")

N, NT, NX, NY = 3, 10, 16, 12
T, X, Y = np.linspace(0.5, 2.0, NT), np.arange(NX) * (4.0 / NX), np.arange(NY) * (3.0 / NY)
PHASE = np.array([0.3, 1.0, 2.5])[:, None, None, None]
WAVE = 2 * np.pi * (X[:, None] / 4 - T[:, None, None] / 3) + PHASE
U = np.sin(WAVE) * (1 + 0.5 * np.cos(2 * np.pi * Y / 3))
V = np.cos(WAVE) + np.sin(4 * np.pi * Y / 3) + 3
Q, P = np.sin(T + PHASE[..., 0, 0]), np.cos(T + PHASE[..., 0, 0])
PLANE = {"t": T, "x": X, "y": Y}
MODEST = settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


def npz(path, **arrays):
    np.savez(path, **arrays)
    return path


def mat(path, **arrays):
    scipy.io.savemat(path, arrays)
    return path


def hdf5(path, **arrays):
    with h5py.File(path, "w") as file:
        for name, value in arrays.items():
            file[name] = value
    return path


WRITERS = {"npz": npz, "mat": mat, "h5": hdf5}


def classic_netcdf(path, dims=("sample", "time", "x", "y"), **arrays):
    with scipy.io.netcdf_file(path, "w") as file:
        for name, values in zip(("time", "x", "y"), (T, X, Y), strict=True):
            file.createDimension(name, len(values))
            file.createVariable(name, "f8", (name,))[:] = values
        file.createDimension("sample", N)
        for name, values in arrays.items():
            variable = file.createVariable(name, "f8", dims)
            variable[:] = values
            variable.units = "m/s"
    return path


def modern_netcdf(path, dims=("sample", "time", "x", "y"), **arrays):
    """NetCDF-4 is HDF5 with dimension scales."""
    with h5py.File(path, "w") as file:
        file.attrs["_NCProperties"] = np.bytes_("version=2")
        for name, values in (("time", T), ("x", X), ("y", Y), ("sample", np.arange(float(N)))):
            file[name] = values
            file[name].make_scale(name)
        for name, values in arrays.items():
            file[name] = values
            for place, dimension in enumerate(dims):
                file[name].dims[place].attach_scale(file[dimension])
            file[name].attrs["units"] = "m/s"
    return path


def well(path, bc=("PERIODIC", "WALL"), **changed):
    """As The Well writes a two-dimensional simulation: a scalar, a vector, a constant field and tensors of none."""
    with h5py.File(path, "w") as file:
        file.attrs.update({"dataset_name": "waves", "grid_type": "cartesian", "n_spatial_dims": 2, "n_trajectories": N})
        file["dimensions/time"], file["dimensions/x"], file["dimensions/y"] = T, X, Y
        file["dimensions"].attrs["spatial_dims"] = ["x", "y"]
        file["t0_fields/pressure"], file["t0_fields/depth"] = U, np.ones((NX, NY))
        file["t1_fields/velocity"] = np.stack([V, U - V], -1)
        file.create_group("t2_fields")
        for name in ("t0_fields/pressure", "t1_fields/velocity"):
            file[name].attrs.update({"sample_varying": True, "time_varying": True, "dim_varying": [True, True]})
        file["t0_fields/depth"].attrs.update({"sample_varying": False, "time_varying": False})
        for name, kind in zip(("x", "y"), bc, strict=True):
            group = file.create_group(f"boundary_conditions/{name}_{kind.lower()}")
            group.attrs.update({"associated_dims": [name], "associated_fields": [], "bc_type": kind})
            group["mask"] = np.isin(np.arange(len(PLANE[name])), (0, len(PLANE[name]) - 1))
        for name, value in changed.items():
            del file[name.replace("__", "/")]
            file[name.replace("__", "/")] = value
    return path


def reaction_diffusion(path, channels=(U, V), y=Y):
    """PDEBench in two dimensions: a group for every sample."""
    with h5py.File(path, "w") as file:
        for i in range(N):
            group = file.create_group(f"{i:04d}")
            group["data"] = np.stack([channel[i] for channel in channels], -1).astype("f4")
            group["grid/x"], group["grid/y"], group["grid/t"] = (v.astype("f4") for v in (X, y, T))
            group.attrs["config"] = "sim:\n  seed: 1\n"
    return path


def fluid(path, **fields):
    """PDEBench's compressible flow in two dimensions."""
    return hdf5(path, **{"x-coordinate": X, "y-coordinate": Y, "t-coordinate": T, **fields})


def both(path, data=None):
    """Check that a file has U and V as u and v on the plane, whatever the order."""
    data = data or load_solutions(path)
    assert data.unknowns == ("u", "v")
    assert [axis.name for axis in data.axes] == ["t", "x", "y"]
    assert np.array_equal(data.read(range(N)), np.stack([U, V], -1))
    for name, points in PLANE.items():
        assert np.allclose(data.axis(name).points, points, rtol=0, atol=1e-12)
    return data


class TestArrays:
    def test_what_was_given(self):
        data = both(None, Solutions.from_arrays({"u": U, "v": V}, PLANE))
        assert [axis.periodic for axis in data.axes] == [False, True, True]
        assert data.axis("x").length == pytest.approx(4)
        assert data.axis("t").length == pytest.approx(1.5)
        assert sum("does not say whether its data are periodic in" in note for note in data.origin.notes) == 2
        assert np.array_equal(data.only("v").read([1]), V[1:2, ..., None])
        assert np.array_equal(np.concatenate(list(data.batches(2)))[..., 0], U)

    @given(st.permutations(["t", "x", "y"]))
    @MODEST
    def test_axes_in_any_order(self, order):
        places = [0, *(1 + ["t", "x", "y"].index(name) for name in order)]
        data = Solutions.from_arrays({"u": U.transpose(places)}, {name: PLANE[name] for name in order})
        assert data.axes[0].name == "t"
        others = [axis.name for axis in data.axes]
        assert np.array_equal(data.read(range(N))[..., 0], U.transpose(0, *(1 + "txy".index(name) for name in others)))

    def test_complex_is_two(self):
        data = Solutions.from_arrays({"psi": U + 1j * V}, PLANE)
        assert (data.unknowns, data.info.complex) == (("psi_r", "psi_i"), ("psi",))
        assert np.array_equal(data.read([0])[0], np.stack([U[0], V[0]], -1))
        assert data.only("psi_i").info.complex == ()
        with pytest.raises(DataError, match="Two unknowns are called psi_r: psi is complex"):
            Solutions.from_arrays({"psi": U + 1j * V, "psi_r": U}, PLANE)

    def test_ends_of_a_period_are_left_out_in_each_axis(self):
        u, v = (np.pad(own, ((0, 0), (0, 0), (0, 1), (0, 1)), mode="wrap") for own in (U, V))
        grid = {"t": T, "x": np.append(X, 4.0), "y": np.append(Y, 3.0)}
        data = both(None, Solutions.from_arrays({"u": u, "v": v}, grid))
        assert data.axis("y").periodic
        assert sum("it is the end of the period" in note for note in data.origin.notes) == 2
        kept = Solutions.from_arrays({"u": u}, grid, None, False)
        assert kept.shape == (NT, NX + 1, NY + 1)

    def test_periodic_as_one_unknown_is_not(self):
        """x + y is a plane: periodic in nothing."""
        ramp = np.broadcast_to(X[:, None] + Y, U.shape)
        data = Solutions.from_arrays({"u": U, "v": ramp}, PLANE)
        assert [axis.periodic for axis in data.axes] == [False, False, False]
        constant = Solutions.from_arrays({"u": U, "v": np.full_like(U, 2.0)}, PLANE)
        assert constant.axis("x").periodic

    def test_said_by_axis(self):
        data = Solutions.from_arrays({"u": U}, {"t": T, "x": Axis("x", X, True), "y": Y}, periodic={"y": False})
        assert (data.axis("x").periodic, data.axis("y").periodic, data.origin.notes if data.origin else ()) == (
            True,
            False,
            (),
        )
        with pytest.raises(UsageError, match="no axis 'z' of space"):
            Solutions.from_arrays({"u": U}, PLANE, periodic={"z": True})

    def test_ordinary_equations(self):
        data = Solutions.from_arrays({"q": Q, "p": P}, {"t": T})
        assert (data.shape, data.space) == ((NT,), ())
        assert np.array_equal(data.read([2])[0], np.stack([Q[2], P[2]], -1))

    def test_moments_by_welford(self):
        data = Solutions.from_arrays({"u": U, "v": V + 1e8}, PLANE)
        moments = data.moments()
        assert moments.mean == pytest.approx([U.mean(), V.mean() + 1e8])
        assert moments.deviation == pytest.approx([U.std(), V.std()], rel=1e-6)
        assert moments.high[1] == pytest.approx(V.max() + 1e8)

    def test_the_scalar_case_is_that_of_trajectories(self):
        data = Solutions.from_arrays({"h": U[..., 0]}, {"t": T, "x": X})
        assert data.is_scalar
        one = Trajectories.of(data)
        other = Trajectories.from_arrays(U[..., 0], X, T)
        assert np.array_equal(one.read([0, 2]), other.read([0, 2]))
        assert (one.info, one.origin) == (other.info, other.origin)

    @pytest.mark.parametrize(
        ("unknowns", "axes", "said"),
        [
            (
                {"u": U, "v": V[:, :, 1:]},
                PLANE,
                r"v has shape \(3, 10, 15, 12\); expected \(sample, 10 times, 16 points",
            ),
            ({"u": U, "v": V[1:]}, PLANE, "u has 3 samples, but v has 2"),
            ({"u": U[0]}, PLANE, r"u has shape \(10, 16, 12\); expected"),
            ({"u": U}, {**PLANE, "y": Y**2}, "y is not equally spaced and increasing"),
            ({"u": U}, {**PLANE, "x": X[::-1]}, "x is not equally spaced and increasing"),
            ({"u": U}, {**PLANE, "x": X * np.nan}, "not finite numbers"),
            ({"u": U, "v": np.where(U > 0.9, np.nan, V)}, PLANE, r"u, v have 3 bad samples of 3 .*: 0 \(not finite\)"),
            ({"u": 0 * U, "v": 0 * V}, PLANE, r"0 \(all zero\)"),
            ({"u": U[:0]}, PLANE, "0 bad samples of 0"),
            ({}, PLANE, "no unknowns"),
            ({"u": np.full(U.shape, "a")}, PLANE, "u is <U1, not numbers"),
            ({"u": U, "x": V}, PLANE, "x is the name of an axis and of an unknown"),
        ],
    )
    def test_refused(self, unknowns, axes, said):
        with pytest.raises(DataError, match=said):
            Solutions.from_arrays(unknowns, axes)


class TestRoundTrips:
    """Our own files, in the layout of The Well."""

    INFO = SolutionsInfo(
        equations=("u_t - lap(u)", "v_t - c*u"), parameters={"c": "1/3"}, lengths={"y": 3.1}, seed=2, solver="exact"
    )

    @pytest.mark.parametrize("periodic", [{"x": True, "y": False}, {"x": False, "y": True}])
    def test_bit_for_bit(self, tmp_path, periodic):
        info = self.INFO if not periodic["y"] else self.INFO.model_copy(update={"lengths": {}})
        data = Solutions.from_arrays({"w": U / 3, "a": V / 7}, PLANE, info, periodic)
        save_solutions(data, tmp_path / "a.h5")
        loaded = load_solutions(tmp_path / "a.h5")
        assert np.array_equal(loaded.read(range(N)), data.read(range(N)))
        assert loaded.unknowns == ("w", "a")
        assert loaded.info == info
        assert loaded.origin.notes == ()
        for own, other in zip(loaded.axes, data.axes, strict=True):
            assert (own.name, own.periodic) == (other.name, other.periodic)
            assert np.array_equal(own.points, other.points)
        with pytest.raises(UsageError, match="exists already"):
            save_solutions(data, tmp_path / "a.h5")
        save_solutions(data.first(1).only("a"), tmp_path / "a.h5", force=True)
        again = load_solutions(tmp_path / "a.h5")
        assert (len(again), again.unknowns) == (1, ("a",))
        assert [file.name for file in tmp_path.iterdir()] == ["a.h5"]

    @given(
        st.integers(0, 3),
        st.lists(st.sampled_from(["u", "v", "w", "q1", "psi_r"]), min_size=1, max_size=3, unique=True),
        st.integers(1, 3),
        st.randoms(use_true_random=False),
    )
    @MODEST
    def test_any_number_of_variables(self, tmp_path, space, unknowns, samples, random):
        draw = np.random.default_rng(random.randrange(1000))
        grid = {"t": np.linspace(-1, 1, 5)} | {name: np.linspace(0, 1, 4 + i) for i, name in enumerate("xyz"[:space])}
        shape = (samples, *map(len, grid.values()))
        data = Solutions.from_arrays({name: draw.normal(size=shape) for name in unknowns}, grid, None, False)
        save_solutions(data, tmp_path / "a.h5", force=True)
        loaded = load_solutions(tmp_path / "a.h5")
        assert np.array_equal(loaded.read(range(samples)), data.read(range(samples)))
        assert (loaded.unknowns, loaded.info) == (data.unknowns, data.info)
        assert all(np.array_equal(a.points, b.points) for a, b in zip(loaded.axes, data.axes, strict=True))

    def test_it_is_in_the_layout_of_the_well(self, tmp_path):
        save_solutions(Solutions.from_arrays({"u": U, "v": V}, PLANE), tmp_path / "a.h5")
        with h5py.File(tmp_path / "a.h5") as file:
            assert set(file) >= {"t0_fields", "t1_fields", "dimensions", "boundary_conditions", "scalars"}
            assert file.attrs["n_spatial_dims"] == 2
            assert [name.decode() for name in file["dimensions"].attrs["spatial_dims"]] == ["x", "y"]
            assert file["t0_fields/u"].shape == U.shape
            assert file["boundary_conditions/x_periodic"].attrs["bc_type"] == b"PERIODIC"
            assert set(json.loads(file.attrs["symgen"])) == set(SolutionsInfo.model_fields)

    def test_statements_that_are_wrong(self, tmp_path):
        data = Solutions.from_arrays({"u": U}, PLANE, SolutionsInfo(lengths={"x": 5.0}), False)
        save_solutions(data, tmp_path / "open.h5")
        assert load_solutions(tmp_path / "open.h5").info.lengths == {"x": 5.0}
        periodic = Solutions.from_arrays({"u": U}, PLANE, SolutionsInfo(lengths={"x": 5.0}), True)
        save_solutions(periodic, tmp_path / "a.h5")
        with pytest.raises(DataError, match="its period is given as 5, but its 16 points in x cover 4"):
            load_solutions(tmp_path / "a.h5")
        with h5py.File(tmp_path / "a.h5", "a") as file:
            file.attrs["symgen"] = json.dumps({"equations": 3})
        with pytest.raises(DataError, match="'symgen' is not valid"):
            load_solutions(tmp_path / "a.h5")

    @given(st.floats(0, 1, exclude_max=True), st.integers(0, 7), st.booleans())
    @settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
    def test_damage(self, tmp_path, fraction, bit, cut):
        path = tmp_path / "a.h5"
        if not (tmp_path / "sound").exists():
            save_solutions(Solutions.from_arrays({"u": U, "v": V}, PLANE), path, force=True)
            path.rename(tmp_path / "sound")
        content = bytearray((tmp_path / "sound").read_bytes())
        content = content[: int(fraction * len(content))] if cut else content
        if not cut:
            content[int(fraction * len(content))] ^= 1 << bit
        path.write_bytes(content)
        try:
            data = load_solutions(path)
        except SymgenError as error:
            assert str(path) in str(error)  # noqa: PT017
        else:
            assert np.isfinite(data.read([0])).all()


class TestNamedArrays:
    @pytest.mark.parametrize("kind", WRITERS)
    def test_one_array_for_each(self, tmp_path, kind):
        data = both(WRITERS[kind](tmp_path / f"a.{kind}", u=U, v=V, **PLANE))
        assert "u, v (3, 10, 16, 12) are functions of (sample, t, x, y)" in data.origin.reading
        single = load_solutions(WRITERS[kind](tmp_path / f"b.{kind}", u=U[0], v=V[0], **PLANE))
        assert np.array_equal(single.read([0])[0], np.stack([U[0], V[0]], -1))
        assert load_solutions(tmp_path / f"a.{kind}", unknown="v").unknowns == ("v",)

    @pytest.mark.parametrize("order", list(permutations(range(4))))
    def test_axes_by_the_lengths_of_coordinates(self, tmp_path, order):
        data = both(npz(tmp_path / "a.npz", u=U.transpose(order), v=V, **PLANE))
        assert not data.origin.warnings

    @pytest.mark.parametrize("order", list(permutations(range(3))))
    def test_a_single_trajectory_in_any_order(self, tmp_path, order):
        data = load_solutions(mat(tmp_path / "a.mat", u=U[0].transpose(order), **PLANE))
        assert np.array_equal(data.read([0])[0, ..., 0], U[0])

    def test_three_dimensions_of_space(self, tmp_path):
        z, u = np.linspace(0, 1, 5), np.random.default_rng(0).normal(size=(2, NT, NX, NY, 5))
        data = load_solutions(npz(tmp_path / "a.npz", u=u, **PLANE, z=z))
        assert np.array_equal(data.read([1])[0, ..., 0], u[1])
        assert [axis.name for axis in data.axes] == ["t", "x", "y", "z"]
        data = load_solutions(npz(tmp_path / "b.npz", u=u[0].transpose(3, 1, 0, 2), **PLANE, z=z))
        assert np.array_equal(data.read([0])[0, ..., 0], u[0])

    def test_x_and_z(self, tmp_path):
        data = load_solutions(npz(tmp_path / "a.npz", u=U, t=T, x=X, z=Y))
        assert [axis.name for axis in data.axes] == ["t", "x", "z"]

    def test_meshgrids(self, tmp_path):
        for indexing in ("ij", "xy"):
            x, y = np.meshgrid(X, Y, indexing=indexing)
            both(npz(tmp_path / f"{indexing}.npz", u=U, v=V, x=x, y=y, t=T))

    def test_squares(self, tmp_path):
        """The usual order is assumed and said; meshgrids say another."""
        u, grid = U[..., :NY, :], {"t": T, "x": X[:NY], "y": Y}
        data = load_solutions(npz(tmp_path / "a.npz", u=u, **grid))
        assert np.array_equal(data.read([0])[0, ..., 0], u[0])
        assert "The axes of x and y have the same length; the order (sample, t, x, y) is assumed." in data.origin.notes
        x, y = np.meshgrid(X[:NY], Y, indexing="xy")
        data = load_solutions(npz(tmp_path / "b.npz", u=u.swapaxes(2, 3), x=x, y=y, t=T))
        assert np.array_equal(data.read([0])[0, ..., 0], u[0])
        swapped = load_solutions(npz(tmp_path / "c.npz", u=u.transpose(2, 3, 1, 0), **grid))
        assert "the order (x, y, t, sample) is assumed" in swapped.origin.warnings[0]

    def test_cubes_are_not_guessed(self, tmp_path):
        u = U[:, :, :NT, :NT]
        data = load_solutions(npz(tmp_path / "a.npz", u=u, t=T, x=X[:NT], y=Y[:NT]))
        assert "the usual one, (sample, t, x, y), is assumed" in data.origin.warnings[0]
        with pytest.raises(DataError, match=r"u \(10, 10, 10, 3\) can be read in several orders .* Store it as"):
            load_solutions(npz(tmp_path / "b.npz", u=np.moveaxis(u, 0, -1), t=T, x=X[:NT], y=Y[:NT]))

    def test_complex(self, tmp_path):
        for kind, write in WRITERS.items():
            path = write(tmp_path / f"a.{kind}", psi=U + 1j * V, **PLANE)
            data = load_solutions(path)
            assert (data.unknowns, data.info.complex) == (("psi_r", "psi_i"), ("psi",))
            assert np.array_equal(data.read([0])[0], np.stack([U[0], V[0]], -1))
            assert load_solutions(path, unknown="psi").unknowns == ("psi_r", "psi_i")
            assert load_solutions(path, unknown="psi_i").unknowns == ("psi_i",)
        waves = npz(tmp_path / "b.npz", psi=(U + 1j * V)[..., 0], t=T, x=X)
        assert np.array_equal(load_trajectories(waves, field="psi_i").read([0])[0], V[0, ..., 0])

    def test_other_arrays(self, tmp_path):
        """Derivatives, other versions and constants are no unknowns."""
        path = npz(
            tmp_path / "a.npz", u=U, v=V, u_y=U, v_noisy=V + 1, depth=np.ones((NX, NY)), mean=np.ones(NT), **PLANE
        )
        assert both(path).origin.notes[0].startswith("Not read, as derivatives or other versions")

    @pytest.mark.parametrize(
        ("arrays", "said"),
        [
            ({"u": U, "v": V[..., 1:]}, r"u \(3, 10, 16, 12\) and v \(3, 10, 16, 11\) are not on one grid"),
            ({"u": U[..., 1:]}, r"'u' \(3, 10, 16, 11\) has two or more dimensions of space.*no coordinates that fit"),
            ({"u": U, "x": X[::-1] ** 2}, "is not equally spaced and increasing"),
            (
                {"u": np.where(np.arange(N)[:, None, None, None] == 1, np.nan, U)},
                r"1 of 3 samples are bad .*1 \(not finite",
            ),
            ({"text": np.array(["a", "b"])}, "no array of two dimensions or more that can be u"),
            ({"u": np.zeros(U.shape)}, "3 of 3 samples are bad"),
        ],
    )
    @pytest.mark.parametrize("kind", WRITERS)
    def test_refused(self, tmp_path, run, kind, arrays, said):
        if kind == "h5" and "text" in arrays:
            arrays = {"text": np.bytes_("a")}
        path = WRITERS[kind](tmp_path / f"a.{kind}", **{**PLANE, **arrays})
        with pytest.raises(DataError, match=said):
            load_solutions(path)
        before = sorted(tmp_path.iterdir())
        code, out, err = run("discover", str(path))
        assert (code, out) == (3, "")
        assert err.startswith("symgen: error: ")
        assert sorted(tmp_path.iterdir()) == before


class TestOrdinaryEquations:
    @pytest.mark.parametrize("kind", WRITERS)
    def test_arrays(self, tmp_path, kind):
        data = load_solutions(WRITERS[kind](tmp_path / f"a.{kind}", q1=Q, q2=P, t=T))
        assert np.array_equal(data.read(range(N)), np.stack([Q, P], -1))
        assert (data.unknowns, data.space) == (("q1", "q2"), ())
        assert (
            "trajectories (sample, time) of ordinary differential equations, with 3 samples" in data.origin.warnings[0]
        )
        single = load_solutions(WRITERS[kind](tmp_path / f"b.{kind}", q1=Q[0], q2=P[0], t=T))
        assert np.array_equal(single.read([0])[0], np.stack([Q[0], P[0]], -1))
        assert single.origin.warnings == ()

    def test_derivatives_are_no_unknowns(self, tmp_path):
        data = load_solutions(npz(tmp_path / "a.npz", q=Q, q_t=P, q_noisy=P, t=T))
        assert data.unknowns == ("q",)
        assert "by their names: q_t, q_noisy" in data.origin.notes[0]
        assert load_solutions(tmp_path / "a.npz", unknown="q_t").unknowns == ("q_t",)

    def test_unknowns_named_like_coordinates(self, tmp_path):
        """As those of the Lorenz system."""
        for name, arrays in {"a": (Q, P, Q * P), "b": (Q[0], P[0], Q[0] * P[0])}.items():
            data = load_solutions(npz(tmp_path / f"{name}.npz", **dict(zip("xyz", arrays, strict=True)), t=T))
            assert (data.unknowns, data.shape) == (("x", "y", "z"), (NT,))
            assert np.array_equal(data.read([0])[0, :, 0], Q[0])

    def test_columns(self, tmp_path):
        rows = [
            f"{i},{t!r},{q!r},{p!r}"
            for i in range(N)
            for t, q, p in zip(T.tolist(), Q[i].tolist(), P[i].tolist(), strict=True)
        ]
        for name in ("trajectory", "sample", "run"):
            (tmp_path / "a.csv").write_text("\n".join([f"{name},t,q1,q2", *rows[::-1]]))
            data = load_solutions(tmp_path / "a.csv")
            assert np.array_equal(data.read(range(N)), np.stack([Q, P], -1))
            assert (data.unknowns, data.origin.warnings) == (("q1", "q2"), ())
        (tmp_path / "b.csv").write_text("\n".join(["time,x,y", *(row.partition(",")[2] for row in rows[:NT])]))
        data = load_solutions(tmp_path / "b.csv")
        assert (data.unknowns, len(data)) == (("x", "y"), 1)
        (tmp_path / "c.csv").write_text("\n".join(["t,q", *(",".join(row.split(",")[1:3]) for row in rows[:NT])]))
        assert load_solutions(tmp_path / "c.csv").unknowns == ("q",)

    def test_what_lacks_x_is_no_ordinary_equation(self, tmp_path):
        for arrays in ({"u": U[0, :, :, 0]}, {"u": Q}, {"q": U[..., 0]}):
            with pytest.raises(DataError, match="where x begins and ends"):
                load_solutions(npz(tmp_path / "a.npz", **arrays, t=T))

    def test_refused(self, tmp_path):
        path = npz(tmp_path / "a.npz", q1=Q, q2=P, t=T)
        with pytest.raises(DataError, match=r"holds q1, q2 of .sample, t.: trajectories of an ordinary differential"):
            load_trajectories(path)
        with pytest.raises(DataError, match="not on one grid"):
            load_solutions(npz(tmp_path / "b.npz", q1=Q, q2=P[0], t=T))
        with pytest.raises(DataError, match="is not equally spaced"):
            load_solutions(npz(tmp_path / "c.npz", q1=Q, q2=P, t=T**2))


class TestLongForm:
    def test_planes(self, tmp_path):
        t, x, y = (own.ravel() for own in np.meshgrid(T, X, Y, indexing="ij"))
        rows = np.column_stack([y, x, t, U[0].ravel(), V[0].ravel()])
        draw = np.random.default_rng(0).permutation(len(rows))
        np.savetxt(tmp_path / "a.csv", rows[draw], delimiter=",", header="y,x,t,u,v", comments="", fmt="%.17g")
        data = load_solutions(tmp_path / "a.csv")
        assert np.array_equal(data.read([0])[0], np.stack([U[0], V[0]], -1))
        np.savetxt(tmp_path / "b.csv", rows[1:], delimiter=",", header="y,x,t,u,v", comments="", fmt="%.17g")
        with pytest.raises(DataError, match="no full grid"):
            load_solutions(tmp_path / "b.csv")


class TestTheWell:
    def test_scalars_and_vectors(self, tmp_path):
        data = load_solutions(well(tmp_path / "a.h5"))
        assert data.unknowns == ("pressure", "velocity_x", "velocity_y")
        assert np.array_equal(data.read(range(N)), np.stack([U, V, U - V], -1))
        assert [axis.periodic for axis in data.axes] == [False, True, False]
        assert data.origin.notes == ("Not read, as they do not vary in time: depth.",)
        assert load_solutions(tmp_path / "a.h5", unknown="velocity").unknowns == ("velocity_x", "velocity_y")
        assert load_solutions(tmp_path / "a.h5", unknown="velocity_y").unknowns == ("velocity_y",)
        with pytest.raises(DataError, match="no field 'w'"):
            load_solutions(tmp_path / "a.h5", unknown="w")

    def test_axes_that_are_absent(self, tmp_path):
        path = well(tmp_path / "a.h5", t0_fields__pressure=U[0, :, :, 0])
        with h5py.File(path, "a") as file:
            file["t0_fields/pressure"].attrs.update({"sample_varying": False, "dim_varying": [True, False]})
        data = load_solutions(path)
        assert np.array_equal(data.read([2])[0, ..., 0], np.broadcast_to(U[0, :, :, :1], U[0].shape))

    def test_tensors(self, tmp_path):
        stress = np.random.default_rng(0).normal(size=(*U.shape, 2, 2))
        with h5py.File(well(tmp_path / "a.h5"), "a") as file:
            file["t2_fields/D"] = stress
        data = load_solutions(tmp_path / "a.h5")
        assert data.unknowns[3:] == ("D_xx", "D_xy", "D_yx", "D_yy")
        assert np.array_equal(data.read([1])[0, ..., 4], stress[1, ..., 0, 1])

    @pytest.mark.parametrize(
        ("changed", "said"),
        [
            (
                {"t0_fields__pressure": U[:, :, 1:]},
                r"has shape \(3, 10, 15, 12\), but there are 10 times, 16 points, 12",
            ),
            ({"t0_fields__pressure": U[1:]}, "different numbers of samples"),
            ({"t1_fields__velocity": U}, r"expected \(sample, time, x, y, component\)"),
            ({"dimensions__x": X**2}, "'dimensions/x' is not equally spaced"),
            ({"dimensions__time": T[::-1] ** 2}, "'dimensions/time' is not equally spaced"),
            ({"t0_fields__pressure": np.where(U > 0, np.inf, U)}, "3 of 3 samples are bad"),
        ],
    )
    def test_refused(self, tmp_path, run, changed, said):
        path = well(tmp_path / "a.h5", **changed)
        with pytest.raises(DataError, match=said):
            load_solutions(path)
        assert run("inspect", str(path))[0] == (0 if "samples are bad" in said and "3 of 3" not in said else 3)

    def test_what_is_missing(self, tmp_path):
        with h5py.File(well(tmp_path / "a.h5"), "a") as file:
            del file["dimensions/y"]
        with pytest.raises(DataError, match="'dimensions' lacks 'y'"):
            load_solutions(tmp_path / "a.h5")
        with h5py.File(well(tmp_path / "b.h5"), "a") as file:
            del file["t0_fields/pressure"], file["t1_fields/velocity"]
        with pytest.raises(DataError, match="no field that varies in time"):
            load_solutions(tmp_path / "b.h5")


class TestPDEBench:
    def test_reaction_diffusion(self, tmp_path):
        data = load_solutions(reaction_diffusion(tmp_path / "a.h5"))
        assert (data.unknowns, data.shape) == (("u", "v"), (NT, NX, NY))
        assert np.allclose(data.read(range(N)), np.stack([U, V], -1), atol=1e-6)
        assert not any(axis.periodic for axis in data.axes)
        assert load_solutions(tmp_path / "a.h5", unknown="1").unknowns == ("v",)
        assert load_solutions(tmp_path / "a.h5", unknown="v").unknowns == ("v",)

    def test_shallow_water(self, tmp_path):
        data = load_solutions(reaction_diffusion(tmp_path / "a.h5", channels=(V,)))
        assert (data.unknowns, data.axis("y").length) == (("u",), pytest.approx(Y[-1]))

    def test_flow(self, tmp_path):
        path = fluid(tmp_path / "a.h5", Vx=U, Vy=V, density=U + V)
        data = load_solutions(path)
        assert data.unknowns == ("Vx", "Vy", "density")
        assert np.array_equal(data.read([1])[0], np.stack([U, V, U + V], -1)[1])
        assert load_solutions(path, unknown="Vy").unknowns == ("Vy",)

    @pytest.mark.parametrize(
        ("write", "said"),
        [
            (lambda path: reaction_diffusion(path, y=Y[1:]), "there are 10 times, 16 points and 11 points"),
            (lambda path: reaction_diffusion(path, y=Y**2), "'grid/y' is not equally spaced"),
            (lambda path: fluid(path, Vx=U, Vy=V[..., 1:]), r"'Vx' has shape .*, but 'Vy' has \(3, 10, 16, 11\)"),
            (lambda path: fluid(path, Vx=U[..., 1:]), "there are 10 times, 16 points and 12 points"),
            (lambda path: reaction_diffusion(path, channels=(U * np.nan,)), "3 of 3 samples are bad"),
        ],
    )
    def test_refused(self, tmp_path, write, said):
        with pytest.raises(DataError, match=said):
            load_solutions(write(tmp_path / "a.h5"))


class TestNetCDF:
    @pytest.mark.parametrize("write", [classic_netcdf, modern_netcdf])
    def test_dimensions_by_name(self, tmp_path, write):
        data = both(write(tmp_path / "a.nc", u=U, v=V))
        assert data.origin.units == {"u": "m/s", "v": "m/s"}
        both(
            write(tmp_path / "b.nc", ("y", "time", "sample", "x"), u=U.transpose(3, 1, 0, 2), v=V.transpose(3, 1, 0, 2))
        )

    @pytest.mark.parametrize("write", [classic_netcdf, modern_netcdf])
    def test_squares_have_names(self, tmp_path, write, monkeypatch):
        monkeypatch.setitem(globals(), "X", X[:NY])
        square = U[..., :NY, :]
        data = load_solutions(write(tmp_path / "a.nc", ("sample", "time", "y", "x"), u=square.swapaxes(2, 3)))
        assert np.array_equal(data.read([1])[0, ..., 0], square[1])


class TestCommandLine:
    def test_inspect(self, run, tmp_path):
        path = str(well(tmp_path / "a.h5"))
        code, out, _ = run("inspect", path)
        assert code == 0
        for text in ("The Well", "10 times x 16 points in x x 12 points in y", "periodic with length 4", "velocity_y"):
            assert text in " ".join(out.split())
        document = json.loads(run("inspect", path, "--json")[1])
        assert [own["name"] for own in document["unknowns"]] == ["pressure", "velocity_x", "velocity_y"]
        assert document["unknowns"][1]["mean"] == pytest.approx(V.mean())
        assert document["axes"][1] == pytest.approx(
            {"name": "x", "first": 0.0, "last": 3.75, "points": 16, "step": 0.25, "length": 4.0, "periodic": True}
            | {name: document["axes"][1][name] for name in ("ends", "resolution", "unit")}
        )
        assert (document["samples"], document["skipped"]) == (3, 0)
        one = json.loads(run("inspect", path, "--u", "velocity_x", "--json")[1])
        assert len(one["unknowns"]) == 1
        assert "left out" in one["warnings"][0]

    def test_inspect_bad_samples(self, run, tmp_path):
        u = U.copy()
        u[1, 2, 3, 4] = np.nan
        document = json.loads(run("inspect", str(npz(tmp_path / "a.npz", u=u, v=V, **PLANE)), "--json")[1])
        assert (document["samples"], document["skipped"]) == (2, 1)
        assert "1 (not finite)" in document["notes"][0]

    def test_inspect_ordinary_equations_and_complex_unknowns(self, run, tmp_path):
        code, out, _ = run("inspect", str(npz(tmp_path / "a.npz", q1=Q, q2=P, t=T)))
        assert code == 0
        assert "q2" in out
        code, out, _ = run("inspect", str(npz(tmp_path / "b.npz", psi=(U + 1j * V)[..., 0], t=T, x=X)))
        assert code == 0
        assert "psi = psi_r + I*psi_i" in out

    def test_inspect_with_equations(self, run, tmp_path):
        path = str(npz(tmp_path / "a.npz", u=U, v=V, **PLANE))
        given = ("--equation", "u_t = c*lap(u)", "--equation", "v_t - v_xx", "--param", "c=2")
        code, out, err = run("inspect", path, *given, "--json")
        document = json.loads(out)
        assert (code, document["equations"]) == (0, ["u_t = c*lap(u)", "v_t - v_xx"])
        assert document["parameters"] == {"c": 2}
        assert len(document["residual"]["relative"]) == 2
        code, out, err = run("inspect", path, *given)
        assert code == 0
        for text in ("v_t - v_xx = 0", "c = 2", "own residual"):
            assert text in out
        few = {"u": U[:, :4], "v": V[:, :4], **PLANE, "t": T[:4]}
        code, out, err = run("inspect", str(npz(tmp_path / "b.npz", **few)), *given)
        assert (code, "own residual" in out) == (0, False)
        assert "How well the data solve the equations is not known" in err

    @pytest.mark.parametrize(
        ("arguments", "said"),
        [
            (["--equation", "w_t = w_x"], "the unknown w, which the data lack"),
            (["--param", "c=1"], "nothing with parameters"),
            (["--equation", "u_t = u_x", "--param", "c=1"], "c"),
        ],
    )
    def test_inspect_refuses_equations(self, run, tmp_path, arguments, said):
        code, out, err = run("inspect", str(npz(tmp_path / "a.npz", u=U, v=V, **PLANE)), *arguments)
        assert (code, out) == (2, "")
        assert said in err

    @pytest.mark.parametrize(
        ("arrays", "said"),
        [
            (
                {"u": U[..., 0], "v": V[..., 0], "t": T, "x": X},
                "several arrays that can be u: u (3, 10, 16), v (3, 10, 16)",
            ),
            ({"u": U, **PLANE}, "u of (sample, t, x, y), with 2 space dimensions (x, y)"),
            ({"psi": (U + 1j * V)[..., 0], "t": T, "x": X}, "choose it with --u NAME"),
        ],
    )
    def test_what_is_no_trajectory_is_told(self, run, tmp_path, arrays, said):
        path = npz(tmp_path / "a.npz", **arrays)
        with pytest.raises(DataError, match=re.escape(said)) as told:
            load_trajectories(path)
        assert f"`symgen inspect {path}` shows what it holds." in str(told.value)
        code, out, err = run("augment", "--data", str(path))  # which takes systems, too, but has no equations here
        assert (code, out) == (3, "")
        assert "--equation" in err
        assert [file.name for file in tmp_path.iterdir()] == ["a.npz"]
