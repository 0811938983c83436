"""What a report is made of: mathematics, moved points as series, packed arrays, escaped text."""

from __future__ import annotations

import base64
import gzip
import json
import math
from xml.etree import ElementTree

import numpy as np
import pytest
import sympy
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from report_artifacts import ARTIFACTS, soliton

from symgen.generators.closed_form import ClosedFormGenerators
from symgen.generators.space import Space
from symgen.report.html import Html, element, formula, table
from symgen.report.mathml import broken_mathml, formula_mathml, name_parts
from symgen.report.motion import motion
from symgen.report.numbers import defect, scientific
from symgen.report.payload import Payload, data_json
from symgen.report.scene import MOST_TEXT, scene
from symgen.report.sheet import sheet

X, Y = sympy.symbols("x y", real=True)


def words(mathml: str) -> str:
    """What is read out: all text, fractions and powers by their place only."""
    return "".join(ElementTree.fromstring(mathml).itertext()).replace("\u2061", "")


class TestMathematics:
    @pytest.mark.parametrize(
        ("text", "said"),
        [
            ("t d/dx + d/du", "t∂x+∂u"),
            ("x d/dx + 3*t d/dt - 2*u d/du", "x∂x+3t∂t−2u∂u"),
            ("u_t + u*u_x = nu*u_xx", "ut+uux=νuxx"),
            ("q1_tt = -q1/(q1^2 + q2**2)^(3/2)", "q1,tt=−q1(q12+q22)32"),
            ("I*psi_t + 2*abs(psi)^2*psi", "iψt+2|ψ|2ψ"),
            ("u_t = d*lap(u) + lap(u*v)", "ut=dΔu+Δ(uv)"),
            ("sqrt(x + 1) + conj(psi_r)", "x+1+ψr‾"),
            ("(u^2)_xx", "(u2)xx"),
            ("1.5e-05*u", "1.5×10−5u"),
            ("2*3*x - -x", "2·3x−−x"),
            ("F1 - 2 F3", "F1−2F3"),
            ("[F1, F2]", "[F1,F2]"),
            ("u_t == 0, nu = 0.1", "ut=0,ν=0.1"),
            ("u**2/2 + ...", "u22+…"),
            ("exp(-t/2) d/dx", "exp(−t2)∂x"),
        ],
    )
    def test_is_set(self, text, said):
        assert words(formula_mathml(text)) == said
        assert "mtext" not in formula_mathml(text)

    def test_fractions_and_powers(self):
        """What stands over a line, and the exponent, have no brackets of their own."""
        found = ElementTree.fromstring(formula_mathml("-(x + 1)/(2*t)"))
        over, below = found.find(".//{*}mfrac")
        assert ["".join(part.itertext()) for part in (over, below)] == ["x+1", "2t"]
        assert words(formula_mathml("(x + 1)*(x - 1)/2")) == "(x+1)(x−1)2"  # two brackets side by side stay

    @pytest.mark.parametrize("text", ["", "((((", "u_t = (u", "a $ b", "<b>", "1 +", "x ^", "é" * 5000, "(" * 900])
    def test_what_is_no_formula_stays_text(self, text):
        found = formula_mathml(text)
        assert "<mtext>" in found
        assert words(found) == text

    @settings(max_examples=200, deadline=None)
    @given(st.text(alphabet="ux_t1.e*/^+-=()[]|,<>&'\"d q\\", max_size=24))
    def test_any_text_is_well_formed(self, text):
        found = ElementTree.fromstring(formula_mathml(text))
        assert found.get("alttext") == text.replace("\t", " ")
        ElementTree.fromstring(broken_mathml(text).replace("<wbr>", "<wbr/>"))

    def test_lines_break_before_signs(self):
        pieces = broken_mathml("u_t + u*(u - 1) = nu*u_xx").split("<wbr>")
        assert [p.count("<mo form='infix'>") for p in pieces] == [0, 2, 1]  # one of the two is in the bracket

    def test_names_of_coordinates(self):
        assert [name_parts(n) for n in ("u", "psi_r", "q1", "px", "x_velocity")] == [
            ("u", ""),
            ("ψ", "r"),
            ("q", "1"),
            ("px", ""),
            ("x", "velocity"),
        ]


class TestText:
    def test_is_escaped_everywhere(self):
        bad = "<img src=x onerror=alert(1)>\"'&"
        for found in (
            element("p", bad, title=bad),
            table(["", bad], [[bad, bad]], caption=bad),
            formula(bad),
            element("p", element("b", bad)),
        ):
            assert "<img" not in found
            assert "&lt;img" in found

    def test_markup_of_its_own_is_kept(self):
        assert element("p", element("b", "x"), Html("<i>y</i>")) == "<p><b>x</b><i>y</i></p>"
        assert element("input", type="range", hidden=None) == '<input type="range">'

    def test_json_cannot_end_its_script(self):
        value = {"a": "</script><script>alert(1)</script><!--"}
        text = data_json(value)
        assert "<" not in text
        assert json.loads(text) == value
        with pytest.raises(ValueError, match="JSON"):
            data_json({"a": math.nan})

    @pytest.mark.parametrize(
        ("value", "text"),
        [(0, "0"), (0.25, "0.25"), (-3.14159, "−3.1"), (5.67e-11, "5.7&thinsp;×&thinsp;10<sup>−11</sup>")],
    )
    def test_numbers(self, value, text):
        assert scientific(value) == text

    def test_defects_within_rounding_are_bounds(self):
        assert defect(1e-15, 1e-12).startswith("&lt;")
        assert not defect(1e-3, 1e-12).startswith("&lt;")


def unpacked(record, text):
    """What the page makes of a record."""
    if "all" in record:
        return np.full(record["n"], record["all"])
    planes = np.frombuffer(gzip.decompress(base64.b64decode(text)), np.uint8).reshape(2, -1).astype(np.uint16)
    steps = (planes[0] | (planes[1] << 8))[record["at"] : record["at"] + record["n"]]
    whole = np.cumsum(steps, dtype=np.uint16).astype(np.int16)
    return record["middle"] + whole * record["scale"]


class TestArrays:
    def test_come_back_within_half_a_step(self):
        payload = Payload()
        draw = torch.Generator().manual_seed(0)
        arrays = [
            torch.randn(500, generator=draw, dtype=torch.float64),
            1e6 + torch.linspace(-1, 1, 333, dtype=torch.float64),
            torch.tensor([-7.0, 9.0, -7.0, 9.0]),
        ]
        records = [payload.add(values) for values in arrays]
        for values, record in zip(arrays, records, strict=True):
            off = np.abs(unpacked(record, payload.text()) - values.double().numpy()).max()
            assert off <= 0.51 * (values.max() - values.min()).item() / 65534

    def test_steady_ones_are_numbers(self):
        payload = Payload()
        assert payload.add(torch.full((9,), 2.5)) == {"n": 9, "all": 2.5}
        assert "all" in payload.add(torch.tensor([0.0, 1e-9]), size=1.0)
        assert "at" in payload.add(torch.tensor([0.0, 1e-9]))
        assert payload.add(torch.zeros(0))["n"] == 0


def plane(*field):
    """A field on the square from -1 to 1."""
    space = Space(names=("x", "y"), origin=(0, 0), scale=(1, 1), lower=(-1, -1), upper=(1, 1), periodic=(False, False))
    return ClosedFormGenerators(space, [field])


def at(found, points, s):
    """The series at s."""
    angle, total = math.acos(s / found.reach), points.clone()
    for k, each in enumerate(found.coefficients, 1):
        total += each * (math.cos(k * angle) - math.cos(k * math.pi / 2))
    return total


class TestMotion:
    points = torch.rand(50, 2, generator=torch.Generator().manual_seed(1), dtype=torch.float64) * 2 - 1
    sizes = torch.tensor([2.0, 2.0], dtype=torch.float64)

    @pytest.mark.parametrize("s", [-0.4, -0.11, 0.0, 0.3, 0.4])
    def test_rotations(self, s):
        found = motion(plane(-Y, X), self.points, self.sizes, 0.4)
        x, y = self.points.unbind(-1)
        true = torch.stack([x * math.cos(s) - y * math.sin(s), x * math.sin(s) + y * math.cos(s)], -1)
        assert found.reach == 0.4
        assert (at(found, self.points, s) - true).abs().max() < 1e-3

    def test_translations_have_one_coefficient(self):
        found = motion(plane(sympy.Integer(1), sympy.Integer(0)), self.points, self.sizes, 0.4)
        assert found.coefficients.shape == (1, 50, 2)
        assert torch.allclose(found.coefficients[0, :, 0], torch.tensor(0.4, dtype=torch.float64))

    def test_flows_that_end_are_cut(self):
        """x' = 4 x^2 leaves every bound at s = 1 / (4 x)."""
        found = motion(plane(4 * X**2, sympy.Integer(0)), self.points, self.sizes, 1.0)
        assert 0 < found.reach < 0.25
        x = self.points[:, 0]
        s = 0.7 * found.reach
        assert (at(found, self.points, s)[:, 0] - x / (1 - 4 * s * x)).abs().max() < 5e-3

    def test_flows_that_end_at_once_are_not_moved(self):
        found = motion(plane(400 * X**2, sympy.Integer(0)), self.points, self.sizes, 1.0)
        assert found.reach == 0
        assert len(found.coefficients) == 0


@pytest.mark.parametrize("kind", ARTIFACTS)
def test_scenes_move_the_data_as_the_flow_does(kind):
    from symgen.flow import Flow

    artifact = ARTIFACTS[kind]()
    described, text = scene(artifact)
    moved = sheet(artifact, 24_000)
    s = 0.25
    for place, one in enumerate(described["generators"]):
        base = np.stack([unpacked(record, text) for record in described["base"]], -1)
        angle = math.acos(s / one["reach"])
        for k, each in enumerate(one["series"], 1):
            column = np.stack([unpacked(record, text) for record in each], -1)
            base += column * (math.cos(k * angle) - math.cos(k * math.pi / 2))
        true = Flow(artifact.generators, step=0.02)(moved.flat, s, place)
        inside = slice(None)
        if kind == "image":  # beyond its edges fields are held
            inside = (true.abs() < 1).all(-1).numpy() & (moved.flat.abs() < 0.6).all(-1).numpy()
        scale = np.array(artifact.metadata.space.scale)
        assert np.abs((base - true.numpy())[inside] / scale).max() < 2e-3


def test_large_sheets_are_made_coarser(monkeypatch):
    artifact = soliton()
    _, fine = scene(artifact)
    monkeypatch.setattr("symgen.report.scene.MOST_TEXT", len(fine) - 1)
    described, coarse = scene(artifact)
    assert len(coarse) < len(fine) < MOST_TEXT
    assert np.prod(described["shape"]) < artifact.specimen["u"].numel()


def test_old_files_without_a_datum_have_no_scene():
    from dataclasses import replace

    described, _ = scene(replace(ARTIFACTS["system"](), specimen={}))
    assert described["kind"] == "none"
