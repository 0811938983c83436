"""On the data of others.

The six equations of Hu, Li and Lin (LieNLSD, ICML 2025) with data as theirs; seed 0 has their initial data. Discovery
is by default settings among polynomials of total degree 2, with the equations *given*, or *found* by regression.
*Linear* and *full*: Grassmann distances in radians of the linear fields, and of all, to the true ones, by coefficients
of monomials in physical units, with a quarter turn for each dimension missing; beside LieNLSD's, means of three seeds.
LieGAN's of linear fields are 1.1 to 2.6. *Seconds*: from the data in memory to the generators. *Operators*: trained on
ten solutions as in LieNLSD's table; *counted*: NMSE as the published implementation counts; *nmse* and *median*: of 64
more trajectories.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from functools import lru_cache
from typing import TYPE_CHECKING, Literal

from symgen.benchmark import peers_operators
from symgen.benchmark.peers_data import PEERS, POINTS, SAMPLES, STEPS, solutions
from symgen.benchmark.peers_operators import comparisons
from symgen.benchmark.peers_spans import DEGREE, distances, linear_fields, monomial_coefficients, true_coefficients
from symgen.benchmark.runs import Run
from symgen.benchmark.table import Case, Result, Value, Wanted
from symgen.discovery.regression import regress
from symgen.discovery.settings import SystemSettings
from symgen.discovery.system import discover_system
from symgen.discovery.system_source import GivenSystem, system_of
from symgen.exceptions import DataError
from symgen.pde.solutions import Solutions
from symgen.pde.trajectories import Trajectories
from symgen.plots.dots import Rows, dots_figure

if TYPE_CHECKING:
    from symgen.plots import Figure

__all__ = ["cases", "comparisons", "figures"]
Source = Literal["given", "found"]
"""Whether discovery is told the equations, or finds them in the data by regression."""
NEARER = {"given": 1000, "found": 10}
"""How many times nearer to the true symmetries than LieNLSD."""
LIEGAN = (1.1, 2.6)
"""LieGAN's distances of linear fields, by LieNLSD's authors."""


def cases(preset: str) -> Iterator[Case]:
    """Symmetries, then operators."""
    sizes = {"samples": 4 if preset == "smoke" else SAMPLES, "points": POINTS, "steps": STEPS}
    for name in ("kdv", "heat") if preset == "smoke" else PEERS:
        true, published = len(PEERS[name].symmetries), PEERS[name].published
        known: dict[str, Value] = {"true": true}
        known |= zip(("lienlsd_found", "lienlsd_linear", "lienlsd_full"), published, strict=True)
        for source, nearer in NEARER.items():
            wanted: dict[str, Wanted] = {"found": true, "linear": f"≤ {published[1] / nearer:g}"}
            wanted |= {} if published[2] is None else {"full": f"≤ {published[2] / nearer:g}"}
            settings = {"name": name, "equation": source, **sizes}
            yield Case(f"{name}-{source}", name, "Symmetries", measure, settings, wanted, known)
    yield from peers_operators.cases(preset)


def figures(run: Run) -> dict[str, Figure]:
    """Distances of linear fields beside LieNLSD's, a row for every equation."""
    rows: Rows = {}
    for case in run.cases:
        if "equation" in case.settings:
            row = rows.setdefault(case.subject, {})
            found = [result["linear"] for result in run.results[case.name] if "linear" in result]
            row[f"symgen, equation {case.settings['equation']}"] = found
            row["LieNLSD, published"] = [PEERS[case.subject].published[1]]
    label = "distance of the linear fields (rad)"
    return {"linear": dots_figure(rows, label, ("LieGAN, published", *LIEGAN))} if rows else {}


_data = lru_cache(1)(solutions)
"""Shared by cases that differ in where the equations are from."""


def measure(name: str, equation: Source, samples: int, points: int, steps: int, seed: int, device: str) -> Result:
    """Discover symmetries among polynomials of degree 2 in the data, and compare the spans with the true ones."""
    peer = PEERS[name]
    data = _data(name, seed, samples, points, steps, device)
    start = time.perf_counter()
    try:
        given = system_of(data, peer.equations, peer.parameters) if equation == "given" else _found(data)
        artifact = discover_system(data, given, SystemSettings.model_validate({"degree": DEGREE, "seed": seed}), device)
    except DataError:
        return {"found": "refused", "seconds": time.perf_counter() - start}
    seconds = time.perf_counter() - start
    exact = artifact.metadata.exact
    found = monomial_coefficients(artifact.generators)[:exact]
    linear, full = distances(found, true_coefficients(peer.symmetries, artifact.metadata.space))
    return {
        "found": exact - artifact.metadata.trivial,
        "linear_found": linear_fields(found).shape[1],
        "linear": linear,
        "full": full,
        "equation": ", ".join(given.texts),
        "residual": artifact.metadata.data.residual,
        "seconds": seconds,
    }


def _found(data: Solutions) -> GivenSystem:
    """The equations that regression finds, by the libraries for one unknown u(x, t) where that is all there is."""
    texts = (regress(Trajectories.of(data)).equation,) if data.is_scalar else ()
    return system_of(data, texts, {})
