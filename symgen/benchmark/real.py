"""Data as people have them: is the file read, the equation found, and nothing false called exact?"""

from __future__ import annotations

import re
import time
from pathlib import Path
from tempfile import TemporaryDirectory

import sympy

from symgen.benchmark.experiment import Case, Experiment, Result, Table, Target
from symgen.benchmark.twins import TWINS
from symgen.benchmark.twins.files import FORMATS
from symgen.discovery.pde import discover_spectral
from symgen.discovery.settings import SpectralSettings
from symgen.discovery.source import find_source
from symgen.exceptions import DataError
from symgen.expressions import parse_field
from symgen.generators.artifact import Artifact
from symgen.generators.metadata import Regression
from symgen.pde.characteristic import TOLERANCE, LocalSolutions
from symgen.pde.equation import Equation

TABLE = "Files without an equation"
CLOSE = 0.01
"""Largest relative error of a coefficient."""
MANY = "many"
"""Symmetries of equations of first order, where their number is that of the library's fields."""
KINDS: dict[str, tuple[str, int | str | None]] = {
    "one mode": ("mat", 9),
    "few modes": ("long csv", 9),
    "string": ("matrix", 13),
    "klein-gordon": ("npz", 10),
    "advection": ("hdf5", MANY),
    "one soliton": ("npy", MANY),
    "inviscid": ("mat", MANY),
    "leapfrog": ("mat", 13),
    "explicit euler": ("npz", 9),
    "implicit euler": ("long csv", 9),
    "upwind": ("torch", 9),
    "allen-cahn": ("mat with end", 2),
    "cahn-hilliard": ("mat", 2),
    "shock": ("mat with end", 5),
    "noisy ks": ("npz", 3),
    "forced kdv": ("npz", None),
    "chafee-infante": ("npy", 2),
    "porous medium": ("matrix", 4),
    "radial": ("hdf5", 6),
    "heated": ("torch", 9),
    "no divergence": ("long csv", 4),
}
"""By kind of data: how they are stored, and how many symmetries the library holds."""


def measure(kind: str, form: str, many: int, seed: int, device: str) -> Result:
    """Write the twin to a file, forget what it is, read it, find its equation and symmetries, and judge these."""
    twin = TWINS[kind]()
    start = time.perf_counter()
    with TemporaryDirectory() as folder:
        options: dict[str, str] = FORMATS[form](twin, Path(folder))
        path = Path(folder) / options.pop("path")
        try:
            data, equation = find_source(None, path, None, {}, device=device, **options)  # type: ignore[arg-type]
            settings = SpectralSettings.model_validate({"seed": seed})
            artifact = discover_spectral(data, equation, settings, device)
        except DataError:
            seconds = time.perf_counter() - start
            return {"verdict": "refusal", "right": twin.expected == "refusal", "seconds": seconds}
    seconds = time.perf_counter() - start
    metadata, found = artifact.metadata, data.regression
    assert found is not None
    errors = _errors(equation, Equation.from_string(twin.equation))
    return {
        "verdict": "doubt" if _doubtful(found) else "equation",
        "right": errors is not None and max(errors) <= CLOSE,
        "coefficient_error": max(errors) if errors else None,
        "equation": metadata.pde.equation,
        "exact": MANY if metadata.exact > many else metadata.exact,
        "false": _false(artifact, equation),
        "defect": metadata.spectrum[metadata.exact - 1] if metadata.exact else None,
        "gap": metadata.gap,
        "alike": metadata.alike,
        "seconds": seconds,
    }


def _doubtful(found: Regression) -> bool:
    """Whether more is in doubt than what is left out as the solver's."""
    return len(found.doubts) > bool(found.truncation)


def _errors(found: Equation, true: Equation) -> list[float] | None:
    """Relative errors of the coefficients; None where the terms are others."""
    parts = [
        {term: float(value) for term, value in sympy.expand(e.right_hand_side).as_coefficients_dict().items()}
        for e in (found, true)
    ]
    if found.leading != true.leading or set(parts[0]) != set(parts[1]):
        return None
    return [abs(parts[0][term] / value - 1) for term, value in parts[1].items()]


def _false(artifact: Artifact, equation: Equation) -> int:
    """How many formulas that are called exact fail an independent check."""
    solutions = LocalSolutions(equation)
    names = artifact.metadata.space.names
    exact = [r.formula for r in artifact.metadata.generators if r.status == "exact" and r.formula]
    return sum(solutions.defect(parse_field(formula, names)) > TOLERANCE for formula in exact)


def _case(kind: str) -> Case:
    from symgen.discovery.doubts import MOST_EXACT

    form, exact = KINDS[kind]
    expected = TWINS[kind]().expected
    targets = {"verdict": Target(expected), "right": Target(True)}
    if expected != "refusal":
        targets |= {"exact": Target(exact), "false": Target(0)}
    return Case(
        name=re.sub(r"\W+", "-", kind),
        subject=kind,
        label=f"{kind} ({form})",
        measure=measure,
        settings={"kind": kind, "form": form, "many": MOST_EXACT},
        tables=(TABLE,),
        targets=targets,
    )


SMOKE = ("shock", "one mode", "forced kdv")

EXPERIMENT = Experiment(
    name="real",
    title="Data as people have them",
    about=(
        "Small synthetic twins of the kinds of data that people of the field have, each in a file as they have them, "
        "without its equation: single trajectories, few modes, single waves, solvers of low order, shocks that the "
        "grid barely resolves, noise on fine grids, small coefficients, coefficients in x, forcing. The file is read, "
        "the equation found by regression and the symmetries counted, by default settings. *Verdict*: an equation, "
        "one with a doubt (where the data leave something open), or a refusal. *Right*: the true terms, coefficients "
        "within 1%; or a refusal where nothing fits. *Exact*: symmetries counted; many: beyond 24, of equations of "
        "first order. *False*: formulas called exact that fail an independent check. *Alike*: further fields that "
        "these data alone would not tell from symmetries. *Seconds*: all of it."
    ),
    presets={
        "smoke": tuple(_case(kind) for kind in SMOKE),
        "cpu": tuple(_case(kind) for kind in KINDS),
    },
    seeds={"smoke": (0,), "cpu": (0, 1, 2)},
    tables={
        TABLE: Table(
            "kind (stored as)",
            {
                "verdict": "verdict",
                "right": "right",
                "coefficient_error": "coefficient error",
                "exact": "exact",
                "false": "false",
                "defect": "largest exact",
                "gap": "gap",
                "alike": "alike",
                "seconds": "seconds",
            },
        )
    },
)
