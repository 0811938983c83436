"""How counts and equations found in data are put into words."""

import pytest

from symgen.cli.conserved_tables import conserved_parts
from symgen.cli.generators import certainty_text, regression_text
from symgen.discovery.regression.assumption import assumed_fields
from symgen.exceptions import UsageError
from symgen.generators.drift_record import EXPLAINED, LAW_VERDICTS, NUMBERS, DriftRecord
from symgen.generators.metadata import Certainty, RegressedTerm, Regression


@pytest.mark.parametrize(("left", "unknown"), [("u_t", "u"), ("theta_tt", "theta"), ("psi_r_t", "psi_r")])
def test_noise_is_said_to_be_that_of_the_unknown_of_the_equation(left: str, unknown: str) -> None:
    term = RegressedTerm(text="v", coefficient=1.0, error=0.1, share=1.0)
    found = Regression(
        equation=f"{left} - v", left=left, terms=(term,), residual=0.01, noise=0.02, window=(1, 1), rows=9
    )
    assert f"noise of {unknown} at most 2.0e-02" in regression_text(found)


@pytest.mark.parametrize(
    ("least", "most", "words"),
    [(2, 2, "2 in the library, no more and no fewer, at"), (2, 3, "at least 2 and at most 3 at")],
)
def test_a_count_with_equal_limits_is_one_number(least: int, most: int, words: str) -> None:
    known = Certainty(confidence=0.95, tolerance=0.05, at_least=least, at_most=most, sources=("x",), resamples=9)
    assert certainty_text(known).startswith(words)


def test_the_table_of_laws_says_when_they_are_kept() -> None:
    law = DriftRecord(
        density="u", source="equation", drift=0.02, floor=0.01, control=1.0, control_density="u**3", samples=4,
        verdict="kept",
    )  # fmt: skip
    said = " ".join(str(part) for part in conserved_parts([law]))
    assert all(f"{name}: {words}" in said for name, words in NUMBERS.items())
    assert f"{EXPLAINED:g} times the error" in said
    assert f"kept: {LAW_VERDICTS['kept']}" in said


@pytest.mark.parametrize("verdict", LAW_VERDICTS)
def test_every_word_in_the_table_of_laws_is_explained_and_no_other(verdict: str) -> None:
    law = DriftRecord(density="u", drift=0.02, floor=0.01, control=1.0, samples=4, verdict=verdict)
    said = " ".join(str(part) for part in conserved_parts([law]))
    assert [word for word in LAW_VERDICTS if f"; {word}: " in said] == [verdict]


@pytest.mark.parametrize("text", ["dx; dt", "d/dx t d/dx", "u_x", "x*d/dz", "", "d/dx,, d/dt"])
def test_what_is_no_field_is_refused_by_the_name_of_the_option(text: str) -> None:
    with pytest.raises(UsageError, match=r"--assume .*(?s:.)*separated by commas"):
        assumed_fields([text], ("x", "t", "u"))
