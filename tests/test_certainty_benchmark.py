"""The benchmark of certainty: its truths and measures."""

from __future__ import annotations

import numpy as np
import pytest
import sympy

from symgen.benchmark.certainty.examples import EXAMPLES, NEARLY, Example, known, monomials, truths
from symgen.benchmark.certainty.pairs import Referee, measure, posteriors, sampled
from symgen.benchmark.certainty.trajectories import dimension
from symgen.equations.symmetry_algebra import solve_ansatz

EVERY = [*EXAMPLES.values(), NEARLY]


@pytest.mark.parametrize("example", EVERY, ids=lambda example: example.name)
def test_exact_symmetries_are_those_of_vanishing_defect(example: Example) -> None:
    dimension, unknowns = example.dimension, example.jets.unknowns
    fields = solve_ansatz(example.system, [sympy.Integer(1), *unknowns]).fields  # with those along t
    weights = sympy.symbols(f"c:{len(fields)}")
    along_t = sympy.expand(sum(c * field[0] for c, field in zip(weights, fields, strict=True)))
    rows = [[row.coeff(c) for c in weights] for row in sympy.Poly(along_t, *unknowns).coeffs()]
    assert len(sympy.Matrix(rows).nullspace()) == dimension
    referee = Referee(example)
    for published in (False, True):
        spectrum, rows = referee.truth[published].spectrum()
        assert spectrum[:dimension] == pytest.approx(0, abs=1e-12)
        assert spectrum[dimension] > 0.05
        assert referee.worst(rows[: dimension + 1], published) == pytest.approx(spectrum[dimension])


def test_truths_of_trajectories_are_those_of_pairs() -> None:
    for example in EVERY:
        for one, other in zip(truths(example.system), known(example.equations_of(example.coefficients)), strict=True):
            assert dict(zip(one.terms, one.values, strict=True)) == dict(zip(other.terms, other.values, strict=True))


def test_symmetries_of_trajectories_are_those_with_time() -> None:
    """The flow of the linear rotation is one of its affine symmetries; the top spins at a rate that never changes."""
    assert [dimension(name) for name in ("hopf", "rotation", "top", "sphere", "lorenz")] == [2, 2, 5, 4, 1]


def test_defect_of_a_scaling_in_closed_form() -> None:
    """[u d/du + v d/dv, F] of Hopf's form takes 2 for the cubic part: DV F = F and DF V = F + 2 F_3."""
    hopf = EXAMPLES["hopf"]
    scaling = np.eye(2, 3, 1).reshape(1, -1)
    cubic = np.where([term.degree == 3 for term in hopf.terms], hopf.coefficients, 0.0)
    states = np.random.default_rng(0).uniform(-1, 1, (2048, 2))
    rates, of_cubic = (monomials(states, hopf.terms) @ part.T for part in (hopf.coefficients, cubic))
    wanted = np.sqrt(4 * (of_cubic**2).mean() / ((rates**2).mean() + ((rates + 2 * of_cubic) ** 2).mean()))
    assert Referee(hopf).worst(scaling, published=True) == pytest.approx(wanted)


def test_posteriors_of_pairs_are_those_of_least_squares() -> None:
    example = EXAMPLES["hopf"]
    states, rates = sampled(example, 300, 0.03, np.random.default_rng(1))
    found, plain = posteriors(example, states, rates)
    columns = monomials(states, example.terms)
    assert pytest.approx(np.linalg.lstsq(columns, rates, rcond=None)[0]) == plain.T
    for one, true, rate in zip(found, example.coefficients, rates.T, strict=True):
        assert set(one.terms) == {term.in_jets for term, value in zip(example.terms, true, strict=True) if value}
        assert set(one.used) <= {1.0, -1.0}
        place = {term.in_jets: k for k, term in enumerate(example.terms)}
        left = one.left_out[0]
        places = [*(place[term] for term in one.terms), place[left.terms[0]]]
        own = columns[:, places]
        values = np.linalg.lstsq(own, rate, rcond=None)[0]
        variance = ((rate - own @ values) ** 2).sum() / (len(rate) - len(places))
        assert left.value == pytest.approx(values[-1])
        assert left.error == pytest.approx(np.sqrt(variance * np.linalg.inv(own.T @ own)[-1, -1]))
        assert one.values + left.shift * left.value == pytest.approx(values[:-1])


def test_an_unknown_that_only_noise_changes_has_an_equation_without_terms() -> None:
    example = EXAMPLES["top"]
    found, _ = posteriors(example, *sampled(example, 800, 0.03, np.random.default_rng(0)))
    assert [len(one.terms) for one in found] == [1, 1, 0]
    assert [str(term) for one in found[:2] for term in one.terms] == ["v*w", "u*w"]
    assert all(abs(left.value) < 5 * left.error for left in found[2].left_out)


def test_what_is_declared_of_a_nearly_symmetric_system_is_false() -> None:
    referee = Referee(NEARLY)
    assert referee.dimension == 0
    found, plain = posteriors(NEARLY, *sampled(NEARLY, 100, 0.3, np.random.default_rng(3)))
    declared = referee.declared(found, plain)
    assert declared["largest"][1]
    assert declared["certain"][0] == 0
    assert not declared["certain"][1]


def test_rates_count_settings_and_repetitions() -> None:
    result = measure(("hopf", "lorenz"), 0.01, (800,), 2, 1.0, seed=0, device="cpu")
    assert result["false_certain"] == 0
    assert result["found_certain"] == result["found_800"] == 1.0
    assert result["counts"]["hopf 800 certain found"] == 2
    assert result["false_largest"] == 0.5  # it can't say that there is none
