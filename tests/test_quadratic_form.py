"""Quadratic forms and linear functions that affine fields leave alone."""

from __future__ import annotations

import math

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from matrix_algebras import KW, flat, so, unit

from symgen.generators.space import Space
from symgen.inspection.linear_parts import AffineParts
from symgen.inspection.quadratic_form import form_text, invariant_forms


def space(d, scale=None, origin=None):
    return Space(
        names=("t", "x", "y", "z", "w")[:d],
        origin=tuple(origin or [0.0] * d),
        scale=tuple(scale or [1.0] * d),
        lower=(-1.0,) * d,
        upper=(1.0,) * d,
        periodic=(False,) * d,
    )


def parts(maps, shifts=None):
    return AffineParts(maps, maps.new_zeros(maps.shape[:2]) if shifts is None else shifts)


def test_minkowski_from_lorentz():
    found = invariant_forms(parts(so(1, 3)), space(4, [30.0, 7.0, 7.0, 25.0], [40.0, 0.1, 0.2, -1.0]))
    assert found.dimension == 1
    assert found.clear
    form = found.only
    assert torch.allclose(
        torch.tensor(form.matrix, **KW), torch.diag(torch.tensor([1.0, -1, -1, -1], **KW)), atol=1e-12
    )
    assert form.signature == (1, 3, 0)
    assert form.diagonal == (1, -1, -1, -1)
    assert form.angle < 1e-12
    assert found.residual < 1e-13
    assert found.gap > 1e4
    assert found.centre == pytest.approx((0, 0, 0, 0), abs=1e-12)
    assert found.functionals == ()
    assert str(found) == "t^2 - x^2 - y^2 - z^2 (unique)"


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10**6), st.sampled_from([(3, 0), (2, 1), (1, 3), (4, 0), (2, 2)]))
def test_in_any_coordinates(seed, signs):
    """Of so(Q) for a general Q it is Q, in units of any size."""
    random = torch.Generator().manual_seed(seed)
    d = sum(signs)
    turn = torch.linalg.qr(torch.randn(d, d, generator=random, **KW)).Q
    change = turn * (0.5 + 1.5 * torch.rand(d, generator=random, **KW))
    metric = torch.diag(torch.tensor([1.0] * signs[0] + [-1.0] * signs[1], **KW))
    maps = torch.linalg.inv(change) @ so(*signs) @ change
    true = change.T @ metric @ change
    found = invariant_forms(parts(maps), space(d, (0.1 + 10 * torch.rand(d, generator=random, **KW)).tolist()))
    form = torch.tensor(found.only.matrix, **KW)
    cosine = float((form * true).sum() / form.norm() / true.norm())
    assert abs(cosine) == pytest.approx(1, abs=1e-12)
    assert form.abs().max() == pytest.approx(1)
    assert set(found.only.signature[:2]) == set(signs)
    assert found.only.signature[2] == 0


def test_of_rotations_of_space_time_there_are_two():
    """And time is a linear function that they leave alone."""
    rotations = torch.nn.functional.pad(so(3), (1, 0, 1, 0))
    found = invariant_forms(parts(rotations), space(4))
    assert found.dimension == 2
    assert found.only is None
    assert {form_text(form.matrix, found.names) for form in found.forms} == {"t^2", "x^2 + y^2 + z^2"}
    assert found.functionals == (pytest.approx((1, 0, 0, 0), abs=1e-12),)
    assert found.centre == (0, 0, 0, 0)
    assert str(found).endswith("z^2 (2 independent ones)")


def test_of_many_fixed_points_one_is_named():
    """An axis beside the origin: the form is written about its point that is nearest to 0."""
    rotation = torch.nn.functional.pad(so(2), (1, 0, 1, 0))
    centre = torch.tensor([0.0, 3.0, 4.0], **KW)
    found = invariant_forms(parts(rotation, -(rotation @ centre)), space(3, [2.0, 1.0, 1.0], [5.0, 9.0, 9.0]))
    assert found.centre == pytest.approx((0, 3, 4), abs=1e-12)
    assert str(found).endswith(" about x = 3, y = 4 (2 independent ones)")


def test_scaling_leaves_nothing():
    found = invariant_forms(parts(torch.cat([so(3), torch.eye(3, **KW)[None]])), space(3))
    assert (found.dimension, found.forms, found.functionals, found.clear) == (0, (), (), True)
    assert str(found) == "no invariant quadratic form"


def test_about_the_fixed_point():
    """Rotation about (3, -2): its centre is found far from the data, too."""
    centre = torch.tensor([3.0, -2.0], **KW)
    found = invariant_forms(parts(so(2), -(so(2) @ centre)), space(2, origin=(100.0, 50.0), scale=(5.0, 2.0)))
    assert found.centre == pytest.approx((3, -2), abs=1e-10)
    assert str(found) == "t^2 + x^2 about t = 3, x = -2 (unique)"


def test_motions_have_a_metric_and_no_centre():
    d = 3
    maps = torch.cat([so(d), torch.zeros(d, d, d, **KW)])
    shifts = torch.cat([torch.zeros(d, d, **KW), torch.eye(d, **KW)])
    found = invariant_forms(parts(maps, shifts), space(d))
    assert found.centre is None
    assert str(found) == "t^2 + x^2 + y^2 of differences of points (unique)"
    assert found.functionals == ()


def test_a_degenerate_form_says_so():
    """Galilei's boosts leave t^2 alone."""
    boosts = torch.stack([unit(3, 1, 0), unit(3, 2, 0)])
    found = invariant_forms(parts(torch.cat([boosts, torch.nn.functional.pad(so(2), (1, 0, 1, 0))])), space(3))
    assert found.only.signature == (1, 0, 2)
    assert form_text(found.only.matrix, found.names) == "t^2"
    assert found.only.diagonal == (1, 0, 0)
    assert found.functionals == (pytest.approx((1, 0, 0), abs=1e-12),)


def test_noise_shows_in_the_residual_and_the_angle():
    noise = 1e-3 * torch.randn(6, 4, 4, generator=torch.Generator().manual_seed(2), **KW)
    exact_rule = invariant_forms(parts(so(1, 3) + noise), space(4))
    assert exact_rule.dimension == 0
    found = invariant_forms(parts(so(1, 3) + noise), space(4), tolerance=5e-3)
    assert found.only.diagonal == (1, -1, -1, -1)
    assert 1e-5 < found.only.angle < 5e-3
    assert 1e-5 < found.residual < 5e-3


def test_noise_of_translations_is_no_rotation():
    """Nor has it a fixed point: their maps are nothing but error."""
    noise = 1e-2 * torch.randn(2, 3, 3, generator=torch.Generator().manual_seed(4), **KW)
    found = invariant_forms(parts(noise, torch.eye(3, **KW)[:2]), space(3), tolerance=0.05)
    assert found.dimension == 6
    assert found.centre is None
    assert len(found.functionals) == 1
    assert " of differences of points " in str(found)


def test_a_rotation_far_from_the_data_is_one():
    centre = torch.tensor([1e5, 0.0], **KW)
    found = invariant_forms(parts(so(2), -(so(2) @ centre)), space(2))
    assert str(found) == "t^2 + x^2 about t = 1e+05 (unique)"


def test_without_a_gap_nothing_is_told():
    noise = 1e-2 * torch.randn(6, 4, 4, generator=torch.Generator().manual_seed(3), **KW)
    found = invariant_forms(parts(so(1, 3) + noise), space(4), tolerance=0.2)
    assert not found.clear
    assert found.forms == ()
    assert "cannot be told" in str(found)


def test_one_scaling_of_each_axis():
    """x y of a boost in its own frame, nothing on the diagonal."""
    found = invariant_forms(parts(torch.diag(torch.tensor([1.0, -1.0], **KW))[None]), space(2))
    assert form_text(found.only.matrix, found.names) == "2 t x"
    assert found.only.signature == (1, 1, 0)
    assert found.only.angle == pytest.approx(math.pi / 2)
    assert invariant_forms(parts(flat(2)), space(2)).dimension == 0


def test_no_fields_are_refused():
    with pytest.raises(ValueError, match="no fields"):
        invariant_forms(parts(torch.zeros(0, 3, 3, **KW)), space(3))
