"""Runs the notebooks of docs/pages/tutorials and stores what they show: `python docs/tutorials.py [NAME ...]`.

The site shows stored outputs; tests/test_docs_tutorials.py runs the notebooks and compares what they print.
"""

from __future__ import annotations

import argparse
import os
import re
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import nbformat
from checkout import ROOT, environment
from nbclient import NotebookClient

TUTORIALS = sorted((ROOT / "docs" / "pages" / "tutorials").glob("*.ipynb"))
SECONDS_OF_A_CELL = 300


@contextmanager
def _environment(added: Mapping[str, str]) -> Iterator[None]:
    """For the kernel, which inherits it."""
    before = dict(os.environ)
    os.environ.update(added)
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)


def execute(path: Path, folder: Path, cache: Path | None = None) -> nbformat.NotebookNode:
    """The notebook with the outputs of a run in that folder; nbclient's CellExecutionError where a cell fails."""
    notebook = nbformat.read(path, as_version=4)
    added = environment() | {"NO_COLOR": "1"}
    added |= {"SYMGEN_CACHE": str(cache)} if cache else {}
    added |= {"PYTHONWARNINGS": "ignore::FutureWarning"}  # of torch, about torch
    added |= {"MPLBACKEND": "module://matplotlib_inline.backend_inline", "COLUMNS": "100"}
    with _environment(added):
        NotebookClient(
            notebook, timeout=SECONDS_OF_A_CELL, kernel_name="python3", resources={"metadata": {"path": str(folder)}}
        ).execute()
    for cell in notebook.cells:
        cell.metadata.pop("execution", None)  # times of day
        for output in cell.get("outputs", []):
            if output.output_type == "stream" and output.name == "stderr":  # warnings, without the file they came from
                output.text = re.sub(r"^\S+:\d+: (?=\w*Warning)", "", output.text, flags=re.M)
    return notebook


def printed(notebook: nbformat.NotebookNode) -> list[str]:
    """What each cell printed or returned as text; pictures and warnings left out."""
    texts = []
    for cell in notebook.cells:
        if cell.cell_type != "code":
            continue
        parts = []
        for output in cell.outputs:
            if output.output_type == "stream" and output.name == "stdout":
                parts.append(output.text)
            elif output.output_type == "execute_result":
                parts.append(output.data.get("text/plain", ""))
        texts.append("\n".join(parts))
    return texts


def main() -> None:
    """Runs what is named, or all, and stores the outputs."""
    parser = argparse.ArgumentParser(description="Run the tutorials and store their outputs.")
    parser.add_argument("names", nargs="*", help="such as own-data; all without names")
    asked = parser.parse_args()
    for path in TUTORIALS:
        if not asked.names or path.stem in asked.names:
            print(path.stem, flush=True)
            with tempfile.TemporaryDirectory() as folder:
                nbformat.write(execute(path, Path(folder)), path)


if __name__ == "__main__":
    main()
