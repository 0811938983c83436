"""Discovery of the symmetries of systems, in several dimensions and of ODEs, from data."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest
import torch
from systems import SYSTEMS

import symgen
from symgen.discovery import system as discovery
from symgen.discovery import system_problem
from symgen.discovery.settings import SystemNetworkSettings, SystemSettings
from symgen.discovery.system_source import system_of
from symgen.equations.recorded import system_of_domain
from symgen.exceptions import DataError, UsageError
from symgen.expressions import parse_field
from symgen.generators.closed_form import formula
from symgen.inspection.comparison import compare
from symgen.inspection.reference import reference
from symgen.pde.solutions import Solutions
from symgen.pde.system_residual import system_residual
from symgen.plots import all_figures


def waves(axes: str, unknowns, n: int = 2, size: int = 16, times: int = 17, seed: int = 0) -> Solutions:
    """Moving sines that solve nothing: free jets need no more than the ranges of data."""
    draw = np.random.default_rng(seed)
    grids = {a: np.linspace(0.5, 3, times) if a == "t" else np.arange(size) * 8.0 / size for a in axes}
    mesh = np.meshgrid(*grids.values(), indexing="ij")
    arrays = {}
    for name in unknowns:
        array = np.full((n, *mesh[0].shape), 0.7)
        for sample in array:
            for _ in range(6):
                phase = draw.uniform(0, 6.3)
                for axis, grid in zip(axes, mesh, strict=True):
                    speed = draw.uniform(-1, 1) if axis == "t" else 2 * np.pi / 8 * draw.integers(-2, 3)
                    phase = phase + speed * grid
                sample += draw.uniform(-0.3, 0.3) * np.sin(phase)
        arrays[name] = array
    return Solutions.from_arrays(arrays, grids)


@pytest.fixture
def unchecked(monkeypatch):
    """Discovery without the refusal of data that do not solve the system."""
    monkeypatch.setattr(system_problem, "require_solved", lambda given, residual: None)


def oscillator(noise: float = 0.0, times: int = 120) -> Solutions:
    """Exact solutions of a pendulum's linear part in two directions: q1_tt = -q1, q2_tt = -q2."""
    draw = np.random.default_rng(3)
    t = np.linspace(0, 9, times)
    size, phase = draw.uniform(0.5, 1.5, (2, 3, 1)), draw.uniform(0, 6, (2, 3, 1))
    q = size * np.sin(t + phase)
    q = q + noise * q.std() * draw.standard_normal(q.shape)
    return Solutions.from_arrays({"q1": q[0], "q2": q[1]}, {"t": t})


def heat(noise: float = 0.0) -> Solutions:
    """Exact solutions of u_t = u_xx + u_yy, v_t = 2*(v_xx + v_yy)."""
    draw = np.random.default_rng(1)
    x, t = np.arange(16) * 2 * np.pi / 16, np.linspace(0, 0.5, 25)
    fields = []
    for rate in (1, 2):
        u = np.full((2, 25, 16, 16), 0.2)
        for sample in u:
            for k, m in ((1, 0), (0, 1), (1, 1), (2, 1)):
                phase = draw.uniform(0, 6.3)
                wave = np.sin(k * x[:, None] + m * x + phase)
                sample += draw.uniform(0.3, 0.6) * np.exp(-rate * (k * k + m * m) * t)[:, None, None] * wave
        fields.append(u + noise * u.std() * draw.standard_normal(u.shape))
    return Solutions.from_arrays({"u": fields[0], "v": fields[1]}, {"t": t, "x": x, "y": x}, periodic=True)


HEAT = ("u_t = lap(u)", "v_t = 2*lap(v)")

ROTATING = (
    "h_t + (h*u)_x + (h*v)_y",
    "u_t + u*u_x + v*u_y - v + h_x",
    "v_t + u*v_x + v*v_y + u + h_y",
)

COUNTS = [
    ("nls", 2, "tx", ("psi_r", "psi_i"), 5),
    ("nls 2-d", 2, "txy", ("psi_r", "psi_i"), 8),
    ("nls 2-d", 3, "txy", ("psi_r", "psi_i"), 9),
    ("lambda-omega", 2, "txy", "uv", 5),
    ("shallow water", 2, "txy", "huv", 9),
    ("burgers 2-d", 2, "txy", "uv", 8),
    ("zakharov-kuznetsov", 2, "txy", "u", 5),
    ("kepler", 2, "t", ("q1", "q2"), 3),
    ("navier-stokes", 2, "txy", "uvp", 12),
]


@pytest.mark.usefixtures("unchecked")
class TestCounts:
    @pytest.mark.parametrize(("name", "degree", "axes", "unknowns", "count"), COUNTS)
    def test_exact_with_formulas(self, name, degree, axes, unknowns, count):
        data = waves(axes, unknowns)
        artifact = discovery.discover_system(data, system_of(data, *SYSTEMS[name]), SystemSettings(degree=degree))
        m = artifact.metadata
        assert (m.exact, m.trivial, m.approximate) == (count, 0, 0)
        assert all(r.formula and r.formula_error < 1e-9 for r in m.generators)
        assert m.spectrum[count - 1] < 1e-11
        assert m.spectrum[count] > 1e-4
        assert not any("independent check" in w for w in m.warnings)

    def test_all_fields_of_a_library(self):
        """No gap comes after them, and no field."""
        data = waves("txy", "u")
        m = discovery.discover_system(
            data, system_of(data, ["u_tt = u_xx + u_yy"], {}), SystemSettings(degree=0)
        ).metadata
        assert (m.exact, len(m.spectrum), m.certainty.at_least) == (4, 4, 4)
        assert 0 < m.rounding < 1e-14

    def test_kepler_formulas(self):
        data = waves("t", ("q1", "q2"))
        artifact = discovery.discover_system(data, system_of(data, *SYSTEMS["kepler"]), SystemSettings())
        names = artifact.metadata.space.names
        texts = {formula(parse_field(r.formula, names), names) for r in artifact.metadata.generators}
        assert texts == {"d/dt", "q2 d/dq1 - q1 d/dq2", "3*t d/dt + 2*q1 d/dq1 + 2*q2 d/dq2"}

    def test_distance_to_exact_algebra(self, tmp_path):
        """And what is loaded is what was saved."""
        data = waves("t", ("q1", "q2"))
        artifact = discovery.discover_system(data, system_of(data, *SYSTEMS["kepler"]), SystemSettings())
        artifact.save(tmp_path / "a.safetensors")
        loaded = symgen.load(tmp_path / "a.safetensors")
        assert loaded.metadata == artifact.metadata
        assert torch.equal(loaded(artifact.points), artifact(artifact.points))
        comparison = compare(loaded, reference(loaded, "lps"))
        assert comparison.full_distance < 1e-8

    @pytest.mark.parametrize("size", [0.0, 2e-16, 1e-13])
    def test_constant_up_to_rounding(self, size):
        """As any solver leaves a conserved unknown: it is free all the same."""
        data = waves("tx", "uh")
        values = data.values.copy()
        values[..., 1] = 1 + size * np.sign(values[..., 1] - 0.7)
        data = replace(data, values=values)
        given = system_of(data, ("u_t = -h*u_x", "h_t = -u*h_x"), {})
        m = discovery.discover_system(data, given, SystemSettings(degree=1)).metadata
        assert (m.exact, m.algebra.shared) == (5, 5)
        assert max(r.defect for r in m.generators) < 1e-9

    def test_equation_without_terms(self):
        """A parameter that does not change, as an unknown."""
        data = waves("tx", "uv")
        given = system_of(data, ("u_t = v*u_xx", "v_t = 0"), {})
        m = discovery.discover_system(data, given, SystemSettings(degree=1)).metadata
        assert (m.exact, m.algebra.shared) == (m.algebra.dimension, m.algebra.dimension)
        network = SystemNetworkSettings(width=8, steps=3, n_generators=1)
        assert discovery.discover_system(data, given, network).metadata.kind == "network"

    @pytest.mark.parametrize("unit", [1e-12, 1e6])
    def test_units_of_time(self, unit):
        """Nothing is called trivial for the unit that it is measured in."""
        data = waves("tx", "uv")
        t, x = data.axes
        data = replace(data, axes=(replace(t, points=t.points * unit), x))
        given = system_of(data, (f"u_t = {1 / unit!r}*u_xx", f"v_t = {1 / unit!r}*v_xx"), {})
        m = discovery.discover_system(data, given, SystemSettings(degree=1)).metadata
        assert (m.exact, m.trivial) == (11, 0)

    def test_singular_points(self):
        """Where an equation has no value the data say nothing."""
        x, t = np.linspace(-1, 1, 21), np.linspace(0, 1, 20)
        radius = x[:, None] ** 2 + x**2
        arrays = {"u": (radius + 0.4 * t[:, None, None])[None], "v": 1 + (radius + 0.4 * t[:, None, None])[None]}
        data = Solutions.from_arrays(arrays, {"t": t, "x": x, "y": x}, periodic=False)
        given = system_of(data, ("u_t = 0.1*(u_xx + u_yy)", "v_t = 0.1*(v_xx + v_x/x)"), {})
        m = discovery.discover_system(data, given, SystemSettings(degree=1)).metadata
        assert m.exact > 0
        assert not m.data.fits_poorly

    def test_degree_in_t(self):
        with pytest.raises(ValueError, match="at least the degree in all coordinates"):
            SystemSettings(degree=2, t_degree=1)

    def test_flow_of_an_ode_is_set_apart(self):
        data = waves("t", "xyz", n=4)
        artifact = discovery.discover_system(data, system_of(data, *SYSTEMS["lorenz"]), SystemSettings())
        m = artifact.metadata
        assert (m.exact, m.trivial) == (2, 1)
        assert [r.verdict for r in m.generators[:2]] == ["exact", "trivial"]
        field = artifact(artifact.points)[1]
        x, y, z = artifact.points[:, 1:].unbind(-1)
        flow = torch.stack([x * 0 + 1, 10 * (y - x), x * (28 - z) - y, x * y - 8 * z / 3], -1)
        assert torch.allclose(field, flow * (field[:, :1]), rtol=1e-7, atol=1e-9)

    def test_same_result_for_constant_unknown(self):
        """One that is constant in the data is free all the same."""
        data = waves("txy", "uv")
        values = data.values.copy()
        values[..., 1] = 0.25
        data = replace(data, values=values)
        given = system_of(data, *SYSTEMS["burgers 2-d"])
        m = discovery.discover_system(data, given, SystemSettings()).metadata
        assert m.exact == 8
        assert any("v is constant in the data" in warning for warning in m.warnings)

    @pytest.mark.slow
    def test_series_in_time(self):
        """Rotating shallow water has as many symmetries as without rotation (Chesnokov 2009), with cos(t)."""
        data = waves("txy", "huv")
        given = system_of(data, ROTATING, {})
        polynomials = discovery.discover_system(data, given, SystemSettings()).metadata
        assert (polynomials.exact, len(polynomials.algebra.missing)) == (5, 4)
        assert any("Algebra finds 4 more" in warning for warning in polynomials.warnings)
        m = discovery.discover_system(data, given, SystemSettings(t_degree=12)).metadata
        assert (m.exact, m.algebra.dimension, m.algebra.shared) == (9, 9, 9)
        assert all(record.formula and record.formula_error < 1e-9 for record in m.generators)

    def test_network(self):
        """Its features hold constants, so that translations are there at once."""
        data = waves("tx", ("psi_r", "psi_i"))
        given = system_of(data, *SYSTEMS["nls"])
        settings = SystemNetworkSettings(width=16, steps=20, n_generators=2)
        artifact = discovery.discover_system(data, given, settings)
        assert (artifact.metadata.kind, artifact.metadata.method) == ("network", "network")
        assert [record.formula for record in artifact.metadata.generators] == [
            ("1", "0", "0", "0"),
            ("0", "1", "0", "0"),
        ]

    def test_coarse_grid(self):
        """Where the data's own derivatives are not to be had, free ones are."""
        data = waves("tx", ("psi_r", "psi_i"), size=6)
        m = discovery.discover_system(data, system_of(data, *SYSTEMS["nls"]), SystemSettings()).metadata
        assert (m.exact, m.ranked_on) == (5, "free")
        assert any("points in x; derivatives of order" in warning for warning in m.warnings)

    def test_figures(self):
        data = waves("tx", ("psi_r", "psi_i"))
        artifact = discovery.discover_system(data, system_of(data, *SYSTEMS["nls"]), SystemSettings())
        assert set(all_figures(artifact)) == {"spectrum", "fields", "moved"}


class TestFit:
    def test_solutions(self):
        data = heat()
        residual = system_residual(data, system_of(data, HEAT, {}).system)
        assert max(residual.relative) < 1e-4
        assert residual.misfit <= max(residual.relative)

    def test_constant_unknown_fits(self):
        """Its derivatives are 0, not rounding beside rounding."""
        data = heat()
        values = data.values.copy()
        values[..., 1] = 1.7
        data = replace(data, values=values)
        m = discovery.discover_system(data, system_of(data, HEAT, {}), SystemSettings(degree=1)).metadata
        assert not m.data.fits_poorly
        assert m.data.residuals[1] == 0

    def test_noise_is_averaged_out(self):
        data = heat(0.05)
        residual = system_residual(data, system_of(data, HEAT, {}).system)
        assert residual.misfit < 0.5 < max(residual.relative)
        artifact = discovery.discover_system(data, system_of(data, HEAT, {}), SystemSettings(degree=1))
        clean = heat()
        assert (
            artifact.metadata.exact
            == discovery.discover_system(clean, system_of(clean, HEAT, {}), SystemSettings(degree=1)).metadata.exact
        )

    @pytest.mark.parametrize("wrong", [("u_t = -lap(u)", HEAT[1]), (HEAT[0], "v_t = u*u_x"), ("u_t = v_t", "v_t = u")])
    def test_other_equations_are_refused(self, wrong):
        data = heat()
        with pytest.raises(DataError, match="do not solve"):
            discovery.discover_system(data, system_of(data, wrong, {}), SystemSettings())

    def test_what_noise_explains_is_not_refused(self):
        """Second derivatives of 33 noisy points are nothing but noise."""
        texts = ("q1_tt = -q1", "q2_tt = -q2")
        data = oscillator(0.05, times=33)
        m = discovery.discover_system(data, system_of(data, texts, {}), SystemSettings()).metadata
        clean = oscillator()
        assert m.exact == discovery.discover_system(clean, system_of(clean, texts, {}), SystemSettings()).metadata.exact
        assert m.data.fits_poorly
        assert any("fit the equation" in warning for warning in m.warnings)

    def test_second_order(self):
        data = oscillator()
        given = system_of(data, ("q1_tt = -q1", "q2_tt = -q2"), {})
        residual = system_residual(data, given.system)
        assert max(residual.relative) < 1e-5
        with pytest.raises(DataError, match="do not solve"):
            discovery.discover_system(data, system_of(data, ("q1_tt = q1", "q2_tt = -q2"), {}), SystemSettings())


class TestSource:
    def test_refused(self):
        data = heat()
        for texts, match in [
            (("p_t = p_x",), "which the data lack"),
            (("u_t = u_x", "v_t = u_z"), "have z, which is neither"),
        ]:
            with pytest.raises(UsageError, match=match):
                system_of(data, texts, {})

    def test_one_unknown_of_two(self):
        given = system_of(heat(), HEAT[:1], {})
        assert given.system.space.dependent == ("u",)
        assert given.notes == ("No equation has v: left out.",)

    def test_all_variables_of_the_data(self):
        """y counts though no equation has it."""
        given = system_of(heat(), ("u_t = u_x",), {})
        assert given.system.space.independent == ("x", "y", "t")


@pytest.mark.usefixtures("terminal")
class TestCli:
    @pytest.fixture
    def file(self):
        data = heat()
        t, x, y = (axis.points for axis in data.axes)
        np.savez("flow.npz", u=data.values[..., 0], v=data.values[..., 1], t=t, x=x, y=y)
        return ["flow.npz", *(part for text in HEAT for part in ("--equation", text)), "--boundary", "periodic"]

    def test_discover_and_inspect(self, run, file):
        code, out, err = run("discover", *file, "--degree", "1", "--no-figures", "--json", "--device", "cpu")
        assert code == 0, err
        document = json.loads(out)
        system = system_of_domain(symgen.load("flow-generators.safetensors").metadata.domain)
        assert document["equations"] == list(HEAT)
        assert document["unknowns"] == list(system.space.dependent)
        texts = {g["text"] for g in document["generators"]}
        assert {"d/dx", "d/dy", "d/dt", "u d/du", "v d/dv", "y d/dx - x d/dy"} <= texts
        code, out, err = run("inspect", "flow-generators.safetensors", "--against", "lps", "--max-distance", "1e-8")
        assert code == 0, err
        assert "Grassmann distance" in out
        code, _, err = run("augment", "flow-generators.safetensors", "flow.npz", "-o", "b.h5")
        assert code in (2, 3)
        assert "Traceback" not in err

    def test_a_library_of_symmetries_alone(self, run, file):
        code, out, err = run("discover", *file, "--degree", "0", "--no-figures", "--device", "cpu")
        assert code == 0, err
        assert "5 exact: all that the library has" in out
        assert "then a gap" not in out

    def test_exit_codes(self, run, file):
        code, _, err = run("discover", "flow.npz", "--param", "nu=1")
        assert code == 2
        assert "--equation for each unknown" in err
        code, _, err = run("discover", "flow.npz", "--equation", "u_t = -lap(u)", "--equation", HEAT[1])
        assert code == 3
        assert "do not solve" in err
