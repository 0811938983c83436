"""Settings that cannot be are refused as settings, in a sentence, before anything is computed."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch
from pydantic import ValidationError

from symgen.augmentation.file import AugmentationSettings
from symgen.augmentation.point_file import PointAugmentationSettings
from symgen.discovery import pde_problem
from symgen.discovery.image_model_settings import ImageModelSettings
from symgen.discovery.image_settings import IMAGE_METHODS
from symgen.discovery.pde import discover_network, discover_spectral
from symgen.discovery.point_settings import POINT_METHODS
from symgen.discovery.requests.method_settings import method_settings
from symgen.discovery.settings import METHODS, SYSTEM_METHODS, NetworkSettings, SpectralSettings
from symgen.exceptions import TrainingError, UsageError
from symgen.generators.metadata import MOST_GENERATORS
from symgen.image.settings import TrainingSettings
from symgen.operators.training import OperatorSettings
from symgen.pde.equation import Equation
from symgen.surrogates.fit import SurrogateSettings

CLASSES = [
    *METHODS.values(),
    *SYSTEM_METHODS.values(),
    *IMAGE_METHODS.values(),
    *POINT_METHODS.values(),
    ImageModelSettings,
    OperatorSettings,
    TrainingSettings,
    SurrogateSettings,
    AugmentationSettings,
    PointAugmentationSettings,
]
IMPOSSIBLE = (math.nan, math.inf, -math.inf, -1, -1e300)


@pytest.mark.parametrize("kind", CLASSES, ids=lambda kind: kind.__name__)
def test_no_number_that_cannot_be(kind):
    """Defaults are numbers or None; every one of them is bounded."""
    sound = kind().model_dump()
    checked = 0
    for name, value in sound.items():
        numeric = isinstance(value, int | float) and not isinstance(value, bool)
        if not numeric and "int" not in str(kind.model_fields[name].annotation):
            continue
        for wrong in IMPOSSIBLE:
            with pytest.raises(ValidationError) as caught:
                kind(**{name: wrong})
            assert caught.value.errors()[0]["loc"][0] == name
        checked += 1
    assert checked > 2
    assert kind(seed=2**63 - 1).seed == 2**63 - 1
    with pytest.raises(ValidationError):
        kind(seed=2**63)


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"steps": 0}, "--steps 0: input should be greater than or equal to 1."),
        ({"width": 256, "batch": 256}, "A batch of 256 points does not determine the 257 features"),
        ({"width": 512, "batch": 300}, "A batch of 300 points does not determine the 513 features"),
        ({"learning_rate": math.inf}, "--learning-rate inf: input should be "),
        ({"learning_rate": 1e300}, "--learning-rate 1e+300: input should be less than or equal to 100."),
    ],
)
@pytest.mark.parametrize("methods", [METHODS, SYSTEM_METHODS])
def test_of_a_network(given, said, methods):
    with pytest.raises(UsageError) as caught:
        method_settings(methods, "network", None, "spectral", given, 0)
    assert str(caught.value).startswith(said)


def test_no_more_generators_than_a_file_holds(waves):
    """Said before the eigenproblem, not after it."""
    settings = SpectralSettings(n_generators=MOST_GENERATORS + 1, x_degree=8, t_degree=8, u_degree=6)
    with pytest.raises(UsageError, match=f"a file has at most {MOST_GENERATORS}"):
        discover_spectral(waves(), Equation.from_string("u_t + u*u_x + u_xxx"), settings)


@pytest.mark.parametrize("values", [1, 500, 2**25])
def test_the_specimen_of_a_huge_trajectory(waves, monkeypatch, values):
    monkeypatch.setattr(pde_problem, "SPECIMEN_VALUES", values)
    data = waves()
    found = discover_spectral(data, Equation.from_string("u_t + u*u_x + u_xxx"), SpectralSettings(points=256))
    u, x, t = (found.specimen[name] for name in "uxt")
    assert u.shape == (len(t), len(x)) == (min(len(data.t), max(2, values // len(data.x))), len(data.x))
    first = int(np.searchsorted(data.t, float(t[0])))
    assert torch.equal(u, torch.from_numpy(data.read([0])[0][first : first + len(t)]))


def test_one_step_and_the_widest_network(waves):
    equation = Equation.from_string("u_t + u*u_x + u_xxx")
    small = {"steps": 1, "points": 1024, "batch": 256}
    assert discover_network(waves(), equation, NetworkSettings(width=8, **small)).metadata.kind == "network"
    NetworkSettings(width=255, **small)


def test_a_training_that_breaks_down_is_a_sentence(waves, monkeypatch):
    def broken(*_):
        raise torch.linalg.LinAlgError("linalg.svd: not finite")

    monkeypatch.setattr("symgen.discovery.variable_projection.least_defects", broken)
    with pytest.raises(TrainingError, match=r"broke down at step 0.*Lower the learning rate"):
        discover_network(
            waves(), Equation.from_string("u_t + u*u_x + u_xxx"), NetworkSettings(width=8, points=1024, batch=256)
        )
