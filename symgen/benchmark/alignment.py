"""Alignment with the true symmetries.

Symmetries are discovered in default data by default settings and compared with those of the catalog. *Distance*:
Grassmann distance in radians, of the smaller span to its like in the larger; *missed* and *outside*: true and found
generators farther than 0.01 rad from the other span; *gap*: from the last exact field to the next, in defect;
*translation*: the generator found that is nearest d/dt, its status, and the angle of d/dt to their span.
*Periodic*: fields periodic in x alone; *network*: features from a trained network. Heat has more than the six listed.
"""

from __future__ import annotations

import time
from collections.abc import Iterator

from symgen.benchmark import flow
from symgen.benchmark.catalog_data import of_equation
from symgen.benchmark.table import Case, Result, Wanted
from symgen.catalog import get
from symgen.discovery.pde import discover_network, discover_spectral
from symgen.discovery.settings import NetworkSettings, SpectralSettings
from symgen.discovery.source import DEFAULT_SAMPLES
from symgen.generators.algebra import angles_to_span
from symgen.generators.inner_product import alignment, field_matrix
from symgen.inspection.comparison import compare
from symgen.inspection.reference import closed_form, reference

TABLES = {"clean": "Clean data", "noise": "5% noise", "periodic": "Fields periodic in x", "network": "Trained networks"}
SMOKE = {"clean": ("burgers", "ckdv", "heat"), "noise": ("burgers",), "periodic": ("burgers", "ckdv")}
DISTANCES = {"kdv": 1e-5, "ks": 1e-5, "burgers": 1e-5, "nkdv": 1e-4, "ckdv": 2e-4, "heat": 1e-3}
EVERY = tuple(DISTANCES)
CPU = {"clean": EVERY, "noise": ("kdv", "ks", "burgers"), "periodic": EVERY, "network": EVERY[:-1]}


def cases(preset: str) -> Iterator[Case]:
    """Every condition with its equations, then flow training."""
    samples = 4 if preset == "smoke" else DEFAULT_SAMPLES
    for condition, names in (SMOKE if preset == "smoke" else CPU).items():
        for name in names:
            periodic = condition in ("periodic", "network")
            true = sum(symmetry.periodic or not periodic for symmetry in get(name).symmetries)
            wanted: dict[str, Wanted] = {"missed": "none"} if name == "heat" else {"exact": true}
            if condition != "periodic":
                wanted["distance"] = f"≤ {0.005 if condition == 'network' else DISTANCES[name]:g}"
            elif name == "ckdv":  # the time translation is no symmetry, but nearly
                wanted |= {"translation_place": 3, "translation_status": "approximate"}
            settings = {"name": name, "samples": samples, "condition": condition}
            yield Case(f"{name}-{condition}", name, TABLES[condition], measure, settings, wanted, {"true": true})
    yield from flow.cases(preset)


def measure(name: str, samples: int, condition: str, seed: int, device: str) -> Result:
    """Simulate, discover, compare with the true symmetries."""
    data, equation = of_equation(name, samples, seed, device)
    if condition == "noise":
        data = data.with_noise(0.05, seed)
    own = {"seed": seed, "periodic": condition in ("periodic", "network")}
    start = time.perf_counter()
    if condition == "network":
        artifact = discover_network(data, equation, NetworkSettings.model_validate(own), device)
    else:
        artifact = discover_spectral(data, equation, SpectralSettings.model_validate(own), device)
    seconds = time.perf_counter() - start
    found, comparison = artifact.metadata, compare(artifact, reference(artifact, "lps"))
    fields = field_matrix(artifact.generators, artifact.points)
    translation = field_matrix(closed_form(found.space, [("0", "1", "0")]), artifact.points)
    place = int(alignment(fields, translation).argmax())
    return {
        "exact": found.exact,
        "approximate": found.approximate,
        "gap": found.gap,
        "largest_exact": found.spectrum[found.exact - 1] if found.exact else None,
        "smallest_after": found.spectrum[found.exact],
        "distance": comparison.distance,
        "missed": ", ".join(comparison.missed) or "none",
        "outside": len(comparison.outside),
        "residual": found.data.residual,
        "seconds": seconds,
        "translation_place": place + 1,
        "translation_status": found.generators[place].status,
        "translation_angle": float(angles_to_span(translation, fields)),
    }
