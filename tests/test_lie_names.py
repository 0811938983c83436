"""Names of Lie algebras from structure constants with an error: in any basis, and none that is not proved."""

from __future__ import annotations

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from matrix_algebras import (
    KW,
    brackets,
    complexified,
    direct,
    flat,
    gl,
    heisenberg,
    independent,
    moving,
    scaled,
    sl,
    so,
    su,
    unit,
)

from symgen.inspection.lie_algebra import lie_algebra
from symgen.inspection.lie_constants import Constants
from symgen.inspection.real_forms import absolutely_simple, orthogonal
from symgen.inspection.subspaces import Unclear, clear_rank, meet, row_space

NAMED = {
    "R": flat(1),
    "R^3": flat(3),
    "so(3)": so(3),
    "sl(2,R)": sl(2),
    "so(4)": so(4),
    "so(2,2)": so(2, 2),
    "so(1,3)": so(1, 3),
    "so(5)": so(5),
    "so(1,4)": so(4, 1),
    "so(2,3)": so(3, 2),
    "so(6)": so(6),
    "sl(3,R)": sl(3),
    "sl(4,R)": sl(4),
    "su(3)": su(3),
    "su(1,2)": su(1, 2),
    "sl(3,C)": complexified(sl(3)),
    "sl(2,R) + so(3)": direct(sl(2), so(3)),
    "so(1,3) + so(3)": direct(so(1, 3), so(3)),
    "so(3) + so(3) + so(3)": direct(so(3), so(3), so(3)),
    "so(3) + R": direct(so(3), flat(1)),
    "so(1,3) + R^2": direct(so(1, 3), flat(2)),
    "gl(2,R)": gl(2),
    "gl(3,R)": gl(3),
    "Heisenberg": heisenberg(1),
    "Heisenberg, of dimension 5": heisenberg(2),
    "Heisenberg + R^2": direct(heisenberg(1), flat(2)),
    "aff(1)": moving(flat(1)),
    "aff(1) + R": direct(moving(flat(1)), flat(1)),
    "aff(2)": moving(gl(2)),
    "aff(3)": moving(gl(3)),
    "saff(2)": moving(sl(2)),
    "e(2)": moving(so(2)),
    "e(2) + R": direct(moving(so(2)), flat(1)),
    "e(3)": moving(so(3)),
    "e(3) + R": direct(moving(so(3)), flat(1)),
    "e(4)": moving(so(4)),
    "iso(1,1)": moving(so(1, 1)),
    "iso(1,2)": moving(so(1, 2)),
    "iso(1,3)": moving(so(1, 3)),
    "sim(2)": moving(scaled(so(2))),
    "sim(3)": moving(scaled(so(3))),
    "sim(1,3)": moving(scaled(so(1, 3))),
    "aff(1) + aff(1)": moving(flat(2)),
}
SPIRAL = moving(so(2) + 0.5 * torch.eye(2, **KW))
SAME = {
    "so(1,2)": (so(1, 2), "sl(2,R)"),
    "so(3,3)": (so(3, 3), "sl(4,R)"),
    "su(2)": (su(2), "so(3)"),
    "su(4)": (su(4), "so(6)"),
    "su(2,2)": (su(2, 2), "so(2,4)"),
    "sl(2,C)": (complexified(sl(2)), "so(1,3)"),
    "so(3) twice": (direct(so(3), so(3)), "so(4)"),
    "sl(2,R) twice": (direct(sl(2), sl(2)), "so(2,2)"),
}
UNNAMED = {
    "a spiral and translations": SPIRAL,
    "so(7), which sp(3) is like": so(7),
    "so(3) on two copies of R^3": moving(torch.stack([torch.block_diag(m, m) for m in so(3)])),
    "upper triangles": torch.stack([unit(3, i, j) for i in range(3) for j in range(i, 3)]),
    "sl(3,R) on R^3": moving(sl(3))[:-1],
}


@pytest.mark.parametrize("noise", [0.0, 1e-6])
@pytest.mark.parametrize("name", NAMED)
def test_named(name, noise):
    found = lie_algebra(*brackets(independent(NAMED[name], noise)))
    assert found.name == name
    assert found.doubt is None
    assert str(found).startswith(name)


@pytest.mark.parametrize("case", SAME)
def test_isomorphic_ones_have_one_name(case):
    maps, name = SAME[case]
    assert lie_algebra(*brackets(independent(maps))).name == name


@pytest.mark.parametrize("case", UNNAMED)
def test_others_have_no_name(case):
    maps = UNNAMED[case]
    constants, errors = brackets(independent(maps))
    found = lie_algebra(constants, errors)
    assert found.dimension == len(maps)
    assert found.name is None
    assert found.kind is not None or not found.closes


@settings(max_examples=30, deadline=None)
@given(st.sampled_from(sorted(NAMED)), st.integers(0, 10**6), st.sampled_from([0.0, 1e-7]))
def test_in_any_basis_the_name_is_the_same_or_none(name, seed, noise):
    """A change of basis too that is not of unit fields: a wrong name is never given."""
    maps = independent(NAMED[name], noise, seed, spread=10)
    random = torch.Generator().manual_seed(seed + 1)
    constants, errors = brackets(maps)
    assert lie_algebra(constants, errors).name in (name, None)
    turns = torch.linalg.qr(torch.randn(2, len(maps), len(maps), generator=random, **KW)).Q
    change = turns[0] * torch.linspace(1, 5, len(maps), **KW) @ turns[1]
    inverse = torch.linalg.inv(change)
    other = torch.einsum("ka,lb,abc,cm->klm", change, change, constants, inverse)
    assert lie_algebra(other, errors * change.norm() ** 2 * inverse.norm()).name in (name, None)


@settings(max_examples=30, deadline=None)
@given(st.sampled_from(sorted({**NAMED, **UNNAMED})), st.integers(0, 10**6), st.floats(-8, -1))
def test_errors_of_any_size_never_lead_to_a_wrong_name_or_kind(case, seed, exponent):
    maps = {**NAMED, **UNNAMED}[case]
    true = lie_algebra(*brackets(independent(maps)))
    found = lie_algebra(*brackets(independent(maps, 10**exponent, seed)))
    assert found.name in (true.name, None)
    if found.kind is not None:
        assert found.kind == true.kind
        assert (found.derived, found.centre, found.radical) == (true.derived, true.centre, true.radical)
        assert found.killing == true.killing


def test_invariants_of_a_known_one():
    found = lie_algebra(*brackets(independent(moving(so(1, 3)))))
    assert (found.kind, found.derived, found.centre, found.radical) == ("neither solvable nor semisimple", 10, 0, 4)
    assert found.killing == (3, 3, 4)
    assert found.compact is None
    assert lie_algebra(*brackets(so(1, 3))).killing == (3, 3, 0)
    assert lie_algebra(*brackets(so(1, 3))).compact is False
    assert lie_algebra(*brackets(so(3))).compact is True


def test_what_does_not_close_is_no_algebra():
    found = lie_algebra(*brackets(torch.stack([unit(3, 0, 1), unit(3, 1, 2)])))
    assert not found.closes
    assert found.name is found.kind is None
    assert "leave the span" in str(found)


def test_a_contraction_between_two_algebras_is_undecided():
    """[T, T'] = e R: so(3) for e > 0, e(2) for e = 0; with an error of about e it is neither."""
    constants = torch.zeros(3, 3, 3, **KW)
    for (a, b, c), value in {(0, 1, 2): 1.0, (0, 2, 1): -1.0, (1, 2, 0): 0.0}.items():
        constants[a, b, c], constants[b, a, c] = value, -value
    assert lie_algebra(constants).name == "e(2)"
    constants[1, 2, 0], constants[2, 1, 0] = 1e-3, -1e-3
    assert lie_algebra(constants).name == "so(3)"
    assert lie_algebra(constants, 1e-4).name is None
    assert lie_algebra(constants, 1e-4).doubt is not None
    assert lie_algebra(-constants, 1e-8).name == "so(3)"
    constants[1, 2, 0], constants[2, 1, 0] = -1e-3, 1e-3
    assert lie_algebra(constants).name == "sl(2,R)"


@pytest.mark.parametrize(("p", "q"), [(2, 0), (1, 1), (3, 0), (1, 2), (2, 2), (1, 3), (7, 0), (3, 4), (9, 0)])
def test_the_form_that_matrices_leave_alone_tells_more(p, q):
    """so(7) and sp(3) are alike in dimension, rank and Killing form, and so are so(2) and so(1,1)."""
    maps = independent(so(p, q), noise=1e-9)
    constants, errors = brackets(maps)
    found = lie_algebra(constants, errors, maps)
    assert found.name == orthogonal(p, q)
    n = len(maps)
    assert found.killing == ((p * q, n - p * q, 0) if n > 1 else (0, 0, 1))


def test_noisy_rotations_are_named_by_their_form():
    maps = independent(so(5), noise=3e-3)
    assert lie_algebra(*brackets(maps), maps).name == "so(5)"


def test_matrices_with_no_form_of_their_own_are_not_named_by_one():
    """so(3) in the plane of nothing else: three commuting maps of R^3 leave more than one form alone, or none."""
    maps = flat(3)
    assert lie_algebra(*brackets(maps), maps).name == "R^3"
    shear = moving(so(2))  # 3 maps of R^3, as so(3) has
    assert lie_algebra(*brackets(shear), shear).name == "e(2)"


def test_the_table_has_the_right_counts():
    """Real forms of A1, A2, B2, G2, A3, D4 (Helgason, chapter X): 2, 3, 3, 2, 5, 5."""
    table = absolutely_simple()
    counts = {d: sum(len(names) for (size, _), names in table.items() if size == d) for d, _ in table}
    assert {d: counts[d] for d in (3, 8, 10, 14, 15, 28)} == {3: 2, 8: 3, 10: 3, 14: 2, 15: 5, 28: 5}


def test_the_jacobi_identity_shows_errors_that_were_not_told():
    constants, _ = brackets(so(1, 3))
    noise = 1e-3 * torch.randn(constants.shape, generator=torch.Generator().manual_seed(0), **KW)
    assert Constants.of(constants, torch.zeros(6, 6)).error < 1e-9
    assert 1e-4 < Constants.of(constants + noise, torch.zeros(6, 6)).error < 1e-2


def test_ranks_need_a_gap():
    values = torch.tensor([1.0, 1e-3, 1e-9], **KW)
    assert clear_rank(values, 1e-8, 1.0) == 2
    assert clear_rank(values, 1e-2, 1.0) == 1
    with pytest.raises(Unclear):
        clear_rank(values, 2e-4, 1.0)
    with pytest.raises(Unclear):
        clear_rank(values, 0.5, 1.0)  # nearly all would be 0


def test_subspaces_meet():
    eye = torch.eye(4, **KW)
    left, right = row_space(eye[:2], 1e-9, 1.0), row_space(torch.stack([eye[0] + eye[1], eye[2]]), 1e-9, 1.0)
    common = meet(left, right)
    assert common.dimension == 1
    assert torch.allclose(common.basis[0].abs(), torch.tensor([0.5, 0.5, 0, 0], **KW).sqrt())
    assert (left + right).dimension == 3
    assert row_space(eye, 1e-9, 1.0).complement().dimension == 0
