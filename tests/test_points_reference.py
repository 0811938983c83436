"""Generators of points beside groups with a name, and beside other files."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch
from point_artifacts import points_artifact

from symgen.exceptions import DataError, UsageError
from symgen.generators.domains import PointsDomain
from symgen.inspection.comparison import compare
from symgen.inspection.point_structure import algebra_of_points, forms_of_points, matrices_of
from symgen.inspection.reference import reference

MOMENTUM = ("E", "px", "py", "pz")
LORENTZ = [
    ("0", "-py", "px", "0"),
    ("0", "0", "-pz", "py"),
    ("0", "pz", "0", "-px"),
    ("px", "E", "0", "0"),
    ("py", "0", "E", "0"),
    ("pz", "0", "0", "E"),
]
PLANE = [("-y", "x")]
MOTIONS = [("1", "0"), ("0", "1"), ("x + y", "y - x")]


def test_lorentz():
    found = compare(artifact := points_artifact(MOMENTUM, LORENTZ), reference(artifact, "lorentz"))
    assert found.names == (
        "rotation px py",
        "rotation px pz",
        "rotation py pz",
        "boost E px",
        "boost E py",
        "boost E pz",
    )
    assert found.full_distance < 1e-12
    assert found.compared == 6
    assert found.missed == ()
    assert found.alignment[3][3] == pytest.approx(1)


def test_boosts_of_another_metric_are_outside():
    """With the speed of light 2: only the rotations are Lorentz transformations."""
    rows = [*LORENTZ[:3], ("px", "4*E", "0", "0"), ("py", "0", "4*E", "0"), ("pz", "0", "0", "4*E")]
    found = compare(artifact := points_artifact(MOMENTUM, rows), reference(artifact, "lorentz"))
    assert found.outside == (4, 5, 6)
    assert found.missed == ("boost E px", "boost E py", "boost E pz")


@pytest.mark.parametrize(
    ("names", "group", "count"),
    [
        (("x", "y"), "rotation", 1),
        (("x", "y", "z"), "rotation", 3),
        (tuple("abcde"), "rotation", 10),
        (("x", "y"), "euclid", 3),
        (("x", "y", "z"), "euclid", 6),
        (("x", "y", "z"), "similarity", 7),
    ],
)
def test_groups_close_and_are_named(names, group, count):
    """Each is an algebra of the dimension and the name that it should have."""
    row = ["0"] * (len(names) - 2) + ["1", "2"]
    artifact = points_artifact(names, [row], exact=0)
    true = reference(artifact, group)
    assert len(true.names) == len(set(true.names)) == true.generators.count == count
    symmetric = points_artifact(names, [[str(c) for c in field] for field in true.generators.fields])
    d = len(names)
    assert (
        algebra_of_points(symmetric).name
        == {"rotation": f"so({d})", "euclid": f"e({d})", "similarity": f"sim({d})"}[group]
    )
    assert compare(symmetric, reference(symmetric, group)).full_distance < 1e-10


def test_approximate_symmetries_are_close_within_more():
    """A rotation that a fit turns by 0.03 rad is not missed; one that is found exactly has no such excuse."""
    rows = [("-y", "x + 3*y/100")]
    exact = points_artifact(("x", "y"), rows)
    assert compare(exact, reference(exact, "rotation")).missed == ("rotation xy",)
    fitted = replace(exact, metadata=exact.metadata.model_copy(update={"exact": 0, "approximate": 1}))
    found = compare(fitted, reference(fitted, "rotation"))
    assert found.missed == found.outside == ()
    assert 0.01 < found.full_distance < 0.05


def test_where_no_symmetry_was_found_all_are_missed():
    """Though the fields that were kept span the rotation."""
    kept = points_artifact(("x", "y"), [("x", "0"), ("y", "0"), ("0", "x"), ("0", "y")], exact=0)
    found = compare(kept, reference(kept, "rotation"))
    assert found.missed == ("rotation xy",)
    assert found.full_distance > 1.5


def test_names_of_short_columns_are_joined():
    assert reference(points_artifact(("x", "y"), PLANE), "rotation").names == ("rotation xy",)


def test_motions_far_from_the_origin_are_told_apart():
    """About 0 a rotation of points near (1e6, 1e6) is a translation to six digits."""
    points = 1e6 + torch.randn(500, 2, generator=torch.Generator().manual_seed(1), dtype=torch.float64)
    rows = [("1", "0"), ("0", "1"), ("1000000 - y", "x - 1000000")]
    artifact = points_artifact(("x", "y"), rows, points=points)
    found = compare(artifact, reference(artifact, "euclid"))
    assert found.full_distance < 1e-9
    assert algebra_of_points(artifact).name == "e(2)"


@pytest.mark.parametrize(
    ("names", "against", "says"),
    [
        (("x", "y", "z"), "lorentz", "4 coordinates"),
        (("x",), "rotation", "2 coordinates or more"),
        (("x",), "euclid", "2 coordinates or more"),
        (("x",), "similarity", "2 coordinates or more"),
        (("x", "y"), "lps", "equations.*lorentz, rotation, euclid, similarity"),
        (("x", "y"), "affine", "images.*lorentz, rotation, euclid, similarity"),
        (("x", "y"), "nonesuch", "no such file.*lorentz, rotation"),
    ],
)
def test_what_does_not_fit_is_refused(names, against, says):
    artifact = points_artifact(names, [["1"] * len(names)])
    with pytest.raises(UsageError, match=says):
        reference(artifact, against)


def test_another_file(tmp_path):
    """Of the same columns, whatever is invariant; only its symmetries count."""
    path = tmp_path / "other.safetensors"
    points_artifact(("x", "y"), [*PLANE, ("1", "0")], exact=1, words="g").save(path)
    artifact = points_artifact(("x", "y"), PLANE)
    found = compare(artifact, reference(artifact, str(path)))
    assert found.names == ("other 1",)
    assert found.full_distance < 1e-12
    points_artifact(("x", "z"), [("-z", "x")]).save(tmp_path / "foreign.safetensors")
    with pytest.raises(DataError, match="other columns: x, z and x, y"):
        reference(artifact, str(tmp_path / "foreign.safetensors"))


def test_of_an_equivariance_the_inputs_are_compared():
    """f turns as the points do; a field on the outputs alone does nothing to the points."""
    rows = [("-y", "x", "-v", "u"), ("0", "0", "u", "0")]
    artifact = points_artifact(("x", "y"), rows, condition="equivariance", outputs=("u", "v"))
    assert isinstance(artifact.metadata.domain, PointsDomain)
    found = compare(artifact, reference(artifact, "rotation"))
    assert found.names == ("rotation xy",)
    assert found.distance < 1e-12
    assert found.missed == ()
    assert found.alignment == ((pytest.approx(1),), (0.0,))


def test_symmetries_of_points_are_described():
    artifact = points_artifact(MOMENTUM, LORENTZ)
    algebra = algebra_of_points(artifact)
    assert str(algebra) == ("so(1,3), the Lorentz algebra: dimension 6, semisimple, not compact (Killing form 3+, 3-)")
    forms = forms_of_points(artifact, algebra)
    assert str(forms) == "E^2 - px^2 - py^2 - pz^2 (unique)"
    assert algebra_of_points(points_artifact(("x", "y"), PLANE, exact=0)) is None


def fitted(rows, names=("x", "y"), grows=0.0, formulas=True, error=0.02):
    """Approximate symmetries of a fit, that grow by so much beside their formulas."""
    off = points_artifact(names, [[f"{c} + {grows}*{n}" for c, n in zip(row, names, strict=True)] for row in rows])
    made = points_artifact(names, rows).metadata.generators
    known = {"formula_error": grows} if formulas else {"formula": None, "formula_error": None, "norm": None}
    records = tuple(record.model_copy(update={**known, "status": "approximate"}) for record in made)
    found = {"exact": 0, "approximate": len(rows), "spectrum": (error, 0.7), "rounding": error, "generators": records}
    return replace(off, metadata=off.metadata.model_copy(update=found))


@pytest.mark.parametrize(
    ("formulas", "error", "says"),
    [
        (True, 0.02, "(unique)"),
        (True, 0.1, "(unique)"),
        (False, 0.02, "(unique)"),
        (False, 0.2, "cannot be told"),
    ],
)
def test_forms_of_approximate_symmetries_follow_the_error(formulas, error, says):
    """One rotation has no bracket that would show how far it is off."""
    artifact = fitted([("-y", "x")], grows=0.02, formulas=formulas, error=error)
    algebra = algebra_of_points(artifact)
    assert algebra.name == ("so(2)" if formulas else "R")
    forms = forms_of_points(artifact, algebra)
    assert says in str(forms)
    assert all(form.diagonal == (1, 1) and form.angle < 0.05 for form in forms.forms)


def test_a_spiral_leaves_no_form_alone():
    artifact = fitted([("x/5 - y", "x + y/5")])
    assert str(forms_of_points(artifact, algebra_of_points(artifact))) == "no invariant quadratic form"


def test_only_affine_fields_have_matrices():
    assert matrices_of(points_artifact(("x", "y"), [("x**2", "0")])) is None
    parts = matrices_of(points_artifact(("x", "y"), [("3 - y", "x")]))
    ratio = parts.shifts[0, 0] / parts.maps[0, 1, 0]
    assert float(ratio) == pytest.approx(3)
    assert float(parts.maps[0, 0, 1]) == pytest.approx(-float(parts.maps[0, 1, 0]))
