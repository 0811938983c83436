"""Monomials, and least squares for all degrees and folds at once."""

from __future__ import annotations

from math import comb

import numpy as np
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from symgen.surrogates.polynomial import Monomials, PolynomialFit, terms


def normal(n, k, d, seed=0):
    return torch.randn(n, k, d, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


def noise(n, seed=1):
    return torch.randn(n, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


@given(st.integers(1, 5), st.integers(0, 5), st.integers(0, 1000))
@settings(deadline=None, max_examples=25)
def test_monomials_are_all_products(variables, degree, seed):
    z = torch.rand(1, variables, generator=torch.Generator().manual_seed(seed), dtype=torch.float64) + 0.5
    found = Monomials(variables, degree)(z)[0]
    assert len(found) == terms(variables, degree) == comb(variables + degree, degree)
    powers = {
        tuple(p) for p in np.indices((degree + 1,) * variables).reshape(variables, -1).T.tolist() if sum(p) <= degree
    }
    true = sorted(np.prod([z[0, i].item() ** e for i, e in enumerate(p)]) for p in powers)
    np.testing.assert_allclose(sorted(found.tolist()), true, rtol=1e-12)


@given(st.integers(0, 1000), st.sampled_from([(60, 2, 3), (60, 6, 1), (90, 3, 2)]))
@settings(deadline=None, max_examples=20)
def test_held_out_predictions_are_those_of_fits_without_the_fold(seed, case):
    n, m, degree = case
    z, u = normal(n, 1, m, seed)[:, 0], noise(n, seed)[:, None]
    folds = torch.arange(n) % 4
    fitted = PolynomialFit(z, u, folds)
    for _ in range(degree):
        fitted.raise_degree()
    columns = Monomials(m, degree)(z)
    predicted = fitted.held_out(degree)
    for fold, polynomial in enumerate(fitted.without_folds(degree)):
        out = folds == fold
        c = torch.linalg.lstsq(columns[~out], u[~out]).solution
        torch.testing.assert_close(predicted[out], columns[out] @ c, rtol=1e-7, atol=1e-7)
        torch.testing.assert_close(polynomial(z[out]), predicted[out], rtol=1e-7, atol=1e-7)
    c = torch.linalg.lstsq(columns, u).solution
    torch.testing.assert_close(fitted.fit(degree)(z), columns @ c, rtol=1e-9, atol=1e-9)


def test_monomials_that_depend_on_others_at_the_points_do_no_harm():
    x = normal(300, 1, 3)
    x = x / x.norm(dim=-1, keepdim=True)  # on a sphere: x^2 + y^2 + z^2 is 1, at degree 3 three more
    z, u = x[:, 0], (x[:, 0, 0] * x[:, 0, 1] + x[:, 0, 2] ** 3)[:, None]
    fitted = PolynomialFit(z, u, torch.arange(300) % 5)
    for _ in range(3):
        fitted.raise_degree()
    assert (fitted.held_out(3) - u).abs().max() < 1e-13
    assert fitted.fit(3).coefficients.abs().max() < 10
