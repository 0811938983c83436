import numpy as np
import pytest
from point_files import write_points

FAST = ("--no-figures", "--device", "cpu", "--force")


@pytest.fixture(autouse=True)
def folder(terminal):
    """Points of all kinds, in the folder where the command runs."""
    write_points()


class TestRefused:
    @pytest.mark.parametrize(
        ("arguments", "code", "message"),
        [
            ("--points 4096", 2, "it takes a file of points. How many points of the data are used is --n-points"),
            ("--points nothing.csv", 3, "nothing.csv: no such file"),
            ("nothing.csv --target y", 3, "nothing.csv: no such file"),
            ("kvd --target y", 2, "Did you mean"),
            ("--target y", 2, "Give --points FILE"),
            ("--points balls.npz kdv", 2, "two kinds of data"),
            ("--points balls.npz --data table.csv", 2, "two kinds of data"),
            ("balls.npz --data table.csv --target y", 2, "Give one file"),
            ("--points . --target y", 3, "is a folder"),
            ("--points balls.npz --target z", 2, "has no 'z'"),
            ("--points balls.npz", 2, "--inputs NAME"),
            ("--points balls.npz --target y --function json:loads", 2, "Give one of them"),
            ("--points balls.npz --inputs X --symmetry invariance", 2, "give --target NAME or --function"),
            ("--points balls.npz --inputs X --classes", 2, "say more about a --target"),
            ("--points table.csv --target target --columns x,,y", 2, "one of the names is empty"),
            ("--points balls.npz --target y --target y --symmetry density", 2, "one number"),
            ("--points balls.npz --target y --library cubic", 2, "cubic"),
            ("--points balls.npz --target y --degree 0", 2, "--degree 0"),
            ("--points balls.npz --target y --method network", 2, "--method network is not for points"),
            ("--points balls.npz --target y --preset paper", 2, "--preset"),
            ("--points balls.npz --target y --n-points 7", 2, "--n-points makes no sense for points"),
            ("--points balls.npz --target y --equation u_t", 2, "--equation makes no sense for points"),
            ("--points balls.npz --target y --extractor a", 2, "--extractor makes no sense for points"),
            ("--points balls.npz --target y --n-generators 99", 3, "99 generators were asked for"),
            ("kdv --target u", 2, "--target makes no sense for equations"),
            ("kdv --no-shared", 2, "--shared makes no sense for equations"),
            ("nls --columns u", 2, "--columns makes no sense for systems"),
            ("cifar10 --target u", 2, "--target makes no sense for images"),
            ("kdv --library linear", 2, "--library makes no sense"),
        ],
    )
    def test_options(self, run, arguments, code, message):
        got, out, err = run("discover", *arguments.split(), "--no-figures")
        assert (got, out) == (code, "")
        assert message in err

    @pytest.mark.parametrize("name", ["balls.npz", "table.csv", "cloud.npy"])
    def test_points_that_are_taken_for_solutions(self, run, name):
        code, _, err = run("discover", name)
        assert code == 3
        assert f"symgen discover --points {name}" in err

    def test_a_file_of_generators(self, run):
        file = "balls-generators.safetensors"
        assert run("discover", "balls.npz", "--target", "y", *FAST)[0] == 0
        code, _, err = run("discover", "--points", file)
        assert code == 2
        assert f"symgen inspect {file}" in err
        code, _, err = run("discover", "balls.npz", "--target", "y", "--no-figures")
        assert code == 2
        assert "--force" in err

    def test_data_are_not_replaced(self, run):
        assert run("discover", "balls.npz", "--target", "y", "-o", "balls.npz", *FAST)[0] == 2
        assert np.load("balls.npz")["y"].shape == (400,)
