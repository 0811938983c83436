import json
from contextlib import suppress
from pathlib import Path

import h5py
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from symgen.exceptions import DataError, SymgenError, UsageError
from symgen.pde.trajectories import Trajectories, TrajectoryInfo, check_uniform, file_sha256, load_trajectories

X, T = np.arange(8) * 0.5, np.linspace(2.0, 5.0, 4)
U = np.random.default_rng(0).normal(size=(3, 4, 8))
INFO = TrajectoryInfo(
    equation="u_t - nu*u_xx",
    name="heat",
    parameters={"nu": 0.1},
    length=4.0,
    seed=3,
    solver="exact",
    settings={"nx": 8, "dropped": [], "resolution": 1e-9, "max_step": None},
)


def write(path, tensor=U, x=X, t=T, **extra):
    """A bare file in the layout of PDEBench; None leaves a dataset out."""
    with h5py.File(path, "w") as file:
        for name, value in {"tensor": tensor, "x-coordinate": x, "t-coordinate": t, **extra}.items():
            if value is not None:
                file[name] = value
    return path


def changed(index, value):
    u = U.copy()
    u[index] = value
    return u


@pytest.fixture
def path(tmp_path):
    return tmp_path / "data.h5"


@pytest.fixture(scope="module")
def saved(tmp_path_factory):
    """(bytes of a sound file, a path to write damaged copies to)."""
    path = tmp_path_factory.mktemp("trajectories") / "sound.h5"
    Trajectories.from_arrays(U, X, T, INFO).save(path)
    return path.read_bytes(), path.with_name("damaged.h5")


class TestSaveAndLoad:
    def test_exact(self, path):
        Trajectories.from_arrays(U, X, T, INFO).save(path)
        loaded = load_trajectories(path)
        assert len(loaded) == 3
        assert np.array_equal(loaded.read([0, 1, 2]), U)
        assert np.array_equal(loaded.read([2, 0]), U[[2, 0]])
        assert np.array_equal(np.concatenate(list(loaded.batches(2))), U)
        assert np.array_equal(loaded.x, X)
        assert np.array_equal(loaded.t, T)
        assert loaded.info == INFO
        assert loaded.source == str(path)
        assert loaded.sha256 == file_sha256(path)

    def test_layout_of_pdebench(self, path):
        Trajectories.from_arrays(U, X, T, INFO).save(path)
        with h5py.File(path) as file:
            assert set(file) == {"tensor", "x-coordinate", "t-coordinate"}
            assert file["tensor"].dtype == np.float64
            assert json.loads(file.attrs["symgen"])["parameters"] == {"nu": 0.1}

    def test_text_beyond_ascii(self, path):
        info = INFO.model_copy(update={"solver": "Krämer–Łoś"})
        Trajectories.from_arrays(U, X, T, info).save(path)
        assert load_trajectories(path).info == info

    def test_kept_samples_only(self, path, tmp_path):
        write(path, changed(1, 0.0))
        load_trajectories(path, skip_bad=True).save(tmp_path / "good.h5")
        assert np.array_equal(load_trajectories(tmp_path / "good.h5").read([0, 1]), U[[0, 2]])

    def test_replaces_only_with_force(self, path):
        trajectories = Trajectories.from_arrays(U, X, T, INFO)
        trajectories.save(path)
        before = path.read_bytes()
        with pytest.raises(UsageError, match="exists already"):
            trajectories.save(path)
        assert path.read_bytes() == before
        Trajectories.from_arrays(2 * U, X, T, INFO).save(path, force=True)
        assert np.array_equal(load_trajectories(path).read([0]), 2 * U[:1])
        assert [p.name for p in path.parent.iterdir()] == [path.name]

    def test_from_arrays_checks_shapes(self):
        for wrong in (U[0], U[:, 1:], U[..., 1:]):
            with pytest.raises(DataError, match=r"expected \(sample, 4 times, 8 points\)"):
                Trajectories.from_arrays(wrong, X, T, INFO)


class TestForeignFiles:
    def test_without_attribute(self, path):
        loaded = load_trajectories(write(path, U.astype("f4"), X.astype("f4"), T.astype("f4")))
        assert loaded.info.equation is None
        assert loaded.info.length == pytest.approx(4.0)
        assert loaded.read([1]).dtype == np.float64
        assert np.allclose(loaded.read([1]), U[[1]])

    def test_extra_time(self, path):
        """PDEBench stores one time more than it has frames."""
        loaded = load_trajectories(write(path, t=np.linspace(2.0, 6.0, 5)))
        assert np.array_equal(loaded.t, T)

    def test_other_datasets_are_ignored(self, path):
        assert len(load_trajectories(write(path, notes=np.arange(3)))) == 3

    def test_single_precision_coordinates(self, path):
        x = np.linspace(0, 1, 1024, endpoint=False) + 1 / 2048
        loaded = load_trajectories(write(path, np.ones((1, 4, 1024)), x.astype("f4")))
        assert loaded.info.length == pytest.approx(1, rel=1e-3)

    def test_length_of_open_data_is_not_judged(self, path):
        with h5py.File(write(path), "a") as file:
            file.attrs["symgen"] = json.dumps({"length": 3.5, "periodic": False})
        assert load_trajectories(path).info.length == 3.5
        assert load_trajectories(path).period == 4.0

    def test_one_trajectory_of_whole_numbers_backwards(self, path):
        loaded = load_trajectories(write(path, (10 * U[0]).astype(int)[::-1], t=T[::-1]))
        assert np.array_equal(loaded.read([0])[0], (10 * U[0]).astype(int))
        assert np.array_equal(loaded.t, T)
        assert "t is decreasing in the file; it is turned round, and u with it." in loaded.origin.notes

    def test_text_attribute_of_any_kind(self, path):
        write(path)
        for text in (INFO.model_dump_json(), np.bytes_(INFO.model_dump_json())):
            with h5py.File(path, "a") as file:
                file.attrs["symgen"] = text
            assert load_trajectories(path).info == INFO


class TestRefused:
    @pytest.mark.parametrize(
        ("change", "message"),
        [
            (
                {"tensor": None},
                r"no array .* that can be u \(time, x\). It has t-coordinate \(4,\), x-coordinate \(8,\)",
            ),
            ({"x": None}, r"'tensor' has shape \(3, 4, 8\).* nothing says where x begins and ends. Add --x FROM:TO"),
            ({"tensor": None, "t": None}, "no array of two dimensions"),
            ({"tensor": U[..., None, None]}, "more than one dimension of space"),
            ({"tensor": U.astype("S3")}, "'tensor' is |S3"),
            ({"tensor": U[..., 1:]}, r"shape \(3, 4, 7\), but there are 4 times and 8 points"),
            ({"tensor": U[:, 2:]}, r"shape \(3, 2, 8\)"),
            ({"x": X**2}, "'x-coordinate' is not equally spaced and increasing.*Interpolate"),
            ({"t": np.full(4, 1.0)}, "'t-coordinate' is not equally spaced"),
            ({"x": np.where(X == 1, np.nan, X)}, "'x-coordinate' has 8 entries, or some .* not finite"),
            ({"tensor": U[:, :1], "t": T[:1]}, "'t-coordinate' has 1 entries"),
            (
                {"tensor": changed((1, 2, 3), np.nan)},
                r"1 of 3 samples are bad \(counted from 0\): 1 \(not finite\).*--skip-bad",
            ),
            ({"tensor": changed((0, 0, 0), np.inf)}, r"0 \(not finite\)"),
            ({"tensor": changed(2, 0.0)}, r"1 of 3 samples are bad \(counted from 0\): 2 \(all zero\)"),
            ({"tensor": np.zeros((20, 4, 8))}, r"20 of 20 samples are bad \(counted from 0\): .*7 \(all zero\) \.\.\."),
            ({"tensor": np.zeros((0, 4, 8))}, "no good sample"),
        ],
    )
    def test_layout(self, path, change, message):
        with pytest.raises(DataError, match=message) as caught:
            load_trajectories(write(path, **change))
        assert str(path) in str(caught.value)

    def test_skip_bad(self, path):
        loaded = load_trajectories(write(path, changed((1, 2, 3), np.nan)), skip_bad=True)
        assert list(loaded.kept) == [0, 2]
        assert np.array_equal(loaded.read([0, 1]), U[[0, 2]])
        assert [len(batch) for batch in loaded.batches(1)] == [1, 1]

    def test_none_left(self, path):
        with pytest.raises(DataError, match="no good sample is left"):
            load_trajectories(write(path, 0 * U), skip_bad=True)

    def test_missing(self, path):
        with pytest.raises(DataError, match=r"no such file.*symgen simulate"):
            load_trajectories(path)
        with pytest.raises(DataError, match="is a folder"):
            load_trajectories(path.parent)

    def test_not_hdf5(self, path):
        for content, said in (
            (b"", "is empty: it is not an HDF5 file"),
            (bytes(range(256)), "of no kind that symgen reads"),
        ):
            path.write_bytes(content)
            with pytest.raises(DataError, match=said):
                load_trajectories(path)

    def test_group_for_a_dataset(self, path):
        write(path, tensor=None)
        with h5py.File(path, "a") as file:
            file.create_group("tensor")
        with pytest.raises(DataError, match="no array of two dimensions"):
            load_trajectories(path)

    @pytest.mark.parametrize(
        ("attribute", "message"),
        [
            ("{", "'symgen' is not valid"),
            ("{}", "'symgen' is not valid"),
            (json.dumps({"length": 1.0, "colour": 1}), "'symgen' is not valid"),
            (json.dumps({"length": 0.0}), "'symgen' is not valid"),
            (json.dumps({"length": float("nan")}), "'symgen' is not valid"),
            (json.dumps({"length": 3.5}), "its period is given as 3.5, but its 8 points in x cover 4"),
            (3.0, "'symgen' is not text"),
            (np.arange(3), "'symgen' is not text"),
        ],
    )
    def test_attribute(self, path, attribute, message):
        with h5py.File(write(path), "a") as file:
            file.attrs["symgen"] = attribute
        with pytest.raises(DataError, match=message):
            load_trajectories(path)

    def test_check_uniform(self):
        check_uniform(np.linspace(0, 1, 5), "x")
        with pytest.raises(DataError, match=r"^grid is not equally spaced"):
            check_uniform(np.array([0.0, 1.0, 2.5]), "grid")


class TestDamage:
    @given(st.floats(0, 1, exclude_max=True))
    @settings(max_examples=100, deadline=None)
    def test_truncated(self, saved, fraction):
        content, path = saved
        path.write_bytes(content[: int(fraction * len(content))])
        with pytest.raises(DataError, match=r"truncated|not an HDF5 file"):
            load_trajectories(path)

    @given(st.lists(st.tuples(st.floats(0, 1, exclude_max=True), st.integers(0, 7)), min_size=1, max_size=4))
    @settings(max_examples=300, deadline=None)
    def test_flipped_bits(self, saved, flips):
        content, path = bytearray(saved[0]), Path(saved[1])
        for fraction, bit in flips:
            content[int(fraction * len(content))] ^= 1 << bit
        path.write_bytes(content)
        try:
            loaded = load_trajectories(path)
        except SymgenError as error:
            refusal = str(error)
        else:
            refusal = None
            assert np.isfinite(loaded.read(range(len(loaded)))).all()
        assert refusal is None or str(path) in refusal

    @pytest.mark.parametrize("name", [b"tensor", b"x-coordinate", b"t-coordinate"])
    def test_names_that_are_no_text(self, saved, name):
        """One flipped bit makes bytes of a name that are no UTF-8, of its beginning or its end."""
        content, path = saved
        for place in (0, -1):
            wrong = bytearray(name)
            wrong[place] ^= 1 << 7
            Path(path).write_bytes(content.replace(name, bytes(wrong)))
            with suppress(DataError):  # what is left may still be told by its shape
                assert np.isfinite(load_trajectories(path).read([0])).all()


class TestUniformGrids:
    """How unequal steps may be follows from the precision of the coordinates."""

    STEPS = np.arange(40) * 0.1

    @pytest.mark.parametrize("origin", [0, 100, 1e4, 1e6, 1e9])
    def test_equal_steps(self, origin):
        check_uniform(origin + self.STEPS, "t")
        check_uniform(origin + np.arange(40.0), "t")

    @pytest.mark.parametrize("origin", [0.0, 100.0])
    def test_in_single_precision(self, origin):
        check_uniform((origin + self.STEPS).astype(np.float32).astype(float), "t")

    @pytest.mark.parametrize("origin", [0, 1000, 1e6, 1e9])
    @pytest.mark.parametrize("change", ["graded", "random", "decreasing once"])
    def test_unequal_steps_anywhere(self, origin, change):
        grid = {
            "graded": self.STEPS**1.1,
            "random": np.sort(np.random.default_rng(0).uniform(0, 4, 40)),
            "decreasing once": np.where(np.arange(40) == 7, 0.55, self.STEPS),
        }[change]
        with pytest.raises(DataError, match="not equally spaced and increasing"):
            check_uniform(origin + grid, "t")

    def test_steps_that_single_precision_does_not_show(self):
        with pytest.raises(DataError, match="which its precision does not show"):
            check_uniform((1e6 + self.STEPS).astype(np.float32).astype(float), "t")
