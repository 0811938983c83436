"""Symmetries found in default data by default settings, against those of the catalog: the tables of the benchmarks.

Four trajectories of one seed; the pages have sixteen, three seeds, and more networks. Other equations with noise are in
test_discovery.py and test_regression.py, in small.
"""

from __future__ import annotations

from dataclasses import replace

import pytest

from symgen.benchmark.assume import true_terms
from symgen.benchmark.catalog_data import of_equation
from symgen.catalog import get
from symgen.discovery.pde import discover_network, discover_spectral
from symgen.discovery.regression import with_regression
from symgen.discovery.settings import NetworkSettings, SpectralSettings
from symgen.generators.inner_product import alignment, field_matrix
from symgen.inspection.comparison import compare
from symgen.inspection.reference import Reference, closed_form, reference
from symgen.pde.equation import Equation
from symgen.pde.trajectories import TrajectoryInfo

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("module_cache")]
COARSER = {name: {"nx": 128, "max_step": 0.02} for name in ("kdv", "nkdv")}
"""Of those that take long to simulate."""
DISTANCES = {"kdv": 1e-5, "ks": 1e-5, "burgers": 1e-5, "nkdv": 1e-4, "ckdv": 2e-4, "heat": 1e-3}
PARAMETERS = {"kdv": {}, "ks": {}, "burgers": {"nu": 0.0137}, "heat": {"nu": 0.0431}}
"""No round numbers, which rounding could hit by itself."""


def of_default(name, **changes):
    return of_equation(name, 4, 0, "cpu", **COARSER.get(name, {}), **changes)


def has_the_true_ones(artifact, name, distance):
    """All that the catalog lists, and no other; of heat, which has more, those that it lists."""
    compared = compare(artifact, reference(artifact, "lps"))
    assert not compared.missed
    assert compared.distance <= distance
    true = sum(one.periodic or not artifact.metadata.domain.periodic_fields for one in get(name).symmetries)
    assert artifact.metadata.exact == true or (name == "heat" and artifact.metadata.exact > true)


@pytest.mark.parametrize(("name", "noise"), [*((name, 0.0) for name in DISTANCES), ("burgers", 0.05)])
def test_equation_given(name, noise):
    data, equation = of_default(name)
    artifact = discover_spectral(data.with_noise(noise, 0) if noise else data, equation, SpectralSettings())
    has_the_true_ones(artifact, name, DISTANCES[name])


@pytest.mark.parametrize("name", DISTANCES)
def test_fields_periodic_in_x(name):
    """Translation in t is no symmetry of ckdv, but nearly: it comes right after the exact ones."""
    artifact = discover_spectral(*of_default(name), SpectralSettings(periodic=True))
    has_the_true_ones(artifact, name, DISTANCES[name])
    if name == "ckdv":
        fields = field_matrix(artifact.generators, artifact.points)
        later = field_matrix(closed_form(artifact.metadata.space, [("0", "1", "0")]), artifact.points)
        assert int(alignment(fields, later).argmax()) == 2
        assert artifact.metadata.generators[2].status == "approximate"


def test_trained_network():
    artifact = discover_network(*of_default("burgers"), NetworkSettings(periodic=True))
    has_the_true_ones(artifact, "burgers", 0.005)


@pytest.mark.parametrize(("noise", "error", "name"), [(0.001, 0.01, "kdv"), *((0.01, 0.05, one) for one in PARAMETERS)])
def test_from_noisy_data_alone(name, noise, error):
    """The equation's terms, coefficients before they are rounded, and the symmetries of what was found."""
    data, true = of_default(name, parameters=PARAMETERS[name])
    data = with_regression(replace(data.with_noise(noise, 0), info=TrajectoryInfo(length=data.info.length)))
    found, wanted = {term.text: term.coefficient for term in data.regression.terms}, true_terms(true)
    assert set(found) == set(wanted)
    assert [found[text] for text in wanted] == pytest.approx(list(wanted.values()), rel=error)
    artifact = discover_spectral(data, Equation.from_string(data.info.equation), SpectralSettings())
    symmetries = get(name).symmetries
    fields = closed_form(artifact.metadata.space, [one.components for one in symmetries], PARAMETERS[name])
    compared = compare(artifact, Reference(name, tuple(one.name for one in symmetries), fields))
    assert compared.full_distance <= 0.05
