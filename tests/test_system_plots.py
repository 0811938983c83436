"""Figures of systems: which planes show a field, equations as mathematics, and that all can be drawn."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest
import torch
from systems import SYSTEMS

from symgen.discovery.settings import SystemSettings
from symgen.discovery.system import discover_system
from symgen.discovery.system_source import system_of
from symgen.expressions import CompiledExpressions, parse_field
from symgen.generators.domains import SystemDomain
from symgen.inspection.comparison import compare
from symgen.inspection.reference import reference
from symgen.pde.solutions import Solutions
from symgen.plots import all_figures, save_figure
from symgen.plots.alignment import wrapped
from symgen.plots.notes import text_width
from symgen.plots.planes import components_of, planes_of
from symgen.plots.words import equation_text
from symgen.plots.written import equation_terms, parses, symbol_text

NAMES = ("x", "y", "t", "u", "v")


def fake(*formulas):
    """What `components_of` needs of an artifact: points and fields, of norm 1 each."""
    draw = torch.Generator().manual_seed(1)
    points = torch.rand(800, 5, dtype=torch.float64, generator=draw) * 2 - torch.tensor([0.0, 0, 0, 1, 1])
    compiled = [CompiledExpressions([*map(_symbol, NAMES)], parse_field(f, NAMES)) for f in formulas]

    class Fake:
        metadata = SimpleNamespace(space=SimpleNamespace(scale=(1.0,) * 5))

        def __call__(self, at):
            fields = torch.stack([c(at.unbind(-1)).T for c in compiled])
            return fields / fields.square().sum(-1).mean(-1).sqrt()[:, None, None]

    made = Fake()
    made.points = points
    return made


def _symbol(name):
    import sympy

    return sympy.Symbol(name, real=True)


class TestPlanes:
    @pytest.mark.parametrize(
        ("field", "pairs"),
        [
            (("1", "0", "0", "0", "0"), ["xy"]),
            (("0", "0", "1", "0", "0"), ["xt"]),
            (("-y", "x", "0", "0", "0"), ["xy"]),
            (("0", "0", "0", "v", "-u"), ["uv"]),
            (("-y", "x", "0", "-v", "u"), ["xy", "uv"]),
            (("x", "y", "2*t", "-u", "-v"), ["xy", "uv"]),
            (("0", "0", "0", "x", "0"), ["xu"]),
            (("0", "0", "0", "0", "t"), ["tv"]),
            (("t", "0", "0", "1", "0"), ["xt", "xu"]),
            (("t/500", "0", "0", "x*v", "-x*u"), ["xt", "uv"]),  # small, and yet it is shown
            (("0", "0", "0", "x*y", "0"), ["xu", "yu"]),
        ],
    )
    def test_those_that_show_it(self, field, pairs):
        components = components_of(fake(field))
        found = planes_of(components.sizes[0].tolist(), components.dependence[0].tolist(), 3)
        assert ["".join(NAMES[i] for i in pair) for pair in found] == pairs

    def test_sizes_and_dependence(self):
        """u d/du + 2*t d/dx: squares of sizes add up to 1; components change with their own variable only."""
        components = components_of(fake(("2*t", "0", "0", "u", "0")))
        assert float(components.sizes.square().sum()) == pytest.approx(1, abs=0.01)
        changes = components.dependence[0] > 0.1
        assert changes.nonzero().tolist() == [[0, 2], [3, 3]]

    def test_ordinary_equation(self):
        assert planes_of([1.0, 0.0], [[0.0, 0.0], [0.0, 0.0]], 1) == [(0, 1)]


class TestEquations:
    @pytest.mark.parametrize(
        ("text", "terms"),
        [
            ("u_t = d*lap(u)", ["u_{t}", r"=\; d\,\Delta u"]),
            ("u_t + u*u_x", ["u_{t}", r"+\; u\,u_{x}", r"=\; 0"]),
            ("h_t + (h*u)_x = 0", ["h_{t}", r"+\; (h\,u)_{x}", r"=\; 0"]),
            ("q1_tt = -q1/(q1^2 + q2**2)^(3/2)", ["q_{1,tt}", r"=\; -q_{1}/(q_{1}^{2} + q_{2}^{2})^{3/2}"]),
            ("I*psi_t = 2*abs(psi)^2*psi", [r"i\,\psi_{t}", r"=\; 2\,|\psi|^{2}\,\psi"]),
            ("u_t = 1e-3*u_xx - x^-1", ["u_{t}", r"=\; 1e-3\,u_{xx}", r"-\; x^{-1}"]),
            ("v_t == sqrt(u) + exp(-t)", ["v_{t}", r"=\; \sqrt{u}", r"+\; \mathrm{exp}(-t)"]),
        ],
    )
    def test_terms(self, text, terms):
        assert equation_terms(text) == terms
        assert all(map(parses, terms))

    @pytest.mark.parametrize("name", SYSTEMS)
    def test_all_systems_can_be_set(self, name):
        assert all(parses(term) for text in SYSTEMS[name][0] for term in equation_terms(text))

    @pytest.mark.parametrize(
        "text", ["u_t = (u", "u_t = u)", "u_t = ^", "u_t = {u", r"u_t = \nothing", "= u", "u_t = u^", "u_t = $u$"]
    )
    def test_what_is_no_formula_does_no_harm(self, text):
        assert isinstance([parses(term) for term in equation_terms(text)], list)

    def test_symbols(self):
        assert [symbol_text(name) for name in ("psi_r", "q1", "u", "theta")] == [r"\psi_{r}", "q_{1}", "u", r"\theta"]

    def test_names_of_a_reference(self):
        assert wrapped("d/dx") == "d/dx"
        assert wrapped("x d/dx + 2*t d/dt - u d/du") == "x d/dx + 2*t d/dt\n- u d/du"
        assert wrapped("Galilean boost of u") == "Galilean\nboost of u"


CASES = [
    ("kepler", "t", ("q1", "q2")),
    ("lorenz", "t", ("x", "y", "z")),
    ("nls", "tx", ("psi_r", "psi_i")),
    ("lambda-omega", "txy", ("u", "v")),
    ("navier-stokes", "txy", ("u", "v", "p")),
]


@pytest.mark.parametrize(("name", "axes", "unknowns"), CASES)
def test_all_figures(monkeypatch, tmp_path, name, axes, unknowns):
    """Are drawn, without a word that lies outside the figure, of few generators and of many."""
    monkeypatch.setattr("symgen.discovery.system_problem.SOLVED", np.inf)
    draw = np.random.default_rng(0)
    grids = {a: np.linspace(0.5, 3, 17) if a == "t" else np.arange(12) * 8.0 / 12 for a in axes}
    mesh = np.meshgrid(*grids.values(), indexing="ij")
    waves = [sum(np.sin(draw.uniform(0.3, 2) * m + draw.uniform(0, 6)) for m in mesh) for _ in unknowns]
    data = Solutions.from_arrays({n: w[None] for n, w in zip(unknowns, waves, strict=True)}, grids, periodic=False)
    artifact = discover_system(data, system_of(data, *SYSTEMS[name]), SystemSettings(degree=2))
    figures = all_figures(artifact, compare(artifact, reference(artifact, "lps")))
    assert set(figures) == {"spectrum", "fields", "moved", "alignment"}
    for title, figure in figures.items():
        save_figure(figure, tmp_path / f"{title}.png")
        width, height = figure.get_size_inches()
        drawn = figure.get_tightbbox()
        assert drawn.x0 > -0.02, title
        assert drawn.y0 > -0.02, title
        assert drawn.x1 < width + 0.02, title
        assert drawn.y1 < height + 0.02, title


def test_title_fits():
    """Of long equations with many parameters: cut at a sign, and the parameters on a line of their own."""
    names = [f"alpha{place}" for place in range(14)]
    terms = [f"{name}*u^2*v_x*(u - v)" for name in names]
    domain = SystemDomain(
        equations=("u_t = " + " + ".join(terms), "v_t = u", "w_t = v", "p_t = w", "q_t = p"),
        parameters=dict.fromkeys(names, 0.25),
        independent=("x", "t"),
        unknowns=("u", "v", "w", "p", "q"),
        lengths={"x": 1.0, "t": 1.0},
        periodic=(),
    )
    lines = equation_text(SimpleNamespace(domain=domain), 8.0, 10.5).split("\n")
    assert all(text_width(line, 10.5) <= 8.3 for line in lines)
    assert lines[0].endswith(r"\ldots$")
    assert lines[-2] == "... (2 more equations)"
    assert lines[-1].startswith(r"$\alpha_{0} = 0.25$")
