from __future__ import annotations

import json

import pytest

from symgen.benchmark import flow
from symgen.benchmark.flow import periodic_symmetries, slot_angles
from symgen.discovery.pde import flow_objective
from symgen.discovery.settings import PdeFlowSettings
from symgen.exceptions import TrainingError
from symgen.inspection.reference import closed_form
from symgen.pde.equation import Equation


def test_angles_of_slots(simulated):
    data = simulated("burgers")
    equation = Equation.from_string(data.info.equation, data.info.parameters)
    settings = PdeFlowSettings(init="random", periodic=True, points=512)
    objective, _ = flow_objective(data, equation, settings)

    def angles(*rows):
        fields = closed_form(objective.space, rows)
        return slot_angles(fields, objective, periodic_symmetries(objective)).rad2deg().tolist()

    x, t, boost = ("1", "0", "0"), ("0", "1", "0"), ("t", "0", "1")
    assert angles(boost, x, t, ("u", "0", "0")) == pytest.approx([0, 0, 0], abs=1e-5)
    found = angles(x, t, ("0", "0", "u"), boost)  # the fourth slot does not count
    assert found[:2] == pytest.approx([0, 0], abs=1e-5)
    assert found[2] > 10
    assert angles(x, x, t) == pytest.approx([0, 0, 90], abs=1e-5)


def test_a_training_that_breaks_down_has_found_nothing(monkeypatch, tmp_path):
    monkeypatch.setenv("SYMGEN_CACHE", str(tmp_path))

    def broken(objective):
        raise TrainingError("All folded.")

    monkeypatch.setattr(flow, "train_flow", broken)
    case = next(case for case in flow.cases("smoke") if case.subject == "weights")
    assert case.measure(**case.settings, seed=0, device="cpu") == {"found": 0.0, "finished": False}


def test_one_weight_at_a_time():
    cases = {case.name: case for case in flow.cases("cpu") if case.subject == "weights"}
    assert list(cases)[:4] == ["kdv-default", "kdv-w_symx0", "kdv-w_symx0.1", "kdv-w_symx10"]
    assert len(cases) == 10
    default, ortho = cases["kdv-default"], cases["kdv-w_orthox10"]
    assert ortho.settings["training"] == {**default.settings["training"], "orthonormality_weight": 30.0}
    assert ortho.known == {"w_sym": 1.0, "w_ortho": 30.0, "w_lips": 1.0}
    assert default.targets
    assert not ortho.targets
    paper = {case.name: case for case in flow.cases("paper")}["kdv-w_lipsx0"].settings["training"]
    assert PdeFlowSettings.model_validate(paper) == PdeFlowSettings.paper(lipschitz_weight=0.0)


@pytest.mark.slow
def test_smoke(run, terminal, monkeypatch, tmp_path):
    monkeypatch.setenv("SYMGEN_CACHE", str(tmp_path / "cache"))
    code, out, err = run("benchmark", "flow", "--preset", "smoke", "--json", "--check")
    assert (code, err) == (0, "")
    results = json.loads(out)["results"]
    assert list(results) == ["burgers-flow-spectral", "kepler-flow-spectral", "burgers-default", "burgers-w_symx0"]
    for name in ("burgers-default", "burgers-w_symx0"):
        (result,) = results[name]
        assert result["finished"]
        assert 0 <= result["smallest"] <= result["largest"] <= 90 + 1e-9
        assert result["found"] in (0, 1, 2, 3)
