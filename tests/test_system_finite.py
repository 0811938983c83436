"""Systems moved at finite scale, in one to three variables: residuals on moved grids, tables, specimens in files."""

from __future__ import annotations

import json
from dataclasses import replace
from math import pi

import numpy as np
import pytest
import torch
from systems import NAVIER_STOKES, SYSTEMS

import symgen
from symgen.catalog.examples import EXAMPLES, example
from symgen.discovery.settings import SystemSettings
from symgen.discovery.system import discover_system
from symgen.discovery.system_problem import LEAST_TIMES, SPECIMEN_VALUES, SystemProblem
from symgen.discovery.system_source import system_of
from symgen.equations.system import System
from symgen.exceptions import DataError
from symgen.expressions import CompiledExpressions
from symgen.flow import Flow
from symgen.generators.space import Space
from symgen.inspection.reference import closed_form
from symgen.pde.solutions import Solutions
from symgen.validity.deformed_grid import graph_of
from symgen.validity.finite import FiniteValidity
from symgen.validity.verification import FiniteTable, finite_defect

NU = 0.1
CASES = {
    "kepler": ("t", lambda t: (2 + torch.cos(t), torch.sin(1.3 * t))),
    "nls": ("xt", lambda x, t: (torch.cos(x - t), torch.sin(2 * x) * (1 + t**2 / 4))),
    "navier-stokes": (
        "xyt",
        lambda x, y, t: (torch.sin(x + y) * (1 + t), torch.cos(x - t) + torch.sin(y), torch.cos(x + y - t)),
    ),
}
"""Functions that solve nothing, periodic on 2 pi in x and y, as unknowns."""


def system(name):
    return System.from_strings(*SYSTEMS[name])


def axes_of(names, points, duration=1.0):
    grid = torch.arange(points, dtype=torch.float64) / points
    return {n: 2 * pi * grid if n != "t" else torch.linspace(0, duration, points, dtype=torch.float64) for n in names}


def coordinates(names, points, duration=1.0):
    """The grid's points (*grid, m), variables in the order of names."""
    axes = axes_of(names, points, duration)
    nothing = torch.zeros(*[points] * len(names), 0, dtype=torch.float64)
    return graph_of(nothing, axes, names)


def bent(y, size, names):
    """A smooth map of the variables (..., m) that is periodic in x and y, near the identity."""
    wave = sum(torch.sin(y[..., i] + 0.3 * i) for i, name in enumerate(names) if name != "t") + torch.cos(y[..., -1])
    return y + size * torch.stack([wave * (1 + i) / (2 + i) for i in range(len(names))], -1)


def exact(one, function, y):
    """Residuals (R, P) of a function at points (P, m), by automatic differentiation."""
    space = one.space
    variables = [v.clone().requires_grad_() for v in y.unbind(-1)]
    jets = space.jets(*one.expressions)
    values = []
    for jet in jets:
        value = function(*variables)[space.dependent.index(jet.unknown)]
        for variable, times in zip(variables, jet.orders, strict=True):
            for _ in range(times):
                (value,) = torch.autograd.grad(value.sum(), variable, create_graph=True)
        values.append(value)
    compiled = CompiledExpressions([*space.variables, *map(space.symbol, jets)], one.expressions)
    return compiled([*variables, *values]).detach()


@pytest.mark.parametrize(
    ("name", "periodic"),
    [("kepler", ""), ("nls", ""), ("nls", "x"), ("navier-stokes", ""), ("navier-stokes", "xy"), ("navier-stokes", "y")],
)
def test_residual_on_a_bent_grid_is_the_true_one_to_the_order_of_the_stencils(name, periodic):
    names, function = CASES[name]
    one, errors, accuracy = system(name), [], 4
    judge = FiniteValidity(one, accuracy)
    for points in (24, 48):
        y = bent(coordinates(names, points), 0.1, names)
        graph = torch.cat([y, torch.stack(function(*y.unbind(-1)), -1)], -1)
        result = judge(graph, dict.fromkeys(periodic, 2 * pi))
        inner = y
        for axis, lost in enumerate(judge.margins(periodic)):
            inner = inner.narrow(axis, lost, points - 2 * lost)
        assert result.residual.shape == (len(one.expressions), *inner.shape[:-1])
        assert not result.folds
        true = exact(one, function, inner.reshape(-1, len(names))).reshape(result.residual.shape)
        # the same places at both resolutions: the middle of each axis
        middle = (slice(None), *(slice(n // 2 - points // 8, n // 2 + points // 8) for n in inner.shape[:-1]))
        errors.append((result.residual - true)[middle].abs().amax(tuple(range(1, len(names) + 1))) / result.size)
    assert (errors[1] < errors[0] / 2 ** (accuracy - 1)).all(), errors
    assert errors[1].max() < 0.02, errors


def ellipse(points, eccentricity=0.3):
    """An orbit of Kepler's problem by its eccentric anomaly: times that are not equally spaced do as well."""
    E = torch.linspace(0.2, 3.0, points, dtype=torch.float64)
    e = eccentricity
    return torch.stack([E - e * torch.sin(E), torch.cos(E) - e, (1 - e**2) ** 0.5 * torch.sin(E)], -1)


def soliton(points, k=0.6):
    axes = {"x": torch.linspace(-2, 3, points, dtype=torch.float64)}
    axes["t"] = torch.linspace(0, 0.8, points, dtype=torch.float64)
    x, t = graph_of(torch.zeros(points, points, 0, dtype=torch.float64), axes, "xt").unbind(-1)
    height, phase = 1 / torch.cosh(x - 2 * k * t), k * x + (1 - k**2) * t
    return torch.stack([x, t, height * torch.cos(phase), height * torch.sin(phase)], -1)


def vortex(points):
    """Taylor and Green's, in a uniform stream."""
    axes = {n: torch.linspace(0.3, 2.3, points, dtype=torch.float64) for n in "xy"}
    axes["t"] = torch.linspace(0, 0.8, points, dtype=torch.float64)
    x, y, t = graph_of(torch.zeros(points, points, points, 0, dtype=torch.float64), axes, "xyt").unbind(-1)
    a, b = x - 0.5 * t, y
    fade = torch.exp(-2 * NU * t)
    u, v = 0.5 + torch.cos(a) * torch.sin(b) * fade, -torch.sin(a) * torch.cos(b) * fade
    return torch.stack([x, y, t, u, v, -(torch.cos(2 * a) + torch.cos(2 * b)) / 4 * fade**2], -1)


SOLUTIONS = {
    "kepler": (
        ellipse,
        (48, 96),
        [("1", "0", "0"), ("0", "q2", "-q1"), ("3*t", "2*q1", "2*q2")],
        [("0", "q1", "q2"), ("t", "0", "0"), ("0", "1", "0"), ("0", "t", "0")],
    ),
    "nls": (
        soliton,
        (48, 96),
        [
            ("1", "0", "0", "0"),
            ("0", "0", "psi_i", "-psi_r"),
            ("x", "2*t", "-psi_r", "-psi_i"),
            ("2*t", "0", "-x*psi_i", "x*psi_r"),
        ],
        [("0", "0", "psi_r", "psi_i"), ("2*t", "0", "0", "0"), ("x", "0", "0", "0")],
    ),
    "navier-stokes": (
        vortex,
        (16, 28),
        [
            ("y", "-x", "0", "v", "-u", "0"),
            ("x", "y", "2*t", "-u", "-v", "-2*p"),
            ("t", "0", "0", "1", "0", "0"),
            ("0", "0", "0", "0", "0", "t"),
            ("t**2", "0", "0", "2*t", "0", "-2*x"),
        ],
        [("y", "-x", "0", "0", "0", "0"), ("0", "0", "0", "x", "0", "0"), ("0", "0", "0", "0", "1", "0")],
    ),
}


def plain_space(one):
    d = len(one.space.names)
    wide = (5.0,) * d
    return Space(
        names=one.space.names,
        origin=(0.0,) * d,
        scale=(1.0,) * d,
        lower=tuple(-w for w in wide),
        upper=wide,
        periodic=(False,) * d,
    )


@pytest.mark.parametrize("name", SOLUTIONS)
def test_true_generators_leave_the_differences_error_and_controls_do_not(name):
    make, sizes, true, controls = SOLUTIONS[name]
    one = system(name)
    judge = FiniteValidity(one, 4)
    graphs = [make(points) for points in sizes]
    own = [float(judge(graph).score()) for graph in graphs]
    order = 0.75 * (sizes[1] / sizes[0]) ** 4
    assert own[1] < own[0] / order
    for field in (*true, *controls):
        flow = Flow(closed_form(plain_space(one), [field]), step=0.05 if name == "navier-stokes" else 0.01)
        for s in (-0.2, 0.3):
            scores = [float(judge(flow(graph, s, 0)).score()) for graph in graphs]
            if field in true:
                assert scores[1] < scores[0] / order + 1e-6, (field, s, scores)
                assert scores[1] < 10 * own[1], (field, s, scores)
            else:
                assert min(scores) > 0.03, (field, s, scores)
                assert scores[1] > 0.5 * scores[0]


def test_constraints_count_as_equations():
    """A stretch of u by x breaks div u = 0 by itself; a pressure that is shifted in time breaks nothing."""
    one = System.from_strings(NAVIER_STOKES, {"nu": NU})
    judge, graph = FiniteValidity(one), vortex(24)
    stretched = graph.clone()
    stretched[..., 3] += 0.2 * graph[..., 0]
    result = judge(stretched)
    divergence = result.residual[2]
    assert torch.allclose(divergence, torch.full_like(divergence, 0.2), atol=1e-6)
    each = (result.residual.square().flatten(1).sum(1) / result.squares.flatten(1).sum(1)).sqrt()
    assert float(result.score()) == pytest.approx(float(each.square().mean().sqrt()))
    shifted = graph.clone()
    shifted[..., 5] += graph[..., 2] ** 2
    assert judge(shifted).score() < 1e-5


def test_equations_that_vanish_are_not_their_rounding():
    one = System.from_strings(["u_t = u_xx", "v_t = v_xx"])
    axes = axes_of("xt", 40)
    x, t = coordinates("xt", 40).unbind(-1)
    graph = graph_of(torch.stack([torch.exp(-t) * torch.sin(x), torch.full_like(x, 0.7)], -1), axes, "xt")
    result = FiniteValidity(one)(graph)
    natural = torch.tensor([1.0, 1.0], dtype=torch.float64)
    assert result.score(least=1e-9 * natural) < 1e-4
    nothing = replace(result, residual=0 * result.residual, squares=0 * result.squares)
    assert nothing.score().isnan()
    assert nothing.score(least=natural) == 0


@pytest.mark.parametrize("name", CASES)
def test_folds_gradients_and_dtypes(name):
    names, function = CASES[name]
    judge, m = FiniteValidity(system(name), 2), len(names)
    y = coordinates(names, 7, 5.0)
    flat = torch.cat([y, torch.stack(function(*y.unbind(-1)), -1)], -1)

    def moved(s):
        return torch.cat([bent(flat[..., :m], s, names), flat[..., m:]], -1)

    s = torch.tensor(0.05, dtype=torch.float64, requires_grad=True)
    assert torch.autograd.gradcheck(lambda s: judge(moved(s)).score(), s)
    scales = torch.tensor([0.05, 30.0], dtype=torch.float64, requires_grad=True)
    result = judge(torch.stack([moved(one) for one in scales]))
    assert result.folds.tolist() == [False, True]
    assert result.score().isinf().tolist() == [False, True]
    result.residual.square().sum().backward()
    assert scales.grad[1] == 0
    assert scales.grad.isfinite().all()
    single = judge(moved(s.detach()).float())
    assert single.residual.dtype == torch.float32
    assert torch.allclose(single.score().double(), judge(moved(s.detach())).score(), rtol=1e-2)


def test_too_few_points_are_refused_by_axis():
    judge = FiniteValidity(system("navier-stokes"))
    with pytest.raises(DataError, match=r"17 times, 12 points in x and 17 points in y.*more than 16, 16 and 16"):
        judge(torch.zeros(17, 12, 17, 6, dtype=torch.float64))
    assert FiniteValidity(system("kepler")).margins() == (8,)


def found(name, samples=2, times=41, points=32, degree=2, data=None):
    one = EXAMPLES[name]
    data = data or example(name, samples, times, points, 0)
    return discover_system(data, system_of(data, one.equations, one.parameters), SystemSettings(degree=degree))


@pytest.fixture(scope="module")
def kepler():
    return found("kepler")


@pytest.fixture(scope="module")
def spirals():
    return found("lambda-omega", times=25, points=24, degree=1)


class TestTable:
    @pytest.mark.parametrize(
        ("name", "points", "degree"),
        [("kepler", 1, 2), ("nls", 48, 2), ("lambda-omega", 20, 1), ("navier-stokes", 20, 1)],
    )
    def test_of_an_artifact(self, name, points, degree):
        artifact = found(name, times=21 if points == 20 else 33, points=points, degree=degree)
        table = finite_defect(artifact)
        assert table == FiniteTable.model_validate_json(table.model_dump_json())
        for row, record in zip(table.generators, artifact.metadata.generators, strict=True):
            assert record.status == "exact"
            assert [score.scale for score in row] == [-0.4, -0.1, 0.1, 0.4]
            for score in row[1:3]:
                assert score.status == "ok", (record, score)
                assert score.residual < 4 * table.identity + 1e-5
            assert all(score.status != "ok" or score.residual < 20 * table.identity + 1e-5 for score in row)
        assert table.identity < 1e-2
        for score in table.random:
            assert score.status == "fold" or score.residual > 0.01

    def test_trivial_fields_move_solutions_along_themselves(self):
        artifact = found("lotka-volterra")
        table = finite_defect(artifact, (0.1,))
        trivial = [place for place, record in enumerate(artifact.metadata.generators) if record.trivial]
        assert trivial
        for place in trivial:
            assert max(score.residual for score in table.generators[place]) < 1e-5

    def test_other_samples(self, kepler):
        data = example("kepler", 3, 41, 1, 7)
        more = finite_defect(kepler, (0.05,), torch.from_numpy(data.read([0, 1, 2])))
        assert all(score.residual < 1e-5 for row in more.generators for score in row)

    def test_short_solutions_get_differences_that_fit(self):
        """12 times have no room for differences of order 8 of a second derivative; 4 times for none at all."""
        artifact = found("kepler", times=41)
        cut = {name: values[:12] for name, values in artifact.specimen.items()}
        table = finite_defect(replace(artifact, specimen=cut), (0.1,))
        assert all(score.status == "ok" and score.residual < 0.01 for row in table.generators for score in row)
        cut = {name: values[:4] for name, values in artifact.specimen.items()}
        with pytest.raises(DataError, match="4 times"):
            finite_defect(replace(artifact, specimen=cut))


class TestSpecimen:
    def test_is_in_the_file(self, spirals, tmp_path):
        spirals.save(tmp_path / "a.safetensors")
        again = symgen.load(tmp_path / "a.safetensors")
        assert set(again.specimen) == {"x", "y", "t", "u", "v"}
        assert again.specimen["u"].shape == (25, 24, 24)
        assert finite_defect(again, (0.1,)) == finite_defect(spirals, (0.1,))

    def test_old_files_have_none(self, spirals, tmp_path):
        replace(spirals, specimen={}).save(tmp_path / "old.safetensors")
        old = symgen.load(tmp_path / "old.safetensors")
        assert old.specimen == {}
        with pytest.raises(DataError, match="no solution to move"):
            finite_defect(old)

    @pytest.mark.parametrize("wrong", [{"u": (25, 24, 23)}, {"x": (23,)}, {"v": None}])
    def test_others_than_its_grid_are_refused(self, spirals, tmp_path, wrong):
        specimen = dict(spirals.specimen)
        for name, shape in wrong.items():
            if shape is None:
                del specimen[name]
            else:
                specimen[name] = torch.zeros(shape, dtype=torch.float64)
        replace(spirals, specimen=specimen).save(tmp_path / "b.safetensors")
        with pytest.raises(DataError, match="do not fit"):
            symgen.load(tmp_path / "b.safetensors")

    @pytest.mark.parametrize(
        ("grid", "kept"),
        [
            ({"t": 33, "x": 64, "y": 64}, (33, 64, 64)),
            ({"t": 80, "x": 64, "y": 64}, (36, 64, 64)),
            ({"t": 50, "y": 100, "x": 120}, (24, 79, 79)),
            ({"x": 500, "y": 600}, (387, 387)),
            ({"t": 400_000}, (150_000,)),
        ],
    )
    def test_of_large_solutions_the_middle_is_kept(self, grid, kept):
        shape = tuple(grid.values())
        one = np.broadcast_to(np.linspace(0, 1, shape[0]).reshape(-1, *[1] * (len(shape) - 1)), shape)
        axes = {name: np.arange(size) * 0.1 for name, size in grid.items()}
        data = Solutions.from_arrays({"u": one[None], "v": 2 * one[None]}, axes, periodic=False)
        names = "".join(sorted(grid, key="xyzt".index))
        problem = object.__new__(SystemProblem)
        problem.solutions, problem.device = data, torch.device("cpu")
        lead = "t" if "t" in grid else "x"
        unlike = [f"{name}_{letter}" for letter in names for name in "uv"]
        problem.system = System.from_strings(
            [f"u_{lead} = v", f"v_{lead} = {'+'.join(unlike[2:] or ['u'])}"], {}, names
        )
        specimen = problem.specimen()
        assert specimen["u"].shape == kept
        assert torch.equal(specimen["v"], 2 * specimen["u"])
        assert 2 * specimen["u"].numel() <= SPECIMEN_VALUES or len(specimen["t"]) == LEAST_TIMES
        for name, points in specimen.items():
            if name in grid:
                start = (grid[name] - len(points)) // 2
                assert torch.allclose(points, torch.from_numpy(axes[name][start : start + len(points)]))


class TestCommandLine:
    pytestmark = pytest.mark.usefixtures("terminal")

    def test_tables_and_figures(self, run):
        data = example("kepler", 4, 41, 1, 0)
        values = np.moveaxis(data.read(range(4)), -1, 0)
        np.savez("orbits.npz", **dict(zip(data.unknowns, values, strict=True)), t=data.axis("t").points)
        equations = [part for text in EXAMPLES["kepler"].equations for part in ("--equation", text)]
        code, out, _ = run("discover", "orbits.npz", *equations, "--device", "cpu", "--json")
        document = json.loads(out)
        assert code == 0
        assert document["moved"]["identity"] < 1e-6
        assert len(document["moved"]["generators"]) == 3
        assert {path.rsplit("/")[-1] for path in document["figures"]} >= {"moved.png", "defect.png"}
        code, out, _ = run("discover", "orbits.npz", *equations, "--device", "cpu", "--force", "--no-figures")
        assert code == 0
        assert "moved 0.4" in out
        assert "the data as they are" in out
        code, out, _ = run("inspect", "orbits-generators.safetensors", "--figures", "again", "--json")
        assert code == 0
        assert {path.rsplit("/")[-1] for path in json.loads(out)["figures"]} >= {"moved.png", "defect.png"}

    def test_old_files_say_so(self, run, spirals):
        replace(spirals, specimen={}).save("old.safetensors")
        code, out, _ = run("inspect", "old.safetensors", "--figures", "pictures", "--json")
        document = json.loads(out)
        assert code == 0
        assert "no solution to move" in document["warnings"][0]
        assert {path.rsplit("/")[-1] for path in document["figures"]} == {"spectrum.png", "fields.png"}
