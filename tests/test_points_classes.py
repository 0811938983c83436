"""Surrogates of classes, and what no surrogate is fitted to."""

from __future__ import annotations

import pytest
import torch

from symgen.exceptions import DataError, UsageError
from symgen.points.point_set import PointSet
from symgen.surrogates.fit import SurrogateSettings, fit_surrogate


def normal(n, k, d, seed=0):
    return torch.randn(n, k, d, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


def noise(n, seed=1):
    return torch.randn(n, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


def fit(x, y, classes=None, names=("y",), **arguments):
    return fit_surrogate(PointSet.from_array(x), y, names, classes, SurrogateSettings(**arguments))


def relative(found, true):
    return ((found - true).norm() / true.norm()).item()


CLASSES = ("in", "out")


def test_classes_of_a_quadratic_form_have_its_logits():
    x = normal(2000, 1, 3)
    logit = 2 * (x.square().sum((1, 2)) - 2.4)
    labels = (torch.rand(2000, generator=torch.Generator().manual_seed(2)) < logit.sigmoid()).long()
    target = fit(x, labels, CLASSES, names=("logit_in", "logit_out"), steps=300, widths=(16, 16))
    record = target.surrogate
    assert (record.kind, record.degree) == ("polynomial", 2)
    assert target.names == ("logit_in", "logit_out")
    values = target.values(x)
    assert values.sum(1).abs().max() < 1e-12
    true = torch.stack([-logit, logit], 1) / 2
    assert relative(values, true) < 1.5 * target.error
    assert target.error < 0.6
    assert record.accuracy == pytest.approx(((logit > 0) == (labels == 1)).double().mean().item(), abs=0.03)
    assert record.chance == pytest.approx(max(labels.double().mean().item(), 1 - labels.double().mean().item()))
    gradient = target.gradients(x)[:, 1]
    assert torch.cosine_similarity(gradient.flatten(1), x.flatten(1)).mean() > 0.98


@pytest.mark.slow
def test_classes_that_no_quadratic_form_separates():
    x = normal(2000, 1, 2)
    labels = (x[:, 0].norm(dim=1) * 2).long().clamp_max(2) % 3
    labels = torch.where(labels == 2, 0, labels)  # a ring
    target = fit(x, labels, CLASSES, steps=800, widths=(32, 32))
    assert target.surrogate.kind == "network"
    assert target.names == ("logit_1", "logit_2")
    assert target.surrogate.accuracy > 0.9
    assert 0 < target.error < 1


def test_what_cannot_be_predicted_is_refused():
    x = normal(400, 1, 3)
    short = {"steps": 60, "widths": (8,)}
    with pytest.raises(
        DataError, match="y cannot be predicted from the points, so nothing can be said of its symmetry"
    ):
        fit(x, noise(400, 5), **short)
    both = torch.stack([x[:, 0, 0], noise(400, 5)], 1)
    with pytest.raises(DataError, match=r"^b cannot be predicted"):
        fit(x, both, names=("a", "b"), **short)
    labels = torch.randint(2, (400,), generator=torch.Generator().manual_seed(3))
    with pytest.raises(DataError, match=r"cannot be predicted.*held-out points are classified rightly"):
        fit(x, labels, CLASSES, **short)


def test_what_is_no_target_is_refused():
    x = normal(100, 1, 3)
    y = x[:, 0, 0].clone()
    with pytest.raises(DataError, match="y is constant"):
        fit(x, torch.full((100,), 0.3, dtype=torch.float64))
    y[7] = float("nan")
    with pytest.raises(DataError, match="1 of 100 values of y are not finite, the first is number 7"):
        fit(x, y)
    with pytest.raises(UsageError, match="99 labels for 100 points"):
        fit(x, y[:99])
    with pytest.raises(UsageError, match="1 names for targets"):
        fit(x, x[:, 0])
    with pytest.raises(DataError, match=r"7 points: too few .* 4 unknowns and needs 8"):
        fit(x[:7], x[:7, 0, 0])
    with pytest.raises(DataError, match="one class, out"):
        fit(x, torch.ones(100, dtype=torch.long), CLASSES)
    with pytest.raises(DataError, match="Class in has 3 points"):
        fit(x, (torch.arange(100) > 2).long(), CLASSES)
    with pytest.raises(DataError, match="do not count 2 classes"):
        fit(x, torch.arange(100) % 3, CLASSES)
    with pytest.raises(UsageError, match="whole numbers"):
        fit(x, x[:, 0, 0], CLASSES)
