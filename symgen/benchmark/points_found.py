"""Symmetries of functions, labelled points and densities, measured against those that they have."""

from __future__ import annotations

import math
import os
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import torch

import symgen
from symgen.benchmark import points_data as data_of
from symgen.benchmark.points_data import FUNCTIONS, Field, Function
from symgen.benchmark.table import Result
from symgen.exceptions import DataError
from symgen.generators.algebra import grassmann_distance, principal_angles
from symgen.generators.base import Generators
from symgen.generators.inner_product import field_matrix
from symgen.generators.text import components_text
from symgen.inspection.groups import group_generators
from symgen.inspection.linear_parts import affine_parts
from symgen.inspection.point_structure import algebra_of_points, forms_of_points
from symgen.inspection.reference import closed_form
from symgen.points.point_set import PointSet
from symgen.points.target import Target
from symgen.surrogates.fit import SurrogateSettings, fit_surrogate
from symgen.validity.equivariance import Equivariance
from symgen.validity.points import Invariance, PointValidity
from symgen.validity.sampled_density import SampledDensity

ABSENT = "no data here"


def lorentz(seed: int, device: str) -> Result:
    """From real muon pairs and their mass: the span of matrices beside so(1, 3), and the form that they leave alone."""
    path = Path(os.environ.get(data_of.DIMUON, ""))
    if not path.is_file():
        return {"note": ABSENT}
    start = time.perf_counter()
    artifact = symgen.discover(path, target="mass", library="linear", seed=seed, device=device)
    seconds = time.perf_counter() - start
    metadata = artifact.metadata
    group = group_generators("lorentz", metadata.space)[2]
    mine, true = (matrices(fields, artifact.points).flatten(1).T for fields in (artifact.generators, group))
    forms = forms_of_points(artifact, algebra_of_points(artifact))
    return {
        "found": metadata.exact + metadata.approximate,
        "exact": metadata.exact,
        "distance": grassmann_distance(mine, true),
        "metric": math.degrees(forms.only.angle) if forms is not None and forms.only is not None else None,
        "error": metadata.domain.error,  # type: ignore[union-attr]
        "seconds": seconds,
    }


def given(
    name: str,
    library: str,
    points: int,
    seed: int,
    device: str,
    noise: float | None = None,
    fit: Mapping[str, Any] | None = None,
) -> Result:
    """A function that is known itself, or by values at normal points with `noise`: fitted, then looked at."""
    start = time.perf_counter()
    try:
        target = _invariance(FUNCTIONS[name], points, noise, seed, device, fit or {})
    except DataError:
        return {"note": "refused: not predicted", "false": 0, "seconds": time.perf_counter() - start}
    return _against(target, library, FUNCTIONS[name].symmetries, seed, device, start)


def map_of_states(points: int, seed: int, device: str) -> Result:
    """How the states of two bodies move in a unit of time, as they are turned: fields on states and later ones."""
    data = PointSet.from_array(data_of.orbits(points, seed).to(device), ("qx", "qy", "px", "py"))
    target = Target(data_of.two_body_step, ("Qx", "Qy", "Px", "Py"), "the state a unit of time later")
    turning = "-qy", "qx", "-py", "px", "-Qy", "Qx", "-Py", "Px"
    return _against(Equivariance(target, data), "linear", [turning], seed, device, time.perf_counter())


def density(turned: bool, points: int, seed: int, device: str) -> Result:
    """Samples in the plane, of four clusters or of the ring that they make turned by random angles."""
    data = PointSet.from_array(data_of.ring(points, seed, turned).to(device), ("x", "y"))
    true = data_of.rotations(("x", "y")) if turned else ()
    return _against(SampledDensity(data, seed=seed), "affine", true, seed, device, time.perf_counter())


def none(functions: int, library: str, points: int, noise: float | None, seed: int, device: str) -> Result:
    """Functions without symmetry, known themselves or (with `noise`) by values: how many false ones are called."""
    start, found = time.perf_counter(), []
    for place in range(functions):
        function = Function(data_of.without_symmetry(1000 * seed + place), 1, ("x", "y", "z"), ("w",), ())
        try:
            target = _invariance(function, points, noise, seed, device, {})
        except DataError:
            continue
        found.append(symgen.discover(target, library=library, seed=seed, device=device).metadata)
    return {
        "functions": functions,
        "false": sum(metadata.exact + metadata.approximate for metadata in found),
        "undecided": sum(any(record.verdict == "undecided" for record in m.generators) for m in found),
        "refused": functions - len(found),
        "least": min((metadata.spectrum[0] for metadata in found), default=None),
        "seconds": (time.perf_counter() - start) / functions,
    }


def matrices(fields: Generators, points: torch.Tensor) -> torch.Tensor:
    """Of linear fields, (n, d, d)."""
    parts = affine_parts(fields, points)
    assert parts is not None
    return parts.maps


def _invariance(
    function: Function, points: int, noise: float | None, seed: int, device: str, fit: Mapping[str, Any]
) -> Invariance:
    """At normal points, of the function or of a fit to its values there; DataError where they are not predicted."""
    drawn, values = function.draw(points, seed, noise or 0.0)
    data, names = PointSet.from_array(drawn, function.names).to(device), function.outputs
    if noise is None:
        return Invariance(Target(function.call, names, names[0]), data)
    settings = SurrogateSettings.model_validate({**fit, "seed": seed})
    return Invariance(fit_surrogate(data, values, names, settings=settings, device=device), data)


def _against(
    validity: PointValidity, library: str, true: Sequence[Field], seed: int, device: str, start: float
) -> Result:
    """What is found, beside the span of the true fields; `false` are those called symmetries that are none."""
    settings: dict[str, Any] = {"library": library, "seed": seed, "device": device}
    artifact = symgen.discover(validity, **settings)
    seconds = time.perf_counter() - start
    metadata, space = artifact.metadata, artifact.metadata.space
    found = metadata.exact + metadata.approximate
    formulas = [record.formula for record in metadata.generators[:found]]
    texts = [components_text(formula, space.names) if formula else "no formula" for formula in formulas]
    result: Result = {
        "found": found,
        "exact": metadata.exact,
        "false": max(0, found - len(true)),
        "last": metadata.spectrum[len(true) - 1] if true else None,
        "next": metadata.spectrum[len(true)],
        "error": metadata.domain.error,  # type: ignore[union-attr]
        "fields": "; ".join(texts) if found <= len(true) <= 2 else None,
        "seconds": seconds,
    }
    if true:
        if found != len(true):  # the span of as many as there are, called symmetries or not
            artifact = symgen.discover(validity, **settings, n_generators=len(true))
        fields = artifact.generators, closed_form(space, true)
        mine, group = (field_matrix(some, artifact.points, space) for some in fields)
        result["angle"] = float(principal_angles(mine[:, : len(true)], group).max())
    return result
