"""Augmentation of points: exact flows, one element of the group for a datum, what is refused."""

import json
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from point_generators import LORENTZ, METRIC, MOMENTA, artifact, fields, library_of, mass2, momenta, space_of
from torch.utils.data import DataLoader

from symgen.affine_flow import affine_matrices
from symgen.augmentation import AugmentedPoints, RandomPointSymmetry
from symgen.augmentation.point_mover import PointMover, of_points
from symgen.exceptions import DataError, UsageError
from symgen.flow import Flow, FlowError
from symgen.generators.artifact import load


@pytest.fixture(scope="module")
def data():
    return momenta()


@pytest.fixture(scope="module")
def lorentz(data):
    return fields(space_of(data, MOMENTA), LORENTZ)


def weights_of(seed, n, count, scale=0.5):
    random = torch.Generator().manual_seed(seed)
    return scale * (2 * torch.rand(n, count, generator=random, dtype=torch.float64) - 1)


class TestExactFlows:
    def test_lorentz_keeps_masses(self, data, lorentz):
        """Of the pair and of each particle, which one element of the group moves."""
        moved, _ = PointMover(lorentz)(data, weights_of(1, len(data), 6))
        size = data[..., 0].sum(1).square()
        assert ((mass2(moved) - mass2(data)).abs() / size).max() < 1e-12
        assert ((moved.square() @ METRIC - 0.01).abs() / moved[..., 0].square()).max() < 1e-12
        assert (moved - data).abs().max() > 1
        products = moved[:, 0] @ torch.diag(METRIC) @ moved[:, 1].T  # of different data: not of one element
        assert (products.diagonal() - (data[:, 0] * METRIC * data[:, 1]).sum(1)).abs().max() < 1e-9
        assert (products[0, 1:] - (data[0, 0] * METRIC * data[1:, 1]).sum(1)).abs().max() > 1

    def test_group_law(self, data, lorentz):
        """exp(2 V) is exp(V) twice, exp(-V) undoes it, and one boost adds rapidities."""
        mover, weights = PointMover(lorentz), weights_of(2, len(data), 6, 0.3)
        once, _ = mover(data, weights)
        twice, _ = mover(once, weights)
        torch.testing.assert_close(twice, mover(data, 2 * weights)[0], rtol=1e-12, atol=1e-11)
        torch.testing.assert_close(mover(once, -weights)[0], data, rtol=1e-12, atol=1e-11)
        boost = torch.zeros(len(data), 6, dtype=torch.float64)
        boost[:, 2] = 0.7
        e, _, _, pz = data.unbind(-1)
        wanted = torch.cosh(torch.tensor(0.7)).double() * e + torch.sinh(torch.tensor(0.7)).double() * pz
        torch.testing.assert_close(mover(data, boost)[0][..., 0], wanted, rtol=1e-6, atol=0)

    def test_translations_and_any_origin(self):
        """Affine fields, in formulas and as a library whose coordinates are far from 0."""
        points = torch.randn(40, 3, 2, dtype=torch.float64) + torch.tensor([1000.0, -50.0]).double()
        space = space_of(points, ("x", "y"))
        closed = fields(space, [["1", "0"], ["0", "1"], ["-y", "x"], ["x - 1000", "y + 50"]])
        own = library_of(closed, points.flatten(0, 1))
        matrices = affine_matrices(own)
        assert matrices is not None
        assert matrices.shape == (4, 3, 3)
        weights = weights_of(3, 40, 4, 0.2)
        flat = points.flatten(0, 1)
        each = weights.repeat_interleave(3, 0)
        torch.testing.assert_close(
            PointMover(own)(points, weights)[0].flatten(0, 1),
            Flow(own, "dopri5", rtol=1e-12, atol=1e-12)(flat, 1.0, each),
            rtol=1e-11,
            atol=1e-8,
        )

    def test_other_fields_flow_too(self):
        """dx/ds = x^2 has x / (1 - s x) as its flow, and none beyond s = 1 / x."""
        points = torch.linspace(0.5, 1, 20, dtype=torch.float64)[:, None]
        square = fields(space_of(points, ("x",)), [["x**2"]])
        moved, _ = PointMover(square)(points, torch.full((20, 1), 0.5))
        torch.testing.assert_close(moved, points / (1 - 0.5 * points), rtol=1e-9, atol=0)
        with pytest.raises(FlowError, match="smaller"):
            PointMover(square)(points, torch.full((20, 1), 1.5))


class TestDataset:
    def test_originals_then_copies(self, data, lorentz):
        labels = mass2(data)
        made = AugmentedPoints(data, lorentz, labels, copies=3, scale=0.2)
        assert len(made) == 200
        for place in (0, 49):
            assert (made[place][0] == data[place]).all()
        assert [made.source(place) for place in (0, 49, 50, 52, 53, 199)] == [0, 49, 0, 0, 1, 49]
        point, label = made[51]
        assert label == labels[0]
        assert (point - data[0]).abs().max() > 1e-3
        assert abs(mass2(point[None])[0] - label) < 1e-9
        assert (made[-1][0] == made[199][0]).all()
        for place in (200, -201):
            with pytest.raises(IndexError):
                made[place]

    def test_deterministic_by_index(self, data, lorentz):
        """Whatever else is asked for, in whatever order, and however many copies there are."""
        made = AugmentedPoints(data, lorentz, copies=3, seed=7)
        torch.rand(5)
        again, more = AugmentedPoints(data, lorentz, copies=3, seed=7), AugmentedPoints(data, lorentz, copies=5, seed=7)
        order = torch.randperm(len(made)).tolist()
        together = dict(zip(order, made.batch(order)[0], strict=True))
        for place in (60, 61, 140):
            torch.testing.assert_close(again[place], together[place], rtol=1e-13, atol=1e-12)
        source, copy = divmod(140 - 50, 3)
        torch.testing.assert_close(more[50 + 5 * source + copy], made[140], rtol=1e-13, atol=1e-12)
        other = AugmentedPoints(data, lorentz, copies=3, seed=8)
        assert (other[60] - made[60]).abs().max() > 1e-3

    def test_loaders_ask_for_batches(self, data, lorentz):
        made = AugmentedPoints(data.float(), lorentz, torch.arange(50), copies=1)
        batches = list(DataLoader(made, batch_size=32))
        assert [tuple(points.shape) for points, _ in batches] == [(32, 2, 4)] * 3 + [(4, 2, 4)]
        assert torch.cat([labels for _, labels in batches]).tolist() == [*range(50), *range(50)]
        assert batches[0][0].dtype == torch.float32
        assert batches[0][1].dtype == torch.int64

    def test_types(self, data, lorentz):
        """Float32 data move in float64 and are rounded once; numpy arrays and plain vectors do as well."""
        single = AugmentedPoints(data.float(), lorentz, copies=2, scale=0.5)
        double = AugmentedPoints(data.float().double().numpy(), lorentz, copies=2, scale=0.5)
        places = range(len(single))
        assert (single.batch(places)[0] == double.batch(places)[0].float()).all()
        vectors = AugmentedPoints(data[:, 0], lorentz, copies=1, dtype=torch.float32)
        assert vectors[60].shape == (4,)
        assert vectors[60].dtype == torch.float32
        assert AugmentedPoints(data, lorentz, copies=0).batch([3, 4])[0].equal(data[3:5])

    @pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a CUDA device")
    def test_cuda(self, data, lorentz):
        there = AugmentedPoints(data, lorentz, mass2(data), copies=1, device="cuda")
        here = AugmentedPoints(data, lorentz, copies=1)
        points, labels = there.batch([60, 61])
        assert points.device.type == labels.device.type == "cuda"
        torch.testing.assert_close(points.cpu(), here.batch([60, 61])[0])
        transform = RandomPointSymmetry(library_of(lorentz, data.flatten(0, 1))).to("cuda")
        assert transform(data.cuda()).device.type == "cuda"


class TestEquivariance:
    """f(z) = |z| z of the plane: outputs turn with the points, and grow with the square of a dilation."""

    @pytest.fixture
    def points(self):
        return torch.randn(60, 1, 2, generator=torch.Generator().manual_seed(0), dtype=torch.float64)

    @pytest.fixture
    def found(self, points):
        rows = [["-y", "x", "-v", "u"], ["x", "y", "2*u", "2*v"]]
        return artifact(rows, points, ("x", "y", "u", "v"), outputs=self.f(points[:, 0]))

    @staticmethod
    def f(z):
        return z.norm(dim=-1, keepdim=True) * z

    def test_labels_move_along(self, points, found):
        z = points[:, 0]
        made = AugmentedPoints(z, found, self.f(z), copies=2, scale=0.4)
        moved, outputs = made.batch(range(60, 180))
        torch.testing.assert_close(outputs, self.f(moved), rtol=1e-10, atol=1e-10)
        assert (outputs - self.f(z).repeat_interleave(2, 0)).abs().max() > 0.1
        assert made.batch([3])[1].equal(self.f(z)[3:4])
        single = AugmentedPoints(z, found, self.f(z), dtype=torch.float32)
        assert {tensor.dtype for place in (3, 70) for tensor in single[place]} == {torch.float32}

    def test_transform(self, points, found):
        z = points[:, 0].float()
        moved, outputs = RandomPointSymmetry(found, scale=0.4)(z, self.f(z))
        torch.testing.assert_close(outputs, self.f(moved), rtol=1e-5, atol=1e-5)
        with pytest.raises(UsageError, match="outputs"):
            RandomPointSymmetry(found)(z)
        with pytest.raises(UsageError, match=r"\(60, 2\)"):
            RandomPointSymmetry(found)(z, self.f(z)[:, :1])
        with pytest.raises(UsageError, match="outputs"):
            AugmentedPoints(z, found)

    def test_plain_generators_say_how_many_outputs(self, points, found):
        z = points[:, 0]
        moved, outputs = RandomPointSymmetry(found.generators, scale=0.4, outputs=2)(z, self.f(z))
        torch.testing.assert_close(outputs, self.f(moved), rtol=1e-10, atol=1e-10)
        with pytest.raises(UsageError, match="leave none"):
            RandomPointSymmetry(found.generators, outputs=4)


class TestTransform:
    def test_every_datum_by_an_element_of_its_own(self, lorentz):
        data = momenta(1).expand(20, -1, -1)
        moved = RandomPointSymmetry(lorentz, scale=0.3)(data)
        assert moved.shape == data.shape
        torch.testing.assert_close(mass2(moved), mass2(data), rtol=1e-10, atol=1e-9)
        assert moved.std(0).min() > 0.01
        torch.manual_seed(3)
        first = RandomPointSymmetry(lorentz)(data)
        torch.manual_seed(3)
        assert RandomPointSymmetry(lorentz)(data).equal(first)

    def test_types_and_gradients(self, data, lorentz):
        transform = RandomPointSymmetry(lorentz)
        assert transform(data.float()).dtype == torch.float32
        assert transform(data[:, 0].bfloat16()).dtype == torch.bfloat16
        own = data.clone().requires_grad_()
        transform(own).sum().backward()
        assert own.grad.abs().max() > 0
        assert transform(data[:0]).shape == (0, 2, 4)
        assert RandomPointSymmetry(lorentz, scale=0.0)(data).equal(data)


class TestSelection:
    @pytest.mark.parametrize("formulas", [True, False])
    def test_symmetries_alone(self, data, formulas, tmp_path):
        statuses = ["exact"] * 3 + ["approximate", "none", "none"]
        artifact(LORENTZ, data, MOMENTA, statuses, formulas).save(tmp_path / "some.safetensors")
        found = load(tmp_path / "some.safetensors")
        mover = PointMover(found)
        assert mover.generators.count == 4
        assert len(mover.names) == 4
        assert mover.matrices is not None  # exactly, also beyond the data
        assert len(mover.left_out) == 2
        assert "defect 5.0e-01, no symmetry" in mover.left_out[0][1]
        moved, _ = mover(100 * data, weights_of(4, len(data), 4, 1.0))
        torch.testing.assert_close(mass2(moved), 1e4 * mass2(data), rtol=1e-8, atol=1e-5)
        assert PointMover(found, max_defect=1.0).generators.count == 6
        assert PointMover(found.generators).generators.count == 6

    def test_fitted_fields_are_held_beyond_their_data(self):
        """Of degree 2 they would carry points off in finite time."""
        points = torch.rand(60, 1, 1, dtype=torch.float64)
        found = artifact([["x**2"]], points, ("x",), formulas=False, degree=2)
        mover = PointMover(found)
        moved, _ = mover(points[:, 0], torch.full((60, 1), 3.0))
        assert moved.max() < 10
        assert mover.matrices is None

    def test_none_is_refused(self, data):
        found = artifact(LORENTZ, data, MOMENTA, ["none"] * 6)
        for refused in (lambda: AugmentedPoints(data, found), lambda: RandomPointSymmetry(found)):
            with pytest.raises(DataError, match="No generator is valid enough") as error:
                refused()
            assert "lps" not in str(error.value)

    def test_generators_of_something_else(self):
        from symgen.generators.domains import PdeDomain

        domain = PdeDomain(equation="u_t", name=None, parameters={}, length=1, data_periodic=True, periodic_fields=True)
        with pytest.raises(UsageError, match=r"act on solutions .*, not on points"):
            of_points(SimpleNamespace(metadata=SimpleNamespace(domain=domain)))


class TestShapes:
    @pytest.mark.parametrize("shape", [(4,), (5, 3), (5, 4, 2), (5, 2, 2, 4), ()])
    def test_wrong(self, lorentz, shape):
        for refused in (lambda z: RandomPointSymmetry(lorentz)(z), lambda z: AugmentedPoints(z, lorentz)):
            with pytest.raises(UsageError, match="E, px, py, pz last"):
                refused(torch.ones(shape))

    def test_particles_of_a_file(self, data):
        found = artifact(LORENTZ, data, MOMENTA)
        for wrong in (data[:, 0], torch.cat([data, data], 1)):
            with pytest.raises(UsageError, match="2 particles"):
                RandomPointSymmetry(found)(wrong)
        assert RandomPointSymmetry(found.generators)(data[:, 0]).shape == (50, 4)

    def test_numbers(self, data, lorentz):
        with pytest.raises(TypeError, match="floating"):
            RandomPointSymmetry(lorentz)(torch.ones(5, 4, dtype=torch.long))
        bad = data.clone()
        bad[3, 1, 2] = np.nan
        with pytest.raises(DataError, match="not finite"):
            AugmentedPoints(bad, lorentz)
        with pytest.raises(UsageError, match="labels"):
            AugmentedPoints(data, lorentz, torch.ones(49))
        with pytest.raises(UsageError, match="copies"):
            AugmentedPoints(data, lorentz, copies=-1)
        for scale in (-0.1, float("nan"), float("inf")):
            with pytest.raises(UsageError, match="scale"):
                RandomPointSymmetry(lorentz, scale=scale)
        with pytest.raises(UsageError, match=r"symgen\.load"):
            RandomPointSymmetry("generators.safetensors")


class TestFile:
    @pytest.fixture
    def folder(self, terminal, tmp_path, data):
        """Generators of the mass of pairs, and the pairs."""
        artifact(LORENTZ, data, MOMENTA).save(tmp_path / "pairs.safetensors")
        mass = mass2(data).sqrt().numpy()
        np.savez(tmp_path / "pairs.npz", momenta=data.numpy(), mass=mass, run=np.arange(50), about=np.array("GeV"))
        return tmp_path

    def test_arrays_keep_their_names(self, folder, data, run):
        arguments = ("augment", "--generators", "pairs.safetensors", "--data", "pairs.npz", "--copies", "3")
        code, out, err = run(*arguments, "-o", "more.npz", "--json")
        assert (code, err) == (0, "")
        document = json.loads(out)
        with np.load(folder / "more.npz", allow_pickle=False) as file:
            more = dict(file)
        assert {name: list(array.shape) for name, array in more.items()} == document["arrays"]
        assert (more["momenta"][:50] == data.numpy()).all()
        assert (more["source"] == [*range(50), *np.repeat(np.arange(50), 3)]).all()
        assert (more["run"] == more["source"]).all()
        wanted = mass2(torch.from_numpy(more["momenta"])).sqrt().numpy()
        np.testing.assert_allclose(more["mass"], wanted, rtol=1e-9)
        assert not more["coefficients"][:50].any()
        assert abs(more["coefficients"][50:]).max() <= 0.1
        same = AugmentedPoints(data, load(folder / "pairs.safetensors"), copies=3)
        torch.testing.assert_close(same[123], torch.from_numpy(more["momenta"][123]))
        assert document["expected_change"] == pytest.approx(6**0.5 * 1e-16 / 3**0.5, rel=0.01)
        assert document["moved"] == ["momenta"]
        code, out, _ = run(*arguments)
        assert code == 0
        assert "150 of 50 points" in out
        assert (folder / "augmented.npz").is_file()
        assert run(*arguments)[0] == 2  # it exists

    def test_tables(self, folder, data, run):
        """Columns in another order, beside others; of particles, one after the other."""
        plane = torch.randn(60, 1, 2, dtype=torch.float64)
        artifact([["-y", "x"]], plane, ("x", "y")).save("turn.safetensors")
        x, y = plane[:, 0].T.numpy()
        rows = np.stack([np.arange(60), y, np.hypot(x, y), x], 1)
        np.savetxt("plane.csv", rows, delimiter=",", header="number,y,r,x", comments="")
        assert run("augment", "--generators", "turn.safetensors", "--data", "plane.csv", "--scale", "2")[0] == 0
        with np.load("augmented.npz") as more:
            np.testing.assert_allclose(np.hypot(more["x"], more["y"]), more["r"], rtol=1e-12)
            assert abs(more["x"][60:] - np.repeat(x, 16)).max() > 0.5
            assert (more["number"] == more["source"]).all()
        flat = data.flatten(1).numpy()
        names = ",".join(f"{name}{place}" for place in (1, 2) for name in MOMENTA)
        np.savetxt("pairs.csv", flat, delimiter=",", header=names, comments="", fmt="%.17g")
        arguments = ("augment", "--generators", "pairs.safetensors", "--data", "pairs.csv", "--force")
        assert run(*arguments)[0] == 0
        with np.load("augmented.npz") as more:
            moved = torch.from_numpy(np.stack([more[name] for name in names.split(",")], 1)).unflatten(1, (2, 4))
            torch.testing.assert_close(mass2(moved), mass2(data)[more["source"]], rtol=1e-9, atol=1e-9)
        assert load("pairs.safetensors").metadata.domain.particles == 2

    def test_outputs_move(self, terminal, run):
        z = torch.randn(60, 2, dtype=torch.float64)
        f = z.norm(dim=1, keepdim=True) * z
        rows = [["-y", "x", "-f2", "f1"]]
        artifact(rows, z[:, None], ("x", "y", "f1", "f2"), outputs=f).save("turn.safetensors")
        np.savez("field.npz", z=z.numpy(), f=f.numpy().astype(np.float32))
        assert run("augment", "--generators", "turn.safetensors", "--data", "field.npz", "--scale", "2")[0] == 0
        with np.load("augmented.npz") as more:
            assert more["f"].dtype == np.float32
            wanted = np.linalg.norm(more["z"], axis=1, keepdims=True) * more["z"]
            np.testing.assert_allclose(more["f"], wanted, rtol=1e-5, atol=1e-6)
            assert abs(more["f"][60:] - np.repeat(more["f"][:60], 16, 0)).max() > 0.5
        np.savez("without.npz", z=z.numpy())
        code, _, err = run("augment", "--generators", "turn.safetensors", "--data", "without.npz", "--force")
        assert code == 2
        assert "--target" in err

    def test_refusals(self, folder, data, run):
        given = ("augment", "--generators", "pairs.safetensors")
        np.savez("three.npz", momenta=torch.cat([data, data[:, :1]], 1).numpy())
        np.savez("again.npz", momenta=data.numpy(), source=np.arange(50))
        bad = data.numpy().copy()
        bad[3, 0, 0] = np.nan
        np.savez("bad.npz", momenta=bad)
        artifact(LORENTZ, data, MOMENTA, ["none"] * 6).save("none.safetensors")
        for arguments, code, said in [
            ((*given,), 2, "--data"),
            ((*given, "--data", "pairs.npz", "-o", "more.h5"), 2, "--output more.npz"),
            ((*given, "--data", "pairs.npz", "--pde", "kdv"), 2, "--pde makes no sense for points"),
            ((*given, "--data", "three.npz"), 2, "2 particles"),
            ((*given, "--data", "three.npz", "--inputs", "momentum"), 2, "momenta"),
            ((*given, "--data", "nothing.npz"), 3, "no such file"),
            ((*given, "--data", "again.npz"), 3, "'source'"),
            ((*given, "--data", "bad.npz"), 3, "--skip-bad"),
            ((*given, "--data", "pairs.npz", "--copies", "-1"), 2, "--copies"),
            (("augment", "--generators", "none.safetensors", "--data", "pairs.npz"), 3, "No generator is valid enough"),
            (("augment", "--pde", "kdv", "--inputs", "momenta"), 2, "--inputs makes no sense for solutions"),
        ]:
            found, _, err = run(*arguments)
            assert (found, said in err) == (code, True), (arguments, err)
        assert run(*given, "--data", "bad.npz", "--skip-bad")[0] == 0
        with np.load("augmented.npz") as more:
            assert more["momenta"].shape == (49 * 17, 2, 4)

    def test_what_else_is_in_the_file(self, terminal, run):
        """What follows from the points and changes with them is false where it is copied as it is: that is said."""
        points = momenta(400)
        artifact(LORENTZ, points, MOMENTA).save("pairs.safetensors")
        columns = {"momenta": points, "f": mass2(points), "pt": points[..., 1:3].norm(dim=2), "run": torch.arange(400)}
        np.savez("pairs.npz", **{name: column.numpy() for name, column in columns.items()})
        given = ("augment", "--generators", "pairs.safetensors", "--data", "pairs.npz", "--copies", "2", "--force")
        code, out, _ = run(*given, "--inputs", "momenta", "--json")
        document = json.loads(out)
        carried, doubts = document["carried"], " ".join(document["doubts"])
        assert code == 0
        assert carried["f"] < 1e-9
        assert carried["pt"] > 0.1
        assert carried["run"] is None
        assert "pt is copied as it is, but moved points have other values" in doubts
        assert "f is copied" not in doubts
        code, _, err = run(*given, "--inputs", "momenta", "--target", "pt", "--scale", "0.8")
        assert code == 3
        assert "no symmetries of it" in err

    def test_fields_that_are_no_symmetries(self, folder, data, run):
        """They are used on request only; what they do is said, or refused where it is too much."""
        artifact(LORENTZ, data, MOMENTA, ["none"] * 6).save("none.safetensors")
        given = ("augment", "--generators", "none.safetensors", "--data", "pairs.npz", "--max-defect", "1", "--force")
        code, _, err = run(*given, "--scale", "0.6")
        assert code == 0
        assert "expected to change f by 0.4" in err
        code, _, err = run(*given, "--scale", "1.2")
        assert code == 3
        assert "--allow-invalid" in err
        assert run(*given, "--scale", "1.2", "--allow-invalid")[0] == 0
        code, _, err = run(*given, "--scale", "2")  # further than any points were moved
        assert code == 0
        assert "not known" in err
