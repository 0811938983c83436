"""Every tutorial runs, and prints what is stored in it and shown on the site."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from docs_scripts import DOCS, script

pytest.importorskip("nbclient", reason="tutorials are notebooks: pip install 'symgen[test]'")
pytest.importorskip("ipykernel", reason="tutorials are notebooks: pip install 'symgen[test]'")


blocks, tutorials = script("blocks"), script("tutorials")
TRAINED = ("images",)
"""Tutorials that train a network: another kind of processor rounds otherwise, and after some epochs its numbers,
and the formulas of fields that are no symmetry, are others."""


def words(text: str) -> str:
    """Without the numbers; a row for a field keeps what the field is, and the name that it has."""
    row = re.compile(r"^(V\d+) +\S+ +(exact|approximate|none|undecided)( +[a-z ]+,)?.*$", re.MULTILINE)
    return blocks.NUMBER.sub("#", row.sub(r"\1 \2\3", text))


@pytest.mark.slow
@pytest.mark.parametrize("path", tutorials.TUTORIALS, ids=lambda path: path.stem)
def test_a_tutorial_prints_what_it_shows(path, tmp_path, module_cache):
    stored = tutorials.printed(tutorials.nbformat.read(path, as_version=4))
    now = tutorials.printed(tutorials.execute(path, tmp_path, module_cache))
    assert any(stored), f"no outputs are stored: python docs/tutorials.py {path.stem}"
    if path.stem in TRAINED:
        stored, now = list(map(words, stored)), list(map(words, now))
    for before, after in zip(stored, now, strict=True):
        line = blocks.missing_line(before, after)
        assert line is None, f"not printed any more: {line}\n\nprinted:\n{after}"


@pytest.mark.parametrize("path", tutorials.TUTORIALS, ids=lambda path: path.stem)
def test_a_tutorial_is_small_and_tells_no_secrets(path):
    """Notebooks grow by pictures, and keep paths of who ran them."""
    text = path.read_text(encoding="utf-8")
    assert len(text) < 400_000
    assert "/tmp/" not in text
    assert str(DOCS.parent) not in text
    assert str(Path.home()) not in text
    assert '"output_type": "error"' not in text
