"""The systems of the catalog: their symmetries, their solutions, and how exact these are."""

from __future__ import annotations

import math

import numpy as np
import pytest
import sympy
import torch
from scipy.interpolate import make_interp_spline

from symgen import catalog
from symgen.catalog.cache import simulated_system
from symgen.catalog.listing import listing
from symgen.catalog.simulate_system import SystemSimulationSettings, edge_energy, simulate_system
from symgen.equations.local_solutions import TOLERANCE, LocalSolutions
from symgen.equations.symmetry_algebra import symmetry_algebra
from symgen.exceptions import SolverError, UsageError
from symgen.generators.space import Space
from symgen.pde.solutions_file import load_solutions
from symgen.pde.system_residual import system_residual
from symgen.simulation.method_of_lines import solve_system

NAMES = catalog.system_names()
IN_SPACE = [name for name in NAMES if catalog.system(name).lengths]
DEGREES = {"heat2d": 3}
"""Of the listed symmetries, where it is not 2."""
settings_for = SystemSimulationSettings.for_system


def small(name: str, **changes: object) -> SystemSimulationSettings:
    """Few and coarse."""
    few = {"n": 2, "points": 16, "times": 5} if name in IN_SPACE else {"n": 2, "times": 9}
    coarse = {"max_step": 1 / 16} if catalog.system(name).max_step else {}
    return settings_for(name, **{**few, **coarse, **changes})


class TestSymmetries:
    @pytest.mark.parametrize("name", NAMES)
    def test_all_and_nothing_else(self, name):
        """Each is one, and algebra finds as many, but for solutions that are added to those of linear equations."""
        entry = catalog.system(name)
        system = entry.system()
        solutions = LocalSolutions(system)
        assert max(map(solutions.defect, entry.fields())) < TOLERANCE
        algebra = symmetry_algebra(system, DEGREES.get(name, 2))
        unknowns, independent = system.space.unknowns, len(system.space.independent)
        added = [
            field
            for field in algebra.fields
            if not any(field[:independent]) and not any(component.has(*unknowns) for component in field)
        ]
        linear = name in ("wave2d", "heat2d")
        assert len(algebra.fields) - linear * len(added) == len(entry.symmetries)
        assert bool(entry.infinite) == (linear or name in ("navier-stokes", "lotka-volterra"))

    @pytest.mark.parametrize("name", NAMES)
    def test_with_other_parameters(self, name):
        entry = catalog.system(name)
        values = dict.fromkeys(entry.parameters, 0.37)
        solutions = LocalSolutions(entry.system(values))
        assert max(map(solutions.defect, entry.fields(values))) < TOLERANCE

    @pytest.mark.parametrize("name", NAMES)
    def test_that_keep_periods(self, name):
        """Their components are periodic in space, and no others."""
        entry = catalog.system(name)
        space = {sympy.Symbol(axis, real=True) for axis in entry.lengths}
        for symmetry, field in zip(entry.symmetries, entry.fields(), strict=True):
            assert symmetry.keeps_periods == all(space.isdisjoint(c.free_symbols) for c in field), symmetry

    def test_as_generators(self):
        names = ("x", "t", "psi_r", "psi_i")
        ones = (1.0,) * 4
        space = Space(names=names, origin=(0.0,) * 4, scale=ones, lower=(-1.0,) * 4, upper=ones, periodic=(False,) * 4)
        found = catalog.system("nls").generators(space)
        point = torch.tensor([[2.0, 3.0, 0.5, -0.25]], dtype=torch.float64)
        boost = [symmetry.name for symmetry in catalog.system("nls").symmetries].index("Galilean boost")
        assert torch.equal(found(point)[boost, 0], torch.tensor([6.0, 0.0, 0.5, 1.0], dtype=torch.float64))

    @pytest.mark.parametrize("name", catalog.all_names())
    def test_listing(self, name):
        one = listing(name)
        assert one.equations
        assert len(one.symmetries) > 0
        assert not one.defaults["lengths"] or set(one.defaults["lengths"]) == set(one.independent) - {"t"}


class TestAccuracy:
    @pytest.mark.parametrize("name", NAMES)
    def test_of_the_defaults(self, name):
        """Resolved in space, what is conserved stays, the stored times are close enough to interpolate, and the data
        solve the equations by the derivatives that any data get.
        """
        entry = catalog.system(name)
        data = simulate_system(name, settings_for(name, n=1, times=2 * entry.times - 1))
        assert data.info.settings["resolution"] < 1e-10
        assert set(data.info.settings["drifts"]) == {density.name for density in entry.densities}
        assert all(drift < 1e-10 for drift in data.info.settings["drifts"].values())
        u, t = data.values[0], data.axis("t").points
        between = make_interp_spline(t[::2], u[::2], k=7)(t[1::2])
        largest = np.abs(u).reshape(-1, u.shape[-1]).max(0)
        assert (np.abs(between - u[1::2]) / largest).max() < 1e-6
        assert max(system_residual(data, entry.system()).relative) < 1e-5

    @pytest.mark.parametrize("name", [name for name in NAMES if catalog.system(name).max_step])
    def test_against_a_quarter_of_the_step(self, name):
        entry = catalog.system(name)
        fewer = {"points": {axis: n // 2 for axis, n in entry.points.items()}, "duration": entry.duration / 4}
        one, best = (
            simulate_system(name, settings_for(name, n=1, times=3, max_step=step, **fewer)).values[0]
            for step in (entry.max_step, entry.max_step / 4)
        )
        largest = np.abs(best).reshape(-1, best.shape[-1]).max(0)
        assert (np.abs(one - best) / largest).max() < 1e-6

    def test_period_of_kepler(self):
        """2 pi a^(3/2), by the energy -1 / (2 a)."""
        a = 1 / (2 - 1.1**2)
        t = np.linspace(0, 2 * math.pi * a**1.5, 9)
        start = np.array([[1.0, 0.0, 0.0, 1.1]])
        found = solve_system(catalog.system("kepler").system(), start, t, rtol=1e-12).values[0]
        assert np.abs(found[-1] - [1, 0]).max() < 1e-10
        assert np.abs(found[4] - [1 - 2 * a, 0]).max() < 1e-10

    def test_edge_energy(self):
        """Of the wave of the highest number but one, along one axis."""
        x = 2 * np.pi * np.arange(16) / 16
        u = 1 + 0.1 * np.cos(7 * x)[:, None] * np.ones(16)
        share = 0.01 / 2 / (1 + 0.01 / 2)
        assert edge_energy(u[None, None, ..., None], 2) == pytest.approx(share)
        assert edge_energy(np.ones((1, 3, 2)), 0) == 0


class TestSettings:
    @pytest.mark.parametrize("name", NAMES)
    def test_samples_do_not_depend_on_the_others(self, name):
        one = simulate_system(name, small(name, n=3, batch=3))
        other = simulate_system(name, small(name, n=2, batch=1))
        assert np.allclose(one.values[:2], other.values, atol=1e-13, rtol=0)
        assert not np.allclose(one.values[0], simulate_system(name, small(name, seed=1)).values[0])

    def test_record(self):
        data = simulate_system("nls", small("nls"))
        info = data.info
        assert (info.name, info.seed, info.complex) == ("nls", 0, ("psi",))
        assert info.equations == catalog.system("nls").equations
        assert data.unknowns == ("psi_r", "psi_i")
        assert info.settings["drifts"].keys() == {"mass", "momentum", "energy"}
        again = settings_for("nls", **{key: info.settings[key] for key in SystemSimulationSettings.model_fields})
        assert np.array_equal(simulate_system("nls", again).values, data.values)

    def test_parameters_and_boxes(self):
        settings = small("navier-stokes", lengths={"y": 3.0}, points={"x": 12}, parameters={"nu": "1/20"})
        data = simulate_system("navier-stokes", settings)
        assert [axis.length for axis in data.space] == pytest.approx([2 * math.pi, 3.0])
        assert data.shape == (5, 12, 64)
        assert data.info.parameters == {"nu": "1/20"}

    @pytest.mark.parametrize(
        ("name", "changes", "match"),
        [
            ("nlss", {}, "Did you mean 'nls'"),
            ("kdv", {}, "kdv is an equation for one u"),
            ("nls", {"n": 0}, "n 0: input should be greater"),
            ("nls", {"points": 7}, "points.x 7"),
            ("nls", {"points": {"y": 32}}, "no axis 'y' of space. It has x"),
            ("nls", {"parameters": {"g": 2}}, "The parameters of nls are: none; given: g"),
            ("kepler", {"points": 32}, "ordinary equations: it has no points"),
            ("kepler", {"lengths": 2.0}, "it has no lengths"),
            ("kepler", {"max_step": 0.1}, "without steps of a given length: DOP853"),
            ("wave2d", {"max_step": 0.1}, "without steps of a given length: exact"),
            ("burgers2d", {"points": 8, "highest": 3}, "waves of 3 periods need more than 8 points"),
            ("nls", {"wave": 3}, "wave 3: extra inputs"),
        ],
    )
    def test_refused(self, name, changes, match):
        with pytest.raises(UsageError, match=match):
            settings_for(name, **changes)

    def test_of_another_system(self):
        with pytest.raises(UsageError, match="The axes of space of heat2d are"):
            simulate_system("heat2d", settings_for("nls").model_copy(update={"parameters": {"nu": 0.1}}))

    def test_blow_up(self):
        """Of fields and of ordinary equations; other samples are left, if they may be."""
        with pytest.raises(SolverError, match=r"2 samples failed: 0 \(blew up by t = .* --amplitude below 300"):
            simulate_system("reaction-diffusion", small("reaction-diffusion", amplitude=300.0))
        settings = small("kepler", n=3, amplitude=5.0, seed=1)
        assert len(simulate_system("kepler", settings)) == 3  # far out, but no two bodies meet

    def test_depths_stay_positive(self):
        with pytest.raises(SolverError, match=r"h is not positive at t = 0\).* --amplitude below 2"):
            simulate_system("shallow-water", small("shallow-water", amplitude=2.0))

    def test_skip_bad(self, monkeypatch):
        entry = catalog.system("burgers2d")

        def wild(states):
            states[0] *= 1e6
            return states

        from dataclasses import replace

        monkeypatch.setattr(
            "symgen.catalog.burgers2d.ENTRY", replace(entry, initial=replace(entry.initial, shape=wild))
        )
        settings = small("burgers2d", batch=2)
        with pytest.raises(SolverError, match="1 sample failed: 0"):
            simulate_system("burgers2d", settings)
        data = simulate_system("burgers2d", settings, skip_bad=True)
        assert (len(data), data.info.settings["dropped"]) == (1, [0])

    def test_cache(self, monkeypatch, tmp_path):
        monkeypatch.setenv("SYMGEN_CACHE", str(tmp_path))
        path = simulated_system("pendulum", small("pendulum"))
        assert load_solutions(path).info.name == "pendulum"
        monkeypatch.setattr("symgen.catalog.cache.simulate_system", None)
        assert simulated_system("pendulum", small("pendulum", batch=1)) == path

    def test_progress_counts_to_the_end(self):
        for name in ("nls", "kepler"):
            seen = []
            simulate_system(name, small(name, n=3, batch=2), progress=lambda done, n: seen.append((done, n)))  # noqa: B023
            assert seen == sorted(seen)
            assert seen[-1] == (3, 3)


def test_far_names_are_no_guess():
    assert "Did you mean" not in str(catalog.unknown("mnist"))
    assert "Did you mean 'kepler'" in str(catalog.unknown("kepller"))


def test_get_says_what_is_a_system():
    with pytest.raises(UsageError, match="nls is a system"):
        catalog.get("nls")
