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
from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import Literal

import torch

from symgen.benchmark import peers_operators
from symgen.benchmark.peers_data import PEERS, POINTS, SAMPLES, STEPS, solutions
from symgen.benchmark.peers_operators import comparisons
from symgen.benchmark.runs import Run
from symgen.benchmark.systems import in_features
from symgen.benchmark.table import Case, Result, Value, Wanted
from symgen.discovery.regression import regress
from symgen.discovery.settings import SystemSettings
from symgen.discovery.system import discover_system
from symgen.discovery.system_source import system_of
from symgen.exceptions import DataError
from symgen.generators.algebra import full_angles
from symgen.generators.base import Generators
from symgen.generators.space import Space
from symgen.inspection.reference import closed_form
from symgen.jets.space import orders_of
from symgen.pde.trajectories import Trajectories
from symgen.plots import Figure
from symgen.plots.dots import Rows, dots_figure

__all__ = ["cases", "comparisons", "figures"]
Source = Literal["given", "found"]
"""Whether discovery is told the equations, or finds them in the data by regression."""
NEARER: dict[Source, int] = {"given": 1000, "found": 10}
"""How many times nearer to the true symmetries than LieNLSD."""
DEGREE = 2
NEARLY = 0.1
"""A direction of a span whose other terms are no more than this share of it is a linear field with errors."""


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
    """Distances of linear fields beside LieNLSD's, and LieGAN's by its authors, a row for every equation."""
    rows: Rows = {}
    for case in run.cases:
        if "equation" in case.settings:
            row = rows.setdefault(case.subject, {})
            found = [result["linear"] for result in run.results[case.name] if "linear" in result]
            row[f"symgen, equation {case.settings['equation']}"] = found
            row["LieNLSD, published"] = [PEERS[case.subject].published[1]]
    label = "distance of the linear fields (rad)"
    return {"linear": dots_figure(rows, label, ("LieGAN, published", 1.1, 2.6))} if rows else {}


_data = lru_cache(1)(solutions)
"""Shared by cases that differ in where the equations are from."""


def measure(name: str, equation: Source, samples: int, points: int, steps: int, seed: int, device: str) -> Result:
    """Discover symmetries among polynomials of degree 2 in the data, and compare the spans with the true ones."""
    peer = PEERS[name]
    data = _data(name, seed, samples, points, steps, device)
    start = time.perf_counter()
    try:
        if equation == "given":
            given = system_of(data, peer.equations, peer.parameters)
        else:  # by the libraries for one unknown u(x, t) where that is all there is
            given = system_of(data, (regress(Trajectories.of(data)).equation,) if data.is_scalar else (), {})
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


def monomial_coefficients(fields: Generators) -> torch.Tensor:
    """Of polynomial fields of total degree 2 (n, d, K), from values: of 1, then d coordinates, then products of two."""
    space = fields.space
    orders = torch.tensor([one for total in range(DEGREE + 1) for one in orders_of(space.dimension, total)])
    reach = torch.tensor([max(abs(a), abs(b)) for a, b in zip(space.lower, space.upper, strict=True)]).double()
    draw = torch.Generator().manual_seed(0)
    share = 2 * torch.rand(4 * len(orders), space.dimension, dtype=torch.float64, generator=draw) - 1
    return in_features((share[:, None] ** orders).prod(-1), fields(share * reach)) / (reach**orders).prod(-1)


def true_coefficients(rows: Sequence[str], space: Space) -> torch.Tensor:
    """The same of fields given by their components in words."""
    return monomial_coefficients(closed_form(space, [row.split() for row in rows]))


def linear_fields(coefficients: torch.Tensor) -> torch.Tensor:
    """An orthonormal basis (d d, k) of what is NEARLY linear in a span (n, d, K), the other terms left out."""
    if not len(coefficients):
        return coefficients.new_zeros(coefficients.shape[1] ** 2, 0)
    size, (_, dimension, terms) = len(coefficients), coefficients.shape
    basis = torch.linalg.qr(coefficients.flatten(1).T / coefficients.flatten(1).norm(dim=1)).Q
    fields = basis.T.reshape(size, dimension, terms)
    linear = slice(1, 1 + dimension)
    others = torch.cat([fields[..., :1], fields[..., 1 + dimension :]], -1).flatten(1).T
    _, sines, directions = torch.linalg.svd(others, full_matrices=True)
    sines = torch.cat([sines, sines.new_zeros(size - len(sines))])
    return (directions[sines <= NEARLY] @ fields[..., linear].flatten(1)).T


def distances(found: torch.Tensor, true: torch.Tensor) -> tuple[float, float]:
    """Grassmann distances in radians of two spans, (n, d, K) and (m, d, K): of their linear fields, and of all."""
    linear = full_angles(linear_fields(found), linear_fields(true))
    return float(linear.norm()), float(full_angles(found.flatten(1).T, true.flatten(1).T).norm())
