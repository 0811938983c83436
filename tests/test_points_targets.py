import numpy as np
import pytest
import torch
from point_files import RADIUS, XYZ, X, csv, writer

from symgen.exceptions import DataError, UsageError
from symgen.points.reading import dependence, read_points


@pytest.fixture
def file(tmp_path):
    """See `point_files.writer`."""
    return writer(tmp_path)


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
            read_points(file("a.npz", x=X[:, 0], y=X[:, 1], z=np.ones(60), f=RADIUS), ["f"], columns=["x", "z"])

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
