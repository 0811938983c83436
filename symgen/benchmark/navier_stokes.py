"""Incompressible flow in a periodic plane: velocities and pressure from the catalog's vorticity and stream function.

u = psi_y and v = -psi_x; the pressure, of mean 0, follows from lap p = 2 (u_x v_y - u_y v_x).
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import torch

from symgen import catalog
from symgen.equations.grammar import Notation
from symgen.pde.axis import TIME, Axis
from symgen.pde.solutions import Solutions
from symgen.simulation.initial import random_states
from symgen.simulation.method_of_lines import MethodOfLines
from symgen.simulation.spectral_form import GridFunctions

VELOCITIES_AND_SOURCE = ("psi_y", "-psi_x", "2*(psi_xx*psi_yy - psi_xy^2)")


def flow(samples: Iterable[int], seed: int, t: np.ndarray, x: Axis, y: Axis, nu: float, amplitude: float) -> Solutions:
    """u, v and p of flows from random smooth stream functions, at times t from t[0] on."""
    system = catalog.system("navier-stokes").system({"nu": nu})
    lines = MethodOfLines(system, (x, y))
    derived = GridFunctions(lines, list(map(Notation(system.space).parse, VELOCITIES_AND_SOURCE)))
    laplacian = lines.derivative((2, 0)) + lines.derivative((0, 2))
    inverse = torch.where(laplacian == 0, 0, 1 / laplacian)
    found = []
    for stream in random_states(samples, seed, ["psi"], [x, y], amplitude):
        start = lines.fields(-laplacian * lines.modes(torch.as_tensor(stream)))
        w = torch.as_tensor(lines.solve(start.numpy(), t)[..., 0])
        u, v, source = lines.modes(derived(lines.modes(w)[:, None], 0.0))
        found.append(lines.fields(torch.stack([u, v, inverse * source])).numpy())
    u, v, p = np.stack(found, 1)
    return Solutions.from_arrays({"u": u, "v": v, "p": p}, {TIME: t, "x": x, "y": y})
