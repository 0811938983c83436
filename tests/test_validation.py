"""What is wrong with metadata is told by field, reason and value."""

from __future__ import annotations

import json

import h5py
import numpy as np
import pytest
from pydantic import BaseModel, ValidationError, model_validator

from symgen.catalog.simulate import SimulationSettings, simulate
from symgen.equations.fields import read_field
from symgen.exceptions import DataError, UsageError
from symgen.pde.trajectories import load_trajectories
from symgen.validation import first_fault


class Inner(BaseModel):
    count: int


class Outer(BaseModel):
    inner: Inner
    name: str = ""

    @model_validator(mode="after")
    def named(self):
        if self.name == "bad":
            raise ValueError("a bad name.")
        return self


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"inner": {"count": "many"}}, "at 'inner.count': Input should be a valid integer, unable to parse"),
        ({"inner": {"count": "many"}}, ", and it is 'many'"),
        ({"inner": {}}, "at 'inner.count': Field required"),
        ({"inner": {"count": 1}, "name": "bad"}, "as a whole: a bad name"),
        ({"inner": {"count": "x"}, "name": 3}, " (and 1 more)"),
        ({"inner": {"count": "x" * 99}}, "unable to parse string as an integer"),
    ],
)
def test_first_fault(given, said):
    with pytest.raises(ValidationError) as error:
        Outer.model_validate(given)
    assert said in first_fault(error.value)
    assert "xx" not in first_fault(error.value)


def test_attribute_of_a_data_file(tmp_path):
    path = tmp_path / "heat.h5"
    simulate("heat", SimulationSettings.for_equation("heat", n=1, nx=32, nt=20, stored=20)).save(path)
    with h5py.File(path, "r+") as file:
        text = json.loads(file.attrs["symgen"])
        file.attrs["symgen"] = np.bytes_(json.dumps({**text, "seed": "many"}).encode())
    with pytest.raises(DataError, match=r"'symgen' is not valid at 'seed': Input should be .*, and it is 'many'"):
        load_trajectories(path)


@pytest.mark.parametrize("text", ["c*d/dx", "d/dx + log(0)*d/dt", "t*d/dx + (d/du", "x d/dx + q d/du"])
def test_fields_are_told_as_they_were_written(text):
    with pytest.raises(UsageError) as error:
        read_field(text, ("x", "t", "u"))
    assert "d_d" not in str(error.value)
    assert "d/d" in str(error.value)
