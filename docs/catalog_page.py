"""Write docs/pages/catalog.md, a page about everything in the catalog, from the code: `python docs/catalog_page.py`.

With names (or `all`) it first draws their pictures anew and measures how exact their solvers are, which takes minutes
and goes into docs/catalog_accuracy.json; with `--pictures` it only draws. tests/test_docs.py checks that the page is up
to date.
"""

from __future__ import annotations

import argparse
import importlib
import inspect
import io
import json
import time
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from symgen import catalog
from symgen.catalog import simulate_system
from symgen.catalog.listing import Listing, listing
from symgen.catalog.simulate import SimulationSettings, simulate
from symgen.catalog.simulate_system import SystemSimulationSettings
from symgen.pde.solutions import Solutions
from symgen.plots.solutions import solutions_figure

HERE = Path(__file__).parent
PAGE = HERE / "pages" / "catalog.md"
PICTURES = HERE / "pages" / "images" / "catalog"
ACCURACY = HERE / "catalog_accuracy.json"
RESOLUTIONS, COLOURS, MOST_BYTES = (90, 80, 72, 64, 56), 128, 58_000
SAMPLES = 4
TIGHTER = 3e-14
"""Tolerance that ordinary equations are compared with."""
INTRODUCTION = """\
# Catalog

<!-- written by docs/catalog_page.py; do not edit -->

Equations and systems that symgen knows by name: `symgen catalog` lists them, `symgen simulate NAME` makes solutions of
them and a picture, `symgen discover NAME` finds their symmetries in such solutions. Each has defaults, which options of
`symgen simulate` replace, and the symmetries that are known to be true; *periodic* ones map periodic solutions to
periodic ones.

The *error* is the worst difference, on the defaults, from solutions with a quarter of the step (or for ordinary
equations with a tolerance of 3e-14), relative to the largest value of each unknown; *drift* is the largest change of
what is conserved, relative to the mean size of its density; the *edge* is the largest share of the energy of any frame
in the shortest waves of the grid, beyond nine tenths. All from {samples} solutions of seed 0; seconds are those of one
solution on one core.

| Name | Equation | Symmetries | Error | Largest drift | Edge | Seconds |
| --- | --- | --- | --- | --- | --- | --- |
"""


def module_of(name: str) -> Any:
    """The file of an entry."""
    return importlib.import_module(f"symgen.catalog.{name.replace('-', '_')}")


def solutions(name: str, samples: int, quarter: bool = False) -> Solutions:
    """On the defaults, or with a quarter of the step."""
    if name in catalog.names():
        step = catalog.get(name).max_step
        settings = SimulationSettings.for_equation(name, n=samples, max_step=step / 4 if quarter and step else None)
        return simulate(name, settings).solutions
    step = catalog.system(name).max_step
    finer = SystemSimulationSettings.for_system(name, n=samples, max_step=step / 4 if quarter and step else None)
    return simulate_system.simulate_system(name, finer)


def measured(name: str) -> tuple[Solutions, dict[str, Any]]:
    """Solutions, and how exact they are and how long they took."""
    one = listing(name)
    start = time.process_time()
    data = solutions(name, SAMPLES)
    seconds = (time.process_time() - start) / SAMPLES
    error = None
    if one.defaults["max_step"] or not one.defaults["lengths"]:
        usual = simulate_system.RTOL
        try:
            simulate_system.RTOL = TIGHTER
            finer = solutions(name, SAMPLES, quarter=True)
        finally:
            simulate_system.RTOL = usual
        largest = np.abs(finer.values).reshape(-1, len(data.unknowns)).max(0)
        error = float((np.abs(data.values - finer.values) / largest).max())
    settings = data.info.settings
    about = {"error": error, "drifts": settings.get("drifts", {}), "edge": settings["resolution"], "seconds": seconds}
    return data, {key: rounded(value) for key, value in about.items()}


def rounded(value: Any) -> Any:
    """Two digits say enough."""
    if isinstance(value, dict):
        return {key: rounded(item) for key, item in value.items()}
    return None if value is None else float(f"{value:.1e}")


def draw(name: str, data: Solutions) -> None:
    """A picture, as large as its bytes allow."""
    PICTURES.mkdir(parents=True, exist_ok=True)
    path = PICTURES / f"{name}.png"
    for dpi in RESOLUTIONS:
        buffer = io.BytesIO()
        solutions_figure(data).savefig(buffer, dpi=dpi, metadata={"Software": None})
        Image.open(buffer).convert("RGB").quantize(COLOURS, Image.Quantize.MAXCOVERAGE, kmeans=2).save(
            path, optimize=True
        )
        if path.stat().st_size < MOST_BYTES:
            return


def page() -> str:
    """The page as it should be."""
    accuracy = json.loads(ACCURACY.read_text(encoding="utf-8"))
    names = catalog.all_names()
    rows = [_row(listing(name), accuracy[name]) for name in names]
    parts = [INTRODUCTION.format(samples=SAMPLES) + "\n".join(rows)]
    parts += [_section(listing(name), accuracy[name]) for name in names]
    return "\n\n".join(parts) + "\n"


def _row(one: Listing, accuracy: dict[str, Any]) -> str:
    error = "exact" if accuracy["error"] is None else f"{accuracy['error']:.1e}"
    drift = f"{max(accuracy['drifts'].values()):.1e}" if accuracy["drifts"] else ""
    edge = f"{accuracy['edge']:.1e}" if one.defaults["lengths"] else ""
    count = f"{len(one.symmetries)}{', and more' if one.infinite else ''}"
    link = f"[`{one.name}`](#{one.name})"
    return f"| {link} | {one.title} | {count} | {error} | {drift} | {edge} | {accuracy['seconds']:.2g} |"


def _section(one: Listing, accuracy: dict[str, Any]) -> str:
    text = inspect.cleandoc(module_of(one.name).__doc__).split("\n\n", 1)[1]
    parameters = "".join(f", {name} = {value}" for name, value in one.parameters.items())
    equations = "\n".join(one.equations)
    space = bool(one.defaults["lengths"])
    head = ["Symmetry", "Generator", *(["Periodic"] if space else [])]
    table = [head, ["---"] * len(head)]
    for each in one.symmetries:
        formula = each.formula.replace("**", "^")
        table.append([each.name, f"`{formula}`", "yes" if each.keeps_periods else ""][: len(head)])
    lines = [f"| {' | '.join(row)} |" for row in table]
    parts = [f"## {one.name}", f"**{one.title}**{parameters}", f"```text\n{equations}\n```", text, "\n".join(lines)]
    if one.infinite:
        parts.append(f"And infinitely many others: {one.infinite}.")
    parts.append(f"Solver: {one.solver}. {_accuracy(accuracy)}")
    parts.append(f"![Solutions of {one.title}](images/catalog/{one.name}.png)")
    return "\n\n".join(parts)


def _accuracy(accuracy: dict[str, Any]) -> str:
    error = accuracy["error"]
    found = ["No error but rounding"] if error is None else [f"Error {error:.1e}"]
    if accuracy["drifts"]:
        found.append("drift of " + ", ".join(f"{name} {drift:.1e}" for name, drift in accuracy["drifts"].items()))
    return "; ".join(found) + "."


def main() -> None:
    """What the options ask for, and the page."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*")
    parser.add_argument("--pictures", action="store_true", help="draw only")
    arguments = parser.parse_args()
    names = arguments.names
    for name in catalog.all_names() if "all" in names else names:
        if arguments.pictures:
            draw(name, solutions(name, SAMPLES))
            continue
        data, figures = measured(name)
        draw(name, data)
        known = json.loads(ACCURACY.read_text(encoding="utf-8")) if ACCURACY.exists() else {}
        ACCURACY.write_text(json.dumps({**known, name: figures}, indent=1, sort_keys=True) + "\n", encoding="utf-8")
    PAGE.write_text(page(), encoding="utf-8")


if __name__ == "__main__":
    main()
