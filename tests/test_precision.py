"""Generators of every kind answer points of every floating dtype."""

import pytest
import sympy
import torch
from pydantic import ValidationError

from symgen.flow import Flow
from symgen.generators.base import Generators
from symgen.generators.basis import Basis
from symgen.generators.closed_form import ClosedFormGenerators
from symgen.generators.held import HeldGenerators
from symgen.generators.joined import JoinedGenerators
from symgen.generators.library import FeatureLibrary, LibraryGenerators
from symgen.generators.network import Heads, HeadsShape, NetworkGenerators, Trunk, TrunkShape
from symgen.generators.part import PartGenerators
from symgen.generators.space import Space
from symgen.generators.split import SplitGenerators
from symgen.image.fields import IMAGE_SPACE, PixelFields
from symgen.validity.density import WithVolume

BOX = {"origin": (0, 0), "scale": (1, 2), "lower": (-1, -1), "upper": (1, 1)}
SPACE = Space(names=("x", "t"), periodic=(True, False), **BOX)
X, T = sympy.symbols("x t", real=True)
SHAPE = TrunkShape(width=8, waves=(True, False))


def drawn(*shape):
    return torch.randn(*shape, dtype=torch.float64, generator=torch.Generator().manual_seed(1))


def library(space=SPACE):
    axes = tuple(Basis(kind=kind, degree=3, lower=-1, upper=1) for kind in ("fourier", "chebyshev"))
    features = FeatureLibrary(axes=axes)
    return LibraryGenerators(space, features, drawn(2, 2, features.size))


def trunk():
    return Trunk(SPACE, SHAPE, torch.Generator().manual_seed(0))


def network():
    heads = Heads(SPACE, SHAPE, HeadsShape(count=2, width=4), torch.Generator().manual_seed(0))
    return NetworkGenerators(SPACE, heads).requires_grad_(False)


def in_space():
    box = {key: (*value, value[-1]) for key, value in BOX.items()}
    space = Space(names=("x", "t", "u"), periodic=(False,) * 3, **box)
    return ClosedFormGenerators(space, [(T, -X, sympy.Symbol("u", real=True)), (X**2, 1, 0)])


def on_a_line():
    space = Space(names=("x",), periodic=(False,), origin=(0,), scale=(2,), lower=(-1,), upper=(1,))
    features = FeatureLibrary(axes=(Basis(kind="chebyshev", degree=3, lower=-1, upper=1),))
    return LibraryGenerators(space, features, drawn(2, 1, features.size))


KINDS = {
    "closed form": lambda: ClosedFormGenerators(SPACE, [(X / 3 + T, sympy.sin(X)), (1, X**2)]),
    "library": library,
    "trunk": lambda: LibraryGenerators(SPACE, trunk().requires_grad_(False), drawn(2, 2, 9)),
    "network": network,
    "held": lambda: HeldGenerators(library(), [1, 0], [0.3, 0.3]),
    "joined": lambda: JoinedGenerators([KINDS["closed form"](), library()]),
    "held on the square": lambda: HeldGenerators(library(IMAGE_SPACE)),
    "pixels": lambda: PixelFields(drawn(2, 6, 6, 2)),
    "part": lambda: PartGenerators(in_space(), 1, 2),
    "split": lambda: SplitGenerators(network(), 1),
    "volume": lambda: WithVolume(on_a_line()),
}


def test_every_kind_is_here():
    def below(kind):
        return {kind, *(deeper for sub in kind.__subclasses__() for deeper in below(sub))}

    known = {kind for kind in below(Generators) - {Generators} if kind.__module__.startswith("symgen")}
    assert known == {type(make()) for make in KINDS.values()}


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(("own", "asked"), [("float64", "float32"), ("float32", "float64"), ("float64", "float64")])
def test_components_are_of_the_dtype_of_the_points(kind, own, asked):
    own, asked = getattr(torch, own), getattr(torch, asked)
    exact = KINDS[kind]()
    points = 2 * torch.rand(20, 2, dtype=torch.float64, generator=torch.Generator().manual_seed(2)) - 1
    points = points.to(asked)
    wanted = exact(points.double())
    fields = KINDS[kind]().to(own)
    found = fields(points)
    assert found.dtype == asked
    tolerance = 1e-12 if torch.float32 not in (own, asked) else 3e-6
    torch.testing.assert_close(found.double(), wanted, rtol=tolerance, atol=tolerance)
    each = fields.each(points.expand(fields.count, -1, -1))
    assert each.dtype == asked
    torch.testing.assert_close(each.double(), wanted, rtol=tolerance, atol=tolerance)
    assert Flow(fields, "rk4", 0.1)(0.3 * points, 0.2, 0).dtype == asked


@pytest.mark.parametrize("kind", KINDS)
def test_whole_numbers_are_no_points(kind):
    with pytest.raises(TypeError, match="floating-point"):
        KINDS[kind]()(torch.ones(3, 2, dtype=torch.int64))


def test_coordinates_have_names_of_their_own():
    with pytest.raises(ValidationError, match="same name: x, x"):
        Space(names=("x", "x"), periodic=(False, False), **BOX)
