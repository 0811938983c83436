import pytest

from symgen.augmentation.selection import of_equation
from symgen.discovery.problem import normalised_space
from symgen.discovery.source import with_equation
from symgen.exceptions import UsageError
from symgen.generators.domains import PdeDomain
from symgen.inspection.reference import closed_form, contradiction, same_equation
from symgen.pde.trajectories import Trajectories


def said(waves, **info):
    data = waves()
    return Trajectories.from_arrays(data.u, data.x, data.t, data.info.model_copy(update=info))


BURGERS = {"equation": "u_t + u*u_x - nu*u_xx", "parameters": {"nu": 0.1}}


@pytest.mark.parametrize(
    ("info", "name", "formula", "parameters", "expected"),
    [
        (BURGERS, "kdv", None, {}, "u_t + u*u_x - nu*u_xx = 0, nu = 0.1"),
        (BURGERS, "burgers", None, {"nu": 0.1}, None),
        (BURGERS, "burgers", None, {"nu": 0.2}, "u_t + u*u_x - nu*u_xx = 0, nu = 0.1"),
        (BURGERS, None, None, {"nu": 0.2}, "u_t + u*u_x - nu*u_xx = 0, nu = 0.1"),
        (BURGERS, None, None, {}, None),
        (BURGERS, None, "2*u_xx/20 - (u**2)_x/2 = u_t", {}, None),
        (BURGERS, None, "u_t + u*u_x - c*u_xx", {"c": 0.1}, None),
        ({**BURGERS, "parameters": {"nu": 0.10000000149}}, "burgers", None, {"nu": 0.1}, None),  # of single precision
        ({**BURGERS, "parameters": {}}, "burgers", None, {"nu": 0.3}, None),
        ({**BURGERS, "parameters": {}}, "heat", None, {"nu": 0.3}, "u_t + u*u_x - nu*u_xx = 0"),
        ({**BURGERS, "parameters": {}}, "kdv", None, {}, None),  # nu has no value: nobody knows
        ({"equation": None}, "kdv", None, {}, None),
        ({"equation": "u_t - pi*u_xx"}, None, "u_t - 3.14159265*u_xx", {}, None),
        ({"equation": "u_tt - u_xx"}, None, "u_t - u_x", {}, "u_tt - u_xx = 0"),
    ],
)
def test_what_the_file_says_against_what_is_used(waves, info, name, formula, parameters, expected):
    data = said(waves, **info)
    used = with_equation(data, name, formula, parameters)
    assert contradiction(used) == expected
    assert contradiction(used.first(1)) == expected
    assert contradiction(data) is None


def domain(equation, **parameters):
    return PdeDomain(
        equation=equation, name=None, parameters=parameters, length=1.0, data_periodic=True, periodic_fields=False
    )


def test_equations_are_the_same_however_they_are_written():
    first = domain("u_t + u*u_x + nu*u_xxx", nu=2.0)
    assert same_equation(first, domain("-u_t - (u**2)_x/2 - 2*u_xxx"))
    assert same_equation(first, domain("3*u_t + 3*u*u_x + 6*u_xxx"))
    assert not same_equation(first, domain("u_t + u*u_x + 2.001*u_xxx"))
    assert not same_equation(first, domain("u_t + u*u_x + 2*u_xxx + u"))


def test_a_name_does_not_make_an_equation(waves):
    """t d/dx + d/du is no symmetry of u_t + 6 u u_x + u_xxx, whatever its file calls it."""
    data = said(waves, equation="u_t + 6*u*u_x + u_xxx", name="kdv")
    assert "t d/dx + 0.166667 d/du" in " ".join(of_equation(data).names) or any(
        "6*t d/dx + d/du" in name for name in of_equation(data).names
    )
    assert "t d/dx + d/du" in of_equation(said(waves, equation="u_t + u*u_x + u_xxx", name="kdv")).names


def test_a_parameter_with_the_name_of_a_coordinate(waves):
    with pytest.raises(UsageError, match="'t' is a coordinate"):
        closed_form(normalised_space(waves().solutions), [("t", "0", "1")], {"t": 2.0})
