"""What symgen knows by name, for whoever is to check or complete a name before anything heavy is imported."""

from __future__ import annotations

import difflib
from collections.abc import Sequence

from symgen.exceptions import UsageError

EQUATIONS = ("kdv", "ks", "burgers", "nkdv", "ckdv", "heat")
"""For one u(x, t), in the catalog."""
SYSTEMS = (
    "nls",
    "reaction-diffusion",
    "shallow-water",
    "navier-stokes",
    "wave2d",
    "heat2d",
    "burgers2d",
    "kepler",
    "lotka-volterra",
    "pendulum",
)
"""In the catalog."""
CATALOG = (*EQUATIONS, *SYSTEMS)
IMAGES = ("cifar10", "cifar100", "mnist", "fashion-mnist", "rotated-mnist", "rotated-fashion-mnist")
"""Published ones."""
REFERENCES = ("lps", "affine", "lorentz", "rotation", "euclid", "similarity")
"""Known generators to compare others with: true symmetries, those of images, groups that act on points."""


def unknown(name: str, others: Sequence[str] = ()) -> UsageError:
    """That the catalog has nothing of that name, and what is nearest, there or among the names of something else."""
    near = difflib.get_close_matches(name.lower(), [*CATALOG, *others], n=1, cutoff=0.6)
    guess = f" Did you mean {near[0]!r}?" if near else ""
    return UsageError(f"There is no equation {name!r} in the catalog.{guess} Known: {', '.join(CATALOG)}.")
