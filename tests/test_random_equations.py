"""No false symmetry, ever: what is called exact passes an independent check, on random equations."""

from __future__ import annotations

import pytest
from random_equations import EQUATIONS, judge


@pytest.mark.slow
def test_a_part():
    """Some have one term and a large algebra, some many terms, with constants and functions of all kinds."""
    verdicts = [judge(seed, degree=3) for seed in range(0, EQUATIONS, 8)]
    assert max(verdict.defect for verdict in verdicts) < 1e-9
    assert [verdict.text for verdict in verdicts if verdict.notes] == []
    assert sum(verdict.fields > 0 for verdict in verdicts) > len(verdicts) / 2
    assert max(verdict.fields for verdict in verdicts) > 5


def test_the_same_seed_gives_the_same():
    assert judge(3, degree=1) == judge(3, degree=1)
    assert judge(3, degree=1).text != judge(4, degree=1).text
