import json
import os
from dataclasses import replace

import h5py
import numpy as np
import pytest
import torch
from plane_waves import HEAT, axes, fields, heat, sampled, system

from symgen.augmentation import AugmentedSolutions
from symgen.augmentation.file import AugmentationSettings
from symgen.augmentation.mover import random_weights
from symgen.augmentation.selection import Selection, of_artifact
from symgen.augmentation.solution_file import load_augmented_solutions, write_augmented_solutions
from symgen.augmentation.solution_mover import SolutionMover
from symgen.augmentation.solution_selection import keeping_periods, of_formulas, of_system
from symgen.augmentation.solution_verdict import covered_box
from symgen.catalog.simulate_system import SystemSimulationSettings, simulate_system
from symgen.discovery.settings import SystemSettings
from symgen.discovery.system import discover_system
from symgen.discovery.system_source import system_of
from symgen.exceptions import DataError, UsageError
from symgen.generators.closed_form import ClosedFormGenerators
from symgen.generators.held import HeldGenerators
from symgen.pde.solutions_file import load_solutions, save_solutions
from symgen.pde.system_residual import system_residual

SETTINGS = AugmentationSettings(copies=2, min_times=20)


def few(data, samples):
    """More samples of the same kind: the first, and it shifted along x."""
    values = np.concatenate([np.roll(data.values, i, 2) for i in range(samples)])
    return replace(data, values=values, kept=np.arange(samples))


@pytest.fixture(scope="module")
def periodic():
    return few(sampled(heat, axes(points=24)), 2)


@pytest.fixture(scope="module")
def open_piece():
    return few(sampled(heat, axes(points=24, periodic=False), periodic=False), 1)


def selected(data, rows):
    return of_formulas(data, system_of(data, HEAT, {}), rows)


TRANSLATIONS = [("1", "0", "0", "0", "0"), ("0", "1", "0", "0", "0"), ("0", "0", "1", "0", "0")]
ROTATION = ("-y", "x", "0", "0", "0")


def test_file(periodic, tmp_path):
    selection = selected(periodic, [*TRANSLATIONS, ROTATION])
    written = write_augmented_solutions(tmp_path / "a.h5", periodic, system(HEAT, periodic), selection, SETTINGS)
    assert written.generators == ("d/dx", "d/dy", "d/dt")
    assert written.left_out == (("-y d/dx + x d/dy", "not periodic in x and y"),)
    assert (written.originals, written.copies) == (2, 4)
    assert max(written.residual_copies) < 2 * max(written.residual_originals)
    read = load_augmented_solutions(tmp_path / "a.h5")
    assert read.source.tolist() == [0, 1, 0, 0, 1, 1]
    assert (read.coefficients[:2] == 0).all()
    assert np.array_equal(read.data.read([0, 1]), periodic.read([0, 1]))
    assert [axis.periodic for axis in read.data.axes] == [False, True, True]
    kept = keeping_periods(selection, periodic)
    weights = random_weights(2, 3, 0.1, 0, 1)
    assert np.array_equal(read.coefficients[4:], weights.numpy())
    copies = SolutionMover(periodic, kept.generators, system(HEAT, periodic))(1, weights)
    assert np.array_equal(read.data.read([4, 5]), copies.masked().numpy(), equal_nan=True)
    assert np.array_equal(read.covered[4:], copies.covered.numpy())
    assert np.array_equal(read.valid[4:], copies.valid().numpy())
    assert written.covered == pytest.approx(read.covered[2:].mean())
    first, end = read.valid[4]
    assert written.mean_times == pytest.approx(np.diff(read.valid[2:]).mean())
    assert np.isfinite(read.data.read([4])[0][first:end]).all()


def test_open_data_in_a_file(open_piece, tmp_path):
    """All fields may move them; where sources are not known is NaN, and the residual is that of a box inside."""
    selection = selected(open_piece, [*TRANSLATIONS, ROTATION])
    written = write_augmented_solutions(tmp_path / "a.h5", open_piece, system(HEAT, open_piece), selection, SETTINGS)
    assert written.left_out == ()
    assert written.copies == 2
    assert 0.5 < written.covered < 1
    assert max(written.residual_copies) < 1e-6
    read = load_augmented_solutions(tmp_path / "a.h5")
    values = read.data.read([1, 2])
    assert (np.isfinite(values).all(-1) == read.covered[1:]).all()
    assert not read.covered[1:].all()


def test_originals_alone(periodic, tmp_path):
    written = write_augmented_solutions(tmp_path / "a.h5", periodic, system(HEAT, periodic), None, SETTINGS)
    assert (written.copies, written.interpolation_error, written.residual_copies) == (0, None, None)
    plain = load_solutions(tmp_path / "a.h5")  # a file of solutions like any other
    assert np.array_equal(plain.read([0, 1]), periodic.read([0, 1]))
    assert load_augmented_solutions(tmp_path / "a.h5").coefficients.shape == (2, 0)


def test_commands_read_the_times_that_copies_cover(periodic, open_piece, tmp_path):
    """Of periodic data the window that keeps most values; open copies cover no time all over, so originals alone."""
    for data, count in ((periodic, 6), (open_piece, 1)):
        write_augmented_solutions(
            tmp_path / "a.h5", data, system(HEAT, data), selected(data, TRANSLATIONS), SETTINGS, force=True
        )
        read = load_solutions(tmp_path / "a.h5")
        valid = load_augmented_solutions(tmp_path / "a.h5").valid
        assert len(read) == (valid.T[1] - valid.T[0] >= len(read.axes[0])).sum() == count
        assert np.isfinite(read.read(range(count))).all()
        assert any("The file has moved copies" in note for note in read.origin.notes)


def test_no_generator_is_left(periodic, tmp_path):
    with pytest.raises(DataError, match=r"-y d/dx \+ x d/dy \(not periodic in x and y.*--boundary open"):
        keeping_periods(selected(periodic, [ROTATION]), periodic)


def test_what_solves_nothing_is_refused(periodic, tmp_path):
    """Data of other equations, and copies by fields that are no symmetries; both are written where that is allowed."""
    other = system(("u_t = 2*lap(u)", "v_t = lap(v)/3"), periodic)
    wrong = selected(periodic, [("0", "0", "0", "u^2", "0")])
    for equations, selection, words in (
        (other, selected(periodic, TRANSLATIONS), "The data do not solve"),
        (system(HEAT, periodic), wrong, "The moved copies do not solve"),
    ):
        with pytest.raises(DataError, match=words):
            write_augmented_solutions(tmp_path / "a.h5", periodic, equations, selection, SETTINGS)
        assert list(tmp_path.iterdir()) == []
        allowed = SETTINGS.model_copy(update={"allow_invalid": True})
        written = write_augmented_solutions(tmp_path / "b.h5", periodic, equations, selection, allowed, force=True)
        assert words in written.doubts[0]
        assert words in load_augmented_solutions(tmp_path / "b.h5").data.info.settings["augmentation"]["doubts"][0]
        (tmp_path / "b.h5").unlink()


def test_copies_that_cover_too_little_are_counted(periodic, tmp_path):
    selection = selected(periodic, [TRANSLATIONS[2]])
    settings = AugmentationSettings(copies=4, scale=1.0, min_times=20)
    weights = torch.cat([random_weights(4, 1, 1.0, 0, i) for i in range(2)])
    size = float(selection.generators.fields[0][2])
    short = int((33 - (weights.abs() * size * 32).ceil() < 20).sum())
    written = write_augmented_solutions(tmp_path / "a.h5", periodic, system(HEAT, periodic), selection, settings)
    assert 0 < short < 8
    assert (written.too_short, written.copies) == (short, 8 - short)
    with pytest.raises(DataError, match="--min-times"):
        write_augmented_solutions(
            tmp_path / "b.h5",
            periodic,
            system(HEAT, periodic),
            selection,
            settings.model_copy(update={"min_times": 34}),
        )


def test_an_interrupted_file_is_gone(periodic, tmp_path, monkeypatch):
    def stop(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr(SolutionMover, "_moved", stop)
    with pytest.raises(KeyboardInterrupt):
        write_augmented_solutions(
            tmp_path / "a.h5", periodic, system(HEAT, periodic), selected(periodic, TRANSLATIONS), SETTINGS
        )
    assert list(tmp_path.iterdir()) == []


def test_files_that_are_damaged_or_others(periodic, tmp_path):
    path = tmp_path / "a.h5"
    write_augmented_solutions(path, periodic, system(HEAT, periodic), selected(periodic, TRANSLATIONS), SETTINGS)
    save_solutions(periodic, tmp_path / "plain.h5")
    for name, words in (("plain.h5", "no file of augmented"), ("none.h5", "no such file")):
        with pytest.raises(DataError, match=words):
            load_augmented_solutions(tmp_path / name)
    changes = {
        "source": lambda file: file["source"].__setitem__(0, 9),
        "covered": lambda file: file["covered"].__setitem__(3, True),
        "valid": lambda file: file["valid"].resize(3, 0),
    }
    for name, change in changes.items():
        copy = tmp_path / f"{name}.h5"
        copy.write_bytes(path.read_bytes())
        with h5py.File(copy, "a") as file:
            change(file)
        with pytest.raises(DataError, match="Make it again"):
            load_augmented_solutions(copy)
    cut = tmp_path / "cut.h5"
    cut.write_bytes(path.read_bytes()[:4000])
    with pytest.raises(DataError):
        load_augmented_solutions(cut)


def test_largest_boxes():
    covered = np.ones((5, 8, 8), bool)
    assert covered_box(covered) == (slice(0, 5), slice(0, 8), slice(0, 8))
    covered[:, 0], covered[4], covered[1, :, 7] = False, False, False
    assert covered_box(covered) == (slice(0, 4), slice(1, 8), slice(0, 7))
    assert covered_box(np.zeros((4, 4), bool)) is None
    covered = np.ones((9, 6), bool)
    covered[4] = False
    assert covered_box(covered, [1]) == (slice(0, 4), slice(0, 6))


def test_dataset(periodic):
    torch.manual_seed(0)
    selection = selected(periodic, TRANSLATIONS)
    dataset = AugmentedSolutions(periodic, selection.generators, system(HEAT, periodic))
    assert (len(dataset), dataset.least_times) == (2, 17)
    originals = 0
    for _ in range(12):
        values, covered = dataset[1]
        assert values.shape == (33, 24, 24, 2)
        assert (values.isfinite().all(-1) == covered).all()
        originals += bool(covered.all()) and torch.equal(values, torch.from_numpy(periodic.read([1])[0]))
    assert 2 < originals < 10
    batch = next(iter(torch.utils.data.DataLoader(dataset, batch_size=2)))
    assert [part.shape[0] for part in batch] == [2, 2]
    with pytest.raises(IndexError):
        dataset[2]
    with pytest.raises(DataError, match="34"):
        AugmentedSolutions(periodic, selection.generators, least_times=34)
    far = AugmentedSolutions(periodic, selected(periodic, [TRANSLATIONS[2]]).generators, scale=1e3, original=0.0)
    with pytest.raises(DataError, match="smaller scale"):
        far[0]


def test_found_generators_move_solutions_to_solutions(tmp_path):
    """Discovery, selection and augmentation together."""
    data = simulate_system("lotka-volterra", SystemSimulationSettings.for_system("lotka-volterra", n=2))
    given = system_of(data, (), {})
    found = of_artifact(discover_system(data, given, SystemSettings(points=2048)), max_defect=1e-6)
    assert found.names == ("d/dt",)
    assert any(why.startswith("trivial") for _, why in found.left_out)
    written = write_augmented_solutions(tmp_path / "a.h5", data, given.system, found, SETTINGS)
    assert max(written.residual_copies) < 10 * max(written.residual_originals) + 1e-9


def test_held_fields_are_followed_too():
    """Fields that are not known by formulas: the same copies, by Broyden's method."""
    periodic = sampled(heat, axes(points=14))
    generators = fields(periodic, [("1", "0", "u/9", "0", "0"), ("0", "0", "0", "-v", "u")])
    weights = torch.tensor([[0.1, 0.2]], dtype=torch.float64)
    same = HeldGenerators(generators, slack=[float("inf")] * 5)
    first, second = (SolutionMover(periodic, g)(0, weights) for g in (generators, same))
    assert (first.covered == second.covered).all()
    assert float((first.values - second.values)[first.covered].abs().max()) < 1e-6


def test_true_symmetries_of_a_system():
    """The catalog's; or those that algebra finds, without those that have no value somewhere in the data."""
    data = simulate_system("burgers2d", SystemSimulationSettings.for_system("burgers2d", n=1, points=16, times=9))
    true = of_system(data, system_of(data, (), {}))
    assert "t*x d/dx + t*y d/dy + t^2 d/dt - (t*u - x) d/du - (t*v - y) d/dv" in true.names
    anonymous = replace(data, info=data.info.model_copy(update={"name": None}))
    assert of_system(anonymous, system_of(anonymous, (), {})).generators.count == true.generators.count == 8
    given = system_of(data, (), {})
    some = of_formulas(data, given, [("1/x", "0", "0", "0", "0"), TRANSLATIONS[0]])
    assert some.names == ("d/dx",)
    assert some.left_out == (("1/x d/dx", "without a value somewhere in the data"),)
    with pytest.raises(DataError, match="No generator has values"):
        of_formulas(data, given, [("1/x", "0", "0", "0", "0")])


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """A folder with small data of two systems and generators found in them."""
    folder = tmp_path_factory.mktemp("made")
    for name, settings, degree in (("reaction-diffusion", {"points": 32}, 1), ("kepler", {"times": 65}, 2)):
        data = simulate_system(name, SystemSimulationSettings.for_system(name, n=2, **settings))
        save_solutions(data, folder / f"{name}.h5")
        found = discover_system(data, system_of(data, (), {}), SystemSettings(points=2048, degree=degree))
        found.save(folder / f"{name}.safetensors")
    return folder


@pytest.fixture
def folder(terminal, made, tmp_path):
    for path in made.iterdir():
        (tmp_path / path.name).write_bytes(path.read_bytes())
    return tmp_path


def test_cli_newest_generators_of_the_system(folder, run):
    os.utime("kepler.safetensors", (2e9, 2e9))  # newer, but of another system
    code, out, err = run("augment", "--data", "reaction-diffusion.h5", "--copies", "2")
    assert code == 0, err
    assert "Generators: reaction-diffusion.safetensors, the newest file of this system here." in err
    assert "(not periodic in x and y)" in err
    assert "4 moved copies written" in out
    assert "estimated error" in out
    assert "of the grid" in out
    read = load_augmented_solutions("augmented.h5")
    assert len(read.data) == 6
    times = read.valid[2]
    copy = replace(
        read.data,
        axes=(replace(read.data.axes[0], points=read.data.axes[0].points[slice(*times)]), *read.data.axes[1:]),
        values=read.data.read([2])[:, slice(*times)],
        kept=np.arange(1),
    )
    given = system_of(read.data, (), {})
    residuals = [max(system_residual(data, given.system).relative) for data in (copy, read.data.first(2))]
    assert residuals[0] < 2 * residuals[1]


def test_cli_json_and_names_of_the_catalog(folder, run, monkeypatch):
    monkeypatch.setenv("SYMGEN_CACHE", str(folder / "cache"))
    arguments = ("augment", "--pde", "kepler", "--generators", "lps", "--copies", "2", "--json")
    code, out, err = run(*arguments, "-n", "1")
    assert code == 0, err
    document = json.loads(out)
    assert document["generators_file"] == "lps"
    assert document["equations"][0] == "q1_tt = -q1/(q1^2 + q2^2)^(3/2)"
    assert (document["originals"], document["copies"], len(document["generators"])) == (1, 2, 3)
    assert document["interpolation_error"] < 1e-5
    assert len(document["residual_copies"]) == 2
    code, out, _ = run(*arguments, "--seed", "1", "--force", "--data", "kepler.h5")
    assert (code, json.loads(out)["originals"]) == (0, 2)


def test_cli_open_data(folder, run):
    arguments = ("--generators", "lps", "--boundary", "open", "--copies", "1", "--json")
    code, out, err = run("augment", "--data", "reaction-diffusion.h5", *arguments)
    assert code == 0, err
    document = json.loads(out)
    assert (document["left_out"], len(document["generators"])) == ([], 5)
    assert 0.5 < document["covered"] < 1


def test_cli_equations_for_plain_arrays(folder, run):
    data = load_solutions("reaction-diffusion.h5")
    values = data.read([0, 1])
    np.savez("mine.npz", u=values[..., 0], v=values[..., 1], **{axis.name: axis.points for axis in data.axes})
    equations = [part for text in data.info.equations for part in ("--equation", text)]
    arguments = ("augment", "--data", "mine.npz", "--boundary", "periodic", "--copies", "1", *equations)
    code, _, err = run(*arguments, "--param", "d=0.1")
    assert code == 0, err
    assert "Generators: reaction-diffusion.safetensors" in err
    code, _, err = run(*arguments, "--param", "d=0.2", "--generators", "reaction-diffusion.safetensors", "--force")
    assert code == 3
    assert "d = 0.1" in err


def test_cli_equations_found_in_the_data(folder, run):
    """What regression is unsure about is said, of systems and of one u(x, t)."""
    x, t = np.arange(24) * 2 * np.pi / 24, np.linspace(0, 1.5, 24)
    wave = x - t[:, None]
    plane = wave[:, :, None] + 0 * x
    other = 2 * (x - t[:, None])[:, None, :]
    np.savez("one.npz", u=(np.sin(wave) + 0.3 * np.cos(2 * wave))[None], x=x, t=t)
    np.savez("two.npz", u=np.exp(np.sin(plane) + 0.3 * np.cos(other))[None], x=x, y=x, t=t)
    for name in ("one", "two"):
        options = ("--boundary", "periodic", "--generators", "none", "--force")
        code, _, err = run("augment", "--data", f"{name}.npz", *options)
        assert code == 0, err
        assert "Found in the data by regression: " in err
        assert "symgen: warning: u " in err


REFUSED = [
    (("--data", "kepler.h5", "--generators", "reaction-diffusion.safetensors"), 3, "has generators of u_t ="),
    (("--pde", "kepler", "--data", "reaction-diffusion.h5", "--generators", "lps"), 2, "which the data lack"),
    (("--pde", "lotka-volterra", "--data", "kepler.h5", "--generators", "lps"), 2, "which the data lack"),
    (("--pde", "kepler", "--equation", "u_t = 1"), 2, "not both"),
    (("--pde", "kdv", "--data", "kepler.h5"), 2, "is an equation for u(x, t)"),
    (("--data", "kepler.h5", "--generators", "lps", "--resampling", "bilinear"), 2, "--resampling"),
    (("--data", "kepler.h5", "--generators", "lps", "--min-times", "66"), 3, "--min-times"),
    (("--data", "kepler.h5", "--generators", "none.safetensors"), 3, "none.safetensors"),
    (("--pde", "keppler"), 2, "Did you mean 'kepler'"),
    (("--data", "reaction-diffusion.h5", "--pde", "reaction-diffusion", "--param", "d=0.3"), 3, "says that its"),
    (("--data", "kepler.h5", "--generators", "lps", "-o", "kepler.h5", "--force"), 2, "would be lost"),
    (("--data", "kepler.h5", "--max-defect", "0"), 3, "--max-defect"),
]


@pytest.mark.parametrize(("arguments", "code", "words"), REFUSED)
def test_cli_refusals(folder, run, arguments, code, words):
    before = {path: path.read_bytes() for path in folder.iterdir()}
    found, _, err = run("augment", *arguments)
    assert (found, words in err) == (code, True), err
    assert {path: path.read_bytes() for path in folder.iterdir()} == before


def test_cli_another_system_than_the_file_says(folder, run):
    """By --equation it is taken with a warning; what does not solve it is refused."""
    equations = ("--equation", "u_t = d*lap(u) + u", "--equation", "v_t = d*lap(v) + v", "--param", "d=0.1")
    code, _, err = run("augment", "--data", "reaction-diffusion.h5", *equations, "--generators", "lps")
    assert code == 3
    assert "says that its equations are" in err
    assert "do not solve" in err


def test_selections_go_together(periodic):
    selection = selected(periodic, TRANSLATIONS)
    assert isinstance(selection, Selection)
    assert isinstance(selection.generators, ClosedFormGenerators)
    with pytest.raises(UsageError):
        of_formulas(periodic, system_of(periodic, HEAT, {}), [("w", "0", "0", "0", "0")])
