"""CSV and other text: a matrix, or columns in long form, however people write them."""

from __future__ import annotations

import numpy as np
import pytest

from symgen.discovery.axis_order import in_order
from symgen.discovery.source import find_source
from symgen.exceptions import DataError
from symgen.pde.trajectories import load_trajectories

pytestmark = pytest.mark.usefixtures("terminal")

NT, NX = 12, 20
X, T = np.arange(NX) * 0.25, np.linspace(0.5, 1.6, NT)
U = np.exp(-T[:, None]) * np.cos(2 * np.pi / 5 * X) + 0.3 * np.sin(4 * np.pi / 5 * X - T[:, None])
ROWS = np.stack([np.tile(X, NT), np.repeat(T, NX), U.ravel()], 1)
SHUFFLED = np.random.default_rng(0).permutation(len(ROWS))


def lines(rows, delimiter=",", form="%.17g"):
    return [delimiter.join(form % value for value in row) for row in rows]


def write(path, *parts):
    path.write_text("\n".join([*parts, ""]), encoding="utf-8")
    return path


def same(data, u=U, x=X, t=T, tolerance=1e-12):
    assert np.allclose(data.read([0])[0], u, rtol=0, atol=tolerance)
    assert np.allclose(data.x, x)
    assert np.allclose(data.t, t)
    return data


class TestLongForm:
    @pytest.mark.parametrize("delimiter", [",", ";", "\t", " ", "   ", ", ", "|"])
    def test_delimiters(self, tmp_path, delimiter):
        for place, header in enumerate((["x", "t", "u"], None)):
            top = [delimiter.join(header)] if header else []
            data = load_trajectories(write(tmp_path / f"{place}.dat", *top, *lines(ROWS[SHUFFLED], delimiter)))
            same(data)
            assert (data.alternative is None) == (header is not None)

    def test_columns_in_any_order(self, tmp_path):
        rows = ROWS[SHUFFLED][:, [2, 1, 0]]
        same(load_trajectories(write(tmp_path / "a.csv", "temperature,Time,Position", *lines(rows))))
        same(load_trajectories(write(tmp_path / "b.csv", '"u","t","x"', *lines(rows))))
        same(
            load_trajectories(write(tmp_path / "c.csv", "value,seconds,metres", *lines(rows)), x="metres", t="seconds")
        )

    def test_units_in_a_header(self, tmp_path):
        same(load_trajectories(write(tmp_path / "a.csv", "T [K],t (s),x [m]", *lines(ROWS[SHUFFLED][:, [2, 1, 0]]))))

    @pytest.mark.parametrize("comment", ["#", "%", "//"])
    def test_names_in_a_comment(self, tmp_path, comment):
        top = [f"{comment} made by a solver, version 3", "", f"{comment} t x u"]
        same(load_trajectories(write(tmp_path / "a.txt", *top, *lines(ROWS[:, [1, 0, 2]], " "))))

    def test_what_spreadsheets_write(self, tmp_path):
        rows = [f"{i};{line}".replace(".", ",") for i, line in enumerate(lines(ROWS, ";"))]
        path = tmp_path / "a.csv"
        path.write_bytes(("\r\n".join([";x;t;u", *rows, ""])).encode("utf-8-sig"))  # index, decimal commas, BOM
        same(load_trajectories(path))
        path.write_text("\n".join(["x\tt\tu", *lines(ROWS, "\t")]), encoding="utf-16")
        same(load_trajectories(path))

    @pytest.mark.parametrize("name", ["id", "", "index", "Row"])
    @pytest.mark.parametrize("first", [0, 1])
    def test_a_column_that_counts_the_rows(self, tmp_path, name, first):
        counted = [f"{place},{line}" for place, line in enumerate(lines(ROWS), first)]
        same(load_trajectories(write(tmp_path / "a.csv", f"{name},x,t,u", *counted)))

    def test_numbers_of_fortran(self, tmp_path):
        same(
            load_trajectories(
                write(tmp_path / "a.dat", "x t u", *[line.replace("e", "D") for line in lines(ROWS, " ", "%.16e")])
            )
        )

    def test_few_decimals(self, tmp_path):
        x = np.arange(NX) / 7
        rows = np.stack([np.tile(np.round(x, 3), NT), np.repeat(T, NX), U.ravel()], 1)
        data = same(
            load_trajectories(write(tmp_path / "a.csv", "x,t,u", *lines(rows, form="%.6f"))),
            x=data_grid(x),
            tolerance=1e-6,
        )
        assert "x is written with few decimals; it is taken as equally spaced." in data.origin.notes

    def test_samples(self, tmp_path):
        rows = np.concatenate(
            [np.column_stack([np.full(len(ROWS), i), ROWS[:, :2], (i + 1) * ROWS[:, 2]]) for i in (0, 1)]
        )
        data = load_trajectories(write(tmp_path / "a.csv", "run,x,t,u", *lines(rows)))
        assert np.array_equal(data.read([1])[0], 2 * U)

    def test_points_that_are_missing(self, tmp_path):
        with pytest.raises(
            DataError, match=r"239 rows are no full grid: there are 12 of t, 20 of x \(1 of 240 combinations"
        ):
            load_trajectories(write(tmp_path / "a.csv", "x,t,u", *lines(ROWS[1:])))
        twice = ROWS.copy()
        twice[7] = ROWS[8]
        with pytest.raises(DataError, match=r"t = 0.5, x = 1.75 is missing, and others are there twice"):
            load_trajectories(write(tmp_path / "b.csv", "x,t,u", *lines(twice)))

    def test_points_that_are_no_grid(self, tmp_path):
        rows = np.random.default_rng(0).random((200, 3))
        with pytest.raises(DataError, match="no full grid"):
            load_trajectories(write(tmp_path / "a.csv", "x,t,u", *lines(rows)))

    def test_several_unknowns_and_a_plane(self, tmp_path):
        two = np.column_stack([ROWS, ROWS[:, 2] ** 2])
        with pytest.raises(DataError, match=r"u \(12, 20\), v \(12, 20\). Here one unknown"):
            load_trajectories(write(tmp_path / "a.csv", "x,t,u,v", *lines(two)))
        data = load_trajectories(tmp_path / "a.csv", field="v")
        assert np.allclose(data.read([0])[0], U**2)
        assert "left out: u (12, 20)" in data.origin.warnings[0]
        with pytest.raises(DataError, match=r"y \(12, 20\), u \(12, 20\). Here one unknown"):
            load_trajectories(write(tmp_path / "b.csv", "x,y,t,u", *lines(two[:, [0, 2, 1, 3]])))
        plane = [np.column_stack([ROWS, np.full(len(ROWS), y)]) for y in (0.0, 1.0, 2.0)]
        with pytest.raises(DataError, match=r"u of \(sample, t, x, y\), with 2 space dimensions \(x, y\)"):
            load_trajectories(write(tmp_path / "c.csv", "x,t,u,y", *lines(np.concatenate(plane))))

    def test_the_same_name_twice(self, tmp_path):
        with pytest.raises(DataError, match="two columns have the same name 'x'"):
            load_trajectories(write(tmp_path / "a.csv", "x,x,u", *lines(ROWS)))

    def test_without_names_the_equation_tells_x_from_t(self, tmp_path):
        x, t = np.linspace(0, 3, 41), np.linspace(0, 1, 31)
        u = np.exp(-0.3 * t[:, None]) * np.cos(x) + np.exp(-2.7 * t[:, None]) * np.sin(3 * x)
        rows = np.stack([np.repeat(t, 41), np.tile(x, 31), u.ravel()], 1)
        data, _ = find_source(None, write(tmp_path / "a.txt", *lines(rows, " ")), "u_t = 0.3*u_xx", {})
        same(data, u, x, t)
        assert "'column 1' is taken as t" in " ".join(data.origin.notes)


def data_grid(x):
    """The grid that points with three decimals are of."""
    return np.linspace(np.round(x[0], 3), np.round(x[-1], 3), len(x))


class TestMatrix:
    RANGES = {"x": f"0:{X[-1]}", "t": "0.5:1.6"}  # noqa: RUF012

    @pytest.mark.parametrize("delimiter", [",", ";", "\t", " "])
    def test_ranges(self, tmp_path, delimiter):
        path = write(tmp_path / "a.txt", "% u", *lines(U, delimiter))
        with pytest.raises(DataError, match=r"'u' has shape \(12, 20\).*Add --x FROM:TO --t FROM:TO"):
            load_trajectories(path)
        same(load_trajectories(path, **self.RANGES))

    def test_trailing_delimiter(self, tmp_path):
        same(load_trajectories(write(tmp_path / "a.csv", *[f"{line}," for line in lines(U)]), **self.RANGES))

    def test_coordinates_in_its_first_row_and_column(self, tmp_path):
        rows = [f"{t:.17g},{line}" for t, line in zip(T, lines(U), strict=True)]
        across = ",".join(f"{x:.17g}" for x in X)
        same(load_trajectories(write(tmp_path / "a.csv", f"t,{across}", *rows)))
        same(in_order(load_trajectories(write(tmp_path / "b.csv", f",{across}", *rows))))
        same(in_order(load_trajectories(write(tmp_path / "c.csv", f"nan,{across}", *rows))))
        same(in_order(load_trajectories(write(tmp_path / "d.csv", f"0,{across}", *rows))))

    def test_nan(self, tmp_path):
        for place, cell in enumerate(("nan", "", "NaN", "NA")):
            rows = lines(U)
            rows[3] = ",".join([cell, *rows[3].split(",")[1:]])
            with pytest.raises(DataError, match=r"1 of 1 samples are bad \(counted from 0\): 0 \(not finite\)"):
                load_trajectories(write(tmp_path / f"{place}.csv", *rows), **self.RANGES)
        rows = lines(ROWS)
        rows[5] = ",".join([*rows[5].split(",")[:2], ""])
        with pytest.raises(DataError, match="not finite"):
            load_trajectories(write(tmp_path / "long.csv", "x,t,u", *rows))
        rows[5] = "nan,1,2"
        with pytest.raises(DataError, match=r"long.csv: 'x' has values that are not finite"):
            load_trajectories(write(tmp_path / "long.csv", "x,t,u", *rows))

    def test_no_table(self, tmp_path):
        for content, said in (
            (["Dear reader,", "this is a letter."], "no table of numbers: row 1 has 'this"),
            (["1,2,3", "4,5"], "row 2 has 2 entries, the first one 3"),
            (["1,2,3", "4,five,6"], "row 2 has 'five'"),
            (["x,t,u"], "is text, but has no rows of numbers"),
            (["# nothing", ""], "is empty"),
            (["x,t,u,v", "1,2,3", "2,3,4"], "its header has 4 names, but its rows have 3 numbers"),
            (['{"u": [1, 2]}'], "no rows of numbers|no table of numbers"),
        ):
            with pytest.raises(DataError, match=said):
                load_trajectories(write(tmp_path / "a.csv", *content))
