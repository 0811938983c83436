"""Legal equations that on data have no value at some points, huge ones, or such that rounding decides."""

from __future__ import annotations

import numpy as np
import pytest
from moving_waves import DATA, discovered

from symgen.equations.system import System
from symgen.exceptions import DataError
from symgen.pde.equation import Equation
from symgen.pde.residual import data_residual
from symgen.pde.system_residual import system_residual


@pytest.mark.parametrize("function", ["sqrt(u - {})", "log(u - {})", "sqrt(1 + sqrt(u - {}))"])
@pytest.mark.parametrize(("missing", "outcome"), [(0.05, 2), (0.3, "has no finite value at (29|30|31)% of")])
def test_without_a_value_at_some_points(function, missing, outcome):
    text = f"u_t = {function.format(np.quantile(DATA.u, missing))}*u_xx"
    if isinstance(outcome, str):
        with pytest.raises(DataError, match=outcome):
            discovered(text)
    else:
        found = discovered(text)
        assert 0.1 < found.data.residual < 2
        assert found.exact >= outcome


@pytest.mark.parametrize("text", ["u_t = exp(300*u)*u_xx", "u_t = exp(250*u)*u_xx + exp(300*u)"])
def test_too_large_to_be_squared(text):
    """A residual would be no number."""
    equation, system = Equation.from_string(text), System.from_strings([text], {}, ["x", "t"])
    for residual in (lambda: data_residual(DATA, equation), lambda: system_residual(DATA.solutions, system)):
        with pytest.raises(DataError, match=r"at \d+% of the points.* too large"):
            residual()


def test_few_too_large_values_are_passed_over():
    found = data_residual(DATA, Equation.from_string(f"u_t = u_xx + exp({360 / np.quantile(DATA.u, 0.95)}*u)"))
    assert np.isfinite([found.relative, found.time_step_error, found.grid_error]).all()


@pytest.mark.parametrize("text", ["u_t = exp(60*t)**2*u_xx", "u_t = exp(u_x**2)*u_xx", "u_t = exp((u+u_x/3)**4)*u_xxx"])
def test_rounding_decides_nothing(text):
    found = discovered(text)
    assert (found.exact, found.certainty.at_least, found.certainty.at_most) == (0, 0, None)
    assert {record.verdict for record in found.generators} == {"undecided"}
    assert sum("rounding hides" in warning for warning in found.warnings) == 1


@pytest.mark.parametrize(
    ("text", "exact"),
    [
        ("u_t = exp(3*u)*u_xxx", 4),
        ("u_t = exp(3*u)*u_xxx + x*u/10000", 1),
        ("u_t = exp(5*u)*u_xx + u_x", 4),
        ("u_t = (1+u_x**2)**(3/2)*u_xx", 4),
        ("u_t = u_x**8*u_xx", 5),
    ],
)
def test_a_wide_range_that_is_no_trouble(text, exact):
    """Its largest defects are 1e5 to 1e11, so that rounding of these is 1e-10 to 1e-4."""
    found = discovered(text)
    assert (found.exact, found.algebra.shared, found.algebra.dimension) == (exact, exact, exact)
    assert found.certainty.at_least == exact


def test_symmetries_that_are_series_are_not_drowned():
    """Of the nine, four have exp(-8*t)."""
    found = discovered("u_t = exp(4*t)**2*u_xx")
    assert (found.exact, found.algebra.shared, found.algebra.dimension) == (5, 5, 9)
    assert not any("rounding hides" in warning for warning in found.warnings)
