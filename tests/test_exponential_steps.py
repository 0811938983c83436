"""Systems in Fourier modes, and ETDRK4 for them, against exact solutions."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch

from symgen import catalog
from symgen.catalog.system_entry import without_mean
from symgen.equations.system import System
from symgen.exceptions import DataError, UsageError
from symgen.pde.axis import Axis
from symgen.simulation.exponential_steps import march, phi_functions
from symgen.simulation.initial import random_states
from symgen.simulation.linear_part import LinearPart
from symgen.simulation.method_of_lines import MethodOfLines
from symgen.simulation.spectral_form import SpectralForm


def circle(name: str, n: int, length: float = 2 * np.pi) -> Axis:
    return Axis(name, np.arange(n) * length / n, periodic=True)


def solved(form: SpectralForm, initial, t, max_step=None) -> np.ndarray:
    """(n, times, *grid, unknown)"""
    start = torch.as_tensor(np.asarray(initial))
    return torch.stack([form.unknowns(modes) for modes in march(form, start, list(t), max_step)], 1).numpy()


def form_of(name: str, *axes: Axis, **values: float) -> SpectralForm:
    return SpectralForm(catalog.system(name).system(values), axes)


X, Y = circle("x", 16), circle("y", 12)
GRID = np.meshgrid(X.points, Y.points, indexing="ij")
T = np.array([0.0, 0.3, 0.4, 1.1])


class TestExact:
    def test_heat(self):
        x, y = GRID
        found = solved(form_of("heat2d", X, Y, nu=0.3), [[np.sin(2 * x - y) + 0.5]], T)[0, ..., 0]
        assert np.allclose(found, 0.5 + np.exp(-1.5 * T)[:, None, None] * np.sin(2 * x - y), atol=1e-14)

    def test_wave(self):
        """Also its mean, whose rate is constant: a Jordan block."""
        x, y = GRID
        start = [[np.sin(x + 2 * y), 0.2 - 5**0.5 * np.cos(x + 2 * y)]]
        found = solved(form_of("wave2d", X, Y), start, T)[0, ..., 0]
        t = T[:, None, None]
        assert np.abs(found - np.sin(x + 2 * y - 5**0.5 * t) - 0.2 * t).max() < 1e-13

    def test_free_waves_of_two_coupled_parts(self):
        """i psi_t + psi_xx = 0: nothing is left beside the matrices of the modes."""
        axis = circle("x", 16, 5.0)
        form = SpectralForm(System.from_strings(["I*psi_t + psi_xx = 0"]), [axis])
        assert form.is_linear
        k = 2 * np.pi * 3 / 5
        start = np.stack([np.cos(k * axis.points), np.sin(k * axis.points)])
        angle = k * axis.points - k**2 * T[:, None]
        assert np.abs(solved(form, start[None], T)[0] - np.stack([np.cos(angle), np.sin(angle)], -1)).max() < 1e-13

    def test_plane_wave_of_nls(self):
        axis = circle("x", 16, 5.0)
        k, size = 2 * np.pi * 2 / 5, 0.8
        angle = k * axis.points - (k**2 - 2 * size**2) * T[:, None]
        exact = size * np.stack([np.cos(angle), np.sin(angle)], -1)
        found = solved(form_of("nls", axis), exact[0].T[None], T, 1 / 256)[0]
        assert np.abs(found - exact).max() < 5e-9

    def test_soliton_of_nls(self):
        axis = Axis("x", np.linspace(-20, 20, 256, endpoint=False), periodic=True)
        speed = 2 * np.pi / 40 * 8
        t = np.linspace(0, 1, 3)

        def soliton(time):
            phase = speed / 2 * axis.points - (speed**2 / 4 - 1) * time
            return np.stack([np.cos(phase), np.sin(phase)]) / np.cosh(axis.points - speed * time)

        found = solved(form_of("nls", axis), soliton(0)[None], t, 1 / 128)[0]
        wanted = np.stack([soliton(time).T for time in t])
        assert np.abs(found - wanted)[:, 64:-64].max() < 1e-6  # the tails of sech meet at the ends of the box

    def test_vortices_of_taylor_and_green(self):
        x, y = np.meshgrid(X.points, X.points, indexing="ij")
        cells = np.cos(x) * np.cos(y)
        nu = 0.1
        found = solved(form_of("navier-stokes", X, circle("y", 16), nu=nu), [[2 * cells]], T, 0.1)[0]
        decay = np.exp(-2 * nu * T)[:, None, None]
        assert np.abs(found[..., 0] - 2 * decay * cells).max() < 1e-12
        assert np.abs(found[..., 1] - decay * cells).max() < 1e-12

    def test_turning_vortices(self):
        """No exact solution, but another method: vorticity by DOP853."""
        axes = circle("x", 16, 3.0), circle("y", 16, 3.0)
        system = catalog.system("navier-stokes").system({"nu": 0.05})
        start = without_mean(random_states([0], 0, ["w"], axes, 1.0))
        other = MethodOfLines(system, axes).solve(start[0], T)
        assert np.abs(solved(SpectralForm(system, axes), start, T, 0.02)[0] - other).max() < 1e-9

    def test_term_of_a_stream_function(self):
        """Rossby waves: w_t + b psi_x = 0 with lap psi = -w is linear, and psi moves westwards."""
        x, y = GRID
        form = SpectralForm(System.from_strings(["w_t = -2*psi_x", "lap(psi) = w"], {}, "xyt"), [X, Y])
        assert form.is_linear
        found = solved(form, [[np.cos(2 * x + y)]], T)[0, ..., 0]
        assert np.abs(found - np.cos(2 * x + y + 2 * 2 / 5 * T[:, None, None])).max() < 1e-13


class TestConvergence:
    @pytest.mark.parametrize(("name", "length"), [("nls", 10.0), ("burgers2d", 4.0)])
    def test_of_fourth_order(self, name, length):
        """With matrices that couple, and with numbers."""
        entry = catalog.system(name)
        axes = [circle(axis, 32, length) for axis in entry.lengths]
        form = SpectralForm(entry.system(), axes)
        assert (form.linear.diagonal is None) == (name == "nls")
        start = random_states([0], 1, ["a", "b"], axes, 0.3, highest=1)
        steps = [1 / 32, 1 / 64, 1 / 256]
        *found, best = (solved(form, start, [0.0, 0.5], step)[0, 1] for step in steps)
        errors = [np.abs(u - best).max() for u in found]
        assert 13 < errors[0] / errors[1] < 18.5

    def test_linear_part_about_any_state_is_the_same_system(self):
        entry = catalog.system("shallow-water")
        axes = [circle(axis, 16, 10.0) for axis in "xy"]
        start = random_states([0], 0, ["h", "u", "v"], axes, 0.02, {"h": 1.0}, highest=1)
        one, other = (
            solved(SpectralForm(entry.system(), axes, about), start, T, 0.02) for about in ({"h": 1.0}, {"u": 0.3})
        )
        assert np.abs(one - other).max() < 1e-8
        assert SpectralForm(entry.system(), axes).linear.matrix.abs().max() == 0  # nothing turns about h = 0

    def test_samples_do_not_depend_on_the_batch(self):
        form = form_of("burgers2d", X, Y)
        start = random_states(range(3), 0, ["u", "v"], [X, Y], 0.3)
        assert np.allclose(solved(form, start, T, 0.1)[1:2], solved(form, start[1:2], T, 0.1), atol=1e-14, rtol=0)


class TestMatrices:
    @pytest.mark.parametrize("size", [1e-6, 0.3, 30.0])
    def test_phi_of_numbers(self, size):
        z = size * np.array([-1.0, 1j, -0.6 - 0.8j])
        zero, one, two = (part[:, 0, 0].numpy() for part in phi_functions(torch.as_tensor(z)[:, None, None], 2))
        series = sum(z**k / math.factorial(k + 2) for k in range(9)) if size < 1 else (np.exp(z) - 1 - z) / z**2
        assert np.abs(zero - np.exp(z)).max() < 1e-13
        assert np.abs(one - 1 - z * series).max() < 1e-10
        assert np.abs(two - series).max() < 1e-10

    def test_phi_of_a_jordan_block(self):
        block = torch.tensor([[0.0, 2.0], [0.0, 0.0]], dtype=torch.complex128)
        for k, found in enumerate(phi_functions(block, 3)):
            wanted = torch.eye(2) / math.factorial(k) + block / math.factorial(k + 1)
            assert torch.allclose(found, wanted.to(found), atol=1e-15)

    def test_exponentials(self):
        """Of matrices with eigenvectors and without, and of numbers."""
        draw = torch.Generator().manual_seed(0)
        full = torch.randn(3, 3, 8, dtype=torch.complex128, generator=draw)
        full[..., 3] = torch.tensor([[1.0, 1, 0], [0, 1, 1], [0, 0, 1]])
        full[..., 4] = 0
        wanted = torch.linalg.matrix_exp(0.7 * full.movedim(-1, 0)).movedim(0, -1)
        assert torch.allclose(LinearPart(full).exponential(0.7), wanted, atol=1e-13, rtol=0)
        numbers = torch.diag_embed(full[0].T).permute(1, 2, 0)
        part = LinearPart(numbers)
        modes = torch.randn(2, 3, 8, dtype=torch.complex128, generator=draw)
        assert torch.allclose(part.advanced(modes, 0.7), torch.exp(0.7 * full[0]) * modes)


class TestForm:
    def test_derivatives_are_of_double_precision(self):
        """On a box of any length."""
        form = SpectralForm(System.from_strings(["u_t = u_xx"]), [circle("x", 16, 7.3)])
        exact = 2j * np.pi * np.arange(8) / 7.3
        assert np.abs(form.derivative([1]).numpy() - exact).max() < 1e-14
        assert np.abs(form.linear.matrix.numpy()[0, 0] - exact**2).max() < 1e-13

    def test_vorticity_with_a_mean_has_no_stream_function(self):
        form = form_of("navier-stokes", X, Y)
        with pytest.raises(DataError, match="No psi follows from these initial data: the mean"):
            form.start(torch.ones(1, 1, 16, 12, dtype=torch.float64))

    @pytest.mark.parametrize(
        ("texts", "match"),
        [
            (["w_t = psi_x", "lap(psi) = w^2"], "linear equation with constant coefficients"),
            (["w_t = psi_x", "psi_xx + cos(x)*psi_yy = w"], "linear equation with constant coefficients"),
            (["w_t = psi_x", "psi_xx - psi_yy = w"], "that has one solution"),
        ],
    )
    def test_unknowns_that_do_not_follow(self, texts, match):
        with pytest.raises(UsageError, match=match):
            SpectralForm(System.from_strings(texts, {}, "xyt"), [X, Y])


@pytest.mark.skipif(not torch.cuda.is_available(), reason="no GPU")
def test_on_a_gpu():
    entry = catalog.system("navier-stokes")
    start = torch.as_tensor(without_mean(random_states([0], 0, ["w"], [X, Y], 1.0)))
    found = []
    for device in ("cpu", "cuda"):
        form = SpectralForm(entry.system(), [X, Y], device=device)
        *_, last = march(form, start.to(device), T.tolist(), 0.1)
        found.append(form.unknowns(last).cpu())
    assert torch.allclose(*found, atol=1e-12)
