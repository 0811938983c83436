import numpy as np
import pytest
import torch
from conftest import DATA

from symgen.exceptions import DataError, UsageError
from symgen.points.names import distinct, identifier, shared_names
from symgen.points.reading import dependence, read_points

DRAW = np.random.default_rng(0)
X = DRAW.normal(size=(60, 3))
RADIUS = (X**2).sum(1)


@pytest.fixture
def file(tmp_path):
    """`file("a.npz", X=..., y=...)`, `file("a.npy", array)` or `file("a.csv", text)` -> its path."""

    def write(name, content=None, **arrays):
        path = tmp_path / name
        if name.endswith(".npz"):
            np.savez(path, **arrays)
        elif name.endswith(".npy"):
            np.save(path, content)
        elif name.endswith(".mat"):
            from scipy.io import savemat

            savemat(path, arrays)
        else:
            path.write_text(content)
        return path

    return write


def csv(columns, header=True, delimiter=","):
    """Text of a table from its columns by name."""
    rows = [delimiter.join(map(str, row)) for row in zip(*columns.values(), strict=True)]
    return "\n".join(([delimiter.join(columns)] if header else []) + rows) + "\n"


XYZ = dict(zip("xyz", X.T, strict=True))


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


class TestClasses:
    def classes(self, file, values, **options):
        points, target = read_points(file("a.npz", X=X, y=values), ["y"], **options)
        return target, points.notes

    @pytest.mark.parametrize(
        ("values", "names", "why"),
        [
            (np.where(RADIUS > 2, "far", "near"), ("far", "near"), "it is text"),
            (RADIUS > 2, ("False", "True"), "it is true or false"),
            ((RADIUS > 2).astype(int), ("0", "1"), "2 whole numbers"),
            (np.floor(np.clip(RADIUS, 0, 2.5)), ("0", "1", "2"), "3 whole numbers"),
        ],
    )
    def test_guessed(self, file, values, names, why):
        target, notes = self.classes(file, values)
        assert target.classes == names
        assert target.values.dtype == torch.int64
        assert [target.classes[place] for place in target.values] == [
            f"{v:g}" if isinstance(v, float) else str(v) for v in values.tolist()
        ]
        assert any("taken as" in note and why in note for note in notes)

    def test_as_the_user_says(self, file):
        target, notes = self.classes(file, (RADIUS > 2).astype(int), classes=False)
        assert (target.classes, target.values.dtype, notes) == (None, torch.float64, ())
        target, notes = self.classes(file, np.round(3 * X[:, 0]), classes=True)
        assert len(target.classes) > 6
        assert notes == ()
        assert self.classes(file, RADIUS > 2, classes=False)[0].values.max() == 1

    def test_numbers_are_numbers(self, file):
        assert self.classes(file, RADIUS)[0].classes is None
        assert self.classes(file, np.arange(60))[0].classes is None

    def test_refused(self, file):
        with pytest.raises(DataError, match="60 different values at 60 points are no classes"):
            self.classes(file, RADIUS, classes=True)
        with pytest.raises(DataError, match="it is text, such as"):
            self.classes(file, np.where(RADIUS > 2, "far", "near"), classes=False)
        with pytest.raises(UsageError, match="one --target"):
            read_points(file("a.npz", X=X, y=RADIUS, z=RADIUS), ["y", "z"], inputs=["X"], classes=True)


class TestExpressions:
    def test_of_columns(self, file):
        path = file("a.npz", X=X, m=RADIUS, q=RADIUS + 1)
        target = read_points(path, ["sqrt(m^2 + q)"], inputs=["X"])[1]
        assert np.allclose(target.values[:, 0], np.sqrt(RADIUS**2 + RADIUS + 1))
        assert target.names == ("sqrt_m_squared_q",)

    def test_its_columns_are_no_inputs(self, file):
        points, _ = read_points(file("a.csv", csv({**XYZ, "m": RADIUS})), ["log(m)"])
        assert points.names == ("x", "y", "z")

    def test_of_inputs_that_are_named(self, file):
        points, target = read_points(file("a.csv", csv(XYZ)), ["x^2 + y^2"], columns=["x", "y", "z"])
        assert points.names == ("x", "y", "z")
        assert np.allclose(target.values[:, 0], X[:, 0] ** 2 + X[:, 1] ** 2)

    @pytest.mark.parametrize(
        ("formula", "error", "message"),
        [
            ("log(x)", DataError, "no real value in .* rows, first in row"),
            ("m**2 + mas", UsageError, "unknown name 'mas'"),
            ("__import__('os')", UsageError, "The expression"),
            ("3", DataError, "it is constant"),
            ("x*s", UsageError, "s is text"),
        ],
    )
    def test_refused(self, file, formula, error, message):
        path = file("a.csv", csv({**XYZ, "m": RADIUS, "s": ["a"] * 60}))
        with pytest.raises(error, match=message):
            read_points(path, [formula])

    def test_arrays_of_vectors(self, file):
        with pytest.raises(UsageError, match=r"X is of shape \(60, 3\)"):
            read_points(file("a.npz", X=X, y=RADIUS), ["X*y"])


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

    def test_images_are_no_particles(self, file):
        with pytest.raises(UsageError, match=r"as images are. Find .* `symgen discover"):
            read_points(file("a.npz", images=np.zeros((60, 8, 8), np.uint8), f=RADIUS), ["f"])

    def test_outputs_and_coordinates_have_different_names(self, file):
        points, target = read_points(file("a.npz", X=X, y=RADIUS), ["y"], columns=["x", "y", "z"])
        assert not set(points.names) & set(target.names)


class TestBadData:
    def test_constant_target(self, file):
        with pytest.raises(DataError, match="--target y: it is 2 at all 60 points"):
            read_points(file("a.npz", X=X, y=np.full(60, 2.0)), ["y"])
        with pytest.raises(DataError, match="--target y: it is 'a' at all 60 points"):
            read_points(file("a.npz", X=X, y=np.full(60, "a")), ["y"])

    @pytest.mark.parametrize("value", [np.nan, np.inf])
    def test_not_finite(self, file, value):
        x, y = X.copy(), RADIUS.copy()
        x[[4, 7], 1], y[7], y[20] = value, value, value
        path = file("a.npz", X=x, y=y)
        with pytest.raises(DataError, match=r"3 of 60 rows .* in X2 \(2\), y \(2\): row 5, 8, 21. Use --skip-bad"):
            read_points(path, ["y"])
        points, target = read_points(path, ["y"], skip_bad=True)
        assert points.count == len(target.values) == 57
        assert "They are left out." in points.notes[0]

    def test_nothing_is_left(self, file):
        with pytest.raises(DataError, match="None is left"):
            read_points(file("a.npz", X=X * np.nan, y=RADIUS), ["y"], skip_bad=True)

    def test_missing_labels(self, file):
        text = csv({**XYZ, "s": ["", "a", "b"] * 20})
        with pytest.raises(DataError, match=r"20 of 60 rows .* s \(20\)"):
            read_points(file("a.csv", text), ["s"])
        assert read_points(file("a.csv", text), ["s"], skip_bad=True)[1].classes == ("a", "b")

    def test_text_in_inputs(self, file):
        text = csv({**XYZ, "f": RADIUS}).replace(str(X[2, 1]), "n.a.?")
        with pytest.raises(DataError, match=r"'y' is text in 1 of 60 rows, first 'n.a.\?' in row 3"):
            read_points(file("a.csv", text), ["f"])

    def test_complex(self, file):
        with pytest.raises(DataError, match="'X' has complex numbers"):
            read_points(file("a.npz", X=X + 1j, y=RADIUS), ["y"])
        with pytest.raises(DataError, match="'y' is complex"):
            read_points(file("a.npz", X=X, y=RADIUS + 1j), ["y"])

    def test_objects_are_never_unpickled(self, file):
        path = file("a.npz", X=X, y=np.array([{}] * 60, dtype=object))
        with pytest.raises(DataError, match="'y' cannot be the target: it holds Python objects"):
            read_points(path, ["y"])

    @pytest.mark.parametrize(
        ("name", "content", "message"),
        [
            ("a.csv", "", "is empty"),
            ("a.csv", "x,y,z\n", "it has a header, but no rows"),
            ("a.csv", "x,x,z\n1,2,3\n4,5,6\n", "two columns have the same name 'x'"),
            ("a.csv", "x,y\n1,2\n1,2,3\n", "row 2 has 3 entries, the first one 2"),
            ("a.npy", np.zeros((0, 3)), "is empty"),
        ],
    )
    def test_tables(self, file, name, content, message):
        with pytest.raises(DataError, match=message):
            read_points(file(name, content))

    def test_no_file(self, tmp_path):
        with pytest.raises(DataError, match="no such file"):
            read_points(tmp_path / "a.csv")

    def test_constant_input(self, file):
        with pytest.raises(DataError, match=r"z is 1 at all points: .* Leave it out"):
            read_points(file("a.npz", x=X[:, 0], y=X[:, 1], z=np.ones(60), f=RADIUS), ["f"])

    def test_the_same_column_twice(self, file):
        with pytest.raises(DataError, match="x and w are the same column twice"):
            read_points(file("a.npz", **XYZ, w=X[:, 0], f=RADIUS), ["f"])

    def test_too_few(self, file):
        with pytest.raises(DataError, match="4 points with 3 coordinates are too few"):
            read_points(file("a.npz", X=X[:4], y=RADIUS[:4]), ["y"])

    def test_dependent_coordinates(self, file):
        points, _ = read_points(file("a.npz", **XYZ, w=X.sum(1), f=RADIUS), ["f"])
        assert "plane of 3 dimensions" in dependence(points)
        assert dependence(read_points(file("a.npz", **XYZ, f=RADIUS), ["f"])[0]) is None


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
