"""Symmetries of systems, in several dimensions and of ordinary equations.

Solutions from random smooth initial data are written to a file, in which a process of its own discovers, the equations
given. *Found*: exact symmetries, trivial fields not counted; *algebra*: how many exact algebra has among polynomials of
that total degree; *false*: formulas called exact that fail an independent check; *distance*: Grassmann distance in
radians in the space of coefficients; *residual*: of the data. *CPU*: seconds from start to exit; *peak*: memory in GB.
Noise is relative to each unknown's deviation; with it, data of systems that are not of evolution type may be refused.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import torch

from symgen.benchmark.process import discovered
from symgen.benchmark.table import Case, Result, Wanted, slug
from symgen.catalog.examples import EXAMPLES, INCOMPRESSIBLE, example
from symgen.equations.ansatz import Field
from symgen.equations.local_solutions import TOLERANCE, LocalSolutions
from symgen.equations.recorded import system_of_domain
from symgen.equations.symmetry_algebra import symmetry_algebra
from symgen.equations.system import System
from symgen.expressions import parse_field
from symgen.generators.algebra import full_angles
from symgen.generators.artifact import Artifact, load
from symgen.generators.closed_form import ClosedFormGenerators
from symgen.generators.domains import SystemDomain
from symgen.generators.library import LibraryGenerators
from symgen.pde.axis import TIME
from symgen.pde.solutions_file import save_solutions

SEEDS = {"paper": (0,)}
COUNTS: dict[tuple[str, int], int] = {
    **{("lambda-omega", 2): 5, ("nls", 2): 5, ("nls 2-d", 2): 8, ("nls 2-d", 3): 9, ("shallow water", 2): 9},
    **{("burgers 2-d", 2): 8, ("zakharov-kuznetsov", 2): 5, ("heat 2-d", 3): 19, ("wave 2-d", 2): 20},
    **{("gray-scott", 2): 4, ("fitzhugh-nagumo", 2): 2, ("kepler", 2): 3, ("lotka-volterra", 2): 1},
    **{("pendulum", 2): 1, (INCOMPRESSIBLE, 2): 12},
}
"""Dimension of the algebra by system and total degree of the polynomials, trivial fields not counted."""


def cases(preset: str) -> Iterator[Case]:
    """Clean and noisy data."""
    smoke, paper = preset == "smoke", preset == "paper"
    samples, times, points = (4, 17, 16) if smoke else (10, 33, 100) if paper else (4, 33, 32)
    for noise in (0.0,) if smoke or paper else (0.0, 0.05):
        for name, degree in (("burgers 2-d", 2), ("kepler", 2)) if smoke else COUNTS:
            settings: dict[str, Any] = {"name": name, "degree": degree, "noise": noise}
            settings |= {"samples": samples, "times": times, "points": points}
            one, count = EXAMPLES[name], COUNTS[name, degree]
            wanted: dict[str, Wanted] = {"found": count, "algebra": count, "distance": "≤ 1e-08", "false": 0}
            if noise and not System.from_strings(one.equations, one.parameters, [*one.lengths, TIME]).is_evolution:
                wanted = {"false": "0 if measured"}
            wanted |= {"cpu": "≤ 60", "peak": "≤ 4"}
            label = slug(f"{name}-degree-{degree}" + ("-noisy" if noise else ""))
            yield Case(label, name, "Symmetries found in files", measure, settings, wanted)


def measure(
    name: str, degree: int, noise: float, samples: int, times: int, points: int, seed: int, device: str
) -> Result:
    """Write solutions to a file, discover in it, compare what is found with exact algebra."""
    one = EXAMPLES[name]
    with TemporaryDirectory() as folder:
        file, destination = Path(folder) / "data.h5", Path(folder) / "generators.safetensors"
        save_solutions(example(name, samples, times, points, seed, noise), file)
        given = {"equation": one.equations, "parameters": one.parameters, "degree": degree}
        cost = discovered(file, destination, **given, seed=seed, device=device)
        spent = {key: cost[key] for key in ("cpu", "seconds", "peak")}
        if cost["refused"]:
            return {"found": "refused", **spent}
        artifact = load(destination)
    m = artifact.metadata
    assert isinstance(m.domain, SystemDomain)
    system = system_of_domain(m.domain)
    algebra = symmetry_algebra(system, degree)
    coordinates = system.space.coordinates
    true = [f for f in (*algebra.fields, *algebra.trivial) if all(c.is_polynomial(*coordinates) for c in f)]
    solutions, exact = LocalSolutions(system), [record for record in m.generators if record.status == "exact"]
    formulas = [parse_field(record.formula, m.space.names) for record in exact if record.formula]
    return {
        "found": m.exact - m.trivial,
        "algebra": len(true) - len(algebra.trivial),
        "trivial": m.trivial,
        "false": sum(solutions.defect(formula) > TOLERANCE for formula in formulas),
        "distance": distance(artifact, true),
        "defect": m.spectrum[m.exact - 1] if m.exact else None,
        "next": m.spectrum[m.exact] if m.exact < len(m.spectrum) else None,
        "residual": m.data.residual,
        "jets": m.ranked_on,
        **spent,
    }


def distance(artifact: Artifact, true: list[Field]) -> float:
    """Of the exact fields found and the true ones, by coefficients in the library of those found."""
    found = artifact.generators
    assert isinstance(found, LibraryGenerators)
    exact = found.coefficients[: artifact.metadata.exact].flatten(1).T
    wanted = coefficients(found, true).flatten(1).T if true else exact[:, :0]
    return float(full_angles(exact, wanted).norm())


def coefficients(found: LibraryGenerators, fields: list[Field]) -> torch.Tensor:
    """Of polynomial fields in the library of the generators found (n, d, K), from values at random points."""
    space, library = found.space, found.library
    draw = torch.Generator().manual_seed(0)
    share = torch.rand(4 * library.size, space.dimension, dtype=torch.float64, generator=draw)
    lower, upper = share.new_tensor(space.lower), share.new_tensor(space.upper)
    points = lower + share * (upper - lower)
    values = ClosedFormGenerators(space, fields)(points) / share.new_tensor(space.scale)
    return in_features(library.along(points[None])[0], values)


def in_features(features: torch.Tensor, values: torch.Tensor) -> torch.Tensor:
    """Coefficients (n, d, K) of fields by their values (n, P, d), and those of the features (P, K)."""
    solution = torch.linalg.lstsq(features, values.movedim(1, 0).flatten(1)).solution  # (K, n d)
    return solution.T.reshape(len(values), values.shape[-1], features.shape[1])
