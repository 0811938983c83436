"""The name of a Lie algebra, where its structure constants prove it.

Direct sums of an abelian part with one of: a semisimple algebra, by its simple ideals; a Heisenberg algebra; or linear
maps h that act on an abelian ideal V = R^d (rigid motions, similarities, affine maps). In all of the last kind h is
semisimple, of dimension 1, or holds the multiples of the identity, so that the extension splits (Jacobson, Lie
Algebras, chapter III; Hochschild and Serre 1953): h and its action say what the algebra is.
"""

from __future__ import annotations

import torch

from symgen.inspection.invariant_tensors import quadratic_forms
from symgen.inspection.lie_constants import Constants
from symgen.inspection.real_forms import simple_name
from symgen.inspection.simple_ideals import simple_ideals
from symgen.inspection.subspaces import SLACK, Unclear, meet, row_space


def name_of(algebra: Constants) -> str | None:
    """The name; None where none is proved. Raises Unclear where a dimension cannot be told."""
    if algebra.abelian:
        return abelian(algebra.dimension)
    core, flat = _without_abelian_part(algebra)
    name = _indecomposable(core)
    if name is None or not flat:
        return name
    if flat == 1 and name.startswith("sl("):
        return f"g{name[1:]}"
    return f"{name} + {abelian(flat)}"


def abelian(dimension: int) -> str:
    """R^n."""
    return "R" if dimension == 1 else f"R^{dimension}"


def _without_abelian_part(algebra: Constants) -> tuple[Constants, int]:
    """An ideal and the dimension of the abelian one that completes it: of the centre, what is no bracket."""
    centre, derived = algebra.centre, algebra.derived
    flat = centre.dimension - meet(centre, derived).dimension if centre.dimension else 0
    if not flat:
        return algebra, 0
    others = derived.complement()
    part = row_space(centre.basis @ others.basis.T @ others.basis, centre.error + derived.error, 1.0)
    if part.dimension != flat:
        raise Unclear("the centre is hardly apart from the brackets")
    return algebra.on(part.complement()), flat


def _indecomposable(algebra: Constants) -> str | None:
    """Of an algebra without an abelian direct summand."""
    radical = algebra.radical
    if not radical.dimension:
        return semisimple(algebra)
    if radical.dimension == algebra.dimension and algebra.nilpotent:
        return _heisenberg(algebra)
    return _of_linear_maps(algebra)


def _heisenberg(algebra: Constants) -> str | None:
    """All brackets are multiples of one element, which with its multiples is the centre."""
    if algebra.derived.dimension != 1 or algebra.centre.dimension != 1:
        return None
    return "Heisenberg" if algebra.dimension == 3 else f"Heisenberg, of dimension {algebra.dimension}"


def semisimple(algebra: Constants) -> str | None:
    """By the names of all simple ideals."""
    parts = []
    for ideal, centroid in simple_ideals(algebra):
        if ideal.signature[2]:
            raise Unclear("the Killing form of a simple ideal")
        name = simple_name(ideal.dimension, ideal.signature[0], centroid)
        if name is None:
            return None
        parts.append(name)
    whole = " + ".join(sorted(parts))
    return _SUMS.get(whole, whole)


_SUMS = {"so(3) + so(3)": "so(4)", "sl(2,R) + sl(2,R)": "so(2,2)"}


def _of_linear_maps(algebra: Constants) -> str | None:
    """V is spanned by the brackets with the radical; h is what the algebra does to it."""
    ideal = algebra.bracket(algebra.all, algebra.radical)
    d = ideal.dimension
    if not d or algebra.bracket(ideal, ideal).dimension:
        return None
    maps, error = algebra.action(ideal)
    count = row_space(maps.flatten(1), error, algebra.size).dimension
    return motions(maps, error, count) if count == algebra.dimension - d else None


def motions(maps: torch.Tensor, error: float, count: int) -> str | None:
    """The name of h acting on R^d, for maps (n, d, d) that span h of dimension `count`."""
    d, size = maps.shape[-1], float(torch.linalg.matrix_norm(maps.flatten(1), ord=2))
    if count == d * d:
        return f"aff({d})"
    parts = maps.diagonal(dim1=-2, dim2=-1).sum(-1)[:, None, None] / d * torch.eye(d, dtype=maps.dtype)
    traceless = maps - parts
    kept = row_space(traceless.flatten(1), error, size).dimension
    has_trace = row_space(parts.flatten(1), error, size).dimension == 1
    if count == d * d - 1 == kept and not has_trace:
        return f"saff({d})"
    if kept != d * (d - 1) // 2 or (signature := form_signature(traceless, error, size)) is None:
        return None
    p, q = sorted(signature)
    if count == kept and not has_trace:
        return f"iso({p},{q})" if p else f"e({q})"
    if count == kept + 1:
        return ("aff(1) + aff(1)" if p == q == 1 else f"sim({p},{q})") if p else f"sim({q})"
    return None


def form_signature(maps: torch.Tensor, error: float, scale: float) -> tuple[int, int] | None:
    """Squares of each sign of the quadratic form that maps leave alone; None unless it is one and not degenerate."""
    forms = quadratic_forms(maps, error, scale)
    if len(forms) != 1:
        return None
    values = torch.linalg.eigvalsh(forms[0])
    if float(values.abs().min()) <= SLACK * error:
        return None
    positive = int((values > 0).sum())
    return positive, len(values) - positive
