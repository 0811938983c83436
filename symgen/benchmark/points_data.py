"""Functions of points, and points, whose symmetries are known."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable
from dataclasses import dataclass

import torch

DIMUON = "SYMGEN_DIMUON"
"""Environment variable with an .npz of real muon pairs: momenta (n, 2, 4) as E, px, py, pz, and mass (n,)."""
Field = tuple[str, ...]
"""Components of a true symmetry, in the names of the coordinates."""


def rotations(names: tuple[str, ...]) -> tuple[Field, ...]:
    """so(d): a field for each pair of coordinates."""
    pairs = itertools.combinations(names, 2)
    return tuple(tuple({a: f"-{b}", b: a}.get(name, "0") for name in names) for a, b in pairs)


@dataclass(frozen=True)
class Function:
    """What points are drawn for a function, and the symmetries that it has in its family of fields."""

    call: Callable[[torch.Tensor], torch.Tensor]
    """(B, k, d) to (B, p)."""
    particles: int
    names: tuple[str, ...]
    outputs: tuple[str, ...]
    symmetries: tuple[Field, ...]

    def draw(self, count: int, seed: int, noise: float = 0.0) -> tuple[torch.Tensor, torch.Tensor]:
        """Normal points (n, k, d) and the function there (n, p), with normal noise in units of its deviation."""
        draw = torch.Generator().manual_seed(seed)
        points = torch.randn(count, self.particles, len(self.names), generator=draw, dtype=torch.float64)
        values = self.call(points)
        error = torch.randn(values.shape, generator=draw, dtype=torch.float64)
        return points, values + noise * values.std(0) * error


def synthetic_o5(points: torch.Tensor) -> torch.Tensor:
    """sin |x1| - |x2|^3 / 2 + cos of the angle between them (Finzi, Welling and Wilson 2021)."""
    lengths = torch.linalg.vector_norm(points, dim=2)
    cosine = points.prod(1).sum(1) / lengths.prod(1)
    return (lengths[:, 0].sin() - lengths[:, 1] ** 3 / 2 + cosine)[:, None]


def two_body_energy(points: torch.Tensor) -> torch.Tensor:
    """Of two bodies in a plane: positions q1, q2 and momenta p1, p2 (B, 4, 2), masses 1 and 2, unit attraction."""
    first, second, p1, p2 = points.unbind(1)
    kinetic = p1.square().sum(1) / 2 + p2.square().sum(1) / 4
    return (kinetic - 1 / torch.linalg.vector_norm(first - second, dim=1))[:, None]


def two_body_step(state: torch.Tensor) -> torch.Tensor:
    """Where relative position and momentum (B, 1, 4) are a unit of time later: leapfrog -> (B, 4)."""
    (q, p), h = state[:, 0].split(2, 1), 0.02

    def pull(q: torch.Tensor) -> torch.Tensor:
        return -q / torch.linalg.vector_norm(q, dim=1, keepdim=True) ** 3

    for _ in range(50):
        p = p + h / 2 * pull(q)
        q = q + h * p
        p = p + h / 2 * pull(q)
    return torch.cat([q, p], 1)


def orbits(count: int, seed: int) -> torch.Tensor:
    """Relative positions and momenta of bound orbits that are not too eccentric (count, 1, 4)."""
    draw = torch.Generator().manual_seed(seed)
    turn, speed, radial, far = torch.rand(4, count, generator=draw, dtype=torch.float64)
    r, angle = 0.8 + 0.7 * far, 2 * math.pi * turn
    outwards = torch.stack([angle.cos(), angle.sin()], 1)
    across = torch.stack([-angle.sin(), angle.cos()], 1)
    momentum = (0.8 + 0.4 * speed)[:, None] * across + (0.4 * radial - 0.2)[:, None] * outwards
    return torch.cat([r[:, None] * outwards, momentum / r.sqrt()[:, None]], 1)[:, None]


def discrete_rotation(points: torch.Tensor) -> torch.Tensor:
    """z / (1 + (atan2(y, x) mod 2 pi / 7)): turned by a seventh of the circle it is the same (Yang et al. 2023)."""
    x, y, z = points[:, 0].unbind(1)
    return (z / (1 + torch.remainder(torch.atan2(y, x), 2 * math.pi / 7)))[:, None]


def without_symmetry(seed: int) -> Callable[[torch.Tensor], torch.Tensor]:
    """Eight waves in random directions, 1 to 2 radians for a unit of length: no affine or quadratic field leaves them.

    Polynomials of degree 3 would not do: a field across the gradient is quadratic itself.
    """
    draw = torch.Generator().manual_seed(seed)
    directions = torch.randn(8, 3, generator=draw, dtype=torch.float64)
    lengths, phases = torch.rand(2, 8, generator=draw, dtype=torch.float64)
    vectors = directions / directions.norm(dim=1, keepdim=True) * (1 + lengths)[:, None]

    def function(points: torch.Tensor) -> torch.Tensor:
        turned = points[:, 0] @ vectors.T.to(points) + 2 * math.pi * phases.to(points)
        return torch.sin(turned).sum(1, keepdim=True)

    return function


def ring(count: int, seed: int, turned: bool) -> torch.Tensor:
    """Samples of a density in the plane (count, 1, 2): four clusters, or the same turned by a random angle each."""
    draw = torch.Generator().manual_seed(seed)
    corner = torch.randint(4, (count,), generator=draw) * (math.pi / 2)
    centres = 1.5 * torch.stack([corner.cos(), corner.sin()], 1).double()
    points = centres + 0.35 * torch.randn(count, 2, generator=draw, dtype=torch.float64)
    if turned:
        angle = 2 * math.pi * torch.rand(count, generator=draw, dtype=torch.float64)
        x, y = points.unbind(1)
        points = torch.stack([angle.cos() * x - angle.sin() * y, angle.sin() * x + angle.cos() * y], 1)
    return points[:, None]


FIVE = ("x1", "x2", "x3", "x4", "x5")
FUNCTIONS = {
    "square": Function(lambda points: points[:, 0].square().sum(1, keepdim=True), 1, FIVE, ("y",), rotations(FIVE)),
    "synthetic": Function(synthetic_o5, 2, FIVE, ("y",), rotations(FIVE)),
    "energy": Function(two_body_energy, 4, ("x", "y"), ("energy",), rotations(("x", "y"))),
    "discrete": Function(discrete_rotation, 1, ("x", "y", "z"), ("w",), (("x", "y", "0"),)),
}
