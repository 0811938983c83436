"""The published comparisons of other methods, on their own data: how near does each come, and at what cost?"""

from __future__ import annotations

import time
from functools import lru_cache
from typing import Literal

from symgen.benchmark import peers_operators
from symgen.benchmark.experiment import Case, Dots, Experiment, Result, Table, Target
from symgen.benchmark.peers_data import PEERS, POINTS, SAMPLES, STEPS, solutions
from symgen.benchmark.peers_spans import DEGREE, distances, linear_fields, monomial_coefficients, true_coefficients
from symgen.discovery.regression import regress
from symgen.discovery.settings import SystemSettings
from symgen.discovery.system import discover_system
from symgen.discovery.system_source import GivenSystem, system_of
from symgen.exceptions import DataError
from symgen.pde.solutions import Solutions
from symgen.pde.trajectories import Trajectories

Source = Literal["given", "found"]
"""Whether discovery is told the equations, or finds them in the data by regression."""
TABLE = "Symmetries"
REFUSED = "refused"
NEARER = {"given": 1000, "found": 10}
"""How many times nearer to the true symmetries than LieNLSD."""
LIEGAN = (1.1, 2.6)
"""LieGAN's distances of linear fields, by LieNLSD's authors."""


@lru_cache(1)
def _data(name: str, seed: int, samples: int, points: int, steps: int, device: str) -> Solutions:
    """Shared by cases that differ in where the equations are from."""
    return solutions(name, seed, samples, points, steps, device)


def measure(name: str, equation: Source, samples: int, points: int, steps: int, seed: int, device: str) -> Result:
    """Discover symmetries among polynomials of degree 2 in the data, and compare the spans with the true ones."""
    peer = PEERS[name]
    data = _data(name, seed, samples, points, steps, device)
    start = time.perf_counter()
    try:
        given = system_of(data, peer.equations, peer.parameters) if equation == "given" else _found(data)
        artifact = discover_system(data, given, SystemSettings.model_validate({"degree": DEGREE, "seed": seed}), device)
    except DataError:
        return {"found": REFUSED, "seconds": time.perf_counter() - start}
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


def _case(name: str, equation: Source, samples: int = SAMPLES, points: int = POINTS, steps: int = STEPS) -> Case:
    peer = PEERS[name]
    targets = {"found": Target(len(peer.symmetries)), "linear": Target(peer.linear / NEARER[equation], at_most=True)}
    if peer.full is not None:
        targets["full"] = Target(peer.full / NEARER[equation], at_most=True)
    return Case(
        name=f"{name}-{equation}",
        subject=name,
        label=f"{peer.title}, equation {equation}",
        measure=measure,
        settings={"name": name, "equation": equation, "samples": samples, "points": points, "steps": steps},
        tables=(TABLE,),
        targets=targets,
        known={
            "true": len(peer.symmetries),
            "lienlsd_found": peer.found,
            "lienlsd_linear": peer.linear,
            "lienlsd_full": peer.full,
        },
    )


def _both(**sizes: int) -> tuple[Case, ...]:
    return tuple(_case(name, source, **sizes) for name in PEERS for source in ("given", "found"))


EXPERIMENT = Experiment(
    name="peers",
    title="On the data of others",
    about=(
        "The six equations of Hu, Li and Lin (LieNLSD, ICML 2025) with data as theirs: ten solutions from random "
        "waves on a period of 20 with 100 points along each axis, by second-order central differences and 1000 "
        "Runge-Kutta steps of 0.002, in float32, every tenth step kept; seed 0 has their initial data. Their solver "
        "takes dx = L/(n + 1) for points that are L/n apart, here both are L/n. Discovery is by default settings among "
        "polynomials of total degree 2, with the equations *given*, or *found* in the same data by regression. "
        "*Found*: exact symmetries, beside how many there are. *Linear*: Grassmann distance in radians of the linear "
        "fields found (no constant, no quadratic terms) to the true ones, by the coefficients of monomials about the "
        "origin in physical units, as LieNLSD and LieGAN are compared in their table; *all*: of all fields, degree 2 "
        "included. A quarter turn counts for each dimension missing. *Published*: LieNLSD's figures, means of three "
        "seeds, recomputed from what its repository stores; its threshold for the number of symmetries is set by hand "
        "for each equation, and where it misses some its distance is of those it has. LieGAN's distances of linear "
        "fields on the same data are 1.1 to 2.6; it is told how many there are. *Seconds*: from the data in memory to "
        "the generators, regression included. " + peers_operators.ABOUT
    ),
    presets={
        "smoke": (
            *(_case(name, source, samples=4) for name in ("kdv", "heat") for source in ("given", "found")),
            *peers_operators.SMOKE,
        ),
        "cpu": (*_both(), *peers_operators.CPU),
        "paper": (*_both(), *peers_operators.PAPER),
    },
    seeds={"smoke": (0,), "cpu": (0, 1, 2), "paper": (0, 1, 2)},
    tables={
        TABLE: Table(
            "equation",
            {
                "found": "found",
                "true": "true",
                "lienlsd_found": "published: found",
                "linear": "linear",
                "lienlsd_linear": "published: linear",
                "full": "all",
                "lienlsd_full": "published: all",
                "equation": "equation",
                "residual": "residual",
                "seconds": "seconds",
            },
        ),
        **peers_operators.TABLES,
    },
    comparisons=peers_operators.COMPARISONS,
    charts=(
        Dots(
            quantity="linear",
            label="distance of the linear fields (rad)",
            line="equation",
            lines={"given": "symgen, equation given", "found": "symgen, equation found"},
            known={"lienlsd_linear": "LieNLSD, published"},
            band=("LieGAN, published", *LIEGAN),
        ),
        Dots(
            quantity="full",
            label="distance of all fields up to degree 2 (rad)",
            line="equation",
            lines={"given": "symgen, equation given", "found": "symgen, equation found"},
            known={"lienlsd_full": "LieNLSD, published"},
        ),
    ),
    by_seed=True,
)
