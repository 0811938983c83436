import numpy as np
import pytest
import torch
from conftest import DATA
from point_files import DRAW, RADIUS, XYZ, X, csv, writer

from symgen.exceptions import DataError, UsageError
from symgen.points.names import distinct, identifier, shared_names
from symgen.points.reading import read_points


@pytest.fixture
def file(tmp_path):
    """See `point_files.writer`."""
    return writer(tmp_path)


class TestShapes:
    def test_array_and_target(self, file):
        points, target = read_points(file("a.npz", X=X, y=RADIUS), ["y"])
        assert points.names == ("X1", "X2", "X3")
        assert torch.equal(points.values, torch.from_numpy(X)[:, None])
        assert (target.names, target.words, target.classes) == (("y",), ("y",), None)
        assert torch.equal(target.values, torch.from_numpy(RADIUS)[:, None])

    def test_particles_share_their_coordinates(self, file):
        points, _ = read_points(file("a.npz", momenta=X.reshape(30, 3, 2), m=RADIUS[:30]), ["m"])
        assert (points.particles, points.dimension, points.names) == (3, 2, ("x1", "x2"))
        assert "30 points of 3 particles" in points.notes[0]
        assert "--no-shared" in points.notes[0]

    def test_particles_apart(self, file):
        momenta = X[:, None] * np.array([1.0, 2.0])[:, None] + np.arange(2)[:, None]
        path = file("a.npz", momenta=momenta, m=RADIUS)
        points, _ = read_points(path, ["m"], columns=["E", "p", "q"], shared=False)
        assert points.names == ("E_1", "p_1", "q_1", "E_2", "p_2", "q_2")
        assert torch.equal(points.values[:, 0], torch.from_numpy(momenta.reshape(60, 6)))

    def test_one_array_for_each_column(self, file):
        points, target = read_points(file("a.npz", **XYZ, f=RADIUS), ["f"])
        assert points.names == ("x", "y", "z")
        assert target.names == ("f",)

    def test_arrays_side_by_side(self, file):
        path = file("a.npz", q=X[:, :2], p=X[:, 1:] ** 2, energy=RADIUS)
        points, _ = read_points(path, ["energy"], inputs=["q", "p"])
        assert points.names == ("q1", "q2", "p1", "p2")

    def test_one_array_of_vectors(self, file):
        points, target = read_points(file("a.npy", X))
        assert points.names == ("x1", "x2", "x3")
        assert target is None

    def test_columns_without_names_get_them(self, file):
        path = file("a.npy", np.c_[X, RADIUS])
        points, target = read_points(path, ["f"], columns=["x", "y", "z", "f"])
        assert (points.names, target.words) == (("x", "y", "z"), ("f",))
        assert read_points(path, ["x4"])[0].names == ("x1", "x2", "x3")
        assert read_points(path, ["x4"], columns=["x1", "x2"])[0].names == ("x1", "x2")

    def test_several_targets(self, file):
        target = read_points(file("a.npz", X=X, y=X**2, g=RADIUS), ["y", "g"], inputs=["X"])[1]
        assert target.names == ("y1", "y2", "y3", "g")
        assert target.values.shape == (60, 4)

    def test_record_array(self, file):
        table = np.rec.fromarrays([*X.T, RADIUS], names="a,b,c,f")
        assert read_points(file("a.npy", table), ["f"])[0].names == ("a", "b", "c")

    def test_flat_table_of_particles(self, file):
        columns = {f"{name}{place}": DRAW.normal(size=60) for place in (1, 2) for name in ("E", "px")}
        path = file("a.csv", csv({**columns, "M": RADIUS}))
        points, _ = read_points(path, ["M"], particles=2)
        assert (points.values.shape, points.names) == ((60, 2, 2), ("E", "px"))
        assert float(points.values[3, 1, 0]) == columns["E2"][3]
        with pytest.raises(UsageError, match=r"4 coordinates .* cannot be divided"):
            read_points(path, ["M"], particles=3)
        with pytest.raises(UsageError, match="Give --particles K"):
            read_points(path, ["M"], shared=True)

    def test_dimuons(self):
        path = DATA / "dimuon.npz"
        if not path.is_file():
            pytest.skip("needs dimuon.npz")
        points, target = read_points(path, ["mass**2"], columns=["E", "px", "py", "pz"])
        assert (points.values.shape, points.names) == ((2304, 2, 4), ("E", "px", "py", "pz"))
        assert target.names == ("mass_squared",)
        total = points.values.sum(1)
        assert torch.allclose(total[:, 0] ** 2 - total[:, 1:].square().sum(1), target.values[:, 0], rtol=1e-4)


class TestKindsOfFiles:
    @pytest.mark.parametrize(("name", "delimiter"), [("a.csv", ","), ("a.tsv", "\t"), ("a.txt", " "), ("a.csv", ";")])
    def test_tables(self, file, name, delimiter):
        points, target = read_points(file(name, csv({**XYZ, "target": RADIUS}, delimiter=delimiter)), ["target"])
        assert points.names == ("x", "y", "z")
        assert np.allclose(points.values[:, 0], X)
        assert np.allclose(target.values[:, 0], RADIUS)

    def test_table_without_header(self, file):
        points, _ = read_points(file("a.csv", csv({**XYZ, "f": RADIUS}, header=False)), ["x4"])
        assert points.names == ("x1", "x2", "x3")

    def test_pandas_writes_an_index(self, file):
        points, _ = read_points(file("a.csv", csv({"": range(60), **XYZ, "f": RADIUS})), ["f"])
        assert points.names == ("x", "y", "z")
        assert any("counts the rows" in note for note in points.notes)

    def test_pandas_numbers_columns_without_names(self, file):
        points, _ = read_points(file("a.csv", csv(dict(zip("0123", [*X.T, RADIUS], strict=True)))), ["x4"])
        assert points.count == 60

    def test_text_beside_numbers_without_header(self, file):
        text = csv({**XYZ, "s": np.where(RADIUS > 2, "far", "near")}, header=False)
        points, target = read_points(file("a.csv", text), ["x4"])
        assert (points.count, target.classes) == (60, ("far", "near"))

    def test_names_become_identifiers(self, file):
        text = csv({"pt [GeV]": X[:, 0], "2nd": X[:, 1], "lambda": X[:, 2], "mass (GeV)": RADIUS})
        points, target = read_points(file("a.csv", text), ["mass (GeV)"])
        assert (points.names, target.names) == (("pt_GeV", "c2nd", "lambda_"), ("mass_GeV",))
        assert any("'pt [GeV]' pt_GeV" in note for note in points.notes)
        assert read_points(file("a.csv", text), ["mass_GeV^2"])[1].words == ("mass_GeV^2",)

    def test_quoted_labels(self, file):
        text = csv({**XYZ, "s": np.where(RADIUS > 2, '"jet, far #1"', '"jet, near #2"')})
        assert read_points(file("a.csv", text), ["s"])[1].classes == ("jet, far #1", "jet, near #2")

    def test_decimal_commas(self, file):
        text = csv({**XYZ, "f": RADIUS}, delimiter=";").replace(".", ",")
        assert np.allclose(read_points(file("a.csv", text), ["f"])[0].values[:, 0], X)

    def test_matlab(self, file):
        points, target = read_points(file("a.mat", X=X, y=RADIUS), ["y"])
        assert points.names == ("X1", "X2", "X3")
        assert target.values.shape == (60, 1)

    def test_hdf5(self, tmp_path):
        import h5py

        with h5py.File(tmp_path / "a.h5", "w") as handle:
            handle["X"], handle["y"] = X, RADIUS
        assert read_points(tmp_path / "a.h5", ["y"])[0].count == 60

    def test_torch(self, tmp_path):
        torch.save({"X": torch.from_numpy(X), "y": torch.from_numpy(RADIUS)}, tmp_path / "a.pt")
        assert read_points(tmp_path / "a.pt", ["y"])[0].count == 60

    def test_parquet(self, tmp_path):
        pa = pytest.importorskip("pyarrow")
        from pyarrow import parquet

        path = tmp_path / "a.parquet"
        species = np.where(RADIUS > 2, "far", "near")
        parquet.write_table(pa.table({**XYZ, "f": RADIUS, "species": species, "v": list(X)}), path)
        points, _ = read_points(path, ["f"], columns=["x", "y", "z"])
        assert np.allclose(points.values[:, 0], X)
        assert read_points(path, ["species"], inputs=["v"])[1].classes == ("far", "near")
        parquet.write_table(pa.table({"x": [1.0, None, 3.0] * 20, "f": RADIUS}), path)
        with pytest.raises(DataError, match=r"20 of 60 rows have numbers that are missing .* in x \(20\): row 2, 5"):
            read_points(path, ["f"])

    def test_parquet_without_pyarrow(self, tmp_path, monkeypatch):
        monkeypatch.setitem(__import__("sys").modules, "pyarrow", None)
        (tmp_path / "a.parquet").write_bytes(b"PAR1 and more PAR1")
        with pytest.raises(DataError, match=r"pip install 'symgen\[parquet\]'"):
            read_points(tmp_path / "a.parquet")


class TestChoice:
    def test_ambiguous(self, file):
        path = file("a.npz", X=X, Z=X[:, :2], y=RADIUS)
        with pytest.raises(UsageError, match=r"has X \(60, 3\), Z \(60, 2\). Say which .* --inputs NAME"):
            read_points(path, ["y"])
        assert read_points(path, ["y"], inputs=["Z"])[0].names == ("Z1", "Z2")

    def test_of_another_length(self, file):
        path = file("a.npz", X=X, Z=X[:30], y=RADIUS)
        assert read_points(path, ["y"])[0].names == ("X1", "X2", "X3")
        with pytest.raises(DataError, match="the target has 60 rows, the input 'Z' has 30"):
            read_points(path, ["y"], inputs=["Z"])
        with pytest.raises(DataError, match="no array of numbers for inputs with 59 rows"):
            read_points(file("b.npz", X=X, y=RADIUS[1:]), ["y"])

    @pytest.mark.parametrize(
        ("options", "message"),
        [
            ({"targets": ["mas"]}, "has no 'mas'; did you mean 'mass'"),
            ({"targets": ["Mass"]}, "did you mean 'mass'"),
            ({"targets": ["mass"], "columns": ["x", "w"]}, "--columns w: .* has no 'w'"),
            ({"targets": ["mass"], "inputs": ["xx"]}, "--inputs xx: .*did you mean 'x'"),
            ({"targets": ["mass"], "columns": ["x", "mass"]}, "both an input and the target"),
        ],
    )
    def test_unknown_names(self, file, options, message):
        with pytest.raises(UsageError, match=message):
            read_points(file("a.csv", csv({**XYZ, "mass": RADIUS})), **options)

    def test_names_for_an_array(self, file):
        path = file("a.npz", X=X, y=RADIUS)
        assert read_points(path, ["y"], columns=["E", "p", "q"])[0].names == ("E", "p", "q")
        with pytest.raises(UsageError, match="names is 2, but points have 3"):
            read_points(path, ["y"], columns=["E", "p"])
        with pytest.raises(UsageError, match="same name"):
            read_points(path, ["y"], columns=["E", "p", "p"])

    def test_columns_that_are_no_numbers_are_left_out(self, file):
        points, _ = read_points(file("a.csv", csv({**XYZ, "s": ["a"] * 60, "f": RADIUS})), ["f"])
        assert points.names == ("x", "y", "z")
        assert points.notes == ("Left out, as they are no numbers: s (text).",)

    def test_columns_that_count_the_rows_are_left_out(self, file):
        path = file("a.csv", csv({"id": range(7, 67), **XYZ, "f": RADIUS}))
        points, _ = read_points(path, ["f"])
        assert points.names == ("x", "y", "z")
        assert points.notes == ("Left out, as it counts the rows: id.",)
        assert read_points(path, ["f"], columns=["id", "x"])[0].names == ("id", "x")
        path = file("b.csv", csv({"id": DRAW.normal(size=60), **XYZ, "f": RADIUS}))
        assert read_points(path, ["f"])[0].names == ("id", "x", "y", "z")

    def test_columns_that_are_the_same_in_all_rows_are_left_out(self, file):
        path = file("a.csv", csv({"run": [7] * 60, **XYZ, "f": RADIUS}))
        points, _ = read_points(path, ["f"])
        assert points.names == ("x", "y", "z")
        assert points.notes == ("Left out, as it is the same in all rows: run.",)
        with pytest.raises(DataError, match="run is 7 at all points"):
            read_points(path, ["f"], columns=["run", "x"])

    def test_images_are_no_particles(self, file):
        with pytest.raises(UsageError, match=r"as images are. Find .* `symgen discover"):
            read_points(file("a.npz", images=np.zeros((60, 8, 8), np.uint8), f=RADIUS), ["f"])

    def test_outputs_and_coordinates_have_different_names(self, file):
        points, target = read_points(file("a.npz", X=X, y=RADIUS), ["y"], columns=["x", "y", "z"])
        assert not set(points.names) & set(target.names)


class TestNames:
    @pytest.mark.parametrize(
        ("text", "name"),
        [
            ("x", "x"),
            ("p_T/GeV", "p_T_GeV"),
            ("1st", "c1st"),
            ("pi", "pi_"),
            ("exp", "exp_"),
            ("a**2 + b^3", "a_squared_b_cubed"),
            ("a**25", "a_25"),
            ("η", "η"),
            ("x²", "x"),
            ("_x", "x"),
            ("", "column"),
        ],
    )
    def test_identifiers(self, text, name):
        assert identifier(text) == name

    def test_distinct(self):
        assert distinct(["a", "a", "b", "a"]) == ("a", "a_2", "b", "a_3")

    @pytest.mark.parametrize(
        ("groups", "names"),
        [
            ((("E1", "px1"), ("E2", "px2")), ("E", "px")),
            ((("mu1_pt", "mu1_eta"), ("mu2_pt", "mu2_eta")), ("mu_pt", "mu_eta")),
            ((("x_1", "y_1"), ("x_2", "y_2"), ("x_3", "y_3")), ("x", "y")),
            ((("a", "b"), ("c", "d")), None),
            ((("x1", "x2"), ("x3", "x4")), None),
        ],
    )
    def test_of_particles(self, groups, names):
        assert shared_names(groups) == names
