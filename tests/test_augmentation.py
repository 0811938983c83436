import math
import pickle
from dataclasses import replace

import h5py
import numpy as np
import pytest
import sympy
import torch

from symgen.augmentation import AugmentedTrajectories, RandomSymmetry
from symgen.augmentation.file import AugmentationSettings, load_augmented, write_augmented
from symgen.augmentation.mover import TrajectoryMover, random_weights
from symgen.augmentation.period import moves_x, period_rates
from symgen.augmentation.selection import chosen, of_artifact, of_equation, of_formulas
from symgen.catalog import get
from symgen.catalog.simulate import SimulationSettings, simulate
from symgen.discovery.pde import discover_network, discover_spectral
from symgen.discovery.settings import NetworkSettings, SpectralSettings
from symgen.exceptions import DataError, UsageError
from symgen.generators.closed_form import ClosedFormGenerators
from symgen.generators.held import HeldGenerators
from symgen.generators.joined import JoinedGenerators
from symgen.pde.equation import Equation
from symgen.pde.residual import data_residual, times_needed
from symgen.pde.trajectories import Trajectories, TrajectoryInfo, load_trajectories, period
from symgen.simulation.initial import random_sines

U = sympy.Symbol("u", real=True)


@pytest.fixture(scope="module")
def kdv(simulated):
    """Trajectories and their equation."""
    data = simulated("kdv", length=32.0, duration=10.0, nt=80, stored=80, amplitude=0.2)
    return data, Equation.from_string(data.info.equation)


@pytest.fixture(scope="module")
def symmetries(kdv):
    return of_equation(kdv[0]).without_shifting_period(kdv[0])


def test_true_symmetries_that_keep_the_period(kdv):
    everything = of_equation(kdv[0])
    assert everything.names == ("d/dx", "d/dt", "t d/dx + d/du", "x d/dx + 3*t d/dt - 2*u d/du")
    chosen = everything.without_shifting_period(kdv[0])
    assert chosen.names == everything.names[:3]
    assert chosen.generators.count == 3
    assert chosen.left_out[0][0] == everything.names[3]
    assert "period" in chosen.left_out[0][1]


def test_what_flows_do_to_the_period(kdv):
    data, _ = kdv
    sizes = of_equation(data).generators.fields
    rates = period_rates(of_equation(data).generators, data.period)
    assert rates[:3].tolist() == [0.0, 0.0, 0.0]
    x = sympy.Symbol("x", real=True)
    assert float(rates[3]) == pytest.approx(float(sizes[3][0].coeff(x)))
    # neither a shear in t nor one in u leaves anything periodic
    others = of_formulas(data, [("x*t", "0", "0"), ("0", "x", "0"), ("0", "0", "x")])
    assert period_rates(others.generators, data.period).isnan().all()


def test_scaled_copies_solve_the_equation_on_their_own_period(kdv):
    data, equation = kdv
    everything = of_equation(data).without_shifting_period(data, stretching=True)
    assert everything.generators.count == 4
    moved = TrajectoryMover(data, everything.generators, equation)(0, random_weights(3, 4, 0.1, 0, 0))
    assert moved.stretch.tolist() != [1.0, 1.0, 1.0]
    for i, (first, end) in enumerate(moved.valid().tolist()):
        stretch = float(moved.stretch[i])
        info = data.info.model_copy(update={"length": stretch * data.info.length})
        copy = Trajectories.from_arrays(
            moved.u[i : i + 1, first:end].numpy(), stretch * data.x, data.t[first:end], info
        )
        assert data_residual(copy, equation).relative < 10 * data_residual(data, equation).relative
        same = Trajectories.from_arrays(copy.u, data.x, copy.t, data.info)
        assert data_residual(same, equation).relative > 1e-3 * abs(stretch - 1)


def test_scaling_a_period_by_a_known_number(kdv):
    data, equation = kdv
    scaling = of_formulas(data, [("x", "3*t", "-2*u")])
    mover = TrajectoryMover(data, scaling.generators, equation)
    factor = 1.02
    weight = math.log(factor) / float(mover.rates[0])
    moved = mover(0, torch.tensor([[weight]], dtype=torch.float64))
    assert float(moved.stretch[0]) == pytest.approx(factor)
    # u'(x, t) = u(x / a, t / a^3) / a^2, at t = a^3 t_k where that is a time of the grid: t = 0
    torch.testing.assert_close(moved.u[0, 0], mover.interpolant(0).u[0] / factor**2)


def test_scalings_are_refused_on_a_common_grid(kdv):
    data, equation = kdv
    scaling = of_formulas(data, [("x", "3*t", "-2*u")])
    with pytest.raises(DataError, match="change the period"):
        TrajectoryMover(data, scaling.generators, equation, "bilinear")


def test_generators_over_the_limit_are_left_out(kdv):
    data, equation = kdv
    artifact = discover_spectral(data, equation, SpectralSettings(points=4096, n_generators=6))
    found = of_artifact(artifact)
    assert found.generators.count == 4
    assert len(found.left_out) == 2
    assert "no symmetry" in found.left_out[0][1]
    assert isinstance(found.generators, ClosedFormGenerators | HeldGenerators)
    assert len(of_artifact(artifact, max_defect=10.0).names) == 6
    with pytest.raises(DataError, match="--max-defect"):
        of_artifact(artifact, max_defect=0.0)


@pytest.mark.slow
def test_networks_move_to_solutions(kdv):
    data, equation = kdv
    settings = NetworkSettings(points=4096, periodic=True, steps=30, n_generators=3)
    artifact = discover_network(data, equation, settings)
    network = of_artifact(artifact, max_defect=1.0).without_shifting_period(data)
    assert isinstance(network.generators, HeldGenerators | JoinedGenerators)  # some have formulas
    weights = random_weights(2, 3, 0.1, 0, 0)
    moved = TrajectoryMover(data, network.generators, equation)(0, weights)
    assert not moved.folded.any()
    first, end = moved.valid()[0].tolist()
    assert end - first > 40
    part = Trajectories.from_arrays(moved.u[:1, first:end].numpy(), data.x, data.t[first:end], data.info)
    assert data_residual(part, equation).relative < 0.05


def test_copies_do_not_depend_on_how_many_are_moved_at_once(kdv, symmetries, monkeypatch):
    data, equation = kdv
    weights = random_weights(3, 3, 0.1, 0, 0)
    mover = TrajectoryMover(data, symmetries.generators, equation)
    at_once = mover(0, weights)
    monkeypatch.setattr("symgen.augmentation.mover.POINTS_AT_ONCE", {"cpu": 1})
    one_by_one = mover(0, weights)
    torch.testing.assert_close(at_once.u, one_by_one.u)
    torch.testing.assert_close(at_once.u[1:2], mover(0, weights[1:2]).u)
    assert random_weights(2, 3, 0.1, 0, 0).tolist() == weights[:2].tolist()
    assert random_weights(2, 3, 0.1, 0, 1).tolist() != weights[:2].tolist()


def test_the_file(kdv, symmetries, tmp_path):
    data, equation = kdv
    path = tmp_path / "augmented.h5"
    settings = AugmentationSettings(copies=4, min_times=60)
    written = write_augmented(path, data, equation, symmetries, settings)
    assert (written.originals, written.copies + written.too_short + written.folded + written.unfound) == (3, 12)
    assert written.copies > 6
    assert written.residual_copies < 2 * written.residual_originals + 1e-6
    assert written.interpolation_error < 1e-4
    read = load_augmented(path)
    assert len(read.data) == 3 + written.copies
    np.testing.assert_array_equal(read.data.read([0, 1, 2]), data.read([0, 1, 2]))
    assert read.valid[:3].tolist() == [[0, 80]] * 3
    assert not read.coefficients[:3].any()
    assert read.source[:4].tolist() == [0, 1, 2, 0]
    assert (np.diff(read.valid, axis=1) >= 60).all()
    assert np.abs(read.coefficients).max() <= 0.1
    for i, (first, end) in enumerate(read.valid):
        known = np.isfinite(read.data.read([i])[0]).all(1)
        assert known.nonzero()[0].tolist() == list(range(first, end))
    assert read.data.info.settings["augmentation"]["generators"] == list(symmetries.names)
    # samples like any, over times that they cover
    plain = load_trajectories(path)
    assert 3 < len(plain) <= len(read.data)
    assert np.isfinite(plain.read(range(len(plain)))).all()
    start = int(np.argmin(np.abs(read.data.t - plain.t[0])))
    np.testing.assert_array_equal(plain.read([0])[0], data.read([0])[0, start : start + len(plain.t)])
    assert "The file has moved copies" in plain.origin.notes[0]
    with pytest.raises(UsageError, match="exists already"):
        write_augmented(path, data, equation, symmetries, settings)


def test_scattering_says_how_far_it_is_from_exact(kdv, symmetries, tmp_path):
    data, equation = kdv
    errors = {}
    for way in ("exact", "whittaker-shannon", "bilinear"):
        settings = AugmentationSettings(copies=2, resampling=way, min_times=40)
        written = write_augmented(tmp_path / f"{way}.h5", data, equation, symmetries, settings)
        errors[way] = written.interpolation_error
    assert errors["exact"] < errors["whittaker-shannon"] / 10
    assert errors["exact"] < errors["bilinear"] / 10


def test_coefficients_know_nothing_of_the_initial_data():
    data = simulate("kdv", SimulationSettings.for_equation("kdv", n=1, nx=32, nt=4, stored=4, duration=0.01, seed=5))
    waves = get("kdv").waves
    first = random_sines([0], 5, waves, 32)[0]
    assert torch.from_numpy(data.read([0])[0, 0]).allclose(first, atol=0.1)
    heights = np.random.default_rng([5, 0]).uniform(-1, 1, waves.count)  # of these sines, but for their scale
    drawn = random_weights(waves.count, 1, 1.0, 5, 0).flatten().numpy()
    assert np.abs(drawn[:, None] - heights).min() > 1e-6


def test_no_generators_no_copies(kdv, tmp_path):
    data, equation = kdv
    written = write_augmented(tmp_path / "none.h5", data, equation, None, AugmentationSettings())
    assert (written.copies, written.interpolation_error, written.residual_copies) == (0, None, None)
    assert len(load_trajectories(tmp_path / "none.h5")) == 3


def test_copies_too_short_for_a_residual(kdv, symmetries, tmp_path):
    data, equation = kdv
    path, settings = tmp_path / "short.h5", AugmentationSettings(min_times=1, scale=1.5, copies=16)
    written = write_augmented(path, data, equation, symmetries, settings)
    lengths = np.diff(load_augmented(path).valid)[3:, 0]
    assert lengths.min() < times_needed(equation)  # or this tests nothing
    assert written.copies == len(lengths)
    few = Trajectories.from_arrays(data.read([0])[:, :6], data.x, data.t[:6], data.info)
    with pytest.raises(DataError, match="6 times"):
        write_augmented(tmp_path / "few.h5", few, equation, None, AugmentationSettings(min_times=1))
    assert list(tmp_path.iterdir()) == [path]


def test_a_constant_moves_to_a_constant(kdv, symmetries):
    data, equation = kdv
    constant = Trajectories.from_arrays(np.full((1, 80, 64), 0.7), data.x, data.t, data.info)
    weights = torch.tensor([[0.1, 0.0, 0.1]])
    moved = TrajectoryMover(constant, symmetries.generators, equation)(0, weights)
    # the boost t d/dx + d/du adds its coefficient
    boost = weights[0, 2] * symmetries.generators(torch.zeros(1, 3, dtype=torch.float64))[2, 0, 2]
    assert moved.u[moved.covered].sub(0.7 + boost).abs().max() < 1e-8


def test_workers_get_what_moves(kdv, symmetries, tmp_path):
    data, equation = kdv
    data.save(tmp_path / "kdv.h5")
    opened = load_trajectories(tmp_path / "kdv.h5")  # in an open file
    dataset = AugmentedTrajectories(opened, symmetries.generators, equation, original=0.0, least_times=50)
    there = pickle.loads(pickle.dumps(dataset))
    items = []
    for each in (dataset, there):
        torch.manual_seed(3)
        items.append(each[2][0])
    assert items[0].isfinite().any()
    torch.testing.assert_close(*items, rtol=0, atol=0, equal_nan=True)


def test_what_does_not_fit(kdv, symmetries, tmp_path):
    data, equation = kdv
    with pytest.raises(DataError, match="80 times"):
        write_augmented(tmp_path / "a.h5", data, equation, symmetries, AugmentationSettings(min_times=81))
    opened = Trajectories(data.u, data.x, data.t, data.info.model_copy(update={"periodic": False}), data.kept)
    with pytest.raises(DataError, match="not periodic"):
        TrajectoryMover(opened, symmetries.generators)
    with pytest.raises(DataError, match="not periodic"):
        TrajectoryMover(opened, of_formulas(data, [("0", "1", "0")]).generators, equation, "bilinear")
    assert not list(tmp_path.iterdir())


def test_bad_augmented_files(tmp_path):
    with pytest.raises(DataError, match="symgen augment"):
        load_augmented(tmp_path / "nothing.h5")
    (tmp_path / "text.h5").write_text("no")
    with pytest.raises(DataError, match="Make it again"):
        load_augmented(tmp_path / "text.h5")
    with h5py.File(tmp_path / "empty.h5", "w"):
        pass
    with pytest.raises(DataError, match="Make it again"):
        load_augmented(tmp_path / "empty.h5")


def test_augmented_files_that_contradict_themselves(kdv, symmetries, tmp_path):
    data, equation = kdv
    path = tmp_path / "a.h5"
    write_augmented(path, data, equation, symmetries, AugmentationSettings(copies=1, min_times=50))
    whole = path.read_bytes()
    for change, words in (
        (lambda file: file["valid"].write_direct(np.array([[0, 80]] * len(file["valid"]))), "sample .* is not finite"),
        (lambda file: file["valid"].write_direct(np.array([[5, 4]] * len(file["valid"]))), "do not fit"),
        (lambda file: file["source"].write_direct(np.full(len(file["source"]), 99)), "do not fit"),
        (
            lambda file: file.__delitem__("coefficients") or file.create_dataset("coefficients", data=[0.0]),
            "do not fit",
        ),
    ):
        path.write_bytes(whole)
        with h5py.File(path, "a") as file:
            change(file)
        with pytest.raises(DataError, match=words):
            load_augmented(path)


def test_copies_far_from_zero(kdv):
    """d/dt of a wave of amplitude 1e-3 about 1e5: errors are told relative to the wave, and it is found as well."""
    data, _ = kdv
    x, t = data.x, data.t
    step = data.time_step

    def wave(t):
        return np.sin(2 * math.pi / data.period * (x - t[:, None] / 5))

    for mean, size in ((0.0, 1.0), (1e5, 1e-3)):
        moved_from = Trajectories.from_arrays((mean + size * wave(t))[None], x, t, data.info)
        field = of_formulas(moved_from, [("0", "1", "0")])
        weight = 1.5 * step / float(field.generators.fields[0][1])
        moved = TrajectoryMover(moved_from, field.generators)(0, torch.tensor([[weight]], dtype=torch.float64))
        assert moved.usable(70)[0]
        found = (moved.u[0, 2:].numpy() - mean) / size
        error = np.sqrt(np.mean((found - wave(t[2:] - 1.5 * step)) ** 2) / np.mean(wave(t) ** 2))
        assert error < moved.error + 3e-16 * mean / size + 1e-12  # rounding of the values themselves


def test_on_the_fly(kdv, symmetries):
    data, equation = kdv
    dataset = AugmentedTrajectories(data, symmetries.generators, equation, least_times=50)
    assert len(dataset) == 3
    torch.manual_seed(0)
    original, whole = 0, torch.from_numpy(data.read([1])[0])
    for _ in range(40):
        u, (first, end) = dataset[1]
        assert u.shape == (80, 64)
        assert u[first:end].isfinite().all()
        assert end - first >= 50
        original += bool((u == whole).all())
        u.zero_()  # theirs, not the dataset's
    assert 8 < original < 32
    torch.manual_seed(5)
    batch, spans = next(iter(torch.utils.data.DataLoader(dataset, batch_size=3)))
    assert batch.shape == (3, 80, 64)
    assert spans.shape == (3, 2)
    with pytest.raises(IndexError):
        dataset[3]
    wild = AugmentedTrajectories(data, symmetries.generators, equation, scale=3.0, original=0.0, least_times=80)
    with pytest.raises(DataError, match="smaller scale"):
        wild[0]


def test_images_need_fields_of_the_plane(symmetries):
    with pytest.raises(UsageError, match="not on the plane"):
        RandomSymmetry(symmetries.generators)


def test_scalings_never_land_on_the_wrong_grid(kdv, tmp_path):
    """Their copies have another period, for which neither a file nor an item of a dataset has a place."""
    data, equation = kdv
    everything = of_equation(data)
    settings = AugmentationSettings(copies=3, min_times=50)
    written = write_augmented(tmp_path / "a.h5", data, equation, everything, settings)
    assert written.generators == everything.names[:3]
    assert [name for name, _ in written.left_out] == [everything.names[3]]
    read = load_augmented(tmp_path / "a.h5")
    for i, (first, end) in enumerate(read.valid):
        u = read.data.read([i])[:, first:end]
        copy = Trajectories.from_arrays(u, data.x, data.t[first:end], data.info)
        assert data_residual(copy, equation).relative < 10 * written.residual_originals
    with pytest.raises(DataError, match="without_shifting_period"):
        AugmentedTrajectories(data, everything.generators, equation, least_times=50)
    with pytest.raises(DataError, match="No generator keeps the data on their grid: x d/dx"):
        write_augmented(tmp_path / "b.h5", data, equation, of_formulas(data, [("x", "3*t", "-2*u")]), settings)
    assert not (tmp_path / "b.h5").exists()


def test_copies_far_from_solutions_are_refused(kdv, tmp_path):
    data, equation = kdv
    wrong = of_formulas(data, [("0", "0", "u")])
    settings = AugmentationSettings(copies=2, min_times=50, scale=0.5)
    with pytest.raises(
        DataError, match=r"do not solve .* as their originals do: their residual.* times the .*--allow-inv"
    ):
        write_augmented(tmp_path / "a.h5", data, equation, wrong, settings)
    assert not list(tmp_path.iterdir())
    settings = settings.model_copy(update={"allow_invalid": True})
    written = write_augmented(tmp_path / "a.h5", data, equation, wrong, settings)
    assert len(written.doubts) == 1
    assert written.residual_copies > 0.02
    assert load_augmented(tmp_path / "a.h5").data.info.settings["augmentation"]["doubts"] == list(written.doubts)


def test_originals_that_solve_another_equation_are_refused(kdv, symmetries, tmp_path):
    data, _ = kdv
    other = Equation.from_string("u_t + 6*u*u_x + u_xxx")
    for copies in (0, 2):
        with pytest.raises(DataError, match="The data do not solve"):
            write_augmented(tmp_path / "a.h5", data, other, symmetries, AugmentationSettings(copies=copies))
    assert not list(tmp_path.iterdir())


def test_the_data_are_not_replaced_by_their_copies(kdv, symmetries, tmp_path):
    kdv[0].save(tmp_path / "kdv.h5")
    data = load_trajectories(tmp_path / "kdv.h5")
    before = (tmp_path / "kdv.h5").read_bytes()
    with pytest.raises(UsageError, match="would be lost"):
        write_augmented(tmp_path / "kdv.h5", data, kdv[1], symmetries, AugmentationSettings(), force=True)
    assert (tmp_path / "kdv.h5").read_bytes() == before


def test_a_constant_among_the_trajectories(kdv, symmetries, tmp_path):
    data, equation = kdv
    u = data.read([0, 1])
    u[0] = 0.3
    some = Trajectories.from_arrays(u, data.x, data.t, data.info)
    written = write_augmented(
        tmp_path / "a.h5", some, equation, symmetries, AugmentationSettings(copies=1, min_times=50)
    )
    assert written.residual_copies < 1e-3


def exponentials(periodic, n=2, nx=40, nt=80):
    """u = 3 + a exp(-t) (1 + x / 5) and so on solve u_t = 3 - u wherever the ends of x are."""
    x, t = np.linspace(0, 2, nx), np.linspace(0, 1, nt)
    u = np.stack([3 + a * np.exp(-t[:, None]) * (1 + x / 5) for a in np.linspace(0.5, 1, n)])
    info = TrajectoryInfo(equation="u_t + u - 3", length=period(x), periodic=periodic)
    return Trajectories.from_arrays(u, x, t, info)


def test_open_data_moved_in_t_and_u():
    """exp(a d/dt + b (u - 3) d/du) takes u(x, t) to 3 + exp(b) (u(x, t - a) - 3)."""
    data = exponentials(periodic=False)
    fields = of_formulas(data, [("0", "1", "0"), ("0", "0", "u - 3")])
    assert not moves_x(fields.generators).any()
    a, b = 0.137, -0.4
    sizes = [float(fields.generators.fields[0][1]), float(fields.generators.fields[1][2].coeff(U))]
    moved = TrajectoryMover(data, fields.generators)(0, torch.tensor([[a / sizes[0], b / sizes[1]]]).double())
    first, end = moved.valid()[0].tolist()
    assert first == np.argmax(data.t >= a)
    assert end == 80
    t = torch.from_numpy(data.t[first:end, None])
    wanted = 3 + math.exp(b) * 0.5 * torch.exp(-(t - a)) * (1 + torch.from_numpy(data.x) / 5)
    assert moved.usable(40)[0]
    assert (moved.u[0, first:end] - wanted).abs().max() < 3e-8
    assert moved.error < 3e-8


def test_open_data_moved_in_t_by_u():
    """exp(s u d/dt) takes u(x, t) = c(x) + t / 5 to the solution of u = c(x) + (t - s u) / 5."""
    x, t = np.linspace(0, 1, 20), np.linspace(0, 4, 90)
    u = 0.3 * x**2 + t[:, None] / 5
    data = Trajectories.from_arrays(u[None], x, t, TrajectoryInfo(length=period(x), periodic=False))
    field = of_formulas(data, [("0", "u", "0")])
    s = 0.3
    weight = s / float(field.generators.fields[0][1].coeff(U))
    moved = TrajectoryMover(data, field.generators)(0, torch.tensor([[weight]], dtype=torch.float64))
    first, end = moved.valid()[0].tolist()
    assert moved.usable(60)[0]
    wanted = (0.3 * x**2 + t[first:end, None] / 5) / (1 + s / 5)
    np.testing.assert_allclose(moved.u[0, first:end].numpy(), wanted, atol=1e-9)


def test_open_data_in_a_file_and_a_dataset(tmp_path):
    data = exponentials(periodic=False)
    equation = Equation.from_string(data.info.equation)
    fields = of_formulas(data, [("1", "0", "0"), ("0", "1", "0"), ("0", "0", "u - 3"), ("u", "0", "1")])
    settings = AugmentationSettings(copies=3, min_times=50)
    written = write_augmented(tmp_path / "a.h5", data, equation, fields, settings)
    assert written.generators == (fields.names[1], fields.names[2])
    assert [name for name, _ in written.left_out] == [fields.names[0], fields.names[3]]
    assert {why.split(",")[0] for _, why in written.left_out} == {"moves x"}
    assert written.copies == 6
    assert written.residual_copies < 1e-6
    assert not load_augmented(tmp_path / "a.h5").data.info.periodic
    kept = fields.without_shifting_period(data)
    u, (first, end) = AugmentedTrajectories(data, kept.generators, equation, original=0.0, least_times=40)[0]
    assert u[first:end].isfinite().all()
    with pytest.raises(DataError, match="not periodic"):
        AugmentedTrajectories(data, fields.generators, equation)
    with pytest.raises(DataError, match="moves x"):
        of_formulas(data, [("1", "0", "0")]).without_shifting_period(data)


def test_values_beyond_those_of_the_data(kdv):
    """exp(s u^2 d/du) takes u to u / (1 - s u): far beyond the range that the flow is first tabulated for."""
    data, _ = kdv
    x, t = data.x, data.t
    u = 1 + 0.5 * np.sin(2 * math.pi / data.period * (x - t[:, None] / 5))
    data = Trajectories.from_arrays(u[None], x, t, data.info)
    field = of_formulas(data, [("0", "0", "u^2")])
    size = float(field.generators.fields[0][2].coeff(U**2))
    mover = TrajectoryMover(data, field.generators)
    for s in (0.05, 0.3, 0.4, -2.0):
        moved = mover(0, torch.tensor([[s / size]], dtype=torch.float64))
        wanted = torch.from_numpy(u / (1 - s * u))
        assert moved.usable(80)[0], s
        error = (moved.u[0] - wanted).square().mean().sqrt() / wanted.square().mean().sqrt()
        assert error < max(3 * moved.error, 1e-8), s


def test_copies_that_are_not_found_are_counted(kdv, symmetries, tmp_path, monkeypatch):
    data, equation = kdv
    settings = AugmentationSettings(copies=3, min_times=40)
    slow = of_formulas(data, [("u/5", "0", "0")])  # an iteration is needed
    for generators in (slow, of_formulas(data, [("0", "0", "sin(u)")])):
        monkeypatch.setattr("symgen.pde.resample.ROUNDS", 1)
        with pytest.raises(DataError, match="of 9 copies .*[4-9] have values that could not be found"):
            write_augmented(tmp_path / "a.h5", data, equation, generators, settings)
        assert not (tmp_path / "a.h5").exists()
        monkeypatch.undo()
        moved = TrajectoryMover(data, generators.generators, equation)(0, random_weights(3, 1, 0.1, 0, 0))
        assert not moved.unfound.any()


def test_one_generator_without_a_formula_leaves_the_others_theirs(kdv):
    data, equation = kdv
    artifact = discover_spectral(data, equation, SpectralSettings(points=4096))
    records = list(artifact.metadata.generators)
    records[1] = records[1].model_copy(update={"formula": None, "norm": None, "formula_error": None})
    metadata = artifact.metadata.model_copy(update={"generators": tuple(records)})
    mixed = of_artifact(replace(artifact, metadata=metadata))
    assert mixed.names == ("d/dx", "t d/dx + d/du", "x d/dx + 3*t d/dt - 2*u d/du", "V2")
    whole = of_artifact(artifact)
    points = torch.from_numpy(np.stack([np.full(9, 3.0), np.linspace(0, 9, 9), np.linspace(-0.2, 0.2, 9)], 1))
    expected = whole.generators(points)[[0, 2, 3, 1]]
    torch.testing.assert_close(mixed.generators(points), expected, rtol=1e-5, atol=1e-6)
    kept = mixed.without_shifting_period(data)
    assert kept.names[:2] == ("d/dx", "t d/dx + d/du")
    assert mixed.names[2] in dict(kept.left_out)
    for order in ([0], [3], [1, 3], [0, 2]):
        some = chosen(mixed.generators, order)
        torch.testing.assert_close(some(points), mixed.generators(points)[order])
    pickle.loads(pickle.dumps(kept.generators))
