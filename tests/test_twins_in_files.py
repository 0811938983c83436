"""Small twins of the data that people have, each in a file as they have them: read, solved for, judged."""

from __future__ import annotations

import pytest
import sympy
from twins import TWINS
from twins.files import FORMATS

from symgen.discovery.pde import discover_spectral
from symgen.discovery.settings import SpectralSettings
from symgen.discovery.source import find_source
from symgen.exceptions import DataError
from symgen.expressions import parse_field
from symgen.pde.characteristic import TOLERANCE, LocalSolutions
from symgen.pde.equation import Equation

MANY = "many"
"""Symmetries of equations of first order: as many as the library has functions that are constant along it."""
KINDS = {
    "one mode": ("mat", 9),
    "few modes": ("long csv", 9),
    "string": ("matrix", 13),
    "klein-gordon": ("npz", 10),
    "advection": ("hdf5", MANY),
    "one soliton": ("npy", MANY),
    "inviscid": ("mat", MANY),
    "leapfrog": ("mat", 13),
    "explicit euler": ("npz", 9),
    "implicit euler": ("long csv", 9),
    "upwind": ("torch", 9),
    "allen-cahn": ("mat with end", 2),
    "cahn-hilliard": ("mat", 2),
    "shock": ("mat with end", 5),
    "noisy ks": ("npz", 3),
    "forced kdv": ("npz", None),
    "chafee-infante": ("npy", 2),
    "porous medium": ("matrix", 4),
    "radial": ("hdf5", 6),
    "heated": ("torch", 9),
    "no divergence": ("long csv", 4),
}
"""By kind of data: how they are stored, and how many symmetries the library holds."""
QUICK = ("shock", "one mode", "forced kdv")


def terms(equation):
    return {term: float(c) for term, c in sympy.expand(equation.right_hand_side).as_coefficients_dict().items()}


def test_every_twin_is_stored_and_every_format_used():
    assert set(KINDS) == set(TWINS)
    assert {form for form, _ in KINDS.values()} == set(FORMATS)


@pytest.mark.parametrize(
    "kind", [kind if kind in QUICK else pytest.param(kind, marks=pytest.mark.slow) for kind in KINDS]
)
def test_equation_and_symmetries(kind, tmp_path):
    twin, (form, count) = TWINS[kind](), KINDS[kind]
    options = FORMATS[form](twin, tmp_path)
    path = tmp_path / options.pop("path")
    if twin.expected == "refusal":
        with pytest.raises(DataError):
            find_source(None, path, None, {}, **options)
        return
    data, equation = find_source(None, path, None, {}, **options)
    doubts = len(data.regression.doubts) > bool(data.regression.truncation)  # beyond what is left out as the solver's
    assert ("doubt" if doubts else "equation") == twin.expected
    found, true = terms(equation), terms(Equation.from_string(twin.equation))
    assert equation.leading == Equation.from_string(twin.equation).leading
    assert found == pytest.approx(true, rel=0.01)
    if count == MANY:
        return
    artifact = discover_spectral(data, equation, SpectralSettings())
    records = artifact.metadata.generators
    # where the data allow other equations, some are left undecided
    assert artifact.metadata.exact + sum(record.undecided for record in records) == count
    formulas = [
        parse_field(r.formula, artifact.metadata.space.names) for r in records if r.status == "exact" and r.formula
    ]
    assert formulas
    solutions = LocalSolutions(equation)
    assert max(map(solutions.defect, formulas)) <= TOLERANCE
