"""Files with far more generators than anybody reads: equations with infinitely many symmetries have them."""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys

import pytest
import torch
from report_artifacts import soliton

from symgen.generators import algebra
from symgen.generators.algebra import added_angles, lie_brackets
from symgen.generators.artifact import Artifact
from symgen.generators.basis import Basis
from symgen.generators.library import FeatureLibrary, LibraryGenerators
from symgen.generators.metadata import GeneratorRecord
from symgen.inspection.brackets import MOST_BRACKETED, bracket_table
from symgen.inspection.comparison import Comparison
from symgen.plots.alignment import MOST_SHOWN, alignment_figure


def artifact_with(count: int) -> Artifact:
    """Random fields in a library that has more of them."""
    one = soliton()
    space = one.metadata.space
    axes = [
        Basis(kind="chebyshev", degree=degree, lower=lower, upper=upper)
        for degree, lower, upper in zip((6, 7, 6), space.lower, space.upper, strict=True)
    ]
    library = FeatureLibrary(axes=tuple(axes))
    draw = torch.Generator().manual_seed(0)
    coefficients = torch.randn(count, 3, library.size, dtype=torch.float64, generator=draw)
    record = GeneratorRecord(defect=1e-13, status="exact", bound=0.0)
    changed = {"kind": "library", "library": library.axes, "generators": (record,) * count, "exact": count}
    changed["spectrum"] = (*[1e-13] * count, 0.2)
    metadata = one.metadata.model_copy(update=changed)
    return Artifact(LibraryGenerators(space, library, coefficients), metadata, one.points, one.specimen)


class TestBrackets:
    def test_pieces_change_nothing(self, monkeypatch):
        one = artifact_with(7)
        whole = lie_brackets(one.generators, one.points)
        monkeypatch.setattr(algebra, "CHUNK_VALUES", 1)
        pieces = lie_brackets(one.generators, one.points)
        torch.testing.assert_close(pieces.constants, whole.constants, rtol=1e-10, atol=1e-10)
        torch.testing.assert_close(pieces.closure_error, whole.closure_error)

    def test_those_of_the_first_are_in_terms_of_all(self):
        one = artifact_with(7)
        whole, some = lie_brackets(one.generators, one.points), lie_brackets(one.generators, one.points, first=3)
        assert some.constants.shape == (3, 3, 7)
        torch.testing.assert_close(some.constants, whole.constants[:3, :3])
        torch.testing.assert_close(some.closure_error, whole.closure_error[:3, :3])

    def test_dependent_fields_have_the_shortest_combination(self):
        one = artifact_with(4)
        fields = one.generators
        doubled = LibraryGenerators(fields.space, fields.library, fields.coefficients[[0, 1, 2, 3, 3]])
        found = lie_brackets(doubled, one.points).constants
        torch.testing.assert_close(found[..., 3], found[..., 4])
        once = lie_brackets(fields, one.points).constants
        torch.testing.assert_close(found[:4, :4, 3] + found[:4, :4, 4], once[..., 3])

    def test_a_table_of_the_first_generators(self):
        found = bracket_table(artifact_with(MOST_BRACKETED + 3))
        assert len(found) == MOST_BRACKETED * (MOST_BRACKETED - 1) // 2
        assert max(bracket.second for bracket in found) == MOST_BRACKETED
        assert max(place for bracket in found for place in bracket.constants) == MOST_BRACKETED + 3


def test_a_span_is_decomposed_once(monkeypatch):
    calls = []
    original = algebra.orthonormal_basis
    monkeypatch.setattr(algebra, "orthonormal_basis", lambda *a: calls.append(1) or original(*a))
    draw = torch.Generator().manual_seed(0)
    fields, span = torch.randn(2, 60, 20, dtype=torch.float64, generator=draw)
    added_angles(torch.cat([fields, span], 1), span, 0.01)
    assert len(calls) == 1


@pytest.mark.parametrize(("rows", "columns"), [(MOST_SHOWN, 3), (135, 3), (4, 80), (135, 45)])
def test_alignment_shows_what_can_be_seen(rows, columns):
    comparison = Comparison(
        against="others",
        names=tuple(f"W{place}" for place in range(1, columns + 1)),
        alignment=((0.5,) * columns,) * rows,
        principal_angles=(0.1,),
        distance=0.1,
        compared=rows,
        reference_angles=(0.0,) * columns,
        found_angles=(0.0,) * rows,
        missed=(),
        outside=(),
    )
    figure = alignment_figure(artifact_with(rows), comparison)
    axes = figure.axes[0]
    shown = min(rows, MOST_SHOWN), min(columns, MOST_SHOWN)
    assert axes.images[0].get_array().shape == shown
    assert len(axes.texts) == shown[0] * shown[1] + sum(shown)
    words = " ".join(text.get_text() for text in (*figure.texts, *axes.texts)).replace("\n", " ")
    assert ("--json has all" in words) == (shown != (rows, columns))
    assert (f"{MOST_SHOWN} of {rows} generators" in words) == (rows > MOST_SHOWN)


def inspected(path, tmp_path, *options: str) -> dict:
    """What inspect says with 2 GB of memory of its own."""
    command = [sys.executable, "-m", "symgen", "inspect", str(path), "--json", *options]
    environment = {**os.environ, "OMP_NUM_THREADS": "1", "SYMGEN_CACHE": str(tmp_path / "cache")}

    def limited():
        resource.setrlimit(resource.RLIMIT_DATA, (2 * 10**9,) * 2)

    done = subprocess.run(command, capture_output=True, text=True, env=environment, preexec_fn=limited, timeout=600)
    assert done.returncode == 0, done.stdout + done.stderr
    return json.loads(done.stdout)


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="memory is limited by Linux's RLIMIT_DATA")
def test_inspect_has_bounded_memory(tmp_path):
    path = tmp_path / "many.safetensors"
    artifact_with(200).save(path)
    found = inspected(path, tmp_path, "--against", "lps", "--figures", str(tmp_path / "figures"))
    assert len(found["generators"]) == 200
    assert found["bracketed"] == MOST_BRACKETED
    assert len(found["brackets"]) == MOST_BRACKETED * (MOST_BRACKETED - 1) // 2
    assert {path.stem for path in (tmp_path / "figures").iterdir()} >= {"alignment", "fields", "moved", "spectrum"}
