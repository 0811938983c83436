"""Generators of every kind on one small space, and the same with all fields but one made useless."""

from __future__ import annotations

import sympy
import torch

from symgen.generators.base import Generators
from symgen.generators.basis import Basis
from symgen.generators.closed_form import ClosedFormGenerators
from symgen.generators.held import HeldGenerators
from symgen.generators.joined import JoinedGenerators
from symgen.generators.library import FeatureLibrary, LibraryGenerators
from symgen.generators.network import Heads, HeadsShape, NetworkGenerators, TrunkShape
from symgen.generators.part import PartGenerators
from symgen.generators.space import Space
from symgen.generators.split import SplitGenerators
from symgen.generators.total_degree import TotalDegreeLibrary
from symgen.image.fields import IMAGE_SPACE, PixelFields, chebyshev_library
from symgen.validity.density import WithVolume

COUNT, PLACE = 3, 1
SPACE = Space(
    names=("x", "t", "u"),
    origin=(0.0, 0.5, 0.0),
    scale=(1.0, 0.5, 2.0),
    lower=(-1.0, 0.0, -1.0),
    upper=(1.0, 1.0, 1.0),
    periodic=(True, False, False),
)
FOURIER = Basis(kind="fourier", degree=1, lower=-1, upper=1)
LIBRARY = FeatureLibrary(axes=(FOURIER, *(Basis(kind="chebyshev", degree=1, lower=0, upper=1),) * 2))
X, T, U = sympy.symbols("x t u", real=True)


def draw() -> torch.Generator:
    return torch.Generator().manual_seed(0)


def normal(*shape: int) -> torch.Tensor:
    return torch.randn(shape, dtype=torch.float64, generator=draw()) / 4


def useless(values: torch.Tensor, alone: bool) -> torch.Tensor:
    """NaN in all rows (n, ...) but that of PLACE, if `alone`."""
    if alone:
        values[torch.arange(len(values)) != PLACE] = torch.nan
    return values


def library(alone: bool = False) -> LibraryGenerators:
    return LibraryGenerators(SPACE, LIBRARY, useless(normal(COUNT, 3, LIBRARY.size), alone))


def total_degree(alone: bool = False) -> LibraryGenerators:
    features = TotalDegreeLibrary.on(SPACE.lower, SPACE.upper, 2)
    return LibraryGenerators(SPACE, features, useless(normal(COUNT, 3, features.size), alone))


def network(alone: bool = False) -> NetworkGenerators:
    trunk = TrunkShape(width=6, waves=SPACE.periodic)
    made = NetworkGenerators(SPACE, Heads(SPACE, trunk, HeadsShape(count=COUNT, width=4), draw()))
    for parameter in (*made.heads.weights, *made.heads.biases):
        useless(parameter.data, alone)
    return made.requires_grad_(False)


def trained(alone: bool = False) -> LibraryGenerators:
    """A trunk as features."""
    trunk = network().heads.trunk
    return LibraryGenerators(SPACE, trunk, useless(normal(COUNT, 3, trunk.size), alone))


def formulas(alone: bool = False) -> ClosedFormGenerators:
    nothing = [sympy.log(-1 - X**2)] * 3
    rows = [[1, 0, 0], [sympy.sin(1) * T, X * U, sympy.pi], [T, 0, U**2]]
    return ClosedFormGenerators(SPACE, [nothing if alone and a != PLACE else row for a, row in enumerate(rows)])


def pixels(alone: bool = False) -> PixelFields:
    return PixelFields(useless(normal(COUNT, 5, 6, 2), alone))


def plane(alone: bool = False) -> HeldGenerators:
    features = chebyshev_library(2)
    return HeldGenerators(LibraryGenerators(IMAGE_SPACE, features, useless(normal(COUNT, 2, features.size), alone)))


KINDS = {
    "library": library,
    "total degree": total_degree,
    "network": network,
    "trained features": trained,
    "formulas": formulas,
    "pixels": pixels,
    "plane": plane,
    "held": lambda alone=False: HeldGenerators(network(alone)),
    "held in another order": lambda alone=False: HeldGenerators(formulas(alone), [0, 1, 2], [0.3, float("inf"), 0.0]),
    "joined": lambda alone=False: JoinedGenerators([network(alone), formulas(alone)]),
    "part": lambda alone=False: PartGenerators(network(alone), COUNT, 2),
    "split": lambda alone=False: SplitGenerators(network(alone), 1),
    "network with volume": lambda alone=False: WithVolume(network(alone)),
    "library with volume": lambda alone=False: WithVolume(library(alone)),
}


def points_for(generators: Generators, count: int = 7) -> torch.Tensor:
    """Inside the space (P, d)."""
    space = generators.space
    lower, upper = torch.tensor([space.lower, space.upper], dtype=torch.float64)
    share = torch.rand(count, space.dimension, dtype=torch.float64, generator=draw())
    return lower + (0.1 + 0.8 * share) * (upper - lower)
